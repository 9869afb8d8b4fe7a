// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-fuse-elementwise,canonicalize))' | FileCheck %s

#five = affine_map<(b, h, g, n, k) -> (b, h, g, n, k)>
#each = affine_map<(b, h, g, n, k) -> (b, h, n, k)>
#q = affine_map<(b, h, m, n, k) -> (b, h, m, k)>
#k = affine_map<(b, h, m, n, k) -> (b, h, n, k)>
#s = affine_map<(b, h, m, n, k) -> (b, h, m, n)>
#id = affine_map<(b, h, m, n) -> (b, h, m, n)>

// Each head of the keys serves three of the queries: it is read by all three, and
// repeated nowhere. The scale is done to the sum.
// CHECK-DAG: #[[KEYS:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d4, d5)>
// CHECK-LABEL: func @shared
// CHECK-SAME: (%[[Q:.*]]: tensor<?x9x?x64xf32>, %[[K:.*]]: tensor<?x3x?x64xf32>
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[KEYS]], #{{.*}}]
// CHECK-SAME: ins(%{{.*}}, %[[K]] : tensor<?x3x3x?x64xf32>, tensor<?x3x?x64xf32>)
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<?x3x3x?x?xf32>)
// CHECK-NOT: linalg.generic
func.func @shared(%q: tensor<?x9x?x64xf32>, %keys: tensor<?x3x?x64xf32>, %e: tensor<?x3x3x?x64xf32>, %z: tensor<?x9x?x?xf32>) -> tensor<?x9x?x?xf32> {
  %zero = arith.constant 0.0 : f32
  %scale = arith.constant 0.125 : f32
  %r = linalg.generic {indexing_maps = [#each, #five], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%keys : tensor<?x3x?x64xf32>) outs(%e : tensor<?x3x3x?x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<?x3x3x?x64xf32>
  %all = tensor.collapse_shape %r [[0], [1, 2], [3], [4]] : tensor<?x3x3x?x64xf32> into tensor<?x9x?x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%z : tensor<?x9x?x?xf32>) -> tensor<?x9x?x?xf32>
  %p = linalg.generic {indexing_maps = [#q, #k, #s], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %all : tensor<?x9x?x64xf32>, tensor<?x9x?x64xf32>) outs(%f : tensor<?x9x?x?xf32>) {
  ^bb0(%l: f32, %w: f32, %out: f32):
    %0 = arith.mulf %l, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x9x?x?xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%p : tensor<?x9x?x?xf32>) outs(%z : tensor<?x9x?x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.mulf %in, %scale : f32
    linalg.yield %0 : f32
  } -> tensor<?x9x?x?xf32>
  return %y : tensor<?x9x?x?xf32>
}

// -----

#x = affine_map<(g, m, w, c) -> (g, w, c)>
#k = affine_map<(g, m, w, c) -> (g, m, c)>
#s = affine_map<(g, m, w, c) -> (w, g, m)>
#id = affine_map<(a, b) -> (a, b)>
#turned = affine_map<(a, b) -> (b, a)>

// The groups of a sum stay one axis of channels where what follows puts them in another order.
// CHECK-LABEL: func @turned
// CHECK: tensor.collapse_shape
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<32x64xf32>)
func.func @turned(%x: tensor<4x64x8xf32>, %k: tensor<4x8x8xf32>, %e: tensor<64x4x8xf32>, %r: tensor<32x64xf32>) -> tensor<32x64xf32> {
  %p = linalg.generic {indexing_maps = [#x, #k, #s], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %k : tensor<4x64x8xf32>, tensor<4x8x8xf32>) outs(%e : tensor<64x4x8xf32>) {
  ^bb0(%l: f32, %w: f32, %out: f32):
    %0 = arith.mulf %l, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<64x4x8xf32>
  %flat = tensor.collapse_shape %p [[0], [1, 2]] : tensor<64x4x8xf32> into tensor<64x32xf32>
  %y = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]}
      ins(%flat : tensor<64x32xf32>) outs(%r : tensor<32x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.negf %in : f32
    linalg.yield %0 : f32
  } -> tensor<32x64xf32>
  return %y : tensor<32x64xf32>
}
