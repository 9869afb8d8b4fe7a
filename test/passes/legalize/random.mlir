// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Each operator draws once, and element i of a draw needs no other element.
// CHECK-LABEL: func @uniform
// CHECK: %[[N:.*]] = coil.draw
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x3xf32>)
// CHECK: arith.andi %[[N]]
// CHECK-COUNT-20: arith.muli
// CHECK: arith.uitofp
// CHECK: coil.draw
func.func @uniform() -> (!onnx.value, !onnx.value) {
  %x = onnx.RandomUniform {shape = array<i64: 2, 3>, seed = 1.0 : f32} : () -> !onnx.value
  %y = onnx.RandomUniform {shape = array<i64: 2, 3>, seed = 1.0 : f32} : () -> !onnx.value
  return %x, %y : !onnx.value, !onnx.value
}

// -----

// CHECK-LABEL: func @normal
// CHECK: math.log
// CHECK: math.cos
// CHECK: return %{{.*}} : tensor<?xf64>
func.func @normal(%x: tensor<?xi32> {onnx.dims = ["n"], onnx.name = "x"}) -> !onnx.value {
  %y = onnx.RandomNormalLike %x {dtype = f64} : (tensor<?xi32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Without training nothing is drawn; with a ratio of 0 nothing is dropped.
// CHECK-LABEL: func @dropout
// CHECK-SAME: %[[X:[^:]*]]: tensor<4xf32>
// CHECK-NOT: coil.draw
// CHECK: return %[[X]], %[[X]]
func.func @dropout(%x: tensor<4xf32> {onnx.dims = [""], onnx.name = "x"}, %t: tensor<i1> {onnx.dims = [], onnx.name = "t"})
    -> (!onnx.value, !onnx.value) {
  %none = onnx.None : none
  %zero = onnx.Constant {value = dense<0.0> : tensor<f32>} : () -> !onnx.value
  %y:2 = onnx.Dropout %x, %none, %none : (tensor<4xf32>, none, none) -> (!onnx.value, !onnx.value)
  %z:2 = onnx.Dropout %x, %zero, %t : (tensor<4xf32>, !onnx.value, tensor<i1>) -> (!onnx.value, !onnx.value)
  return %y#0, %z#0 : !onnx.value, !onnx.value
}

// -----

// CHECK-LABEL: func @training
// CHECK: coil.require %{{.*}}, "node '?': the ratio is not within 0 and 1"
// CHECK: coil.draw
// CHECK: return %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<4xi1>
func.func @training(%x: tensor<4xf32> {onnx.dims = [""], onnx.name = "x"}, %r: tensor<f32> {onnx.dims = [], onnx.name = "r"},
                    %t: tensor<i1> {onnx.dims = [], onnx.name = "t"}) -> (!onnx.value, !onnx.value) {
  %y:2 = onnx.Dropout %x, %r, %t : (tensor<4xf32>, tensor<f32>, tensor<i1>) -> (!onnx.value, !onnx.value)
  return %y#0, %y#1 : !onnx.value, !onnx.value
}
