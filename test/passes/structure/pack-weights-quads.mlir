// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-pack-weights))' | FileCheck %s

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#y = affine_map<(m, n, k) -> (m, n)>

// Of bytes, four terms of the sum lie side by side, as the machine's dot product
// takes them.
module attributes {coil.target = {dot_product = "s8s8"}} {
  // CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
  // CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2, d3) -> (d1 floordiv [[N:[0-9]+]], d2, d1 mod [[N]], d3)>
  // CHECK-LABEL: func @quads
  // CHECK-SAME: (%[[A:.*]]: tensor<4x8xi8>
  // CHECK: %[[P:.*]] = linalg.pack {{.*}} inner_dims_pos = [1, 0] inner_tiles = [[[N]], 4]
  // CHECK: %[[Q:.*]] = tensor.expand_shape %[[A]] {{\[\[}}0], [1, 2]] output_shape [4, 2, 4]
  // CHECK: linalg.generic {indexing_maps = [#[[X]], #[[W]], {{.*}} ins(%[[Q]], %[[P]] :
  func.func @quads(%x: tensor<4x8xi8>, %init: tensor<4x5xi32>) -> tensor<4x5xi32> {
    %w = arith.constant dense_resource<w> : tensor<8x5xi8>
    %y = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : tensor<4x8xi8>, tensor<8x5xi8>) outs(%init : tensor<4x5xi32>) {
    ^bb0(%a: i8, %b: i8, %out: i32):
      %0 = arith.extsi %a : i8 to i32
      %1 = arith.extsi %b : i8 to i32
      %2 = arith.muli %0, %1 : i32
      %3 = arith.addi %out, %2 : i32
      linalg.yield %3 : i32
    } -> tensor<4x5xi32>
    return %y : tensor<4x5xi32>
  }

  // Signs that it does not take, and sums that are no quads, are packed as others.
  // CHECK-LABEL: func @unsigned
  // CHECK: linalg.pack {{.*}} inner_dims_pos = [1] inner_tiles = [{{[0-9]+}}]
  // CHECK-LABEL: func @odd
  // CHECK: linalg.pack {{.*}} inner_dims_pos = [1] inner_tiles = [{{[0-9]+}}]
  func.func @unsigned(%x: tensor<4x8xi8>, %init: tensor<4x5xi32>) -> tensor<4x5xi32> {
    %w = arith.constant dense_resource<w> : tensor<8x5xi8>
    %y = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : tensor<4x8xi8>, tensor<8x5xi8>) outs(%init : tensor<4x5xi32>) {
    ^bb0(%a: i8, %b: i8, %out: i32):
      %0 = arith.extui %a : i8 to i32
      %1 = arith.extsi %b : i8 to i32
      %2 = arith.muli %0, %1 : i32
      %3 = arith.addi %out, %2 : i32
      linalg.yield %3 : i32
    } -> tensor<4x5xi32>
    return %y : tensor<4x5xi32>
  }
  func.func @odd(%x: tensor<4x5xi8>, %init: tensor<4x8xi32>) -> tensor<4x8xi32> {
    %w = arith.constant dense_resource<w> : tensor<5x8xi8>
    %y = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : tensor<4x5xi8>, tensor<5x8xi8>) outs(%init : tensor<4x8xi32>) {
    ^bb0(%a: i8, %b: i8, %out: i32):
      %0 = arith.extsi %a : i8 to i32
      %1 = arith.extsi %b : i8 to i32
      %2 = arith.muli %0, %1 : i32
      %3 = arith.addi %out, %2 : i32
      linalg.yield %3 : i32
    } -> tensor<4x8xi32>
    return %y : tensor<4x8xi32>
  }
}

{-#
  dialect_resources: { builtin: { w: "0x0100000001020304050607080102030405060708010203040506070801020304050607080102030405060708" } }
#-}
