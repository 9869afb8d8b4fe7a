// RUN: coil-opt %s -split-input-file -structure-outline-kernels | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// Equal ops are one kernel, whatever they are applied to; destinations come last.
// CHECK-LABEL: func @equal
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xf32>)
func.func @equal(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: %[[E0:.*]] = tensor.empty()
  // CHECK: %[[E1:.*]] = tensor.empty()
  // CHECK: %[[Y:.*]] = call @[[EXP:map_[0-9]+]](%[[X]], %[[E0]])
  // CHECK: %[[Z:.*]] = call @[[EXP]](%[[Y]], %[[E1]])
  // CHECK: return %[[Z]]
  %e0 = tensor.empty() : tensor<4x8xf32>
  %e1 = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x8xf32>) outs(%e0 : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = math.exp %in : f32
    linalg.yield %1 : f32
  } -> tensor<4x8xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<4x8xf32>) outs(%e1 : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %3 = math.exp %in : f32
    linalg.yield %3 : f32
  } -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// A fill goes with the op that adds to it; its value is part of the kernel, and
// so another value is another kernel.
// CHECK-LABEL: func @filled
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xf32>, %[[D:.*]]: tensor<4xf32>)
func.func @filled(%x: tensor<4x8xf32>, %d: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK-NOT: linalg.fill
  // CHECK: call @[[SUM:reduce_[0-9]+]](%[[X]], %[[D]])
  // CHECK-NOT: call @[[SUM]]
  // CHECK: call @[[SUM1:reduce_[0-9]+]](%[[X]], %[[D]])
  // CHECK: return
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %f0 = linalg.fill ins(%zero : f32) outs(%d : tensor<4xf32>) -> tensor<4xf32>
  %0 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x8xf32>) outs(%f0 : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = arith.addf %out, %in : f32
    linalg.yield %1 : f32
  } -> tensor<4xf32>
  %f1 = linalg.fill ins(%one : f32) outs(%d : tensor<4xf32>) -> tensor<4xf32>
  %2 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x8xf32>) outs(%f1 : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %3 = arith.addf %out, %in : f32
    linalg.yield %3 : f32
  } -> tensor<4xf32>
  return %0, %2 : tensor<4xf32>, tensor<4xf32>
}

// A fill that two ops read is a kernel of its own.
// CHECK-LABEL: func @shared
// CHECK: %[[F:.*]] = call @fill_{{[0-9]+}}(%{{.*}})
// CHECK: call @reduce_{{[0-9]+}}(%{{.*}}, %[[F]])
// CHECK: return %{{.*}}, %[[F]]
func.func @shared(%x: tensor<4x8xf32>, %d: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%d : tensor<4xf32>) -> tensor<4xf32>
  %0 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x8xf32>) outs(%f : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = arith.addf %out, %in : f32
    linalg.yield %1 : f32
  } -> tensor<4xf32>
  return %0, %f : tensor<4xf32>, tensor<4xf32>
}

// What a body reads from outside is an operand: a tensor, a value that only the run knows.
// CHECK-LABEL: func @captured
// CHECK-SAME: (%[[T:.*]]: tensor<8xf32>, %[[N:.*]]: index, %[[D:.*]]: tensor<4x8xf32>)
// CHECK-DAG: call @map_{{[0-9]+}}({{.*}}%[[D]]) : ({{.*}}, tensor<4x8xf32>)
func.func @captured(%t: tensor<8xf32>, %n: index, %d: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%d : tensor<4x8xf32>) {
  ^bb0(%out: f32):
    %1 = tensor.extract %t[%n] : tensor<8xf32>
    linalg.yield %1 : f32
  } -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// A slice is handed over as it lies in memory; other buffers have no gaps.
// CHECK-LABEL: func @sliced
// CHECK: call @[[SLICED:map_[0-9]+]](
func.func @sliced(%x: tensor<4x32xf32>, %d: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %s = tensor.extract_slice %x[0, 8] [4, 8] [1, 1] : tensor<4x32xf32> to tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<4x8xf32>) outs(%d : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = math.exp %in : f32
    linalg.yield %1 : f32
  } -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// What was written into a slice lies there for who reads it, too.
