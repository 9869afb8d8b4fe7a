// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-unswitch-broadcasts))' | FileCheck %s

#id = affine_map<(d0) -> (d0)>

// A loop for each answer.
// CHECK-LABEL: func @asked
// CHECK-SAME: (%[[ONE:[a-z0-9]+]]: i1, %[[X:[a-z0-9]+]]: memref<?xf32>
// CHECK: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK: scf.if %[[ONE]] {
// CHECK:   linalg.generic
// CHECK-NOT: arith.select
// CHECK:   memref.load %[[X]][%[[ZERO]]]
// CHECK: } else {
// CHECK:   %[[I:.*]] = linalg.index 0
// CHECK-NOT: arith.select
// CHECK:   memref.load %[[X]][%[[I]]]
func.func @asked(%one: i1, %x: memref<?xf32>, %a: memref<?xf32>, %y: memref<?xf32>) {
  %zero = arith.constant 0 : index
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %i = linalg.index 0 : index
    %j = arith.select %one, %zero, %i : index
    %0 = memref.load %x[%j] : memref<?xf32>
    %1 = arith.addf %in, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// What each element asks for itself stays.
// CHECK-LABEL: func @each
// CHECK-NOT: scf.if
// CHECK: arith.select
func.func @each(%x: memref<?xf32>, %a: memref<?xf32>, %y: memref<?xf32>) {
  %zero = arith.constant 0 : index
  %none = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %i = linalg.index 0 : index
    %less = arith.cmpf olt, %in, %none : f32
    %j = arith.select %less, %zero, %i : index
    %0 = memref.load %x[%j] : memref<?xf32>
    linalg.yield %0 : f32
  }
  return
}
