// RUN: coil-opt %s -split-input-file -lower-to-llvm | FileCheck %s

// A machine without the conversion rounds the bits.
// CHECK-LABEL: llvm.func internal @without
module attributes {coil.target = {rounds_to_bf16 = false}} {
  // CHECK-NOT: llvm.fptrunc
  // CHECK: llvm.lshr %{{.*}} : vector<8xi32>
  // CHECK: llvm.trunc %{{.*}} : vector<8xi32> to vector<8xi16>
  // CHECK: llvm.return
  func.func @without(%x: vector<8xf32>) -> vector<8xbf16> {
    %y = arith.truncf %x : vector<8xf32> to vector<8xbf16>
    return %y : vector<8xbf16>
  }
}

// -----

// CHECK-LABEL: llvm.func internal @with
module attributes {coil.target = {rounds_to_bf16 = true}} {
  // CHECK: llvm.fptrunc %{{.*}} : vector<8xf32> to vector<8xbf16>
  func.func @with(%x: vector<8xf32>) -> vector<8xbf16> {
    %y = arith.truncf %x : vector<8xf32> to vector<8xbf16>
    return %y : vector<8xbf16>
  }
}
