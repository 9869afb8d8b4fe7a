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

func.func @unranked(%s: !coil.sequence<tensor<*xf32>>, %i: tensor<i64>) -> !onnx.value {
  // expected-error @+1 {{the rank of the element is not known: it is of type 'tensor<*xf32>', and the model does not state the shape of the result}}
  %y = onnx.SequenceAt %s, %i : (!coil.sequence<tensor<*xf32>>, tensor<i64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @element_type(%s: !coil.sequence<tensor<2xf32>>, %x: tensor<2xi64>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{the tensor has type 'tensor<2xi64>', and the sequence elements of type 'tensor<2xf32>'}}
  %y = onnx.SequenceInsert %s, %x, %none : (!coil.sequence<tensor<2xf32>>, tensor<2xi64>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @list_type(%a: tensor<2xf32>, %x: tensor<2xi64>) -> !onnx.value {
  %none = onnx.None : none
  %s = onnx.SequenceConstruct %a : (tensor<2xf32>) -> !onnx.value
  // expected-error @+1 {{operands have element types 'f32' and 'i64'}}
  %y = onnx.SequenceInsert %s, %x, %none : (!onnx.value, tensor<2xi64>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @deep(%s: !coil.sequence<tensor<*xf32>>, %x: tensor<1x1x1x1x1x1x1x1x1xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{the tensor has rank 9, expected at most 8}}
  %y = onnx.SequenceInsert %s, %x, %none : (!coil.sequence<tensor<*xf32>>, tensor<1x1x1x1x1x1x1x1x1xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @construct(%a: tensor<2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{an element has type 'none', expected a tensor}}
  %s = onnx.SequenceConstruct %a, %none : (tensor<2xf32>, none) -> !onnx.value
  return %s : !onnx.value
}

// -----

func.func @cube(%x: tensor<4xf32>, %k: tensor<1x1xi64>) -> !onnx.value {
  // expected-error @+1 {{'split' has type 'tensor<1x1xi64>', expected one integer or a list}}
  %y = onnx.SplitToSequence %x, %k : (tensor<4xf32>, tensor<1x1xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @carried(%m: tensor<i64>, %s: !coil.sequence<tensor<2xf32>>, %a: tensor<2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{carried value 0 starts as '!coil.sequence<tensor<2xf32>>' and goes on as 'tensor<2xf32>'}}
  %y = onnx.Loop %m, %none, %s : (tensor<i64>, none, !coil.sequence<tensor<2xf32>>) -> !onnx.value {
  ^bb0(%i: !onnx.value, %go: !onnx.value, %t: !onnx.value):
    onnx.Yield %go, %a : !onnx.value, tensor<2xf32>
  }
  return %y : !onnx.value
}

// -----

func.func @branches(%p: tensor<i1>, %a: tensor<2xf32>) -> !onnx.value {
  // expected-error @+1 {{output 0 has type '!coil.sequence<tensor<2xf32>>' in one branch and 'tensor<2xf32>' in the other}}
  %s = onnx.If %p : (tensor<i1>) -> !onnx.value {
    %t = onnx.SequenceConstruct %a : (tensor<2xf32>) -> !onnx.value
    onnx.Yield %t : !onnx.value
  } else {
    onnx.Yield %a : tensor<2xf32>
  }
  return %s : !onnx.value
}

// -----

func.func @maybe(%o: !coil.optional<tensor<2xf32>>) -> !onnx.value {
  // expected-error @+1 {{input 0 is an optional value, expected a tensor}}
  %y = onnx.Abs %o : (!coil.optional<tensor<2xf32>>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @body(%a: tensor<2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %s = onnx.SequenceConstruct %a : (tensor<2xf32>) -> !onnx.value
  // expected-error @+1 {{output 0 of the body has type 'none', expected a tensor}}
  %y = onnx.SequenceMap %s : (!onnx.value) -> !onnx.value {
  ^bb0(%x: !onnx.value):
    onnx.Yield %none : none
  }
  return %y : !onnx.value
}

// -----

// expected-error @+1 {{output 'y' has elements of an unknown type: nothing says what it holds}}
func.func @unknown(%p: tensor<i1>) -> (!onnx.value {onnx.name = "y"}) {
  %e = onnx.SequenceEmpty : () -> !onnx.value
  %y = onnx.SequenceMap %e : (!onnx.value) -> !onnx.value {
  ^bb0(%x: !onnx.value):
    onnx.Yield %x : !onnx.value
  }
  return %y : !onnx.value
}

// -----

// expected-error @+1 {{output 'y' has type '!coil.sequence<none>', and the model states '!coil.optional<tensor<2xf32>>'}}
func.func @stated() -> (!onnx.value {onnx.name = "y", onnx.stated = !coil.optional<tensor<2xf32>>}) {
  %e = onnx.SequenceEmpty : () -> !onnx.value
  %y = onnx.SequenceMap %e : (!onnx.value) -> !onnx.value {
  ^bb0(%x: !onnx.value):
    onnx.Yield %x : !onnx.value
  }
  return %y : !onnx.value
}

// -----

func.func @position(%s: !coil.sequence<tensor<2xf32>>, %i: tensor<0xi64>) -> !onnx.value {
  // expected-error @+1 {{the position has type 'tensor<0xi64>', expected one integer}}
  %y = onnx.SequenceAt %s, %i : (!coil.sequence<tensor<2xf32>>, tensor<0xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @empties(%p: tensor<i1>) -> !onnx.value {
  // expected-error @+1 {{output 0 has type '!coil.sequence<f32>' in one branch and '!coil.sequence<i64>' in the other}}
  %y = onnx.If %p : (tensor<i1>) -> !onnx.value {
    %e = onnx.SequenceEmpty : () -> !onnx.value
    onnx.Yield %e : !onnx.value
  } else {
    %e = onnx.SequenceEmpty {dtype = i64} : () -> !onnx.value
    onnx.Yield %e : !onnx.value
  }
  return %y : !onnx.value
}

// -----

func.func @held(%m: tensor<i64>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.Loop %m, %none, %none : (tensor<i64>, none, none) -> !onnx.value {
  ^bb0(%i: !onnx.value, %go: !onnx.value, %t: !onnx.value):
    // expected-error @+1 {{the element type is not known: nothing says what is held}}
    %g = onnx.OptionalGetElement %t : (!onnx.value) -> !onnx.value
    onnx.Yield %go, %g : !onnx.value, !onnx.value
  }
  return %y : !onnx.value
}

// -----

func.func @stacked(%m: tensor<i64>, %s: !coil.sequence<tensor<2xf32>>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{output 2 of the body has type '!coil.sequence<tensor<2xf32>>', expected a tensor}}
  %y:2 = onnx.Loop %m, %none, %s : (tensor<i64>, none, !coil.sequence<tensor<2xf32>>) -> (!onnx.value, !onnx.value) {
  ^bb0(%i: !onnx.value, %go: !onnx.value, %t: !onnx.value):
    onnx.Yield %go, %t, %t : !onnx.value, !onnx.value, !onnx.value
  }
  return %y#1 : !onnx.value
}

// -----

// expected-error @+1 {{the length of input 's' cannot be fixed: of its elements only the type 'tensor<*xf32>' is known}}
func.func @fixed(%s: !coil.sequence<tensor<*xf32>> {onnx.length = 2 : i64, onnx.name = "s"}) -> !onnx.value {
  %y = onnx.SequenceLength %s : (!coil.sequence<tensor<*xf32>>) -> !onnx.value
  return %y : !onnx.value
}
