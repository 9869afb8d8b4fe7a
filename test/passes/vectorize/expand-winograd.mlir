// RUN: coil-opt %s -split-input-file -vectorize-expand-winograd -verify-diagnostics | FileCheck %s

#id = affine_map<(n, y, x, f) -> (n, y, x, f)>
#f = affine_map<(n, y, x, f) -> (f)>

// Blocks of tiles: patches, products, tiles of the result with what follows on them; the result before that is in
// memory nowhere.
// CHECK-LABEL: func @blocks
// CHECK-SAME: (%[[FRAME:.*]]: !rt.frame, %[[X:.*]]: memref<1x14x14x8xf32>, %[[W:.*]]: memref<36x1x8x8xf32>, %[[S:.*]]: memref<6336xf32>, %{{.*}}: memref<8xf32>, %[[Y:.*]]: memref<1x14x14x8xf32>)
// CHECK-NOT: memref.alloc()
// CHECK: %[[V:.*]] = memref.reinterpret_cast %[[S]] to offset: [0], sizes: [36, 8, 8], strides: [80, 8, 1]
// CHECK: %[[M:.*]] = memref.reinterpret_cast %[[S]] to offset: [2880], sizes: [36, 8, 8], strides: [80, 8, 1]
// CHECK: scf.for %{{.*}} = %{{.*}} to %c16{{.*}} step %c8
// CHECK: rt.parallel %[[FRAME]]
// CHECK: vector.load %[[X]]
// CHECK: vector.store %{{.*}}, %[[V]]
// CHECK: linalg.fill {{.*}} outs(%[[M]]
// CHECK: linalg.generic {{.*}} ins(%[[V]], %[[W]] : {{.*}} outs(%[[M]]
// CHECK: rt.parallel %[[FRAME]]
// CHECK: vector.load %[[M]]
// CHECK: arith.addf
// CHECK: vector.store %{{.*}}, %[[Y]]
// CHECK-NOT: coil.winograd
// CHECK: return
func.func @blocks(%frame: !rt.frame, %x: memref<1x14x14x8xf32>, %w: memref<36x1x8x8xf32>, %s: memref<6336xf32>, %b: memref<8xf32>, %y: memref<1x14x14x8xf32>) {
  %t = memref.alloc() : memref<1x14x14x8xf32>
  coil.winograd ins(%x, %w : memref<1x14x14x8xf32>, memref<36x1x8x8xf32>) outs(%t, %s : memref<1x14x14x8xf32>, memref<6336xf32>)
      {tile = 4, block = 8, pads = array<i64: 1, 1>}
  linalg.generic {indexing_maps = [#id, #f, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%t, %b : memref<1x14x14x8xf32>, memref<8xf32>) outs(%y : memref<1x14x14x8xf32>) {
  ^bb0(%in: f32, %bias: f32, %out: f32):
    %0 = arith.addf %in, %bias : f32
    linalg.yield %0 : f32
  }
  return
}

// One block is no loop; a batch that a run brings is one.
// CHECK-LABEL: func @batch
// CHECK: %[[N:.*]] = memref.dim %{{.*}}, %c0
// CHECK: scf.for %[[IMAGE:.*]] = %c0{{.*}} to %[[N]]
// CHECK-NOT: scf.for
// CHECK: rt.parallel
// CHECK: vector.load %{{.*}}[%[[IMAGE]],
// CHECK: linalg.generic
func.func @batch(%frame: !rt.frame, %x: memref<?x6x6x4xf32>, %w: memref<16x1x4x4xf32>, %s: memref<1024xf32>, %y: memref<?x4x4x4xf32>) {
  coil.winograd ins(%x, %w : memref<?x6x6x4xf32>, memref<16x1x4x4xf32>) outs(%y, %s : memref<?x4x4x4xf32>, memref<1024xf32>)
      {tile = 2, block = 4, pads = array<i64: 0, 0>}
  return
}

// -----

func.func @narrow(%frame: !rt.frame, %x: memref<1x6x6x3xf32>, %w: memref<16x1x3x4xf32>, %s: memref<1024xf32>, %y: memref<1x4x4x4xf32>) {
  // expected-error @+1 {{was not made for vectors of 4 lanes}}
  coil.winograd ins(%x, %w : memref<1x6x6x3xf32>, memref<16x1x3x4xf32>) outs(%y, %s : memref<1x4x4x4xf32>, memref<1024xf32>)
      {tile = 2, block = 4, pads = array<i64: 0, 0>}
  return
}
