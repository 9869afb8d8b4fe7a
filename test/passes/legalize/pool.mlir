// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// The window's loops are those of an operand that is never read.

// CHECK: #[[X:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2 * 2 + d3)>
// CHECK: #[[WINDOW:.*]] = affine_map<(d0, d1, d2, d3) -> (d3)>
// CHECK-LABEL: func @max
func.func @max(%x: tensor<1x8x?xui8>) -> !onnx.value {
  // CHECK: linalg.generic {indexing_maps = [#[[X]], #[[WINDOW]]
  // CHECK: arith.maxui
  %y, %i = onnx.MaxPool %x {kernel_shape = array<i64: 2>, strides = array<i64: 2>} : (tensor<1x8x?xui8>) -> (!onnx.value, !onnx.value)
  return %y : !onnx.value
}

// -----

// A mean over what is not padding: how many elements each window has is a tensor of its own, the same for all channels.

// CHECK: #[[SHARE:.*]] = affine_map<(d0, d1, d2) -> (d2)>
// CHECK-LABEL: func @mean
func.func @mean(%x: tensor<1x8x9xf32>) -> !onnx.value {
  // CHECK: %[[SHARES:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<10xf32>)
  // CHECK: arith.divf
  // CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[SHARE]], #{{.*}}]{{.*}} ins(%{{.*}}, %[[SHARES]]
  // CHECK-NEXT: bb0
  // CHECK-NEXT: arith.mulf
  // CHECK-NEXT: linalg.yield
  %y = onnx.AveragePool %x {kernel_shape = array<i64: 2>, pads = array<i64: 1, 1>} : (tensor<1x8x9xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// With ceil_mode the last window may hang over the end: 9 elements in 5 windows.

// CHECK-LABEL: func @ceil
func.func @ceil(%x: tensor<1x8x9xf32>) -> !onnx.value {
  // CHECK: tensor.insert_slice %{{.*}} : tensor<1x8x9xf32> into tensor<1x8x10xf32>
  // CHECK: return %{{.*}} : tensor<1x8x5xf32>
  %y = onnx.AveragePool %x {kernel_shape = array<i64: 2>, strides = array<i64: 2>, ceil_mode = 1 : i64} : (tensor<1x8x9xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// CHECK-LABEL: func @global
func.func @global(%x: tensor<?x8x4x4xf32>) -> !onnx.value {
  // CHECK: %[[N:.*]] = arith.constant 1.600000e+01 : f32
  // CHECK: iterator_types = ["parallel", "parallel", "reduction", "reduction"]
  // CHECK: arith.divf %{{.*}}, %[[N]]
  // CHECK: return %{{.*}} : tensor<?x8x1x1xf32>
  %y = onnx.GlobalAveragePool %x : (tensor<?x8x4x4xf32>) -> !onnx.value
  return %y : !onnx.value
}
