// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @negative() -> !onnx.value {
  %shape = onnx.Constant {value = dense<[2, -3]> : tensor<2xi64>} : () -> !onnx.value
  // expected-error @+1 {{dimension 1 is -3}}
  %y = onnx.ConstantOfShape %shape : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rank(%shape: tensor<?xi64>) -> !onnx.value {
  // expected-error @+1 {{the rank of the result is not known: the shape is 'tensor<?xi64>'}}
  %y = onnx.ConstantOfShape %shape : (tensor<?xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @delta(%a: tensor<i64>) -> !onnx.value {
  %zero = onnx.Constant {value = dense<0> : tensor<i64>} : () -> !onnx.value
  // expected-error @+1 {{delta is 0}}
  %y = onnx.Range %a, %a, %zero : (tensor<i64>, tensor<i64>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @eye(%a: tensor<3xf32>) -> !onnx.value {
  // expected-error @+1 {{the operand has rank 1, expected 2}}
  %y = onnx.EyeLike %a : (tensor<3xf32>) -> !onnx.value
  return %y : !onnx.value
}
