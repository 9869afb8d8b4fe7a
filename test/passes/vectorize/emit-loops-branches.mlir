// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(vectorize-plan-loops,vectorize-emit-loops,canonicalize,cse))' | FileCheck %s

// A choice that is the same for all lanes is made once for a vector: the rows of a
// cache, then those that are new.
#id = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func @rows
// CHECK-SAME: (%[[PAST:.*]]: memref<?x8xf32>, %[[NEW:.*]]: memref<?x8xf32>, %[[N:.*]]: index, %[[Y:.*]]: memref<?x8xf32>)
// CHECK: scf.for %[[I:.*]] =
// CHECK:   %[[OLD:.*]] = arith.cmpi ult, %[[I]], %[[N]]
// CHECK:   scf.if %[[OLD]] -> (vector<4xf32>) {
// CHECK:     vector.load %[[PAST]][%[[I]],
// CHECK:   } else {
// CHECK:     vector.load %[[NEW]][
// CHECK:   }
// CHECK:   vector.store %{{.*}}, %[[Y]]
func.func @rows(%past: memref<?x8xf32>, %new: memref<?x8xf32>, %n: index, %y: memref<?x8xf32>) {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%y : memref<?x8xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %old = arith.cmpi ult, %i, %n : index
    %r = scf.if %old -> f32 {
      %0 = memref.load %past[%i, %j] : memref<?x8xf32>
      scf.yield %0 : f32
    } else {
      %k = arith.subi %i, %n : index
      %0 = memref.load %new[%k, %j] : memref<?x8xf32>
      scf.yield %0 : f32
    }
    linalg.yield %r : f32
  }
  return
}

// -----

// A choice for each lane stays one for each element.
#id = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func @columns
// CHECK-NOT: vector
// CHECK: scf.if %{{.*}} -> (f32)
// CHECK-NOT: vector
// CHECK: return
func.func @columns(%past: memref<?x8xf32>, %n: index, %y: memref<?x8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%y : memref<?x8xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %old = arith.cmpi ult, %j, %n : index
    %r = scf.if %old -> f32 {
      %0 = memref.load %past[%i, %j] : memref<?x8xf32>
      scf.yield %0 : f32
    } else {
      scf.yield %zero : f32
    }
    linalg.yield %r : f32
  }
  return
}
