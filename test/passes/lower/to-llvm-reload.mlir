// RUN: coil-opt %s -lower-to-llvm | FileCheck %s

// A constant is loaded for each use, from an address that LLVM cannot see through;
// equal ones next to each other have places of their own, those of two functions not.
// CHECK: llvm.mlir.global internal constant @coil_constants(dense<5.000000e-01> : tensor<8xf32>
// CHECK-LABEL: llvm.func internal @twice(
// CHECK: %[[TABLE:.*]] = llvm.mlir.addressof @coil_constants
// CHECK: %[[BASE:.*]] = llvm.inline_asm {{.*}}"", "=r,0" %[[TABLE]]
// CHECK: %[[FIRST:.*]] = llvm.getelementptr %[[BASE]][0]
// CHECK: llvm.load %[[FIRST]]
// CHECK: %[[SECOND:.*]] = llvm.getelementptr %[[BASE]][4]
// CHECK: llvm.load %[[SECOND]]
func.func @twice(%x: vector<4xf32>) -> vector<4xf32> {
  %0 = coil.reload dense<0.5> : vector<4xf32>
  %1 = arith.mulf %x, %0 : vector<4xf32>
  %2 = coil.reload dense<0.5> : vector<4xf32>
  %3 = arith.addf %1, %2 : vector<4xf32>
  return %3 : vector<4xf32>
}

// CHECK-LABEL: llvm.func internal @once(
// CHECK: llvm.getelementptr %{{.*}}[0]
func.func @once() -> vector<4xf32> {
  %0 = coil.reload dense<0.5> : vector<4xf32>
  return %0 : vector<4xf32>
}
