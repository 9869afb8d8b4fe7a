// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @triples(%s: tensor<f32>, %z: tensor<ui8>, %x: tensor<4xui8>) -> !onnx.value {
  // expected-error @+1 {{has 2 inputs after the result's scale, expected triples}}
  %y = onnx.microsoft.QLinearConcat %s, %z, %x, %s {axis = 0 : i64}
      : (tensor<f32>, tensor<ui8>, tensor<4xui8>, tensor<f32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @bits(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{bits is 3, expected 2, 4 or 8}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %none {K = 64 : i64, N = 6 : i64, bits = 3 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @order(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>, %g: tensor<64xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{an operand has type 'tensor<64xf32>', expected integers}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %g, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, tensor<64xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @size(%a: tensor<3x64xf32>, %b: tensor<6x2x8xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{'B' has 96 elements, expected 6 x 32}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x8xui8>, tensor<6x2xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @gathered(%data: tensor<10x32xi2>, %i: tensor<?xi64>, %s: tensor<10x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{data has elements of type 'i2', expected ui8, i4 or ui4}}
  %y = onnx.microsoft.GatherBlockQuantized %data, %i, %s, %none {block_size = 16 : i64}
      : (tensor<10x32xi2>, tensor<?xi64>, tensor<10x2xf32>, none) -> !onnx.value
  return %y : !onnx.value
}
