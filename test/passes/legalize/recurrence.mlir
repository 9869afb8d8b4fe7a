// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Zeros before the input, and its end is the next state.
// CHECK-LABEL: func @causal
// CHECK: %[[P:.*]] = tensor.insert_slice %{{.*}} into %{{.*}}[0, 0, 2] [1, 4, 5] [1, 1, 1] : tensor<1x4x5xf32> into tensor<1x4x7xf32>
// CHECK: linalg.generic {{.*}} ins(%[[P]], %{{.*}} : tensor<1x4x7xf32>, tensor<4x1x3xf32>)
// CHECK: %[[STATE:.*]] = tensor.extract_slice %[[P]][0, 0, 5] [1, 4, 2] [1, 1, 1]
// CHECK: return %{{.*}}, %[[STATE]] : tensor<1x4x5xf32>, tensor<1x4x2xf32>
func.func @causal(%x: tensor<1x4x5xf32> {onnx.dims = ["", "", ""], onnx.name = "x"},
                  %w: tensor<4x1x3xf32> {onnx.dims = ["", "", ""], onnx.name = "w"}) -> (!onnx.value, !onnx.value) {
  %none = onnx.None : none
  %y:2 = onnx.CausalConvWithState %x, %w, %none, %none
      : (tensor<1x4x5xf32>, tensor<4x1x3xf32>, none, none) -> (!onnx.value, !onnx.value)
  return %y#0, %y#1 : !onnx.value, !onnx.value
}

// -----

// The state is carried in f32, step by step.
// CHECK-LABEL: func @linear
// CHECK: scf.for {{.*}} -> (tensor<2x1x4x3xf32>, tensor<6x2x1x2x3xf16>)
// CHECK: return %{{.*}}, %{{.*}} : tensor<2x6x6xf16>, tensor<2x1x4x3xf16>
func.func @linear(%q: tensor<2x6x8xf16> {onnx.dims = ["", "", ""], onnx.name = "q"},
                  %k: tensor<2x6x4xf16> {onnx.dims = ["", "", ""], onnx.name = "k"},
                  %v: tensor<2x6x3xf16> {onnx.dims = ["", "", ""], onnx.name = "v"}) -> (!onnx.value, !onnx.value) {
  %none = onnx.None : none
  %y:2 = onnx.LinearAttention %q, %k, %v, %none, %none, %none
      {q_num_heads = 2 : i64, kv_num_heads = 1 : i64, update_rule = "linear"}
      : (tensor<2x6x8xf16>, tensor<2x6x4xf16>, tensor<2x6x3xf16>, none, none, none) -> (!onnx.value, !onnx.value)
  return %y#0, %y#1 : !onnx.value, !onnx.value
}
