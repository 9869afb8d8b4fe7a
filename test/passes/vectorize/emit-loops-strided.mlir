// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-plan-loops,vectorize-emit-loops),canonicalize,cse)' | FileCheck %s

#x = affine_map<(n, j) -> (n * 2 + j)>
#k = affine_map<(n, j) -> (j)>
#y = affine_map<(n, j) -> (n)>

// A window with steps of two: a vector of every second element is two loads and a shuffle. The second one ends with
// the last lane's element, so that nothing beyond it is read; three elements for two lanes are one load.
// CHECK-LABEL: func @pool
// CHECK-SAME: (%[[X:.*]]: memref<29xf32>, %{{.*}}: memref<3xf32>, %[[Y:.*]]: memref<14xf32>)
// CHECK-DAG: %[[TWO:.*]] = arith.constant dense<[true, true, false, false]> : vector<4xi1>
// CHECK-DAG: %[[THREE:.*]] = arith.constant dense<[true, true, true, false]> : vector<4xi1>
// CHECK: %[[LOW:.*]] = vector.load %[[X]][%c0] : memref<29xf32>, vector<4xf32>
// CHECK: %[[HIGH:.*]] = vector.load %[[X]][%c3] : memref<29xf32>, vector<4xf32>
// CHECK: vector.shuffle %[[LOW]], %[[HIGH]] [0, 2, 5, 7]
// CHECK: vector.maskedload %[[X]][%c24], %[[THREE]]
// CHECK: %[[LAST:.*]] = vector.maskedload %[[X]][%c26], %[[THREE]]
// CHECK: vector.shuffle %[[LAST]], %[[LAST]] [0, 2,
// CHECK: vector.maskedstore %[[Y]][%c12], %[[TWO]]
func.func @pool(%x: memref<29xf32>, %k: memref<3xf32>, %y: memref<14xf32>) {
  %low = arith.constant 0xFF800000 : f32
  linalg.fill ins(%low : f32) outs(%y : memref<14xf32>)
  linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "reduction"]} ins(%x, %k : memref<29xf32>, memref<3xf32>) outs(%y : memref<14xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.maximumf %in, %out : f32
    linalg.yield %0 : f32
  }
  return
}

#three = affine_map<(n, j) -> (n * 3 + j)>

// Steps of three: four lanes are ten elements, two vectors hold those that are read; of two lanes one does.
// CHECK-LABEL: func @thirds
// CHECK-SAME: (%[[X:.*]]: memref<18xf32>
// CHECK: %[[LOW:.*]] = vector.load %[[X]][%c0] : memref<18xf32>, vector<4xf32>
// CHECK: %[[HIGH:.*]] = vector.load %[[X]][%c6] : memref<18xf32>, vector<4xf32>
// CHECK: vector.shuffle %[[LOW]], %[[HIGH]] [0, 3, 4, 7]
// CHECK: %[[LAST:.*]] = vector.load %[[X]][%c12] : memref<18xf32>, vector<4xf32>
// CHECK: vector.shuffle %[[LAST]], %[[LAST]] [0, 3, 3, 3]
func.func @thirds(%x: memref<18xf32>, %k: memref<3xf32>, %y: memref<6xf32>) {
  %low = arith.constant 0xFF800000 : f32
  linalg.fill ins(%low : f32) outs(%y : memref<6xf32>)
  linalg.generic {indexing_maps = [#three, #k, #y], iterator_types = ["parallel", "reduction"]} ins(%x, %k : memref<18xf32>, memref<3xf32>) outs(%y : memref<6xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.maximumf %in, %out : f32
    linalg.yield %0 : f32
  }
  return
}

#four = affine_map<(n, j) -> (n * 4 + j)>

// Steps of as many as there are lanes: each element by itself.
// CHECK-LABEL: func @fourths
// CHECK-SAME: (%[[X:.*]]: memref<16xf32>
// CHECK-COUNT-4: memref.load %[[X]]
// CHECK: vector.from_elements
func.func @fourths(%x: memref<16xf32>, %k: memref<2xf32>, %y: memref<4xf32>) {
  %low = arith.constant 0xFF800000 : f32
  linalg.fill ins(%low : f32) outs(%y : memref<4xf32>)
  linalg.generic {indexing_maps = [#four, #k, #y], iterator_types = ["parallel", "reduction"]} ins(%x, %k : memref<16xf32>, memref<2xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.maximumf %in, %out : f32
    linalg.yield %0 : f32
  }
  return
}

#five = affine_map<(n, j) -> (n * 5 + j)>

// Steps of five: no vectors of results.
// CHECK-LABEL: func @fifths
// CHECK-NOT: vector.shuffle
// CHECK-NOT: vector.store
// CHECK: return
func.func @fifths(%x: memref<32xf32>, %k: memref<3xf32>, %y: memref<6xf32>) {
  %low = arith.constant 0xFF800000 : f32
  linalg.fill ins(%low : f32) outs(%y : memref<6xf32>)
  linalg.generic {indexing_maps = [#five, #k, #y], iterator_types = ["parallel", "reduction"]} ins(%x, %k : memref<32xf32>, memref<3xf32>) outs(%y : memref<6xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.maximumf %in, %out : f32
    linalg.yield %0 : f32
  }
  return
}
