// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Only the axes that change have tables; the size is an exact multiple.

// CHECK-LABEL: func @nearest
func.func @nearest(%x: tensor<1x3x?x4xf32>) -> !onnx.value {
  %none = onnx.None : none
  %scales = onnx.Constant {value = dense<[1.0, 1.0, 2.0, 2.0]> : tensor<4xf32>} : () -> !onnx.value
  // CHECK: %[[H:.*]] = arith.muli %{{.*}}, %{{.*}} : index
  // CHECK: tensor.empty(%[[H]]) : tensor<1x3x?x8xf32>
  %y = onnx.Resize %x, %none, %scales, %none : (tensor<1x3x?x4xf32>, none, !onnx.value, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Linear: two neighbours along one axis after the other.

// CHECK-LABEL: func @linear
func.func @linear(%x: tensor<1x3x4x4xf16>) -> !onnx.value {
  %none = onnx.None : none
  %sizes = onnx.Constant {value = dense<[1, 3, 8, 6]> : tensor<4xi64>} : () -> !onnx.value
  // CHECK: tensor<1x3x8x4xf32>
  // CHECK: tensor<1x3x8x6xf32>
  // CHECK: return %{{.*}} : tensor<1x3x8x6xf16>
  %y = onnx.Resize %x, %none, %none, %sizes {mode = "linear"} : (tensor<1x3x4x4xf16>, none, none, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}
