// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @activation(%x: tensor<5x6xf32>, %r: tensor<5x4xf32>, %w: tensor<4x6x6xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{activation_type is 'tanh', expected 'relu', 'gelu', 'silu', 'swiglu' or 'identity'}}
  %y = onnx.microsoft.MoE %x, %r, %w, %none, %w, %none, %none, %none {activation_type = "tanh"}
      : (tensor<5x6xf32>, tensor<5x4xf32>, tensor<4x6x6xf32>, none, tensor<4x6x6xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @mixer(%x: tensor<5x6xf32>, %r: tensor<5x4xf32>, %w: tensor<4x6x6xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{use_sparse_mixer is not supported}}
  %y = onnx.microsoft.MoE %x, %r, %w, %none, %w, %none, %none, %none {use_sparse_mixer = 1 : i64}
      : (tensor<5x6xf32>, tensor<5x4xf32>, tensor<4x6x6xf32>, none, tensor<4x6x6xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @fusion(%x: tensor<5x6xf32>, %r: tensor<5x4xf32>, %w: tensor<4x6x6xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{swiglu_fusion is 0 without fc3, expected 1 or 2, or 0 with fc3}}
  %y = onnx.microsoft.MoE %x, %r, %w, %none, %w, %none, %none, %none {activation_type = "swiglu"}
      : (tensor<5x6xf32>, tensor<5x4xf32>, tensor<4x6x6xf32>, none, tensor<4x6x6xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rank(%x: tensor<6xf32>, %r: tensor<5x4xf32>, %w: tensor<4x6x6xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{the input has type 'tensor<6xf32>', expected rank 2 or 3}}
  %y = onnx.microsoft.MoE %x, %r, %w, %none, %w, %none, %none, %none
      : (tensor<6xf32>, tensor<5x4xf32>, tensor<4x6x6xf32>, none, tensor<4x6x6xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @choices(%x: tensor<5x6xf32>, %r: tensor<5x4xf32>, %w: tensor<4x6x6xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{k is 5, expected 1 to the number of experts}}
  %y = onnx.microsoft.MoE %x, %r, %w, %none, %w, %none, %none, %none {k = 5 : i64}
      : (tensor<5x6xf32>, tensor<5x4xf32>, tensor<4x6x6xf32>, none, tensor<4x6x6xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @bits(%x: tensor<5x6xf32>, %r: tensor<5x4xf32>, %w: tensor<4x6x3xui8>, %s: tensor<4x6xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{expert_weight_bits is 3, expected 2, 4 or 8}}
  %y = onnx.microsoft.QMoE %x, %r, %w, %s, %none, %w, %s, %none, %none, %none, %none, %none, %none, %none {expert_weight_bits = 3 : i64}
      : (tensor<5x6xf32>, tensor<5x4xf32>, tensor<4x6x3xui8>, tensor<4x6xf32>, none, tensor<4x6x3xui8>, tensor<4x6xf32>,
         none, none, none, none, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @scales(%x: tensor<5x6xf32>, %r: tensor<5x4xf32>, %w: tensor<4x6x3xui8>, %s: tensor<4x6xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{fc1 has type 'tensor<4x6x3xui8>', expected ui8 of rank 3 with scales of rank 3}}
  %y = onnx.microsoft.QMoE %x, %r, %w, %s, %none, %w, %s, %none, %none, %none, %none, %none, %none, %none {block_size = 32 : i64}
      : (tensor<5x6xf32>, tensor<5x4xf32>, tensor<4x6x3xui8>, tensor<4x6xf32>, none, tensor<4x6x3xui8>, tensor<4x6xf32>,
         none, none, none, none, none, none, none) -> !onnx.value
  return %y : !onnx.value
}
