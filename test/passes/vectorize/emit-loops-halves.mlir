// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-plan-loops,vectorize-emit-loops),canonicalize,cse)' | FileCheck %s

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n floordiv 16, k, n mod 16)>
#y = affine_map<(m, n, k) -> (m, n)>

// Runs of 32 products in f16, eight written out; runs are added up in f16, and
// their sum in f32, in memory: read from one half, written to the other. What does
// not fill a run is a shorter one, and the last two terms are f32. If a sum is then
// infinite, or no number, all terms of the tile are summed up again in f32.
module attributes {coil.target = {half_arithmetic = true}} {
  // CHECK-LABEL: func @runs
  // CHECK: %[[WIDE:.*]] = memref.alloca() {alignment = 64 : i64} : memref<2x4x8xf32>
  // CHECK: %[[BLOCK:.*]]:4 = scf.for %{{.*}} = %c0 to %c96 step %c32 {{.*}} -> (vector<8xf16>, vector<8xf16>, vector<8xf16>, vector<8xf16>)
  // CHECK: scf.for %{{.*}} = %c0 to %c32 step %c8
  // CHECK: vector.load {{.*}} vector<8xf16>
  // CHECK-NOT: arith.extf
  // CHECK: vector.fma {{.*}} : vector<8xf16>
  // CHECK: arith.addf {{.*}} : vector<8xf16>
  // CHECK: %[[SUM:.*]] = vector.load %[[WIDE]]
  // CHECK: %[[E:.*]] = arith.extf %[[BLOCK]]#0 : vector<8xf16> to vector<8xf32>
  // CHECK: %[[NEW:.*]] = arith.addf %[[SUM]], %[[E]] : vector<8xf32>
  // CHECK: vector.store %[[NEW]], %[[WIDE]]
  // CHECK: arith.mulf {{.*}} : vector<8xf16>
  // CHECK: scf.for
  // CHECK: arith.extf
  // CHECK: arith.mulf {{.*}} : vector<8xf32>
  // CHECK: %[[ALL:.*]] = vector.reduction <add>, %{{.*}} : vector<8xf32> into f32
  // CHECK: %[[SIZE:.*]] = math.absf %[[ALL]]
  // CHECK: %[[INFINITE:.*]] = arith.cmpf ugt, %[[SIZE]], %{{.*}} : f32
  // CHECK: scf.if %[[INFINITE]] {
  // CHECK: %[[AGAIN:.*]]:4 = scf.for %{{.*}} = %c0 to %c106 step %c1 iter_args({{.*}}) -> (vector<8xf32>,
  // CHECK-NOT: vector.fma {{.*}} vector<8xf16>
  // CHECK: arith.mulf {{.*}} : vector<8xf32>
  // CHECK: vector.store %[[AGAIN]]#0, %[[WIDE]]
  // CHECK: }
  // CHECK: %[[Y:.*]] = vector.load %[[WIDE]]
  // CHECK: vector.store %[[Y]], %arg2
  // CHECK: return
  func.func @runs(%x: memref<2x106xf16>, %w: memref<1x106x16xf16>, %y: memref<2x16xf32>) {
    linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : memref<2x106xf16>, memref<1x106x16xf16>) outs(%y : memref<2x16xf32>) {
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
