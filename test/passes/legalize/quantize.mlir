// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// A scale of an axis broadcasts along it; the zero point is added in f32.
// CHECK-LABEL: @per_axis
// CHECK: linalg.generic
// CHECK: arith.divf
// CHECK: math.roundeven
// What is no number becomes the lowest one; the rest is in range.
// CHECK: arith.cmpf ogt
// CHECK: arith.select
// CHECK: arith.cmpf olt
// CHECK: arith.select
// CHECK-NEXT: arith.fptosi {{.*}} : f32 to i32
// CHECK: arith.trunci {{.*}} : i32 to i8
// CHECK: -> tensor<?x4xui8>
func.func @per_axis(%x: tensor<?x4xf32>, %s: tensor<4xf32>, %z: tensor<4xui8>) -> !onnx.value {
  %y = onnx.QuantizeLinear %x, %s, %z : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xui8>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A blocked axis is two: a parameter does not change along the second.
// CHECK-DAG: #[[BLOCK:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: @blocked
// CHECK-SAME: (%[[X:[a-z0-9]*]]: tensor<2x64xi8>
// CHECK: %[[Q:.*]] = tensor.expand_shape %[[X]] {{\[\[}}0], [1, 2]] output_shape [2, 2, 32]
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[BLOCK]], #{{.*}}]{{.*}} ins(%[[Q]], %{{.*}} : tensor<2x2x32xi8>, tensor<2x2xf32>)
// CHECK: tensor.collapse_shape %{{.*}} : tensor<2x2x32xf32> into tensor<2x64xf32>
func.func @blocked(%x: tensor<2x64xi8>, %s: tensor<2x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.DequantizeLinear %x, %s, %none {axis = 1 : i64, block_size = 32 : i64}
      : (tensor<2x64xi8>, tensor<2x2xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// What is missing in the last block is cut off again.
// CHECK-LABEL: @blocked_in_part
// CHECK: tensor.insert_slice %{{.*}} : tensor<40x3xi8> into tensor<64x3xi8>
// CHECK: tensor.extract_slice %{{.*}}[0, 0] [40, 3] [1, 1] : tensor<64x3xf32> to tensor<40x3xf32>
func.func @blocked_in_part(%x: tensor<40x3xi8>, %s: tensor<2x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.DequantizeLinear %x, %s, %none {axis = 0 : i64, block_size = 32 : i64}
      : (tensor<40x3xi8>, tensor<2x3xf32>, none) -> !onnx.value
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

// -----

// A float is rounded by its type, at most its largest number; there is no zero to add.
// CHECK-LABEL: @small_float
// CHECK: arith.divf
// CHECK-NOT: math.roundeven
// CHECK: %[[MAX:.*]] = arith.constant 4.480000e+02 : f32
// CHECK: arith.minimumf %{{.*}}, %[[MAX]]
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FN
func.func @small_float(%x: tensor<64xf32>, %s: tensor<f32>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.QuantizeLinear %x, %s, %none {output_dtype = f8E4M3FN} : (tensor<64xf32>, tensor<f32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Four bits as any other integer; the scale may be an exponent.
// CHECK-LABEL: @four_bits
// CHECK: arith.extf %{{.*}} : f8E8M0FNU to f32
// CHECK: arith.extsi %{{.*}} : i4 to i32
// CHECK: -> tensor<2x2x32xf32>
func.func @four_bits(%x: tensor<2x64xi4>, %s: tensor<2x2xf8E8M0FNU>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.DequantizeLinear %x, %s, %none {axis = 1 : i64, block_size = 32 : i64, output_dtype = f32}
      : (tensor<2x64xi4>, tensor<2x2xf8E8M0FNU>, none) -> !onnx.value
  return %y : !onnx.value
}
