// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @channels(%x: tensor<1x8x9xf32>, %w: tensor<16x4x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{the input has 8 channels, expected 4}}
  %y = onnx.Conv %x, %w, %none : (tensor<1x8x9xf32>, tensor<16x4x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @ranks(%x: tensor<8x9xf32>, %w: tensor<16x8x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{operands have types 'tensor<8x9xf32>' and 'tensor<16x8x3xf32>', expected one rank of 3 or more}}
  %y = onnx.Conv %x, %w, %none : (tensor<8x9xf32>, tensor<16x8x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @group(%x: tensor<1x8x9xf32>, %w: tensor<15x2x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{group is 4, expected a divisor of 15}}
  %y = onnx.Conv %x, %w, %none {group = 4 : i64} : (tensor<1x8x9xf32>, tensor<15x2x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @strides(%x: tensor<1x8x9xf32>, %w: tensor<16x8x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{strides has 2 elements, expected 1}}
  %y = onnx.Conv %x, %w, %none {strides = array<i64: 1, 1>} : (tensor<1x8x9xf32>, tensor<16x8x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @stride(%x: tensor<1x8x9xf32>) -> !onnx.value {
  // expected-error @below {{strides holds 0, expected 1 or more}}
  %y, %i = onnx.MaxPool %x {kernel_shape = array<i64: 2>, strides = array<i64: 0>} : (tensor<1x8x9xf32>) -> (!onnx.value, !onnx.value)
  return %y : !onnx.value
}

// -----

func.func @autopad(%x: tensor<1x8x9xf32>) -> !onnx.value {
  // expected-error @below {{auto_pad is 'SAME', expected 'NOTSET', 'VALID', 'SAME_UPPER' or 'SAME_LOWER'}}
  %y = onnx.AveragePool %x {kernel_shape = array<i64: 2>, auto_pad = "SAME"} : (tensor<1x8x9xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @fit(%x: tensor<1x8x9xf32>) -> !onnx.value {
  // expected-error @below {{the window of 10 elements does not fit dimension 2 of 9 elements with its padding}}
  %y, %i = onnx.MaxPool %x {kernel_shape = array<i64: 10>} : (tensor<1x8x9xf32>) -> (!onnx.value, !onnx.value)
  return %y : !onnx.value
}

// -----

func.func @kernel(%x: tensor<1x8x9xf32>, %w: tensor<16x8x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{kernel_shape is [5], but the weight has type 'tensor<16x8x3xf32>'}}
  %y = onnx.Conv %x, %w, %none {kernel_shape = array<i64: 5>} : (tensor<1x8x9xf32>, tensor<16x8x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @huge_stride(%x: tensor<1x2x4xf32>, %w: tensor<2x3x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{strides holds 4611686018427387904, expected at most 2147483647 either way}}
  %y = onnx.ConvTranspose %x, %w, %none {strides = array<i64: 4611686018427387904>} : (tensor<1x2x4xf32>, tensor<2x3x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @huge_pad(%x: tensor<1x2x4xf32>, %w: tensor<3x2x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{pads holds -4611686018427387904, expected at most 2147483647 either way}}
  %y = onnx.Conv %x, %w, %none {pads = array<i64: -4611686018427387904, 0>} : (tensor<1x2x4xf32>, tensor<3x2x3xf32>, none) -> !onnx.value
  return %y : !onnx.value
}
