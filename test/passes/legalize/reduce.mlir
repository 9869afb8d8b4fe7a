// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Axes known now are the last loops; keepdims is a view.

// CHECK-LABEL: func @sum
// CHECK-SAME: %[[X:.*]]: tensor<?x3x4xf16>
func.func @sum(%x: tensor<?x3x4xf16>) -> !onnx.value {
  %axes = onnx.Constant {value = dense<[-1]> : tensor<1xi64>} : () -> !onnx.value
  // Narrow floats are summed in f32.
  // CHECK: %[[SUM:.*]] = linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "reduction"]{{.*}} ins(%[[X]] : tensor<?x3x4xf16>) outs(%{{.*}} : tensor<?x3xf32>)
  // CHECK: tensor.expand_shape %{{.*}} : tensor<?x3xf32> into tensor<?x3x1xf32>
  // CHECK: return %{{.*}} : tensor<?x3x1xf16>
  %y = onnx.ReduceSum %x, %axes : (tensor<?x3x4xf16>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Axes that a run decides: the input is read at the sum of two indices.

// CHECK: #[[READ:.*]] = affine_map<(d0, d1, d2, d3) -> (d0 + d2, d1 + d3)>
// CHECK-LABEL: func @chosen
func.func @chosen(%x: tensor<3x4xf32>, %axes: tensor<1xi64>) -> !onnx.value {
  // CHECK: coil.require %{{.*}}, "node '?': an axis is out of range for rank 2"
  // CHECK: linalg.generic {indexing_maps = [#[[READ]]
  // CHECK: return %{{.*}} : tensor<?xf32>
  %y = onnx.ReduceMax %x, %axes {keepdims = 0 : i64} : (tensor<3x4xf32>, tensor<1xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The greatest element first, then the least index that holds it.

// CHECK-LABEL: func @argmax
func.func @argmax(%x: tensor<2x5xf32>) -> !onnx.value {
  // CHECK: %[[TOP:.*]] = linalg.generic
  // CHECK: arith.maximumf
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[TOP]] :
  // CHECK: %[[AT:.*]] = linalg.index 1
  // CHECK: arith.index_cast %[[AT]] : index to i32
  // CHECK: arith.minsi %{{.*}} : i32
  // CHECK: arith.extsi
  // CHECK: return %{{.*}} : tensor<2x1xi64>
  %y = onnx.ArgMax %x {axis = 1 : i64} : (tensor<2x5xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The running sum of one column is a scalar.

// CHECK-LABEL: func @cumsum
func.func @cumsum(%x: tensor<2x?x3xf32>) -> !onnx.value {
  %axis = onnx.Constant {value = dense<1> : tensor<i64>} : () -> !onnx.value
  // CHECK: scf.for {{.*}} -> (f32, tensor<2x?x3xf32>)
  // CHECK:   tensor.extract
  // CHECK:   arith.addf
  // CHECK:   tensor.insert
  %y = onnx.CumSum %x, %axis : (tensor<2x?x3xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}
