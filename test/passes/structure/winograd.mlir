// RUN: coil-opt %s -structure-winograd | FileCheck %s
// RUN: coil-opt %s -structure-winograd=tile=2 | FileCheck %s --check-prefix=TWO
// RUN: coil-opt %s -structure-winograd=tile=off | FileCheck %s --check-prefix=OFF
// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-winograd{tile=4}),structure-fold-constants)' \
// RUN:   -mlir-elide-resource-strings-if-larger=20 | FileCheck %s --check-prefix=FOLD
// RUN: coil-opt %s -structure-winograd --remarks-filter='structure' --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=SAID
// RUN: not coil-opt %s -structure-winograd=tile=3 2>&1 | FileCheck %s --check-prefix=THREE

// THREE: structure-winograd: tile is '3', expected auto, off, 2 or 4

// SAID: in few multiplications
// SAID-SAME: growth_bytes=442368{{.*}}tile=4
// SAID: a sum: it has strides or dilations
// SAID: a sum: the weight is no constant

#x = affine_map<(n, y, x, f, i, j, c) -> (n, y + i, x + j, c)>
#strided = affine_map<(n, y, x, f, i, j, c) -> (n, 2 * y + i, 2 * x + j, c)>
#first = affine_map<(n, y, x, f, i, j, c) -> (n, c, y + i, x + j)>
#w = affine_map<(n, y, x, f, i, j, c) -> (f, c, i, j)>
#y = affine_map<(n, y, x, f, i, j, c) -> (n, y, x, f)>

// OFF-NOT: coil.winograd

// The zeros around the image are left out; the filter is transformed, and lies in panels.
// CHECK-LABEL: func @padded
// CHECK-SAME: (%[[X:.*]]: tensor<1x56x56x64xf32>)
// CHECK-NOT: tensor.insert_slice
// CHECK: %[[W:.*]] = linalg.pack %{{.*}} outer_dims_perm = [2, 3, 0, 1] inner_dims_pos = [0] {{.*}} : tensor<64x64x3x3xf32>
// CHECK: %[[ROWS:.*]] = linalg.generic {{.*}} ins(%[[G:.*]], %[[W]] : tensor<6x3xf32>, {{.*}} outs(%{{.*}} : tensor<6x3x16x64x4xf32>)
// CHECK: %[[ALL:.*]] = linalg.generic {{.*}} ins(%[[G]], %[[ROWS]] : {{.*}} outs(%{{.*}} : tensor<6x6x16x64x4xf32>)
// CHECK: %[[P:.*]] = tensor.collapse_shape %[[ALL]]
// CHECK: %[[Y:.*]]:2 = coil.winograd ins(%[[X]], %[[P]] : {{.*}}pads = array<i64: 1, 1>, tile = 4
// CHECK: return %[[Y]]#0
// TWO-LABEL: func @padded
// TWO: coil.winograd {{.*}} tensor<16x{{.*}}tile = 2
// FOLD-LABEL: func @padded
// FOLD-NOT: linalg.{{generic|pack}}
// FOLD: %[[W:.*]] = arith.constant dense_resource<{{.*}}> : tensor<36x
// FOLD: coil.winograd ins(%{{.*}}, %[[W]] :
func.func @padded(%x: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<0.5> : tensor<64x64x3x3xf32>
  %e = tensor.empty() : tensor<1x58x58x64xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<1x58x58x64xf32>) -> tensor<1x58x58x64xf32>
  %p = tensor.insert_slice %x into %z[0, 1, 1, 0] [1, 56, 56, 64] [1, 1, 1, 1] : tensor<1x56x56x64xf32> into tensor<1x58x58x64xf32>
  %d = tensor.empty() : tensor<1x56x56x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%d : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  %y = linalg.generic {indexing_maps = [#x, #w, #y],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%p, %w : tensor<1x58x58x64xf32>, tensor<64x64x3x3xf32>) outs(%init : tensor<1x56x56x64xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x56x56x64xf32>
  return %y : tensor<1x56x56x64xf32>
}

// A frame of other numbers than zero is part of the image, whose channels are brought together.
// CHECK-LABEL: func @framed
// CHECK: %[[P:.*]] = tensor.insert_slice
// CHECK: %[[T:.*]] = linalg.generic {{.*}} ins(%[[P]] : tensor<?x64x58x58xf32>) outs(%{{.*}} : tensor<?x58x58x64xf32>)
// CHECK: coil.winograd ins(%[[T]], {{.*}}pads = array<i64: 0, 0>
func.func @framed(%x: tensor<?x64x56x56xf32>, %n: index) -> tensor<?x56x56x64xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %w = arith.constant dense<0.5> : tensor<64x64x3x3xf32>
  %e = tensor.empty(%n) : tensor<?x64x58x58xf32>
  %z = linalg.fill ins(%one : f32) outs(%e : tensor<?x64x58x58xf32>) -> tensor<?x64x58x58xf32>
  %p = tensor.insert_slice %x into %z[0, 0, 1, 1] [%n, 64, 56, 56] [1, 1, 1, 1] : tensor<?x64x56x56xf32> into tensor<?x64x58x58xf32>
  %d = tensor.empty(%n) : tensor<?x56x56x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%d : tensor<?x56x56x64xf32>) -> tensor<?x56x56x64xf32>
  %y = linalg.generic {indexing_maps = [#first, #w, #y],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%p, %w : tensor<?x64x58x58xf32>, tensor<64x64x3x3xf32>) outs(%init : tensor<?x56x56x64xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x56x56x64xf32>
  return %y : tensor<?x56x56x64xf32>
}

// A stride, a weight that a run brings: a sum as before, even where tiles are asked for.
// CHECK-LABEL: func @sums
// CHECK-NOT: coil.winograd
// TWO-LABEL: func @sums
// TWO-NOT: coil.winograd
func.func @sums(%x: tensor<1x58x58x64xf32>, %v: tensor<64x64x3x3xf32>, %d: tensor<1x56x56x64xf32>, %h: tensor<1x28x28x64xf32>)
    -> (tensor<1x28x28x64xf32>, tensor<1x56x56x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<0.5> : tensor<64x64x3x3xf32>
  %half = linalg.fill ins(%zero : f32) outs(%h : tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32>
  %a = linalg.generic {indexing_maps = [#strided, #w, #y],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<1x58x58x64xf32>, tensor<64x64x3x3xf32>) outs(%half : tensor<1x28x28x64xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x28x28x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%d : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  %b = linalg.generic {indexing_maps = [#x, #w, #y],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %v : tensor<1x58x58x64xf32>, tensor<64x64x3x3xf32>) outs(%init : tensor<1x56x56x64xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x56x56x64xf32>
  return %a, %b : tensor<1x28x28x64xf32>, tensor<1x56x56x64xf32>
}
