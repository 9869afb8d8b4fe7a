// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-plan-loops{rows=4 columns=3 lanes=4 terms=2}))' | FileCheck %s --check-prefixes=CHECK,OPTIONS
// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-plan-loops))' | FileCheck %s --check-prefixes=CHECK,MODEL
// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-plan-loops{rows=4 columns=3 lanes=4 terms=2},vectorize-emit-loops))' | FileCheck %s --check-prefix=LOOPS
// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-plan-loops{lanes=3}))' 2>&1 | FileCheck %s --check-prefix=REFUSED

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

// What the options say comes before what the op says, and that before the model. The op keeps its own word.
// CHECK-LABEL: func @product
// OPTIONS: coil.loops = {columns = 3 : i64, lane_loop = 1 : i64, lanes = 4 : i64, {{.*}} rows = 4 : i64, term_loop = 2 : i64, terms = 2 : i64
// MODEL: coil.loops = {columns = 5 : i64, lane_loop = 1 : i64, lanes = 4 : i64,
// CHECK-SAME: coil.tuning = {columns = 5 : i64}
// Four rows of three vectors are summed at once.
// LOOPS-LABEL: func @product
// LOOPS: scf.for {{.*}} iter_args({{(%[a-z0-9_]+ = %[a-z0-9_]+, ){11}%[a-z0-9_]+ = %[a-z0-9_]+}}) -> ({{(vector<4xf32>, ){11}vector<4xf32>}})
// REFUSED: warning: its tuning does not apply: lanes is 3, expected a power of two from 2 on
func.func @product(%a: memref<64x32xf32>, %b: memref<32x96xf32>, %c: memref<64x96xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<64x32xf32>, memref<32x96xf32>) outs(%c : memref<64x96xf32>)
      attrs = {coil.tuning = {columns = 5 : i64}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}
