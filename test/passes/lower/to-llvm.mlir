// RUN: coil-opt %s -lower-to-llvm | FileCheck %s

// The entry takes the frame as a pointer and is one function with its calls;
// kernels stay functions of their own, and nothing is visible from outside. A
// buffer whose shape is in its type is a pointer, and no descriptor of it is left.
// CHECK: llvm.func internal @main(%{{.*}}: !llvm.ptr, %[[SIZED:.*]]: !llvm.ptr) -> i32
// CHECK-NOT: no_inline
// CHECK-NOT: {{insert|extract}}value
// CHECK: llvm.call @map_0(%[[SIZED]]) : (!llvm.ptr) -> ()
// CHECK: llvm.func internal @map_0(%[[DATA:.*]]: !llvm.ptr)
// CHECK-SAME: no_inline
func.func @main(%f: !rt.frame, %x: memref<16xf32>) -> i32 {
  %ok = arith.constant 0 : i32
  call @map_0(%x) : (memref<16xf32>) -> ()
  return %ok : i32
}
func.func private @map_0(%x: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  // CHECK-NOT: {{insert|extract}}value
  // CHECK: llvm.load %{{.*}} : !llvm.ptr -> vector<4xf32>
  %0 = vector.load %x[%c0] : memref<16xf32>, vector<4xf32>
  // CHECK: llvm.fmul
  %1 = arith.mulf %0, %0 : vector<4xf32>
  vector.store %1, %x[%c0] : memref<16xf32>, vector<4xf32>
  return
}

// One that the type does not tell all about brings its sizes and strides along.
// CHECK: llvm.func internal @map_1(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: !llvm.ptr,
func.func private @map_1(%x: memref<?xf32>, %y: memref<16xf32>) {
  return
}

// What machines have an instruction for is one, of all elements; a function that
// neither they nor a polynomial have is libm's, element by element.
// CHECK: llvm.func internal @calls
// CHECK: llvm.intr.fma(%{{.*}}) : (vector<2xf32>, vector<2xf32>, vector<2xf32>) -> vector<2xf32>
// CHECK: llvm.intr.roundeven(%{{.*}}) : (vector<2xf32>) -> vector<2xf32>
// CHECK-COUNT-2: llvm.call @erff
func.func private @calls(%x: vector<2xf32>) -> vector<2xf32> {
  %0 = math.fma %x, %x, %x : vector<2xf32>
  %1 = math.roundeven %0 : vector<2xf32>
  %2 = math.erf %1 : vector<2xf32>
  return %2 : vector<2xf32>
}
