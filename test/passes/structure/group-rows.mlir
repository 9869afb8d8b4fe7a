// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-group-rows))' | FileCheck %s
// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-group-rows),structure-outline-kernels)' | FileCheck %s --check-prefix=KERNEL
// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-group-rows))' --remarks-filter=structure --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=WHY

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// The greatest of a row, the powers, their sum, the shares: one group, whose rows
// are the first loop of each, and one kernel. The powers are as long as only a run
// knows, but may lie where the shares will.
// WHY: remark:{{.*}}go row by row, as one kernel{{.*}}ops=4
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

// Sums of columns: these are the rows, and a block of some is in pieces. Each op has
// them along a loop of its own.
// CHECK-LABEL: func @columns
// CHECK: coil.group = 0 : i64, coil.rows = array<i64: 0>
// CHECK: arith.addf
// CHECK: coil.group = 0 : i64, coil.rows = array<i64: 1>
// CHECK: arith.divf
// WHY: remark:{{.*}}go row by row, as one kernel{{.*}}ops=2
// KERNEL-LABEL: func @columns
// KERNEL: call @rows_
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

// Blocks of columns would not stay in the first cache.
// CHECK-LABEL: func @tall_columns
// CHECK-NOT: coil.rows
// CHECK: return
// WHY: ops stay kernels of their own: a row of what they read is in pieces, or too long for the stack
// KERNEL-LABEL: func @tall_columns
// KERNEL: call @reduce_
// KERNEL: call @map_
func.func @tall_columns(%x: tensor<640x100xf32>) -> tensor<640x100xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<100xf32>
  %e1 = tensor.empty() : tensor<640x100xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<100xf32>) -> tensor<100xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(j, i) -> (i, j)>, affine_map<(j, i) -> (j)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<640x100xf32>) outs(%f0 : tensor<100xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<100xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<640x100xf32>, tensor<100xf32>) outs(%e1 : tensor<640x100xf32>) {
  ^bb0(%in: f32, %sum: f32, %out: f32):
    %0 = arith.divf %in, %sum : f32
    linalg.yield %0 : f32
  } -> tensor<640x100xf32>
  return %y : tensor<640x100xf32>
}

// -----

