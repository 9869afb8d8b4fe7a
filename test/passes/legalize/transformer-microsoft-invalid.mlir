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

// -----

func.func @split(%x: tensor<2x3xf32>, %b: tensor<3xf32>) -> !onnx.value {
  // expected-error @+1 {{the operand has type 'tensor<2x3xf32>', expected an even last dimension}}
  %y = onnx.microsoft.BiasSplitGelu %x, %b : (tensor<2x3xf32>, tensor<3xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @splitless(%x: tensor<f32>, %b: tensor<3xf32>) -> !onnx.value {
  // expected-error @+1 {{the operand has type 'tensor<f32>', expected rank 1 or more}}
  %y = onnx.microsoft.BiasSplitGelu %x, %b : (tensor<f32>, tensor<3xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @segment_scale(%ids: tensor<2x3xi32>, %t: tensor<9x8xui8>, %g: tensor<8xui8>, %s: tensor<f32>, %z: tensor<ui8>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{segment_embedding has no scale}}
  %y:2 = onnx.microsoft.QEmbedLayerNormalization %ids, %ids, %t, %t, %t, %g, %g, %none, %s, %s, %none, %s, %s, %z, %z, %none, %z, %z
      : (tensor<2x3xi32>, tensor<2x3xi32>, tensor<9x8xui8>, tensor<9x8xui8>, tensor<9x8xui8>, tensor<8xui8>, tensor<8xui8>, none,
         tensor<f32>, tensor<f32>, none, tensor<f32>, tensor<f32>, tensor<ui8>, tensor<ui8>, none, tensor<ui8>, tensor<ui8>)
      -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @projection(%x: tensor<3x8xui8>, %w: tensor<8x24xi8>, %b: tensor<24xf32>, %s: tensor<f32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{operands have types 'tensor<3x8xui8>' and 'tensor<8x24xi8>', expected rank 3 and 2}}
  %y:2 = onnx.microsoft.QAttention %x, %w, %b, %s, %s, %none, %none, %none, %none {num_heads = 2 : i64}
      : (tensor<3x8xui8>, tensor<8x24xi8>, tensor<24xf32>, tensor<f32>, tensor<f32>, none, none, none, none)
      -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}
