// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// A slice from 0 to the greatest i64 keeps the dimension: one value in both.
// CHECK-LABEL: func @slice_keeps
// CHECK: %[[BATCH:.*]] = coil.symbol "batch"
// CHECK: tensor.extract_slice %{{.*}}[0, 0] [%[[BATCH]], 8] [1, 1]
// CHECK-NOT: coil.require
// CHECK: tensor.empty(%[[BATCH]])
func.func @slice_keeps(%x: tensor<?x12xf32> {onnx.dims = ["batch", ""], onnx.name = "x"}) -> !onnx.value {
  %starts = onnx.Constant {value = dense<0> : tensor<2xi64>} : () -> !onnx.value
  %ends = onnx.Constant {value = dense<[9223372036854775807, 8]> : tensor<2xi64>} : () -> !onnx.value
  %none = onnx.None : none
  %y = onnx.Slice %x, %starts, %ends, %none, %none : (tensor<?x12xf32>, !onnx.value, !onnx.value, none, none) -> !onnx.value
  %z = onnx.Add %y, %y : (!onnx.value, !onnx.value) -> !onnx.value
  return %z : !onnx.value
}

// -----

// Backward: elements 4, 2 and 0 of five.
// CHECK-LABEL: func @slice_backward
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<3xf32>)
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: %[[BACK:.*]] = arith.muli %[[I]], %c-2
// CHECK: %[[AT:.*]] = arith.addi %[[BACK]], %c4
// CHECK: tensor.extract %{{.*}}[%[[AT]]]
func.func @slice_backward(%x: tensor<5xf32> {onnx.dims = [""], onnx.name = "x"}) -> !onnx.value {
  %start = onnx.Constant {value = dense<-1> : tensor<1xi64>} : () -> !onnx.value
  %end = onnx.Constant {value = dense<-9223372036854775808> : tensor<1xi64>} : () -> !onnx.value
  %axis = onnx.Constant {value = dense<0> : tensor<1xi64>} : () -> !onnx.value
  %step = onnx.Constant {value = dense<-2> : tensor<1xi64>} : () -> !onnx.value
  %y = onnx.Slice %x, %start, %end, %axis, %step : (tensor<5xf32>, !onnx.value, !onnx.value, !onnx.value, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The last part is smaller.
// CHECK-LABEL: func @split
// CHECK: tensor.extract_slice %{{.*}}[0, 0] [2, 3] [1, 1]
// CHECK: tensor.extract_slice %{{.*}}[0, 3] [2, 3] [1, 1]
// CHECK: tensor.extract_slice %{{.*}}[0, 6] [2, 1] [1, 1]
func.func @split(%x: tensor<2x7xf32> {onnx.dims = ["", ""], onnx.name = "x"}) -> (!onnx.value, !onnx.value, !onnx.value) {
  %none = onnx.None : none
  %y:3 = onnx.Split %x, %none {axis = 1 : i64, num_outputs = 3 : i64} : (tensor<2x7xf32>, none) -> (!onnx.value, !onnx.value, !onnx.value)
  return %y#0, %y#1, %y#2 : !onnx.value, !onnx.value, !onnx.value
}

// -----

// An empty cache is no part of the result; the others are written side by side.
// CHECK-LABEL: func @concat
// CHECK-SAME: %[[A:[^:]*]]: tensor<2x3xf32>
// CHECK: %[[FRAME:.*]] = tensor.empty() : tensor<2x6xf32>
// CHECK: %[[HALF:.*]] = tensor.insert_slice %[[A]] into %[[FRAME]][0, 0]
// CHECK: tensor.insert_slice %[[A]] into %[[HALF]][0, 3]
// CHECK-NOT: tensor.insert_slice
func.func @concat(%a: tensor<2x3xf32> {onnx.dims = ["", ""], onnx.name = "a"},
                  %none: tensor<2x0xf32> {onnx.dims = ["", ""], onnx.name = "none"}) -> !onnx.value {
  %y = onnx.Concat %a, %none, %a {axis = -1 : i64} : (tensor<2x3xf32>, tensor<2x0xf32>, tensor<2x3xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Only the axis that is padded is reflected.
// CHECK-LABEL: func @reflect
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x6xf32>)
// CHECK: %[[ROW:.*]] = linalg.index 0
// CHECK: arith.remsi
// CHECK: tensor.extract %{{.*}}[%[[ROW]], %{{.*}}]
func.func @reflect(%x: tensor<2x4xf32> {onnx.dims = ["", ""], onnx.name = "x"}) -> !onnx.value {
  %pads = onnx.Constant {value = dense<1> : tensor<2xi64>} : () -> !onnx.value
  %axes = onnx.Constant {value = dense<-1> : tensor<1xi64>} : () -> !onnx.value
  %none = onnx.None : none
  %y = onnx.Pad %x, %pads, %none, %axes {mode = "reflect"} : (tensor<2x4xf32>, !onnx.value, none, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// As torch writes pads: pairs by axis from the last one on, reversed and
// transposed to ONNX's order, all of which is known when it is compiled.
// CHECK-LABEL: func @torch_pads
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 1] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<2x6xf32>
func.func @torch_pads(%x: tensor<2x3xf32> {onnx.dims = ["", ""], onnx.name = "x"}) -> !onnx.value {
  %flat = onnx.Constant {value = dense<[1, 2, 0, 0]> : tensor<4xi64>} : () -> !onnx.value
  %to = onnx.Constant {value = dense<[-1, 2]> : tensor<2xi64>} : () -> !onnx.value
  %start = onnx.Constant {value = dense<-1> : tensor<1xi64>} : () -> !onnx.value
  %end = onnx.Constant {value = dense<-9223372036854775807> : tensor<1xi64>} : () -> !onnx.value
  %axis = onnx.Constant {value = dense<0> : tensor<1xi64>} : () -> !onnx.value
  %none = onnx.None : none
  %pairs = onnx.Reshape %flat, %to : (!onnx.value, !onnx.value) -> !onnx.value
  %reversed = onnx.Slice %pairs, %start, %end, %axis, %start : (!onnx.value, !onnx.value, !onnx.value, !onnx.value, !onnx.value) -> !onnx.value
  %columns = onnx.Transpose %reversed {perm = array<i64: 1, 0>} : (!onnx.value) -> !onnx.value
  %pads = onnx.Reshape %columns, %start : (!onnx.value, !onnx.value) -> !onnx.value
  %y = onnx.Pad %x, %pads, %none, %none : (tensor<2x3xf32>, !onnx.value, none, none) -> !onnx.value
  return %y : !onnx.value
}
