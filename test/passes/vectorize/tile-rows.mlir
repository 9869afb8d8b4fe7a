// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(vectorize-tile-rows))' -verify-diagnostics | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#one = affine_map<(i) -> (i)>

// Blocks of rows one after the other, on views; the sums of one block are on the
// stack, and what is divided by them lies where the result will.
// CHECK-LABEL: func @rows
// CHECK-SAME: (%[[X:.*]]: memref<64x100xf32>, %[[Y:.*]]: memref<64x100xf32>)
// CHECK: %[[SUM:.*]] = memref.alloca() {{.*}} : memref<[[BLOCK:[0-9]+]]xf32>
// CHECK-NOT: memref.alloc()
// CHECK: scf.for
// CHECK-DAG: %[[XB:.*]] = memref.subview %[[X]][%[[R:.*]], 0] [[[BLOCK]], 100]
// CHECK-DAG: %[[YB:.*]] = memref.subview %[[Y]][%[[R]], 0] [[[BLOCK]], 100]
// CHECK: linalg.generic {{.*}} ins(%[[XB]] {{.*}} outs(%[[YB]]
// CHECK: linalg.fill {{.*}} outs(%[[SUM]]
// CHECK-NEXT: linalg.generic {{.*}} outs(%[[SUM]]
// CHECK: linalg.generic {{.*}} ins(%[[YB]], %[[SUM]] {{.*}} outs(%[[YB]]
// CHECK-NOT: coil.rows =
func.func @rows(%x: memref<64x100xf32>, %y: memref<64x100xf32>) {
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<64x100xf32>
  %s = memref.alloc() : memref<64xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<64x100xf32>) outs(%p : memref<64x100xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%s : memref<64xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%p : memref<64x100xf32>) outs(%s : memref<64xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %s : memref<64x100xf32>, memref<64xf32>) outs(%y : memref<64x100xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%in: f32, %sum: f32, %out: f32):
    %0 = arith.divf %in, %sum : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b, i)>

