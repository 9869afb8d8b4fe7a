// RUN: coil-opt %s -bufferize-bind-entry -one-shot-bufferize="bufferize-function-boundaries" | FileCheck %s

// A call of the runtime gets the frame, and buffers without gaps: a slice that
// has some is copied first.
// CHECK: module attributes {
// CHECK-SAME: coil.strings = ["", "a"]
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[F:.*]]: !rt.frame
func.func @main(%x: tensor<4x4xi64> {onnx.name = "x", onnx.type = tensor<4x4x!coil.string>, onnx.dims = ["", ""]})
    -> (tensor<4x2xi64> {onnx.name = "y", onnx.type = tensor<4x2x!coil.string>, onnx.dims = ["", ""]})
    attributes {coil.strings = ["", "a"]} {
  %c8 = arith.constant 8 : index
  // CHECK: %[[SLICE:.*]] = memref.subview
  // CHECK: memref.copy %[[SLICE]], %[[COPY:.*]] :
  // CHECK: rt.call %[[F]], "f"(%[[COPY]], %{{.*}} : memref<4x2xi64>, index) outs(%{{.*}} : memref<4x2xi64>)
  %s = tensor.extract_slice %x[0, 1] [4, 2] [1, 1] : tensor<4x4xi64> to tensor<4x2xi64>
  %e = tensor.empty() : tensor<4x2xi64>
  %y = coil.call "f"(%s, %c8 : tensor<4x2xi64>, index) outs(%e : tensor<4x2xi64>) -> tensor<4x2xi64>
  return %y : tensor<4x2xi64>
}
