// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-emit-loops),canonicalize,cse)' | FileCheck %s

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

// The loops are those of the plan and not of the model: columns outermost, eight
// lanes, three rows of one vector, two terms a step. Three sums alone would wait for each
// other: each term has its own, which are added up at the end.
// CHECK-LABEL: func @by_hand
// CHECK-SAME: (%[[A:.*]]: memref<6x32xf32>, %[[B:.*]]: memref<32x64xf32>, %[[C:.*]]: memref<6x64xf32>)
// CHECK-DAG: %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG: %[[C6:.*]] = arith.constant 6 : index
// CHECK-DAG: %[[C2:.*]] = arith.constant 2 : index
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[C64]] step
// CHECK:   scf.for %{{.*}} = %{{.*}} to %[[C6]] step
// CHECK:     scf.for %{{.*}} step %[[C2]] iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK:       vector.load %[[B]]{{.*}} vector<8xf32>
// CHECK:     scf.yield
// CHECK-COUNT-3: arith.addf %{{.*}} : vector<8xf32>
func.func @by_hand(%a: memref<6x32xf32>, %b: memref<32x64xf32>, %c: memref<6x64xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<6x32xf32>, memref<32x64xf32>) outs(%c : memref<6x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 8 : i64, columns = 1 : i64, row_loop = 0 : i64,
                             rows = 3 : i64, term_loop = 2 : i64, terms = 2 : i64, order = array<i64: 1, 0, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

#id = affine_map<(d0, d1) -> (d0, d1)>

// Threads share the inner loop, because the plan says so.
// CHECK-LABEL: func @shared
// CHECK: rt.parallel
// CHECK: scf.for
func.func @shared(%f: !rt.frame, %x: memref<8x8xf32>, %y: memref<8x8xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<8x8xf32>) outs(%y : memref<8x8xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, order = array<i64: 0, 1>, shared_loop = 1 : i64}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

#id2 = affine_map<(d0, d1) -> (d0, d1)>
#turned = affine_map<(d0, d1) -> (d1, d0)>

// A square of two rows and two lanes, transposed.
// CHECK-LABEL: func @square
// CHECK-SAME: (%[[X:.*]]: memref<4x4xf32>, %[[Y:.*]]: memref<4x4xf32>)
// CHECK: %[[A:.*]] = vector.load %[[X]][%[[L:[^,]*]], %[[R:[a-z0-9]*]]]
// CHECK: %[[NEXT:.*]] = arith.addi %[[L]]
// CHECK: %[[B:.*]] = vector.load %[[X]][%[[NEXT]], %[[R]]]
// CHECK: %[[FIRST:.*]] = vector.shuffle %[[A]], %[[B]] [0, 2]
// CHECK: %[[SECOND:.*]] = vector.shuffle %[[A]], %[[B]] [1, 3]
// CHECK: vector.store %[[FIRST]], %[[Y]][%[[R]], %[[L]]]
// CHECK: vector.store %[[SECOND]], %[[Y]]
func.func @square(%x: memref<4x4xf32>, %y: memref<4x4xf32>) {
  linalg.generic {indexing_maps = [#turned, #id2], iterator_types = ["parallel", "parallel"]} ins(%x : memref<4x4xf32>) outs(%y : memref<4x4xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 2 : i64, row_loop = 0 : i64, rows = 2 : i64, order = array<i64: 1, 0>}} {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

#x = affine_map<(w, f, c) -> (c, w)>
#k = affine_map<(w, f, c) -> (c, f)>
#r = affine_map<(w, f, c) -> (w, f)>

// Six rows from two vectors of four, the second of which ends where the rows do.
// CHECK-LABEL: func @rows_together
// CHECK-SAME: (%[[X:.*]]: memref<8x6xf32>
// CHECK: %[[C2:.*]] = arith.constant 2 : index
// CHECK: scf.for %[[C:[^ ]*]] =
// CHECK:   %[[LOW:.*]] = vector.load %[[X]][%[[C]], %{{.*}}] : memref<8x6xf32>, vector<4xf32>
// CHECK:   %[[HIGH:.*]] = vector.load %[[X]][%[[C]], %[[C2]]] : memref<8x6xf32>, vector<4xf32>
// CHECK:   vector.extract %[[LOW]][3]
// CHECK:   vector.extract %[[HIGH]][2]
// CHECK:   vector.extract %[[HIGH]][3]
func.func @rows_together(%x: memref<8x6xf32>, %k: memref<8x4xf32>, %r: memref<6x4xf32>) {
  linalg.generic {indexing_maps = [#x, #k, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %k : memref<8x6xf32>, memref<8x4xf32>) outs(%r : memref<6x4xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, row_loop = 0 : i64, rows = 6 : i64, rows_together,
                             order = array<i64: 0, 1, 2>}} {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

#pq = affine_map<(m, n, k) -> (m, k)>
#pk = affine_map<(m, n, k) -> (n, k)>
#ps = affine_map<(m, n, k) -> (m, n)>

// Squares of the packed input are transposed into a buffer, from which tiles read
// vectors.
// CHECK-LABEL: func @packed
// CHECK-SAME: (%[[Q:.*]]: memref<8x8xf32>, %[[K:.*]]: memref<4x8xf32>, %[[S:.*]]: memref<8x4xf32>)
// CHECK: %[[B:.*]] = memref.alloca() {{.*}} : memref<8x4xf32>
// CHECK: scf.for %[[T:.*]] = %{{.*}} to
// CHECK:   vector.load %[[K]][%{{.*}}, %[[T]]] : memref<4x8xf32>, vector<4xf32>
// CHECK:   vector.shuffle
// CHECK:   vector.store %{{.*}}, %[[B]][%[[T]],
// CHECK: scf.for %[[T:.*]] = %{{.*}} iter_args
// CHECK-NOT: %[[K]][
// CHECK:   vector.load %[[B]][%[[T]],
func.func @packed(%q: memref<8x8xf32>, %k: memref<4x8xf32>, %s: memref<8x4xf32>) {
  linalg.generic {indexing_maps = [#pq, #pk, #ps], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<8x8xf32>, memref<4x8xf32>) outs(%s : memref<8x4xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 1 : i64, row_loop = 0 : i64,
                             rows = 8 : i64, packed_input = 1 : i64, order = array<i64: 1, 0, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

#px = affine_map<(m, n, k) -> (m, k)>
#pw = affine_map<(m, n, k) -> (n floordiv 4, k, n mod 4)>
#py = affine_map<(m, n, k) -> (m, n)>

// With the panels outermost, tiles fetch the panel after theirs; with the rows
// outermost there is no such panel.
// CHECK-LABEL: func @panels
// CHECK: memref.prefetch %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}], read, locality<3>, data : memref<16x8x4xf32>
// CHECK-LABEL: func @rows
// CHECK-NOT: memref.prefetch
func.func @panels(%x: memref<32x8xf32>, %w: memref<16x8x4xf32>, %y: memref<32x64xf32>) {
  linalg.generic {indexing_maps = [#px, #pw, #py], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<32x8xf32>, memref<16x8x4xf32>) outs(%y : memref<32x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 1 : i64, row_loop = 0 : i64,
                             rows = 8 : i64, padded, order = array<i64: 1, 0, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}
func.func @rows(%x: memref<32x8xf32>, %w: memref<16x8x4xf32>, %y: memref<32x64xf32>) {
  linalg.generic {indexing_maps = [#px, #pw, #py], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<32x8xf32>, memref<16x8x4xf32>) outs(%y : memref<32x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 1 : i64, row_loop = 0 : i64,
                             rows = 8 : i64, padded, order = array<i64: 0, 1, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

#pa = affine_map<(m, n, k) -> (m, k)>
#pb = affine_map<(m, n, k) -> (k, n)>
#pc = affine_map<(m, n, k) -> (m, n)>

// The strip that a tile reads is copied before its rows.
// CHECK-LABEL: func @copied
// CHECK-SAME: (%{{.*}}: memref<4x16xf32>, %[[B:.*]]: memref<16x256xf32>
// CHECK: %[[STRIP:.*]] = memref.alloca() {{.*}} : memref<16x4xf32>
// CHECK: scf.for %[[N:[^ ]*]] =
// CHECK:   scf.for %[[K:[^ ]*]] =
// CHECK:     %[[V:.*]] = vector.load %[[B]][%[[K]], %[[N]]]
// CHECK:     vector.store %[[V]], %[[STRIP]][%[[K]],
// CHECK:   scf.for
// CHECK:     scf.for
// CHECK-NOT:   vector.load %[[B]]
// CHECK:       vector.load %[[STRIP]]
func.func @copied(%a: memref<4x16xf32>, %b: memref<16x256xf32>, %c: memref<4x256xf32>) {
  linalg.generic {indexing_maps = [#pa, #pb, #pc], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<4x16xf32>, memref<16x256xf32>) outs(%c : memref<4x256xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, row_loop = 0 : i64, rows = 2 : i64,
                             packed_input = 1 : i64, order = array<i64: 1, 0, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

#ha = affine_map<(m, n, k) -> (m, k)>
#hb = affine_map<(m, n, k) -> (k, n)>
#hc = affine_map<(m, n, k) -> (m, n)>

// Four terms of a row are one load and one conversion.
// CHECK-LABEL: func @extended
// CHECK-SAME: (%[[A:.*]]: memref<2x16xf16>
// CHECK: %[[T:.*]] = vector.load %[[A]][%{{.*}}, %{{.*}}] : memref<2x16xf16>, vector<4xf16>
// CHECK: %[[W:.*]] = arith.extf %[[T]] : vector<4xf16> to vector<4xf32>
// CHECK-NOT: arith.extf {{.*}} : f16 to f32
// CHECK: vector.extract %[[W]][3] : f32
func.func @extended(%a: memref<2x16xf16>, %b: memref<16x4xf32>, %c: memref<2x4xf32>) {
  linalg.generic {indexing_maps = [#ha, #hb, #hc], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<2x16xf16>, memref<16x4xf32>) outs(%c : memref<2x4xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, row_loop = 0 : i64, rows = 2 : i64, term_loop = 2 : i64,
                             terms = 4 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%l: f16, %r: f32, %out: f32):
    %0 = arith.extf %l : f16 to f32
    %1 = arith.mulf %0, %r : f32
    %2 = arith.addf %out, %1 : f32
    linalg.yield %2 : f32
  }
  return
}

#line = affine_map<(c, w, i) -> (w + i, c)>
#taps = affine_map<(c, w, i) -> (i, c)>
#lined = affine_map<(c, w, i) -> (w, c)>

// Two windows of three elements in one piece read four: each is loaded once, and all that is made of it follows.
// CHECK-LABEL: func @window
// CHECK-SAME: (%[[X:[^:]*]]: memref<10x4xf32>, %[[K:[^:]*]]: memref<3x4xf32>
// CHECK: scf.for
// CHECK-COUNT-4: vector.load %[[X]]
// CHECK-NOT: vector.load %[[X]]
// CHECK: return
func.func @window(%x: memref<10x4xf32>, %k: memref<3x4xf32>, %y: memref<8x4xf32>) {
  linalg.generic {indexing_maps = [#line, #taps, #lined], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %k : memref<10x4xf32>, memref<3x4xf32>) outs(%y : memref<8x4xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 0 : i64, lanes = 4 : i64, row_loop = 1 : i64, rows = 2 : i64, window = 1 : i64,
                             order = array<i64: 1, 0, 2>}} {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

#plane = affine_map<(h, w, i, j) -> (h + i, w + j)>
#filter = affine_map<(h, w, i, j) -> (i, j)>
#planes = affine_map<(h, w, i, j) -> (h, w)>

// Nine factors that are the same for all lanes are three vectors, the last of which ends with them. A sum that is one
// piece of code begins with -0, to which nothing has to be added.
// CHECK-LABEL: func @filter
// CHECK-SAME: %[[K:[^:]*]]: memref<3x3xf32>
// CHECK-NOT: 0.000000e+00
// CHECK: %[[C5:.*]] = arith.constant 5 : index
// CHECK: %[[ALL:.*]] = memref.collapse_shape %[[K]] {{.*}} into memref<9xf32>
// CHECK-COUNT-2: vector.load %[[ALL]]
// CHECK: %[[LAST:.*]] = vector.load %[[ALL]][%[[C5]]] : memref<9xf32>, vector<4xf32>
// CHECK: vector.extract %[[LAST]][3]
// CHECK-NOT: vector.load %[[ALL]]
// CHECK-NOT: memref.load
// CHECK: return
func.func @filter(%k: memref<3x3xf32>, %x: memref<10x10xf32>, %y: memref<8x8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<8x8xf32>)
  linalg.generic {indexing_maps = [#plane, #filter, #planes], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %k : memref<10x10xf32>, memref<3x3xf32>) outs(%y : memref<8x8xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, window = 2 : i64, order = array<i64: 0, 1, 2, 3>}} {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// Three rows at a time go through all columns before the next ones do; the last block is shorter.
// CHECK-LABEL: func @blocks
// CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG: %[[C8:.*]] = arith.constant 8 : index
// CHECK: scf.for %[[ROW:.*]] = %{{.*}} to %[[C8]] step %[[C3]] {
// CHECK:   %[[NEXT:.*]] = arith.addi %[[ROW]], %[[C3]]
// CHECK:   %[[END:.*]] = arith.minui %[[NEXT]], %[[C8]]
// CHECK:   scf.for %{{.*}} = %{{.*}} to %{{.*}} step %{{.*}} {
// CHECK:     scf.for %{{.*}} = %[[ROW]] to %[[END]] step %[[C1]]
func.func @blocks(%a: memref<8x32xf32>, %b: memref<32x64xf32>, %c: memref<8x64xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x32xf32>, memref<32x64xf32>) outs(%c : memref<8x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 8 : i64, columns = 1 : i64, row_loop = 0 : i64,
                             rows = 1 : i64, row_block = 3 : i64, order = array<i64: 1, 0, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// Parts of two loops together: of the outer one step after the other, of the inner one
// what of it the thread has.
// CHECK-LABEL: func @shared_two
// CHECK: rt.parallel %{{.*}}, %c24
// CHECK: ^bb0(%[[BEGIN:.*]]: index, %[[END:.*]]: index):
// CHECK: arith.divui %[[BEGIN]], %c3
// CHECK: arith.ceildivui %[[END]], %c3
// CHECK: scf.for
// CHECK: arith.maxui %[[BEGIN]]
// CHECK: arith.minui %[[END]]
// CHECK: scf.for
func.func @shared_two(%f: !rt.frame, %x: memref<8x12xf32>, %y: memref<8x12xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<8x12xf32>) outs(%y : memref<8x12xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 1 : i64, order = array<i64: 0, 1>, shared_loop = 0 : i64, shared_inner = 1 : i64}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}
