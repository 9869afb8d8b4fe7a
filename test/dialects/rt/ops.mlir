// RUN: coil-opt %s | coil-opt | FileCheck %s
// RUN: coil-opt %s -cse | FileCheck %s --check-prefix=CSE

// CHECK-LABEL: func @roundtrip
// CHECK-SAME: (%[[F:.*]]: !rt.frame, %[[OK:.*]]: i1, %[[N:.*]]: index)
func.func @roundtrip(%f: !rt.frame, %ok: i1, %n: index) {
  // CHECK: rt.symbol %[[F]], 0
  %s = rt.symbol %f, 0
  // CHECK: rt.input %[[F]], 1 : memref<?xi8>
  %i = rt.input %f, 1 : memref<?xi8>
  // CHECK: rt.weights %[[F]] : memref<?xi8>
  %w = rt.weights %f : memref<?xi8>
  // CHECK: rt.output %[[F]], 0(%[[N]], %[[N]]) : memref<?xi8>
  %o = rt.output %f, 0(%n, %n) : memref<?xi8>
  // CHECK: rt.output %[[F]], 1() : memref<?xi8>
  %scalar = rt.output %f, 1() : memref<?xi8>
  // CHECK: rt.arena %[[F]], %[[N]] : memref<?xi8>
  %a = rt.arena %f, %n : memref<?xi8>
  // CHECK: rt.alloc %[[F]], %[[N]] : memref<?xi8>
  %m = rt.alloc %f, %n : memref<?xi8>
  // CHECK: %[[MARK:.*]] = rt.mark %[[F]]
  %mark = rt.mark %f
  // CHECK: rt.alloc local %[[F]], %[[N]] : memref<?xi8>
  %l = rt.alloc local %f, %n : memref<?xi8>
  // CHECK: rt.release %[[F]], %[[MARK]]
  rt.release %f, %mark
  // CHECK: rt.require %[[F]], %[[OK]], "too long"
  rt.require %f, %ok, "too long"
  // CHECK: rt.site %[[F]], -1
  rt.site %f, -1
  // CHECK: rt.parallel %[[F]], %[[N]] grain %[[N]] {
  // CHECK: ^bb0(%{{.*}}: index, %{{.*}}: index):
  rt.parallel %f, %n grain %n {
  ^bb0(%begin: index, %end: index):
    %c1 = arith.constant 1 : index
    scf.for %j = %begin to %end step %c1 {
    }
  }
  return
}

// CHECK-LABEL: func @lists
// CHECK-SAME: (%[[F:.*]]: !rt.frame, %[[I:.*]]: index)
func.func @lists(%f: !rt.frame, %i: index) {
  // CHECK: %[[L:.*]] = rt.list_input %[[F]], 1
  %l = rt.list_input %f, 1
  // CHECK: rt.list_length %[[L]]
  %n = rt.list_length %l
  // CHECK: %[[X:.*]], %[[D:.*]]:2 = rt.list_element %[[F]], %[[L]][%[[I]]] : memref<?xi8>, index, index
  %x:3 = rt.list_element %f, %l[%i] : memref<?xi8>, index, index
  // CHECK: %[[M:.*]] = rt.list_insert %[[F]], %[[L]][%[[I]]], %[[X]] size %{{.*}}(%[[D]]#0, %[[D]]#1) : memref<?xi8>
  %m = rt.list_insert %f, %l[%i], %x#0 size %n(%x#1, %x#2) : memref<?xi8>
  // CHECK: rt.list_erase %[[F]], %[[M]][%[[I]]]
  %e = rt.list_erase %f, %m[%i]
  // CHECK: rt.list_output %[[F]], 0, %{{.*}}
  rt.list_output %f, 0, %e
  // CHECK: rt.list_empty %[[F]]
  %none = rt.list_empty %f
  // CHECK: rt.list_absent %[[F]]
  %absent = rt.list_absent %f
  return
}

// Where something is that the frame holds is one value; memory that is asked for
// twice is two pieces, and a check is never dropped.
// CSE-LABEL: func @once
func.func @once(%f: !rt.frame, %ok: i1, %n: index) -> (memref<?xi8>, memref<?xi8>, memref<?xi8>, memref<?xi8>) {
  // CSE: %[[IN:.*]] = rt.input
  // CSE-NOT: rt.input
  %i = rt.input %f, 0 : memref<?xi8>
  %j = rt.input %f, 0 : memref<?xi8>
  // CSE: %[[A:.*]] = rt.alloc
  // CSE: %[[B:.*]] = rt.alloc
  %a = rt.alloc %f, %n : memref<?xi8>
  %b = rt.alloc %f, %n : memref<?xi8>
  // CSE-COUNT-2: rt.require
  rt.require %f, %ok, "once"
  rt.require %f, %ok, "once"
  // CSE: return %[[IN]], %[[IN]], %[[A]], %[[B]]
  return %i, %j, %a, %b : memref<?xi8>, memref<?xi8>, memref<?xi8>, memref<?xi8>
}

// CHECK-LABEL: func @calls
func.func @calls(%f: !rt.frame, %x: memref<2xi64>, %n: i64, %y: memref<2xi64>) {
  // CHECK: rt.call %{{.*}}, "coil_rt_string_rank"(%{{.*}}, %{{.*}} : memref<2xi64>, i64) outs(%{{.*}} : memref<2xi64>)
  rt.call %f, "coil_rt_string_rank"(%x, %n : memref<2xi64>, i64) outs(%y : memref<2xi64>)
  return
}
