// RUN: coil-opt %s -legalize-onnx -split-input-file -verify-diagnostics

func.func @type(%x: tensor<4xi32>) -> !onnx.value {
  // expected-error @below {{input 0 has type 'tensor<4xi32>', declared are [f32, f16]}}
  %y = onnx.custom.Call %x {operator_name = "a::B", function = "f", values = {}, declared_inputs = [{types = [f32, f16]}],
    declared_outputs = [{type_of = 0 : i64, shape_of = 0 : i64}]} : (tensor<4xi32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rank(%x: tensor<4xf32>) -> !onnx.value {
  // expected-error @below {{input 0 has type 'tensor<4xf32>', declared is rank 2}}
  %y = onnx.custom.Call %x {operator_name = "a::B", function = "f", values = {}, declared_inputs = [{rank = 2 : i64}],
    declared_outputs = [{type_of = 0 : i64, shape_of = 0 : i64}]} : (tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @large(%x: tensor<1x1x1x1x1x1x1x1x1xf32>) -> !onnx.value {
  // expected-error @below {{input 0 has rank 9, expected at most 8}}
  %y = onnx.custom.Call %x {operator_name = "a::B", function = "f", values = {}, declared_inputs = [{}],
    declared_outputs = [{type = f32, sizes = affine_map<() -> ()>, of = array<i64>}]} : (tensor<1x1x1x1x1x1x1x1x1xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @dimension(%x: tensor<4xf32>) -> !onnx.value {
  // expected-error @below {{output 0 has a size of dimension 1 of input 0, which has type 'tensor<4xf32>'}}
  %y = onnx.custom.Call %x {operator_name = "a::B", function = "f", values = {}, declared_inputs = [{}],
    declared_outputs = [{type = f32, sizes = affine_map<()[s0] -> (s0)>, of = array<i64: 0, 1>}]} : (tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @negative(%x: tensor<4xf32>) -> !onnx.value {
  // expected-error @below {{output 0: dimension 0 is -1}}
  %y = onnx.custom.Call %x {operator_name = "a::B", function = "f", values = {}, declared_inputs = [{}],
    declared_outputs = [{type = f32, sizes = affine_map<()[s0] -> (s0 - 5)>, of = array<i64: 0, 0>}]} : (tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @absent() -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{output 0 has the type of an input that is absent}}
  %y = onnx.custom.Call %none {operator_name = "a::B", function = "f", values = {}, declared_inputs = [{}],
    declared_outputs = [{type_of = 0 : i64, shape_of = 0 : i64}]} : (none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @absent_shape() -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{output 0 has the shape of an input that is absent}}
  %y = onnx.custom.Call %none {operator_name = "a::B", function = "f", values = {}, declared_inputs = [{}],
    declared_outputs = [{type = f32, shape_of = 0 : i64}]} : (none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @absent_size() -> !onnx.value {
  %none = onnx.None : none
  // expected-error @below {{output 0 has a size of dimension 0 of input 0, which is absent}}
  %y = onnx.custom.Call %none {operator_name = "a::B", function = "f", values = {}, declared_inputs = [{}],
    declared_outputs = [{type = f32, sizes = affine_map<()[s0] -> (s0)>, of = array<i64: 0, 0>}]} : (none) -> !onnx.value
  return %y : !onnx.value
}
