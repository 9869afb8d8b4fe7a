// RUN: coil-opt %s -bufferize-outline-copies | FileCheck %s
// RUN: coil-opt %s -bufferize-outline-copies --remarks-filter=bufferize --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK

// CHECK-LABEL: func @main
// CHECK-SAME: (%[[F:.*]]: !rt.frame)
func.func @main(%f: !rt.frame) {
  // CHECK: %[[A:.*]] = memref.alloc() : memref<4x8xf32>
  %a = memref.alloc() : memref<4x8xf32>
  %b = memref.alloc() : memref<4x16xf32>
  %left = memref.subview %b[0, 0] [4, 8] [1, 1] : memref<4x16xf32> to memref<4x8xf32, strided<[16, 1]>>
  %right = memref.subview %b[0, 8] [4, 8] [1, 1] : memref<4x16xf32> to memref<4x8xf32, strided<[16, 1], offset: 8>>

  // Copies into slices of equal strides are one kernel, wherever the slices begin.
  // CHECK: %[[TO:.*]] = memref.cast %{{.*}} to memref<4x8xf32, strided<[16, 1], offset: ?>>
  // CHECK: call @[[COPY:copy_[0-9]+]](%[[F]], %[[A]], %[[TO]])
  // CHECK-SAME: coil.why = "from a buffer that is read too, to its part of a larger buffer"
  // REMARK: OutlineCopies{{.*}}copied from a buffer that is read too, to its part of a larger buffer
  // CHECK: call @[[COPY]](%[[F]], %[[A]],
  memref.copy %a, %left : memref<4x8xf32> to memref<4x8xf32, strided<[16, 1]>>
  memref.copy %a, %right : memref<4x8xf32> to memref<4x8xf32, strided<[16, 1], offset: 8>>

  // Other types are another kernel.
  // CHECK-NOT: call @[[COPY]](
  // CHECK: call @[[BACK:copy_[0-9]+]](
  memref.copy %left, %a : memref<4x8xf32, strided<[16, 1]>> to memref<4x8xf32>

  // What is one memcpy stays one.
  // CHECK: memref.copy %{{.*}} {coil.why = "from a buffer that is read too, to a buffer without gaps"} : memref<4x8xf32> to memref<4x8xf32>
  // CHECK-NOT: memref.copy
  // CHECK: return
  %c = memref.alloc() : memref<4x8xf32>
  memref.copy %a, %c : memref<4x8xf32> to memref<4x8xf32>
  return
}

// A kernel's own copies are its business.
// CHECK-LABEL: func @kernel
// CHECK-NEXT: memref.copy
func.func @kernel(%f: !rt.frame, %a: memref<4xf32, strided<[8]>>, %b: memref<4xf32>) {
  memref.copy %a, %b : memref<4xf32, strided<[8]>> to memref<4xf32>
  return
}

// CHECK: func private @[[COPY]](%{{.*}}: !rt.frame, %[[FROM:.*]]: memref<4x8xf32>, %[[TO:.*]]: memref<4x8xf32, strided<[16, 1], offset: ?>>)
// CHECK: linalg.generic {{.*}} ins(%[[FROM]] : {{.*}} outs(%[[TO]] :
// CHECK: func private @[[BACK]](
