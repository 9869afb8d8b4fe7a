// RUN: coil-opt %s -split-input-file -verify-diagnostics

func.func @symbol() {
  // expected-error @+1 {{expected attribute value}}
  %n = coil.symbol batch
}

// -----

func.func @condition(%x: i8) {
  // expected-note @-1 {{prior use here}}
  // expected-error @+1 {{expects different type than prior uses: 'i1' vs 'i8'}}
  coil.require %x, "condition"
}

// -----

func.func @floats(%x: f32) -> f16 {
  // expected-error @+1 {{expected builtin.integer, but found 'f32'}}
  %y = coil.sign %x : f32 to f16
  return %y : f16
}

// -----

func.func @widths(%x: ui8) -> i16 {
  // expected-error @+1 {{changes the width of 'ui8' to 'i16'}}
  %y = coil.sign %x : ui8 to i16
  return %y : i16
}

// -----

func.func @dot(%a: vector<4xi32>, %x: vector<8xi8>) -> vector<4xi32> {
  // expected-error @+1 {{'coil.dot' op adds 8 products to 4 lanes, expected four a lane}}
  %0 = coil.dot %a, %x, %x : vector<4xi32>, vector<8xi8>
  return %0 : vector<4xi32>
}

// -----

func.func @lookup(%t: memref<128xi8>, %x: vector<8xi8>) -> vector<8xi8> {
  // expected-error @+1 {{'coil.lookup' op has a table of type 'memref<128xi8>', expected 256 bytes}}
  %0 = coil.lookup %t, %x : memref<128xi8>, vector<8xi8>
  return %0 : vector<8xi8>
}

// -----

func.func @handle(%n: i32) -> !coil.string {
  // expected-error @+1 {{is between a string and an i64, not from 'i32' to '!coil.string'}}
  %s = coil.handle %n : i32 to !coil.string
  return %s : !coil.string
}

// -----

func.func @handles(%t: tensor<3xi64>) -> tensor<2x!coil.string> {
  // expected-error @+1 {{requires the same shape for all operands and results}}
  %s = coil.handle %t : tensor<3xi64> to tensor<2x!coil.string>
  return %s : tensor<2x!coil.string>
}

// -----

func.func @ranks(%n: index) -> index {
  // expected-error @+1 {{'coil.custom_shape' op has 1 sizes and 1 results, ranks ask for 2}}
  %0 = coil.custom_shape "s" ranks [2] sizes(%n) {operator_name = "a::B", types = [f32], values = {}} -> index
  return %0 : index
}

// -----

func.func @numbers(%ok: i1, %n: index) {
  // expected-error @+1 {{'coil.require' op has 3 numbers, expected at most 2}}
  coil.require %ok, "{0} {1} {2}"(%n, %n, %n)
  return
}

// -----

func.func @tile(%x: tensor<1x6x6x4xf32>, %w: tensor<25x1x4x4xf32>, %y: tensor<1x4x4x4xf32>, %s: tensor<9xf32>) {
  // expected-error @+1 {{has tiles of 3 pixels, expected 2 or 4}}
  %0:2 = coil.winograd ins(%x, %w : tensor<1x6x6x4xf32>, tensor<25x1x4x4xf32>) outs(%y, %s : tensor<1x4x4x4xf32>, tensor<9xf32>)
      {tile = 3, block = 1, pads = array<i64: 0, 0>} -> tensor<1x4x4x4xf32>, tensor<9xf32>
  return
}

// -----

func.func @filter(%x: tensor<1x6x6x4xf32>, %w: tensor<16x1x3x4xf32>, %y: tensor<1x4x4x4xf32>, %s: tensor<9xf32>) {
  // expected-error @+1 {{has a filter of type 'tensor<16x1x3x4xf32>', expected 16 matrices of 4 channels and 4 filters}}
  %0:2 = coil.winograd ins(%x, %w : tensor<1x6x6x4xf32>, tensor<16x1x3x4xf32>) outs(%y, %s : tensor<1x4x4x4xf32>, tensor<9xf32>)
      {tile = 2, block = 1, pads = array<i64: 0, 0>} -> tensor<1x4x4x4xf32>, tensor<9xf32>
  return
}

// -----

func.func @size(%x: tensor<1x?x6x4xf32>, %w: tensor<16x1x4x4xf32>, %y: tensor<1x4x4x4xf32>, %s: tensor<9xf32>) {
  // expected-error @+1 {{has a size that only a run knows; the batch alone may be one}}
  %0:2 = coil.winograd ins(%x, %w : tensor<1x?x6x4xf32>, tensor<16x1x4x4xf32>) outs(%y, %s : tensor<1x4x4x4xf32>, tensor<9xf32>)
      {tile = 2, block = 1, pads = array<i64: 0, 0>} -> tensor<1x4x4x4xf32>, tensor<9xf32>
  return
}

