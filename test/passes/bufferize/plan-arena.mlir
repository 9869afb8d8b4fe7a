// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(bufferize-plan-arena),canonicalize)' | FileCheck %s
// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(bufferize-plan-arena{reuse=false}),canonicalize)' | FileCheck %s --check-prefix=ALONE

func.func private @use(memref<16xf32>)
func.func private @move(memref<16xf32>, memref<16xf32>)
func.func private @use_some(memref<?xf32>)
func.func private @count() -> index
func.func private @which() -> i1

// Buffers that never live together have one place.
// ALONE: func @disjoint(%{{.*}}: !rt.frame) attributes {coil.arena_bytes = 128 : i64}
// CHECK-LABEL: func @disjoint
// CHECK-SAME: (%[[F:.*]]: !rt.frame) attributes {coil.arena_bytes = 64 : i64}
func.func @disjoint(%f: !rt.frame) {
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C64:.*]] = arith.constant 64 : index
  // CHECK: %[[ARENA:.*]] = rt.arena %[[F]], %[[C64]]
  // CHECK-COUNT-2: memref.view %[[ARENA]][%[[C0]]][]
  // CHECK-NOT: memref.alloc
  %a = memref.alloc() : memref<16xf32>
  call @use(%a) : (memref<16xf32>) -> ()
  %b = memref.alloc() : memref<16xf32>
  call @use(%b) : (memref<16xf32>) -> ()
  return
}

// Those that do have different ones, also when one is only known by a view of it.
// CHECK-LABEL: func @overlapping
// CHECK-SAME: (%[[F:.*]]: !rt.frame) attributes {coil.arena_bytes = 128 : i64}
func.func @overlapping(%f: !rt.frame) {
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C64:.*]] = arith.constant 64 : index
  // CHECK-DAG: memref.view %[[ARENA:.*]][%[[C0]]][]
  // CHECK-DAG: memref.view %[[ARENA]][%[[C64]]][]
  %a = memref.alloc() : memref<16xf32>
  %rows = memref.expand_shape %a [[0, 1]] output_shape [4, 4] : memref<16xf32> into memref<4x4xf32>
  %b = memref.alloc() : memref<16xf32>
  call @use(%b) : (memref<16xf32>) -> ()
  %flat = memref.collapse_shape %rows [[0, 1]] : memref<4x4xf32> into memref<16xf32>
  call @move(%b, %flat) : (memref<16xf32>, memref<16xf32>) -> ()
  return
}

// Either of two may be what a choice gives: both live as long as that.
// CHECK-LABEL: func @chosen
// CHECK-SAME: coil.arena_bytes = 192 : i64
func.func @chosen(%f: !rt.frame) {
  %which = call @which() : () -> i1
  %a = memref.alloc() : memref<16xf32>
  call @use(%a) : (memref<16xf32>) -> ()
  %b = memref.alloc() : memref<16xf32>
  call @use(%b) : (memref<16xf32>) -> ()
  %c = arith.select %which, %a, %b : memref<16xf32>
  %d = memref.alloc() : memref<16xf32>
  call @use(%d) : (memref<16xf32>) -> ()
  call @move(%c, %d) : (memref<16xf32>, memref<16xf32>) -> ()
  return
}

// Two small ones that live together lie where a large one lies later.
// CHECK-LABEL: func @sizes
// CHECK-SAME: coil.arena_bytes = 256 : i64
func.func @sizes(%f: !rt.frame) {
  %a = memref.alloc() : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  call @move(%a, %b) : (memref<16xf32>, memref<16xf32>) -> ()
  %c = memref.alloc() : memref<64xf32>
  %d = memref.cast %c : memref<64xf32> to memref<?xf32>
  call @use_some(%d) : (memref<?xf32>) -> ()
  return
}

// Sizes that follow from the dynamic dimensions are slots of the arena: one for
// two buffers that never live together, behind what is fixed.
// CHECK-LABEL: func @dynamic
// CHECK-SAME: (%[[F:.*]]: !rt.frame) {
func.func @dynamic(%f: !rt.frame) {
  // CHECK-DAG: %[[C64:.*]] = arith.constant 64 : index
  // CHECK-DAG: %[[N:.*]] = rt.symbol %[[F]], 0
  // CHECK: %[[BYTES:.*]] = arith.andi
  // CHECK: %[[END:.*]] = arith.addi %[[BYTES]], %[[C64]]
  // CHECK: %[[ARENA:.*]] = rt.arena %[[F]], %[[END]]
  // CHECK-COUNT-2: memref.view %[[ARENA]][%[[C64]]][%[[N]]] : memref<?xi8> to memref<?xf32>
  %n = rt.symbol %f, 0
  %fixed = memref.alloc() : memref<16xf32>
  call @use(%fixed) : (memref<16xf32>) -> ()
  %a = memref.alloc(%n) : memref<?xf32>
  call @use_some(%a) : (memref<?xf32>) -> ()
  %b = memref.alloc(%n) : memref<?xf32>
  call @use_some(%b) : (memref<?xf32>) -> ()
  return
}

