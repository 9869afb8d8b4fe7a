// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(bufferize-resolve-reshapes))' | FileCheck %s

// Two dynamic dimensions of one group, which upstream's expansion does not know.
// CHECK-LABEL: func @two
// CHECK-SAME: (%[[X:.*]]: memref<?x4xf32>, %[[N:.*]]: index, %[[M:.*]]: index)
func.func @two(%x: memref<?x4xf32>, %n: index, %m: index) -> memref<?x?x4xf32> {
  // CHECK: %[[STRIDE:.*]] = arith.muli %[[M]], %{{.*}}
  // CHECK: %[[Y:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%[[N]], %[[M]], 4], strides: [%[[STRIDE]], 4, 1]
  // CHECK: return %[[Y]]
  %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%n, %m, 4] : memref<?x4xf32> into memref<?x?x4xf32>
  return %y : memref<?x?x4xf32>
}

// Where everything is fixed nothing is computed.
// CHECK-LABEL: func @fixed
// CHECK-NEXT: memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [2, 3, 4], strides: [12, 4, 1]
// CHECK-NEXT: return
func.func @fixed(%x: memref<6x4xf32>) -> memref<2x3x4xf32> {
  %y = memref.expand_shape %x [[0, 1], [2]] output_shape [2, 3, 4] : memref<6x4xf32> into memref<2x3x4xf32>
  return %y : memref<2x3x4xf32>
}

// A buffer with gaps keeps its own strides, which this pass does not look for.
// CHECK-LABEL: func @gaps
// CHECK: memref.expand_shape
func.func @gaps(%x: memref<6x4xf32, strided<[8, 1]>>) -> memref<2x3x4xf32, strided<[24, 8, 1]>> {
  %y = memref.expand_shape %x [[0, 1], [2]] output_shape [2, 3, 4]
      : memref<6x4xf32, strided<[8, 1]>> into memref<2x3x4xf32, strided<[24, 8, 1]>>
  return %y : memref<2x3x4xf32, strided<[24, 8, 1]>>
}
