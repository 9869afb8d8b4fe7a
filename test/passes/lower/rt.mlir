// RUN: coil-opt %s -lower-rt -reconcile-unrealized-casts | FileCheck %s

// A message is one global, however often it is used.
// CHECK: llvm.mlir.global internal constant @[[TEXT:.*]]("too long\00")
// CHECK-NOT: "too long

func.func private @use(memref<4xf32>)

// What the frame holds is loaded from it, field by field.
// CHECK-LABEL: func.func @loads
// CHECK-SAME: -> i32
func.func @loads(%f: !rt.frame) {
  %c0 = arith.constant 0 : index
  // CHECK: %[[F:.*]] = builtin.unrealized_conversion_cast %{{.*}} : !rt.frame to !llvm.ptr
  // CHECK: %[[INPUTS:.*]] = llvm.getelementptr %[[F]][0]
  // CHECK: %[[LIST:.*]] = llvm.load %[[INPUTS]]
  // CHECK: %[[AT:.*]] = llvm.getelementptr %[[LIST]][1]
  // CHECK: %[[DATA:.*]] = llvm.load %[[AT]]
  // CHECK: llvm.insertvalue %[[DATA]], %{{.*}}[1]
  %x = rt.input %f, 1 : memref<?xi8>
  // CHECK: llvm.getelementptr %[[F]][2]
  %w = rt.weights %f : memref<?xi8>
  // CHECK: llvm.getelementptr %[[F]][1]
  // CHECK: llvm.load %{{.*}} : !llvm.ptr -> i64
  %n = rt.symbol %f, 0
  %v = memref.view %x[%c0][] : memref<?xi8> to memref<4xf32>
  func.call @use(%v) : (memref<4xf32>) -> ()
  %u = memref.view %w[%n][] : memref<?xi8> to memref<4xf32>
  func.call @use(%u) : (memref<4xf32>) -> ()
  // The run has succeeded.
  // CHECK: %[[OK:.*]] = arith.constant 0 : i32
  // CHECK: return %[[OK]]
  return
}

// A draw counts on: what was there is its number.
// CHECK-LABEL: func.func @draws
func.func @draws(%f: !rt.frame) {
  // CHECK: %[[AT:.*]] = llvm.getelementptr %{{.*}}[5]
  // CHECK: %[[N:.*]] = llvm.load %[[AT]]
  // CHECK: %[[ONE:.*]] = llvm.mlir.constant(1 : i64)
  // CHECK: %[[NEXT:.*]] = llvm.add %[[N]], %[[ONE]]
  // CHECK: llvm.store %[[NEXT]], %[[AT]]
  %n = rt.draw %f
  %i = arith.index_cast %n : i64 to index
  %v = memref.alloca(%i) : memref<?xf32>
  return
}

// What may fail ends the run: memory and outputs that the runtime does not give,
// data that does not fit. All leave by one exit.
// CHECK-LABEL: func.func @failures
func.func @failures(%f: !rt.frame) {
  // CHECK: %[[DIMS:.*]] = llvm.alloca
  %c8 = arith.constant 8 : index
  %n = rt.symbol %f, 0
  %ok = arith.cmpi ule, %n, %c8 : index
  // CHECK: cf.cond_br %[[OK:.*]], ^{{.*}}, ^[[FAIL:.*]]
  rt.require %f, %ok, "too long"
  rt.require %f, %ok, "too long"
  // CHECK: %[[ARENA:.*]] = llvm.call @coil_rt_arena
  // CHECK: llvm.icmp "ne" %[[ARENA]],
  // CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[EXIT:.*]]
  %a = rt.arena %f, %c8 : memref<?xi8>
  // CHECK: llvm.call @coil_rt_alloc
  // CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[EXIT]]
  %b = rt.alloc %f, %n : memref<?xi8>
  // CHECK: llvm.store %{{.*}}, %{{.*}} : i64, !llvm.ptr
  // CHECK: llvm.call @coil_rt_output(%{{.*}}, %{{.*}}, %[[DIMS]])
  // CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[EXIT]]
  %o = rt.output %f, 0(%n) : memref<?xi8>
  // CHECK: llvm.call @coil_rt_site
  rt.site %f, 3
  // CHECK: ^[[FAIL]]:
  // CHECK: llvm.mlir.addressof @[[TEXT]]
  // CHECK: llvm.call @coil_rt_fail
  // CHECK: cf.br ^[[EXIT]]
  // CHECK: ^[[EXIT]]:
  // CHECK: %[[ONE:.*]] = arith.constant 1 : i32
  // CHECK: return %[[ONE]]
  return
}

// A function of the runtime gets pointers, numbers and the node's name; when it
// fails the run ends.
// CHECK-LABEL: func.func @calls
func.func @calls(%f: !rt.frame) {
  %c2 = arith.constant 2 : index
  %bytes = rt.input %f, 0 : memref<?xi8>
  %c0 = arith.constant 0 : index
  %x = memref.view %bytes[%c0][] : memref<?xi8> to memref<2xi64>
  // CHECK: %[[X:.*]] = llvm.inttoptr
  // CHECK: %[[N:.*]] = arith.index_cast %{{.*}} : index to i64
  // CHECK: %[[Y:.*]] = llvm.inttoptr
  // CHECK: %[[NODE:.*]] = llvm.mlir.addressof @{{.*}} : !llvm.ptr
  // CHECK: %[[CODE:.*]] = llvm.call @coil_rt_string_to_float(%{{.*}}, %[[X]], %[[N]], %[[Y]], %[[NODE]])
  // CHECK: %[[ZERO:.*]] = llvm.mlir.constant(0 : i32)
  // CHECK: %[[OK:.*]] = llvm.icmp "eq" %[[CODE]], %[[ZERO]]
  // CHECK: cf.cond_br %[[OK]]
  rt.call %f, "coil_rt_string_to_float"(%x, %c2 : memref<2xi64>, index) outs(%x : memref<2xi64>) {node = "c"}
  return
}
