// RUN: coil-opt %s --legalize-onnx | FileCheck %s
// RUN: coil-opt %s --coil-legalize --coil-structure --coil-bufferize | FileCheck %s --check-prefix=BUFFER

// One product for all inputs, then a loop that carries all hidden states and
// the cell.

// CHECK-LABEL: func @main
func.func @main(%x: tensor<?x2x4xf32> {onnx.name = "x", onnx.dims = ["t", "", ""]},
                %w: tensor<1x12x4xf32> {onnx.name = "w", onnx.dims = ["", "", ""]},
                %r: tensor<1x12x3xf32> {onnx.name = "r", onnx.dims = ["", "", ""]})
    -> (!onnx.value {onnx.name = "y", onnx.dims = ["t", "", "", ""]}) {
  %none = onnx.None : none
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<?x12xf32>)
  // CHECK: scf.for {{.*}} -> (tensor<?x2x3xf32>, tensor<2x3xf32>)
  // CHECK:   tensor.insert_slice %{{.*}} : tensor<2x3xf32> into tensor<?x2x3xf32>
  // CHECK: return %{{.*}} : tensor<?x1x2x3xf32>
  // The loop copies nothing.
  // BUFFER: scf.for
  // BUFFER-NOT: memref.copy
  // BUFFER-NOT: call @copy
  // BUFFER: }
  %y, %h, %c = onnx.LSTM %x, %w, %r, %none, %none, %none, %none, %none
      : (tensor<?x2x4xf32>, tensor<1x12x4xf32>, tensor<1x12x3xf32>, none, none, none, none, none) -> (!onnx.value, !onnx.value, !onnx.value)
  return %y : !onnx.value
}
