// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-pack-weights))' | FileCheck %s

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>

// The weight lies in panels as wide as the tile, the last filled up with zeros.
// CHECK: #[[PANELS:.*]] = affine_map<(d0, d1, d2) -> (d1 floordiv [[N:[0-9]+]], d2, d1 mod [[N]])>
// CHECK-LABEL: func @matmul
// CHECK: %[[W:.*]] = arith.constant dense_resource<w>
// CHECK: %[[P:.*]] = linalg.pack %[[W]] padding_value({{.*}}) outer_dims_perm = [0, 1] inner_dims_pos = [0] inner_tiles = [[[N]]]
// CHECK: linalg.generic {indexing_maps = [{{[^,]*}}, #[[PANELS]], {{.*}} ins(%{{.*}}, %[[P]] :
func.func @matmul(%x: tensor<64x3xf32>, %init: tensor<64x5xf32>) -> tensor<64x5xf32> {
  %w = arith.constant dense_resource<w> : tensor<5x3xf32>
  %y = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<64x3xf32>, tensor<5x3xf32>) outs(%init : tensor<64x5xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<64x5xf32>
  return %y : tensor<64x5xf32>
}

// What a run brings is not packed, nor what no sum reads.
// CHECK-LABEL: func @variable
// CHECK-NOT: linalg.pack
// CHECK: return
func.func @variable(%x: tensor<64x3xf32>, %w: tensor<5x3xf32>, %init: tensor<64x5xf32>) -> tensor<64x5xf32> {
  %y = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<64x3xf32>, tensor<5x3xf32>) outs(%init : tensor<64x5xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<64x5xf32>
  %c = arith.constant dense_resource<w> : tensor<5x3xf32>
  %e = tensor.empty() : tensor<5x3xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%c : tensor<5x3xf32>) outs(%e : tensor<5x3xf32>) {
  ^bb0(%l: f32, %out: f32):
    %0 = arith.addf %l, %l : f32
    linalg.yield %0 : f32
  } -> tensor<5x3xf32>
  return %y : tensor<64x5xf32>
}

{-#
  dialect_resources: { builtin: { w: "0x040000000000803f000000400000404000008040000000000000803f000000400000404000008040000000000000803f00000040000040400000804000000000" } }
#-}
