// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-fuse-elementwise),canonicalize)' | FileCheck %s
// What stays apart says why.
// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-fuse-elementwise))' --remarks-filter=structure --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=WHY

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>

// A chain is one op, the broadcast operand included.
// CHECK-LABEL: func @chain
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xf32>, %[[B:.*]]: tensor<8xf32>)
func.func @chain(%x: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  // CHECK: %[[Y:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[B]] :
  // CHECK: arith.addf
  // CHECK-NEXT: math.exp
  // CHECK-NOT: linalg.generic
  // CHECK: return %[[Y]]
  %0 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %b : tensor<4x8xf32>, tensor<8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %in_b: f32, %out: f32):
    %1 = arith.addf %in, %in_b : f32
    linalg.yield %1 : f32
  } -> tensor<4x8xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %3 = math.exp %in : f32
    linalg.yield %3 : f32
  } -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// What two consumers read is computed once.
// CHECK-LABEL: func @shared
// WHY: FuseElementwise {{.*}}: others read it too
// CHECK-COUNT-1: math.exp
// CHECK: linalg.generic
// CHECK: linalg.generic
// CHECK-NOT: math.exp
// CHECK: return
func.func @shared(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = math.exp %in : f32
    linalg.yield %1 : f32
  } -> tensor<4x8xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %3 = arith.negf %in : f32
    linalg.yield %3 : f32
  } -> tensor<4x8xf32>
  %4 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %5 = math.absf %in : f32
    linalg.yield %5 : f32
  } -> tensor<4x8xf32>
  return %2, %4 : tensor<4x8xf32>, tensor<4x8xf32>
}

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

// Not even a sum goes in, which is cheap elsewhere: each product would have one.
// CHECK-LABEL: func @scaled
// WHY: FuseElementwise {{.*}}: it would be computed again for each tile of the product
// CHECK: linalg.generic
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: return
func.func @scaled(%x: tensor<4x8xf32>, %g: tensor<8xf32>, %w: tensor<8x16xf32>, %y: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<4x8xf32>, tensor<8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %s: f32, %out: f32):
    %1 = arith.addf %in, %s : f32
    linalg.yield %1 : f32
  } -> tensor<4x8xf32>
  %3 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%0, %w : tensor<4x8xf32>, tensor<8x16xf32>) outs(%y : tensor<4x16xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %4 = arith.mulf %l, %r : f32
    %5 = arith.addf %out, %4 : f32
    linalg.yield %5 : f32
  } -> tensor<4x16xf32>
  return %3 : tensor<4x16xf32>
}

// A contraction reads its operand once a column: a costly producer stays outside.
// CHECK-LABEL: func @contraction
// WHY: FuseElementwise {{.*}}: an element is read more than once, and would be computed each time
// CHECK: linalg.generic
// CHECK: math.exp
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK-NOT: math.exp
// CHECK: return
func.func @contraction(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>, %y: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = math.exp %in : f32
    linalg.yield %1 : f32
  } -> tensor<4x8xf32>
  %3 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%0, %w : tensor<4x8xf32>, tensor<8x16xf32>) outs(%y : tensor<4x16xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %4 = arith.mulf %l, %r : f32
    %5 = arith.addf %out, %4 : f32
    linalg.yield %5 : f32
  } -> tensor<4x16xf32>
  return %3 : tensor<4x16xf32>
}

// So does one whose result is broadcast, here a gate for each row.
// CHECK-LABEL: func @broadcast
// CHECK: linalg.generic
// CHECK: math.exp
// CHECK: linalg.generic
// CHECK-NOT: math.exp
// CHECK: return
func.func @broadcast(%g: tensor<4x1xf32>, %x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x1xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%g : tensor<4x1xf32>) outs(%e : tensor<4x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = math.exp %in : f32
    linalg.yield %1 : f32
  } -> tensor<4x1xf32>
  %y = tensor.empty() : tensor<4x8xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, 0)>, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %x : tensor<4x1xf32>, tensor<4x8xf32>) outs(%y : tensor<4x8xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %3 = arith.mulf %l, %r : f32
    linalg.yield %3 : f32
  } -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// A conversion goes in all the same: less memory is read.
