// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-choose-layouts),canonicalize,cse)' | FileCheck %s

#x = affine_map<(n, m, h, w, c, i, j) -> (n, c, h + i, w + j)>
#k = affine_map<(n, m, h, w, c, i, j) -> (m, c, i, j)>
#y = affine_map<(n, m, h, w, c, i, j) -> (n, m, h, w)>
#id = affine_map<(a, b, c, d) -> (a, b, c, d)>
#channel = affine_map<(a, b, c, d) -> (b)>

// A convolution's image and result have their channels last, and so has what is done to the result; the model's
// order comes back where the result leaves.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1 + d4, d2 + d5, d6)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d3, d6, d4, d5)>
// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1, d2, d3) -> (d3)>
// CHECK-LABEL: func @conv
// CHECK-SAME: (%[[IMAGE:.*]]: tensor<1x16x30x30xf32>
// CHECK: %[[T:.*]] = linalg.generic {{.*}} ins(%[[IMAGE]] : {{.*}}) outs(%{{.*}} : tensor<1x30x30x16xf32>)
// CHECK: %[[C:.*]] = linalg.generic {indexing_maps = [#[[X]], #[[K]], {{.*}} ins(%[[T]], {{.*}} outs(%{{.*}} : tensor<1x28x28x32xf32>)
// CHECK: %[[B:.*]] = linalg.generic {{.*}}#[[LAST]]{{.*}} ins(%[[C]],
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[B]] : tensor<1x28x28x32xf32>) outs(%{{.*}} : tensor<1x32x28x28xf32>)
// CHECK: return %[[R]]
func.func @conv(%x: tensor<1x16x30x30xf32>, %k: tensor<32x16x3x3xf32>, %bias: tensor<32xf32>) -> tensor<1x32x28x28xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x32x28x28xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x32x28x28xf32>) -> tensor<1x32x28x28xf32>
  %y = linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %k : tensor<1x16x30x30xf32>, tensor<32x16x3x3xf32>) outs(%f : tensor<1x32x28x28xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x32x28x28xf32>
  %z = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%y, %bias : tensor<1x32x28x28xf32>, tensor<32xf32>) outs(%e : tensor<1x32x28x28xf32>) {
  ^bb0(%in: f32, %b: f32, %out: f32):
    %0 = arith.addf %in, %b : f32
    linalg.yield %0 : f32
  } -> tensor<1x32x28x28xf32>
  return %z : tensor<1x32x28x28xf32>
}

// -----

#x = affine_map<(n, m, h, w, c, i, j) -> (n, c, h + i, w + j)>
#k = affine_map<(n, m, h, w, c, i, j) -> (m, c, i, j)>
#y = affine_map<(n, m, h, w, c, i, j) -> (n, m, h, w)>

