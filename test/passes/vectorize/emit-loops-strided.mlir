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
