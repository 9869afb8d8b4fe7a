// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @heads(%q: tensor<1x3x4x8xf32>, %k: tensor<1x2x4x8xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{the 3 heads of queries are not a multiple of the 2 of keys}}
  %y:4 = onnx.Attention %q, %k, %k, %none, %none, %none, %none
      : (tensor<1x3x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, none, none, none, none)
      -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @flat(%q: tensor<1x4x16xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{inputs of rank 3 need q_num_heads and kv_num_heads}}
  %y:4 = onnx.Attention %q, %q, %q, %none, %none, %none, %none
      : (tensor<1x4x16xf32>, tensor<1x4x16xf32>, tensor<1x4x16xf32>, none, none, none, none)
      -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @long_mask(%q: tensor<1x2x4x8xf32>, %m: tensor<4x5xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{the last dimension of a mask is longer than the keys}}
  %y:4 = onnx.Attention %q, %q, %q, %m, %none, %none, %none
      : (tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<4x5xf32>, none, none, none)
      -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @mode(%q: tensor<1x2x4x8xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{qk_matmul_output_mode is 4, expected 0 to 3}}
  %y:4 = onnx.Attention %q, %q, %q, %none, %none, %none, %none {qk_matmul_output_mode = 4 : i64}
      : (tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, none, none, none, none)
      -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @cache(%x: tensor<2x3x8xf32>, %c: tensor<32x3xf32>, %p: tensor<2x3xi64>) -> !onnx.value {
  // expected-error @+1 {{the caches' last dimension and half of the rotary dimension differ: 3 and 4}}
  %y = onnx.RotaryEmbedding %x, %c, %c, %p {num_heads = 1 : i64}
      : (tensor<2x3x8xf32>, tensor<32x3xf32>, tensor<32x3xf32>, tensor<2x3xi64>) -> !onnx.value
  return %y : !onnx.value
}
