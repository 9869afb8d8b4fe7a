// RUN: coil-opt %s -lower-to-llvm | FileCheck %s

module attributes {coil.target = {multiply_by_lane = false, bf16_pairs = true}} {
  // CHECK-LABEL: llvm.func internal @dots(
  func.func @dots(%a: vector<16xf32>, %x: vector<32xbf16>) -> vector<16xf32> {
    // CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"
    %0 = coil.dot %a, %x, %x : vector<16xf32>, vector<32xbf16>
    return %0 : vector<16xf32>
  }
}