// CHECK-LABEL: func @framed
// CHECK: %[[Y:.*]] = call @{{map_[0-9]+}}(
// CHECK: call @[[FRAMED:map_[0-9]+]](%[[Y]], %
func.func @framed(%x: tensor<4x8xf32>, %frame: tensor<6x10xf32>, %d: tensor<4x8xf32>) -> (tensor<6x10xf32>, tensor<4x8xf32>) {
  %s = tensor.extract_slice %frame[1, 1] [4, 8] [1, 1] : tensor<6x10xf32> to tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x8xf32>) outs(%s : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %3 = math.tanh %in : f32
    linalg.yield %3 : f32
  } -> tensor<4x8xf32>
  %1 = tensor.insert_slice %0 into %frame[1, 1] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<6x10xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<4x8xf32>) outs(%d : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %3 = math.floor %in : f32
    linalg.yield %3 : f32
  } -> tensor<4x8xf32>
  return %1, %2 : tensor<6x10xf32>, tensor<4x8xf32>
}

// The kernels, in the order in which they were found: from the end.
// CHECK: func private @[[FRAMED]](%{{.*}}: tensor<4x8xf32> {bufferization.buffer_layout = strided<[?, 1], offset: ?>}, %{{.*}}: tensor<4x8xf32> {bufferization.buffer_layout = #
// CHECK: func private @[[SLICED]](%{{.*}}: tensor<4x8xf32> {bufferization.buffer_layout = strided<[?, 1], offset: ?>}
// CHECK: func private @[[SUM1]](%[[IN:.*]]: tensor<4x8xf32> {{.*}}, %[[OUT:.*]]: tensor<4xf32> {{.*}}) -> tensor<4xf32>
// CHECK:   %[[ONE:.*]] = arith.constant 1.0
// CHECK:   %[[F:.*]] = linalg.fill ins(%[[ONE]] : f32) outs(%[[OUT]] :
// CHECK:   linalg.generic {{.*}} ins(%[[IN]] : {{.*}} outs(%[[F]] :
// CHECK: func private @[[SUM]](
// CHECK:   arith.constant 0.0
// CHECK: func private @[[EXP]](%{{.*}}: tensor<4x8xf32> {bufferization.buffer_layout = #{{.*}}}, %{{.*}}: tensor<4x8xf32>
// CHECK:   math.exp
// CHECK-NOT: func private

// -----

#image = affine_map<(i, j, k) -> (i, k)>
#weight = affine_map<(i, j, k) -> (j, k)>
#sum = affine_map<(i, j, k) -> (i, j)>
#each = affine_map<(i, j) -> (i, j)>
#turned = affine_map<(i, j) -> (j, i)>

