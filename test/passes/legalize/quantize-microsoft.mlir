// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Both sides become real numbers, and their sum is quantized, in one pass.
// CHECK-LABEL: @add
// CHECK-COUNT-1: linalg.generic
// CHECK: arith.mulf
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: arith.divf
// CHECK: math.roundeven
// CHECK-NOT: linalg.generic
func.func @add(%a: tensor<?x4xui8>, %b: tensor<4xui8>, %s: tensor<f32>, %z: tensor<ui8>) -> !onnx.value {
  %y = onnx.microsoft.QLinearAdd %a, %s, %z, %b, %s, %z, %s, %z
      : (tensor<?x4xui8>, tensor<f32>, tensor<ui8>, tensor<4xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Two weights to a byte, the low one first; 8 is the zero point.
// CHECK-LABEL: @matmul_nbits
// CHECK: arith.divsi %{{.*}}, %c2
// CHECK: tensor.extract %{{.*}} : tensor<6x32xui8>
// CHECK: arith.shrui
// CHECK: arith.andi
// CHECK: arith.constant 8.000000e+00
// CHECK: arith.subf
// CHECK: linalg.generic {{.*}} "reduction"]{{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x64xf32>, tensor<64x6xf32>)
func.func @matmul_nbits(%a: tensor<?x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<?x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// An index of a row is checked before it is used.
// CHECK-LABEL: @gather
// CHECK: coil.require %{{.*}}, "node '?': an index is out of range"
// CHECK: return %{{.*}} : tensor<?x32xf32>
func.func @gather(%data: tensor<10x16xui8>, %i: tensor<?xi64>, %s: tensor<10x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.microsoft.GatherBlockQuantized %data, %i, %s, %none {block_size = 16 : i64}
      : (tensor<10x16xui8>, tensor<?xi64>, tensor<10x2xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Four bits that are elements of their own, with 0 as zero point.
// CHECK-LABEL: @gather_four_bits
// CHECK: %[[Q:.*]] = tensor.extract %{{.*}} : tensor<10x32xi4>
// CHECK: arith.sitofp %[[Q]] : i4 to f32
// CHECK: return %{{.*}} : tensor<?x32xf32>
func.func @gather_four_bits(%data: tensor<10x32xi4>, %i: tensor<?xi64>, %s: tensor<10x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.microsoft.GatherBlockQuantized %data, %i, %s, %none {block_size = 16 : i64}
      : (tensor<10x32xi4>, tensor<?xi64>, tensor<10x2xf32>, none) -> !onnx.value
  return %y : !onnx.value
}
