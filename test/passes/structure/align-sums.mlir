// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-align-sums))' | FileCheck %s

// A convolution with one filter, its image with the channels last: the filter, too.
// CHECK-DAG: #[[FILTER:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d3, d4, d5, d6)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
#x = affine_map<(n, h, w, f, r, s, c) -> (n, h + r, w + s, c)>
#w = affine_map<(n, h, w, f, r, s, c) -> (f, c, r, s)>
#y = affine_map<(n, h, w, f, r, s, c) -> (n, h, w, f)>
// CHECK-LABEL: func @one_filter
// CHECK: %[[W:.*]] = arith.constant dense_resource<w>
// CHECK: %[[T:.*]] = linalg.transpose ins(%[[W]] : tensor<1x16x3x3xf32>) outs(%{{.*}} : tensor<1x3x3x16xf32>) permutation = [0, 2, 3, 1]
// CHECK: linalg.generic {indexing_maps = [{{[^,]*}}, #[[FILTER]], {{.*}} ins(%{{.*}}, %[[T]] :
func.func @one_filter(%x: tensor<1x6x6x16xf32>, %init: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  %w = arith.constant dense_resource<w> : tensor<1x16x3x3xf32>
  %y = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<1x6x6x16xf32>, tensor<1x16x3x3xf32>) outs(%init : tensor<1x4x4x1xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x4x4x1xf32>
  return %y : tensor<1x4x4x1xf32>
}

// One column, whoever brings it, is a row.
#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func @one_column
// CHECK: %[[C:.*]] = tensor.collapse_shape %{{.*}} {{\[}}[0, 1]] : tensor<32x1xf32> into tensor<32xf32>
// CHECK: %[[V:.*]] = tensor.expand_shape %[[C]] {{\[}}[0, 1]] output_shape [1, 32] : tensor<32xf32> into tensor<1x32xf32>
// CHECK: linalg.generic {indexing_maps = [{{[^,]*}}, #[[ROW]], {{.*}} ins(%{{.*}}, %[[V]] :
func.func @one_column(%x: tensor<8x32xf32>, %w: tensor<32x1xf32>, %init: tensor<8x1xf32>) -> tensor<8x1xf32> {
  %y = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<8x32xf32>, tensor<32x1xf32>) outs(%init : tensor<8x1xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<8x1xf32>
  return %y : tensor<8x1xf32>
}

// With more columns the lanes are those.
// CHECK-LABEL: func @two_columns
// CHECK-NOT: tensor.collapse_shape
// CHECK: return
func.func @two_columns(%x: tensor<8x32xf32>, %w: tensor<32x2xf32>, %init: tensor<8x2xf32>) -> tensor<8x2xf32> {
  %y = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<8x32xf32>, tensor<32x2xf32>) outs(%init : tensor<8x2xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<8x2xf32>
  return %y : tensor<8x2xf32>
}
