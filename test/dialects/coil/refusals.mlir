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
