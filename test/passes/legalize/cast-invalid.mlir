// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @mode(%x: tensor<4xf32>) -> !onnx.value {
  // expected-error @+1 {{round_mode is 'even', expected 'up', 'down' or 'nearest'}}
  %y = onnx.Cast %x {to = f8E8M0FNU, round_mode = "even"} : (tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @width(%x: tensor<4xf32>) -> !onnx.value {
  // expected-error @+1 {{the elements have type 'f32' of 32 bits, expected as many as 'i16' has, 16}}
  %y = onnx.BitCast %x {to = i16} : (tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}
