// RUN: coil-opt %s | coil-opt | FileCheck %s
// RUN: coil-opt %s -canonicalize -cse | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: func @roundtrip
// CHECK-SAME: (%[[U:.*]]: ui8, %[[OK:.*]]: i1)
func.func @roundtrip(%u: ui8, %ok: i1) -> (index, i8) {
  // CHECK: %[[N:.*]] = coil.symbol "batch"
  %n = coil.symbol "batch"
  // CHECK: coil.require %[[OK]], "node 'embed': index out of range"
  coil.require %ok, "node 'embed': index out of range"
  // CHECK: %[[I:.*]] = coil.sign %[[U]] : ui8 to i8
  %i = coil.sign %u : ui8 to i8
  // CHECK: coil.draw
  %d = coil.draw
  // CHECK: return %[[N]], %[[I]]
  return %n, %i : index, i8
}

// One name is one value.
// FOLD-LABEL: func @symbols
// FOLD: %[[A:.*]] = coil.symbol "a"
// FOLD: %[[B:.*]] = coil.symbol "b"
// FOLD-NOT: coil.symbol
// FOLD: return %[[A]], %[[A]], %[[B]]
func.func @symbols() -> (index, index, index) {
  %a = coil.symbol "a"
  %again = coil.symbol "a"
  %b = coil.symbol "b"
  return %a, %again, %b : index, index, index
}

// What is known to hold needs no check; what is known to fail keeps it.
// FOLD-LABEL: func @conditions
// FOLD-NOT: "holds"
// FOLD: coil.require %{{.*}}, "fails"
// FOLD: coil.require %{{.*}}, "unknown"
// FOLD: return
func.func @conditions(%ok: i1) {
  %true = arith.constant true
  %false = arith.constant false
  coil.require %true, "holds"
  coil.require %false, "fails"
  coil.require %ok, "unknown"
  return
}

// There and back is nothing; there alone is not.
// FOLD-LABEL: func @signs
// FOLD-SAME: (%[[U:.*]]: ui8)
// FOLD: %[[I:.*]] = coil.sign %[[U]]
// FOLD-NOT: coil.sign
// FOLD: return %[[I]], %[[U]]
func.func @signs(%u: ui8) -> (i8, ui8) {
  %i = coil.sign %u : ui8 to i8
  %back = coil.sign %i : i8 to ui8
  return %i, %back : i8, ui8
}

// CHECK-LABEL: func @lookup
// CHECK: coil.lookup %{{.*}}, %{{.*}} : memref<256xi8>, vector<16xi8>
func.func @lookup(%t: memref<256xi8>, %x: vector<16xi8>) -> vector<16xi8> {
  %0 = coil.lookup %t, %x : memref<256xi8>, vector<16xi8>
  return %0 : vector<16xi8>
}

// Strings and their numbers: there and back is nothing. A call without a user is
// nothing either.
// CHECK-LABEL: func @strings
// CHECK: coil.handle %{{.*}} : tensor<3xi64> to tensor<3x!coil.string>
// CHECK: coil.call "coil_rt_string_concat"(%{{.*}}, %{{.*}} : tensor<3x!coil.string>, index) outs(%{{.*}} : tensor<3x!coil.string>) {node = "c"} -> tensor<3x!coil.string>
// FOLD-LABEL: func @strings
// FOLD-SAME: (%[[N:.*]]: i64, %[[T:.*]]: tensor<3xi64>)
// FOLD-NOT: coil.call
// FOLD: return %[[N]]
func.func @strings(%n: i64, %t: tensor<3xi64>) -> i64 {
  %c3 = arith.constant 3 : index
  %s = coil.handle %n : i64 to !coil.string
  %back = coil.handle %s : !coil.string to i64
  %strings = coil.handle %t : tensor<3xi64> to tensor<3x!coil.string>
  %e = tensor.empty() : tensor<3x!coil.string>
  %r = coil.call "coil_rt_string_concat"(%strings, %c3 : tensor<3x!coil.string>, index)
      outs(%e : tensor<3x!coil.string>) {node = "c"} -> tensor<3x!coil.string>
  return %back : i64
}

// CHECK-LABEL: func @calls
func.func @calls(%x: tensor<4xf32>, %e: tensor<4xf32>, %n: index) -> (tensor<4xf32>, index) {
  // CHECK: %[[Y:.*]] = coil.custom "f" ins(%{{.*}} : tensor<4xf32>) outs(%{{.*}} : tensor<4xf32>) {operator_name = "a::B", {{.*}}} -> tensor<4xf32>
  %y = coil.custom "f" ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {operator_name = "a::B", types = [f32, f32], values = {}} -> tensor<4xf32>
  // CHECK: coil.custom_shape "s" ins(%{{.*}} : tensor<4xf32>) ranks [1] sizes(%{{.*}}) {{.*}} -> index
  %m = coil.custom_shape "s" ins(%x : tensor<4xf32>) ranks [1] sizes(%n) {operator_name = "a::B", types = [f32, f32], values = {}} -> index
  return %y, %m : tensor<4xf32>, index
}

// CHECK-LABEL: func @winograd
// CHECK: coil.winograd ins(%{{.*}}, %{{.*}} : tensor<1x6x6x4xf32>, tensor<16x1x4x4xf32>) outs(%{{.*}}, %{{.*}} : tensor<1x4x4x4xf32>, tensor<9xf32>)
// CHECK-SAME: -> tensor<1x4x4x4xf32>, tensor<9xf32>
func.func @winograd(%x: tensor<1x6x6x4xf32>, %w: tensor<16x1x4x4xf32>, %y: tensor<1x4x4x4xf32>, %s: tensor<9xf32>) -> tensor<1x4x4x4xf32> {
  %0:2 = coil.winograd ins(%x, %w : tensor<1x6x6x4xf32>, tensor<16x1x4x4xf32>) outs(%y, %s : tensor<1x4x4x4xf32>, tensor<9xf32>)
      {tile = 2, block = 1, pads = array<i64: 0, 0>} -> tensor<1x4x4x4xf32>, tensor<9xf32>
  return %0#0 : tensor<1x4x4x4xf32>
}
