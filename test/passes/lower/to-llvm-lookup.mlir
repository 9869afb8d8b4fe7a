// RUN: coil-opt %s -lower-to-llvm | FileCheck %s --check-prefixes=CHECK,LOADS
// RUN: sed 's/byte_table = ""/byte_table = "tbl"/' %s | coil-opt -lower-to-llvm | FileCheck %s --check-prefixes=CHECK,TBL
// RUN: sed 's/byte_table = ""/byte_table = "vbmi"/' %s | coil-opt -lower-to-llvm | FileCheck %s --check-prefixes=CHECK,VBMI

module attributes {coil.target = {byte_table = ""}} {
  // CHECK-LABEL: llvm.func internal @wide(
  // LOADS-COUNT-16: llvm.load {{.*}} -> i8
  // TBL: llvm.call_intrinsic "llvm.aarch64.neon.tbl4.v16i8"
  // TBL-COUNT-3: llvm.call_intrinsic "llvm.aarch64.neon.tbx4.v16i8"
  // VBMI: llvm.shufflevector {{.*}} : vector<16xi8>
  // VBMI-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"
  // VBMI: llvm.select
  // VBMI: llvm.shufflevector {{.*}} : vector<64xi8>
  func.func @wide(%t: memref<256xi8>, %x: vector<16xi8>) -> vector<16xi8> {
    %0 = coil.lookup %t, %x : memref<256xi8>, vector<16xi8>
    return %0 : vector<16xi8>
  }
  // Few lanes are loads on each machine.
  // CHECK-LABEL: llvm.func internal @narrow(
  // CHECK-COUNT-4: llvm.load {{.*}} -> i8
  // CHECK-NOT: llvm.call_intrinsic
  func.func @narrow(%t: memref<256xi8>, %x: vector<4xi8>) -> vector<4xi8> {
    %0 = coil.lookup %t, %x : memref<256xi8>, vector<4xi8>
    return %0 : vector<4xi8>
  }
}
