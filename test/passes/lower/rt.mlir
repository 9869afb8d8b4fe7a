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
  // CHECK: %[[AT:.*]] = llvm.getelementptr %{{.*}}[4]
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

// Memory of an iteration.
// CHECK-LABEL: func.func @iteration
func.func @iteration(%f: !rt.frame) {
  %c8 = arith.constant 8 : index
  // CHECK: %[[MARK:.*]] = llvm.call @coil_rt_mark(%{{.*}}) : (!llvm.ptr) -> i64
  %mark = rt.mark %f
  // CHECK: llvm.call @coil_rt_alloc_local
  %l = rt.alloc local %f, %c8 : memref<?xi8>
  // CHECK: llvm.call @coil_rt_release(%{{.*}}, %[[MARK]])
  rt.release %f, %mark
  return
}

// A list is a pointer to its length; an element's data and dimensions are fields
// of a coil_tensor. What fails leaves by the same exit.
// CHECK-LABEL: func.func @lists
func.func @lists(%f: !rt.frame) {
  // CHECK: %[[DIMS:.*]] = llvm.alloca
  %c1 = arith.constant 1 : index
  // CHECK: %[[L:.*]] = llvm.call @coil_rt_list_input(%{{.*}}, %{{.*}}) : (!llvm.ptr, i32) -> !llvm.ptr
  // CHECK: llvm.icmp "ne" %[[L]]
  // CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[EXIT:.*]]
  %l = rt.list_input %f, 2
  // CHECK: llvm.load %[[L]] : !llvm.ptr -> i64
  %n = rt.list_length %l
  // CHECK: %[[X:.*]] = llvm.call @coil_rt_list_element(%{{.*}}, %[[L]], %{{.*}}, %{{.*}})
  // CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[EXIT]]
  // CHECK: llvm.getelementptr %[[X]][3]
  // CHECK: %[[DATA:.*]] = llvm.load %[[X]] : !llvm.ptr -> !llvm.ptr
  // CHECK: llvm.insertvalue %[[DATA]]
  %x, %d = rt.list_element %f, %l[%n] : memref<?xi8>, index
  // CHECK: llvm.store %{{.*}}
  // CHECK: %[[M:.*]] = llvm.call @coil_rt_list_insert(%{{.*}}, %[[L]], %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[DIMS]])
  %m = rt.list_insert %f, %l[%n], %x size %d(%d) : memref<?xi8>
  // CHECK: %[[E:.*]] = llvm.call @coil_rt_list_erase(%{{.*}}, %[[M]], %{{.*}})
  %e = rt.list_erase %f, %m[%c1]
  // CHECK: %[[DONE:.*]] = llvm.call @coil_rt_list_output(%{{.*}}, %{{.*}}, %[[E]])
  // CHECK: llvm.icmp "ne" %[[DONE]]
  rt.list_output %f, 1, %e
  // CHECK: llvm.call @coil_rt_list_empty
  %empty = rt.list_empty %f
  rt.list_output %f, 2, %empty
  // CHECK: llvm.call @coil_rt_list_absent
  %absent = rt.list_absent %f
  rt.list_output %f, 3, %absent
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

// A user's function is called by way of the runtime, which gets what the function is told.
// CHECK-LABEL: func.func @customs
func.func @customs(%f: !rt.frame) {
  // CHECK-DAG: %[[RECORD:.*]] = llvm.alloca %{{.*}} x !llvm.struct<(i32, i32, i32, i32, ptr, ptr, ptr, ptr, ptr, ptr)>
  // CHECK-DAG: llvm.alloca %{{.*}} x !llvm.struct<(ptr, i64, i32, i32, array<8 x i64>)>
  %c8 = arith.constant 8 : index
  %c0 = arith.constant 0 : index
  %u = arith.constant -1 : index
  %a = rt.arena %f, %c8 : memref<?xi8>
  %x = memref.view %a[%c0][] : memref<?xi8> to memref<2xf32>
  // CHECK: %[[S:.*]] = llvm.mlir.addressof @s
  // CHECK: %[[STATUS:.*]] = llvm.call @coil_rt_custom(%{{.*}}, %[[S]], %{{.*}}, %{{.*}})
  // CHECK: %[[OK:.*]] = llvm.icmp "eq" %[[STATUS]],
  // CHECK: cf.cond_br %[[OK]]
  // CHECK: %[[TOLD:.*]] = llvm.load
  // CHECK: %[[N:.*]] = arith.index_cast %[[TOLD]] : i64 to index
  %n = rt.custom_shape %f, "s" ins(%x : memref<2xf32>) ranks [1] sizes(%u) {operator_name = "a::B", types = [f32, i1], values = {}} -> index
  // CHECK: llvm.call @coil_rt_alloc
  %b = rt.alloc %f, %n : memref<?xi8>
  %y = memref.view %b[%c0][%n] : memref<?xi8> to memref<?xi8>
  // CHECK: llvm.mlir.addressof @f
  // CHECK: llvm.call @coil_rt_custom
  rt.custom %f, "f" ins(%x : memref<2xf32>) outs(%y : memref<?xi8>) {operator_name = "a::B", types = [f32, unit, i1], values = {k = array<f32: 1.5>}}
  return
}
