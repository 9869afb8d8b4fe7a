// RUN: coil-opt %s -bufferize-outline-copies | FileCheck %s

// Copies into slices of equal strides are one kernel, wherever the slices begin.
// CHECK-LABEL: func @slices
// CHECK-SAME: (%[[A:.*]]: memref<4x8xf32>,
func.func @slices(%a: memref<4x8xf32>, %b: memref<4x16xf32>) {
  %left = memref.subview %b[0, 0] [4, 8] [1, 1] : memref<4x16xf32> to memref<4x8xf32, strided<[16, 1]>>
  %right = memref.subview %b[0, 8] [4, 8] [1, 1] : memref<4x16xf32> to memref<4x8xf32, strided<[16, 1], offset: 8>>
  // CHECK-NOT: memref.copy
  // CHECK: %[[TO:.*]] = memref.cast %{{.*}} to memref<4x8xf32, strided<[16, 1], offset: ?>>
  // CHECK: call @[[COPY:copy_[0-9]+]](%[[A]], %[[TO]])
  // CHECK: call @[[COPY]](%[[A]],
  memref.copy %a, %left : memref<4x8xf32> to memref<4x8xf32, strided<[16, 1]>>
  memref.copy %a, %right : memref<4x8xf32> to memref<4x8xf32, strided<[16, 1], offset: 8>>
  return
}

// Other types are another kernel.
// CHECK-LABEL: func @columns
// CHECK-NOT: call @[[COPY]](
// CHECK: call @[[COLUMNS:copy_[0-9]+]](
func.func @columns(%a: memref<4xf32, strided<[8]>>, %b: memref<4xf32>) {
  memref.copy %a, %b : memref<4xf32, strided<[8]>> to memref<4xf32>
  return
}

// What is one memcpy stays one.
// CHECK-LABEL: func @whole
// CHECK-NEXT: memref.copy
// CHECK-NEXT: return
func.func @whole(%a: memref<4x?xf32>, %b: memref<4x?xf32>) {
  memref.copy %a, %b : memref<4x?xf32> to memref<4x?xf32>
  return
}

// CHECK: func private @[[COPY]](%[[FROM:.*]]: memref<4x8xf32>, %[[TO:.*]]: memref<4x8xf32, strided<[16, 1], offset: ?>>)
// CHECK: linalg.generic {{.*}} ins(%[[FROM]] : {{.*}} outs(%[[TO]] :
// CHECK: func private @[[COLUMNS]](
