// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(vectorize-tile-attention))' | FileCheck %s

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>

// All keys are one block: scores of the queries of one head are on the stack, the
// total divides what is summed up, which is not in memory before.
// CHECK-LABEL: func @keys
// CHECK-SAME: (%[[Q:.*]]: memref<2x12x8xf32>, %[[K:.*]]: memref<2x30x8xf32>, %[[V:.*]]: memref<2x30x16xf32>, %[[Y:.*]]: memref<2x12x16xf32>)
// CHECK: %[[S:.*]] = memref.alloca() {{.*}} : memref<12x30xf32>
// CHECK: scf.for
// CHECK: linalg.fill {{.*}} outs(%[[S]]
// CHECK-NEXT: linalg.generic {{.*}} outs(%[[S]] : memref<12x30xf32>)
// CHECK: maximumf
// CHECK: linalg.generic {{.*}} outs(%[[S]] : memref<12x30xf32>)
// CHECK: math.exp
// CHECK-NOT: math.exp
// CHECK: linalg.fill {{.*}} outs(%[[SUM:.*]] : memref<12x16xf32>)
// CHECK-NEXT: linalg.generic {{.*}} ins(%[[S]], %{{.*}} outs(%[[SUM]] : memref<12x16xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[SUM]], %{{.*}} outs(%{{.*}} : memref<12x16xf32, strided<[16, 1], offset: ?>>)
// CHECK: arith.divf
// CHECK-NOT: memref.alloc()
func.func @keys(%q: memref<2x12x8xf32>, %k: memref<2x30x8xf32>, %v: memref<2x30x16xf32>, %y: memref<2x12x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %x = memref.alloc() : memref<2x12x30xf32>
  %m = memref.alloc() : memref<2x12xf32>
  %w = memref.alloc() : memref<2x12x30xf32>
  %l = memref.alloc() : memref<2x12xf32>
  %d = memref.alloc() : memref<2x12x30xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<2x12x30xf32>)
  linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x12x8xf32>, memref<2x30x8xf32>) outs(%x : memref<2x12x30xf32>)
      attrs = {coil.attention = "products", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%least : f32) outs(%m : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<2x12x30xf32>) outs(%m : memref<2x12xf32>)
      attrs = {coil.attention = "greatest", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.maximumf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : memref<2x12x30xf32>, memref<2x12xf32>) outs(%w : memref<2x12x30xf32>)
      attrs = {coil.attention = "powers", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.subf %a0, %a1 : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%zero : f32) outs(%l : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : memref<2x12x30xf32>) outs(%l : memref<2x12xf32>)
      attrs = {coil.attention = "total", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.addf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : memref<2x12x30xf32>, memref<2x12xf32>) outs(%d : memref<2x12x30xf32>)
      attrs = {coil.attention = "shares", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.divf %a0, %a1 : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x12x16xf32>)
  linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : memref<2x12x30xf32>, memref<2x30x16xf32>) outs(%y : memref<2x12x16xf32>)
      attrs = {coil.attention = "values", coil.keys = 3 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>

// More keys than a block, and not a multiple of one: the greatest of a row and its
// total are of the keys so far; both, and the sum of values, are corrected.
// CHECK-LABEL: func @online
// CHECK: scf.for
// CHECK: scf.for {{.*}} step %c128
// CHECK: arith.maximumf
// CHECK: %[[LESS:.*]] = arith.subf
// CHECK: math.exp %[[LESS]]
// CHECK: arith.mulf
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : memref<12x16xf32>)
// CHECK: arith.mulf
// CHECK: math.exp
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : memref<12x128xf32>, memref<128x16xf32, {{.*}}>) outs(%{{.*}} : memref<12x16xf32>)
// CHECK: }
// CHECK: memref<12x44xf32
// CHECK: arith.divf
func.func @online(%q: memref<2x12x8xf32>, %k: memref<2x300x8xf32>, %v: memref<2x300x16xf32>, %y: memref<2x12x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %x = memref.alloc() : memref<2x12x300xf32>
  %m = memref.alloc() : memref<2x12xf32>
  %w = memref.alloc() : memref<2x12x300xf32>
  %l = memref.alloc() : memref<2x12xf32>
  %d = memref.alloc() : memref<2x12x300xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<2x12x300xf32>)
  linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x12x8xf32>, memref<2x300x8xf32>) outs(%x : memref<2x12x300xf32>)
      attrs = {coil.attention = "products", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%least : f32) outs(%m : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<2x12x300xf32>) outs(%m : memref<2x12xf32>)
      attrs = {coil.attention = "greatest", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.maximumf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : memref<2x12x300xf32>, memref<2x12xf32>) outs(%w : memref<2x12x300xf32>)
      attrs = {coil.attention = "powers", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.subf %a0, %a1 : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%zero : f32) outs(%l : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : memref<2x12x300xf32>) outs(%l : memref<2x12xf32>)
      attrs = {coil.attention = "total", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.addf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : memref<2x12x300xf32>, memref<2x12xf32>) outs(%d : memref<2x12x300xf32>)
      attrs = {coil.attention = "shares", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.divf %a0, %a1 : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x12x16xf32>)
  linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : memref<2x12x300xf32>, memref<2x300x16xf32>) outs(%y : memref<2x12x16xf32>)
      attrs = {coil.attention = "values", coil.keys = 3 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>

// How many queries and keys there are only a run knows: one query by itself, else
// blocks of about the same length, which threads share.
// CHECK-LABEL: func @dynamic
// CHECK: %[[ONE:.*]] = arith.cmpi eq, %{{.*}}, %c1
// CHECK: scf.if %[[ONE]]
// CHECK: rt.parallel
// CHECK: memref.alloca() {{.*}} : memref<1x512xf32>
// CHECK: else
// CHECK: arith.ceildivui
// CHECK: rt.parallel
// CHECK: memref.alloca() {{.*}} : memref<256x128xf32>
func.func @dynamic(%frame: !rt.frame, %q: memref<2x?x8xf32>, %k: memref<2x?x8xf32>, %v: memref<2x?x16xf32>, %y: memref<2x?x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %c1 = arith.constant 1 : index
  %s = memref.dim %q, %c1 : memref<2x?x8xf32>
  %t = memref.dim %k, %c1 : memref<2x?x8xf32>
  %x = memref.alloc(%s,%t) : memref<2x?x?xf32>
  %m = memref.alloc(%s) : memref<2x?xf32>
  %w = memref.alloc(%s,%t) : memref<2x?x?xf32>
  %l = memref.alloc(%s) : memref<2x?xf32>
  %d = memref.alloc(%s,%t) : memref<2x?x?xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<2x?x?xf32>)
  linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x?x8xf32>, memref<2x?x8xf32>) outs(%x : memref<2x?x?xf32>)
      attrs = {coil.attention = "products", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%least : f32) outs(%m : memref<2x?xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<2x?x?xf32>) outs(%m : memref<2x?xf32>)
      attrs = {coil.attention = "greatest", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.maximumf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : memref<2x?x?xf32>, memref<2x?xf32>) outs(%w : memref<2x?x?xf32>)
      attrs = {coil.attention = "powers", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.subf %a0, %a1 : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%zero : f32) outs(%l : memref<2x?xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : memref<2x?x?xf32>) outs(%l : memref<2x?xf32>)
      attrs = {coil.attention = "total", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.addf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : memref<2x?x?xf32>, memref<2x?xf32>) outs(%d : memref<2x?x?xf32>)
      attrs = {coil.attention = "shares", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.divf %a0, %a1 : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x?x16xf32>)
  linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : memref<2x?x?xf32>, memref<2x?x16xf32>) outs(%y : memref<2x?x16xf32>)
      attrs = {coil.attention = "values", coil.keys = 3 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}
