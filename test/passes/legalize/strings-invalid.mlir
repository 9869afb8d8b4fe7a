// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @abs(%x: tensor<2x!coil.string>) -> !onnx.value {
  // expected-error @+1 {{input 0 holds strings, expected numbers}}
  %y = onnx.Abs %x : (tensor<2x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @condition(%c: tensor<2x!coil.string>, %x: tensor<2xf32>) -> !onnx.value {
  // expected-error @+1 {{input 0 holds strings, expected numbers}}
  %y = onnx.Where %c, %x, %x : (tensor<2x!coil.string>, tensor<2xf32>, tensor<2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @mixed(%x: tensor<2x!coil.string>, %y: tensor<2xi64>) -> !onnx.value {
  // expected-error @+1 {{operands have element types '!coil.string' and 'i64'}}
  %z = onnx.Equal %x, %y : (tensor<2x!coil.string>, tensor<2xi64>) -> !onnx.value
  return %z : !onnx.value
}
