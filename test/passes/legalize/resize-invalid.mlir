// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @mode(%x: tensor<1x3x4x4xf32>, %s: tensor<4xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{mode is 'lanczos', expected 'nearest', 'linear' or 'cubic'}}
  %y = onnx.Resize %x, %none, %s, %none {mode = "lanczos"} : (tensor<1x3x4x4xf32>, none, tensor<4xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @both(%x: tensor<1x3x4x4xf32>, %s: tensor<4xf32>, %n: tensor<4xi64>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{expected either scales or sizes}}
  %y = onnx.Resize %x, %none, %s, %n : (tensor<1x3x4x4xf32>, none, tensor<4xf32>, tensor<4xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @count(%x: tensor<1x3x4x4xf32>, %s: tensor<2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{scales has type 'tensor<2xf32>', expected 4 elements}}
  %y = onnx.Resize %x, %none, %s, %none : (tensor<1x3x4x4xf32>, none, tensor<2xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @negative(%x: tensor<4xf32>) -> !onnx.value {
  %none = onnx.None : none
  %s = onnx.Constant {value = dense<[-1.0]> : tensor<1xf32>} : () -> !onnx.value
  // expected-error @below {{scales holds -1.000000e+00, expected a positive number}}
  %y = onnx.Resize %x, %none, %s, %none : (tensor<4xf32>, none, !onnx.value, none) -> !onnx.value
  return %y : !onnx.value
}
