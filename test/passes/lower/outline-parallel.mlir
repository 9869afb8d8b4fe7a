// RUN: coil-opt %s -lower-outline-parallel -reconcile-unrealized-casts | FileCheck %s

// CHECK: llvm.func @coil_rt_parallel(!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64)

// The runtime calls the body for each part; what it uses goes with it, on the stack of the caller.
// CHECK-LABEL: func.func @map_0(
// CHECK-SAME: %[[F:.*]]: !rt.frame, %[[X:.*]]: memref<?xf32>, %[[S:.*]]: f32, %[[N:.*]]: index)
func.func @map_0(%f: !rt.frame, %x: memref<?xf32>, %s: f32, %n: index) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  // CHECK: llvm.insertvalue %[[S]],
  // CHECK: llvm.store %{{.*}}, %[[MEMORY:[0-9]+]] :
  // CHECK: constant @map_0_part :
  // CHECK: llvm.call @coil_rt_parallel(%{{.*}}, %{{.*}}, %[[MEMORY]], %{{.*}}, %{{.*}})
  // CHECK-NOT: rt.parallel
  rt.parallel %f, %n grain %c64 {
  ^bb0(%begin: index, %end: index):
    scf.for %i = %begin to %end step %c1 {
      memref.store %s, %x[%i] : memref<?xf32>
    }
  }
  // Another one of the same function has a name of its own.
  // CHECK: constant @map_0_part1 :
  rt.parallel %f, %n grain %c64 {
  ^bb0(%begin: index, %end: index):
    memref.store %s, %x[%begin] : memref<?xf32>
  }
  return
}

// A constant is made again, not carried.
// CHECK: func.func private @map_0_part(%[[CLOSURE:.*]]: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64)
// CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[RECORD:.*]] = llvm.load %[[CLOSURE]]
// CHECK-DAG: %[[B:.*]] = arith.index_cast %[[BEGIN]]
// CHECK-DAG: %[[E:.*]] = arith.index_cast %[[END]]
// CHECK: scf.for %{{.*}} = %[[B]] to %[[E]] step %[[C1]]
