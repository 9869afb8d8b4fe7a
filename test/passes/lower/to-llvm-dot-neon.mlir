// RUN: coil-opt %s -lower-to-llvm | FileCheck %s

module attributes {coil.target = {multiply_by_lane = true, mixed_signs = true, bf16_pairs = true}} {
  // CHECK-LABEL: llvm.func internal @dots(
  // CHECK-SAME: %arg1: vector<16xi8>, %arg2: vector<16xi8>
  func.func @dots(%a: vector<4xi32>, %x: vector<16xi8>, %w: vector<16xi8>, %b: vector<4xf32>, %y: vector<8xbf16>, %z: vector<8xbf16>) -> (vector<4xi32>, vector<4xf32>) {
    // The bytes without a sign come first.
    // CHECK: llvm.call_intrinsic "llvm.aarch64.neon.usdot"(%{{.*}}, %arg1, %arg2)
    %0 = coil.dot unsigned %a, %x, %w : vector<4xi32>, vector<16xi8>
    // CHECK: llvm.call_intrinsic "llvm.aarch64.neon.bfdot"({{.*}}) : (vector<4xf32>, vector<8xbf16>, vector<8xbf16>) -> vector<4xf32>
    %1 = coil.dot %b, %y, %z : vector<4xf32>, vector<8xbf16>
    return %0, %1 : vector<4xi32>, vector<4xf32>
  }
}
