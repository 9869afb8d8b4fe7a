// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @wide(%x: tensor<4xf32>, %s: tensor<f32>, %z: tensor<i64>) -> !onnx.value {
  // expected-error @+1 {{quantized elements of type 'i64' are not supported, expected integers of 2 to 32 bits or floats of 4 or 8 bits}}
  %y = onnx.QuantizeLinear %x, %s, %z : (tensor<4xf32>, tensor<f32>, tensor<i64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @narrow(%a: tensor<2x8xi4>, %b: tensor<8x5xi8>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{quantized elements of type 'i4' are not supported, expected 8, 16 or 32 bit integers}}
  %y = onnx.MatMulInteger %a, %b, %none, %none : (tensor<2x8xi4>, tensor<8x5xi8>, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @exponents(%x: tensor<4xf32>, %s: tensor<f32>, %z: tensor<f8E8M0FNU>) -> !onnx.value {
  // expected-error @+1 {{quantized elements of type 'f8E8M0FNU' are not supported}}
  %y = onnx.QuantizeLinear %x, %s, %z : (tensor<4xf32>, tensor<f32>, tensor<f8E8M0FNU>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @precision(%x: tensor<4xf32>, %s: tensor<f32>, %z: tensor<i8>) -> !onnx.value {
  // expected-error @+1 {{the division is in 'f8E5M2', expected a float type of 16 bits or more}}
  %y = onnx.QuantizeLinear %x, %s, %z {precision = f8E5M2} : (tensor<4xf32>, tensor<f32>, tensor<i8>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @result(%x: tensor<4xf4E2M1FN>, %s: tensor<f8E8M0FNU>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{the result would have elements of type 'f8E8M0FNU', expected output_dtype to name a wider float}}
  %y = onnx.DequantizeLinear %x, %s, %none : (tensor<4xf4E2M1FN>, tensor<f8E8M0FNU>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @zero_point(%x: tensor<4xi4>, %s: tensor<f32>, %z: tensor<ui4>) -> !onnx.value {
  // expected-error @+1 {{operands have element types 'i4' and 'ui4'}}
  %y = onnx.DequantizeLinear %x, %s, %z : (tensor<4xi4>, tensor<f32>, tensor<ui4>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @types(%x: tensor<4xf32>, %s: tensor<f32>, %z: tensor<i8>) -> !onnx.value {
  // expected-error @+1 {{output_dtype is 'ui8' but y_zero_point has elements of type 'i8'}}
  %y = onnx.QuantizeLinear %x, %s, %z {output_dtype = ui8} : (tensor<4xf32>, tensor<f32>, tensor<i8>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @blocks(%x: tensor<2x64xi8>, %s: tensor<2x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{dimension 1 of a blocked scale or zero point is 3, expected 2}}
  %y = onnx.DequantizeLinear %x, %s, %none {axis = 1 : i64, block_size = 32 : i64}
      : (tensor<2x64xi8>, tensor<2x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @axis(%x: tensor<2x4xi8>, %s: tensor<2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{axis 2 is out of range for rank 2}}
  %y = onnx.DequantizeLinear %x, %s, %none {axis = 2 : i64} : (tensor<2x4xi8>, tensor<2xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @columns(%a: tensor<2x8xui8>, %b: tensor<8x5xi8>, %z: tensor<3xi8>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{dimensions 5 and 3 do not broadcast}}
  %y = onnx.MatMulInteger %a, %b, %none, %z : (tensor<2x8xui8>, tensor<8x5xi8>, none, tensor<3xi8>) -> !onnx.value
  return %y : !onnx.value
}