// Rows of two loops, as many as only a run knows: threads share their blocks, and
// rows that fill none go one by one.
// CHECK-LABEL: func @shared
// CHECK: rt.parallel
// CHECK: scf.for
// CHECK: arith.remui
// CHECK: arith.divui
// CHECK: scf.if
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : memref<1x4x768xf32
// CHECK: } else {
// CHECK: scf.for
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : memref<1x1x768xf32
func.func @shared(%f: !rt.frame, %x: memref<?x?x768xf32>, %y: memref<?x?x768xf32>, %b: index, %i: index) {
  %zero = arith.constant 0.0 : f32
  %s = memref.alloc(%b, %i) : memref<?x?xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<?x?xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<?x?x768xf32>) outs(%s : memref<?x?xf32>) attrs = {coil.rows = array<i64: 0, 1>} {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : memref<?x?x768xf32>, memref<?x?xf32>) outs(%y : memref<?x?x768xf32>) attrs = {coil.rows = array<i64: 0, 1>} {
  ^bb0(%in: f32, %sum: f32, %out: f32):
    %0 = arith.divf %in, %sum : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

func.func @sum(%x: memref<64x100xf32>, %y: memref<64xf32>) {
  // expected-error @+1 {{'coil.rows' must name 1 parallel loops of it, as of the last op}}
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<64x100xf32>) outs(%y : memref<64xf32>) attrs = {coil.rows = array<i64: 1>} {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

func.func @order(%x: memref<64x100xf32>, %y: memref<64x100xf32>) {
  // expected-error @+1 {{'coil.rows' must be dimensions of the result, in order}}
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<64x100xf32>) outs(%y : memref<64x100xf32>) attrs = {coil.rows = array<i64: 1, 0>} {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.negf %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

func.func @long(%x: memref<64x?xf32>, %y: memref<64xf32>, %n: index) {
  %p = memref.alloc(%n) : memref<64x?xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<64x?xf32>) outs(%p : memref<64x?xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  // expected-error @+1 {{reads row by row what is longer than a run's stack may hold: 'memref<64x?xf32>'}}
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%p : memref<64x?xf32>) outs(%y : memref<64xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

func.func @number(%x: memref<64x100xf32>, %y: memref<64x100xf32>) {
  // expected-error @+1 {{'coil.rows' is 0 : i64, expected array<i64: ...>}}
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<64x100xf32>) outs(%y : memref<64x100xf32>) attrs = {coil.rows = 0 : i64} {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// -----

func.func @beside(%x: memref<65x100xf32>, %y: memref<64x100xf32>) {
  // expected-error @+1 {{reads a row by another index than its own}}
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i + 1, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<65x100xf32>) outs(%y : memref<64x100xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// -----

#id = affine_map<(c, h) -> (c, h)>
#image = affine_map<(c, h, i) -> (c, h + i)>
#taps = affine_map<(c, h, i) -> (i)>
#out = affine_map<(c, h, i) -> (c, h)>

// A frame is as large as a block, and filled before the first one; each block is
// copied into its inside. The sums are not put where the result will be, for the
// last op is done on their registers.
// CHECK-LABEL: func @frame
// CHECK-SAME: (%[[X:.*]]: memref<64x2000xf32>, %[[T:.*]]: memref<3xf32>, %[[Y:.*]]: memref<64x2000xf32>)
// CHECK: %[[F:.*]] = memref.alloca() {{.*}} : memref<1x2002xf32>
// CHECK: linalg.fill {{.*}} outs(%[[F]]
// CHECK: scf.for
// CHECK-DAG: %[[XB:.*]] = memref.subview %[[X]][%[[R:.*]], 0] [1, 2000]
// CHECK-DAG: %[[IN:.*]] = memref.subview %[[F]][0, 1] [1, 2000]
// CHECK-NOT: linalg.fill {{.*}} outs(%[[F]]
// CHECK: linalg.generic {{.*}} ins(%[[XB]] {{.*}} outs(%[[IN]]
// CHECK: linalg.generic {{.*}} ins(%[[F]], %[[T]] {{.*}} outs(%[[S:[^ ]*]]
// CHECK: linalg.generic {{.*}} ins(%[[S]] {{.*}} outs(%[[YB:[^ ]*]]
// CHECK-NOT: memref.alloc()
func.func @frame(%x: memref<64x2000xf32>, %t: memref<3xf32>, %y: memref<64x2000xf32>) {
  %zero = arith.constant 0.0 : f32
  %f = memref.alloc() : memref<64x2002xf32>
  %s = memref.alloc() : memref<64x2000xf32>
  linalg.fill {coil.rows = array<i64: 0>} ins(%zero : f32) outs(%f : memref<64x2002xf32>)
  %in = memref.subview %f[0, 1] [64, 2000] [1, 1] : memref<64x2002xf32> to memref<64x2000xf32, strided<[2002, 1], offset: 1>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<64x2000xf32>) outs(%in : memref<64x2000xf32, strided<[2002, 1], offset: 1>>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  linalg.fill ins(%zero : f32) outs(%s : memref<64x2000xf32>)
  linalg.generic {indexing_maps = [#image, #taps, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%f, %t : memref<64x2002xf32>, memref<3xf32>) outs(%s : memref<64x2000xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%a: f32, %tap: f32, %out: f32):
    %0 = arith.mulf %a, %tap : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s : memref<64x2000xf32>) outs(%y : memref<64x2000xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%a: f32, %out: f32):
    %0 = math.absf %a : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(c, h) -> (c, h)>
#row = affine_map<(c, h) -> (c)>

// Written by hand: a frame that somebody else reads.
func.func @not_a_frame(%x: memref<64x100xf32>, %y: memref<64xf32>, %z: memref<64x102xf32>) {
  %zero = arith.constant 0.0 : f32
  %f = memref.alloc() : memref<64x102xf32>
  // expected-error@+1 {{with 'coil.rows' must fill a frame of 1 dimensions over rows that only ops with 'coil.rows' use, and its inside, side by side}}
  linalg.fill {coil.rows = array<i64: 0>} ins(%zero : f32) outs(%f : memref<64x102xf32>)
  %in = memref.subview %f[0, 1] [64, 100] [1, 1] : memref<64x102xf32> to memref<64x100xf32, strided<[102, 1], offset: 1>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<64x100xf32>) outs(%in : memref<64x100xf32, strided<[102, 1], offset: 1>>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%f : memref<64x102xf32>) outs(%y : memref<64xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.maximumf %a, %out : f32
    linalg.yield %0 : f32
  }
  memref.copy %f, %z : memref<64x102xf32> to memref<64x102xf32>
  return
}

// -----

func.func @number(%y: memref<64x100xi32>) {
  // expected-error @+1 {{asks for the number of its row, which it has not on a view of some}}
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      outs(%y : memref<64x100xi32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%out: i32):
    %i = linalg.index 0 : index
    %0 = arith.index_cast %i : index to i32
    linalg.yield %0 : i32
  }
  return
}

// -----

#id = affine_map<(c, h, w) -> (c, h, w)>
#row = affine_map<(c, h, w) -> (h, w)>
#sum = affine_map<(h, w, c) -> (c, h, w)>
#out = affine_map<(h, w, c) -> (h, w)>

// Sums along another dimension than the last: a block is lines, all of each, from
// all channels, and the last block has fewer of them.
// CHECK-LABEL: func @channels
// CHECK-SAME: (%[[X:.*]]: memref<16x65x65xf32>, %[[Y:.*]]: memref<16x65x65xf32>)
// CHECK: scf.for
// CHECK: scf.if
// CHECK-DAG: %[[XB:.*]] = memref.subview %[[X]][0, %[[H:.*]], 0] [16, [[LINES:[2-9]]], 65]
// CHECK-DAG: %[[YB:.*]] = memref.subview %[[Y]][0, %[[H]], 0] [16, [[LINES]], 65]
// CHECK: linalg.generic {{.*}} ins(%[[XB]] {{.*}} outs(%[[S:.*]] : memref<[[LINES]]x65xf32>
// CHECK: linalg.generic {{.*}} ins(%[[XB]], %[[S]] {{.*}} outs(%[[YB]]
// CHECK: } else {
// CHECK-NOT: scf.for
// CHECK: memref.subview %[[X]][0, %{{.*}}, 0] [16, [[REST:[1-9]]], 65]
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : memref<[[REST]]x65xf32>
func.func @channels(%x: memref<16x65x65xf32>, %y: memref<16x65x65xf32>) {
  %zero = arith.constant 0.0 : f32
  %s = memref.alloc() : memref<65x65xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<65x65xf32>)
  linalg.generic {indexing_maps = [#sum, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<16x65x65xf32>) outs(%s : memref<65x65xf32>) attrs = {coil.rows = array<i64: 0, 1>} {
  ^bb0(%in: f32, %o: f32):
    %0 = arith.addf %o, %in : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : memref<16x65x65xf32>, memref<65x65xf32>) outs(%y : memref<16x65x65xf32>) attrs = {coil.rows = array<i64: 1, 2>} {
  ^bb0(%in: f32, %m: f32, %o: f32):
    %0 = arith.divf %in, %m : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(c, t) -> (c, t)>
#row = affine_map<(c, t) -> (t)>
#sum = affine_map<(t, c) -> (c, t)>
#out = affine_map<(t, c) -> (t)>

// The same where only a run knows how many rows are left: a view of the stack.
// CHECK-LABEL: func @steps
// CHECK: memref.alloca() {{.*}} : memref<[[BLOCK:[0-9]+]]xf32>
// CHECK: scf.if
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : memref<[[BLOCK]]xf32>
// CHECK: } else {
// CHECK: %[[REST:.*]] = arith.subi
// CHECK: memref.subview %{{.*}}[0, %{{.*}}] [16, %[[REST]]]
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : memref<?xf32
func.func @steps(%x: memref<16x?xf32>, %y: memref<16x?xf32>, %n: index) {
  %zero = arith.constant 0.0 : f32
  %s = memref.alloc(%n) : memref<?xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<?xf32>)
  linalg.generic {indexing_maps = [#sum, #out], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<16x?xf32>) outs(%s : memref<?xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%in: f32, %o: f32):
    %0 = arith.addf %o, %in : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<16x?xf32>, memref<?xf32>) outs(%y : memref<16x?xf32>) attrs = {coil.rows = array<i64: 1>} {
  ^bb0(%in: f32, %m: f32, %o: f32):
    %0 = arith.divf %in, %m : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(c, t) -> (c, t)>
#row = affine_map<(c, t) -> (t)>
#sum = affine_map<(t, c) -> (c, t)>
#out = affine_map<(t, c) -> (t)>

// Pieces a page apart fall into the same sets of a cache: a block of what is read
// twice is copied, and nothing lies where the result will.
// CHECK-LABEL: func @pages
// CHECK-SAME: (%[[X:.*]]: memref<16x1024xf32>, %[[Y:.*]]: memref<16x1024xf32>)
// CHECK: %[[XB:.*]] = memref.subview %[[X]]
// CHECK: linalg.generic {{.*}} ins(%[[XB]] {{.*}} outs(%[[COPY:.*]] : memref<16x[[BLOCK:[0-9]+]]xf32>
// CHECK: %[[YB:.*]] = memref.subview %[[Y]]
// CHECK: linalg.generic {{.*}} ins(%[[COPY]] :
// CHECK: linalg.generic {{.*}} ins(%[[COPY]], %{{.*}} outs(%[[YB]]
func.func @pages(%x: memref<16x1024xf32>, %y: memref<16x1024xf32>) {
  %zero = arith.constant 0.0 : f32
  %s = memref.alloc() : memref<1024xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<1024xf32>)
  linalg.generic {indexing_maps = [#sum, #out], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<16x1024xf32>) outs(%s : memref<1024xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%in: f32, %o: f32):
    %0 = arith.addf %o, %in : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<16x1024xf32>, memref<1024xf32>) outs(%y : memref<16x1024xf32>) attrs = {coil.rows = array<i64: 1>} {
  ^bb0(%in: f32, %m: f32, %o: f32):
    %0 = arith.divf %in, %m : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// Written by hand: rows of what is read are columns of what was written.
func.func @turned(%x: memref<64x64xf32>, %y: memref<64x64xf32>) {
  %p = memref.alloc() : memref<64x64xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<64x64xf32>) outs(%p : memref<64x64xf32>) attrs = {coil.rows = array<i64: 1>} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  // expected-error @+1 {{reads by other rows what is written row by row: 'memref<64x64xf32>'}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p : memref<64x64xf32>) outs(%y : memref<64x64xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.absf %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @fewer(%x: memref<32x100xf32>, %p: memref<32x100xf32>, %z: memref<64x100xf32>, %y: memref<64x100xf32>) {
  // expected-error @+1 {{has 32 rows, the last op 64}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<32x100xf32>) outs(%p : memref<32x100xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%z : memref<64x100xf32>) outs(%y : memref<64x100xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// -----

#id = affine_map<(c, h) -> (c, h)>
#row = affine_map<(c, h) -> (c)>

// A frame whose inside is every second element.
func.func @holes(%x: memref<64x50xf32>, %y: memref<64xf32>) {
  %zero = arith.constant 0.0 : f32
  %f = memref.alloc() : memref<64x102xf32>
  // expected-error@+1 {{with 'coil.rows' must fill a frame of 1 dimensions over rows that only ops with 'coil.rows' use, and its inside, side by side}}
  linalg.fill {coil.rows = array<i64: 0>} ins(%zero : f32) outs(%f : memref<64x102xf32>)
  %in = memref.subview %f[0, 1] [64, 50] [1, 2] : memref<64x102xf32> to memref<64x50xf32, strided<[102, 2], offset: 1>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<64x50xf32>) outs(%in : memref<64x50xf32, strided<[102, 2], offset: 1>>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%f : memref<64x102xf32>) outs(%y : memref<64xf32>) attrs = {coil.rows = array<i64: 0>} {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.maximumf %a, %out : f32
    linalg.yield %0 : f32
  }
  return
}
