// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @direction(%x: tensor<5x2x4xf32>, %w: tensor<1x3x4xf32>, %r: tensor<1x3x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{direction is 'backward', expected 'forward', 'reverse' or 'bidirectional'}}
  %y, %h = onnx.RNN %x, %w, %r, %none, %none, %none {direction = "backward"}
      : (tensor<5x2x4xf32>, tensor<1x3x4xf32>, tensor<1x3x3xf32>, none, none, none) -> (!onnx.value, !onnx.value)
  return %y : !onnx.value
}

// -----

func.func @activation(%x: tensor<5x2x4xf32>, %w: tensor<1x3x4xf32>, %r: tensor<1x3x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{activation 'Swish' is not one of ONNX's}}
  %y, %h = onnx.RNN %x, %w, %r, %none, %none, %none {activations = ["Swish"]}
      : (tensor<5x2x4xf32>, tensor<1x3x4xf32>, tensor<1x3x3xf32>, none, none, none) -> (!onnx.value, !onnx.value)
  return %y : !onnx.value
}

// -----

func.func @count(%x: tensor<5x2x4xf32>, %w: tensor<1x9x4xf32>, %r: tensor<1x9x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{activations has 1 elements, expected 2}}
  %y, %h = onnx.GRU %x, %w, %r, %none, %none, %none {activations = ["Tanh"]}
      : (tensor<5x2x4xf32>, tensor<1x9x4xf32>, tensor<1x9x3xf32>, none, none, none) -> (!onnx.value, !onnx.value)
  return %y : !onnx.value
}

// -----

func.func @weight(%x: tensor<5x2x4xf32>, %w: tensor<1x9x5xf32>, %r: tensor<1x9x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{W has type 'tensor<1x9x5xf32>', expected dimensions [1, 9, 4]}}
  %y, %h = onnx.GRU %x, %w, %r, %none, %none, %none
      : (tensor<5x2x4xf32>, tensor<1x9x5xf32>, tensor<1x9x3xf32>, none, none, none) -> (!onnx.value, !onnx.value)
  return %y : !onnx.value
}
