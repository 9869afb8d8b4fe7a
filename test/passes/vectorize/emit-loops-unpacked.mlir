// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(vectorize-plan-loops,vectorize-emit-loops,canonicalize,cse))' | FileCheck %s

#x = affine_map<(m, g, n, word, quad) -> (m, g, word, quad)>
#w = affine_map<(m, g, n, word, quad) -> (n floordiv 8, g, word, n mod 8, quad)>
#t = affine_map<(m, g, n, word, quad) -> (m, g, n)>
#sums = affine_map<(m, n, g) -> (m, g, n)>
#scale = affine_map<(m, n, g) -> (n floordiv 8, g, n mod 8)>
#y = affine_map<(m, n, g) -> (m, n)>

// Two tiles of rows of reals: a panel becomes reals once, scaled, and the product is one
// sum over all blocks.
// CHECK-LABEL: func @reals
// CHECK-SAME: (%[[X:.*]]: memref<16x3x4x4xf32>, %[[W:.*]]: memref<2x3x4x8x4xi8>, %[[S:.*]]: memref<2x3x8xf32>, %[[Y:.*]]: memref<16x16xf32>)
// CHECK: %[[PANEL:.*]] = memref.alloca() {{.*}} : memref<48x8xf32>
// CHECK: scf.for
// CHECK:   %[[SCALE:.*]] = vector.load %[[S]]
// CHECK:   %[[Q:.*]] = arith.subf
// CHECK:   %[[SCALED:.*]] = arith.mulf %[[Q]], %[[SCALE]]
// CHECK:   vector.store %[[SCALED]], %[[PANEL]]
// CHECK: scf.for
// CHECK-NOT: vector.load %[[W]]
// CHECK-NOT: vector.load %[[S]]
// CHECK:   vector.load %[[X]]
// CHECK:   vector.load %[[PANEL]]
// CHECK:   vector.fma
// CHECK:   scf.yield
// CHECK:   vector.store %{{.*}}, %[[Y]]
func.func @reals(%x: memref<16x3x4x4xf32>, %w: memref<2x3x4x8x4xi8>, %s: memref<2x3x8xf32>, %y: memref<16x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<16x3x16xf32>
  linalg.fill ins(%zero : f32) outs(%t : memref<16x3x16xf32>)
  linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : memref<16x3x4x4xf32>, memref<2x3x4x8x4xi8>) outs(%t : memref<16x3x16xf32>) {
  ^bb0(%a: f32, %b: i8, %acc: f32):
    %q = arith.uitofp %b : i8 to f32
    %m = arith.mulf %a, %q : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<16x16xf32>)
  linalg.generic {indexing_maps = [#sums, #scale, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%t, %s : memref<16x3x16xf32>, memref<2x3x8xf32>) outs(%y : memref<16x16xf32>) {
  ^bb0(%b: f32, %scale: f32, %acc: f32):
    %m = arith.mulf %b, %scale : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  return
}

// -----

#x = affine_map<(m, g, n, word, part, quad) -> (m, g, word, part, quad)>
#w = affine_map<(m, g, n, word, part, quad) -> (n floordiv 8, g, word, n mod 8, quad)>
#t = affine_map<(m, g, n, word, part, quad) -> (m, g, n)>
#sums = affine_map<(m, n, g) -> (m, g, n)>
#scale = affine_map<(m, n, g) -> (n floordiv 8, g, n mod 8)>
#y = affine_map<(m, n, g) -> (m, n)>

// Rows that a run counts: unpacked from two tiles on, else by each row itself. Bytes keep
// the sums of their blocks.
module attributes {coil.target = {vector_bytes = 16, multiply_by_lane = true, dot_product = "s8s8"}} {
  // CHECK-LABEL: func @bytes
  // CHECK-SAME: (%[[X:.*]]: memref<?x3x4x2x4xi8>, %[[W:.*]]: memref<2x3x4x8x4xi8>
  // CHECK: %[[PANEL:.*]] = memref.alloca() {{.*}} : memref<24x32xi8>
  // CHECK: scf.for
  // CHECK: scf.if
  // CHECK:   vector.load %[[W]]
  // CHECK:   vector.store %{{.*}}, %[[PANEL]]
  // CHECK:   %[[BYTES:.*]] = vector.load %[[PANEL]]{{.*}}, vector<16xi8>
  // CHECK:   coil.dot %{{.*}}, %{{.*}}, %[[BYTES]] : vector<4xi32>
  // CHECK:   arith.subf
  // CHECK: } else {
  // CHECK-NOT: %[[PANEL]]
  // CHECK:   vector.load %[[W]]
  func.func @bytes(%x: memref<?x3x4x2x4xi8>, %w: memref<2x3x4x8x4xi8>, %s: memref<2x3x8xf32>, %y: memref<?x16xf32>) {
    %zero = arith.constant 0.0 : f32
    %none = arith.constant 0 : i32
    %four = arith.constant 4 : i8
    %mask = arith.constant 15 : i8
    %first = arith.constant 0 : index
    %rows = memref.dim %y, %first : memref<?x16xf32>
    %t = memref.alloc(%rows) : memref<?x3x16xi32>
    linalg.fill ins(%none : i32) outs(%t : memref<?x3x16xi32>)
    linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
        ins(%x, %w : memref<?x3x4x2x4xi8>, memref<2x3x4x8x4xi8>) outs(%t : memref<?x3x16xi32>) {
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
    linalg.fill ins(%zero : f32) outs(%y : memref<?x16xf32>)
    linalg.generic {indexing_maps = [#sums, #scale, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%t, %s : memref<?x3x16xi32>, memref<2x3x8xf32>) outs(%y : memref<?x16xf32>) {
    ^bb0(%b: i32, %scale: f32, %acc: f32):
      %f = arith.sitofp %b : i32 to f32
      %m = arith.mulf %f, %scale : f32
      %r = arith.addf %acc, %m : f32
      linalg.yield %r : f32
    }
    return
  }
}
