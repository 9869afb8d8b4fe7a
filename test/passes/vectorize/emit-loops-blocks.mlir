// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(vectorize-plan-loops,vectorize-emit-loops,canonicalize,cse))' | FileCheck %s

#x = affine_map<(m, g, n, word, part, quad) -> (m, g, word, part, quad)>
#w = affine_map<(m, g, n, word, part, quad) -> (n floordiv 8, g, word, n mod 8, quad)>
#t = affine_map<(m, g, n, word, part, quad) -> (m, g, n)>
#sums = affine_map<(m, n, g) -> (m, g, n)>
#scale = affine_map<(m, n, g) -> (n floordiv 8, g, n mod 8)>
#y = affine_map<(m, n, g) -> (m, n)>

// One mask for the first four terms of each column, one shift for the next; a
// register of x for four times four. What a block adds up to is in registers,
// and so is the sum over blocks.
module attributes {coil.target = {vector_bytes = 16, multiply_by_lane = true, dot_product = "s8s8"}} {
  // CHECK-LABEL: func @dots
  // CHECK-SAME: (%[[X:.*]]: memref<1x3x4x2x4xi8>, %[[W:.*]]: memref<2x3x4x8x4xi8>, %[[S:.*]]: memref<2x3x8xf32>, %[[Y:.*]]: memref<1x16xf32>)
  // CHECK-NOT: memref.alloc
  // CHECK: scf.for
  // CHECK:   %[[SUMS:.*]]:2 = scf.for {{.*}} iter_args({{.*}}) -> (vector<4xf32>, vector<4xf32>)
  // CHECK:     %[[FOUR:.*]] = vector.load %[[X]]{{.*}}, vector<16xi8>
  // CHECK:     %[[BYTES:.*]] = vector.load %[[W]]{{.*}}, vector<16xi8>
  // CHECK:     %[[LOW:.*]] = arith.andi %[[BYTES]], %cst
  // CHECK:     coil.dot %{{.*}}, %{{.*}}, %[[LOW]] : vector<4xi32>
  // CHECK:     %[[HIGH:.*]] = arith.shrui %[[BYTES]], %cst
  // CHECK:     coil.dot %{{.*}}, %{{.*}}, %[[HIGH]] : vector<4xi32>
  // CHECK:     %[[SCALE:.*]] = vector.load %[[S]]
  // The sum began with the bits of a large float, of which it is the last digits.
  // CHECK:     %[[REAL:.*]] = vector.bitcast %{{.*}} : vector<4xi32> to vector<4xf32>
  // CHECK:     arith.subf %[[REAL]], %{{.*}} : vector<4xf32>
  // CHECK:     scf.yield
  // CHECK:   vector.store %[[SUMS]]#0, %[[Y]]
  func.func @dots(%x: memref<1x3x4x2x4xi8>, %w: memref<2x3x4x8x4xi8>, %s: memref<2x3x8xf32>, %y: memref<1x16xf32>) {
    %zero = arith.constant 0.0 : f32
    %none = arith.constant 0 : i32
    %four = arith.constant 4 : i8
    %mask = arith.constant 15 : i8
    %t = memref.alloc() : memref<1x3x16xi32>
    linalg.fill ins(%none : i32) outs(%t : memref<1x3x16xi32>)
    linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
        ins(%x, %w : memref<1x3x4x2x4xi8>, memref<2x3x4x8x4xi8>) outs(%t : memref<1x3x16xi32>) {
    ^bb0(%a: i8, %b: i8, %acc: i32):
      %i = linalg.index 4 : index
      %p = arith.index_cast %i : index to i8
      %d = arith.muli %p, %four : i8
      %h = arith.shrui %b, %d : i8
      %q = arith.andi %h, %mask : i8
      %xa = arith.extsi %a : i8 to i32
      %xq = arith.extui %q : i8 to i32
      %m = arith.muli %xa, %xq : i32
      %r = arith.addi %acc, %m : i32
      linalg.yield %r : i32
    }
    linalg.fill ins(%zero : f32) outs(%y : memref<1x16xf32>)
    linalg.generic {indexing_maps = [#sums, #scale, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%t, %s : memref<1x3x16xi32>, memref<2x3x8xf32>) outs(%y : memref<1x16xf32>) {
    ^bb0(%b: i32, %scale: f32, %acc: f32):
      %f = arith.sitofp %b : i32 to f32
      %m = arith.mulf %f, %scale : f32
      %r = arith.addf %acc, %m : f32
      linalg.yield %r : f32
    }
    return
  }
}

// -----

// Rows of reals: each element of a word is a real in its lane. The rows of a tile
// share it.
#x = affine_map<(m, g, n, word, quad) -> (m, g, word, quad)>
#w = affine_map<(m, g, n, word, quad) -> (n floordiv 8, g, word, n mod 8, quad)>
#t = affine_map<(m, g, n, word, quad) -> (m, g, n)>
#sums = affine_map<(m, n, g) -> (m, g, n)>
#scale = affine_map<(m, n, g) -> (n floordiv 8, g, n mod 8)>
#y = affine_map<(m, n, g) -> (m, n)>

// CHECK-LABEL: func @reals
// CHECK: %[[WORDS:.*]] = vector.bitcast %{{.*}} : vector<16xi8> to vector<4xi32>
// CHECK: %[[Q:.*]] = arith.andi %[[WORDS]], %cst
// CHECK: %[[F:.*]] = arith.sitofp %[[Q]] : vector<4xi32> to vector<4xf32>
// CHECK: vector.fma %[[F]], %{{.*}}, %{{.*}} : vector<4xf32>
// CHECK: vector.fma %[[F]], %{{.*}}, %{{.*}} : vector<4xf32>
func.func @reals(%x: memref<2x3x4x4xf32>, %w: memref<2x3x4x8x4xi8>, %s: memref<2x3x8xf32>, %y: memref<2x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<2x3x16xf32>
  linalg.fill ins(%zero : f32) outs(%t : memref<2x3x16xf32>)
  linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : memref<2x3x4x4xf32>, memref<2x3x4x8x4xi8>) outs(%t : memref<2x3x16xf32>) {
  ^bb0(%a: f32, %b: i8, %acc: f32):
    %q = arith.uitofp %b : i8 to f32
    %m = arith.mulf %a, %q : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16xf32>)
  linalg.generic {indexing_maps = [#sums, #scale, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%t, %s : memref<2x3x16xf32>, memref<2x3x8xf32>) outs(%y : memref<2x16xf32>) {
  ^bb0(%b: f32, %scale: f32, %acc: f32):
    %m = arith.mulf %b, %scale : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  return
}

// -----

// Where a product takes a factor from any lane, eight rows share what took three operations to unpack.
#x = affine_map<(m, g, n, word, quad) -> (m, g, word, quad)>
#w = affine_map<(m, g, n, word, quad) -> (n floordiv 8, g, word, n mod 8, quad)>
#t = affine_map<(m, g, n, word, quad) -> (m, g, n)>
#sums = affine_map<(m, n, g) -> (m, g, n)>
#scale = affine_map<(m, n, g) -> (n floordiv 8, g, n mod 8)>
#y = affine_map<(m, n, g) -> (m, n)>

// CHECK-LABEL: func @many_rows
// Four terms of a row are one load.
// CHECK: vector.load %{{.*}} : memref<8x3x4x4xf32>, vector<4xf32>
// CHECK: %[[F:.*]] = arith.sitofp
// CHECK-COUNT-8: vector.fma %[[F]]
func.func @many_rows(%x: memref<8x3x4x4xf32>, %w: memref<2x3x4x8x4xi8>, %s: memref<2x3x8xf32>, %y: memref<8x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<8x3x16xf32>
  linalg.fill ins(%zero : f32) outs(%t : memref<8x3x16xf32>)
  linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : memref<8x3x4x4xf32>, memref<2x3x4x8x4xi8>) outs(%t : memref<8x3x16xf32>) {
  ^bb0(%a: f32, %b: i8, %acc: f32):
    %q = arith.uitofp %b : i8 to f32
    %m = arith.mulf %a, %q : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<8x16xf32>)
  linalg.generic {indexing_maps = [#sums, #scale, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%t, %s : memref<8x3x16xf32>, memref<2x3x8xf32>) outs(%y : memref<8x16xf32>) {
  ^bb0(%b: f32, %scale: f32, %acc: f32):
    %m = arith.mulf %b, %scale : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  return
}

// -----

// A third reader of a block's sums: they are in memory, and the ops are two nests.
#x = affine_map<(m, g, n, word, quad) -> (m, g, word, quad)>
#w = affine_map<(m, g, n, word, quad) -> (n floordiv 8, g, word, n mod 8, quad)>
#t = affine_map<(m, g, n, word, quad) -> (m, g, n)>
#sums = affine_map<(m, n, g) -> (m, g, n)>
#y = affine_map<(m, n, g) -> (m, n)>

// CHECK-LABEL: func @shared
// CHECK-SAME: %[[T:[a-z0-9]+]]: memref<2x3x16xf32>
// CHECK: memref.store %{{.*}}, %[[T]]
// CHECK: vector.load %[[T]]
func.func @shared(%x: memref<2x3x4x4xf32>, %w: memref<2x3x4x8x4xi8>, %t: memref<2x3x16xf32>, %y: memref<2x16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%t : memref<2x3x16xf32>)
  linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : memref<2x3x4x4xf32>, memref<2x3x4x8x4xi8>) outs(%t : memref<2x3x16xf32>) {
  ^bb0(%a: f32, %b: i8, %acc: f32):
    %q = arith.uitofp %b : i8 to f32
    %m = arith.mulf %a, %q : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16xf32>)
  linalg.generic {indexing_maps = [#sums, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%t : memref<2x3x16xf32>) outs(%y : memref<2x16xf32>) {
  ^bb0(%b: f32, %acc: f32):
    %r = arith.addf %acc, %b : f32
    linalg.yield %r : f32
  }
  return
}