// A size that only the data tells is taken from scratch memory.
// CHECK-LABEL: func @data
// CHECK-NOT: rt.arena
// CHECK: %[[N:.*]] = call @count()
// CHECK: %[[BYTES:.*]] = arith.muli %[[N]],
// CHECK: %[[MEMORY:.*]] = rt.alloc %{{.*}}, %[[BYTES]]
// CHECK: memref.view %[[MEMORY]][%{{.*}}][%[[N]]]
func.func @data(%f: !rt.frame) {
  %n = call @count() : () -> index
  %a = memref.alloc(%n) : memref<?xf32>
  call @use_some(%a) : (memref<?xf32>) -> ()
  return
}

// So is a buffer that one iteration of a loop hands to the next; one that lives
// within an iteration has its place.
// CHECK-LABEL: func @carried
func.func @carried(%f: !rt.frame) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = rt.symbol %f, 0
  %first = memref.alloc() : memref<16xf32>
  // CHECK: %[[ARENA:.*]] = rt.arena
  // CHECK: scf.for
  // CHECK: memref.view %[[ARENA]]
  // CHECK: %[[NEXT:.*]] = rt.alloc
  // CHECK: memref.view %[[NEXT]]
  // CHECK: scf.yield
  %last = scf.for %i = %c0 to %n step %c1 iter_args(%x = %first) -> memref<16xf32> {
    %within = memref.alloc() : memref<16xf32>
    func.call @move(%x, %within) : (memref<16xf32>, memref<16xf32>) -> ()
    %next = memref.alloc() : memref<16xf32>
    func.call @move(%within, %next) : (memref<16xf32>, memref<16xf32>) -> ()
    scf.yield %next : memref<16xf32>
  }
  call @use(%last) : (memref<16xf32>) -> ()
  return
}

// What the data gives a size within an iteration is given back at its end, also
// by a loop inside of one; what goes on to the next iteration is not.
// CHECK-LABEL: func @local
func.func @local(%f: !rt.frame) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = call @count() : () -> index
  // CHECK: %[[FIRST:.*]] = rt.alloc %
  %first = memref.alloc(%n) : memref<?xf32>
  // CHECK: scf.for
  %last = scf.for %i = %c0 to %n step %c1 iter_args(%x = %first) -> memref<?xf32> {
    // CHECK-NEXT: %[[MARK:.*]] = rt.mark %
    %m = func.call @count() : () -> index
    %p = arith.cmpi ult, %i, %m : index
    scf.if %p {
      // CHECK: rt.alloc local %
      %within = memref.alloc(%m) : memref<?xf32>
      func.call @use_some(%within) : (memref<?xf32>) -> ()
    }
    // CHECK: scf.for
    scf.for %j = %c0 to %m step %c1 {
      // CHECK-NEXT: %[[INNER:.*]] = rt.mark %
      // CHECK: rt.alloc local %
      %k = func.call @count() : () -> index
      %inner = memref.alloc(%k) : memref<?xf32>
      func.call @use_some(%inner) : (memref<?xf32>) -> ()
      // CHECK: rt.release %{{.*}}, %[[INNER]]
    }
    // CHECK: rt.alloc %
    %next = memref.alloc(%m) : memref<?xf32>
    func.call @use_some(%next) : (memref<?xf32>) -> ()
    // CHECK: rt.release %{{.*}}, %[[MARK]]
    // CHECK-NEXT: scf.yield
    scf.yield %next : memref<?xf32>
  }
  call @use_some(%last) : (memref<?xf32>) -> ()
  return
}

// A function that is no entry is left alone.
// CHECK-LABEL: func @other
// CHECK-NEXT: memref.alloc
func.func @other(%x: memref<16xf32>) {
  %a = memref.alloc() : memref<16xf32>
  call @move(%x, %a) : (memref<16xf32>, memref<16xf32>) -> ()
  return
}
