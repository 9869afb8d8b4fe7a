// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(vectorize-plan-loops))' | FileCheck %s

#id3 = affine_map<(n, h, w) -> (n, h, w)>

// Threads share a loop whose steps are many for sure, rather than the batch that
// only a run knows, which is most often one image.
// CHECK-LABEL: func @batch
// CHECK: coil.loops = {{.*}} shared_loop = 1 : i64
func.func @batch(%f: !rt.frame, %x: memref<?x64x64xf32>, %y: memref<?x64x64xf32>) {
  linalg.generic {indexing_maps = [#id3, #id3], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<?x64x64xf32>) outs(%y : memref<?x64x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// What is cheap is done by one thread, though it has many elements.
// CHECK-LABEL: func @cheap
// CHECK: coil.loops
// CHECK-NOT: shared_loop
// CHECK: return
func.func @cheap(%f: !rt.frame, %x: memref<16x128xf32>, %y: memref<16x128xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<16x128xf32>) outs(%y : memref<16x128xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.negf %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

// Seven rows, or 43 panels, leave most of 80 cores idle; their 301 parts together do not.
#x = affine_map<(h, w, n, k) -> (h, w, k)>
#w = affine_map<(h, w, n, k) -> (n floordiv 12, k, n mod 12)>
#y = affine_map<(h, w, n, k) -> (h, w, n)>
module attributes {coil.target = {cores = 80 : i64}} {
// CHECK-LABEL: func @two
// CHECK: coil.loops = {{.*}} shared_inner = 2 : i64, shared_loop = 0 : i64
func.func @two(%f: !rt.frame, %x: memref<7x7x64xf32>, %w: memref<43x64x12xf32>, %y: memref<7x7x512xf32>) {
  linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<7x7x64xf32>, memref<43x64x12xf32>) outs(%y : memref<7x7x512xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}
}
