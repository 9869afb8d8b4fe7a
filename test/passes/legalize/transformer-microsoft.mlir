// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// The sum that is normalized is a result, too. Means are taken in f32.
// CHECK-LABEL: @skip
// CHECK: arith.addf {{.*}} : f32
// CHECK: arith.divf {{.*}} : f32
// CHECK: math.sqrt
// CHECK: return %{{.*}}, %{{.*}} : tensor<?x?x8xf16>, tensor<?x?x8xf16>
func.func @skip(%x: tensor<?x?x8xf16>, %s: tensor<?x?x8xf16>, %g: tensor<8xf16>) -> (!onnx.value, !onnx.value) {
  %none = onnx.None : none
  %y:4 = onnx.microsoft.SkipLayerNormalization %x, %s, %g, %none, %none
      : (tensor<?x?x8xf16>, tensor<?x?x8xf16>, tensor<8xf16>, none, none)
      -> (!onnx.value, !onnx.value, !onnx.value, !onnx.value)
  return %y#0, %y#3 : !onnx.value, !onnx.value
}

// -----

// CHECK-LABEL: @fast_gelu
// CHECK: linalg.generic
// CHECK: arith.addf
// CHECK: math.tanh
// CHECK-NOT: linalg.generic
func.func @fast_gelu(%x: tensor<?x8xf32>, %b: tensor<8xf32>) -> !onnx.value {
  %y = onnx.microsoft.FastGelu %x, %b : (tensor<?x8xf32>, tensor<8xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// transBatchA puts the first dimension behind the batch.
// CHECK-LABEL: @fused_matmul
// CHECK: return %{{.*}} : tensor<3x4x6xf32>
func.func @fused_matmul(%a: tensor<4x3x5xf32>, %b: tensor<3x6x5xf32>) -> !onnx.value {
  %y = onnx.microsoft.FusedMatMul %a, %b {transBatchA = 1 : i64, transB = 1 : i64}
      : (tensor<4x3x5xf32>, tensor<3x6x5xf32>) -> !onnx.value
  return %y : !onnx.value
}
