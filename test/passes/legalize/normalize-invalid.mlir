// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @channels(%x: tensor<1x4x3xf32>, %s: tensor<5xf32>) -> !onnx.value {
  // expected-error @below {{a value of the channels has 5 elements, expected 4}}
  %y = onnx.InstanceNormalization %x, %s, %s : (tensor<1x4x3xf32>, tensor<5xf32>, tensor<5xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @groups(%x: tensor<1x4x3xf32>, %s: tensor<4xf32>) -> !onnx.value {
  // expected-error @below {{num_groups is 3, expected a divisor of the channels}}
  %y = onnx.GroupNormalization %x, %s, %s {num_groups = 3 : i64} : (tensor<1x4x3xf32>, tensor<4xf32>, tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rank(%x: tensor<4xf32>, %s: tensor<4xf32>) -> !onnx.value {
  // expected-error @below {{the input has type 'tensor<4xf32>', expected rank 3 or more}}
  %y = onnx.InstanceNormalization %x, %s, %s : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @size(%x: tensor<1x4x3xf32>) -> !onnx.value {
  // expected-error @below {{size is 0, expected 1 or more}}
  %y = onnx.LRN %x {size = 0 : i64} : (tensor<1x4x3xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @norm(%x: tensor<1x4x3xf32>) -> !onnx.value {
  // expected-error @below {{p is 3, expected 1 or 2}}
  %y = onnx.LpNormalization %x {p = 3 : i64} : (tensor<1x4x3xf32>) -> !onnx.value
  return %y : !onnx.value
}
