// The first refusal ends the pass; with all-errors those follow that do not come of it, in graphs too.
// RUN: not coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(legalize-onnx))' 2>&1 | FileCheck %s --check-prefix=FIRST
// RUN: not coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(legalize-onnx{all-errors}))' 2>&1 | FileCheck %s --check-prefix=ALL

// FIRST: error: {{.*}}axis 5 is out of range for rank 1
// FIRST-NOT: error:
// FIRST: error: 'onnx.Neg' op has an operand without a type
// FIRST-NOT: error:

// ALL: error: {{.*}}axis 5 is out of range for rank 1
// ALL-NOT: error:
// ALL: error: {{.*}}axis 6 is out of range for rank 1
// ALL-NOT: error:
// ALL: error: {{.*}}axis 8 is out of range for rank 1
// ALL-NOT: error:
// ALL: error: {{.*}}axis 7 is out of range for rank 1
// ALL-NOT: error:

func.func @main(%x: tensor<2xf32>, %p: tensor<i1>) -> !onnx.value {
  %0 = onnx.Softmax %x {axis = 5} : (tensor<2xf32>) -> !onnx.value
  %1 = onnx.Neg %0 : (!onnx.value) -> !onnx.value
  %2 = onnx.If %p : (tensor<i1>) -> !onnx.value {
    %3 = onnx.Softmax %x {axis = 6} : (tensor<2xf32>) -> !onnx.value
    onnx.Yield %3 : !onnx.value
  } else {
    %3 = onnx.Softmax %x {axis = 8} : (tensor<2xf32>) -> !onnx.value
    onnx.Yield %1 : !onnx.value
  }
  %4 = onnx.Add %2, %1 : (!onnx.value, !onnx.value) -> !onnx.value
  %5 = onnx.Softmax %x {axis = 7} : (tensor<2xf32>) -> !onnx.value
  %6 = onnx.Exp %x : (tensor<2xf32>) -> !onnx.value
  return %6 : !onnx.value
}

// -----

func.func @untyped(%x: !onnx.value) -> !onnx.value {
  %0 = onnx.Neg %x : (!onnx.value) -> !onnx.value
  return %0 : !onnx.value
}
