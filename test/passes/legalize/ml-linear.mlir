// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// CHECK-LABEL: @regressor
// CHECK-DAG: dense<{{.*}}1.000000e+00{{.*}}3.000000e+00{{.*}}2.000000e+00{{.*}}4.000000e+00{{.*}}> : tensor<2x2xf32>
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]
// CHECK: return %{{.*}} : tensor<?x2xf32>
func.func @regressor(%x: tensor<?x2xf32>) -> !onnx.value {
  %y = onnx.ml.LinearRegressor %x {coefficients = array<f32: 1.0, 2.0, 3.0, 4.0>, targets = 2 : i64}
      : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A vector counts where its class is one of the pair: of three classes, the
// pairs are 01, 02, 12.
// CHECK-LABEL: @machines
// CHECK-DAG: dense<{{\[}}[1.000000e+00, 4.000000e+00, 0.000000e+00], [2.000000e+00, 0.000000e+00, 5.000000e+00], [0.000000e+00, 3.000000e+00, 6.000000e+00]]> : tensor<3x3xf32>
// CHECK: return %{{.*}}, %{{.*}} : tensor<?xi64>, tensor<?x3xf32>
func.func @machines(%x: tensor<?x2xf32>) -> (!onnx.value, !onnx.value) {
  %y:2 = onnx.ml.SVMClassifier %x {coefficients = array<f32: 1.0, 2.0, 3.0, 4.0, 5.0, 6.0>, rho = array<f32: 0.0, 0.0, 0.0>,
      support_vectors = array<f32: 1.0, 2.0, 3.0, 4.0, 5.0, 6.0>, vectors_per_class = array<i64: 1, 1, 1>,
      classlabels_ints = array<i64: 7, 8, 9>} : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0, %y#1 : !onnx.value, !onnx.value
}
