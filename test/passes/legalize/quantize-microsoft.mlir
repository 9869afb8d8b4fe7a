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

// Two weights to a byte, the low one first; 8 is the zero point. No tensor is as
// large as the weight in reals for any other reason than that a product reads it.
// CHECK-LABEL: @matmul_nbits
// CHECK-SAME: (%[[A:[a-z0-9]*]]: tensor<?x64xf32>{{.*}}, %{{.*}}: tensor<6x2x16xui8>
// CHECK-DAG: %[[SHIFT:.*]] = arith.constant dense<[0, 4]> : tensor<2xui8>
// CHECK-DAG: %[[Z:.*]] = arith.constant dense<8> : tensor<ui8>
// CHECK: %[[Q:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[SHIFT]] : tensor<6x32xui8>, tensor<2xui8>)
// CHECK: arith.shrui
// CHECK: arith.andi %{{.*}}, %c15_i8
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}}, %[[Z]] : tensor<6x2x32xui8>, tensor<6x2xf32>, tensor<ui8>)
// CHECK: arith.subi
// CHECK: arith.sitofp
// CHECK: arith.mulf
// CHECK: linalg.generic {{.*}} "reduction"]{{.*}} ins(%[[A]], %{{.*}} : tensor<?x64xf32>, tensor<64x6xf32>)
func.func @matmul_nbits(%a: tensor<?x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<?x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// accuracy_level 4: rows in bytes of the same blocks, and back.
// CHECK-LABEL: @matmul_nbits_bytes
// CHECK: math.absf
// CHECK: %[[STEP:.*]] = arith.divf %{{.*}}, %cst
// CHECK: math.roundeven
// CHECK: -> tensor<?x2x32xi8>
// CHECK: linalg.generic {{.*}} "reduction"]{{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x64xf32>, tensor<64x6xf32>)
func.func @matmul_nbits_bytes(%a: tensor<?x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64, accuracy_level = 4 : i64}
      : (tensor<?x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// g_idx that gives each block its size is another order of k, of both factors.
// CHECK-LABEL: @matmul_nbits_index
// CHECK-DAG: %[[ORDER:.*]] = arith.constant dense<{{.*}}> : tensor<32xi64>
// CHECK-COUNT-2: tensor.extract %[[ORDER]]
// CHECK: linalg.generic {{.*}} "reduction"]{{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x32xf32>, tensor<32x6xf32>)
func.func @matmul_nbits_index(%a: tensor<?x32xf32>, %b: tensor<6x2x8xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %i = arith.constant dense<[0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]> : tensor<32xi32>
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %i, %none {K = 32 : i64, N = 6 : i64, block_size = 16 : i64}
      : (tensor<?x32xf32>, tensor<6x2x8xui8>, tensor<6x2xf32>, none, tensor<32xi32>, none) -> !onnx.value
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

// -----

// One vector, with a bias; g_idx may be longer than K.
// CHECK-LABEL: @matmul_nbits_vector
// CHECK: return %{{.*}} : tensor<6xf32>
func.func @matmul_nbits_vector(%a: tensor<30xf32>, %b: tensor<6x2x8xui8>, %s: tensor<6x2xf32>, %c: tensor<6xf32>) -> !onnx.value {
  %none = onnx.None : none
  %i = arith.constant dense<[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]> : tensor<32xi32>
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %i, %c {K = 30 : i64, N = 6 : i64, block_size = 16 : i64}
      : (tensor<30xf32>, tensor<6x2x8xui8>, tensor<6x2xf32>, none, tensor<32xi32>, tensor<6xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Three blocks of a row, whose zero points are two to a byte; rows along the
// other axis; what only a run knows is asked there.
// CHECK-LABEL: @gather_zero_points
// CHECK-NOT: does not fit
// CHECK: return %{{.*}} : tensor<?x48xf32>
func.func @gather_zero_points(%data: tensor<10x24xui8>, %i: tensor<?xi64>, %s: tensor<10x3xf32>, %z: tensor<10x2xui8>) -> !onnx.value {
  %y = onnx.microsoft.GatherBlockQuantized %data, %i, %s, %z {block_size = 16 : i64}
      : (tensor<10x24xui8>, tensor<?xi64>, tensor<10x3xf32>, tensor<10x2xui8>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// CHECK-LABEL: @gather_other_axis
// CHECK: coil.require %{{.*}}, "node '?': dimension 1 of a scale or zero point does not fit the blocks
// CHECK: return %{{.*}} : tensor<?x?xf32>
func.func @gather_other_axis(%data: tensor<40x?xi4>, %i: tensor<?xi64>, %s: tensor<3x?xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.microsoft.GatherBlockQuantized %data, %i, %s, %none {block_size = 16 : i64, quantize_axis = 0 : i64}
      : (tensor<40x?xi4>, tensor<?xi64>, tensor<3x?xf32>, none) -> !onnx.value
  return %y : !onnx.value
}
