// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

// The output holds all of what was pooled.
func.func @unpool(%x: tensor<1x1x2x2xf32>, %i: tensor<1x1x2x2xi64>) -> !onnx.value {
  %shape = onnx.Constant {value = dense<[1, 1, 3, 4]> : tensor<4xi64>} : () -> !onnx.value
  // expected-error @+1 {{output_shape holds 3, expected at least 4}}
  %y = onnx.MaxUnpool %x, %i, %shape {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>}
      : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xi64>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @unpool_rank(%x: tensor<1x1x2x2xf32>, %i: tensor<1x1x2x2xi64>, %shape: tensor<3xi64>) -> !onnx.value {
  // expected-error @+1 {{output_shape has type 'tensor<3xi64>', expected 4 elements}}
  %y = onnx.MaxUnpool %x, %i, %shape {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>}
      : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xi64>, tensor<3xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @nhwc(%x: tensor<4x4xui8>) -> !onnx.value {
  // expected-error @+1 {{the input has type 'tensor<4x4xui8>', expected rank 3 or more}}
  %y = onnx.microsoft.NhwcMaxPool %x {kernel_shape = array<i64: 2, 2>} : (tensor<4x4xui8>) -> !onnx.value
  return %y : !onnx.value
}
