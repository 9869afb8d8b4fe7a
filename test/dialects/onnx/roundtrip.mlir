// RUN: coil-opt %s | coil-opt | FileCheck %s

// The families of signatures, with absent inputs, defaults, graphs and domains.

// CHECK-LABEL: func @families
// CHECK-SAME: %[[X:.*]]: tensor<2x3xf32>
func.func @families(%x: tensor<2x3xf32>) -> !onnx.value {
  // CHECK: %[[NONE:.*]] = onnx.None : none
  %none = onnx.None : none
  // CHECK: onnx.Exp %[[X]] : (tensor<2x3xf32>) -> !onnx.value
  %exp = onnx.Exp %x : (tensor<2x3xf32>) -> !onnx.value
  // A default is not printed, another value is.
  // CHECK: %[[ACT:.*]] = onnx.HardSigmoid %{{.*}} {alpha = 2.500000e-01 : f32} :
  %act = onnx.HardSigmoid %exp {alpha = 0.25 : f32, beta = 0.5 : f32} : (!onnx.value) -> !onnx.value
  // CHECK: onnx.Clip %[[ACT]], %[[NONE]], %[[ACT]] : (!onnx.value, none, !onnx.value) -> !onnx.value
  %clip = onnx.Clip %act, %none, %act : (!onnx.value, none, !onnx.value) -> !onnx.value
  // CHECK: onnx.Cast %{{.*}} {to = f16} :
  %cast = onnx.Cast %clip {to = f16} : (!onnx.value) -> !onnx.value
  // CHECK: onnx.Concat %{{.*}}, %{{.*}} {axis = 1 : i64} :
  %cat = onnx.Concat %clip, %cast {axis = 1 : i64} : (!onnx.value, !onnx.value) -> !onnx.value
  // CHECK: %[[SPLIT:.*]]:2 = onnx.Split %{{.*}}, %[[NONE]] {num_outputs = 2 : i64} :
  %split:2 = onnx.Split %cat, %none {num_outputs = 2 : i64} : (!onnx.value, none) -> (!onnx.value, !onnx.value)
  // CHECK: onnx.microsoft.FastGelu %[[SPLIT]]#0, %[[NONE]] :
  %gelu = onnx.microsoft.FastGelu %split#0, %none : (!onnx.value, none) -> !onnx.value
  // CHECK: onnx.ml.TreeEnsembleClassifier %{{.*}} {nodes_modes = ["LEAF"]} :
  %label, %scores = onnx.ml.TreeEnsembleClassifier %gelu {nodes_modes = ["LEAF"]} : (!onnx.value) -> (!onnx.value, !onnx.value)
  return %scores : !onnx.value
}

// CHECK-LABEL: func @graphs
func.func @graphs(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<f32>) -> !onnx.value {
  // CHECK: onnx.If %{{.*}} : (tensor<i1>) -> !onnx.value {
  // CHECK:   onnx.Yield %{{.*}} : !onnx.value
  // CHECK: } else {
  %if = onnx.If %c : (tensor<i1>) -> !onnx.value {
    %y = onnx.Neg %x : (tensor<f32>) -> !onnx.value
    onnx.Yield %y : !onnx.value
  } else {
    %y = onnx.Abs %x : (tensor<f32>) -> !onnx.value
    onnx.Yield %y : !onnx.value
  }
  // CHECK: onnx.Loop %{{.*}}, %{{.*}}, %{{.*}} : (tensor<i64>, tensor<i1>, !onnx.value) -> !onnx.value {
  // CHECK: ^bb0(%{{.*}}: !onnx.value, %[[COND:.*]]: !onnx.value, %[[CARRIED:.*]]: !onnx.value):
  // CHECK:   onnx.Yield %[[COND]], %[[CARRIED]] :
  %loop = onnx.Loop %n, %c, %if : (tensor<i64>, tensor<i1>, !onnx.value) -> !onnx.value {
  ^bb0(%i: !onnx.value, %cond: !onnx.value, %carried: !onnx.value):
    onnx.Yield %cond, %carried : !onnx.value, !onnx.value
  }
  return %loop : !onnx.value
}
