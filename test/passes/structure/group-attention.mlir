// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-group-attention))' | FileCheck %s
// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-group-attention,structure-group-rows),structure-outline-kernels)' | FileCheck %s --check-prefix=KERNEL
// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-group-attention))' --remarks-filter=structure --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=WHY

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#mask = affine_map<(h, s, t) -> (t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>
#turned = affine_map<(s, h, e) -> (h, s, e)>
#there = affine_map<(s, h, e) -> (s, h, e)>

// All of an attention, with a mask and a transposition of its result, is one
// group and one kernel; rows of the transposition are where it has them.
// WHY: scores, softmax and the sum of values are one kernel
// CHECK-LABEL: func @attention
// CHECK: coil.attention = "products", coil.group = 0 : i64, coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>
// CHECK: coil.attention = "scores"
// CHECK: coil.attention = "greatest", coil.group = 0 : i64, coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>
// CHECK: coil.attention = "powers"
// CHECK: coil.attention = "total"
// CHECK: coil.attention = "shares"
// CHECK: coil.attention = "values", coil.group = 0 : i64, coil.keys = 3 : i64, coil.rows = array<i64: 0, 1>
// CHECK: coil.attention = "result", coil.group = 0 : i64, coil.rows = array<i64: 1, 0>
// KERNEL-LABEL: func @attention
// KERNEL-COUNT-1: call @attention_0(
// KERNEL-NOT: call
// KERNEL: return
// KERNEL: func private @attention_0(%{{.*}}: tensor<2x?x8xf32> {{.*}}, %[[K:.*]]: tensor<2x?x8xf32> {{.*}}, %{{.*}}: tensor<?xf32> {{.*}}, %{{.*}}: tensor<2x?x16xf32> {{.*}}, %[[Y:.*]]: tensor<?x2x16xf32>
// KERNEL-DAG: %[[S:.*]] = tensor.dim %[[Y]], %c0
// KERNEL-DAG: %[[T:.*]] = tensor.dim %[[K]], %c1
// KERNEL: tensor.empty(%[[S]], %[[T]]) : tensor<2x?x?xf32>
func.func @attention(%q: tensor<2x?x8xf32>, %k: tensor<2x?x8xf32>, %bias: tensor<?xf32>, %v: tensor<2x?x16xf32>, %s: index, %t: index) -> tensor<?x2x16xf32> {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %e0 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e1 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e2 = tensor.empty(%s) : tensor<2x?xf32>
  %e3 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e4 = tensor.empty(%s) : tensor<2x?xf32>
  %e5 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e6 = tensor.empty(%s) : tensor<2x?x16xf32>
  %e7 = tensor.empty(%s) : tensor<?x2x16xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %p = linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x?x8xf32>, tensor<2x?x8xf32>) outs(%f0 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x?xf32>
  %x = linalg.generic {indexing_maps = [#id, #mask, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p, %bias : tensor<2x?x?xf32>, tensor<?xf32>) outs(%e1 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<2x?x?xf32>
  %f2 = linalg.fill ins(%least : f32) outs(%e2 : tensor<2x?xf32>) -> tensor<2x?xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x?x?xf32>) outs(%f2 : tensor<2x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.maximumf %out, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x?xf32>
  %w = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : tensor<2x?x?xf32>, tensor<2x?xf32>) outs(%e3 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.subf %a, %b : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x?xf32>
  %f4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<2x?xf32>) -> tensor<2x?xf32>
  %l = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : tensor<2x?x?xf32>) outs(%f4 : tensor<2x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.addf %out, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x?xf32>
  %d = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : tensor<2x?x?xf32>, tensor<2x?xf32>) outs(%e5 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<2x?x?xf32>
  %f6 = linalg.fill ins(%zero : f32) outs(%e6 : tensor<2x?x16xf32>) -> tensor<2x?x16xf32>
  %y = linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : tensor<2x?x?xf32>, tensor<2x?x16xf32>) outs(%f6 : tensor<2x?x16xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x16xf32>
  %z = linalg.generic {indexing_maps = [#turned, #there], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y : tensor<2x?x16xf32>) outs(%e7 : tensor<?x2x16xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  } -> tensor<?x2x16xf32>
  return %z : tensor<?x2x16xf32>
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#mask = affine_map<(h, s, t) -> (t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>
#turned = affine_map<(s, h, e) -> (h, s, e)>
#there = affine_map<(s, h, e) -> (s, h, e)>

// Who returns the weights needs them in memory: the softmax is a kernel of its own.
// WHY: the softmax before it is a kernel of its own: others read its shares
// CHECK-LABEL: func @weights
// CHECK-NOT: coil.attention
// KERNEL-LABEL: func @weights
// KERNEL: call @contract
// KERNEL: call @rows
// KERNEL: call @contract
func.func @weights(%q: tensor<2x?x8xf32>, %k: tensor<2x?x8xf32>, %bias: tensor<?xf32>, %v: tensor<2x?x16xf32>, %s: index, %t: index) -> (tensor<?x2x16xf32>, tensor<2x?x?xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %e0 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e1 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e2 = tensor.empty(%s) : tensor<2x?xf32>
  %e3 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e4 = tensor.empty(%s) : tensor<2x?xf32>
  %e5 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e6 = tensor.empty(%s) : tensor<2x?x16xf32>
  %e7 = tensor.empty(%s) : tensor<?x2x16xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %p = linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x?x8xf32>, tensor<2x?x8xf32>) outs(%f0 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x?xf32>
  %x = linalg.generic {indexing_maps = [#id, #mask, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p, %bias : tensor<2x?x?xf32>, tensor<?xf32>) outs(%e1 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<2x?x?xf32>
  %f2 = linalg.fill ins(%least : f32) outs(%e2 : tensor<2x?xf32>) -> tensor<2x?xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x?x?xf32>) outs(%f2 : tensor<2x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.maximumf %out, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x?xf32>
  %w = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : tensor<2x?x?xf32>, tensor<2x?xf32>) outs(%e3 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.subf %a, %b : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x?xf32>
  %f4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<2x?xf32>) -> tensor<2x?xf32>
  %l = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : tensor<2x?x?xf32>) outs(%f4 : tensor<2x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.addf %out, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x?xf32>
  %d = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : tensor<2x?x?xf32>, tensor<2x?xf32>) outs(%e5 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<2x?x?xf32>
  %f6 = linalg.fill ins(%zero : f32) outs(%e6 : tensor<2x?x16xf32>) -> tensor<2x?x16xf32>
  %y = linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : tensor<2x?x?xf32>, tensor<2x?x16xf32>) outs(%f6 : tensor<2x?x16xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x16xf32>
  %z = linalg.generic {indexing_maps = [#turned, #there], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y : tensor<2x?x16xf32>) outs(%e7 : tensor<?x2x16xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  } -> tensor<?x2x16xf32>
  return %z, %d : tensor<?x2x16xf32>, tensor<2x?x?xf32>
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#mask = affine_map<(h, s, t) -> (t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>
#turned = affine_map<(s, h, e) -> (h, s, e)>
#there = affine_map<(s, h, e) -> (s, h, e)>

// What is rounded needs the sum of its row first: no block of keys could go before.
// WHY: the softmax before it is a kernel of its own: shares are more than powers times a number of their row
// CHECK-LABEL: func @rounded
// CHECK-NOT: coil.attention
// KERNEL-LABEL: func @rounded
// KERNEL: call @contract
// KERNEL: call @rows
// KERNEL: call @contract
func.func @rounded(%q: tensor<2x?x8xf32>, %k: tensor<2x?x8xf32>, %bias: tensor<?xf32>, %v: tensor<2x?x16xf32>, %s: index, %t: index) -> tensor<?x2x16xf32> {
  %zero = arith.constant 0.0 : f32
  %levels = arith.constant 255.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %e0 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e1 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e2 = tensor.empty(%s) : tensor<2x?xf32>
  %e3 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e4 = tensor.empty(%s) : tensor<2x?xf32>
  %e5 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e6 = tensor.empty(%s) : tensor<2x?x16xf32>
  %e7 = tensor.empty(%s) : tensor<?x2x16xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %p = linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x?x8xf32>, tensor<2x?x8xf32>) outs(%f0 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x?xf32>
  %x = linalg.generic {indexing_maps = [#id, #mask, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p, %bias : tensor<2x?x?xf32>, tensor<?xf32>) outs(%e1 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<2x?x?xf32>
  %f2 = linalg.fill ins(%least : f32) outs(%e2 : tensor<2x?xf32>) -> tensor<2x?xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x?x?xf32>) outs(%f2 : tensor<2x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.maximumf %out, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x?xf32>
  %w = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : tensor<2x?x?xf32>, tensor<2x?xf32>) outs(%e3 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.subf %a, %b : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x?xf32>
  %f4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<2x?xf32>) -> tensor<2x?xf32>
  %l = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : tensor<2x?x?xf32>) outs(%f4 : tensor<2x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.addf %out, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x?xf32>
  %d = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : tensor<2x?x?xf32>, tensor<2x?xf32>) outs(%e5 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.divf %a, %b : f32
    %1 = arith.mulf %0, %levels : f32
    %2 = math.roundeven %1 : f32
    %3 = arith.divf %2, %levels : f32
    linalg.yield %3 : f32
  } -> tensor<2x?x?xf32>
  %f6 = linalg.fill ins(%zero : f32) outs(%e6 : tensor<2x?x16xf32>) -> tensor<2x?x16xf32>
  %y = linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : tensor<2x?x?xf32>, tensor<2x?x16xf32>) outs(%f6 : tensor<2x?x16xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x16xf32>
  %z = linalg.generic {indexing_maps = [#turned, #there], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y : tensor<2x?x16xf32>) outs(%e7 : tensor<?x2x16xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  } -> tensor<?x2x16xf32>
  return %z : tensor<?x2x16xf32>
}
