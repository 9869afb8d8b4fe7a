// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @inner(%a: tensor<2x3xf32>, %b: tensor<4x2xf32>) -> !onnx.value {
  // expected-error @below {{the inner dimensions of the product are 3 and 4}}
  %y = onnx.MatMul %a, %b : (tensor<2x3xf32>, tensor<4x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @scalar(%a: tensor<f32>, %b: tensor<4x2xf32>) -> !onnx.value {
  // expected-error @below {{operands have types 'tensor<f32>' and 'tensor<4x2xf32>', expected rank 1 or more}}
  %y = onnx.MatMul %a, %b : (tensor<f32>, tensor<4x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @gemm(%a: tensor<1x2x3xf32>, %b: tensor<3x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{operands have types 'tensor<1x2x3xf32>' and 'tensor<3x2xf32>', expected rank 2}}
  %y = onnx.Gemm %a, %b, %none : (tensor<1x2x3xf32>, tensor<3x2xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @det(%a: tensor<2x3xf32>) -> !onnx.value {
  // expected-error @below {{the operand has type 'tensor<2x3xf32>', expected square matrices}}
  %y = onnx.Det %a : (tensor<2x3xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @inverse(%a: tensor<2x3xf32>) -> !onnx.value {
  // expected-error @below {{the rows and columns of the matrices differ: 2 and 3}}
  %y = onnx.microsoft.Inverse %a : (tensor<2x3xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @inverse_of_integers(%a: tensor<3x3xi32>) -> !onnx.value {
  // expected-error @below {{the operand has type 'tensor<3x3xi32>', expected floats of rank 2 or more}}
  %y = onnx.microsoft.Inverse %a : (tensor<3x3xi32>) -> !onnx.value
  return %y : !onnx.value
}
