// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @reduction(%x: tensor<3xf32>, %at: tensor<3xi64>) -> !onnx.value {
  // expected-error @+1 {{reduction is 'mean', expected 'none', 'add', 'mul', 'max' or 'min'}}
  %y = onnx.ScatterElements %x, %at, %x {reduction = "mean"} : (tensor<3xf32>, tensor<3xi64>, tensor<3xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @updates(%x: tensor<3xf32>, %at: tensor<2xi64>) -> !onnx.value {
  // expected-error @+1 {{dimension 0 of the updates is 3, expected 2}}
  %y = onnx.ScatterElements %x, %at, %x : (tensor<3xf32>, tensor<2xi64>, tensor<3xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @depth(%x: tensor<3xf32>, %at: tensor<2x2xi64>, %u: tensor<2xf32>) -> !onnx.value {
  // expected-error @+1 {{data, indices and updates have types 'tensor<3xf32>', 'tensor<2x2xi64>' and 'tensor<2xf32>', which do not fit}}
  %y = onnx.ScatterND %x, %at, %u : (tensor<3xf32>, tensor<2x2xi64>, tensor<2xf32>) -> !onnx.value
  return %y : !onnx.value
}
