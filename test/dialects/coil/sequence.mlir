// RUN: coil-opt %s | coil-opt | FileCheck %s
// RUN: coil-opt %s -canonicalize -cse | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: func @sequences
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>, %[[I:.*]]: index)
func.func @sequences(%x: tensor<2xf32>, %i: index) -> (tensor<?xf32>, index, !coil.sequence<tensor<*xf32>>) {
  // CHECK: %[[E:.*]] = coil.sequence_empty : <f32>
  %e = coil.sequence_empty : !coil.sequence<f32>
  // CHECK: %[[S:.*]] = coil.sequence_cast %[[E]] : !coil.sequence<f32> to !coil.sequence<tensor<?xf32>>
  %s = coil.sequence_cast %e : !coil.sequence<f32> to !coil.sequence<tensor<?xf32>>
  // CHECK: %[[T:.*]] = coil.sequence_insert %[[X]], %[[S]][%[[I]]] : tensor<2xf32>, <tensor<?xf32>>
  %t = coil.sequence_insert %x, %s[%i] : tensor<2xf32>, !coil.sequence<tensor<?xf32>>
  // CHECK: %[[Y:.*]] = coil.sequence_at %[[T]][%[[I]]] : <tensor<?xf32>> to tensor<?xf32>
  %y = coil.sequence_at %t[%i] : !coil.sequence<tensor<?xf32>> to tensor<?xf32>
  // CHECK: %[[U:.*]] = coil.sequence_erase %[[T]][%[[I]]] : <tensor<?xf32>>
  %u = coil.sequence_erase %t[%i] : !coil.sequence<tensor<?xf32>>
  // CHECK: coil.sequence_length %[[U]] : <tensor<?xf32>>
  %n = coil.sequence_length %u : !coil.sequence<tensor<?xf32>>
  %v = coil.sequence_cast %u : !coil.sequence<tensor<?xf32>> to !coil.sequence<tensor<*xf32>>
  return %y, %n, %v : tensor<?xf32>, index, !coil.sequence<tensor<*xf32>>
}

// CHECK-LABEL: func @optionals
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>, %[[S:.*]]: !coil.sequence<tensor<2xf32>>)
func.func @optionals(%x: tensor<2xf32>, %s: !coil.sequence<tensor<2xf32>>)
    -> (i1, tensor<2xf32>, !coil.sequence<tensor<2xf32>>, !coil.optional<none>) {
  // CHECK: %[[O:.*]] = coil.optional_some %[[X]] : tensor<2xf32> to <tensor<2xf32>>
  %o = coil.optional_some %x : tensor<2xf32> to !coil.optional<tensor<2xf32>>
  // CHECK: coil.optional_has %[[O]] : <tensor<2xf32>>
  %h = coil.optional_has %o : !coil.optional<tensor<2xf32>>
  // CHECK: coil.optional_get %[[O]] : <tensor<2xf32>> to tensor<2xf32>
  %y = coil.optional_get %o : !coil.optional<tensor<2xf32>> to tensor<2xf32>
  // CHECK: %[[P:.*]] = coil.optional_some %[[S]] : !coil.sequence<tensor<2xf32>> to <!coil.sequence<tensor<2xf32>>>
  %p = coil.optional_some %s : !coil.sequence<tensor<2xf32>> to !coil.optional<!coil.sequence<tensor<2xf32>>>
  // CHECK: coil.optional_get %[[P]] : <!coil.sequence<tensor<2xf32>>> to !coil.sequence<tensor<2xf32>>
  %z = coil.optional_get %p : !coil.optional<!coil.sequence<tensor<2xf32>>> to !coil.sequence<tensor<2xf32>>
  // CHECK: coil.optional_none : <none>
  %n = coil.optional_none : !coil.optional<none>
  return %h, %y, %z, %n : i1, tensor<2xf32>, !coil.sequence<tensor<2xf32>>, !coil.optional<none>
}

// Equal positions of equal sequences are equal elements; a cast to the same type
// is none; what nobody needs goes.
// FOLD-LABEL: func @folded
// FOLD-NEXT: %[[X:.*]] = coil.sequence_at %arg0[%arg1]
// FOLD-NEXT: return %[[X]], %[[X]]
func.func @folded(%s: !coil.sequence<tensor<?xf32>>, %i: index, %x: tensor<2xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %same = coil.sequence_cast %s : !coil.sequence<tensor<?xf32>> to !coil.sequence<tensor<?xf32>>
  %a = coil.sequence_at %s[%i] : !coil.sequence<tensor<?xf32>> to tensor<?xf32>
  %b = coil.sequence_at %same[%i] : !coil.sequence<tensor<?xf32>> to tensor<?xf32>
  %t = coil.sequence_insert %x, %s[%i] : tensor<2xf32>, !coil.sequence<tensor<?xf32>>
  return %a, %b : tensor<?xf32>, tensor<?xf32>
}
