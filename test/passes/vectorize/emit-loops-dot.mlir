// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-plan-loops,vectorize-emit-loops),canonicalize,cse)' | FileCheck %s

#x = affine_map<(m, n, k, q) -> (m, k, q)>
#w = affine_map<(m, n, k, q) -> (n floordiv 8, k, n mod 8, q)>
#y = affine_map<(m, n, k, q) -> (m, n)>

// Quads of bytes that lie along the lanes: a step of the sum is a dot product;
// the other factor's quads come four to a register.
module attributes {coil.target = {dot_product = "s8s8"}} {
  // CHECK-LABEL: func @dot
  // CHECK-SAME: (%[[X:.*]]: memref<2x4x4xi8>, %[[W:.*]]: memref<1x4x8x4xi8>
  // CHECK: %[[B:.*]] = vector.load %[[X]][{{.*}}] : memref<2x4x4xi8>, vector<16xi8>
  // CHECK: %[[Q:.*]] = vector.bitcast %[[B]] : vector<16xi8> to vector<4xi32>
  // CHECK: %[[V:.*]] = vector.load %[[W]][{{.*}}] : memref<1x4x8x4xi8>, vector<16xi8>
  // CHECK: coil.dot %{{.*}}, %{{.*}}, %[[V]] : vector<4xi32>, vector<16xi8>
  // CHECK: vector.extract %[[Q]][3]
  // CHECK-NOT: arith.muli
  // CHECK: return
  func.func @dot(%x: memref<2x4x4xi8>, %w: memref<1x4x8x4xi8>, %y: memref<2x8xi32>) {
    linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
        ins(%x, %w : memref<2x4x4xi8>, memref<1x4x8x4xi8>) outs(%y : memref<2x8xi32>) {
    ^bb0(%a: i8, %b: i8, %out: i32):
      %0 = arith.extsi %a : i8 to i32
      %1 = arith.extsi %b : i8 to i32
      %2 = arith.muli %0, %1 : i32
      %3 = arith.addi %out, %2 : i32
      linalg.yield %3 : i32
    }
    return
  }
}
