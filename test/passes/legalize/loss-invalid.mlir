// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @reduction(%x: tensor<2x3xf32>, %t: tensor<2xi64>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{reduction is 'max', expected 'none', 'sum' or 'mean'}}
  %y = onnx.NegativeLogLikelihoodLoss %x, %t, %none {reduction = "max"} : (tensor<2x3xf32>, tensor<2xi64>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rank(%x: tensor<2x3xf32>, %t: tensor<2x3xi64>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{the input has type 'tensor<2x3xf32>' and the target 'tensor<2x3xi64>', expected rank 2 or more and one less}}
  %y = onnx.NegativeLogLikelihoodLoss %x, %t, %none : (tensor<2x3xf32>, tensor<2x3xi64>, none) -> !onnx.value
  return %y : !onnx.value
}
