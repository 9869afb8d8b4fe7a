// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @concat_axis(%a: tensor<2x3xf32>) -> !onnx.value {
  // expected-error @+1 {{axis 2 is out of range for rank 2}}
  %y = onnx.Concat %a, %a {axis = 2 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @concat_types(%a: tensor<2x3xf32>, %b: tensor<2x3xi64>) -> !onnx.value {
  // expected-error @+1 {{inputs have types 'tensor<2x3xf32>' and 'tensor<2x3xi64>', expected one rank and element type}}
  %y = onnx.Concat %a, %b {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @split_sum(%a: tensor<7xf32>) -> (!onnx.value, !onnx.value) {
  %parts = onnx.Constant {value = dense<[3, 3]> : tensor<2xi64>} : () -> !onnx.value
  // expected-error @+1 {{the parts of 'split' add up to 6, expected 7}}
  %y:2 = onnx.Split %a, %parts : (tensor<7xf32>, !onnx.value) -> (!onnx.value, !onnx.value)
  return %y#0, %y#1 : !onnx.value, !onnx.value
}

// -----

func.func @slice_step(%a: tensor<7xf32>) -> !onnx.value {
  %zero = onnx.Constant {value = dense<0> : tensor<1xi64>} : () -> !onnx.value
  // expected-error @+1 {{the step of axis 0 is 0}}
  %y = onnx.Slice %a, %zero, %zero, %zero, %zero : (tensor<7xf32>, !onnx.value, !onnx.value, !onnx.value, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @pad_mode(%a: tensor<7xf32>) -> !onnx.value {
  %pads = onnx.Constant {value = dense<1> : tensor<2xi64>} : () -> !onnx.value
  %none = onnx.None : none
  // expected-error @+1 {{mode is 'mirror', expected 'constant', 'reflect', 'edge' or 'wrap'}}
  %y = onnx.Pad %a, %pads, %none, %none {mode = "mirror"} : (tensor<7xf32>, !onnx.value, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @tile_count(%a: tensor<7x2xf32>) -> !onnx.value {
  %repeats = onnx.Constant {value = dense<2> : tensor<1xi64>} : () -> !onnx.value
  // expected-error @+1 {{'repeats' has 1 elements, expected 2}}
  %y = onnx.Tile %a, %repeats : (tensor<7x2xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}
