// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-group-rows))' | FileCheck %s
// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-group-rows),structure-outline-kernels)' | FileCheck %s --check-prefix=KERNEL

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// The greatest of a row, the powers, their sum, the shares: one group, whose rows
// are the first loop of each, and one kernel. The powers are as long as only a run
// knows, but may lie where the shares will.
// CHECK-LABEL: func @softmax
// CHECK-COUNT-4: coil.group = 0 : i64, coil.rows = array<i64: 0>
// CHECK-NOT: coil.group
// CHECK: return
// KERNEL-LABEL: func @softmax
// KERNEL-SAME: (%[[X:.*]]: tensor<?x?xf32>
// KERNEL: %[[Y:.*]] = call @[[ROWS:rows_[0-9]+]](%[[X]], %{{.*}}) : (tensor<?x?xf32>, tensor<?x?xf32>)
// KERNEL-NEXT: return %[[Y]]
// KERNEL: func private @[[ROWS]](%{{.*}}: tensor<?x?xf32> {{.*}}, %[[D:.*]]: tensor<?x?xf32>
// KERNEL-NOT: coil.group
// KERNEL-DAG: tensor.empty(%{{.*}}) : tensor<?xf32>
// KERNEL-DAG: tensor.empty(%{{.*}}, %{{.*}}) : tensor<?x?xf32>
// KERNEL-COUNT-4: coil.rows = array<i64: 0>
func.func @softmax(%x: tensor<?x?xf32>, %rows: index, %columns: index) -> tensor<?x?xf32> {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %e0 = tensor.empty(%rows) : tensor<?xf32>
  %e1 = tensor.empty(%rows, %columns) : tensor<?x?xf32>
  %e2 = tensor.empty(%rows) : tensor<?xf32>
  %e3 = tensor.empty(%rows, %columns) : tensor<?x?xf32>
  %f0 = linalg.fill ins(%least : f32) outs(%e0 : tensor<?xf32>) -> tensor<?xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x?xf32>) outs(%f0 : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.maximumf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  %p = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<?x?xf32>, tensor<?xf32>) outs(%e1 : tensor<?x?xf32>) {
  ^bb0(%in: f32, %top: f32, %out: f32):
    %0 = arith.subf %in, %top : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x?xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<?xf32>) -> tensor<?xf32>
  %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%p : tensor<?x?xf32>) outs(%f2 : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %s : tensor<?x?xf32>, tensor<?xf32>) outs(%e3 : tensor<?x?xf32>) {
  ^bb0(%in: f32, %sum: f32, %out: f32):
    %0 = arith.divf %in, %sum : f32
    linalg.yield %0 : f32
  } -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// Sums of columns: what would be a row lies in pieces, and all of the tensor is
// read before the first one is known.
// CHECK-LABEL: func @columns
// CHECK-NOT: coil.rows
// CHECK: return
// KERNEL-LABEL: func @columns
// KERNEL: call @reduce_
// KERNEL: call @map_
func.func @columns(%x: tensor<64x100xf32>) -> tensor<64x100xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<100xf32>
  %e1 = tensor.empty() : tensor<64x100xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<100xf32>) -> tensor<100xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(j, i) -> (i, j)>, affine_map<(j, i) -> (j)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<64x100xf32>) outs(%f0 : tensor<100xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<100xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<64x100xf32>, tensor<100xf32>) outs(%e1 : tensor<64x100xf32>) {
  ^bb0(%in: f32, %sum: f32, %out: f32):
    %0 = arith.divf %in, %sum : f32
    linalg.yield %0 : f32
  } -> tensor<64x100xf32>
  return %y : tensor<64x100xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// What somebody else reads must be in memory: it is no part of the group.
// CHECK-LABEL: func @shared
// CHECK: math.exp
// CHECK: coil.group = 0 : i64, coil.rows = array<i64: 0>
// CHECK: arith.addf
// CHECK: coil.group = 0 : i64, coil.rows = array<i64: 0>
// CHECK: arith.divf
// CHECK-NOT: coil.rows
func.func @shared(%x: tensor<64x100xf32>) -> (tensor<64x100xf32>, tensor<64x100xf32>) {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<64xf32>
  %e1 = tensor.empty() : tensor<64x100xf32>
  %e2 = tensor.empty() : tensor<64x100xf32>
  %p = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x100xf32>) outs(%e2 : tensor<64x100xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  } -> tensor<64x100xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<64xf32>) -> tensor<64xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%p : tensor<64x100xf32>) outs(%f0 : tensor<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %m : tensor<64x100xf32>, tensor<64xf32>) outs(%e1 : tensor<64x100xf32>) {
  ^bb0(%in: f32, %sum: f32, %out: f32):
    %0 = arith.divf %in, %sum : f32
    linalg.yield %0 : f32
  } -> tensor<64x100xf32>
  return %y, %p : tensor<64x100xf32>, tensor<64x100xf32>
}
