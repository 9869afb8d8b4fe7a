// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// A graph stands between the scores and the softmax; the other one is absent.
// CHECK-LABEL: func @flex
// CHECK: arith.mulf
// CHECK: math.sin
// CHECK: math.exp
// CHECK: return %{{.*}} : tensor<1x2x3x4xf32>
func.func @flex(%q: tensor<1x2x3x4xf32> {onnx.dims = ["", "", "", ""], onnx.name = "q"}) -> !onnx.value {
  %y = onnx.preview.FlexAttention %q, %q, %q
      : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) -> !onnx.value score_mod {
  ^bb0(%s: !onnx.value):
    %t = onnx.Sin %s : (!onnx.value) -> !onnx.value
    onnx.Yield %t : !onnx.value
  } prob_mod {
  }
  return %y : !onnx.value
}

// -----

// All tensors, then all momenta.
// CHECK-LABEL: func @momentum
// CHECK: return %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<2xf32>, tensor<3xf32>, tensor<2xf32>, tensor<3xf32>
func.func @momentum(%r: tensor<f32> {onnx.dims = [], onnx.name = "r"}, %t: tensor<i64> {onnx.dims = [], onnx.name = "t"},
                    %x: tensor<2xf32> {onnx.dims = [""], onnx.name = "x"}, %z: tensor<3xf32> {onnx.dims = [""], onnx.name = "z"})
    -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value) {
  %y:4 = onnx.training.Momentum %r, %t, %x, %z, %x, %z, %x, %z
      {alpha = 0.9 : f32, beta = 1.0 : f32, mode = "standard", norm_coefficient = 0.0 : f32}
      : (tensor<f32>, tensor<i64>, tensor<2xf32>, tensor<3xf32>, tensor<2xf32>, tensor<3xf32>, tensor<2xf32>, tensor<3xf32>)
      -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value)
  return %y#0, %y#1, %y#2, %y#3 : !onnx.value, !onnx.value, !onnx.value, !onnx.value
}