// -----

func.func @rank(%x: tensor<6x6x4xf32>, %w: tensor<16x1x4x4xf32>, %y: tensor<1x4x4x4xf32>, %s: tensor<9xf32>) {
  // expected-error @+1 {{is of an image, a filter and a result of four dimensions}}
  %0:2 = coil.winograd ins(%x, %w : tensor<6x6x4xf32>, tensor<16x1x4x4xf32>) outs(%y, %s : tensor<1x4x4x4xf32>, tensor<9xf32>)
      {tile = 2, block = 1, pads = array<i64: 0, 0>} -> tensor<1x4x4x4xf32>, tensor<9xf32>
  return
}

// -----

func.func @pads(%x: tensor<1x6x6x4xf32>, %w: tensor<16x1x4x4xf32>, %y: tensor<1x4x4x4xf32>, %s: tensor<9xf32>) {
  // expected-error @+1 {{has 1 pads and 0 tiles at a time, expected 2 and 1 to 2147483647}}
  %0:2 = coil.winograd ins(%x, %w : tensor<1x6x6x4xf32>, tensor<16x1x4x4xf32>) outs(%y, %s : tensor<1x4x4x4xf32>, tensor<9xf32>)
      {tile = 2, block = 0, pads = array<i64: 0>} -> tensor<1x4x4x4xf32>, tensor<9xf32>
  return
}

// -----

func.func @batch(%x: tensor<2x6x6x4xf32>, %w: tensor<16x1x4x4xf32>, %y: tensor<1x4x4x4xf32>, %s: tensor<9xf32>) {
  // expected-error @+1 {{has 2 images and 1 results}}
  %0:2 = coil.winograd ins(%x, %w : tensor<2x6x6x4xf32>, tensor<16x1x4x4xf32>) outs(%y, %s : tensor<1x4x4x4xf32>, tensor<9xf32>)
      {tile = 2, block = 1, pads = array<i64: 0, 0>} -> tensor<1x4x4x4xf32>, tensor<9xf32>
  return
}

// -----

func.func @element(%x: tensor<1x6x6x4xf16>, %w: tensor<16x1x4x4xf32>, %y: tensor<1x4x4x4xf32>, %s: tensor<9xf32>) {
  // expected-error @+1 {{has an operand of type 'tensor<1x6x6x4xf16>', expected f32}}
  %0:2 = coil.winograd ins(%x, %w : tensor<1x6x6x4xf16>, tensor<16x1x4x4xf32>) outs(%y, %s : tensor<1x4x4x4xf32>, tensor<9xf32>)
      {tile = 2, block = 1, pads = array<i64: 0, 0>} -> tensor<1x4x4x4xf32>, tensor<9xf32>
  return
}

// -----

func.func @negative(%x: tensor<1x6x6x4xf32>, %w: tensor<16x1x4x4xf32>, %y: tensor<1x4x4x4xf32>, %s: tensor<9xf32>) {
  // expected-error @+1 {{has negative pads}}
  %0:2 = coil.winograd ins(%x, %w : tensor<1x6x6x4xf32>, tensor<16x1x4x4xf32>) outs(%y, %s : tensor<1x4x4x4xf32>, tensor<9xf32>)
      {tile = 2, block = 1, pads = array<i64: -1, 0>} -> tensor<1x4x4x4xf32>, tensor<9xf32>
  return
}

// -----

func.func @mixed(%x: memref<1x6x6x4xf32>, %w: tensor<16x1x4x4xf32>, %y: tensor<1x4x4x4xf32>, %s: tensor<9xf32>) {
  // expected-error @+1 {{is of tensors or of buffers, not of both}}
  %0:2 = coil.winograd ins(%x, %w : memref<1x6x6x4xf32>, tensor<16x1x4x4xf32>) outs(%y, %s : tensor<1x4x4x4xf32>, tensor<9xf32>)
      {tile = 2, block = 1, pads = array<i64: 0, 0>} -> tensor<1x4x4x4xf32>, tensor<9xf32>
  return
}

// -----

func.func @panels(%x: tensor<1x6x6x4xf32>, %w: tensor<16x1x4x0xf32>, %y: tensor<1x4x4x4xf32>, %s: tensor<9xf32>) {
  // expected-error @+1 {{has a filter of type 'tensor<16x1x4x0xf32>', expected panels of a known size}}
  %0:2 = coil.winograd ins(%x, %w : tensor<1x6x6x4xf32>, tensor<16x1x4x0xf32>) outs(%y, %s : tensor<1x4x4x4xf32>, tensor<9xf32>)
      {tile = 2, block = 1, pads = array<i64: 0, 0>} -> tensor<1x4x4x4xf32>, tensor<9xf32>
  return
}
