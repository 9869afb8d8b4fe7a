// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @triples(%s: tensor<f32>, %z: tensor<ui8>, %x: tensor<4xui8>) -> !onnx.value {
  // expected-error @+1 {{has 2 inputs after the result's scale, expected triples}}
  %y = onnx.microsoft.QLinearConcat %s, %z, %x, %s {axis = 0 : i64}
      : (tensor<f32>, tensor<ui8>, tensor<4xui8>, tensor<f32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @bits(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{bits is 3, expected 2, 4 or 8}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %none {K = 64 : i64, N = 6 : i64, bits = 3 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @order(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>, %g: tensor<64xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{an operand has type 'tensor<64xf32>', expected integers}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %g, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, tensor<64xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @size(%a: tensor<3x64xf32>, %b: tensor<6x2x8xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{'B' has 96 elements, expected 6 x 32}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x8xui8>, tensor<6x2xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @gathered(%data: tensor<10x32xi2>, %i: tensor<?xi64>, %s: tensor<10x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{data has elements of type 'i2', expected ui8, i4 or ui4}}
  %y = onnx.microsoft.GatherBlockQuantized %data, %i, %s, %none {block_size = 16 : i64}
      : (tensor<10x32xi2>, tensor<?xi64>, tensor<10x2xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @scalar(%a: tensor<f32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{A has type 'tensor<f32>', expected rank 1 or more}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<f32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @bias_rank(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>, %c: tensor<1x6xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{an operand has type 'tensor<1x6xf32>', expected rank 1}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %c {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, none, tensor<1x6xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @bias_size(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>, %c: tensor<7xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{N and the size of the bias differ: 7 and 6}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %c {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, none, tensor<7xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @large_block(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{block_size is 4611686018427387904, expected a power of two from 16 to 65536}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %none {K = 64 : i64, N = 6 : i64, block_size = 4611686018427387904 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @odd_block(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{block_size is 24, expected a power of two from 16 to 65536}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %none {K = 64 : i64, N = 6 : i64, block_size = 24 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @large_k(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{K and N are 4611686018427387904 and 6, expected 1 to 2147483647}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %none, %none {K = 4611686018427387904 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, none, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @order_rank(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>, %g: tensor<1x64xi32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{an operand has type 'tensor<1x64xi32>', expected rank 1}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %g, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, tensor<1x64xi32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @order_short(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %g = arith.constant dense<0> : tensor<1xi32>
  // expected-error @+1 {{'g_idx' has 1 elements, expected at least K, 64}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %g, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, tensor<1xi32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @order_short_run(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>, %g: tensor<63xi32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{'g_idx' has 63 elements, expected at least K, 64}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %g, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, tensor<63xi32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @order_block(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %g = arith.constant dense<2> : tensor<64xi32>
  // expected-error @+1 {{'g_idx' names block 2 at 0, expected 0 to 1}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %g, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, tensor<64xi32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @order_negative(%a: tensor<3x64xf32>, %b: tensor<6x2x16xui8>, %s: tensor<6x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  %g = arith.constant dense<-1> : tensor<64xi32>
  // expected-error @+1 {{'g_idx' names block -1 at 0, expected 0 to 1}}
  %y = onnx.microsoft.MatMulNBits %a, %b, %s, %none, %g, %none {K = 64 : i64, N = 6 : i64, block_size = 32 : i64}
      : (tensor<3x64xf32>, tensor<6x2x16xui8>, tensor<6x2xf32>, none, tensor<64xi32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @gathered_scale_rank(%data: tensor<10x16xui8>, %i: tensor<?xi64>, %s: tensor<10xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{a blocked scale or zero point has type 'tensor<10xf32>', expected rank 2}}
  %y = onnx.microsoft.GatherBlockQuantized %data, %i, %s, %none {block_size = 16 : i64}
      : (tensor<10x16xui8>, tensor<?xi64>, tensor<10xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @gathered_scales(%data: tensor<10x16xui8>, %i: tensor<?xi64>, %s: tensor<1x2xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{dimension 0 of a blocked scale or zero point is 1, expected 10}}
  %y = onnx.microsoft.GatherBlockQuantized %data, %i, %s, %none {block_size = 16 : i64}
      : (tensor<10x16xui8>, tensor<?xi64>, tensor<1x2xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @gathered_blocks(%data: tensor<10x16xui8>, %i: tensor<?xi64>, %s: tensor<10x1xf32>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{dimension 1 of a blocked scale or zero point is 1, expected 2}}
  %y = onnx.microsoft.GatherBlockQuantized %data, %i, %s, %none {block_size = 16 : i64}
      : (tensor<10x16xui8>, tensor<?xi64>, tensor<10x1xf32>, none) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @gathered_zero_rank(%data: tensor<10x16xui8>, %i: tensor<?xi64>, %s: tensor<10x2xf32>, %z: tensor<10xui8>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{a blocked scale or zero point has type 'tensor<10xui8>', expected rank 2}}
  %y = onnx.microsoft.GatherBlockQuantized %data, %i, %s, %z {block_size = 16 : i64}
      : (tensor<10x16xui8>, tensor<?xi64>, tensor<10x2xf32>, tensor<10xui8>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @gathered_zeros(%data: tensor<10x24xui8>, %i: tensor<?xi64>, %s: tensor<10x3xf32>, %z: tensor<10x3xui8>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{dimension 1 of a blocked scale or zero point is 3, expected 2}}
  %y = onnx.microsoft.GatherBlockQuantized %data, %i, %s, %z {block_size = 16 : i64}
      : (tensor<10x24xui8>, tensor<?xi64>, tensor<10x3xf32>, tensor<10x3xui8>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @gathered_zeros_unpacked(%data: tensor<10x32xi4>, %i: tensor<?xi64>, %s: tensor<10x2xf32>, %z: tensor<10x1xi4>) -> !onnx.value {
  %none = onnx.None : none
  // expected-error @+1 {{dimension 1 of a blocked scale or zero point is 1, expected 2}}
  %y = onnx.microsoft.GatherBlockQuantized %data, %i, %s, %z {block_size = 16 : i64}
      : (tensor<10x32xi4>, tensor<?xi64>, tensor<10x2xf32>, tensor<10x1xi4>) -> !onnx.value
  return %y : !onnx.value
}
