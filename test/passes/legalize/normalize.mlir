// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Statistics are taken in f32, also of f16.

// CHECK-LABEL: func @layer
func.func @layer(%x: tensor<2x?x8xf16>, %scale: tensor<8xf16>) -> !onnx.value {
  %none = onnx.None : none
  // CHECK-COUNT-2: iterator_types = ["parallel", "parallel", "reduction"]
  // CHECK: math.sqrt %{{.*}} : f32
  // CHECK: return %{{.*}} : tensor<2x?x8xf16>
  %y, %mean, %inverse = onnx.LayerNormalization %x, %scale, %none
      : (tensor<2x?x8xf16>, tensor<8xf16>, none) -> (!onnx.value, !onnx.value, !onnx.value)
  return %y : !onnx.value
}

// -----

// The statistics become one factor and one term for each channel.
// CHECK-LABEL: func @batch
func.func @batch(%x: tensor<1x4x3xf32>, %s: tensor<4xf32>) -> !onnx.value {
  // CHECK: math.sqrt
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x4x3xf32>)
  // CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[F:.*]]: f32, %[[T:.*]]: f32, %{{.*}}: f32):
  // CHECK-NEXT: %[[P:.*]] = arith.mulf %[[X]], %[[F]]
  // CHECK-NEXT: arith.addf %[[P]], %[[T]]
  // CHECK-NOT: linalg.generic
  %y, %mean, %var = onnx.BatchNormalization %x, %s, %s, %s, %s
      : (tensor<1x4x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (!onnx.value, !onnx.value, !onnx.value)
  return %y : !onnx.value
}

// -----

// CHECK-LABEL: func @group
func.func @group(%x: tensor<1x4x3xf32>, %s: tensor<4xf32>) -> !onnx.value {
  // CHECK: tensor.expand_shape %{{.*}} into tensor<1x2x6xf32>
  %y = onnx.GroupNormalization %x, %s, %s {num_groups = 2 : i64} : (tensor<1x4x3xf32>, tensor<4xf32>, tensor<4xf32>) -> !onnx.value
  return %y : !onnx.value
}
