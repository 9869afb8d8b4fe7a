// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Broadcasting is in the maps: nothing is copied.
// CHECK: #[[SECOND:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func @bias
// CHECK: %[[BATCH:.*]] = coil.symbol "batch"
// CHECK: tensor.empty(%[[BATCH]]) : tensor<?x8xf32>
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[SECOND]], #{{.*}}]
// CHECK: arith.addf
func.func @bias(%x: tensor<?x8xf32> {onnx.dims = ["batch", ""], onnx.name = "x"},
                %b: tensor<8xf32> {onnx.dims = [""], onnx.name = "b"}) -> !onnx.value {
  %y = onnx.Add %x, %b : (tensor<?x8xf32>, tensor<8xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Two names that must broadcast are compared in the run.
// CHECK-LABEL: func @names
// CHECK-DAG: %[[A:.*]] = coil.symbol "a"
// CHECK-DAG: %[[B:.*]] = coil.symbol "b"
// CHECK: arith.cmpi eq, %[[A]], %[[B]]
// CHECK: coil.require %{{.*}}, "node '?': dimension 0 of input 1 is {0}, which does not broadcast to {1}"(%{{.*}}, %{{.*}})
func.func @names(%x: tensor<?xf32> {onnx.dims = ["a"], onnx.name = "x"},
                 %y: tensor<?xf32> {onnx.dims = ["b"], onnx.name = "y"}) -> !onnx.value {
  %z = onnx.Mul %x, %y : (tensor<?xf32>, tensor<?xf32>) -> !onnx.value
  return %z : !onnx.value
}

// -----

// Unsigned numbers are compared as such.
// CHECK-LABEL: func @unsigned
// CHECK: coil.sign %{{.*}} : ui8 to i8
// CHECK: arith.cmpi ult
func.func @unsigned(%x: tensor<4xui8> {onnx.dims = [""], onnx.name = "x"}) -> !onnx.value {
  %y = onnx.Less %x, %x : (tensor<4xui8>, tensor<4xui8>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// CHECK-LABEL: func @square
// CHECK-NOT: math.powf
// CHECK: arith.mulf
func.func @square(%x: tensor<4xf32> {onnx.dims = [""], onnx.name = "x"}) -> !onnx.value {
  %two = onnx.Constant {value = dense<2.0> : tensor<f32>} : () -> !onnx.value
  %y = onnx.Pow %x, %two : (tensor<4xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The smallest integer by -1 traps on x86: the dividend is negated, and the
// divisor 1, as it is instead of 0. Unsigned integers have no -1.
// CHECK-LABEL: func @quotient
// CHECK: linalg.generic
// CHECK: ^bb0(%[[A:.*]]: i32, %[[B:.*]]: i32, %{{.*}}: i32):
// CHECK: %[[MINUS:.*]] = arith.subi %c0_i32{{.*}}, %[[A]]
// CHECK: %[[FROM:.*]] = arith.select %{{.*}}, %[[MINUS]], %[[A]]
// CHECK: %[[BY:.*]] = arith.select %{{.*}}, %c1_i32{{.*}}, %[[B]]
// CHECK: arith.divsi %[[FROM]], %[[BY]]
func.func @quotient(%a: tensor<4xi32>, %b: tensor<4xi32>) -> !onnx.value {
  %y = onnx.Div %a, %b : (tensor<4xi32>, tensor<4xi32>) -> !onnx.value
  return %y : !onnx.value
}

// CHECK-LABEL: func @quotient_unsigned
// CHECK-NOT: arith.subi
// CHECK: arith.divui
func.func @quotient_unsigned(%a: tensor<4xui32>, %b: tensor<4xui32>) -> !onnx.value {
  %y = onnx.Div %a, %b : (tensor<4xui32>, tensor<4xui32>) -> !onnx.value
  return %y : !onnx.value
}
