// RUN: coil-opt %s -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @call
func.func @call(%x: tensor<4xf32>) -> !onnx.value {
  // CHECK: onnx.custom.Call %{{.*}} {declared_inputs = [{name = "x"}], {{.*}}function = "f", operator_name = "a::B", shape_function = "s", stateful,
  %y = onnx.custom.Call %x {operator_name = "a::B", function = "f", shape_function = "s", values = {k = 1 : i64}, stateful,
    declared_inputs = [{name = "x"}], declared_outputs = [{type = f32, rank = 1 : i64}]} : (tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @results(%x: tensor<4xf32>) -> !onnx.value {
  // expected-error @below {{has 1 results, 0 are declared}}
  %y = onnx.custom.Call %x {operator_name = "a::B", function = "f", values = {}, declared_inputs = [], declared_outputs = []}
    : (tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @input(%x: tensor<4xf32>) -> !onnx.value {
  // expected-error @below {{has a malformed declaration of an input: {types = f32}}}
  %y = onnx.custom.Call %x {operator_name = "a::B", function = "f", values = {}, declared_inputs = [{types = f32}],
    declared_outputs = [{type = f32, shape_of = 0 : i64}]} : (tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Of no input that is declared.
func.func @of(%x: tensor<4xf32>) -> !onnx.value {
  // expected-error @below {{has a malformed declaration of an output}}
  %y = onnx.custom.Call %x {operator_name = "a::B", function = "f", values = {}, declared_inputs = [{}],
    declared_outputs = [{type = f32, shape_of = 1 : i64}]} : (tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A rank without a function that tells the sizes.
func.func @rank(%x: tensor<4xf32>) -> !onnx.value {
  // expected-error @below {{has a malformed declaration of an output: {rank = 1 : i64, type = f32}}}
  %y = onnx.custom.Call %x {operator_name = "a::B", function = "f", values = {}, declared_inputs = [{}],
    declared_outputs = [{type = f32, rank = 1 : i64}]} : (tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}
