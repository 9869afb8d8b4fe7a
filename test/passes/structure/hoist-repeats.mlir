// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-hoist-repeats))' | FileCheck %s

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>

// Queries are repeated and not scores, and the mask over rows and keys alone; both are read by maps.
// CHECK-DAG: #[[QUERIES:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[KEYS:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[MASK:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-LABEL: func @rows
// CHECK-SAME: %[[Q:.*]]: tensor<2x?x8xf32>, %[[K:.*]]: tensor<2x?x8xf32>, %[[M:.*]]: tensor<?x?xf32>, %[[R:.*]]: index, %{{.*}}: index, %[[T:.*]]: index, %[[S_IS_ONE:.*]]: i1, %[[M_IS_ONE:.*]]: i1
// CHECK-NOT: ins(%[[Q]], %[[K]] :
// CHECK: tensor.empty(%[[R]]) : tensor<2x?x8xf32>
// CHECK: %[[Q2:.*]] = linalg.generic
// CHECK: arith.select %[[S_IS_ONE]]
// CHECK: tensor.extract %[[Q]]
// CHECK: tensor.empty(%[[R]], %[[T]]) : tensor<2x?x?xf32>
// CHECK: %[[P:.*]] = linalg.generic {indexing_maps = [#[[QUERIES]], #[[KEYS]], {{.*}} ins(%[[Q2]], %[[K]] :
// CHECK: tensor.empty(%[[R]], %[[T]]) : tensor<?x?xf32>
// CHECK: %[[M2:.*]] = linalg.generic
// CHECK: arith.select %[[M_IS_ONE]]
// CHECK: tensor.extract %[[M]]
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[MASK]], #[[ID]]], {{.*}} ins(%[[P]], %[[M2]] :
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %{{.*}}: f32)
// CHECK-NEXT: arith.addf %[[A]], %[[B]]
func.func @rows(%q: tensor<2x?x8xf32>, %k: tensor<2x?x8xf32>, %mask: tensor<?x?xf32>, %r: index, %s: index, %t: index, %s_is_one: i1, %m_is_one: i1) -> tensor<2x?xf32> {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %c0 = arith.constant 0 : index
  %e0 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e1 = tensor.empty(%r, %t) : tensor<2x?x?xf32>
  %e2 = tensor.empty(%r) : tensor<2x?xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %p = linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x?x8xf32>, tensor<2x?x8xf32>) outs(%f0 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x?xf32>
  %x = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel", "parallel"]} outs(%e1 : tensor<2x?x?xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %l = linalg.index 2 : index
    %js = arith.select %s_is_one, %c0, %j : index
    %a = tensor.extract %p[%i, %js, %l] : tensor<2x?x?xf32>
    %jm = arith.select %m_is_one, %c0, %j : index
    %b = tensor.extract %mask[%jm, %l] : tensor<?x?xf32>
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
  return %m : tensor<2x?xf32>
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>

// Who else reads the scores needs them as they are.
// CHECK-LABEL: func @others
// CHECK: %[[P:.*]] = linalg.generic {{.*}} ins(
// CHECK: linalg.generic
// CHECK: tensor.extract %[[P]]
func.func @others(%q: tensor<2x?x8xf32>, %k: tensor<2x?x8xf32>, %r: index, %s: index, %t: index, %s_is_one: i1) -> (tensor<2x?xf32>, tensor<2x?x?xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %c0 = arith.constant 0 : index
  %e0 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e1 = tensor.empty(%r, %t) : tensor<2x?x?xf32>
  %e2 = tensor.empty(%r) : tensor<2x?xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %p = linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x?x8xf32>, tensor<2x?x8xf32>) outs(%f0 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x?xf32>
  %x = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel", "parallel"]} outs(%e1 : tensor<2x?x?xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %l = linalg.index 2 : index
    %js = arith.select %s_is_one, %c0, %j : index
    %a = tensor.extract %p[%i, %js, %l] : tensor<2x?x?xf32>
    linalg.yield %a : f32
  } -> tensor<2x?x?xf32>
  %f2 = linalg.fill ins(%least : f32) outs(%e2 : tensor<2x?xf32>) -> tensor<2x?xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x?x?xf32>) outs(%f2 : tensor<2x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.maximumf %out, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x?xf32>
  return %m, %p : tensor<2x?xf32>, tensor<2x?x?xf32>
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>

// A sum along the heads of a mask needs to know how many these are.
// CHECK-LABEL: func @summed
// CHECK: %[[W:.*]] = linalg.generic {{.*}}"parallel", "parallel", "parallel"]} outs(%{{.*}} : tensor<2x?x?xf32>) {
// CHECK: tensor.extract
// CHECK: linalg.generic {{.*}} ins(%[[W]] : tensor<2x?x?xf32>) outs(%{{.*}} : tensor<?x?xf32>)
func.func @summed(%q: tensor<2x?x8xf32>, %k: tensor<2x?x8xf32>, %mask: tensor<?x?xf32>, %s: index, %t: index, %one: i1, %sums: tensor<?x?xf32>) -> (tensor<2x?xf32>, tensor<?x?xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %c0 = arith.constant 0 : index
  %e0 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e2 = tensor.empty(%s) : tensor<2x?xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %p = linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x?x8xf32>, tensor<2x?x8xf32>) outs(%f0 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x?xf32>
  %w = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel", "parallel"]} outs(%e0 : tensor<2x?x?xf32>) {
  ^bb0(%out: f32):
    %j = linalg.index 1 : index
    %l = linalg.index 2 : index
    %js = arith.select %one, %c0, %j : index
    %a = tensor.extract %mask[%js, %l] : tensor<?x?xf32>
    linalg.yield %a : f32
  } -> tensor<2x?x?xf32>
  %x = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%p, %w : tensor<2x?x?xf32>, tensor<2x?x?xf32>) outs(%e0 : tensor<2x?x?xf32>) {
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
  %n = linalg.generic {indexing_maps = [affine_map<(t, h, s) -> (h, s, t)>, affine_map<(t, h, s) -> (t, s)>], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%w : tensor<2x?x?xf32>) outs(%sums : tensor<?x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.maximumf %out, %a : f32
    linalg.yield %0 : f32
  } -> tensor<?x?xf32>
  return %m, %n : tensor<2x?xf32>, tensor<?x?xf32>
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>

// A batch of one is read at its only place.
// CHECK-LABEL: func @unit
// CHECK-SAME: %[[Q:.*]]: tensor<1x?x8xf32>, %[[K:.*]]: tensor<1x?x8xf32>, %[[M:.*]]: tensor<?x?xf32>, {{.*}}: i1, %[[M_IS_ONE:.*]]: i1
// CHECK: %[[Q2:.*]] = linalg.generic
// CHECK: tensor.extract %[[Q]]
// CHECK: %[[P:.*]] = linalg.generic {{.*}} ins(%[[Q2]], %[[K]] :
// CHECK: %[[M2:.*]] = linalg.generic
// CHECK: tensor.extract %[[M]]
// CHECK: linalg.generic {{.*}} ins(%[[P]], %[[M2]] :
func.func @unit(%q: tensor<1x?x8xf32>, %k: tensor<1x?x8xf32>, %mask: tensor<?x?xf32>, %r: index, %s: index, %t: index, %s_is_one: i1, %m_is_one: i1) -> tensor<1x?xf32> {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %c0 = arith.constant 0 : index
  %e0 = tensor.empty(%s, %t) : tensor<1x?x?xf32>
  %e1 = tensor.empty(%r, %t) : tensor<1x?x?xf32>
  %e2 = tensor.empty(%r) : tensor<1x?xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<1x?x?xf32>) -> tensor<1x?x?xf32>
  %p = linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<1x?x8xf32>, tensor<1x?x8xf32>) outs(%f0 : tensor<1x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x?x?xf32>
  %x = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel", "parallel"]} outs(%e1 : tensor<1x?x?xf32>) {
  ^bb0(%out: f32):
    %j = linalg.index 1 : index
    %l = linalg.index 2 : index
    %js = arith.select %s_is_one, %c0, %j : index
    %a = tensor.extract %p[%c0, %js, %l] : tensor<1x?x?xf32>
    %jm = arith.select %m_is_one, %c0, %j : index
    %b = tensor.extract %mask[%jm, %l] : tensor<?x?xf32>
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<1x?x?xf32>
  %f2 = linalg.fill ins(%least : f32) outs(%e2 : tensor<1x?xf32>) -> tensor<1x?xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<1x?x?xf32>) outs(%f2 : tensor<1x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.maximumf %out, %a : f32
    linalg.yield %0 : f32
  } -> tensor<1x?xf32>
  return %m : tensor<1x?xf32>
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>

