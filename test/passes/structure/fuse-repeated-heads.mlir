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
