// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @parts(%x: tensor<2x8x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{the signal has type 'tensor<2x8x3xf32>', expected a last dimension of 1 or 2}}
  %y = onnx.DFT %x, %none, %none : (tensor<2x8x3xf32>, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @integers(%x: tensor<2x8x1xi32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{the signal has type 'tensor<2x8x1xi32>', expected floats}}
  %y = onnx.DFT %x, %none, %none : (tensor<2x8x1xi32>, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rank(%x: tensor<8xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{the signal has type 'tensor<8xf32>', expected rank 2 or more}}
  %y = onnx.DFT %x, %none, %none : (tensor<8xf32>, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The last dimension holds the parts of a number.
func.func @axis(%x: tensor<2x8x1xf32>) -> !onnx.value {
  %none = onnx.None : none
  %axis = onnx.Constant {value = dense<-1> : tensor<i64>} : () -> !onnx.value
  // expected-error @+1 {{axis -1 is none of the first 2 of rank 3}}
  %y = onnx.DFT %x, %none, %axis : (tensor<2x8x1xf32>, none, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @axes(%x: tensor<2x8x1xf32>, %axis: tensor<1x1xi64>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{'axis' has type 'tensor<1x1xi64>', expected one integer}}
  %y = onnx.DFT %x, %none, %axis : (tensor<2x8x1xf32>, none, tensor<1x1xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @length(%x: tensor<2x8x1xf32>) -> !onnx.value {
  %none = onnx.None : none
  %length = onnx.Constant {value = dense<0> : tensor<i64>} : () -> !onnx.value
  // expected-error @+1 {{the length of the transform is 0, expected 1 or more}}
  %y = onnx.DFT %x, %length, %none : (tensor<2x8x1xf32>, !onnx.value, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @signal(%x: tensor<8xf32>) -> !onnx.value {
  %none = onnx.None : none
  %step = onnx.Constant {value = dense<2> : tensor<i64>} : () -> !onnx.value
  // expected-error @+1 {{the signal has type 'tensor<8xf32>', expected rank 3}}
  %y = onnx.STFT %x, %step, %none, %none : (tensor<8xf32>, !onnx.value, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @step(%x: tensor<1x8x1xf32>) -> !onnx.value {
  %none = onnx.None : none
  %step = onnx.Constant {value = dense<0> : tensor<i64>} : () -> !onnx.value
  // expected-error @+1 {{frame_step or frame_length is less than 1}}
  %y = onnx.STFT %x, %step, %none, %none : (tensor<1x8x1xf32>, !onnx.value, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @window() -> !onnx.value {
  %n = onnx.Constant {value = dense<-3> : tensor<i64>} : () -> !onnx.value
  // expected-error @+1 {{the size is -3, expected 0 or more}}
  %y = onnx.HannWindow %n : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}
