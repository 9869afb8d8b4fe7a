// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// A symmetric window ends where it began: its period is one less than its size.
// CHECK-LABEL: func @symmetric
// CHECK-DAG: %[[PERIOD:.*]] = arith.constant 1.500000e+01 : f32
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<16xf32>)
// CHECK: arith.divf %{{.*}}, %[[PERIOD]]
// CHECK: math.cos
func.func @symmetric() -> !onnx.value {
  %n = onnx.Constant {value = dense<16> : tensor<i32>} : () -> !onnx.value
  %y = onnx.HannWindow %n {periodic = 0 : i64} : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A size that only a run reads is checked there.
// CHECK-LABEL: func @read
// CHECK: coil.require %{{.*}}, "node '?': the size is negative"
// CHECK: tensor.empty(%{{.*}}) : tensor<?xf64>
func.func @read(%n: tensor<i64> {onnx.dims = [], onnx.name = "n"}) -> !onnx.value {
  %y = onnx.BlackmanWindow %n {output_datatype = f64} : (tensor<i64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The bins' edges are computed once, a row of the spectrum for each frequency.
// CHECK-LABEL: func @mel
// CHECK: %[[EDGES:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<10xf64>)
// CHECK: tensor.extract %[[EDGES]]
// CHECK: return %{{.*}} : tensor<9x8xf32>
func.func @mel(%low: tensor<f32> {onnx.dims = [], onnx.name = "low"}, %high: tensor<f32> {onnx.dims = [], onnx.name = "high"})
    -> !onnx.value {
  %bins = onnx.Constant {value = dense<8> : tensor<i32>} : () -> !onnx.value
  %length = onnx.Constant {value = dense<16> : tensor<i32>} : () -> !onnx.value
  %rate = onnx.Constant {value = dense<8192> : tensor<i32>} : () -> !onnx.value
  %y = onnx.MelWeightMatrix %bins, %length, %rate, %low, %high
      : (!onnx.value, !onnx.value, !onnx.value, tensor<f32>, tensor<f32>) -> !onnx.value
  return %y : !onnx.value
}
