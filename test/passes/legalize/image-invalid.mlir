// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @channels(%x: tensor<1x6x4x4xf32>) -> !onnx.value {
  // expected-error @below {{a dimension of 6 is no multiple of 4}}
  %y = onnx.DepthToSpace %x {blocksize = 2 : i64} : (tensor<1x6x4x4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @mode(%x: tensor<1x4x4x4xf32>) -> !onnx.value {
  // expected-error @below {{mode is 'RCD', expected 'DCR' or 'CRD'}}
  %y = onnx.DepthToSpace %x {blocksize = 2 : i64, mode = "RCD"} : (tensor<1x4x4x4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rank(%x: tensor<4x4x4xf32>) -> !onnx.value {
  // expected-error @below {{the input has type 'tensor<4x4x4xf32>', expected rank 4}}
  %y = onnx.SpaceToDepth %x {blocksize = 2 : i64} : (tensor<4x4x4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @block(%x: tensor<1x4x4x4xf32>) -> !onnx.value {
  // expected-error @below {{blocksize is 0, expected 1 or more}}
  %y = onnx.SpaceToDepth %x {blocksize = 0 : i64} : (tensor<1x4x4x4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @crop(%x: tensor<4x4xf32>, %s: tensor<3xi64>) -> !onnx.value {
  // expected-error @below {{shape has type 'tensor<3xi64>', expected 2 elements}}
  %y = onnx.CenterCropPad %x, %s : (tensor<4x4xf32>, tensor<3xi64>) -> !onnx.value
  return %y : !onnx.value
}
