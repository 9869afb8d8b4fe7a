// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// The shape of a tensor of ones is that of what it comes from.
// CHECK-LABEL: func @ones
// CHECK: %[[SEQ:.*]] = coil.symbol "seq"
// CHECK: tensor.empty(%[[SEQ]]) : tensor<?x4xf32>
// CHECK: linalg.fill ins(%cst{{.*}} : f32)
func.func @ones(%x: tensor<?x4xi64> {onnx.dims = ["seq", ""], onnx.name = "x"}) -> !onnx.value {
  %shape = onnx.Shape %x : (tensor<?x4xi64>) -> !onnx.value
  %y = onnx.ConstantOfShape %shape {value = dense<1.0> : tensor<1xf32>} : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// From 0 to a dimension by 1 has as many elements as the dimension.
// CHECK-LABEL: func @positions
// CHECK: %[[SEQ:.*]] = coil.symbol "seq"
// CHECK-NOT: arith.divsi
// CHECK: tensor.empty(%[[SEQ]]) : tensor<?xi64>
func.func @positions(%x: tensor<?x4xf32> {onnx.dims = ["seq", ""], onnx.name = "x"}) -> !onnx.value {
  %zero = onnx.Constant {value = dense<0> : tensor<i64>} : () -> !onnx.value
  %one = onnx.Constant {value = dense<1> : tensor<i64>} : () -> !onnx.value
  %shape = onnx.Shape %x : (tensor<?x4xf32>) -> !onnx.value
  %seq = onnx.Gather %shape, %zero : (!onnx.value, !onnx.value) -> !onnx.value
  %y = onnx.Range %zero, %seq, %one : (!onnx.value, !onnx.value, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A few numbers are spelled out.
// CHECK-LABEL: func @range
// CHECK: arith.constant dense<[9, 6, 3]> : tensor<3xi32>
func.func @range() -> !onnx.value {
  %start = onnx.Constant {value = dense<9> : tensor<i32>} : () -> !onnx.value
  %limit = onnx.Constant {value = dense<1> : tensor<i32>} : () -> !onnx.value
  %delta = onnx.Constant {value = dense<-3> : tensor<i32>} : () -> !onnx.value
  %y = onnx.Range %start, %limit, %delta : (!onnx.value, !onnx.value, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Column >= row + 1.
// CHECK-LABEL: func @upper
// CHECK: %[[ROW:.*]] = linalg.index 0
// CHECK: %[[COLUMN:.*]] = linalg.index 1
// CHECK: %[[DIAGONAL:.*]] = arith.addi %[[ROW]], %c1
// CHECK: arith.cmpi sge, %[[COLUMN]], %[[DIAGONAL]]
func.func @upper(%x: tensor<4x4xf32> {onnx.dims = ["", ""], onnx.name = "x"}) -> !onnx.value {
  %k = onnx.Constant {value = dense<1> : tensor<i64>} : () -> !onnx.value
  %y = onnx.Trilu %x, %k : (tensor<4x4xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}
