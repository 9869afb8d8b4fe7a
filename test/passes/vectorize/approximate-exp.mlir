// RUN: sed 's/LANE/true/' %s | coil-opt -pass-pipeline='builtin.module(func.func(vectorize-approximate-math))' | FileCheck %s --check-prefixes=CHECK,LANE
// RUN: sed 's/LANE/false/' %s | coil-opt -pass-pipeline='builtin.module(func.func(vectorize-approximate-math))' | FileCheck %s --check-prefixes=CHECK,OTHER

module attributes {coil.target = {multiply_by_lane = LANE}} {
  // What is not positive has no upper bound, and nothing is doubled at the end.
  // CHECK-LABEL: func @nonpositive
  // LANE: arith.maximumf
  // LANE-NOT: arith.{{minimumf|addf|cmpf|select}}
  // CHECK: math.fma
  // CHECK-NOT: arith.addf
  // CHECK: return
  func.func @nonpositive(%x: vector<4xf32>) -> vector<4xf32> {
    %0 = math.exp %x {coil.nonpositive} : vector<4xf32>
    return %0 : vector<4xf32>
  }

  // In a loop, addends that are constants are loaded where a product overwrites them.
  // CHECK-LABEL: func @loop
  // CHECK: scf.for
  // LANE-COUNT-5: coil.reload
  // OTHER-NOT: coil.reload
  // CHECK: return
  func.func @loop(%x: memref<64xf32>) {
    %c0 = arith.constant 0 : index
    %c4 = arith.constant 4 : index
    %c64 = arith.constant 64 : index
    scf.for %i = %c0 to %c64 step %c4 {
      %v = vector.load %x[%i] : memref<64xf32>, vector<4xf32>
      %0 = math.exp %v : vector<4xf32>
      vector.store %0, %x[%i] : memref<64xf32>, vector<4xf32>
    }
    return
  }
}
