// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-integer-sums,canonicalize))' | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#none = affine_map<(d0, d1) -> ()>
#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#y = affine_map<(m, n, k) -> (m, n)>

// Over reals: the sum is over the bytes; zero point and scales come after it.
// CHECK-LABEL: func @reals
// CHECK-SAME: (%[[Q:.*]]: tensor<4x8xi8>, %[[INIT:.*]]: tensor
// CHECK-DAG: %[[W:.*]] = arith.constant dense_resource<w>
// CHECK-DAG: %[[ZX:.*]] = arith.constant dense<3> : tensor<i8>
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[Q]], %[[W]] : tensor<4x8xi8>, tensor<8x5xi8>)
// CHECK:   %[[L:.*]] = arith.extui
// CHECK:   %[[R:.*]] = arith.extsi
// CHECK:   arith.muli %[[L]], %[[R]] : i32
// CHECK: %[[COLUMNS:.*]] = linalg.generic {{.*}}"reduction", "parallel"]} ins(%[[W]] :
// CHECK: %[[ZERO:.*]] = linalg.generic {{.*}} ins(%[[COLUMNS]], %[[ZX]] : tensor<5xi32>, tensor<i8>)
// CHECK: linalg.generic {{.*}} ins(%[[SUM]], %[[ZERO]], %{{.*}} : tensor<4x5xi32>, tensor<5xi32>, tensor<f32>)
// CHECK:   arith.subi
// CHECK:   arith.sitofp
// CHECK:   arith.mulf
func.func @reals(%q: tensor<4x8xi8>, %init: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %p = arith.constant dense_resource<w> : tensor<8x5xi8>
  %sx = arith.constant dense<0.5> : tensor<f32>
  %zx = arith.constant dense<3> : tensor<i8>
  %sw = arith.constant dense<0.25> : tensor<f32>
  %zero = arith.constant 0.0 : f32
  %ex = tensor.empty() : tensor<4x8xf32>
  %ew = tensor.empty() : tensor<8x5xf32>
  %x = linalg.generic {indexing_maps = [#id, #none, #none, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q, %sx, %zx : tensor<4x8xi8>, tensor<f32>, tensor<i8>) outs(%ex : tensor<4x8xf32>) {
  ^bb0(%in: i8, %s: f32, %z: i8, %out: f32):
    %0 = arith.extui %in : i8 to i32
    %1 = arith.extui %z : i8 to i32
    %2 = arith.subi %0, %1 : i32
    %3 = arith.sitofp %2 : i32 to f32
    %4 = arith.mulf %3, %s : f32
    linalg.yield %4 : f32
  } -> tensor<4x8xf32>
  %w = linalg.generic {indexing_maps = [#id, #none, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %sw : tensor<8x5xi8>, tensor<f32>) outs(%ew : tensor<8x5xf32>) {
  ^bb0(%in: i8, %s: f32, %out: f32):
    %0 = arith.extsi %in : i8 to i32
    %1 = arith.sitofp %0 : i32 to f32
    %2 = arith.mulf %1, %s : f32
    linalg.yield %2 : f32
  } -> tensor<8x5xf32>
  %f = linalg.fill ins(%zero : f32) outs(%init : tensor<4x5xf32>) -> tensor<4x5xf32>
  %y = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<4x8xf32>, tensor<8x5xf32>) outs(%f : tensor<4x5xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x5xf32>
  return %y : tensor<4x5xf32>
}

{-#
  dialect_resources: { builtin: { w: "0x0100000001020304050607080102030405060708010203040506070801020304050607080102030405060708" } }
#-}

// -----

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#y = affine_map<(m, n, k) -> (m, n)>
#none = affine_map<(m, n, k) -> ()>

// Where the machine multiplies signed bytes, the highest bits of unsigned ones
// are turned: those of x by an op, those of its zero point, 131, at once.
module attributes {coil.target = {dot_product = "s8s8"}} {
  // CHECK-LABEL: func @integers
  // CHECK-SAME: (%[[Q:.*]]: tensor<4x8xi8>, %{{.*}}: tensor<4x5xi32>)
  // CHECK-DAG: %[[ZX:.*]] = arith.constant dense<3> : tensor<i8>
  // CHECK: %[[X:.*]] = linalg.generic {{.*}} ins(%[[Q]] :
  // CHECK:   arith.xori
  // CHECK: linalg.generic {{.*}}"reduction"]} ins(%[[X]], %{{.*}} : tensor<4x8xi8>, tensor<8x5xi8>)
  // CHECK-NOT: arith.extui
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[ZX]] : tensor<5xi32>, tensor<i8>)
  // CHECK-NOT: arith.extui
  // CHECK: return
  func.func @integers(%q: tensor<4x8xi8>, %init: tensor<4x5xi32>) -> tensor<4x5xi32> {
    %p = arith.constant dense_resource<w> : tensor<8x5xi8>
    %zx = arith.constant dense<131> : tensor<i8>
    %zero = arith.constant 0 : i32
    %f = linalg.fill ins(%zero : i32) outs(%init : tensor<4x5xi32>) -> tensor<4x5xi32>
    %y = linalg.generic {indexing_maps = [#x, #w, #none, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%q, %p, %zx : tensor<4x8xi8>, tensor<8x5xi8>, tensor<i8>) outs(%f : tensor<4x5xi32>) {
    ^bb0(%a: i8, %b: i8, %z: i8, %out: i32):
      %0 = arith.extui %a : i8 to i32
      %1 = arith.extui %z : i8 to i32
      %2 = arith.subi %0, %1 : i32
      %3 = arith.extsi %b : i8 to i32
      %4 = arith.muli %2, %3 : i32
      %5 = arith.addi %out, %4 : i32
      linalg.yield %5 : i32
    } -> tensor<4x5xi32>
    return %y : tensor<4x5xi32>
  }

  // What a run brings as a weight stays as it is.
  // CHECK-LABEL: func @variable
  // CHECK: linalg.generic
  // CHECK:   arith.subi
  // CHECK-NOT: linalg.generic
  // CHECK: return
  func.func @variable(%q: tensor<4x8xi8>, %p: tensor<8x5xi8>, %zx: tensor<i8>, %init: tensor<4x5xi32>) -> tensor<4x5xi32> {
    %zero = arith.constant 0 : i32
    %f = linalg.fill ins(%zero : i32) outs(%init : tensor<4x5xi32>) -> tensor<4x5xi32>
    %y = linalg.generic {indexing_maps = [#x, #w, #none, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%q, %p, %zx : tensor<4x8xi8>, tensor<8x5xi8>, tensor<i8>) outs(%f : tensor<4x5xi32>) {
    ^bb0(%a: i8, %b: i8, %z: i8, %out: i32):
      %0 = arith.extui %a : i8 to i32
      %1 = arith.extui %z : i8 to i32
      %2 = arith.subi %0, %1 : i32
      %3 = arith.extsi %b : i8 to i32
      %4 = arith.muli %2, %3 : i32
      %5 = arith.addi %out, %4 : i32
      linalg.yield %5 : i32
    } -> tensor<4x5xi32>
    return %y : tensor<4x5xi32>
  }
}

{-#
  dialect_resources: { builtin: { w: "0x0100000001020304050607080102030405060708010203040506070801020304050607080102030405060708" } }
#-}
