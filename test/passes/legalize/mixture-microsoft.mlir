// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Two experts of four for each row; only their products are computed.
// CHECK-LABEL: func @experts
// CHECK: scf.for {{.*}} -> (tensor<5x2xi64>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<5x2x8xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<5x2x6xf32>)
// CHECK: return %{{.*}} : tensor<1x5x6xf32>
func.func @experts(%x: tensor<1x5x6xf32> {onnx.dims = ["", "", ""], onnx.name = "x"},
                   %r: tensor<5x4xf32> {onnx.dims = ["", ""], onnx.name = "r"},
                   %u: tensor<4x8x6xf32> {onnx.dims = ["", "", ""], onnx.name = "u"},
                   %d: tensor<4x6x8xf32> {onnx.dims = ["", "", ""], onnx.name = "d"}) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.microsoft.MoE %x, %r, %u, %none, %d, %none, %none, %none {k = 2 : i64}
      : (tensor<1x5x6xf32>, tensor<5x4xf32>, tensor<4x8x6xf32>, none, tensor<4x6x8xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Four bits, half a byte from the middle of their range.
// CHECK-LABEL: func @few_bits
// CHECK-DAG: arith.constant 8.000000e+00 : f32
// CHECK: arith.shrui
// CHECK: arith.andi
func.func @few_bits(%x: tensor<5x6xf32> {onnx.dims = ["", ""], onnx.name = "x"},
                    %r: tensor<5x4xf32> {onnx.dims = ["", ""], onnx.name = "r"},
                    %u: tensor<4x8x3xui8> {onnx.dims = ["", "", ""], onnx.name = "u"},
                    %us: tensor<4x8xf32> {onnx.dims = ["", ""], onnx.name = "us"},
                    %d: tensor<4x6x4xui8> {onnx.dims = ["", "", ""], onnx.name = "d"},
                    %ds: tensor<4x6xf32> {onnx.dims = ["", ""], onnx.name = "ds"}) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.microsoft.QMoE %x, %r, %u, %us, %none, %d, %ds, %none, %none, %none, %none, %none, %none, %none {k = 1 : i64}
      : (tensor<5x6xf32>, tensor<5x4xf32>, tensor<4x8x3xui8>, tensor<4x8xf32>, none, tensor<4x6x4xui8>, tensor<4x6xf32>,
         none, none, none, none, none, none, none) -> !onnx.value
  return %y : !onnx.value
}
