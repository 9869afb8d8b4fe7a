// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @regions(%x: tensor<1x3x4x4xf32>, %r: tensor<2x5xf32>, %b: tensor<2xi64>) -> !onnx.value {
  // expected-error @below {{operands have types 'tensor<1x3x4x4xf32>' and 'tensor<2x5xf32>', expected rank 4 and regions of 4 numbers}}
  %y = onnx.RoiAlign %x, %r, %b : (tensor<1x3x4x4xf32>, tensor<2x5xf32>, tensor<2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @mode(%x: tensor<1x3x4x4xf32>, %r: tensor<2x4xf32>, %b: tensor<2xi64>) -> !onnx.value {
  // expected-error @below {{mode is 'min', expected 'avg' or 'max'}}
  %y = onnx.RoiAlign %x, %r, %b {mode = "min"} : (tensor<1x3x4x4xf32>, tensor<2x4xf32>, tensor<2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @output(%x: tensor<1x3x4x4xf32>, %r: tensor<2x4xf32>, %b: tensor<2xi64>) -> !onnx.value {
  // expected-error @below {{output of 0 x 1 with sampling_ratio 0, expected positive sizes}}
  %y = onnx.RoiAlign %x, %r, %b {output_height = 0 : i64} : (tensor<1x3x4x4xf32>, tensor<2x4xf32>, tensor<2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @pooled(%x: tensor<1x3x4x4xf32>, %r: tensor<2x5xf32>) -> !onnx.value {
  // expected-error @below {{pooled_shape is [2], expected two positive sizes}}
  %y = onnx.MaxRoiPool %x, %r {pooled_shape = array<i64: 2>} : (tensor<1x3x4x4xf32>, tensor<2x5xf32>) -> !onnx.value
  return %y : !onnx.value
}
