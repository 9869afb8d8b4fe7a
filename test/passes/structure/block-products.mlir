// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-block-products,canonicalize))' | FileCheck %s

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#block = affine_map<(d0, d1, d2) -> (d0, d1)>
#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>

// Rows of reals, four bits, 8 as zero point: two to a byte, in panels of the tile,
// and two sums of which the outer one knows scales and zero points.
// CHECK-DAG: #[[SUMS:.*]] = affine_map<(d0, d1, d2) -> (d0, d2, d1)>
// CHECK-DAG: #[[SCALE:.*]] = affine_map<(d0, d1, d2) -> (d1 floordiv [[PANEL:[0-9]+]], d2, d1 mod [[PANEL]])>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d2 floordiv [[PANEL]], d1, d3, d2 mod [[PANEL]], d5)>
// CHECK-LABEL: func @reals
// CHECK-SAME: (%[[X:.*]]: tensor<?x64xf32>
// CHECK-DAG: %[[Q:.*]] = arith.constant dense_resource<q> : tensor<48x2x32xi8>
// CHECK: %[[XB:.*]] = tensor.expand_shape %[[X]] {{\[\[}}0], [1, 2]]
// CHECK: %[[ROWS:.*]] = linalg.generic {{.*}} ins(%[[XB]] : tensor<?x2x32xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[Q]] : tensor<48x2x32xi8>)
// CHECK:   arith.andi %{{.*}}, %c15_i8
// CHECK: linalg.generic {{.*}} ["parallel", "parallel", "parallel", "reduction", "parallel"]} ins(%{{.*}} : tensor<48x2x4x2x4xi8>)
// CHECK:   arith.shli
// CHECK:   arith.ori
// CHECK: %[[P:.*]] = linalg.pack %{{.*}} inner_dims_pos = [0, 2]
// CHECK: %[[B:.*]] = linalg.generic {indexing_maps = [#{{.*}}, #[[W]], #{{.*}}]{{.*}} ins(%{{.*}}, %[[P]] : tensor<?x2x4x2x4xf32>
// CHECK:   arith.shrui
// CHECK:   arith.andi
// CHECK:   arith.uitofp
// CHECK:   arith.mulf
// CHECK: %[[S:.*]] = linalg.pack %{{.*}} inner_dims_pos = [0]
// CHECK: linalg.generic {indexing_maps = [#[[SUMS]], #[[SCALE]], #{{.*}}]{{.*}} ins(%[[B]], %[[S]], %[[ROWS]] :
// CHECK:   arith.mulf %{{.*}}, %cst
// CHECK:   arith.subf
func.func @reals(%x: tensor<?x64xf32>, %init: tensor<?x48xf32>) -> tensor<?x48xf32> {
  %q = arith.constant dense_resource<q> : tensor<48x2x32xi8>
  %s = arith.constant dense_resource<s> : tensor<48x2xf32>
  %z = arith.constant dense<8> : tensor<i8>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<48x2x32xf32>
  %r = linalg.generic {indexing_maps = [#id, #block, affine_map<(d0, d1, d2) -> ()>, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%q, %s, %z : tensor<48x2x32xi8>, tensor<48x2xf32>, tensor<i8>) outs(%e : tensor<48x2x32xf32>) {
  ^bb0(%in: i8, %scale: f32, %p: i8, %out: f32):
    %0 = arith.trunci %in : i8 to i4
    %1 = arith.extui %0 : i4 to i32
    %2 = arith.trunci %p : i8 to i4
    %3 = arith.extui %2 : i4 to i32
    %4 = arith.subi %1, %3 : i32
    %5 = arith.sitofp %4 : i32 to f32
    %6 = arith.mulf %5, %scale : f32
    linalg.yield %6 : f32
  } -> tensor<48x2x32xf32>
  %w = tensor.collapse_shape %r [[0], [1, 2]] : tensor<48x2x32xf32> into tensor<48x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%init : tensor<?x48xf32>) -> tensor<?x48xf32>
  %y = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x64xf32>, tensor<48x64xf32>) outs(%f : tensor<?x48xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x48xf32>
  return %y : tensor<?x48xf32>
}

// -----

// Rows in bytes, in the same blocks: the inner sum is of products of bytes. The
// machine multiplies bytes with signs, so those of 8 bits get one, and with it
// their zero points.
#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#block = affine_map<(d0, d1, d2) -> (d0, d1)>
#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>

