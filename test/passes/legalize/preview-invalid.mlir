// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @type(%q: tensor<1x2x3x4xf32>) -> !onnx.value {
  // expected-error @+1 {{score_mod gives 'tensor<1x2x3x3xf64>', expected 'tensor<1x2x3x3xf32>'}}
  %y = onnx.preview.FlexAttention %q, %q, %q
      : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) -> !onnx.value score_mod {
  ^bb0(%s: !onnx.value):
    %t = onnx.Cast %s {to = f64} : (!onnx.value) -> !onnx.value
    onnx.Yield %t : !onnx.value
  } prob_mod {
  }
  return %y : !onnx.value
}

// -----

func.func @inputs(%q: tensor<1x2x3x4xf32>) -> !onnx.value {
  // expected-error @+1 {{prob_mod has 2 inputs and 1 outputs, expected one of each}}
  %y = onnx.preview.FlexAttention %q, %q, %q
      : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) -> !onnx.value score_mod {
  } prob_mod {
  ^bb0(%s: !onnx.value, %t: !onnx.value):
    onnx.Yield %s : !onnx.value
  }
  return %y : !onnx.value
}

// -----

func.func @mode(%r: tensor<f32>, %t: tensor<i64>, %x: tensor<2xf32>) -> !onnx.value {
  // expected-error @+1 {{mode is 'fast', expected 'standard' or 'nesterov'}}
  %y:2 = onnx.training.Momentum %r, %t, %x, %x, %x {alpha = 0.9 : f32, beta = 1.0 : f32, mode = "fast", norm_coefficient = 0.0 : f32}
      : (tensor<f32>, tensor<i64>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @count(%r: tensor<f32>, %t: tensor<i64>, %x: tensor<2xf32>) -> !onnx.value {
  // expected-error @+1 {{has 5 inputs and 3 outputs, expected 2 + 4 inputs and 3 outputs for each tensor}}
  %y:3 = onnx.training.Adam %r, %t, %x, %x, %x
      : (tensor<f32>, tensor<i64>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> (!onnx.value, !onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @integers(%r: tensor<f32>, %t: tensor<i64>, %x: tensor<2xi32>) -> !onnx.value {
  // expected-error @+1 {{a tensor has type 'tensor<2xi32>', expected floats}}
  %y:2 = onnx.training.Adagrad %r, %t, %x, %x, %x
      : (tensor<f32>, tensor<i64>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}
