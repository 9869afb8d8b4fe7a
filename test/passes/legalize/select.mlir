// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// The indices are a heap in their own place; values are read at the end.
// CHECK-LABEL: func @top
// CHECK: %[[INDICES:.*]] = tensor.empty() : tensor<3x2xi64>
// CHECK: %[[FOUND:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[INDICES]])
// CHECK: scf.while
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<3x2xf32>)
// CHECK: tensor.extract %[[FOUND]]
func.func @top(%x: tensor<3x10xf32> {onnx.dims = ["", ""], onnx.name = "x"}) -> (!onnx.value, !onnx.value) {
  %k = onnx.Constant {value = dense<2> : tensor<1xi64>} : () -> !onnx.value
  %y:2 = onnx.TopK %x, %k : (tensor<3x10xf32>, !onnx.value) -> (!onnx.value, !onnx.value)
  return %y#0, %y#1 : !onnx.value, !onnx.value
}

// -----

// What is counted first gives the dimension.
// CHECK-LABEL: func @nonzero
// CHECK: %[[COUNT:.*]] = arith.index_cast
// CHECK: scf.if
// CHECK: tensor.empty(%[[COUNT]]) : tensor<2x?xi64>
func.func @nonzero(%x: tensor<3x4xf32> {onnx.dims = ["", ""], onnx.name = "x"}) -> !onnx.value {
  %y = onnx.NonZero %x : (tensor<3x4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Of ones there is nothing to count.
// CHECK-LABEL: func @nonzero_ones
// CHECK: %[[SEQ:.*]] = coil.symbol "seq"
// CHECK-NOT: scf.for
// CHECK: tensor.empty(%[[SEQ]]) : tensor<1x?xi64>
func.func @nonzero_ones(%x: tensor<?xf32> {onnx.dims = ["seq"], onnx.name = "x"}) -> !onnx.value {
  %shape = onnx.Shape %x : (tensor<?xf32>) -> !onnx.value
  %ones = onnx.ConstantOfShape %shape {value = dense<1> : tensor<1xi64>} : (!onnx.value) -> !onnx.value
  %y = onnx.NonZero %ones : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}