// Three channels are read where they are; a slice and a join keep the channels last, and a reshape that keeps
// together what lies together does.
// CHECK-LABEL: func @views
// CHECK-SAME: (%[[IMAGE:.*]]: tensor<1x3x30x30xf32>
// CHECK: %[[C:.*]] = linalg.generic {{.*}} ins(%[[IMAGE]], {{.*}} outs(%{{.*}} : tensor<1x28x28x32xf32>)
// CHECK: tensor.extract_slice %[[C]][0, 0, 0, 8] [1, 28, 28, 16] [1, 1, 1, 1]
// CHECK: tensor.insert_slice {{.*}} into tensor<1x28x28x20xf32>
// CHECK: tensor.collapse_shape {{.*}} {{\[}}[0], [1, 2], [3]] : tensor<1x28x28x20xf32> into tensor<1x784x20xf32>
func.func @views(%x: tensor<1x3x30x30xf32>, %k: tensor<32x3x3x3xf32>, %more: tensor<1x4x28x28xf32>) -> tensor<1x20x784xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x32x28x28xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x32x28x28xf32>) -> tensor<1x32x28x28xf32>
  %y = linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %k : tensor<1x3x30x30xf32>, tensor<32x3x3x3xf32>) outs(%f : tensor<1x32x28x28xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x32x28x28xf32>
  %part = tensor.extract_slice %y[0, 8, 0, 0] [1, 16, 28, 28] [1, 1, 1, 1] : tensor<1x32x28x28xf32> to tensor<1x16x28x28xf32>
  %j = tensor.empty() : tensor<1x20x28x28xf32>
  %j0 = tensor.insert_slice %part into %j[0, 0, 0, 0] [1, 16, 28, 28] [1, 1, 1, 1] : tensor<1x16x28x28xf32> into tensor<1x20x28x28xf32>
  %j1 = tensor.insert_slice %more into %j0[0, 16, 0, 0] [1, 4, 28, 28] [1, 1, 1, 1] : tensor<1x4x28x28xf32> into tensor<1x20x28x28xf32>
  %flat = tensor.collapse_shape %j1 [[0], [1], [2, 3]] : tensor<1x20x28x28xf32> into tensor<1x20x784xf32>
  return %flat : tensor<1x20x784xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

// Nothing here has a window.
// CHECK-LABEL: func @product
// CHECK-NOT: linalg.generic
// CHECK: %[[R:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<4x16xf32>)
// CHECK-NOT: linalg.generic
// CHECK: return %[[R]]
func.func @product(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>, %init: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %y = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<4x8xf32>, tensor<8x16xf32>) outs(%init : tensor<4x16xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}

// -----

#x = affine_map<(n, m, h, w, c, i, j) -> (n, c, h + i, w + j)>
#k = affine_map<(n, m, h, w, c, i, j) -> (m, c, i, j)>
#y = affine_map<(n, m, h, w, c, i, j) -> (n, m, h, w)>
#turned = affine_map<(n, c, h, a, w, b) -> (n, a, b, c, h, w)>
#same = affine_map<(n, c, h, a, w, b) -> (n, c, h, a, w, b)>

// Channels that become pixels: what becomes one dimension is brought together, and
// the channels that are left stay last.
// CHECK-LABEL: func @pixels
// CHECK: %[[Y:.*]] = linalg.generic {{.*}}"reduction"]} {{.*}} outs(%{{.*}} : tensor<1x28x28x32xf32>)
// CHECK: tensor.expand_shape %[[Y]] {{.*}} into tensor<1x28x28x2x2x8xf32>
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x28x2x28x2x8xf32>)
// CHECK: tensor.collapse_shape %{{.*}} {{\[\[}}0], [1, 2], [3, 4], [5]] : tensor<1x28x2x28x2x8xf32> into tensor<1x56x56x8xf32>
func.func @pixels(%x: tensor<1x16x30x30xf32>, %k: tensor<32x16x3x3xf32>) -> tensor<1x8x56x56xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x32x28x28xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x32x28x28xf32>) -> tensor<1x32x28x28xf32>
  %y = linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %k : tensor<1x16x30x30xf32>, tensor<32x16x3x3xf32>) outs(%f : tensor<1x32x28x28xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x32x28x28xf32>
  %apart = tensor.expand_shape %y [[0], [1, 2, 3], [4], [5]] output_shape [1, 2, 2, 8, 28, 28] : tensor<1x32x28x28xf32> into tensor<1x2x2x8x28x28xf32>
  %e1 = tensor.empty() : tensor<1x8x28x2x28x2xf32>
  %t = linalg.generic {indexing_maps = [#turned, #same], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%apart : tensor<1x2x2x8x28x28xf32>) outs(%e1 : tensor<1x8x28x2x28x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8x28x2x28x2xf32>
  %r = tensor.collapse_shape %t [[0], [1], [2, 3], [4, 5]] : tensor<1x8x28x2x28x2xf32> into tensor<1x8x56x56xf32>
  return %r : tensor<1x8x56x56xf32>
}

// -----

#dx = affine_map<(n, c, h, w, i, j) -> (n, c, h + i, w + j)>
#dx2 = affine_map<(n, c, h, w, i, j) -> (n, c, h * 2 + i, w * 2 + j)>
#dx3 = affine_map<(n, c, h, w, i, j) -> (n, c, h * 3 + i, w * 3 + j)>
#dk = affine_map<(n, c, h, w, i, j) -> (c, i, j)>
#dy = affine_map<(n, c, h, w, i, j) -> (n, c, h, w)>

// A window in each channel by itself, between an input and an output, stays as it is: vectors run along the image.
// With steps of two to four each takes some loads.
// CHECK-LABEL: func @depthwise
// CHECK-SAME: (%[[IMAGE:.*]]: tensor<1x16x30x30xf32>
// CHECK: linalg.generic {{.*}} ins(%[[IMAGE]], {{.*}} outs(%{{.*}} : tensor<1x16x28x28xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[IMAGE]], {{.*}} outs(%{{.*}} : tensor<1x16x14x14xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[IMAGE]], {{.*}} outs(%{{.*}} : tensor<1x16x10x10xf32>)
func.func @depthwise(%x: tensor<1x16x30x30xf32>, %k: tensor<16x3x3xf32>) -> (tensor<1x16x28x28xf32>, tensor<1x16x14x14xf32>, tensor<1x16x10x10xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x28x28xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x28x28xf32>) -> tensor<1x16x28x28xf32>
  %y = linalg.generic {indexing_maps = [#dx, #dk, #dy], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %k : tensor<1x16x30x30xf32>, tensor<16x3x3xf32>) outs(%f : tensor<1x16x28x28xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x16x28x28xf32>
  %e2 = tensor.empty() : tensor<1x16x14x14xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<1x16x14x14xf32>) -> tensor<1x16x14x14xf32>
  %y2 = linalg.generic {indexing_maps = [#dx2, #dk, #dy], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %k : tensor<1x16x30x30xf32>, tensor<16x3x3xf32>) outs(%f2 : tensor<1x16x14x14xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x16x14x14xf32>
  %e3 = tensor.empty() : tensor<1x16x10x10xf32>
  %f3 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<1x16x10x10xf32>) -> tensor<1x16x10x10xf32>
  %y3 = linalg.generic {indexing_maps = [#dx3, #dk, #dy], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %k : tensor<1x16x30x30xf32>, tensor<16x3x3xf32>) outs(%f3 : tensor<1x16x10x10xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x16x10x10xf32>
  return %y, %y2, %y3 : tensor<1x16x28x28xf32>, tensor<1x16x14x14xf32>, tensor<1x16x10x10xf32>
}

// -----

#x = affine_map<(n, m, h, w, i, j) -> (n, m, h * 5 + i, w * 5 + j)>
#k = affine_map<(n, m, h, w, i, j) -> (i, j)>
#y = affine_map<(n, m, h, w, i, j) -> (n, m, h, w)>

// A pool's stride of five keeps vectors from running along the image; what is padded is brought to its place in the frame
// when it is transposed.
// CHECK-LABEL: func @pool
// CHECK-SAME: (%[[IMAGE:.*]]: tensor<1x16x28x28xf32>
// CHECK-DAG: %[[F:.*]] = linalg.fill {{.*}} -> tensor<1x30x30x16xf32>
// CHECK-DAG: %[[T:.*]] = linalg.generic {{.*}} ins(%[[IMAGE]] : {{.*}}) outs(%{{.*}} : tensor<1x28x28x16xf32>)
// CHECK: %[[P:.*]] = tensor.insert_slice %[[T]] into %[[F]][0, 1, 1, 0] [1, 28, 28, 16]
// CHECK: linalg.generic {{.*}} ins(%[[P]], {{.*}} outs(%{{.*}} : tensor<1x6x6x16xf32>)
func.func @pool(%x: tensor<1x16x28x28xf32>) -> tensor<1x16x6x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x30x30xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x30x30xf32>) -> tensor<1x16x30x30xf32>
  %p = tensor.insert_slice %x into %f[0, 0, 1, 1] [1, 16, 28, 28] [1, 1, 1, 1] : tensor<1x16x28x28xf32> into tensor<1x16x30x30xf32>
  %window = tensor.empty() : tensor<3x3xf32>
  %e1 = tensor.empty() : tensor<1x16x6x6xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<1x16x6x6xf32>) -> tensor<1x16x6x6xf32>
  %y = linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%p, %window : tensor<1x16x30x30xf32>, tensor<3x3xf32>) outs(%f1 : tensor<1x16x6x6xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.maximumf %in, %out : f32
    linalg.yield %0 : f32
  } -> tensor<1x16x6x6xf32>
  return %y : tensor<1x16x6x6xf32>
}

// -----

#x = affine_map<(n, m, h, w, i, j) -> (n, m, h + i, w + j)>
#k = affine_map<(n, m, h, w, i, j) -> (m, i, j)>
#y = affine_map<(n, m, h, w, i, j) -> (n, m, h, w)>

// One of two channels that lie side by side is one element: it goes before the lanes of the window that reads it.
// CHECK-LABEL: func @one_of_two
// CHECK: tensor.extract_slice {{.*}}[0, 0, 0, 0, 1] [1, 30, 30, 16, 1] [1, 1, 1, 1, 1]
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<1x30x30x16xf32>, {{.*}} outs(%{{.*}} : tensor<1x28x28x16xf32>)
func.func @one_of_two(%x: tensor<1x32x32x32xf32>, %k0: tensor<32x3x3xf32>, %k: tensor<16x3x3xf32>) -> tensor<1x16x28x28xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<1x32x30x30xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<1x32x30x30xf32>) -> tensor<1x32x30x30xf32>
  %c = linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %k0 : tensor<1x32x32x32xf32>, tensor<32x3x3xf32>) outs(%f0 : tensor<1x32x30x30xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x32x30x30xf32>
  %pairs = tensor.expand_shape %c [[0], [1, 2], [3], [4]] output_shape [1, 16, 2, 30, 30] : tensor<1x32x30x30xf32> into tensor<1x16x2x30x30xf32>
  %one = tensor.extract_slice %pairs[0, 0, 1, 0, 0] [1, 16, 1, 30, 30] [1, 1, 1, 1, 1] : tensor<1x16x2x30x30xf32> to tensor<1x16x1x30x30xf32>
  %flat = tensor.collapse_shape %one [[0], [1, 2], [3], [4]] : tensor<1x16x1x30x30xf32> into tensor<1x16x30x30xf32>
  %e = tensor.empty() : tensor<1x16x28x28xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x28x28xf32>) -> tensor<1x16x28x28xf32>
  %y = linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%flat, %k : tensor<1x16x30x30xf32>, tensor<16x3x3xf32>) outs(%f : tensor<1x16x28x28xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x16x28x28xf32>
  return %y : tensor<1x16x28x28xf32>
}

