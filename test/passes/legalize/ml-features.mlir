// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// CHECK-LABEL: @scaler
// CHECK: linalg.generic
// CHECK: arith.subf
// CHECK: arith.mulf
// CHECK: return %{{.*}} : tensor<?x2xf32>
func.func @scaler(%x: tensor<?x2xi64>) -> !onnx.value {
  %y = onnx.ml.Scaler %x {offset = array<f32: 1.0>, scale = array<f32: 2.0, 3.0>} : (tensor<?x2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The place of the first equal key, then the value there.
// CHECK-LABEL: @encoder
// CHECK-DAG: %[[KEYS:.*]] = arith.constant dense<[1, 5]> : tensor<2xi64>
// CHECK-DAG: %[[VALUES:.*]] = arith.constant dense<[5.000000e-01, 7.500000e-01]> : tensor<2xf32>
// CHECK: scf.for
// CHECK: tensor.extract %[[KEYS]]
// CHECK: scf.if
// CHECK: tensor.extract %[[VALUES]]
// CHECK: return %{{.*}} : tensor<?xf32>
func.func @encoder(%x: tensor<?xi64>) -> !onnx.value {
  %y = onnx.ml.LabelEncoder %x {keys_int64s = array<i64: 1, 5>, values_floats = array<f32: 0.5, 0.75>}
      : (tensor<?xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A category that is none fails the run where zeros is 0.
// CHECK-LABEL: @onehot
// CHECK: coil.require %{{.*}}, "node '?': an element is none of the categories"
// CHECK: return %{{.*}} : tensor<?x2xf32>
func.func @onehot(%x: tensor<?xi32>) -> !onnx.value {
  %y = onnx.ml.OneHotEncoder %x {cats_int64s = array<i64: 1, 5>, zeros = 0 : i64} : (tensor<?xi32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The rows of a map are the tensor that they are.
// CHECK-LABEL: @zipmap
// CHECK-NEXT: return %arg0
func.func @zipmap(%x: tensor<4x2xf32>) -> !onnx.value {
  %y = onnx.ml.ZipMap %x {classlabels_int64s = array<i64: 1, 5>} : (tensor<4x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Where each string that the program knows is among the keys is a table, by the
// string's number: "b" is 1, "a" 2.
// CHECK-LABEL: @labels
// CHECK-DAG: %[[PLACES:.*]] = arith.constant dense<[-1, 0, 1]> : tensor<3xi64>
// CHECK-DAG: %[[VALUES:.*]] = arith.constant dense<[7, 8]> : tensor<2xi64>
// CHECK: %[[N:.*]] = coil.handle %{{.*}} : !coil.string to i64
// CHECK: arith.cmpi ult
// CHECK: tensor.extract %[[PLACES]]
// CHECK: tensor.extract %[[VALUES]]
func.func @labels(%x: tensor<?x!coil.string>) -> !onnx.value {
  %y = onnx.ml.LabelEncoder %x {keys_strings = ["b", "a"], values_int64s = array<i64: 7, 8>} : (tensor<?x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}
