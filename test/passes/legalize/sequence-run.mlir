// RUN: coil-opt %s --legalize-onnx --canonicalize --cse --split-input-file | FileCheck %s

// A position counts from the end if it is negative, and must be in range.
// CHECK-LABEL: @at
// CHECK-SAME: (%[[S:.*]]: !coil.sequence<tensor<?x3xf32>>
// CHECK: %[[N:.*]] = coil.sequence_length %[[S]]
// CHECK: %[[BACK:.*]] = arith.addi %{{.*}}, %[[N]]
// CHECK: arith.cmpi ult, %{{.*}}, %[[N]]
// CHECK: coil.require %{{.*}}, "node '?': the position is out of range for the sequence"
// CHECK: %[[X:.*]] = coil.sequence_at %[[S]][%{{.*}}] : <tensor<?x3xf32>> to tensor<?x3xf32>
// CHECK: return %[[X]]
func.func @at(%s: !coil.sequence<tensor<?x3xf32>>, %i: tensor<i64>) -> !onnx.value {
  %y = onnx.SequenceAt %s, %i : (!coil.sequence<tensor<?x3xf32>>, tensor<i64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The model tells a rank that the sequence does not.
// CHECK-LABEL: @rank
// CHECK: coil.sequence_at %{{.*}} : <tensor<*xf32>> to tensor<?x?xf32>
// CHECK: linalg.generic
func.func @rank(%s: !coil.sequence<tensor<*xf32>>, %i: tensor<i64>) -> !onnx.value {
  %x = onnx.SequenceAt %s, %i {onnx.rank = 2 : i64} : (!coil.sequence<tensor<*xf32>>, tensor<i64>) -> !onnx.value
  %y = onnx.Exp %x : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// What is put in may widen what is known of the elements.
// CHECK-LABEL: @changed
// CHECK-SAME: -> (!coil.sequence<tensor<?xf32>>
// CHECK: %[[T:.*]] = coil.sequence_cast %arg0 : !coil.sequence<tensor<2xf32>> to !coil.sequence<tensor<?xf32>>
// CHECK: %[[N:.*]] = coil.sequence_length %[[T]]
// CHECK: %[[U:.*]] = coil.sequence_insert %arg1, %[[T]][%[[N]]]
// CHECK: coil.require %{{.*}}, "node '?': the sequence is empty"
// CHECK: %[[V:.*]] = coil.sequence_erase %[[U]][%{{.*}}]
// CHECK: return %[[V]]
func.func @changed(%s: !coil.sequence<tensor<2xf32>>, %x: tensor<3xf32>) -> !onnx.value {
  %none = onnx.None : none
  %t = onnx.SequenceInsert %s, %x, %none : (!coil.sequence<tensor<2xf32>>, tensor<3xf32>, none) -> !onnx.value
  %u = onnx.SequenceErase %t, %none : (!onnx.value, none) -> !onnx.value
  return %u : !onnx.value
}

// -----

// A list of tensors of two ranks, of which the run chooses one.
// CHECK-LABEL: @ranks
// CHECK: %[[E:.*]] = coil.sequence_empty : <tensor<*xf32>>
// CHECK: coil.sequence_insert %arg0, %[[E]]
// CHECK: coil.sequence_at %{{.*}} : <tensor<*xf32>> to tensor<?xf32>
func.func @ranks(%a: tensor<2xf32>, %b: tensor<2x2xf32>, %i: tensor<i64>) -> (!onnx.value {onnx.dims = [""]}) {
  %s = onnx.SequenceConstruct %a, %b : (tensor<2xf32>, tensor<2x2xf32>) -> !onnx.value
  %y = onnx.SequenceAt %s, %i : (!onnx.value, tensor<i64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The sizes along the axis are added up, then each element goes to its place.
// CHECK-LABEL: @concat
// CHECK: coil.require %{{.*}}, "node '?': the sequence is empty"
// CHECK: %[[SUM:.*]] = scf.for
// CHECK: %[[WHOLE:.*]] = tensor.empty(%[[SUM]]) : tensor<?x3xf32>
// CHECK: %[[Y:.*]]:2 = scf.for %{{.*}} iter_args(%[[TO:.*]] = %[[WHOLE]], %[[AT:.*]] = %{{.*}})
// CHECK: %[[X:.*]] = coil.sequence_at
// CHECK: %[[N:.*]] = tensor.dim %[[X]]
// CHECK: tensor.insert_slice %[[X]] into %[[TO]][%[[AT]], 0] [%[[N]], 3] [1, 1]
// CHECK: arith.addi %[[AT]], %[[N]]
// CHECK: return %[[Y]]#0
func.func @concat(%s: !coil.sequence<tensor<?x3xf32>>) -> !onnx.value {
  %y = onnx.ConcatFromSequence %s {axis = 0 : i64} : (!coil.sequence<tensor<?x3xf32>>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Along a new axis all sizes must agree.
// CHECK-LABEL: @stack
// CHECK: tensor.empty(%{{.*}}, %{{.*}}) : tensor<?x3x?xf32>
// CHECK: coil.require %{{.*}}, "node '?': the sizes of the elements differ ({0} and {1})"
// CHECK: tensor.insert_slice %{{.*}}[0, 0, %{{.*}}] [%{{.*}}, 3, 1] [1, 1, 1] : tensor<?x3x1xf32> into tensor<?x3x?xf32>
func.func @stack(%s: !coil.sequence<tensor<?x3xf32>>) -> !onnx.value {
  %y = onnx.ConcatFromSequence %s {axis = -1 : i64, new_axis = 1 : i64} : (!coil.sequence<tensor<?x3xf32>>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A loop over the parts, where their size, their number or the whole is the run's.
// CHECK-LABEL: @split
// CHECK: coil.require %{{.*}}, "node '?': 'split' is not positive"
// CHECK: scf.for
// CHECK: %[[PART:.*]] = tensor.extract_slice %arg0[%{{.*}}, 0] [%{{.*}}, 2] [1, 1]
// CHECK: coil.sequence_insert %[[PART]]
func.func @split(%x: tensor<?x2xf32>, %k: tensor<i64>) -> !onnx.value {
  %y = onnx.SplitToSequence %x, %k : (tensor<?x2xf32>, tensor<i64>) -> !onnx.value
  return %y : !onnx.value
}

// CHECK-LABEL: @rows
// CHECK-SAME: -> (!coil.sequence<tensor<2xf32>>
// CHECK: scf.for
// CHECK: coil.sequence_insert %{{.*}} : tensor<2xf32>
func.func @rows(%x: tensor<?x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.SplitToSequence %x, %none {keepdims = 0 : i64} : (tensor<?x2xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// CHECK-LABEL: @listed
// CHECK: scf.for
// CHECK: coil.require %{{.*}}, "node '?': the parts of 'split' do not add up to the dimension{{.*}}"
// CHECK: coil.sequence_insert
// CHECK: coil.require %{{.*}}, "node '?': the parts of 'split' do not add up to the dimension{{.*}}"
func.func @listed(%x: tensor<4xf32>, %k: tensor<?xi64>) -> !onnx.value {
  %y = onnx.SplitToSequence %x, %k : (tensor<4xf32>, tensor<?xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The run tells how often a loop goes round: it carries a sequence, of whose
// elements is known what holds in every iteration.
// CHECK-LABEL: @loop
// CHECK: %[[S:.*]] = scf.for %{{.*}} iter_args(%[[T:.*]] = %{{.*}}) -> (!coil.sequence<tensor<?xf32>>)
// CHECK: %[[U:.*]] = coil.sequence_insert %{{.*}}, %[[T]]
// CHECK: scf.yield %[[U]]
// CHECK: return %[[S]]
func.func @loop(%m: tensor<i64>, %s: !coil.sequence<tensor<3xf32>>, %a: tensor<2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.Loop %m, %none, %s : (tensor<i64>, none, !coil.sequence<tensor<3xf32>>) -> !onnx.value {
  ^bb0(%i: !onnx.value, %go: !onnx.value, %t: !onnx.value):
    %u = onnx.SequenceInsert %t, %a, %none : (!onnx.value, tensor<2xf32>, none) -> !onnx.value
    onnx.Yield %go, %u : !onnx.value, !onnx.value
  }
  return %y : !onnx.value
}

// A loop that goes on for as long as its data says: what was unrolled is gone.
// CHECK-LABEL: @while
// CHECK-NOT: linalg
// CHECK: scf.while
// CHECK: scf.condition
// CHECK: coil.sequence_insert
func.func @while(%p: tensor<4xi1>, %a: tensor<2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %m = onnx.Constant {value = dense<4> : tensor<i64>} : () -> !onnx.value
  %axis = onnx.Constant {value = dense<0> : tensor<1xi64>} : () -> !onnx.value
  %e = onnx.SequenceEmpty : () -> !onnx.value
  %y = onnx.Loop %m, %none, %e : (!onnx.value, none, !onnx.value) -> !onnx.value {
  ^bb0(%i: !onnx.value, %go: !onnx.value, %t: !onnx.value):
    %u = onnx.SequenceInsert %t, %a, %none : (!onnx.value, tensor<2xf32>, none) -> !onnx.value
    %next = onnx.Gather %p, %i : (tensor<4xi1>, !onnx.value) -> !onnx.value
    onnx.Yield %next, %u : !onnx.value, !onnx.value
  }
  return %y : !onnx.value
}

// -----

// Branches that give more or fewer elements.
// CHECK-LABEL: @branches
// CHECK: %[[S:.*]] = scf.if %{{.*}} -> (!coil.sequence<tensor<?xf32>>)
// CHECK-COUNT-2: coil.sequence_insert
// CHECK: } else {
// CHECK-COUNT-1: coil.sequence_insert
// CHECK: return %[[S]]
func.func @branches(%p: tensor<i1>, %a: tensor<2xf32>, %b: tensor<3xf32>) -> !onnx.value {
  %s = onnx.If %p : (tensor<i1>) -> !onnx.value {
    %t = onnx.SequenceConstruct %a, %b : (tensor<2xf32>, tensor<3xf32>) -> !onnx.value
    onnx.Yield %t : !onnx.value
  } else {
    %t = onnx.SequenceConstruct %a : (tensor<2xf32>) -> !onnx.value
    onnx.Yield %t : !onnx.value
  }
  return %s : !onnx.value
}

// -----

// A map is the loop that ONNX defines it as.
// CHECK-LABEL: @map
// CHECK-SAME: -> (!coil.sequence<tensor<1xi64>>
// CHECK: scf.for
// CHECK: %[[X:.*]] = coil.sequence_at
// CHECK: tensor.dim %[[X]]
// CHECK: coil.sequence_insert %{{.*}} : tensor<1xi64>, <tensor<1xi64>>
func.func @map(%s: !coil.sequence<tensor<?xf32>>, %x: tensor<1xf32>) -> !onnx.value {
  %y = onnx.SequenceMap %s, %x : (!coil.sequence<tensor<?xf32>>, tensor<1xf32>) -> !onnx.value {
  ^bb0(%a: !onnx.value, %b: !onnx.value):
    %c = onnx.Shape %a : (!onnx.value) -> !onnx.value
    onnx.Yield %c : !onnx.value
  }
  return %y : !onnx.value
}

// The body's graph states the rank of what it is given.
// CHECK-LABEL: @map_ranks
// CHECK: coil.sequence_at %{{.*}} : <tensor<*xf32>> to tensor<?x?xf32>
func.func @map_ranks(%s: !coil.sequence<tensor<*xf32>>) -> !onnx.value {
  %y = onnx.SequenceMap %s {onnx.ranks = array<i64: 2>} : (!coil.sequence<tensor<*xf32>>) -> !onnx.value {
  ^bb0(%a: !onnx.value):
    %b = onnx.Exp %a : (!onnx.value) -> !onnx.value
    onnx.Yield %b : !onnx.value
  }
  return %y : !onnx.value
}

// CHECK-LABEL: @maps
// CHECK: coil.require %{{.*}}, "node '?': the sequences differ in length{{.*}}"
// CHECK: coil.require %{{.*}}, "node '?': the sequences differ in length{{.*}}"
func.func @maps(%s: !coil.sequence<tensor<2xf32>>, %t: !coil.sequence<tensor<2xf32>>, %x: tensor<2xf32>) -> !onnx.value {
  %u = onnx.SequenceConstruct %x, %x : (tensor<2xf32>, tensor<2xf32>) -> !onnx.value
  %y = onnx.SequenceMap %s, %t, %u : (!coil.sequence<tensor<2xf32>>, !coil.sequence<tensor<2xf32>>, !onnx.value) -> !onnx.value {
  ^bb0(%a: !onnx.value, %b: !onnx.value, %c: !onnx.value):
    %d = onnx.Add %a, %b : (!onnx.value, !onnx.value) -> !onnx.value
    onnx.Yield %d : !onnx.value
  }
  return %y : !onnx.value
}

// -----

// An optional input is there or not; a result is as the model states it.
// CHECK-LABEL: @optional
// CHECK-SAME: (%[[O:.*]]: !coil.optional<tensor<2xf32>>
// CHECK: %[[HAS:.*]] = coil.optional_has %[[O]]
// CHECK: tensor.from_elements %[[HAS]]
// CHECK: coil.require %[[HAS]], "node '?': the optional value has no element"
// CHECK: %[[X:.*]] = coil.optional_get %[[O]] : <tensor<2xf32>> to tensor<2xf32>
// CHECK: %[[SOME:.*]] = coil.optional_some %[[X]]
// CHECK: %[[NONE:.*]] = coil.optional_none : <tensor<3xf32>>
// CHECK: return %{{.*}}, %[[X]], %[[SOME]], %[[NONE]]
func.func @optional(%o: !coil.optional<tensor<2xf32>>)
    -> (!onnx.value, !onnx.value, !onnx.value {onnx.stated = !coil.optional<tensor<*xf32>>},
        !onnx.value {onnx.stated = !coil.optional<tensor<3xf32>>}) {
  %none = onnx.None : none
  %h = onnx.OptionalHasElement %o : (!coil.optional<tensor<2xf32>>) -> !onnx.value
  %x = onnx.OptionalGetElement %o : (!coil.optional<tensor<2xf32>>) -> !onnx.value
  %e = onnx.Optional %none : (none) -> !onnx.value
  return %h, %x, %x, %e : !onnx.value, !onnx.value, !onnx.value, !onnx.value
}

// -----

// Something in one branch, nothing in the other.
// CHECK-LABEL: @maybe
// CHECK: scf.if %{{.*}} -> (!coil.optional<!coil.sequence<tensor<2xf32>>>)
// CHECK: coil.optional_some
// CHECK: } else {
// CHECK: coil.optional_none
func.func @maybe(%p: tensor<i1>, %a: tensor<2xf32>) -> (!onnx.value {onnx.stated = !coil.optional<!coil.sequence<tensor<*xf32>>>}) {
  %none = onnx.None : none
  %s = onnx.If %p : (tensor<i1>) -> !onnx.value {
    %t = onnx.SequenceConstruct %a : (tensor<2xf32>) -> !onnx.value
    onnx.Yield %t : !onnx.value
  } else {
    onnx.Yield %none : none
  }
  return %s : !onnx.value
}

// -----

// An output that the model states to be no optional value is there.
// CHECK-LABEL: @there
// CHECK: %[[HAS:.*]] = coil.optional_has %arg0
// CHECK: coil.require %[[HAS]], "{{.*}}an output that is no optional value has no element"
// CHECK: coil.optional_get %arg0
func.func @there(%o: !coil.optional<!coil.sequence<tensor<2xf32>>>) -> (!onnx.value {onnx.stated = !coil.sequence<tensor<2xf32>>}) {
  %y = onnx.Identity %o : (!coil.optional<!coil.sequence<tensor<2xf32>>>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A fixed length makes a list of an input.
// CHECK-LABEL: @fixed
// CHECK: coil.require %{{.*}}, "node 's': a sequence of 2 elements is expected (it is {0})"(%{{.*}})
// CHECK: %[[B:.*]] = coil.sequence_at %arg0[%{{.*}}]
// CHECK: return %[[B]]
func.func @fixed(%s: !coil.sequence<tensor<?xf32>> {onnx.length = 2 : i64, onnx.name = "s"}) -> !onnx.value {
  %i = onnx.Constant {value = dense<-1> : tensor<i64>} : () -> !onnx.value
  %y = onnx.SequenceAt %s, %i : (!coil.sequence<tensor<?xf32>>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}
