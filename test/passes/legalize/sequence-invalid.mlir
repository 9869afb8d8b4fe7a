// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @tensor(%a: tensor<2xf32>) -> !onnx.value {
  %s = onnx.SequenceConstruct %a : (tensor<2xf32>) -> !onnx.value
  // expected-error @+1 {{input 0 is a sequence, expected a tensor}}
  %y = onnx.Abs %s : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @sequence(%a: tensor<2xf32>) -> !onnx.value {
  // expected-error @+1 {{input 0 has type 'tensor<2xf32>', expected a sequence}}
  %y = onnx.SequenceLength %a : (tensor<2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @range(%a: tensor<2xf32>) -> !onnx.value {
  %i = onnx.Constant {value = dense<1> : tensor<i64>} : () -> !onnx.value
  %s = onnx.SequenceConstruct %a : (tensor<2xf32>) -> !onnx.value
  // expected-error @+1 {{position 1 is out of range for a sequence of 1}}
  %y = onnx.SequenceAt %s, %i : (!onnx.value, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @position(%a: tensor<2xf32>, %i: tensor<f32>) -> !onnx.value {
  %s = onnx.SequenceConstruct %a : (tensor<2xf32>) -> !onnx.value
  // expected-error @+1 {{an operand has type 'tensor<f32>', expected integers}}
  %y = onnx.SequenceAt %s, %i : (!onnx.value, tensor<f32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @ranks(%a: tensor<2xf32>, %b: tensor<2x2xf32>, %i: tensor<i64>) -> !onnx.value {
  %s = onnx.SequenceConstruct %a, %b : (tensor<2xf32>, tensor<2x2xf32>) -> !onnx.value
  // expected-error @+1 {{elements have types 'tensor<2xf32>' and 'tensor<2x2xf32>', expected one rank and element type where a position is known in the run only}}
  %y = onnx.SequenceAt %s, %i : (!onnx.value, tensor<i64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @erase() -> !onnx.value {
  %none = onnx.None : none
  %e = onnx.SequenceEmpty : () -> !onnx.value
  // expected-error @+1 {{the sequence is empty}}
  %y = onnx.SequenceErase %e, %none : (!onnx.value, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @concat_empty() -> !onnx.value {
  %e = onnx.SequenceEmpty : () -> !onnx.value
  // expected-error @+1 {{the sequence is empty}}
  %y = onnx.ConcatFromSequence %e {axis = 0 : i64} : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @concat(%a: tensor<2xf32>, %b: tensor<2x2xf32>) -> !onnx.value {
  %s = onnx.SequenceConstruct %a, %b : (tensor<2xf32>, tensor<2x2xf32>) -> !onnx.value
  // expected-error @+1 {{elements have types 'tensor<2xf32>' and 'tensor<2x2xf32>', expected one rank and element type}}
  %y = onnx.ConcatFromSequence %s {axis = 0 : i64} : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @length(%x: tensor<?xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{the length of the sequence is not known when the model is compiled: the dimension is not}}
  %y = onnx.SplitToSequence %x, %none : (tensor<?xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @size(%x: tensor<4xf32>, %k: tensor<i64>) -> !onnx.value {
  // expected-error @+1 {{the length of the sequence is not known when the model is compiled: the size of its parts is not}}
  %y = onnx.SplitToSequence %x, %k : (tensor<4xf32>, tensor<i64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @sizes(%x: tensor<4xf32>, %k: tensor<?xi64>) -> !onnx.value {
  // expected-error @+1 {{the length of the sequence is not known: 'split' has type 'tensor<?xi64>'}}
  %y = onnx.SplitToSequence %x, %k : (tensor<4xf32>, tensor<?xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @sum(%x: tensor<4xf32>) -> !onnx.value {
  %k = onnx.Constant {value = dense<[1, 2]> : tensor<2xi64>} : () -> !onnx.value
  // expected-error @+1 {{the parts of 'split' do not add up to the dimension}}
  %y = onnx.SplitToSequence %x, %k : (tensor<4xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @zero(%x: tensor<4xf32>) -> !onnx.value {
  %k = onnx.Constant {value = dense<0> : tensor<i64>} : () -> !onnx.value
  // expected-error @+1 {{'split' is 0, expected a positive number}}
  %y = onnx.SplitToSequence %x, %k : (tensor<4xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @map(%a: tensor<2xf32>) -> !onnx.value {
  %s = onnx.SequenceConstruct %a : (tensor<2xf32>) -> !onnx.value
  %e = onnx.SequenceEmpty : () -> !onnx.value
  // expected-error @+1 {{has sequences of 1 and 0 elements}}
  %y = onnx.SequenceMap %s, %e : (!onnx.value, !onnx.value) -> !onnx.value {
  ^bb0(%x: !onnx.value, %z: !onnx.value):
    onnx.Yield %x : !onnx.value
  }
  return %y : !onnx.value
}

// -----

func.func @element(%a: tensor<2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %e = onnx.Optional %none : (none) -> !onnx.value
  // expected-error @+1 {{the optional value has no element}}
  %y = onnx.OptionalGetElement %e : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @absent(%a: tensor<2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %e = onnx.Optional %none : (none) -> !onnx.value
  // expected-error @+1 {{input 0 is an optional value without an element}}
  %y = onnx.Abs %e : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// expected-error @+1 {{output 'y' is an optional value without an element}}
func.func @output() -> (!onnx.value {onnx.name = "y"}) {
  %none = onnx.None : none
  %e = onnx.Optional %none : (none) -> !onnx.value
  return %e : !onnx.value
}

// -----

// expected-error @+1 {{all outputs are empty sequences: no tensor is left}}
func.func @empty() -> (!onnx.value {onnx.name = "y"}) {
  %e = onnx.SequenceEmpty : () -> !onnx.value
  return %e : !onnx.value
}

// -----

func.func @loop(%m: tensor<i64>, %a: tensor<2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %e = onnx.SequenceEmpty : () -> !onnx.value
  // expected-error @+1 {{carries a sequence: the number of its iterations must be known when the model is compiled}}
  %s = onnx.Loop %m, %none, %e : (tensor<i64>, none, !onnx.value) -> !onnx.value {
  ^bb0(%i: !onnx.value, %go: !onnx.value, %t: !onnx.value):
    %u = onnx.SequenceInsert %t, %a, %none : (!onnx.value, tensor<2xf32>, none) -> !onnx.value
    onnx.Yield %go, %u : !onnx.value, !onnx.value
  }
  return %s : !onnx.value
}

// -----

func.func @endless(%a: tensor<2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %e = onnx.SequenceEmpty : () -> !onnx.value
  // expected-error @+1 {{carries a sequence and takes more than 1024 iterations}}
  %s = onnx.Loop %none, %none, %e : (none, none, !onnx.value) -> !onnx.value {
  ^bb0(%i: !onnx.value, %go: !onnx.value, %t: !onnx.value):
    onnx.Yield %go, %t : !onnx.value, !onnx.value
  }
  return %s : !onnx.value
}
