// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @k(%x: tensor<3xf32>) -> !onnx.value {
  %k = onnx.Constant {value = dense<4> : tensor<1xi64>} : () -> !onnx.value
  // expected-error @+1 {{k is 4, expected 0 to 3}}
  %y:2 = onnx.TopK %x, %k : (tensor<3xf32>, !onnx.value) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @condition(%x: tensor<3xf32>, %c: tensor<3x1xi1>) -> !onnx.value {
  // expected-error @+1 {{the condition has type 'tensor<3x1xi1>', expected rank 1}}
  %y = onnx.Compress %x, %c : (tensor<3xf32>, tensor<3x1xi1>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @boxes(%boxes: tensor<1x6x5xf32>, %scores: tensor<1x1x6xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{boxes have type 'tensor<1x6x5xf32>', expected a last dimension of 4}}
  %y = onnx.NonMaxSuppression %boxes, %scores, %none, %none, %none : (tensor<1x6x5xf32>, tensor<1x1x6xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}
