// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Few coefficients: one product with the matrix of roots for each part. A real
// signal needs no imaginary one, and one half of the coefficients says the other.
// CHECK-LABEL: func @short
// CHECK-COUNT-2: outs(%{{.*}} : tensor<8x8xf64>)
// CHECK-COUNT-2: iterator_types = ["parallel", "parallel", "parallel", "reduction"]
// CHECK-NOT: reduction
// CHECK: return %{{.*}} : tensor<3x5x2xf32>
func.func @short(%x: tensor<3x8x1xf32> {onnx.dims = ["", "", ""], onnx.name = "x"}) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.DFT %x, %none, %none {onesided = 1 : i64} : (tensor<3x8x1xf32>, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// 400 elements are 25 times 16, so no matrix is larger than 25 x 25.
// CHECK-LABEL: func @composed
// CHECK: tensor<25x25xf64>
// CHECK: tensor<16x16xf64>
// CHECK-NOT: tensor<400x400xf64>
// CHECK: return %{{.*}} : tensor<1x400x2xf32>
func.func @composed(%x: tensor<1x400x2xf32> {onnx.dims = ["", "", ""], onnx.name = "x"}) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.DFT %x, %none, %none : (tensor<1x400x2xf32>, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A length that only a run knows: a table of that many roots.
// CHECK-LABEL: func @dynamic
// CHECK-COUNT-2: outs(%{{.*}} : tensor<?xf64>)
// CHECK: arith.remsi
func.func @dynamic(%x: tensor<1x?x1xf32> {onnx.dims = ["", "n", ""], onnx.name = "x"}) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.DFT %x, %none, %none : (tensor<1x?x1xf32>, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Frames side by side are one transform.
// CHECK-LABEL: func @frames
// CHECK: tensor<15x16x1xf64>
// CHECK: return %{{.*}} : tensor<1x15x9x2xf32>
func.func @frames(%x: tensor<1x128x1xf32> {onnx.dims = ["", "", ""], onnx.name = "x"}) -> !onnx.value {
  %step = onnx.Constant {value = dense<8> : tensor<i64>} : () -> !onnx.value
  %length = onnx.Constant {value = dense<16> : tensor<i64>} : () -> !onnx.value
  %none = onnx.None : none
  %y = onnx.STFT %x, %step, %none, %length : (tensor<1x128x1xf32>, !onnx.value, none, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}
