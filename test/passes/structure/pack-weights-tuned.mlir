// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-pack-weights))' | FileCheck %s

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>

// A tuning says how wide panels are: three columns of two lanes.
// CHECK-LABEL: func @tuned
// CHECK: linalg.pack {{.*}} inner_tiles = [6]
// CHECK: coil.tuning
func.func @tuned(%x: tensor<64x3xf32>, %init: tensor<64x50xf32>) -> tensor<64x50xf32> {
  %w = arith.constant dense_resource<w> : tensor<50x3xf32>
  %y = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<64x3xf32>, tensor<50x3xf32>) outs(%init : tensor<64x50xf32>)
      attrs = {coil.tuning = {columns = 3 : i64, lanes = 2 : i64}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<64x50xf32>
  return %y : tensor<64x50xf32>
}
