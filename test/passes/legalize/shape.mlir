// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// What -1 stands for is found by cancelling: no division.
// CHECK-LABEL: func @heads
// CHECK: %[[BATCH:.*]] = coil.symbol "batch"
// CHECK: %[[SEQ:.*]] = coil.symbol "seq"
// CHECK-NOT: arith.divsi
// CHECK: tensor.expand_shape {{.*}} output_shape [%[[BATCH]], %[[SEQ]], 4, 8]
func.func @heads(%x: tensor<?x?x32xf32> {onnx.dims = ["batch", "seq", ""], onnx.name = "x"}) -> !onnx.value {
  %to = onnx.Constant {value = dense<[0, -1, 4, 8]> : tensor<4xi64>} : () -> !onnx.value
  %y = onnx.Reshape %x, %to : (tensor<?x?x32xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Through its own shape, a tensor is itself.
// CHECK-LABEL: func @itself
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x32xf32>
// CHECK: return %[[X]]
func.func @itself(%x: tensor<?x32xf32> {onnx.dims = ["n", ""], onnx.name = "x"}) -> !onnx.value {
  %shape = onnx.Shape %x : (tensor<?x32xf32>) -> !onnx.value
  %y = onnx.Reshape %x, %shape : (tensor<?x32xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Moving axes of extent one moves nothing.
// CHECK-LABEL: func @ones
// CHECK-NOT: linalg.generic
// CHECK: tensor.expand_shape
func.func @ones(%x: tensor<1x4x8xf32> {onnx.dims = ["", "", ""], onnx.name = "x"}) -> !onnx.value {
  %y = onnx.Transpose %x {perm = array<i64: 1, 0, 2>} : (tensor<1x4x8xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// CHECK-LABEL: func @squeeze
// CHECK: %[[N:.*]] = coil.symbol "n"
// CHECK: %[[ONE:.*]] = arith.cmpi eq, %[[N]], %c1
// CHECK: coil.require %[[ONE]], "node '?': dimension 0 must be 1 to be squeezed (it is {0})"(%{{.*}})
func.func @squeeze(%x: tensor<?x4xf32> {onnx.dims = ["n", ""], onnx.name = "x"}) -> !onnx.value {
  %axes = onnx.Constant {value = dense<0> : tensor<1xi64>} : () -> !onnx.value
  %y = onnx.Squeeze %x, %axes : (tensor<?x4xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// How many axes there are tells the rank, and the run which go.
// CHECK-LABEL: func @squeeze_read
// CHECK: coil.require %{{.*}}, "node '?': dimension 1 must be 1 to be squeezed"
// CHECK: coil.require %{{.*}}, "node '?': the result has another rank than 2 (it is {0})"(%{{.*}})
// CHECK: return %{{.*}} : tensor<?x?xf32>
func.func @squeeze_read(%x: tensor<1x3x1xf32> {onnx.dims = ["", "", ""], onnx.name = "x"},
                        %axes: tensor<1xi64> {onnx.dims = [""], onnx.name = "axes"}) -> !onnx.value {
  %y = onnx.Squeeze %x, %axes : (tensor<1x3x1xf32>, tensor<1xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A shape of unknown length has the length that the model states of the result,
// or of what is computed from it element by element.
// CHECK-LABEL: func @reshape_stated
// CHECK: coil.require %{{.*}}, "node '?': a list of 2 elements is expected (it is {0})"(%{{.*}})
// CHECK: return %{{.*}} : tensor<?x?xf32>
func.func @reshape_stated(%x: tensor<6xf32> {onnx.dims = [""], onnx.name = "x"},
                          %shape: tensor<?xi64> {onnx.dims = ["n"], onnx.name = "shape"})
    -> (!onnx.value {onnx.dims = ["a", "b"], onnx.name = "y"}) {
  %r = onnx.Reshape %x, %shape : (tensor<6xf32>, tensor<?xi64>) -> !onnx.value
  %y = onnx.Exp %r : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Past and new positions without the past are the new ones.
// CHECK-LABEL: func @positions
// CHECK: %[[SEQ:.*]] = coil.symbol "seq"
// CHECK-NOT: arith.subi
// CHECK: tensor.empty(%[[SEQ]]) : tensor<?xi64>
func.func @positions(%x: tensor<?xf32> {onnx.dims = ["seq"], onnx.name = "x"}, %past: tensor<?xf32> {onnx.dims = ["past"], onnx.name = "past"}) -> !onnx.value {
  %none = onnx.Constant {value = dense<0> : tensor<i64>} : () -> !onnx.value
  %one = onnx.Constant {value = dense<1> : tensor<i64>} : () -> !onnx.value
  %s = onnx.Shape %x : (tensor<?xf32>) -> !onnx.value
  %p = onnx.Shape %past : (tensor<?xf32>) -> !onnx.value
  %seq = onnx.Gather %s, %none : (!onnx.value, !onnx.value) -> !onnx.value
  %first = onnx.Gather %p, %none : (!onnx.value, !onnx.value) -> !onnx.value
  %end = onnx.Add %first, %seq : (!onnx.value, !onnx.value) -> !onnx.value
  %y = onnx.Range %first, %end, %one : (!onnx.value, !onnx.value, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// So many of 512 positions as there are elements: where that is one, it is one
// position, so the sum is as long as the elements in any case.
// CHECK-LABEL: func @some_positions
// CHECK: %[[SEQ:.*]] = coil.symbol "seq"
// CHECK: coil.require
// CHECK-NOT: arith.select
// CHECK: tensor.empty(%[[SEQ]]) : tensor<?xf32>
func.func @some_positions(%x: tensor<?xf32> {onnx.dims = ["seq"], onnx.name = "x"}, %all: tensor<512xf32> {onnx.dims = [""], onnx.name = "all"}) -> !onnx.value {
  %zero = onnx.Constant {value = dense<0> : tensor<1xi64>} : () -> !onnx.value
  %seq = onnx.Shape %x : (tensor<?xf32>) -> !onnx.value
  %none = onnx.None : none
  %some = onnx.Slice %all, %zero, %seq, %none, %none : (tensor<512xf32>, !onnx.value, !onnx.value, none, none) -> !onnx.value
  %y = onnx.Add %x, %some : (tensor<?xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}
