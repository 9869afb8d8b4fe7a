// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(vectorize-plan-loops))' | FileCheck %s
// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(vectorize-plan-loops))' --remarks-filter=vectorize --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=SAID

#id = affine_map<(d0) -> (d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>

// Lanes across the result, four powers a step; nothing is emitted yet.
// CHECK-LABEL: func @across
// SAID: PlanLoops{{.*}}Function=across{{.*}}Remark="across the result"
// SAID-NOT: window=
// CHECK: linalg.generic
// CHECK-SAME: coil.loops = {columns = 4 : i64, lane_loop = 0 : i64, lanes = 4 : i64, order = array<i64: 0>, padded, vectors = "across"}
// CHECK: math.exp
func.func @across(%x: memref<16xf32>, %y: memref<16xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// A plan that is there already stays.
// CHECK-LABEL: func @kept
// CHECK: coil.loops = {order = array<i64: 0>, vectors = "scalar"}
func.func @kept(%x: memref<16xf32>, %y: memref<16xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.loops = {vectors = "scalar", order = array<i64: 0>}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// A named op becomes a generic one with a plan.
// CHECK-LABEL: func @named
// CHECK-NOT: linalg.copy
// CHECK: coil.loops = {{.*}} vectors = "across"
func.func @named(%x: memref<16xf32>, %y: memref<16xf32>) {
  linalg.copy ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
  return
}

#turned = affine_map<(d0, d1) -> (d1, d0)>

// What lies side by side along another loop than the result is read in squares:
// as many rows as lanes, rows innermost, lanes as wide as a line of the cache.
// CHECK-LABEL: func @transposed
// CHECK: coil.loops = {columns = 4 : i64, lane_loop = 1 : i64, lanes = 4 : i64, order = array<i64: 1, 0>, row_loop = 0 : i64, rows = 4 : i64, vectors = "across"}
func.func @transposed(%x: memref<48x32xf32>, %y: memref<32x48xf32>) {
  linalg.generic {indexing_maps = [#turned, #id2], iterator_types = ["parallel", "parallel"]} ins(%x : memref<48x32xf32>) outs(%y : memref<32x48xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// Fewer rows than lanes are smaller squares.
// CHECK-LABEL: func @few_rows
// CHECK: coil.loops = {{.*}}lane_loop = 1 : i64, lanes = 4 : i64, {{.*}}rows = 4 : i64, vectors = "across"}
func.func @few_rows(%x: memref<48x4xf16>, %y: memref<4x48xf16>) {
  linalg.generic {indexing_maps = [#turned, #id2], iterator_types = ["parallel", "parallel"]} ins(%x : memref<48x4xf16>) outs(%y : memref<4x48xf16>) {
  ^bb0(%in: f16, %out: f16):
    linalg.yield %in : f16
  }
  return
}

// No square fits into two rows.
// CHECK-LABEL: func @narrow
// CHECK: coil.loops = {order = array<i64: 0, 1>, vectors = "scalar"}
func.func @narrow(%x: memref<48x2xf32>, %y: memref<2x48xf32>) {
  linalg.generic {indexing_maps = [#turned, #id2], iterator_types = ["parallel", "parallel"]} ins(%x : memref<48x2xf32>) outs(%y : memref<2x48xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

#x = affine_map<(w, f, c) -> (c, w * 2)>
#k = affine_map<(w, f, c) -> (c, f)>
#r = affine_map<(w, f, c) -> (w, f)>

// What is the same for all lanes lies side by side along the rows.
// CHECK-LABEL: func @rows_together
// CHECK: linalg.generic
// CHECK-SAME: coil.loops = {{.*}} row_loop = 0 : i64, rows = {{[0-9]+}} : i64, rows_together
func.func @rows_together(%x: memref<16x64xf32>, %k: memref<16x8xf32>, %r: memref<32x8xf32>) {
  linalg.generic {indexing_maps = [#x, #k, #r], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %k : memref<16x64xf32>, memref<16x8xf32>) outs(%r : memref<32x8xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n floordiv 8, k, n mod 8)>
#c = affine_map<(m, n, k) -> (m, n)>

// A sum: the fill that begins it stays a fill; the panel gives the columns.
// Threads share the rows.
// CHECK-LABEL: func @tile
// CHECK: linalg.fill
// CHECK: coil.loops = {columns = 2 : i64, grain = {{[0-9]+}} : i64, lane_loop = 1 : i64, lanes = 4 : i64, order = array<i64: 0, 1, 2>, padded,
// CHECK-SAME: row_loop = 0 : i64, rows = {{[0-9]+}} : i64, shared_loop = 0 : i64, term_loop = 2 : i64, terms = 4 : i64, vectors = "across"}
func.func @tile(%f: !rt.frame, %a: memref<512x32xf32>, %b: memref<2x32x8xf32>, %c: memref<512x16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<512x16xf32>)
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<512x32xf32>, memref<2x32x8xf32>) outs(%c : memref<512x16xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// Where the panels are more than half of L2, and so are the rows, as many rows at a time as stay there.
// CHECK-LABEL: func @blocks
// CHECK: coil.loops = {columns = 2 : i64, {{.*}} order = array<i64: 1, 0, 2>, {{.*}}row_block = 1{{[0-9]+}} : i64, row_loop = 0 : i64, rows =
func.func @blocks(%a: memref<512x512xf32>, %b: memref<64x512x8xf32>, %c: memref<512x512xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<512x512xf32>)
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<512x512xf32>, memref<64x512x8xf32>) outs(%c : memref<512x512xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// Panels that are more than half of L2 are the outermost loop.
// CHECK-LABEL: func @large
// CHECK: coil.loops = {{.*}} order = array<i64: 1, 0, 2>
func.func @large(%a: memref<512x2048xf32>, %b: memref<128x2048x8xf32>, %c: memref<512x1024xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<512x2048xf32>, memref<128x2048x8xf32>) outs(%c : memref<512x1024xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// Of an op and what follows on its registers only the first has loops.
// CHECK-LABEL: func @epilogue
// CHECK: coil.loops
// CHECK-NOT: coil.loops
// CHECK: return
func.func @epilogue(%x: memref<3x64xf32>, %y: memref<3xf32>) {
  %s = memref.alloc() : memref<3xf32>
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%s : memref<3xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<3x64xf32>) outs(%s : memref<3xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [affine_map<(m) -> (m)>, affine_map<(m) -> (m)>], iterator_types = ["parallel"]}
      ins(%s : memref<3xf32>) outs(%y : memref<3xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.negf %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// Both factors lie side by side along the sum: the one that changes along the
// lanes is packed, a strip of lanes for all rows.
// CHECK-LABEL: func @packed
// CHECK: coil.loops = {{.*}} order = array<i64: 1, 0, 2>, packed_input = 1 : i64, {{.*}} vectors = "across"
func.func @packed(%a: memref<64x32xf32>, %b: memref<?x32xf32>, %c: memref<64x?xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<64x32xf32>, memref<?x32xf32>) outs(%c : memref<64x?xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// A single row would not repay it.
// CHECK-LABEL: func @one_row
// CHECK-NOT: packed_input
// CHECK: vectors = "along"
func.func @one_row(%a: memref<1x32xf32>, %b: memref<?x32xf32>, %c: memref<1x?xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<1x32xf32>, memref<?x32xf32>) outs(%c : memref<1x?xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

// A factor that a run computes, whose terms lie far apart, is copied for each strip
// of lanes, all rows inside; for few rows it is not.
// CHECK-LABEL: func @far
// CHECK: linalg.generic
// CHECK-SAME: coil.loops = {{.*}}order = array<i64: 1, 0, 2>, packed_input = 1 : i64
// CHECK: linalg.generic
// CHECK-NOT: packed_input
// CHECK: return
func.func @far(%a: memref<64x128xf32>, %b: memref<128x256xf32>, %c: memref<64x256xf32>, %x: memref<8x128xf32>, %y: memref<8x256xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<64x128xf32>, memref<128x256xf32>) outs(%c : memref<64x256xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %b : memref<8x128xf32>, memref<128x256xf32>) outs(%y : memref<8x256xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>

// An index is an element of eight bytes.
// CHECK-LABEL: func @positions
// CHECK: linalg.generic
// CHECK-SAME: coil.loops = {{.*}}shared_loop = 0
func.func @positions(%frame: !rt.frame, %x: memref<1048576xindex>, %y: memref<1048576xi64>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<1048576xindex>) outs(%y : memref<1048576xi64>) {
  ^bb0(%in: index, %out: i64):
    %0 = arith.index_cast %in : index to i64
    linalg.yield %0 : i64
  }
  return
}

#image = affine_map<(h, w, c, i, j) -> (h + i, w + j, c)>
#strided = affine_map<(h, w, c, i, j) -> (h * 2 + i, w * 2 + j, c)>
#window = affine_map<(h, w, c, i, j) -> (i, j, c)>
#windowed = affine_map<(h, w, c, i, j) -> (h, w, c)>

// A window in each channel: its sums in one piece. Three lines of the image are more than a first cache holds, so a
// strip of channels goes over all lines first.
// CHECK-LABEL: func @depthwise
// CHECK: linalg.generic
// CHECK-SAME: order = array<i64: 2, 0, 1, 3, 4>{{.*}} window = 2 : i64
// CHECK: linalg.generic
// CHECK-SAME: order = array<i64: 0, 1, 2, 3, 4>{{.*}} window = 2 : i64
// SAID-COUNT-2: PlanLoops{{.*}}Function=depthwise{{.*}}window=2
func.func @depthwise(%x: memref<58x58x144xf32>, %k: memref<3x3x144xf32>, %y: memref<56x56x144xf32>, %z: memref<28x28x144xf32>) {
  linalg.generic {indexing_maps = [#image, #window, #windowed], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %k : memref<58x58x144xf32>, memref<3x3x144xf32>) outs(%y : memref<56x56x144xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#strided, #window, #windowed], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %k : memref<58x58x144xf32>, memref<3x3x144xf32>) outs(%z : memref<28x28x144xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

#plane = affine_map<(c, h, w, i, j) -> (c, h + i, w + j)>
#filter = affine_map<(c, h, w, i, j) -> (c, i, j)>
#planes = affine_map<(c, h, w, i, j) -> (c, h, w)>

// Where lanes are pixels, lines of the image that several rows of the result read are loaded once for all of them;
// of a window of many terms a few at a time.
// CHECK-LABEL: func @planes
// CHECK: linalg.generic
// CHECK-SAME: columns = 2 : i64{{.*}} row_loop = 1 : i64, rows = 4 : i64{{.*}} window = 2 : i64
// CHECK: linalg.generic
// CHECK-SAME: term_loop = 4 : i64
// CHECK-NOT: window =
func.func @planes(%x: memref<64x62x62xf32>, %k: memref<64x3x3xf32>, %large: memref<64x7x7xf32>, %y: memref<64x56x56xf32>) {
  linalg.generic {indexing_maps = [#plane, #filter, #planes], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %k : memref<64x62x62xf32>, memref<64x3x3xf32>) outs(%y : memref<64x56x56xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#plane, #filter, #planes], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %large : memref<64x62x62xf32>, memref<64x7x7xf32>) outs(%y : memref<64x56x56xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}
