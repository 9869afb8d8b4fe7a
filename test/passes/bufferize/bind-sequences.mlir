// RUN: coil-opt %s -bufferize-bind-sequences -canonicalize | FileCheck %s
// RUN: coil-opt %s -bufferize-bind-sequences --remarks-filter=.* --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// REMARK: [Passed] BindSequences {{.*}}ops=

// What is put in is copied to memory that stays, with its size and dimensions.
// What was taken out lies there already.
// CHECK-LABEL: func @main
// CHECK-SAME: (%[[F:.*]]: !rt.frame
func.func @main(%f: !rt.frame) {
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
  %c0 = arith.constant 0 : index
  // CHECK: %[[L:.*]] = rt.list_input %[[F]], 0
  %l = rt.list_input %f, 0
  %s = builtin.unrealized_conversion_cast %l : !rt.list to !coil.sequence<tensor<?x3xf32>>
  // CHECK: %[[X:.*]], %[[D:.*]]:2 = rt.list_element %[[F]], %[[L]][%[[C0]]] : memref<?xi8>, index, index
  // CHECK: %[[V:.*]] = memref.view %[[X]][%[[C0]]][%[[D]]#0] : memref<?xi8> to memref<?x3xf32>
  // CHECK: %[[T:.*]] = bufferization.to_tensor %[[V]] restrict
  %x = coil.sequence_at %s[%c0] : !coil.sequence<tensor<?x3xf32>> to tensor<?x3xf32>
  %y = tensor.extract_slice %x[0, 0] [2, 3] [1, 1] : tensor<?x3xf32> to tensor<2x3xf32>
  // CHECK: %[[Y:.*]] = tensor.extract_slice %[[T]]
  // CHECK: %[[B:.*]] = rt.alloc %[[F]], %[[C24:[^ ]*]] : memref<?xi8>
  // CHECK: %[[W:.*]] = memref.view %[[B]][%[[C0]]][] : memref<?xi8> to memref<2x3xf32>
  // CHECK: bufferization.materialize_in_destination %[[Y]] in restrict writable %[[W]]
  // CHECK: %[[M:.*]] = rt.list_insert %[[F]], %[[L]][%[[C0]]], %[[B]] size %[[C24]](%{{.*}}, %[[C3]])
  %t = coil.sequence_insert %y, %s[%c0] : tensor<2x3xf32>, !coil.sequence<tensor<?x3xf32>>
  // CHECK-NOT: rt.alloc
  // CHECK: %[[N:.*]] = rt.list_insert %[[F]], %[[M]][%[[C0]]], %[[X]] size %{{.*}}(%[[D]]#0, %[[D]]#1)
  %u = coil.sequence_insert %x, %t[%c0] : tensor<?x3xf32>, !coil.sequence<tensor<?x3xf32>>
  // CHECK: %[[S:.*]] = rt.list_erase %[[F]], %[[N]][%[[C0]]]
  %v = coil.sequence_erase %u[%c0] : !coil.sequence<tensor<?x3xf32>>
  %w = coil.sequence_cast %v : !coil.sequence<tensor<?x3xf32>> to !coil.sequence<tensor<*xf32>>
  %m = builtin.unrealized_conversion_cast %w : !coil.sequence<tensor<*xf32>> to !rt.list
  // CHECK: rt.list_output %[[F]], 0, %[[S]]
  rt.list_output %f, 0, %m
  return
}

// Loops and branches carry lists; an optional value is one, too.
// CHECK-LABEL: func @carried
// CHECK-SAME: (%[[F:.*]]: !rt.frame)
func.func @carried(%f: !rt.frame) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %k = rt.symbol %f, 0
  // CHECK: %[[O:.*]] = rt.list_input %[[F]], 1
  %l = rt.list_input %f, 1
  %o = builtin.unrealized_conversion_cast %l : !rt.list to !coil.optional<tensor<2xf32>>
  // CHECK: %[[LENGTH:.*]] = rt.list_length %[[O]]
  // CHECK: %[[HAS:.*]] = arith.cmpi sge, %[[LENGTH]], %{{.*}}
  %has = coil.optional_has %o : !coil.optional<tensor<2xf32>>
  // CHECK: %[[R:.*]] = scf.if %[[HAS]] -> (!rt.list)
  %r = scf.if %has -> (!coil.optional<tensor<2xf32>>) {
    // CHECK: %[[X:.*]], %{{.*}} = rt.list_element %[[F]], %[[O]][%{{.*}}] : memref<?xi8>, index
    %x = coil.optional_get %o : !coil.optional<tensor<2xf32>> to tensor<2xf32>
    // CHECK: %[[E:.*]] = rt.list_empty %[[F]]
    // CHECK: rt.list_insert %[[F]], %[[E]][%{{.*}}], %[[X]] size
    %p = coil.optional_some %x : tensor<2xf32> to !coil.optional<tensor<2xf32>>
    scf.yield %p : !coil.optional<tensor<2xf32>>
  } else {
    // CHECK: rt.list_absent %[[F]]
    %p = coil.optional_none : !coil.optional<tensor<2xf32>>
    scf.yield %p : !coil.optional<tensor<2xf32>>
  }
  %e = coil.sequence_empty : !coil.sequence<tensor<2xf32>>
  // CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (!rt.list)
  %s = scf.for %i = %c0 to %k step %c1 iter_args(%t = %e) -> (!coil.sequence<tensor<2xf32>>) {
    %n = coil.sequence_length %t : !coil.sequence<tensor<2xf32>>
    %x = coil.optional_get %r : !coil.optional<tensor<2xf32>> to tensor<2xf32>
    %u = coil.sequence_insert %x, %t[%n] : tensor<2xf32>, !coil.sequence<tensor<2xf32>>
    scf.yield %u : !coil.sequence<tensor<2xf32>>
  }
  %q = coil.optional_some %s : !coil.sequence<tensor<2xf32>> to !coil.optional<!coil.sequence<tensor<2xf32>>>
  // CHECK: rt.require %[[F]], %{{.*}}, "an optional value is absent"
  %z = coil.optional_get %q : !coil.optional<!coil.sequence<tensor<2xf32>>> to !coil.sequence<tensor<2xf32>>
  %m = builtin.unrealized_conversion_cast %z : !coil.sequence<tensor<2xf32>> to !rt.list
  rt.list_output %f, 0, %m
  return
}
