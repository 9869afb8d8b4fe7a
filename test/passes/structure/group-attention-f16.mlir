// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-group-attention))' | FileCheck %s
// RUN: sed 's/return %z : tensor/return %z, %d : tensor/; s/-> tensor<?x2x16xf16> {/-> (tensor<?x2x16xf16>, tensor<2x?x?xf16>) {/; s/^  return %z, %d : .*/  return %z, %d : tensor<?x2x16xf16>, tensor<2x?x?xf16>/' %s | coil-opt -pass-pipeline='builtin.module(func.func(structure-group-attention))' | FileCheck %s --check-prefix=SHARES

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>
#rows = affine_map<(h, s) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>
#turned = affine_map<(s, h, e) -> (h, s, e)>
#there = affine_map<(s, h, e) -> (s, h, e)>

// What was stored as f16 between the ops of a group is f32: no conversions are left but those of inputs and of the result.
// CHECK-LABEL: func @attention
// CHECK: coil.attention = "products"
// CHECK-COUNT-2: arith.extf
// CHECK: coil.attention = "scores"
// CHECK-NOT: truncf
// CHECK: %[[LEAST:.*]] = arith.constant 0xFF800000 : f32
// CHECK: linalg.fill ins(%[[LEAST]] : f32) outs(%{{.*}} : tensor<2x?xf32>)
// CHECK: coil.attention = "greatest"
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %[[OUT:.*]]: f32):
// CHECK-NEXT: arith.maximumf %[[OUT]], %[[IN]] : f32
// CHECK: coil.attention = "powers"
// CHECK-NEXT: ^bb0(%[[S:.*]]: f32, %[[M:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: arith.subf %[[S]], %[[M]] : f32
// CHECK: coil.attention = "shares"
// CHECK-NOT: truncf
// CHECK: coil.attention = "values"
// CHECK-NEXT: ^bb0(%[[D:.*]]: f32, %[[V:.*]]: f16, %{{.*}}: f32):
// CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[V]] : f16 to f32
// CHECK-NEXT: arith.mulf %[[D]], %[[WIDE]] : f32
// CHECK: coil.attention = "result"
// CHECK: arith.truncf

// Who returns the shares gets them as they were.
// SHARES-LABEL: func @attention
// SHARES-NOT: coil.attention
// SHARES: arith.truncf %{{.*}} {coil.storage} : f32 to f16
func.func @attention(%q: tensor<2x?x8xf16>, %k: tensor<2x?x8xf16>, %v: tensor<2x?x16xf16>, %s: index, %t: index) -> tensor<?x2x16xf16> {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %least = arith.constant 0xFC00 : f16
  %e0 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e1 = tensor.empty(%s, %t) : tensor<2x?x?xf16>
  %e2 = tensor.empty(%s) : tensor<2x?xf16>
  %e3 = tensor.empty(%s, %t) : tensor<2x?x?xf32>
  %e4 = tensor.empty(%s) : tensor<2x?xf32>
  %e5 = tensor.empty(%s, %t) : tensor<2x?x?xf16>
  %e6 = tensor.empty(%s) : tensor<2x?x16xf32>
  %e7 = tensor.empty(%s) : tensor<?x2x16xf16>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %p = linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x?x8xf16>, tensor<2x?x8xf16>) outs(%f0 : tensor<2x?x?xf32>) {
  ^bb0(%a: f16, %b: f16, %out: f32):
    %0 = arith.extf %a : f16 to f32
    %1 = arith.extf %b : f16 to f32
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.addf %out, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<2x?x?xf32>
  %x = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p : tensor<2x?x?xf32>) outs(%e1 : tensor<2x?x?xf16>) {
  ^bb0(%a: f32, %out: f16):
    %0 = arith.mulf %a, %half : f32
    %1 = arith.truncf %0 {coil.storage} : f32 to f16
    linalg.yield %1 : f16
  } -> tensor<2x?x?xf16>
  %f2 = linalg.fill ins(%least : f16) outs(%e2 : tensor<2x?xf16>) -> tensor<2x?xf16>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x?x?xf16>) outs(%f2 : tensor<2x?xf16>) {
  ^bb0(%a: f16, %out: f16):
    %0 = arith.extf %a : f16 to f32
    %1 = arith.extf %out : f16 to f32
    %2 = arith.maximumf %1, %0 : f32
    %3 = arith.truncf %2 {coil.storage} : f32 to f16
    linalg.yield %3 : f16
  } -> tensor<2x?xf16>
  %w = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : tensor<2x?x?xf16>, tensor<2x?xf16>) outs(%e3 : tensor<2x?x?xf32>) {
  ^bb0(%a: f16, %b: f16, %out: f32):
    %0 = arith.extf %a : f16 to f32
    %1 = arith.extf %b : f16 to f32
    %2 = arith.subf %0, %1 : f32
    %3 = math.exp %2 : f32
    linalg.yield %3 : f32
  } -> tensor<2x?x?xf32>
  %f4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<2x?xf32>) -> tensor<2x?xf32>
  %l = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : tensor<2x?x?xf32>) outs(%f4 : tensor<2x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.addf %out, %a : f32
    linalg.yield %0 : f32
  } -> tensor<2x?xf32>
  %d = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : tensor<2x?x?xf32>, tensor<2x?xf32>) outs(%e5 : tensor<2x?x?xf16>) {
  ^bb0(%a: f32, %b: f32, %out: f16):
    %0 = arith.divf %a, %b : f32
    %1 = arith.truncf %0 {coil.storage} : f32 to f16
    linalg.yield %1 : f16
  } -> tensor<2x?x?xf16>
  %f6 = linalg.fill ins(%zero : f32) outs(%e6 : tensor<2x?x16xf32>) -> tensor<2x?x16xf32>
  %y = linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : tensor<2x?x?xf16>, tensor<2x?x16xf16>) outs(%f6 : tensor<2x?x16xf32>) {
  ^bb0(%a: f16, %b: f16, %out: f32):
    %0 = arith.extf %a : f16 to f32
    %1 = arith.extf %b : f16 to f32
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.addf %out, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<2x?x16xf32>
  %z = linalg.generic {indexing_maps = [#turned, #there], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y : tensor<2x?x16xf32>) outs(%e7 : tensor<?x2x16xf16>) {
  ^bb0(%a: f32, %out: f16):
    %0 = arith.truncf %a {coil.storage} : f32 to f16
    linalg.yield %0 : f16
  } -> tensor<?x2x16xf16>
  return %z : tensor<?x2x16xf16>
}