module attributes {coil.target = {vector_bytes = 16, dot_product = "s8s8"}} {
  // CHECK-LABEL: func @bytes
  // CHECK-SAME: (%[[X:.*]]: tensor<5x2x16xi8>, %[[SX:.*]]: tensor<5x2xf32>
  // CHECK: arith.xori %{{.*}}, %c-128_i8
  // CHECK: %[[ROWS:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<5x2x16xi8>)
  // CHECK: arith.xori %{{.*}}, %c-128_i8
  // CHECK: linalg.generic {{.*}}["parallel", "parallel", "reduction"]} ins(%{{.*}}, %{{.*}}, %[[SX]], %{{.*}}, %[[ROWS]] : tensor<5x2x24xi32>
  // CHECK:   arith.extsi %{{.*}} : i8 to i32
  // CHECK:   arith.muli
  // CHECK:   arith.subi
  // CHECK:   arith.sitofp
  // CHECK:   arith.mulf
  // CHECK:   arith.mulf
  // CHECK:   arith.addf
  func.func @bytes(%qx: tensor<5x2x16xi8>, %sx: tensor<5x2xf32>, %init: tensor<5x24xf32>) -> tensor<5x24xf32> {
    %q = arith.constant dense_resource<q> : tensor<24x2x16xi8>
    %s = arith.constant dense_resource<s> : tensor<24x2xf32>
    %z = arith.constant dense_resource<z> : tensor<24x2xi8>
    %zero = arith.constant 0.0 : f32
    %ex = tensor.empty() : tensor<5x2x16xf32>
    %ew = tensor.empty() : tensor<24x2x16xf32>
    %xr = linalg.generic {indexing_maps = [#id, #block, #id], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%qx, %sx : tensor<5x2x16xi8>, tensor<5x2xf32>) outs(%ex : tensor<5x2x16xf32>) {
    ^bb0(%in: i8, %scale: f32, %out: f32):
      %0 = arith.extsi %in : i8 to i32
      %1 = arith.sitofp %0 : i32 to f32
      %2 = arith.mulf %1, %scale : f32
      linalg.yield %2 : f32
    } -> tensor<5x2x16xf32>
    %x = tensor.collapse_shape %xr [[0], [1, 2]] : tensor<5x2x16xf32> into tensor<5x32xf32>
    %wr = linalg.generic {indexing_maps = [#id, #block, #block, #id], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%q, %s, %z : tensor<24x2x16xi8>, tensor<24x2xf32>, tensor<24x2xi8>) outs(%ew : tensor<24x2x16xf32>) {
    ^bb0(%in: i8, %scale: f32, %p: i8, %out: f32):
      %0 = arith.extui %in : i8 to i32
      %1 = arith.extui %p : i8 to i32
      %2 = arith.subi %0, %1 : i32
      %3 = arith.sitofp %2 : i32 to f32
      %4 = arith.mulf %3, %scale : f32
      linalg.yield %4 : f32
    } -> tensor<24x2x16xf32>
    %w = tensor.collapse_shape %wr [[0], [1, 2]] : tensor<24x2x16xf32> into tensor<24x32xf32>
    %f = linalg.fill ins(%zero : f32) outs(%init : tensor<5x24xf32>) -> tensor<5x24xf32>
    %y = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : tensor<5x32xf32>, tensor<24x32xf32>) outs(%f : tensor<5x24xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %0 = arith.mulf %a, %b : f32
      %1 = arith.addf %out, %0 : f32
      linalg.yield %1 : f32
    } -> tensor<5x24xf32>
    return %y : tensor<5x24xf32>
  }
}

// -----

// Of more bytes than a sum in 32 bits holds, whatever they are, rows stay reals.
#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#block = affine_map<(d0, d1, d2) -> (d0, d1)>
#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>

module attributes {coil.target = {vector_bytes = 16, dot_product = "s8s8"}} {
  // CHECK-LABEL: func @many
  // CHECK-NOT: arith.muli
  // CHECK: return
  func.func @many(%qx: tensor<5x2x32769xi8>, %sx: tensor<5x2xf32>, %init: tensor<5x24xf32>) -> tensor<5x24xf32> {
    %q = arith.constant dense_resource<q> : tensor<24x2x32769xi8>
    %s = arith.constant dense_resource<s> : tensor<24x2xf32>
    %z = arith.constant dense_resource<z> : tensor<24x2xi8>
    %zero = arith.constant 0.0 : f32
    %ex = tensor.empty() : tensor<5x2x32769xf32>
    %ew = tensor.empty() : tensor<24x2x32769xf32>
    %xr = linalg.generic {indexing_maps = [#id, #block, #id], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%qx, %sx : tensor<5x2x32769xi8>, tensor<5x2xf32>) outs(%ex : tensor<5x2x32769xf32>) {
    ^bb0(%in: i8, %scale: f32, %out: f32):
      %0 = arith.extsi %in : i8 to i32
      %1 = arith.sitofp %0 : i32 to f32
      %2 = arith.mulf %1, %scale : f32
      linalg.yield %2 : f32
    } -> tensor<5x2x32769xf32>
    %x = tensor.collapse_shape %xr [[0], [1, 2]] : tensor<5x2x32769xf32> into tensor<5x65538xf32>
    %wr = linalg.generic {indexing_maps = [#id, #block, #block, #id], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%q, %s, %z : tensor<24x2x32769xi8>, tensor<24x2xf32>, tensor<24x2xi8>) outs(%ew : tensor<24x2x32769xf32>) {
    ^bb0(%in: i8, %scale: f32, %p: i8, %out: f32):
      %0 = arith.extui %in : i8 to i32
      %1 = arith.extui %p : i8 to i32
      %2 = arith.subi %0, %1 : i32
      %3 = arith.sitofp %2 : i32 to f32
      %4 = arith.mulf %3, %scale : f32
      linalg.yield %4 : f32
    } -> tensor<24x2x32769xf32>
    %w = tensor.collapse_shape %wr [[0], [1, 2]] : tensor<24x2x32769xf32> into tensor<24x65538xf32>
    %f = linalg.fill ins(%zero : f32) outs(%init : tensor<5x24xf32>) -> tensor<5x24xf32>
    %y = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : tensor<5x65538xf32>, tensor<24x65538xf32>) outs(%f : tensor<5x24xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %0 = arith.mulf %a, %b : f32
      %1 = arith.addf %out, %0 : f32
      linalg.yield %1 : f32
    } -> tensor<5x24xf32>
    return %y : tensor<5x24xf32>
  }
}


// -----

// A matrix that is no constant stays what it is; so does one with blocks across
// the sum, whose scale no sum over a block can be multiplied by.
#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#block = affine_map<(d0, d1, d2) -> (d0, d1)>
#x = affine_map<(m, n, k) -> (m, k)>
#y = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func @neither
// CHECK-NOT: linalg.pack
// CHECK-COUNT-2: linalg.generic {{.*}} ["parallel", "parallel", "reduction"]}
// CHECK: return
func.func @neither(%x: tensor<5x48xf32>, %v: tensor<48x2x16xi8>, %init: tensor<5x32xf32>) -> (tensor<5x32xf32>, tensor<5x32xf32>) {
  %q = arith.constant dense_resource<q> : tensor<48x2x16xi8>
  %s = arith.constant dense_resource<s> : tensor<48x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<48x2x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%init : tensor<5x32xf32>) -> tensor<5x32xf32>
  %r = linalg.generic {indexing_maps = [#id, #block, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%q, %s : tensor<48x2x16xi8>, tensor<48x2xf32>) outs(%e : tensor<48x2x16xf32>) {
  ^bb0(%in: i8, %scale: f32, %out: f32):
    %0 = arith.extsi %in : i8 to i32
    %1 = arith.sitofp %0 : i32 to f32
    %2 = arith.mulf %1, %scale : f32
    linalg.yield %2 : f32
  } -> tensor<48x2x16xf32>
  %w = tensor.collapse_shape %r [[0], [1, 2]] : tensor<48x2x16xf32> into tensor<48x32xf32>
  %y = linalg.generic {indexing_maps = [#x, affine_map<(m, n, k) -> (k, n)>, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<5x48xf32>, tensor<48x32xf32>) outs(%f : tensor<5x32xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<5x32xf32>
  %rv = linalg.generic {indexing_maps = [#id, #block, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%v, %s : tensor<48x2x16xi8>, tensor<48x2xf32>) outs(%e : tensor<48x2x16xf32>) {
  ^bb0(%in: i8, %scale: f32, %out: f32):
    %0 = arith.extsi %in : i8 to i32
    %1 = arith.sitofp %0 : i32 to f32
    %2 = arith.mulf %1, %scale : f32
    linalg.yield %2 : f32
  } -> tensor<48x2x16xf32>
  %wv = tensor.collapse_shape %rv [[0], [1, 2]] : tensor<48x2x16xf32> into tensor<48x32xf32>
  %yv = linalg.generic {indexing_maps = [#x, affine_map<(m, n, k) -> (k, n)>, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %wv : tensor<5x48xf32>, tensor<48x32xf32>) outs(%f : tensor<5x32xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<5x32xf32>
  return %y, %yv : tensor<5x32xf32>, tensor<5x32xf32>
}
