// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-split-concats,canonicalize,cse))' | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>

// Each part is done where it belongs, and the other operand is cut.
// CHECK-LABEL: func @each
// CHECK-SAME: (%[[A:.*]]: tensor<?x8xf32>, %[[B:.*]]: tensor<?x8xf32>, %[[C:.*]]: tensor<16xf32>
// CHECK: %[[C0:.*]] = tensor.extract_slice %[[C]][0] [8] [1]
// CHECK: %[[Y0:.*]] = linalg.generic {{.*}} ins(%[[A]], %[[C0]] :
// CHECK: %[[S0:.*]] = tensor.insert_slice %[[Y0]] into %{{.*}}[0, 0]
// CHECK: %[[C1:.*]] = tensor.extract_slice %[[C]][8] [8] [1]
// CHECK: %[[Y1:.*]] = linalg.generic {{.*}} ins(%[[B]], %[[C1]] :
// CHECK: %[[S1:.*]] = tensor.insert_slice %[[Y1]] into %[[S0]][0, 8]
// CHECK: return %[[S1]]
func.func @each(%a: tensor<?x8xf32>, %b: tensor<?x8xf32>, %c: tensor<16xf32>, %n: index) -> tensor<?x16xf32> {
  %e = tensor.empty(%n) : tensor<?x16xf32>
  %0 = tensor.insert_slice %a into %e[0, 0] [%n, 8] [1, 1] : tensor<?x8xf32> into tensor<?x16xf32>
  %1 = tensor.insert_slice %b into %0[0, 8] [%n, 8] [1, 1] : tensor<?x8xf32> into tensor<?x16xf32>
  %2 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1, %c : tensor<?x16xf32>, tensor<16xf32>) outs(%e : tensor<?x16xf32>) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %3 = arith.mulf %x, %y : f32
    linalg.yield %3 : f32
  } -> tensor<?x16xf32>
  return %2 : tensor<?x16xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// The rotation of halves: who makes the other operand alone for this op is done to the halves too.
// CHECK-LABEL: func @rotated
// CHECK-SAME: (%[[X:.*]]: tensor<4x16xf32>
// CHECK: %[[HIGH:.*]] = tensor.extract_slice %[[X]][0, 8] [4, 8]
// CHECK: %[[LOW:.*]] = tensor.extract_slice %[[X]][0, 0] [4, 8]
// CHECK-NOT: tensor<4x16xf32>) outs
// CHECK: linalg.generic {{.*}} ins(%[[LOW]] : tensor<4x8xf32>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: math.exp
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[HIGH]] : tensor<4x8xf32>, tensor<4x8xf32>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.addf
// CHECK: linalg.generic {{.*}} ins(%[[HIGH]] : tensor<4x8xf32>)
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[LOW]] : tensor<4x8xf32>, tensor<4x8xf32>)
func.func @rotated(%x: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %e = tensor.empty() : tensor<4x16xf32>
  %high = tensor.extract_slice %x[0, 8] [4, 8] [1, 1] : tensor<4x16xf32> to tensor<4x8xf32>
  %low = tensor.extract_slice %x[0, 0] [4, 8] [1, 1] : tensor<4x16xf32> to tensor<4x8xf32>
  %0 = tensor.insert_slice %high into %e[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  %1 = tensor.insert_slice %low into %0[0, 8] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x16xf32>) outs(%e : tensor<4x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %4 = math.exp %in : f32
    linalg.yield %4 : f32
  } -> tensor<4x16xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%2, %1 : tensor<4x16xf32>, tensor<4x16xf32>) outs(%e : tensor<4x16xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %4 = arith.addf %p, %q : f32
    linalg.yield %4 : f32
  } -> tensor<4x16xf32>
  return %3 : tensor<4x16xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// What others read stays whole; so do parts that are shorter than a vector, and what is done to a sum's result.
// CHECK-LABEL: func @whole
// CHECK-COUNT-2: tensor.insert_slice
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<4x16xf32>)
// CHECK-COUNT-2: tensor.insert_slice
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<4x6xf32>)
// CHECK-COUNT-2: tensor.insert_slice
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<4x16xf32>, tensor<4x16xf32>)
func.func @whole(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>, %c: tensor<4x3xf32>, %s: tensor<4x16x5xf32>)
    -> (tensor<4x16xf32>, tensor<4x16xf32>, tensor<4x6xf32>, tensor<4x16xf32>) {
  %e = tensor.empty() : tensor<4x16xf32>
  %0 = tensor.insert_slice %a into %e[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  %1 = tensor.insert_slice %b into %0[0, 8] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1 : tensor<4x16xf32>) outs(%e : tensor<4x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %9 = math.exp %in : f32
    linalg.yield %9 : f32
  } -> tensor<4x16xf32>
  %f = tensor.empty() : tensor<4x6xf32>
  %3 = tensor.insert_slice %c into %f[0, 0] [4, 3] [1, 1] : tensor<4x3xf32> into tensor<4x6xf32>
  %4 = tensor.insert_slice %c into %3[0, 3] [4, 3] [1, 1] : tensor<4x3xf32> into tensor<4x6xf32>
  %5 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%4 : tensor<4x6xf32>) outs(%f : tensor<4x6xf32>) {
  ^bb0(%in: f32, %out: f32):
    %9 = math.exp %in : f32
    linalg.yield %9 : f32
  } -> tensor<4x6xf32>
  %zero = arith.constant 0.0 : f32
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
  %sum = linalg.reduce ins(%s : tensor<4x16x5xf32>) outs(%init : tensor<4x16xf32>) dimensions = [2]
    (%in: f32, %out: f32) {
      %9 = arith.addf %in, %out : f32
      linalg.yield %9 : f32
    }
  %generic = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j)>],
                             iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%s : tensor<4x16x5xf32>) outs(%sum : tensor<4x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %9 = arith.addf %in, %out : f32
    linalg.yield %9 : f32
  } -> tensor<4x16xf32>
  %6 = tensor.insert_slice %b into %e[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  %7 = tensor.insert_slice %a into %6[0, 8] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  %8 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%generic, %7 : tensor<4x16xf32>, tensor<4x16xf32>) outs(%e : tensor<4x16xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %9 = arith.addf %p, %q : f32
    linalg.yield %9 : f32
  } -> tensor<4x16xf32>
  return %1, %2, %5, %8 : tensor<4x16xf32>, tensor<4x16xf32>, tensor<4x6xf32>, tensor<4x16xf32>
}
