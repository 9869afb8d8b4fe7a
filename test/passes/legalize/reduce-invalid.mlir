// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @range(%x: tensor<2x3xf32>) -> !onnx.value {
  %axes = onnx.Constant {value = dense<[2]> : tensor<1xi64>} : () -> !onnx.value
  // expected-error @below {{axis 2 is out of range for rank 2}}
  %y = onnx.ReduceSum %x, %axes : (tensor<2x3xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @twice(%x: tensor<2x3xf32>) -> !onnx.value {
  %axes = onnx.Constant {value = dense<[0, -2]> : tensor<2xi64>} : () -> !onnx.value
  // expected-error @below {{axis -2 is given twice}}
  %y = onnx.ReduceSum %x, %axes : (tensor<2x3xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @count(%x: tensor<2x3xf32>, %axes: tensor<?xi64>) -> !onnx.value {
  // expected-error @below {{the number of axes is not known: 'axes' is 'tensor<?xi64>'}}
  %y = onnx.ReduceSum %x, %axes {keepdims = 0 : i64} : (tensor<2x3xf32>, tensor<?xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @integers(%x: tensor<2x3xi32>) -> !onnx.value {
  // expected-error @below {{the operand has type 'tensor<2x3xi32>', expected floats}}
  %y = onnx.Softmax %x : (tensor<2x3xi32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @scalar(%x: tensor<f32>) -> !onnx.value {
  %axis = onnx.Constant {value = dense<0> : tensor<i64>} : () -> !onnx.value
  // expected-error @below {{the operand has rank 0, expected 1 or more}}
  %y = onnx.CumSum %x, %axis : (tensor<f32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}
