// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @terms(%x: tensor<4x4xf32>) -> !onnx.value {
  // expected-error @below {{equation 'ij,jk' has 2 terms, expected 1}}
  %y = onnx.Einsum %x {equation = "ij,jk"} : (tensor<4x4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rank(%x: tensor<4x4xf32>) -> !onnx.value {
  // expected-error @below {{term 'ijk' names 3 dimensions of an operand of type 'tensor<4x4xf32>'}}
  %y = onnx.Einsum %x {equation = "ijk"} : (tensor<4x4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @unknown(%x: tensor<4x4xf32>) -> !onnx.value {
  // expected-error @below {{output dimension 'k' occurs in no term}}
  %y = onnx.Einsum %x {equation = "ij->ik"} : (tensor<4x4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @symbol(%x: tensor<4x4xf32>) -> !onnx.value {
  // expected-error @below {{equation 'ij->i*' has '*' where a letter or '...' is expected}}
  %y = onnx.Einsum %x {equation = "ij->i*"} : (tensor<4x4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @size(%x: tensor<4x3xf32>) -> !onnx.value {
  // expected-error @below {{dimensions 4 and 3 do not broadcast}}
  %y = onnx.Einsum %x {equation = "ii"} : (tensor<4x3xf32>) -> !onnx.value
  return %y : !onnx.value
}
