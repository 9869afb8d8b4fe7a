// RUN: coil-opt %s -lower-to-llvm | FileCheck %s

// The entry takes the frame as a pointer and is one function with its calls;
// kernels stay functions of their own, and nothing is visible from outside.
// CHECK: llvm.func internal @main(%{{.*}}: !llvm.ptr) -> i32
// CHECK-NOT: no_inline
// CHECK: llvm.func internal @map_0(%[[BASE:.*]]: !llvm.ptr, %[[DATA:.*]]: !llvm.ptr, %[[OFFSET:.*]]: i64, %{{.*}}: i64, %{{.*}}: i64)
// CHECK-SAME: no_inline
func.func @main(%f: !rt.frame) -> i32 {
  %ok = arith.constant 0 : i32
  return %ok : i32
}
func.func private @map_0(%x: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  // CHECK: llvm.load %{{.*}} : !llvm.ptr -> vector<4xf32>
  %0 = vector.load %x[%c0] : memref<16xf32>, vector<4xf32>
  // CHECK: llvm.fmul
  %1 = arith.mulf %0, %0 : vector<4xf32>
  vector.store %1, %x[%c0] : memref<16xf32>, vector<4xf32>
  return
}

// A function that no polynomial replaces is libm's, element by element.
// CHECK: llvm.func internal @calls
// CHECK-COUNT-2: llvm.call @sinf
func.func private @calls(%x: vector<2xf32>) -> vector<2xf32> {
  %0 = math.sin %x : vector<2xf32>
  return %0 : vector<2xf32>
}
