// RUN: coil-opt %s -bufferize-bind-entry -one-shot-bufferize='bufferize-function-boundaries function-boundary-type-conversion=infer-layout-map' | FileCheck %s

// A user's function reads and writes buffers without gaps: of a slice it gets a copy. A model's output is written by it.
// CHECK-LABEL: func @main
// CHECK-SAME: %[[F:.*]]: !rt.frame
func.func @main(%x: tensor<4x8xf32> {onnx.name = "x", onnx.type = tensor<4x8xf32>, onnx.dims = ["", ""]})
    -> (tensor<4x2xf32> {onnx.name = "y", onnx.type = tensor<4x2xf32>, onnx.dims = ["", ""]}) {
  // CHECK: %[[SLICE:.*]] = memref.subview
  %s = tensor.extract_slice %x[0, 3] [4, 2] [1, 1] : tensor<4x8xf32> to tensor<4x2xf32>
  // CHECK: %[[OUT:.*]] = rt.output %[[F]], 0
  // CHECK: %[[Y:.*]] = memref.view %[[OUT]]
  %e = tensor.empty() : tensor<4x2xf32>
  // CHECK: %[[PACKED:.*]] = memref.alloc() : memref<4x2xf32>
  // CHECK: memref.copy %[[SLICE]], %[[PACKED]]
  // CHECK: rt.custom %[[F]], "f" ins(%[[PACKED]] : memref<4x2xf32>) outs(%[[Y]] : memref<4x2xf32>)
  %y = coil.custom "f" ins(%s : tensor<4x2xf32>) outs(%e : tensor<4x2xf32>) {operator_name = "a::B", types = [f32, f32], values = {}} -> tensor<4x2xf32>
  // CHECK-NOT: memref.copy
  return %y : tensor<4x2xf32>
}
