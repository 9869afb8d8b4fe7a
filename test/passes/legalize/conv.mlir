// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// CHECK: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d4, d2 * 2 + d5, d3 * 2 + d6)>
// CHECK: #[[W:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d1, d4, d5, d6)>
// CHECK-LABEL: func @strided
func.func @strided(%x: tensor<1x8x?x9xf32>, %w: tensor<16x8x3x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // CHECK: tensor.insert_slice %{{.*}} into %{{.*}} : tensor<1x8x?x9xf32> into tensor<1x8x?x11xf32>
  // CHECK: linalg.generic {indexing_maps = [#[[X]], #[[W]]
  // CHECK: return %{{.*}} : tensor<1x16x?x5xf32>
  %y = onnx.Conv %x, %w, %none {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>}
      : (tensor<1x8x?x9xf32>, tensor<16x8x3x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A depthwise convolution has no loop over the channels of a group.

// CHECK: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d3 + d4)>
// CHECK-LABEL: func @depthwise
func.func @depthwise(%x: tensor<1x8x9xf32>, %w: tensor<16x1x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // CHECK: linalg.generic {indexing_maps = [#[[X]]{{.*}} outs(%{{.*}} : tensor<1x8x2x7xf32>)
  // CHECK: tensor.collapse_shape %{{.*}} : tensor<1x8x2x7xf32> into tensor<1x16x7xf32>
  %y = onnx.Conv %x, %w, %none {group = 8 : i64} : (tensor<1x8x9xf32>, tensor<16x1x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The phases of the stride are channels of one convolution, and take turns in the result.

// CHECK-LABEL: func @transposed
func.func @transposed(%x: tensor<1x2x4xf32>, %w: tensor<2x3x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x2x3x2x2xf32>)
  // CHECK: linalg.generic {{.*}}"reduction"]} {{.*}} outs(%{{.*}} : tensor<1x6x5xf32>)
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x1x3x5x2xf32>)
  // CHECK: tensor.extract_slice %{{.*}} : tensor<1x3x10xf32> to tensor<1x3x9xf32>
  %y = onnx.ConvTranspose %x, %w, %none {strides = array<i64: 2>} : (tensor<1x2x4xf32>, tensor<2x3x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// With channels enough and few taps each phase is a convolution of its own: of two taps, of one.

// CHECK-LABEL: func @apart
func.func @apart(%x: tensor<1x2x4xf32>, %w: tensor<2x16x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // CHECK: %[[X:.*]] = tensor.insert_slice %{{.*}} : tensor<1x2x4xf32> into tensor<1x2x6xf32>
  // CHECK: %[[TWO:.*]] = tensor.extract_slice %[[X]][0, 0, 0] [1, 2, 6] {{.*}}
  // CHECK: linalg.generic {{.*}} ins(%[[TWO]], %{{.*}} : tensor<1x2x6xf32>, tensor<16x2x2xf32>) outs(%{{.*}} : tensor<1x16x5xf32>)
  // CHECK: %[[ONE:.*]] = tensor.extract_slice %[[X]][0, 0, 1] [1, 2, 5] {{.*}}
  // CHECK: linalg.generic {{.*}} ins(%[[ONE]], %{{.*}} : tensor<1x2x5xf32>, tensor<16x2x1xf32>) outs(%{{.*}} : tensor<1x16x5xf32>)
  // CHECK: tensor.insert_slice %{{.*}}[0, 0, 0, 0, 0] {{.*}} into tensor<1x1x16x5x2xf32>
  // CHECK: tensor.insert_slice %{{.*}}[0, 0, 0, 0, 1] {{.*}} into tensor<1x1x16x5x2xf32>
  %y = onnx.ConvTranspose %x, %w, %none {strides = array<i64: 2>} : (tensor<1x2x4xf32>, tensor<2x16x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// With a dilation, too, it is one of the input with zeros between its elements.

// CHECK-LABEL: func @dilated
func.func @dilated(%x: tensor<1x2x4xf32>, %w: tensor<2x3x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x2x15xf32>)
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<3x2x3xf32>)
  // CHECK: return %{{.*}} : tensor<1x3x11xf32>
  %y = onnx.ConvTranspose %x, %w, %none {strides = array<i64: 2>, dilations = array<i64: 2>} : (tensor<1x2x4xf32>, tensor<2x3x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A stride of more than the kernel, too: of its phases most would be zero.

// CHECK-LABEL: func @sparse
func.func @sparse(%x: tensor<1x2x4xf32>, %w: tensor<2x3x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x2x17xf32>)
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<3x2x3xf32>)
  // CHECK: return %{{.*}} : tensor<1x3x15xf32>
  %y = onnx.ConvTranspose %x, %w, %none {strides = array<i64: 4>} : (tensor<1x2x4xf32>, tensor<2x3x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// One as large as the kernel has a phase for each of its taps.

// CHECK-LABEL: func @dense
func.func @dense(%x: tensor<1x2x4xf32>, %w: tensor<2x3x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x3x3x2x1xf32>)
  // CHECK: return %{{.*}} : tensor<1x3x12xf32>
  %y = onnx.ConvTranspose %x, %w, %none {strides = array<i64: 3>} : (tensor<1x2x4xf32>, tensor<2x3x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}
