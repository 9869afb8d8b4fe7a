// RUN: coil-opt %s -lower-to-llvm | FileCheck %s

// A constant is loaded for each use, from an address that LLVM cannot see through;
// equal ones next to each other have places of their own, those of two functions not.
// Nothing is stored here that might be the table: the address is hidden each time.
// CHECK: llvm.mlir.global internal constant @coil_constants(dense<5.000000e-01> : tensor<8xf32>
// CHECK-LABEL: llvm.func internal @twice(
// CHECK: %[[TABLE:.*]] = llvm.mlir.addressof @coil_constants
// CHECK: %[[BASE:.*]] = llvm.inline_asm asm_dialect {{.*}}"", "=r,0" %[[TABLE]]
// CHECK: %[[HERE:.*]] = llvm.inline_asm has_side_effects {{.*}}"", "=r,0" %[[BASE]]
// CHECK: %[[FIRST:.*]] = llvm.getelementptr %[[HERE]][0]
// CHECK: llvm.load %[[FIRST]]
// CHECK: %[[SECOND:.*]] = llvm.getelementptr %[[HERE]][4]
// CHECK: llvm.load %[[SECOND]]
func.func @twice(%x: vector<4xf32>) -> vector<4xf32> {
  %0 = coil.reload dense<0.5> : vector<4xf32>
  %1 = arith.mulf %x, %0 : vector<4xf32>
  %2 = coil.reload dense<0.5> : vector<4xf32>
  %3 = arith.addf %1, %2 : vector<4xf32>
  return %3 : vector<4xf32>
}

// What somebody else's memory gets might be the table, for all that LLVM knows.
// CHECK-LABEL: llvm.func internal @elsewhere(
// CHECK: %[[BASE:.*]] = llvm.inline_asm asm_dialect
// CHECK-NOT: llvm.inline_asm
// CHECK: llvm.getelementptr %[[BASE]][0]
func.func @elsewhere(%to: memref<4xf32>) {
  %i = arith.constant 0 : index
  %0 = coil.reload dense<0.5> : vector<4xf32>
  vector.store %0, %to[%i] : memref<4xf32>, vector<4xf32>
  return
}

// A view of the stack is the stack.
// CHECK-LABEL: llvm.func internal @on_stack(
// CHECK: %[[HERE:.*]] = llvm.inline_asm has_side_effects
// CHECK: llvm.getelementptr %[[HERE]][0]
func.func @on_stack() {
  %i = arith.constant 0 : index
  %memory = memref.alloca() : memref<8xf32>
  %half = memref.reinterpret_cast %memory to offset: [4], sizes: [4], strides: [1] : memref<8xf32> to memref<4xf32, strided<[1], offset: 4>>
  %0 = coil.reload dense<0.5> : vector<4xf32>
  vector.store %0, %half[%i] : memref<4xf32, strided<[1], offset: 4>>, vector<4xf32>
  return
}
