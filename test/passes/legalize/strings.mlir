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

// Operands of unlike shapes are joined as the tensors that they broadcast to.
// CHECK-LABEL: func.func @concat
// CHECK: coil.call "coil_rt_string_concat"(%{{.*}}, %{{.*}}, %{{.*}} : tensor<2x3x!coil.string>, tensor<2x3x!coil.string>, index)
func.func @concat(%x: tensor<2x3x!coil.string>, %y: tensor<3x!coil.string>) -> !onnx.value {
  %z = onnx.StringConcat %x, %y : (tensor<2x3x!coil.string>, tensor<3x!coil.string>) -> !onnx.value
  return %z : !onnx.value
}

// First how many parts each has, then as many as the one with the most.
// CHECK-LABEL: func.func @split
// CHECK-SAME: coil.strings = ["", "-"]
// CHECK: %[[COUNTS:.*]] = coil.call "coil_rt_string_parts"
// CHECK: %[[MOST:.*]] = scf.for
// CHECK: %[[PARTS:.*]] = tensor.empty(%{{.*}}, %[[MOST]]) : tensor<?x?x!coil.string>
// CHECK: %[[Y:.*]] = coil.call "coil_rt_string_split"({{.*}}) outs(%[[PARTS]]
// CHECK: return %[[Y]], %[[COUNTS]]
func.func @split(%x: tensor<?x!coil.string>) -> (!onnx.value, !onnx.value) {
  %y:2 = onnx.StringSplit %x {delimiter = "-"} : (tensor<?x!coil.string>) -> (!onnx.value, !onnx.value)
  return %y#0, %y#1 : !onnx.value, !onnx.value
}

// Words are compared as small letters, what is left becomes capitals.
// CHECK-LABEL: func.func @normalize
// CHECK-DAG: %[[UP:.*]] = coil.call "coil_rt_string_upper"
// CHECK-DAG: coil.call "coil_rt_string_lower"({{.*}} : tensor<1x!coil.string>
// CHECK-DAG: coil.call "coil_rt_string_lower"({{.*}} : tensor<4x!coil.string>
// CHECK: tensor.extract %[[UP]]
func.func @normalize(%x: tensor<4x!coil.string>) -> !onnx.value {
  %y = onnx.StringNormalizer %x {case_change_action = "UPPER", stopwords = ["The"]} : (tensor<4x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// A pattern is the table of an automaton. Of (ab)* it has three classes of bytes
// and two states; a row ends with whether a text may.
// CHECK-LABEL: func.func @regex
// CHECK: arith.constant dense<[-1, 1, -1, 1, -1, -1, 0, 0]> : tensor<8xi32>
// CHECK: coil.call "coil_rt_string_match"
func.func @regex(%x: tensor<4x!coil.string>) -> !onnx.value {
  %y = onnx.RegexFullMatch %x {pattern = "(ab)*"} : (tensor<4x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// Nothing, however often, is nothing; a repetition of repetitions that needs two
// states has two, whatever its depth.
// CHECK-LABEL: func.func @regex_nothing
// CHECK: arith.constant dense<[-1, 1]> : tensor<2xi32>
func.func @regex_nothing(%x: tensor<4x!coil.string>) -> !onnx.value {
  %y = onnx.RegexFullMatch %x {pattern = "(?:(?:(){10}){10}){10}(?:(?:()*)+)*"} : (tensor<4x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// CHECK-LABEL: func.func @regex_nested
// CHECK: arith.constant dense<[-1, 1, 0, -1, 1, 1]> : tensor<6xi32>
func.func @regex_nested(%x: tensor<4x!coil.string>) -> !onnx.value {
  %y = onnx.RegexFullMatch %x {pattern = "((((((((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+"} : (tensor<4x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// A long chain, each state of which is its own.
// CHECK-LABEL: func.func @regex_chain
// CHECK: : tensor<48003xi32>
func.func @regex_chain(%x: tensor<4x!coil.string>) -> !onnx.value {
  %y = onnx.RegexFullMatch %x {pattern = "a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}a{1000}"} : (tensor<4x!coil.string>) -> !onnx.value
  return %y : !onnx.value
}

// Strings are sorted by what they are ranked.
// CHECK-LABEL: func.func @unique
// CHECK: coil.call "coil_rt_string_rank"
func.func @unique(%x: tensor<4x!coil.string>) -> !onnx.value {
  %y:4 = onnx.Unique %x : (tensor<4x!coil.string>) -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}
