// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @shape() -> !onnx.value {
  // expected-error @+1 {{'shape' holds -2}}
  %y = onnx.RandomNormal {shape = array<i64: -2>} : () -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @type(%x: tensor<3xi32>) -> !onnx.value {
  // expected-error @+1 {{the result has elements of type 'i32', expected floats}}
  %y = onnx.RandomUniformLike %x : (tensor<3xi32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @probability(%x: tensor<3xi32>) -> !onnx.value {
  // expected-error @+1 {{the operand has type 'tensor<3xi32>', expected floats}}
  %y = onnx.Bernoulli %x : (tensor<3xi32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @classes(%x: tensor<3xf32>) -> !onnx.value {
  // expected-error @+1 {{the operand has type 'tensor<3xf32>', expected floats of rank 2}}
  %y = onnx.Multinomial %x : (tensor<3xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @samples(%x: tensor<1x3xf32>) -> !onnx.value {
  // expected-error @+1 {{sample_size is 0, expected 1 or more}}
  %y = onnx.Multinomial %x {sample_size = 0 : i64} : (tensor<1x3xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @sampled(%x: tensor<1x3xf32>) -> !onnx.value {
  // expected-error @+1 {{dtype is 'f32', expected i32 or i64}}
  %y = onnx.Multinomial %x {dtype = f32} : (tensor<1x3xf32>) -> !onnx.value
  return %y : !onnx.value
}
