// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// A scale of an axis broadcasts along it; the zero point is added in f32.
// CHECK-LABEL: @per_axis
// CHECK: linalg.generic
// CHECK: arith.divf
// CHECK: math.roundeven
// CHECK: arith.maximumf
// CHECK: arith.minimumf
// CHECK: arith.fptoui
// CHECK: -> tensor<?x4xui8>
func.func @per_axis(%x: tensor<?x4xf32>, %s: tensor<4xf32>, %z: tensor<4xui8>) -> !onnx.value {
  %y = onnx.QuantizeLinear %x, %s, %z : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xui8>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Element i of a blocked axis reads parameter i / block_size.
// CHECK-LABEL: @blocked
// CHECK: %[[I:.*]] = linalg.index 1
// CHECK: %[[BLOCK:.*]] = arith.divsi %[[I]], %c32
// CHECK: tensor.extract %{{.*}}[%{{.*}}, %[[BLOCK]]] : tensor<2x2xf32>
func.func @blocked(%x: tensor<2x64xi8>, %s: tensor<2x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.DequantizeLinear %x, %s, %none {axis = 1 : i64, block_size = 32 : i64}
      : (tensor<2x64xi8>, tensor<2x2xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// One sum of centered i32 products, with zero points as operands of the kernel.
// CHECK-LABEL: @matmul_integer
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]
// CHECK-SAME: tensor<?x8xui8>, tensor<8x5xi8>, tensor<ui8>, tensor<5xi8>
// CHECK: arith.subi
// CHECK: arith.subi
// CHECK: arith.muli
// CHECK: arith.addi
// CHECK: -> tensor<?x5xi32>
func.func @matmul_integer(%a: tensor<?x8xui8>, %b: tensor<8x5xi8>, %za: tensor<ui8>, %zb: tensor<5xi8>) -> !onnx.value {
  %y = onnx.MatMulInteger %a, %b, %za, %zb
      : (tensor<?x8xui8>, tensor<8x5xi8>, tensor<ui8>, tensor<5xi8>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Weights with a zero point of 0 cost no subtraction; padding holds x's zero point.
// CHECK-LABEL: @qlinear_conv
// CHECK: linalg.fill
// CHECK: tensor.insert_slice
// CHECK: linalg.generic
// CHECK: arith.subi
// CHECK-NOT: arith.subi
// CHECK: arith.muli
// CHECK: math.roundeven
// CHECK: return %{{.*}} : tensor<1x4x6x6xi8>
func.func @qlinear_conv(%x: tensor<1x3x6x6xi8>, %w: tensor<4x3x3x3xi8>, %sx: tensor<f32>, %zx: tensor<i8>,
                        %sw: tensor<4xf32>) -> !onnx.value {
  %none = onnx.None : none
  %zw = onnx.Constant {value = dense<0> : tensor<4xi8>} : () -> !onnx.value
  %y = onnx.QLinearConv %x, %sx, %zx, %w, %sw, %zw, %sx, %zx, %none {pads = array<i64: 1, 1, 1, 1>}
      : (tensor<1x3x6x6xi8>, tensor<f32>, tensor<i8>, tensor<4x3x3x3xi8>, tensor<4xf32>, !onnx.value, tensor<f32>, tensor<i8>, none) -> !onnx.value
  return %y : !onnx.value
}
