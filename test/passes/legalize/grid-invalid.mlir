// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @rank(%x: tensor<1x3x4x4xf32>, %g: tensor<1x5x5x3xf32>) -> !onnx.value {
  // expected-error @below {{operands have types 'tensor<1x3x4x4xf32>' and 'tensor<1x5x5x3xf32>', expected one rank of 3 or more and a grid whose last dimension is 2}}
  %y = onnx.GridSample %x, %g : (tensor<1x3x4x4xf32>, tensor<1x5x5x3xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @mode(%x: tensor<1x3x4x4xf32>, %g: tensor<1x5x5x2xf32>) -> !onnx.value {
  // expected-error @below {{mode is 'sinc', expected 'nearest', 'linear' or 'cubic'}}
  %y = onnx.GridSample %x, %g {mode = "sinc"} : (tensor<1x3x4x4xf32>, tensor<1x5x5x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @padding(%x: tensor<1x3x4x4xf32>, %g: tensor<1x5x5x2xf32>) -> !onnx.value {
  // expected-error @below {{padding_mode is 'wrap', expected 'zeros', 'border' or 'reflection'}}
  %y = onnx.GridSample %x, %g {padding_mode = "wrap"} : (tensor<1x3x4x4xf32>, tensor<1x5x5x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @theta(%t: tensor<1x2x2xf32>, %s: tensor<4xi64>) -> !onnx.value {
  // expected-error @below {{theta has type 'tensor<1x2x2xf32>', expected matrices of 2 x 3}}
  %y = onnx.AffineGrid %t, %s : (tensor<1x2x2xf32>, tensor<4xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @deform(%x: tensor<1x3x4x4xf32>, %w: tensor<2x3x2x2xf32>, %o: tensor<1x8x3x3xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{group is 1 and offset_group 0, expected 1 or more}}
  %y = onnx.DeformConv %x, %w, %o, %none, %none {offset_group = 0 : i64}
      : (tensor<1x3x4x4xf32>, tensor<2x3x2x2xf32>, tensor<1x8x3x3xf32>, none, none) -> !onnx.value
  return %y : !onnx.value
}
