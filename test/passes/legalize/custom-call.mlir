// RUN: coil-opt %s -legalize-onnx -split-input-file | FileCheck %s

// An output like an input has its sizes; one of sizes computes them; an absent input is no operand, but told.
// CHECK-LABEL: func @sizes
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x8xf32>
// CHECK-SAME: %[[U:[a-z0-9]+]]: tensor<3xui8>
func.func @sizes(%x: tensor<?x8xf32> {onnx.dims = ["n", ""]}, %u: tensor<3xui8> {onnx.dims = [""]}) -> (!onnx.value, !onnx.value) {
  // CHECK-DAG: %[[N:.*]] = coil.symbol "n"
  // CHECK-DAG: %[[TWICE:.*]] = arith.muli %[[N]], %{{.*}} : index
  // CHECK-DAG: %[[E:.*]] = tensor.empty(%[[N]]) : tensor<?x8xf32>
  // CHECK-DAG: %[[F:.*]] = tensor.empty(%[[TWICE]]) : tensor<?x4xi64>
  // CHECK: %[[R:.*]]:2 = coil.custom "f" ins(%[[X]], %[[U]] : tensor<?x8xf32>, tensor<3xui8>)
  // CHECK-SAME: outs(%[[E]], %[[F]] : tensor<?x8xf32>, tensor<?x4xi64>)
  // CHECK-SAME: operator_name = "a::B", types = [f32, unit, ui8, f32, i64], values = {k = 1 : i64}
  // CHECK-NOT: coil.require
  // CHECK: return %[[R]]#0, %[[R]]#1
  %none = onnx.None : none
  %y:2 = onnx.custom.Call %x, %none, %u {operator_name = "a::B", function = "f", values = {k = 1 : i64},
    declared_inputs = [{name = "x"}, {variadic}],
    declared_outputs = [{type_of = 0 : i64, shape_of = 0 : i64},
                        {type = i64, sizes = affine_map<()[s0, s1] -> (s0 * 2, s1 floordiv 2)>, of = array<i64: 0, 0, 0, 1>}]}
    : (tensor<?x8xf32>, none, tensor<3xui8>) -> (!onnx.value, !onnx.value)
  return %y#0, %y#1 : !onnx.value, !onnx.value
}

// -----

// What may be negative is checked in a run; what the shape function tells, too.
// CHECK-LABEL: func @shape
func.func @shape(%x: tensor<?xf32> {onnx.dims = ["n"]}) -> (!onnx.value, !onnx.value) {
  // CHECK-DAG: %[[UNKNOWN:.*]] = arith.constant -1 : index
  // CHECK-DAG: %[[LESS:.*]] = arith.addi %{{.*}}, %{{.*}} : index
  // CHECK: %[[T:.*]]:2 = coil.custom_shape "s" ins(%{{.*}} : tensor<?xf32>) ranks [1, 1] sizes(%[[LESS]], %[[UNKNOWN]])
  // CHECK: %[[OK:.*]] = arith.cmpi sge, %[[LESS]], %{{.*}} : index
  // CHECK: coil.require %[[OK]]
  // CHECK: %[[OK1:.*]] = arith.cmpi sge, %[[T]]#1, %{{.*}} : index
  // CHECK: coil.require %[[OK1]]
  // CHECK: tensor.empty(%[[T]]#1) : tensor<?xi1>
  // CHECK: coil.custom "f" {{.*}}stateful
  %y:2 = onnx.custom.Call %x {operator_name = "a::B", function = "f", shape_function = "s", values = {}, stateful,
    declared_inputs = [{}],
    declared_outputs = [{type = f32, sizes = affine_map<()[s0] -> (s0 - 2)>, of = array<i64: 0, 0>}, {type = i1, rank = 1 : i64}]}
    : (tensor<?xf32>) -> (!onnx.value, !onnx.value)
  return %y#0, %y#1 : !onnx.value, !onnx.value
}
