// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @elements(%x: tensor<4x3xf32>) -> !onnx.value {
  %to = onnx.Constant {value = dense<[5, 2]> : tensor<2xi64>} : () -> !onnx.value
  // expected-error @+1 {{a tensor of 12 elements cannot be reshaped to one of 10}}
  %y = onnx.Reshape %x, %to : (tensor<4x3xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rest(%x: tensor<4x3xf32>) -> !onnx.value {
  %to = onnx.Constant {value = dense<[5, -1]> : tensor<2xi64>} : () -> !onnx.value
  // expected-error @+1 {{cannot divide the 12 remaining elements by 5}}
  %y = onnx.Reshape %x, %to : (tensor<4x3xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @squeeze(%x: tensor<4x3xf32>) -> !onnx.value {
  %axes = onnx.Constant {value = dense<1> : tensor<1xi64>} : () -> !onnx.value
  // expected-error @+1 {{dimension 1 is 3, expected 1}}
  %y = onnx.Squeeze %x, %axes : (tensor<4x3xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @perm(%x: tensor<4x3xf32>) -> !onnx.value {
  // expected-error @+1 {{perm is not a permutation of 2 axes}}
  %y = onnx.Transpose %x {perm = array<i64: 0, 0>} : (tensor<4x3xf32>) -> !onnx.value
  return %y : !onnx.value
}
