// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @segments(%ids: tensor<2x3xi32>, %t: tensor<9x8xf32>, %g: tensor<8xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{segment_ids and segment_embedding must be given together}}
  %y:3 = onnx.microsoft.EmbedLayerNormalization %ids, %ids, %t, %t, %none, %g, %g, %none, %none
      : (tensor<2x3xi32>, tensor<2x3xi32>, tensor<9x8xf32>, tensor<9x8xf32>, none, tensor<8xf32>, tensor<8xf32>, none, none)
      -> (!onnx.value, !onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @activation(%x: tensor<1x2x4x4xf32>, %w: tensor<2x2x1x1xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{the activation 'Swish' is not supported}}
  %y = onnx.microsoft.FusedConv %x, %w, %none, %none {activation = "Swish"}
      : (tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>, none, none) -> !onnx.value
  return %y : !onnx.value
}
