// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-tile-attention))' | FileCheck %s
// RUN: sed 's/= arith.select %%hides, %%least, %%scaled/= arith.addf %%scaled, %%bias/' %s | coil-opt -pass-pipeline='builtin.module(func.func(vectorize-tile-attention))' | FileCheck %s --check-prefix=BIAS
// RUN: sed 's/= arith.select %%hides, %%least, %%scaled/= arith.mulf %%scaled, %%bias/' %s | coil-opt -pass-pipeline='builtin.module(func.func(vectorize-tile-attention))' | FileCheck %s --check-prefix=FACTOR

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#mask = affine_map<(h, s, t) -> (s, t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>

// A mask that leaves the least number is looked at before a block of keys, the last rows of the block first, no further
// than something is seen; the products are made if something was.
// CHECK-LABEL: func @f
// CHECK: scf.for %[[T:[a-z0-9_]+]] = %c0{{.*}} to %{{.*}} step %c128
// CHECK: memref.store %{{.*}}, %[[FLAG:[a-z0-9_]+]][] : memref<i32>
// CHECK: scf.for
// CHECK: memref.load %[[FLAG]]
// CHECK: scf.if
// CHECK: %[[PART:.*]] = memref.subview %{{.*}}[%{{.*}}, %[[T]]] [8, 128] [1, 1] : memref<256x300xf32>
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "reduction"]} ins(%[[PART]] : {{.*}}) outs(%[[FLAG]] : memref<i32>)
// CHECK: arith.cmpf
// CHECK: arith.ori
// CHECK: memref.load %[[FLAG]]
// CHECK: scf.if
// CHECK: arith.mulf

// What is added may be as low as any other score of its row: then all blocks count, and those that were passed over are done.
// BIAS-LABEL: func @f
// BIAS: scf.for %[[TURN:[a-z0-9_]+]] = %c0{{.*}} to %c2
// BIAS: %[[AGAIN:.*]] = arith.cmpi ne, %[[TURN]], %c0
// BIAS: arith.cmpf olt, %{{.*}}, %{{.*}} : f32
// BIAS: scf.if
// BIAS: %[[LOW:.*]] = arith.constant -9.99{{.*}}E+37 : f32
// BIAS: arith.cmpf ole
// BIAS: %[[SEEN:.*]] = arith.cmpi ne
// BIAS: %[[NOW:.*]] = arith.xori %[[SEEN]], %[[AGAIN]]
// BIAS: scf.if %[[NOW]]

// A factor hides nothing.
// FACTOR-LABEL: func @f
// FACTOR-NOT: memref<i32>
// FACTOR: return
func.func @f(%q: memref<2x256x8xf32>, %k: memref<2x300x8xf32>, %v: memref<2x300x16xf32>, %b: memref<256x300xf32>, %y: memref<2x256x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %scale = arith.constant 0.5 : f32
  %least = arith.constant 0xFF800000 : f32
  %p = memref.alloc() : memref<2x256x300xf32>
  %x = memref.alloc() : memref<2x256x300xf32>
  %m = memref.alloc() : memref<2x256xf32>
  %w = memref.alloc() : memref<2x256x300xf32>
  %l = memref.alloc() : memref<2x256xf32>
  %d = memref.alloc() : memref<2x256x300xf32>
  linalg.fill ins(%zero : f32) outs(%p : memref<2x256x300xf32>)
  linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x256x8xf32>, memref<2x300x8xf32>) outs(%p : memref<2x256x300xf32>)
      attrs = {coil.attention = "products", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#id, #mask, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p, %b : memref<2x256x300xf32>, memref<256x300xf32>) outs(%x : memref<2x256x300xf32>)
      attrs = {coil.attention = "scores", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %bias: f32, %out: f32):
    %scaled = arith.mulf %a0, %scale : f32
    %hides = arith.cmpf olt, %bias, %zero : f32
    %0 = arith.select %hides, %least, %scaled : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%least : f32) outs(%m : memref<2x256xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<2x256x300xf32>) outs(%m : memref<2x256xf32>)
      attrs = {coil.attention = "greatest", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.maximumf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : memref<2x256x300xf32>, memref<2x256xf32>) outs(%w : memref<2x256x300xf32>)
      attrs = {coil.attention = "powers", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.subf %a0, %a1 : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%zero : f32) outs(%l : memref<2x256xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : memref<2x256x300xf32>) outs(%l : memref<2x256xf32>)
      attrs = {coil.attention = "total", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.addf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : memref<2x256x300xf32>, memref<2x256xf32>) outs(%d : memref<2x256x300xf32>)
      attrs = {coil.attention = "shares", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.divf %a0, %a1 : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x256x16xf32>)
  linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : memref<2x256x300xf32>, memref<2x300x16xf32>) outs(%y : memref<2x256x16xf32>)
      attrs = {coil.attention = "values", coil.keys = 3 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}
