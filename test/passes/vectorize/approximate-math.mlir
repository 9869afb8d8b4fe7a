// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(vectorize-approximate-math))' | FileCheck %s

// Functions with a good polynomial are arithmetic, on vectors as on scalars.
// CHECK-LABEL: func @polynomials
func.func @polynomials(%x: vector<4xf32>, %s: f32) -> (vector<4xf32>, vector<4xf32>, vector<4xf32>, f32) {
  // CHECK-NOT: math.{{exp|tanh|erf|log}}
  // CHECK: math.fma %{{.*}} : vector<4xf32>
  // CHECK: math.fma %{{.*}} : f32
  // CHECK-NOT: math.{{exp|tanh|erf|log}}
  // CHECK: return
  %0 = math.exp %x : vector<4xf32>
  %1 = math.tanh %x : vector<4xf32>
  %2 = math.erf %x : vector<4xf32>
  %3 = math.log %s : f32
  return %0, %1, %2, %3 : vector<4xf32>, vector<4xf32>, vector<4xf32>, f32
}

// f16 is computed in f32.
// CHECK-LABEL: func @half
// CHECK-SAME: (%[[X:.*]]: vector<8xf16>)
// CHECK: arith.extf %[[X]] : vector<8xf16> to vector<8xf32>
// CHECK-NOT: math.exp
// CHECK: %[[Y:.*]] = arith.truncf %{{.*}} : vector<8xf32> to vector<8xf16>
// CHECK: return %[[Y]]
func.func @half(%x: vector<8xf16>) -> vector<8xf16> {
  %0 = math.exp %x : vector<8xf16>
  return %0 : vector<8xf16>
}

// Those without one are called, and so is f64; a square root is one instruction.
// CHECK-LABEL: func @calls
// CHECK-NEXT: math.sin %{{.*}} : vector<4xf32>
// CHECK-NEXT: math.cos
// CHECK-NEXT: math.sqrt
// CHECK-NEXT: math.exp %{{.*}} : f64
// CHECK-NEXT: return
func.func @calls(%x: vector<4xf32>, %d: f64) -> (vector<4xf32>, vector<4xf32>, vector<4xf32>, f64) {
  %0 = math.sin %x : vector<4xf32>
  %1 = math.cos %x : vector<4xf32>
  %2 = math.sqrt %x : vector<4xf32>
  %3 = math.exp %d : f64
  return %0, %1, %2, %3 : vector<4xf32>, vector<4xf32>, vector<4xf32>, f64
}

// A division of vectors by a constant is a product and what is left over; of
// scalars, and by what varies, it stays.
// CHECK-LABEL: func @quotients
// CHECK: arith.divf %{{.*}}, %{{.*}} : f32
// CHECK: arith.divf %{{.*}}, %{{.*}} : vector<4xf32>
// CHECK-NOT: arith.divf
// CHECK: math.fma
// CHECK: math.fma
func.func @quotients(%s: f32, %x: vector<4xf32>, %y: vector<4xf32>) -> (f32, vector<4xf32>, vector<4xf32>) {
  %c = arith.constant 3.0 : f32
  %v = arith.constant dense<3.0> : vector<4xf32>
  %0 = arith.divf %s, %c : f32
  %1 = arith.divf %x, %y : vector<4xf32>
  %2 = arith.divf %x, %v : vector<4xf32>
  return %0, %1, %2 : f32, vector<4xf32>, vector<4xf32>
}

// The polynomial of log knows normal numbers: a smaller one is scaled up first.
// CHECK-LABEL: func @subnormal
func.func @subnormal(%x: vector<8xf32>) -> vector<8xf32> {
  // CHECK: %[[TINY:.*]] = arith.cmpf olt, %{{.*}} : vector<8xf32>
  // CHECK: %[[UP:.*]] = arith.mulf %{{.*}}, %{{.*}} : vector<8xf32>
  // CHECK: arith.select %[[TINY]], %[[UP]], %{{.*}}
  // CHECK: %[[Y:.*]] = arith.select %[[TINY]], %{{.*}}, %{{.*}} : vector<8xi1>, vector<8xf32>
  // CHECK-NEXT: return %[[Y]]
  %y = math.log %x : vector<8xf32>
  return %y : vector<8xf32>
}

