// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @activation(%x: tensor<1x4x5xf32>, %w: tensor<4x1x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{activation is 'relu', expected 'none', 'silu' or 'swish'}}
  %y:2 = onnx.CausalConvWithState %x, %w, %none, %none {activation = "relu"}
      : (tensor<1x4x5xf32>, tensor<4x1x3xf32>, none, none) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @dense(%x: tensor<1x4x5xf32>, %w: tensor<4x4x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{the weight has type 'tensor<4x4x3xf32>', expected one input channel}}
  %y:2 = onnx.CausalConvWithState %x, %w, %none, %none
      : (tensor<1x4x5xf32>, tensor<4x4x3xf32>, none, none) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @state(%x: tensor<1x4x5xf32>, %w: tensor<4x1x3xf32>, %s: tensor<1x4x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{dimensions of the state and of the input differ: 3 and 2}}
  %y:2 = onnx.CausalConvWithState %x, %w, %none, %s
      : (tensor<1x4x5xf32>, tensor<4x1x3xf32>, none, tensor<1x4x3xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @rule(%q: tensor<2x6x8xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{update_rule is 'square', expected 'linear', 'gated', 'delta' or 'gated_delta'}}
  %y:2 = onnx.LinearAttention %q, %q, %q, %none, %none, %none {q_num_heads = 2 : i64, kv_num_heads = 2 : i64, update_rule = "square"}
      : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>, none, none, none) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @decay(%q: tensor<2x6x8xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{update_rule 'gated' needs a decay}}
  %y:2 = onnx.LinearAttention %q, %q, %q, %none, %none, %none {q_num_heads = 2 : i64, kv_num_heads = 2 : i64, update_rule = "gated"}
      : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>, none, none, none) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @beta(%q: tensor<2x6x8xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{update_rule 'linear' has no beta}}
  %y:2 = onnx.LinearAttention %q, %q, %q, %none, %none, %q {q_num_heads = 2 : i64, kv_num_heads = 2 : i64, update_rule = "linear"}
      : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>, none, none, tensor<2x6x8xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @betas(%q: tensor<2x6x8xf32>, %b: tensor<2x6x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{beta has type 'tensor<2x6x3xf32>', expected a last dimension of 1 or 2}}
  %y:2 = onnx.LinearAttention %q, %q, %q, %none, %none, %b {q_num_heads = 2 : i64, kv_num_heads = 2 : i64, update_rule = "delta"}
      : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>, none, none, tensor<2x6x3xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @heads(%q: tensor<2x6x8xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{q_num_heads is 3, expected a positive multiple of kv_num_heads, 2}}
  %y:2 = onnx.LinearAttention %q, %q, %q, %none, %none, %none {q_num_heads = 3 : i64, kv_num_heads = 2 : i64, update_rule = "linear"}
      : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>, none, none, none) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @width(%q: tensor<2x6x9xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{query has type 'tensor<2x6x9xf32>', expected a multiple of 2 heads}}
  %y:2 = onnx.LinearAttention %q, %q, %q, %none, %none, %none {q_num_heads = 2 : i64, kv_num_heads = 2 : i64, update_rule = "linear"}
      : (tensor<2x6x9xf32>, tensor<2x6x9xf32>, tensor<2x6x9xf32>, none, none, none) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}
