// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @types(%x: tensor<2xf32>, %i: tensor<2xi64>, %c: tensor<i1>) -> !onnx.value {
  // expected-error @+1 {{output 0 has type 'tensor<2xf32>' in one branch and 'tensor<2xi64>' in the other, expected one element type}}
  %y = onnx.If %c : (tensor<i1>) -> !onnx.value {
    onnx.Yield %x : tensor<2xf32>
  } else {
    onnx.Yield %i : tensor<2xi64>
  }
  return %y : !onnx.value
}

// -----

func.func @carried(%x: tensor<2xf32>, %n: tensor<i64>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{carried value 0 starts as 'tensor<2xf32>' and goes on as 'tensor<2xi64>', expected one rank and element type}}
  %y = onnx.Loop %n, %none, %x : (tensor<i64>, none, tensor<2xf32>) -> !onnx.value {
  ^bb0(%i: !onnx.value, %c: !onnx.value, %v: !onnx.value):
    %w = onnx.Cast %v {to = i64} : (!onnx.value) -> !onnx.value
    onnx.Yield %c, %w : !onnx.value, !onnx.value
  }
  return %y : !onnx.value
}