// What is done to a sum that nothing else reads is in one kernel with it; what reads it the other way round is not.
// CHECK-LABEL: func @epilogue
// CHECK: %[[R:.*]] = call @contract_[[ONE:[0-9]+]](%{{.*}}, %{{.*}}, %{{.*}})
// CHECK: %[[S:.*]] = call @contract_
// CHECK: call @map_{{[0-9]+}}(%[[S]],
// CHECK: func.func private @contract_[[ONE]]
// CHECK-DAG: tensor.empty() : tensor<4x4xf32>
// CHECK: linalg.fill
// CHECK: linalg.generic
// CHECK: linalg.generic
// CHECK: return
func.func @epilogue(%x: tensor<4x8xf32>, %w: tensor<4x8xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<4x4xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %0 = linalg.generic {indexing_maps = [#image, #weight, #sum], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<4x8xf32>, tensor<4x8xf32>) outs(%f0 : tensor<4x4xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %p = arith.mulf %l, %r : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x4xf32>
  %e1 = tensor.empty() : tensor<4x4xf32>
  %1 = linalg.generic {indexing_maps = [#each, #each], iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<4x4xf32>) outs(%e1 : tensor<4x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %n = arith.negf %in : f32
    linalg.yield %n : f32
  } -> tensor<4x4xf32>
  %e2 = tensor.empty() : tensor<4x4xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = linalg.generic {indexing_maps = [#image, #weight, #sum], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<4x8xf32>, tensor<4x8xf32>) outs(%f2 : tensor<4x4xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %p = arith.mulf %l, %r : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x4xf32>
  %e3 = tensor.empty() : tensor<4x4xf32>
  %3 = linalg.generic {indexing_maps = [#turned, #each], iterator_types = ["parallel", "parallel"]} ins(%2 : tensor<4x4xf32>) outs(%e3 : tensor<4x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %n = arith.negf %in : f32
    linalg.yield %n : f32
  } -> tensor<4x4xf32>
  return %1, %3 : tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

#x = affine_map<(m, g, n, word, quad) -> (m, g, word, quad)>
#w = affine_map<(m, g, n, word, quad) -> (n floordiv 8, g, word, n mod 8, quad)>
#t = affine_map<(m, g, n, word, quad) -> (m, g, n)>
#sums = affine_map<(m, n, g) -> (m, g, n)>
#y = affine_map<(m, n, g) -> (m, n)>

// Sums of blocks go with the sum that adds them up, and what is done to it; those
// that something else reads, too, are a kernel of their own.
// CHECK-LABEL: func @blocks
// CHECK-DAG: call @contract_[[ALL:[0-9]+]]({{.*}} -> tensor<?x16xf32>
// CHECK-DAG: call @contract_{{[0-9]+}}({{.*}} -> tensor<?x4x16xf32>
// CHECK-DAG: call @reduce_{{[0-9]+}}({{.*}} -> tensor<?x16xf32>
// CHECK: return
// CHECK: func.func private @contract_[[ALL]](%{{.*}}: tensor<?x4x4x4xf32>{{.*}}, %{{.*}}: tensor<2x4x4x8x4xi8>{{.*}}, %[[Y:.*]]: tensor<?x16xf32>
// CHECK: tensor.dim %[[Y]]
// CHECK: tensor.empty(%{{.*}}) : tensor<?x4x16xf32>
// CHECK-COUNT-2: "reduction"]
// CHECK: ["parallel", "parallel"]
// CHECK: return
func.func @blocks(%x: tensor<?x4x4x4xf32>, %w: tensor<2x4x4x8x4xi8>, %e: tensor<?x16xf32>, %t0: tensor<?x4x16xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x4x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x4x4x4xf32>
  %e0 = tensor.empty(%m) : tensor<?x4x16xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?x4x16xf32>) -> tensor<?x4x16xf32>
  %b0 = linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<?x4x4x4xf32>, tensor<2x4x4x8x4xi8>) outs(%f0 : tensor<?x4x16xf32>) {
  ^bb0(%a: f32, %q: i8, %acc: f32):
    %r = arith.uitofp %q : i8 to f32
    %p = arith.mulf %a, %r : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  } -> tensor<?x4x16xf32>
  %y0 = tensor.empty(%m) : tensor<?x16xf32>
  %g0 = linalg.fill ins(%zero : f32) outs(%y0 : tensor<?x16xf32>) -> tensor<?x16xf32>
  %s0 = linalg.generic {indexing_maps = [#sums, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%b0 : tensor<?x4x16xf32>) outs(%g0 : tensor<?x16xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %s = arith.addf %acc, %a : f32
    linalg.yield %s : f32
  } -> tensor<?x16xf32>
  %e1 = tensor.empty(%m) : tensor<?x4x16xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?x4x16xf32>) -> tensor<?x4x16xf32>
  %b1 = linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<?x4x4x4xf32>, tensor<2x4x4x8x4xi8>) outs(%f1 : tensor<?x4x16xf32>) {
  ^bb0(%a: f32, %q: i8, %acc: f32):
    %r = arith.uitofp %q : i8 to f32
    %p = arith.mulf %a, %r : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  } -> tensor<?x4x16xf32>
  %y1 = tensor.empty(%m) : tensor<?x16xf32>
  %g1 = linalg.fill ins(%zero : f32) outs(%y1 : tensor<?x16xf32>) -> tensor<?x16xf32>
  %s1 = linalg.generic {indexing_maps = [#sums, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%b1 : tensor<?x4x16xf32>) outs(%g1 : tensor<?x16xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %s = arith.addf %acc, %a : f32
    linalg.yield %s : f32
  } -> tensor<?x16xf32>
  %n = tensor.empty(%m) : tensor<?x16xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>], iterator_types = ["parallel", "parallel"]}
      ins(%s0 : tensor<?x16xf32>) outs(%n : tensor<?x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.negf %in : f32
    linalg.yield %0 : f32
  } -> tensor<?x16xf32>
  return %r, %s1, %b1 : tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x4x16xf32>
}
