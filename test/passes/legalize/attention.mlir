// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Heads of queries are grouped: four of them share each of two keys.
// CHECK-LABEL: @grouped
// CHECK: tensor.expand_shape {{.*}} into tensor<?x2x4x?x16xf32>
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]
// CHECK-SAME: ins(%{{.*}}, %{{.*}} : tensor<?x2x4x?x16xf32>, tensor<?x2x?x16xf32>)
// CHECK: arith.maximumf
// CHECK: math.exp
// CHECK: arith.divf
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x2x4x?x?xf32>, tensor<?x2x?x16xf32>)
// CHECK: return %{{.*}} : tensor<?x8x?x16xf32>
func.func @grouped(%q: tensor<?x8x?x16xf32>, %k: tensor<?x2x?x16xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y:4 = onnx.Attention %q, %k, %k, %none, %none, %none, %none
      : (tensor<?x8x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, none, none, none, none)
      -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

// A query at s sees the keys up to s + past; the cap comes before the mask.
// CHECK-LABEL: @causal
// CHECK: %[[ROW:.*]] = linalg.index 2
// CHECK: %[[KEY:.*]] = linalg.index 3
// CHECK: %[[LAST:.*]] = arith.addi %[[ROW]], %c5
// CHECK: arith.cmpi sle, %[[KEY]], %[[LAST]]
// CHECK: math.tanh
// CHECK: arith.select
// CHECK: math.exp
func.func @causal(%q: tensor<1x2x3x4xf32>, %k: tensor<1x2x3x4xf32>, %past: tensor<1x2x5x4xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y:4 = onnx.Attention %q, %k, %k, %none, %past, %past, %none {is_causal = 1 : i64, softcap = 2.0 : f32}
      : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, none, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>, none)
      -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

// Halves of each head are rotated against each other by the positions' angles.
// CHECK-LABEL: @rotary
// CHECK: coil.require %{{.*}}, "node '?': a position is out of range"
// CHECK: tensor.extract %{{.*}} : tensor<32x4xf32>
// CHECK: tensor.extract_slice %{{.*}} to tensor<?x2x?x4xf32>
// CHECK: tensor.insert_slice
// CHECK: return %{{.*}} : tensor<?x2x?x8xf32>
func.func @rotary(%x: tensor<?x2x?x8xf32>, %c: tensor<32x4xf32>, %p: tensor<?x?xi64>) -> !onnx.value {
  %y = onnx.RotaryEmbedding %x, %c, %c, %p
      : (tensor<?x2x?x8xf32>, tensor<32x4xf32>, tensor<32x4xf32>, tensor<?x?xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The cache grows to the total length; each sequence has its own past.
// CHECK-LABEL: @group_query
// CHECK: arith.maxsi
// CHECK: coil.require %{{.*}}, "node '?': seqlens_k is out of range"
// CHECK: coil.require %{{.*}}, "node '?': seqlens_k does not fit the cache"
// CHECK: scf.if
// CHECK: return %{{.*}}, %{{.*}} : tensor<?x?x32xf32>, tensor<?x2x?x8xf32>
func.func @group_query(%q: tensor<?x?x32xf32>, %k: tensor<?x?x16xf32>, %past: tensor<?x2x?x8xf32>,
                       %lens: tensor<?xi32>, %total: tensor<i32>) -> (!onnx.value, !onnx.value) {
  %none = onnx.None : none
  %y:4 = onnx.microsoft.GroupQueryAttention %q, %k, %k, %past, %past, %lens, %total,
      %none, %none, %none, %none, %none, %none, %none {num_heads = 4 : i64, kv_num_heads = 2 : i64}
      : (tensor<?x?x32xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?xi32>,
         tensor<i32>, none, none, none, none, none, none, none) -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value)
  return %y#0, %y#1 : !onnx.value, !onnx.value
}

// -----

// Caches whose buffers outputs share are as long as they are; new tokens are written into them.
// CHECK-LABEL: @in_place
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor<?x2x?x8xf32> {{[^%]*}}%[[V:[a-z0-9]+]]: tensor<?x2x?x8xf32> {{[^%]*}}%{{[a-z0-9]+}}: tensor<?xi32>
// CHECK: "node '?': the cache has room for {0} tokens, total_sequence_length is {1}"
// CHECK: scf.for {{.*}} iter_args(%[[KEYS:.*]] = %[[K]])
// CHECK: tensor.insert_slice %{{.*}} into %[[KEYS]][%{{.*}}, 0, %{{.*}}, 0]
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[V]])
// CHECK: return
func.func @in_place(%q: tensor<?x?x32xf32>, %k: tensor<?x?x16xf32>, %past: tensor<?x2x?x8xf32>, %past2: tensor<?x2x?x8xf32>,
                       %lens: tensor<?xi32>, %total: tensor<i32>)
    -> (!onnx.value, !onnx.value {coil.share = array<i64: 2, -1, 0>}, !onnx.value {coil.share = array<i64: 3, -1, 0>}) {
  %none = onnx.None : none
  %y:4 = onnx.microsoft.GroupQueryAttention %q, %k, %k, %past, %past2, %lens, %total,
      %none, %none, %none, %none, %none, %none, %none {num_heads = 4 : i64, kv_num_heads = 2 : i64}
      : (tensor<?x?x32xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?xi32>,
         tensor<i32>, none, none, none, none, none, none, none) -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value)
  return %y#0, %y#1, %y#2 : !onnx.value, !onnx.value, !onnx.value
}

// -----

// With a capacity they grow: the past comes first.
// CHECK-LABEL: @in_place_growing
// CHECK: %[[ALL:.*]] = tensor.insert_slice %{{.*}} into %{{.*}}[0, 0, 0, 0]
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[ALL]])
// CHECK: return
func.func @in_place_growing(%q: tensor<?x?x32xf32>, %k: tensor<?x?x16xf32>, %past: tensor<?x2x?x8xf32>, %past2: tensor<?x2x?x8xf32>,
                       %lens: tensor<?xi32>, %total: tensor<i32>)
    -> (!onnx.value, !onnx.value {coil.share = array<i64: 2, -1, 64>}, !onnx.value {coil.share = array<i64: 3, -1, 64>}) {
  %none = onnx.None : none
  %y:4 = onnx.microsoft.GroupQueryAttention %q, %k, %k, %past, %past2, %lens, %total,
      %none, %none, %none, %none, %none, %none, %none {num_heads = 4 : i64, kv_num_heads = 2 : i64}
      : (tensor<?x?x32xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?xi32>,
         tensor<i32>, none, none, none, none, none, none, none) -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value)
  return %y#0, %y#1, %y#2 : !onnx.value, !onnx.value, !onnx.value
}
