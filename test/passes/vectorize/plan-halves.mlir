// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-plan-loops))' | FileCheck %s
// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-plan-loops))' --remarks-filter=vectorize --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=SAID

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n floordiv 16, k, n mod 16)>
#u = affine_map<(m, n, k) -> (k, n)>
#y = affine_map<(m, n, k) -> (m, n)>

module attributes {coil.target = {half_arithmetic = true}} {
  // A weight in panels: lanes of f16, runs of 32 terms, and as many of them, evenly,
  // as 128 terms have, before anything is added in f32.
  // CHECK-LABEL: func @runs
  // CHECK: coil.loops = {columns = 2 : i64, half_sums = 96 : i64, lane_loop = 1 : i64, lanes = 8 : i64,
  // CHECK-SAME: term_loop = 2 : i64, terms = 32 : i64
  // SAID: PlanLoops{{.*}}half_sums=96{{.*}}terms=32
  func.func @runs(%x: memref<64x192xf16>, %w: memref<1x192x16xf16>, %y: memref<64x16xf32>) {
    linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : memref<64x192xf16>, memref<1x192x16xf16>) outs(%y : memref<64x16xf32>) {
    ^bb0(%a: f16, %b: f16, %out: f32):
      %0 = arith.extf %a : f16 to f32
      %1 = arith.extf %b : f16 to f32
      %2 = arith.mulf %0, %1 : f32
      %3 = arith.addf %out, %2 : f32
      linalg.yield %3 : f32
    }
    return
  }

  // Of what a run computes, as queries and keys, products are f32.
  // CHECK-LABEL: func @both_computed
  // CHECK-NOT: half_sums
  // CHECK: lanes = 4 : i64
  // SAID-NOT: half_sums
  func.func @both_computed(%x: memref<64x192xf16>, %w: memref<192x16xf16>, %y: memref<64x16xf32>) {
    linalg.generic {indexing_maps = [#x, #u, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : memref<64x192xf16>, memref<192x16xf16>) outs(%y : memref<64x16xf32>) {
    ^bb0(%a: f16, %b: f16, %out: f32):
      %0 = arith.extf %a : f16 to f32
      %1 = arith.extf %b : f16 to f32
      %2 = arith.mulf %0, %1 : f32
      %3 = arith.addf %out, %2 : f32
      linalg.yield %3 : f32
    }
    return
  }

  // Too few terms for a run.
  // CHECK-LABEL: func @few_terms
  // CHECK-NOT: half_sums
  // CHECK: lanes = 4 : i64
  func.func @few_terms(%x: memref<64x6xf16>, %w: memref<1x6x16xf16>, %y: memref<64x16xf32>) {
    linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : memref<64x6xf16>, memref<1x6x16xf16>) outs(%y : memref<64x16xf32>) {
    ^bb0(%a: f16, %b: f16, %out: f32):
      %0 = arith.extf %a : f16 to f32
      %1 = arith.extf %b : f16 to f32
      %2 = arith.mulf %0, %1 : f32
      %3 = arith.addf %out, %2 : f32
      linalg.yield %3 : f32
    }
    return
  }
}
