// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @index(%x: tensor<3xf32>) -> !onnx.value {
  %at = onnx.Constant {value = dense<[0, 3]> : tensor<2xi64>} : () -> !onnx.value
  // expected-error @+1 {{index 3 is out of range for a dimension of 3}}
  %y = onnx.Gather %x, %at : (tensor<3xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rank(%x: tensor<3x3xf32>, %at: tensor<3xi64>) -> !onnx.value {
  // expected-error @+1 {{indices have rank 1, expected 2}}
  %y = onnx.GatherElements %x, %at : (tensor<3x3xf32>, tensor<3xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @depth(%x: tensor<3x3xf32>, %at: tensor<5x3xi64>) -> !onnx.value {
  // expected-error @+1 {{the last dimension of the indices is 3, expected 1 to 2}}
  %y = onnx.GatherND %x, %at : (tensor<3x3xf32>, tensor<5x3xi64>) -> !onnx.value
  return %y : !onnx.value
}
