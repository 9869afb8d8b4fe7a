// RUN: coil-opt %s -lower-to-llvm | FileCheck %s

// One instruction: of VNNI where the left bytes have no sign, of NEON where they have.
// CHECK-LABEL: llvm.func internal @dots(
// CHECK-SAME: %arg3: vector<16xi8>, %arg4: vector<16xi8>
func.func @dots(%a: vector<16xi32>, %x: vector<64xi8>, %b: vector<4xi32>, %y: vector<16xi8>, %z: vector<16xi8>) -> (vector<16xi32>, vector<4xi32>) {
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
  %0 = coil.dot unsigned %a, %x, %x : vector<16xi32>, vector<64xi8>
  // The left factor is the last operand, of which NEON takes any lane.
  // CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sdot"({{.*}}, %arg4, %arg3)
  %1 = coil.dot %b, %y, %z : vector<4xi32>, vector<16xi8>
  return %0, %1 : vector<16xi32>, vector<4xi32>
}