// What is written has another order than what is read: lanes cannot go along the
// same row in both.
// CHECK-LABEL: func @turned_columns
// CHECK-NOT: coil.rows
// CHECK: return
func.func @turned_columns(%x: tensor<64x100xf32>) -> tensor<100x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<100xf32>
  %e1 = tensor.empty() : tensor<100x64xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<100xf32>) -> tensor<100xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(j, i) -> (i, j)>, affine_map<(j, i) -> (j)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<64x100xf32>) outs(%f0 : tensor<100xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<100xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(j, i) -> (i, j)>, affine_map<(j, i) -> (j)>, affine_map<(j, i) -> (j, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<64x100xf32>, tensor<100xf32>) outs(%e1 : tensor<100x64xf32>) {
  ^bb0(%in: f32, %sum: f32, %out: f32):
    %0 = arith.divf %in, %sum : f32
    linalg.yield %0 : f32
  } -> tensor<100x64xf32>
  return %y : tensor<100x64xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// What somebody else reads as well is a result of the kernel, too: it is in memory,
// and near when the rest of the row is done.
// CHECK-LABEL: func @shared
// CHECK: coil.group = 0 : i64, coil.rows = array<i64: 0>
// CHECK: math.exp
// CHECK: coil.group = 0 : i64, coil.rows = array<i64: 0>
// CHECK: arith.addf
// CHECK: coil.group = 0 : i64, coil.rows = array<i64: 0>
// CHECK: arith.divf
// CHECK-NOT: coil.rows
// CHECK: %[[P:.*]] = tensor.collapse_shape
// CHECK: return %{{.*}}, %[[P]]
// KERNEL-LABEL: func @shared
// KERNEL: %[[BOTH:.*]]:2 = call @[[ROWS:rows_[0-9]+]](%{{.*}}, %[[E2:.*]], %[[E1:.*]]) : (tensor<64x100xf32>, tensor<64x100xf32>, tensor<64x100xf32>) -> (tensor<64x100xf32>, tensor<64x100xf32>)
// KERNEL: %[[FLAT:.*]] = tensor.collapse_shape %[[BOTH]]#0
// KERNEL: return %[[BOTH]]#1, %[[FLAT]]
// KERNEL: func private @[[ROWS]](%{{.*}}, %[[D0:[^:]*]]: tensor<64x100xf32> {{.*}}, %[[D1:[^:]*]]: tensor<64x100xf32>
// KERNEL: %[[POWERS:.*]] = linalg.generic {{.*}} outs(%[[D0]]
// KERNEL: %[[SHARES:.*]] = linalg.generic {{.*}} outs(%[[D1]]
// KERNEL: return %[[POWERS]], %[[SHARES]]
func.func @shared(%x: tensor<64x100xf32>) -> (tensor<64x100xf32>, tensor<6400xf32>) {
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
  %flat = tensor.collapse_shape %p [[0, 1]] : tensor<64x100xf32> into tensor<6400xf32>
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
  return %y, %flat : tensor<64x100xf32>, tensor<6400xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// Somebody reads the powers before the last op: where the kernel is, he would be
// too early. Nor is a part of a concatenation taken, which is made in its place.
// WHY: ops stay kernels of their own: what they read is read elsewhere before
// WHY: ops stay kernels of their own: what they read is made in its place in a concatenation
// CHECK-LABEL: func @too_early
// CHECK-NOT: coil.rows
// CHECK: math.exp
// CHECK: coil.group = 0
// CHECK: coil.group = 0
// CHECK-LABEL: func @part
// CHECK-NOT: coil.rows
// CHECK: math.exp
// CHECK: coil.group = 0
// CHECK: coil.group = 0
func.func @too_early(%x: tensor<64x100xf32>, %i: index, %j: index) -> (tensor<64x100xf32>, f32) {
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
  %one = tensor.extract %p[%i, %j] : tensor<64x100xf32>
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
  return %y, %one : tensor<64x100xf32>, f32
}
func.func @part(%x: tensor<64x100xf32>, %whole: tensor<128x100xf32>) -> (tensor<64x100xf32>, tensor<128x100xf32>) {
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
  %z = tensor.insert_slice %p into %whole[0, 0] [64, 100] [1, 1] : tensor<64x100xf32> into tensor<128x100xf32>
  return %y, %z : tensor<64x100xf32>, tensor<128x100xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// On two cores one row, of which a core could do half, is no loop that they share.
// WHY: ops stay kernels of their own: rows are long, and too few for all threads
// CHECK-LABEL: func @one_row
// CHECK-NOT: coil.rows
// CHECK: return
module attributes {coil.target = {cores = 2}} {
func.func @one_row(%x: tensor<1x40000xf32>) -> tensor<1x40000xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<1xf32>
  %e1 = tensor.empty() : tensor<1x40000xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<1xf32>) -> tensor<1xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<1x40000xf32>) outs(%f0 : tensor<1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<1xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<1x40000xf32>, tensor<1xf32>) outs(%e1 : tensor<1x40000xf32>) {
  ^bb0(%in: f32, %sum: f32, %out: f32):
    %0 = arith.divf %in, %sum : f32
    linalg.yield %0 : f32
  } -> tensor<1x40000xf32>
  return %y : tensor<1x40000xf32>
}
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// Where the greatest of a row is: an op may ask for the number of an element, but
// not of its row, which on a view of some is another.
// CHECK-LABEL: func @place
// CHECK: coil.group = 0 : i64, coil.rows = array<i64: 0>
// CHECK: arith.maximumf
// CHECK: coil.group = 0 : i64, coil.rows = array<i64: 0>
// CHECK: linalg.index 1
// CHECK-LABEL: func @number_of_row
// CHECK-NOT: coil.rows
// CHECK: linalg.index 0
// CHECK-NOT: coil.rows
// CHECK: return
func.func @place(%x: tensor<64x100xf32>) -> tensor<64xi32> {
  %none = arith.constant 2147483647 : i32
  %least = arith.constant 0xFF800000 : f32
  %e0 = tensor.empty() : tensor<64xf32>
  %e1 = tensor.empty() : tensor<64xi32>
  %f0 = linalg.fill ins(%least : f32) outs(%e0 : tensor<64xf32>) -> tensor<64xf32>
  %f1 = linalg.fill ins(%none : i32) outs(%e1 : tensor<64xi32>) -> tensor<64xi32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<64x100xf32>) outs(%f0 : tensor<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.maximumf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x, %m : tensor<64x100xf32>, tensor<64xf32>) outs(%f1 : tensor<64xi32>) {
  ^bb0(%in: f32, %top: f32, %out: i32):
    %j = linalg.index 1 : index
    %0 = arith.index_cast %j : index to i32
    %1 = arith.cmpf oeq, %in, %top : f32
    %2 = arith.select %1, %0, %none : i32
    %3 = arith.minsi %out, %2 : i32
    linalg.yield %3 : i32
  } -> tensor<64xi32>
  return %y : tensor<64xi32>
}
func.func @number_of_row(%x: tensor<64x100xf32>) -> tensor<64x100xi32> {
  %least = arith.constant 0xFF800000 : f32
  %e0 = tensor.empty() : tensor<64xf32>
  %e1 = tensor.empty() : tensor<64x100xi32>
  %f0 = linalg.fill ins(%least : f32) outs(%e0 : tensor<64xf32>) -> tensor<64xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<64x100xf32>) outs(%f0 : tensor<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.maximumf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<64x100xf32>, tensor<64xf32>) outs(%e1 : tensor<64x100xi32>) {
  ^bb0(%in: f32, %top: f32, %out: i32):
    %i = linalg.index 0 : index
    %0 = arith.index_cast %i : index to i32
    %1 = arith.cmpf oeq, %in, %top : f32
    %2 = arith.extui %1 : i1 to i32
    %3 = arith.addi %0, %2 : i32
    linalg.yield %3 : i32
  } -> tensor<64x100xi32>
  return %y : tensor<64x100xi32>
}
