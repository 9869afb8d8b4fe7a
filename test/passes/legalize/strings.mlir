// RUN: coil-opt %s -legalize-onnx | FileCheck %s

// What is moved or compared is a number; the program's strings are counted, the
// empty one first.
// CHECK-LABEL: func.func @equal
// CHECK-SAME: attributes {coil.strings = ["", "a", "b"]}
func.func @equal(%x: tensor<2x!coil.string>) -> !onnx.value {
  // CHECK: arith.constant dense<[1, 2]> : tensor<2xi64>
  // CHECK: ^bb0(%[[X:.*]]: !coil.string, %[[Y:.*]]: !coil.string, %{{.*}}: i1):
  // CHECK-DAG: %[[N:.*]] = coil.handle %[[X]] : !coil.string to i64
  // CHECK-DAG: %[[M:.*]] = coil.handle %[[Y]] : !coil.string to i64
  // CHECK: arith.cmpi eq, %[[N]], %[[M]]
  %c = onnx.Constant {value = dense<["a", "b"]> : tensor<2x!coil.string>} : () -> !onnx.value
  %y = onnx.Equal %x, %c : (tensor<2x!coil.string>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// Constants are compared while compiling.
// CHECK-LABEL: func.func @known
// CHECK-NOT: linalg
// CHECK: arith.constant dense<[true, false]>
func.func @known() -> !onnx.value {
  %c = onnx.Constant {value = dense<["a", "b"]> : tensor<2x!coil.string>} : () -> !onnx.value
  %d = onnx.Constant {value = dense<"a"> : tensor<2x!coil.string>} : () -> !onnx.value
  %y = onnx.Equal %c, %d : (!onnx.value, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// Where there are none, nothing is said of strings.
// CHECK-LABEL: func.func @numbers
// CHECK-NOT: coil.strings
// CHECK: return
func.func @numbers(%x: tensor<2xf32>) -> !onnx.value {
  %y = onnx.Abs %x : (tensor<2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// Between numbers and strings the runtime is asked, in the widest types, and
// told what tells a type's values apart.
// CHECK-LABEL: func.func @casts
func.func @casts(%x: tensor<?x!coil.string>, %h: tensor<?xf16>) -> (!onnx.value, !onnx.value) {
  // CHECK: coil.call "coil_rt_string_to_float"(%{{.*}} : tensor<?x!coil.string>, index) outs(%{{.*}} : tensor<?xf64>) {node = "parse"}
  // CHECK: arith.truncf {{.*}} : f64 to f16
  %y = onnx.CastLike %x, %h : (tensor<?x!coil.string>, tensor<?xf16>) -> !onnx.value loc("parse")
  // CHECK-DAG: %[[BITS:.*]] = arith.constant 11 : i32
  // CHECK-DAG: %[[LEAST:.*]] = arith.constant -24 : i32
  // CHECK: coil.call "coil_rt_string_from_float"(%{{.*}}, %{{.*}}, %[[BITS]], %[[LEAST]] : tensor<?xf64>, index, i32, i32)
  // CHECK-NOT: node
  %z = onnx.Cast %h {to = !coil.string} : (tensor<?xf16>) -> !onnx.value
  return %y, %z : !onnx.value, !onnx.value
}
