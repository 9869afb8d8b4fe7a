// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// A sequence is its elements: nothing of it is left.
// CHECK-LABEL: @erased
// CHECK-SAME: (%[[A:.*]]: tensor<2xf32>{{.*}}, %[[B:.*]]: tensor<3xf32>
// CHECK-NOT: onnx.{{[A-Z]}}
// CHECK: %[[N:.*]] = arith.constant dense<1> : tensor<i64>
// CHECK: return %[[B]], %[[N]] : tensor<3xf32>, tensor<i64>
func.func @erased(%a: tensor<2xf32>, %b: tensor<3xf32>) -> (!onnx.value, !onnx.value) {
  %first = onnx.Constant {value = dense<-2> : tensor<i64>} : () -> !onnx.value
  %last = onnx.Constant {value = dense<-1> : tensor<i64>} : () -> !onnx.value
  %s = onnx.SequenceConstruct %a, %b : (tensor<2xf32>, tensor<3xf32>) -> !onnx.value
  %t = onnx.SequenceErase %s, %first : (!onnx.value, !onnx.value) -> !onnx.value
  %y = onnx.SequenceAt %t, %last : (!onnx.value, !onnx.value) -> !onnx.value
  %n = onnx.SequenceLength %t : (!onnx.value) -> !onnx.value
  return %y, %n : !onnx.value, !onnx.value
}

// -----

// Where the run tells the position, the sizes that differ are not known.
// CHECK-LABEL: @chosen
// CHECK: coil.require %{{.*}}, "node '?': the position is out of range for a sequence of 2"
// CHECK: %[[Y:.*]] = scf.if %{{.*}} -> (tensor<?x4xf32>)
// CHECK: return %[[Y]]
func.func @chosen(%a: tensor<2x4xf32>, %b: tensor<3x4xf32>, %i: tensor<i64>) -> !onnx.value {
  %s = onnx.SequenceConstruct %a, %b : (tensor<2x4xf32>, tensor<3x4xf32>) -> !onnx.value
  %y = onnx.SequenceAt %s, %i : (!onnx.value, tensor<i64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A result is a sequence, whatever is known of its length.
// CHECK-LABEL: @parts
// CHECK-SAME: -> (!coil.sequence<tensor<?xf32>> {{{.*}}onnx.name = "y"
// CHECK: %[[E:.*]] = coil.sequence_empty : <tensor<?xf32>>
// CHECK: %[[A:.*]] = coil.sequence_insert %{{.*}}, %[[E]][%{{.*}}] : tensor<2xf32>
// CHECK: %[[B:.*]] = coil.sequence_insert %{{.*}}, %[[A]][%{{.*}}] : tensor<1xf32>
// CHECK: return %[[B]]
func.func @parts(%x: tensor<3xf32>) -> (!onnx.value {onnx.name = "y"}) {
  %k = onnx.Constant {value = dense<2> : tensor<i64>} : () -> !onnx.value
  %y = onnx.SplitToSequence %x, %k : (tensor<3xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Both branches give as many elements.
// CHECK-LABEL: @branches
// CHECK: %[[S:.*]]:2 = scf.if %{{.*}} -> (tensor<2xf32>, tensor<?xf32>)
// CHECK: return %[[S]]#1
func.func @branches(%p: tensor<i1>, %a: tensor<2xf32>, %b: tensor<3xf32>) -> !onnx.value {
  %i = onnx.Constant {value = dense<1> : tensor<i64>} : () -> !onnx.value
  %s = onnx.If %p : (tensor<i1>) -> !onnx.value {
    %t = onnx.SequenceConstruct %a, %b : (tensor<2xf32>, tensor<3xf32>) -> !onnx.value
    onnx.Yield %t : !onnx.value
  } else {
    %t = onnx.SequenceConstruct %a, %a : (tensor<2xf32>, tensor<2xf32>) -> !onnx.value
    onnx.Yield %t : !onnx.value
  }
  %y = onnx.SequenceAt %s, %i : (!onnx.value, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A loop that carries a sequence goes step by step.
// CHECK-LABEL: @loop
// CHECK-NOT: scf
// CHECK: return %{{.*}} : tensor<6xf32>
func.func @loop(%a: tensor<2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %m = onnx.Constant {value = dense<3> : tensor<i64>} : () -> !onnx.value
  %e = onnx.SequenceEmpty : () -> !onnx.value
  %s = onnx.Loop %m, %none, %e : (!onnx.value, none, !onnx.value) -> !onnx.value {
  ^bb0(%i: !onnx.value, %go: !onnx.value, %t: !onnx.value):
    %u = onnx.SequenceInsert %t, %a, %none : (!onnx.value, tensor<2xf32>, none) -> !onnx.value
    onnx.Yield %go, %u : !onnx.value, !onnx.value
  }
  %y = onnx.ConcatFromSequence %s {axis = 0 : i64} : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// An optional value is its element, or nothing.
// CHECK-LABEL: @optional
// CHECK-DAG: %[[YES:.*]] = arith.constant dense<true>
// CHECK-DAG: %[[NO:.*]] = arith.constant dense<false>
// CHECK: return %arg0, %[[YES]], %[[NO]]
func.func @optional(%a: tensor<2xf32>) -> (!onnx.value, !onnx.value, !onnx.value) {
  %none = onnx.None : none
  %o = onnx.Optional %a : (tensor<2xf32>) -> !onnx.value
  %e = onnx.Optional %none : (none) -> !onnx.value
  %h = onnx.OptionalHasElement %o : (!onnx.value) -> !onnx.value
  %g = onnx.OptionalHasElement %e : (!onnx.value) -> !onnx.value
  %y = onnx.OptionalGetElement %o : (!onnx.value) -> !onnx.value
  return %y, %h, %g : !onnx.value, !onnx.value, !onnx.value
}
