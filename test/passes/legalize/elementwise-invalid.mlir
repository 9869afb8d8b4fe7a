// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @types(%x: tensor<4xf32>, %y: tensor<4xi32>) -> !onnx.value {
  // expected-error @+1 {{operands have element types 'f32' and 'i32'}}
  %z = onnx.Add %x, %y : (tensor<4xf32>, tensor<4xi32>) -> !onnx.value
  return %z : !onnx.value
}

// -----

func.func @shapes(%x: tensor<4xf32>, %y: tensor<3xf32>) -> !onnx.value {
  // expected-error @+1 {{dimensions 4 and 3 do not broadcast}}
  %z = onnx.Add %x, %y : (tensor<4xf32>, tensor<3xf32>) -> !onnx.value
  return %z : !onnx.value
}

// -----

func.func @gelu(%x: tensor<4xf32>) -> !onnx.value {
  // expected-error @+1 {{approximate is 'sigmoid', expected 'none' or 'tanh'}}
  %z = onnx.Gelu %x {approximate = "sigmoid"} : (tensor<4xf32>) -> !onnx.value
  return %z : !onnx.value
}

// -----

func.func @bits(%x: tensor<4xf32>) -> !onnx.value {
  // expected-error @+1 {{the elements have type 'f32' of 32 bits, expected as many as 'i64' has, 64}}
  %z = onnx.BitCast %x {to = i64} : (tensor<4xf32>) -> !onnx.value
  return %z : !onnx.value
}