// -----

#px = affine_map<(n, m, h, w, c, i, j) -> (n, c, h + i, w + j)>
#px2 = affine_map<(n, m, h, w, c, i, j) -> (n, c, h * 2 + i, w * 2 + j)>
#pk = affine_map<(n, m, h, w, c, i, j) -> (m, c, i, j)>
#py = affine_map<(n, m, h, w, c, i, j) -> (n, m, h, w)>

// A window of one pixel between an input and an output is a product of matrices, along lines that are long
// enough. Short ones, and steps of two, have their channels last.
// CHECK-DAG: #[[IMAGE:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d4, d2, d3)>
// CHECK-DAG: #[[WEIGHT:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d1, d4)>
// CHECK-LABEL: func @pointwise
// CHECK-SAME: (%[[X:.*]]: tensor<1x16x8x20xf32>, %{{.*}}: tensor<1x16x8x8xf32>, %[[K:.*]]: tensor<32x16x1x1xf32>)
// CHECK: %[[W:.*]] = tensor.collapse_shape %[[K]] {{.*}} into tensor<32x16xf32>
// CHECK: linalg.generic {indexing_maps = [#[[IMAGE]], #[[WEIGHT]], {{.*}} ins(%[[X]], %[[W]] : {{.*}} outs(%{{.*}} : tensor<1x32x8x20xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x8x8x32xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x4x10x32xf32>)
func.func @pointwise(%xa: tensor<1x16x8x20xf32>, %xb: tensor<1x16x8x8xf32>, %k: tensor<32x16x1x1xf32>) -> (tensor<1x32x8x20xf32>, tensor<1x32x8x8xf32>, tensor<1x32x4x10xf32>) {
  %zero = arith.constant 0.0 : f32
  %ea = tensor.empty() : tensor<1x32x8x20xf32>
  %fa = linalg.fill ins(%zero : f32) outs(%ea : tensor<1x32x8x20xf32>) -> tensor<1x32x8x20xf32>
  %ya = linalg.generic {indexing_maps = [#px, #pk, #py], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%xa, %k : tensor<1x16x8x20xf32>, tensor<32x16x1x1xf32>) outs(%fa : tensor<1x32x8x20xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x32x8x20xf32>
  %eb = tensor.empty() : tensor<1x32x8x8xf32>
  %fb = linalg.fill ins(%zero : f32) outs(%eb : tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32>
  %yb = linalg.generic {indexing_maps = [#px, #pk, #py], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%xb, %k : tensor<1x16x8x8xf32>, tensor<32x16x1x1xf32>) outs(%fb : tensor<1x32x8x8xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x32x8x8xf32>
  %ec = tensor.empty() : tensor<1x32x4x10xf32>
  %fc = linalg.fill ins(%zero : f32) outs(%ec : tensor<1x32x4x10xf32>) -> tensor<1x32x4x10xf32>
  %yc = linalg.generic {indexing_maps = [#px2, #pk, #py], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%xa, %k : tensor<1x16x8x20xf32>, tensor<32x16x1x1xf32>) outs(%fc : tensor<1x32x4x10xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x32x4x10xf32>
  return %ya, %yb, %yc : tensor<1x32x8x20xf32>, tensor<1x32x8x8xf32>, tensor<1x32x4x10xf32>
}

// -----

#x = affine_map<(n, g, m, h, w, c, i, j) -> (n, g, c, h + i, w + j)>
#k = affine_map<(n, g, m, h, w, c, i, j) -> (g, m, c, i, j)>
#y = affine_map<(n, g, m, h, w, c, i, j) -> (n, g, m, h, w)>
#id = affine_map<(n, c, h, w) -> (n, c, h, w)>

// One in groups of channels is a product for each group; that its results are then all channels does not matter.
// CHECK-DAG: #[[IMAGE:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d5, d3, d4)>
// CHECK-DAG: #[[WEIGHT:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d1, d2, d5)>
// CHECK-LABEL: func @groups
// CHECK-SAME: (%[[X:.*]]: tensor<1x4x16x8x20xf32>, %[[K:.*]]: tensor<4x8x16x1x1xf32>)
// CHECK: %[[W:.*]] = tensor.collapse_shape %[[K]] {{.*}} into tensor<4x8x16xf32>
// CHECK: linalg.generic {indexing_maps = [#[[IMAGE]], #[[WEIGHT]], {{.*}} ins(%[[X]], %[[W]] : {{.*}} outs(%{{.*}} : tensor<1x4x8x8x20xf32>)
// CHECK: tensor.collapse_shape {{.*}} into tensor<1x32x8x20xf32>
func.func @groups(%x: tensor<1x4x16x8x20xf32>, %k: tensor<4x8x16x1x1xf32>) -> tensor<1x32x8x20xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x4x8x8x20xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8x8x20xf32>) -> tensor<1x4x8x8x20xf32>
  %y = linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %k : tensor<1x4x16x8x20xf32>, tensor<4x8x16x1x1xf32>) outs(%f : tensor<1x4x8x8x20xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x4x8x8x20xf32>
  %all = tensor.collapse_shape %y [[0], [1, 2], [3], [4]] : tensor<1x4x8x8x20xf32> into tensor<1x32x8x20xf32>
  %e1 = tensor.empty() : tensor<1x32x8x20xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%all : tensor<1x32x8x20xf32>) outs(%e1 : tensor<1x32x8x20xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.tanh %in : f32
    linalg.yield %0 : f32
  } -> tensor<1x32x8x20xf32>
  return %r : tensor<1x32x8x20xf32>
}