// What is divided by after one was added is infinite beyond 87.3, where its quotient of one is no normal number; a product with
// such a quotient of one is a quotient.
// CHECK-LABEL: func @silu
// CHECK-SAME: (%[[X:.*]]: vector<4xf32>)
// CHECK-DAG: %[[MOST:.*]] = arith.constant dense<8.730000e+01> : vector<4xf32>
// CHECK-DAG: %[[ONE:.*]] = arith.constant dense<1.000000e+00> : vector<4xf32>
// CHECK-NOT: arith.minimumf
// CHECK: arith.maximumf
// CHECK: %[[MUCH:.*]] = arith.cmpf ogt, %{{.*}}, %[[MOST]]
// CHECK: %[[POWER:.*]] = arith.select %[[MUCH]]
// CHECK: %[[D:.*]] = arith.addf %{{.*}}, %[[ONE]]
// CHECK: %[[Y:.*]] = arith.divf %[[X]], %[[D]]
// CHECK-NOT: arith.mulf
// CHECK: return %[[Y]]
func.func @silu(%x: vector<4xf32>) -> vector<4xf32> {
  %one = arith.constant dense<1.0> : vector<4xf32>
  %0 = arith.negf %x : vector<4xf32>
  %1 = math.exp %0 : vector<4xf32>
  %2 = arith.addf %1, %one : vector<4xf32>
  %3 = arith.divf %one, %2 : vector<4xf32>
  %4 = arith.mulf %x, %3 : vector<4xf32>
  return %4 : vector<4xf32>
}

// A power that is more than a divisor may be as great as any; so may what a quotient of one is used for besides.
// CHECK-LABEL: func @not_silu
// CHECK: arith.select
// CHECK: %[[S:.*]] = arith.divf
// CHECK: arith.mulf %{{.*}}, %[[S]]
func.func @not_silu(%x: vector<4xf32>) -> (vector<4xf32>, vector<4xf32>, vector<4xf32>) {
  %one = arith.constant dense<1.0> : vector<4xf32>
  %0 = arith.negf %x : vector<4xf32>
  %1 = math.exp %0 : vector<4xf32>
  %2 = arith.addf %1, %one : vector<4xf32>
  %3 = arith.divf %one, %2 : vector<4xf32>
  %4 = arith.mulf %x, %3 : vector<4xf32>
  return %1, %3, %4 : vector<4xf32>, vector<4xf32>, vector<4xf32>
}

// 1 + tanh x, half of it times y: a quotient.
// CHECK-LABEL: func @gelu
// CHECK-SAME: (%[[X:.*]]: vector<4xf32>, %[[Y:.*]]: vector<4xf32>)
// CHECK-DAG: %[[TWICE:.*]] = arith.constant dense<-2.000000e+00> : vector<4xf32>
// CHECK: arith.mulf %[[X]], %[[TWICE]]
// CHECK-NOT: math.copysign
// CHECK: %[[R:.*]] = arith.divf %[[Y]], %{{.*}}
// CHECK: return %[[R]]
func.func @gelu(%x: vector<4xf32>, %y: vector<4xf32>) -> vector<4xf32> {
  %one = arith.constant dense<1.0> : vector<4xf32>
  %half = arith.constant dense<0.5> : vector<4xf32>
  %0 = math.tanh %x : vector<4xf32>
  %1 = arith.addf %0, %one : vector<4xf32>
  %2 = arith.mulf %y, %half : vector<4xf32>
  %3 = arith.mulf %2, %1 : vector<4xf32>
  return %3 : vector<4xf32>
}
