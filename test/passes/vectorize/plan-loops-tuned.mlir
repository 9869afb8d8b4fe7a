// RUN: coil-opt %s -split-input-file -verify-diagnostics -pass-pipeline='builtin.module(func.func(vectorize-plan-loops))' | FileCheck %s

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n floordiv 16, k, n mod 16)>
#c = affine_map<(m, n, k) -> (m, n)>

// What a tuning says comes before the model; what it does not say is the model's.
// Columns follow from the panel and the lanes.
// CHECK-LABEL: func @tuned
// CHECK: coil.loops = {columns = 2 : i64, lane_loop = 1 : i64, lanes = 8 : i64, order = array<i64: 1, 0, 2>, padded,
// CHECK-SAME: row_loop = 0 : i64, rows = 3 : i64, vectors = "across"}
func.func @tuned(%f: !rt.frame, %a: memref<512x32xf32>, %b: memref<2x32x16xf32>, %c: memref<512x32xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<512x32xf32>, memref<2x32x16xf32>) outs(%c : memref<512x32xf32>)
      attrs = {coil.tuning = {kernel = "name", lanes = 8 : i64, rows = 3 : i64, terms = 1 : i64, order = array<i64: 1, 0, 2>,
                              shared_loop = -1 : i64}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>

// One that cannot be is a warning, and the plan is the model's.
// CHECK-LABEL: func @refused
// CHECK: coil.loops = {columns = 4 : i64, lane_loop = 0 : i64, lanes = 4 : i64,
func.func @refused(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-warning @+1 {{its tuning does not apply: lanes is 3, expected a power of two from 2 on}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.tuning = {lanes = 3 : i64}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  // expected-warning @+1 {{its tuning does not apply: a tile of 1 rows of 0 vectors; expected 1 to 64 vectors}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.tuning = {columns = 0 : i64}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  // expected-warning @+1 {{its tuning does not apply: order must have each of the 1 loops once}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.tuning = {order = array<i64: 7>}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}