// What is chosen by a place is not the same for all rows.
// CHECK-LABEL: func @places
// CHECK: %[[LOWER:.*]] = linalg.generic {{.*}} ins(%{{[^ ]*}} : tensor<2x?x?xf32>)
// CHECK: arith.cmpi sle
// CHECK: tensor.extract %[[LOWER]]
func.func @places(%q: tensor<2x?x8xf32>, %k: tensor<2x?x8xf32>, %mask: tensor<?x?xf32>, %r: index, %s: index, %t: index, %s_is_one: i1, %m_is_one: i1) -> tensor<2x?xf32> {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %c0 = arith.constant 0 : index
  %e0 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e1 = tensor.empty(%r, %t) : tensor<2x?x?xf32>
  %e2 = tensor.empty(%r) : tensor<2x?xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %p = linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x?x8xf32>, tensor<2x?x8xf32>) outs(%f0 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x?x?xf32>
  %lower = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%p : tensor<2x?x?xf32>) outs(%e0 : tensor<2x?x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %j = linalg.index 1 : index
    %l = linalg.index 2 : index
    %c = arith.cmpi sle, %l, %j : index
    %0 = arith.select %c, %a, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<2x?x?xf32>
  %x = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel", "parallel"]} outs(%e1 : tensor<2x?x?xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %l = linalg.index 2 : index
    %js = arith.select %s_is_one, %c0, %j : index
    %a = tensor.extract %lower[%i, %js, %l] : tensor<2x?x?xf32>
    %jm = arith.select %m_is_one, %c0, %j : index
    %b = tensor.extract %mask[%jm, %l] : tensor<?x?xf32>
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
  return %m : tensor<2x?xf32>
}