// CHECK-LABEL: func @converted
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xi8>, %[[W:.*]]: tensor<8x16xf32>
// CHECK: linalg.generic {{.*}} ins(%[[X]], %[[W]] :
// CHECK: arith.sitofp
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @converted(%x: tensor<4x8xi8>, %w: tensor<8x16xf32>, %y: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x8xi8>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: i8, %out: f32):
    %1 = arith.sitofp %in : i8 to f32
    linalg.yield %1 : f32
  } -> tensor<4x8xf32>
  %3 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%0, %w : tensor<4x8xf32>, tensor<8x16xf32>) outs(%y : tensor<4x16xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %4 = arith.mulf %l, %r : f32
    %5 = arith.addf %out, %4 : f32
    linalg.yield %5 : f32
  } -> tensor<4x16xf32>
  return %3 : tensor<4x16xf32>
}

// A reduction over all that it reads takes its producer in: nothing is computed twice.
// CHECK-LABEL: func @reduction
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: math.exp
// CHECK-NEXT: arith.addf
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @reduction(%x: tensor<4x8xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = arith.negf %in : f32
    %2 = math.exp %1 : f32
    linalg.yield %2 : f32
  } -> tensor<4x8xf32>
  %3 = linalg.generic {indexing_maps = [#id, affine_map<(m, k) -> (m)>], iterator_types = ["parallel", "reduction"]}
      ins(%0 : tensor<4x8xf32>) outs(%y : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %4 = arith.addf %in, %out : f32
    linalg.yield %4 : f32
  } -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

#from = affine_map<(n, h, w, c) -> (n, c, h, w)>
#to = affine_map<(n, h, w, c) -> (n, h, w, c)>
#dx = affine_map<(n, h, w, c, i, j) -> (n, h * 2 + i, w * 2 + j, c)>
#dk = affine_map<(n, h, w, c, i, j) -> (c, i, j)>
#dy = affine_map<(n, h, w, c, i, j) -> (n, h, w, c)>

// What the channels of a window read side by side is transposed before, and not while it is read.
// CHECK-LABEL: func @window
// WHY: FuseElementwise {{.*}}: what lanes read would be far apart
// CHECK-SAME: (%[[X:.*]]: tensor<1x16x30x30xf32>
// CHECK: %[[T:.*]] = linalg.generic {{.*}} ins(%[[X]] :
// CHECK: linalg.generic {{.*}} ins(%[[T]],
func.func @window(%x: tensor<1x16x30x30xf32>, %k: tensor<16x3x3xf32>, %y: tensor<1x14x14x16xf32>) -> tensor<1x14x14x16xf32> {
  %e = tensor.empty() : tensor<1x30x30x16xf32>
  %t = linalg.generic {indexing_maps = [#from, #to], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x : tensor<1x16x30x30xf32>) outs(%e : tensor<1x30x30x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x30x30x16xf32>
  %r = linalg.generic {indexing_maps = [#dx, #dk, #dy], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%t, %k : tensor<1x30x30x16xf32>, tensor<16x3x3xf32>) outs(%y : tensor<1x14x14x16xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x14x14x16xf32>
  return %r : tensor<1x14x14x16xf32>
}

#sum = affine_map<(i, j, k) -> (i, j, k)>
#summed = affine_map<(i, j, k) -> (i, j)>
#ij = affine_map<(i, j) -> (i, j)>
#ji = affine_map<(i, j) -> (j, i)>

// Indices have a width too: as wide as what they become, they are converted while they are transposed.
// CHECK-LABEL: func @indices
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: linalg.generic
// CHECK: arith.index_cast
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @indices(%x: tensor<4x8x3xindex>, %z: tensor<4x8xindex>, %e: tensor<4x8xi64>, %y: tensor<8x4xi64>) -> tensor<8x4xi64> {
  %s = linalg.generic {indexing_maps = [#sum, #summed], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<4x8x3xindex>) outs(%z : tensor<4x8xindex>) {
  ^bb0(%in: index, %out: index):
    %0 = arith.addi %in, %out : index
    linalg.yield %0 : index
  } -> tensor<4x8xindex>
  %c = linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<4x8xindex>) outs(%e : tensor<4x8xi64>) {
  ^bb0(%in: index, %out: i64):
    %0 = arith.index_cast %in : index to i64
    linalg.yield %0 : i64
  } -> tensor<4x8xi64>
  %t = linalg.generic {indexing_maps = [#ji, #ij], iterator_types = ["parallel", "parallel"]}
      ins(%c : tensor<4x8xi64>) outs(%y : tensor<8x4xi64>) {
  ^bb0(%in: i64, %out: i64):
    linalg.yield %in : i64
  } -> tensor<8x4xi64>
  return %t : tensor<8x4xi64>
}
