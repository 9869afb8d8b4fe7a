// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(vectorize-approximate-math))' | FileCheck %s

// Where a machine's maximum is that of ordered numbers, one comparison does beside
// a constant, which is a number; else what is none is looked for.
module attributes {coil.target = {multiply_by_lane = false}} {
// CHECK-LABEL: func @ordered
// CHECK-SAME: (%[[X:.*]]: vector<4xf32>, %[[Y:.*]]: vector<4xf32>, %[[H:.*]]: vector<4xf16>, %[[G:.*]]: vector<4xf16>)
// CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<4xf32>
// CHECK: %[[P:.*]] = arith.cmpf ogt, %[[ZERO]], %[[X]]
// CHECK: arith.select %[[P]], %[[ZERO]], %[[X]]
// CHECK-DAG: %[[NAN:.*]] = arith.cmpf uno, %[[X]], %[[X]]
// CHECK-DAG: %[[Q:.*]] = arith.cmpf olt, %[[X]], %[[Y]]
// CHECK-DAG: %[[LEAST:.*]] = arith.select %[[Q]], %[[X]], %[[Y]]
// CHECK: arith.select %[[NAN]], %[[X]], %[[LEAST]]
// CHECK: arith.maximumf %[[H]], %[[G]]
func.func @ordered(%x: vector<4xf32>, %y: vector<4xf32>, %h: vector<4xf16>, %g: vector<4xf16>) -> (vector<4xf32>, vector<4xf32>, vector<4xf16>) {
  %zero = arith.constant dense<0.0> : vector<4xf32>
  %0 = arith.maximumf %x, %zero : vector<4xf32>
  %1 = arith.minimumf %x, %y : vector<4xf32>
  %2 = arith.maximumf %h, %g : vector<4xf16>
  return %0, %1, %2 : vector<4xf32>, vector<4xf32>, vector<4xf16>
}
}

// -----

// AArch64 has the maximum that the op means.
// CHECK-LABEL: func @meant
// CHECK: arith.maximumf
func.func @meant(%x: vector<4xf32>, %y: vector<4xf32>) -> vector<4xf32> {
  %0 = arith.maximumf %x, %y : vector<4xf32>
  return %0 : vector<4xf32>
}
