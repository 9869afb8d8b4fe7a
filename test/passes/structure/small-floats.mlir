// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-small-floats))' | FileCheck %s
// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-small-floats))' | FileCheck %s --check-prefix=NONE

// Nothing is left to a machine that has no such conversion.
// NONE-NOT: arith.extf {{.*}} : f{{[48]}}
// NONE-NOT: arith.truncf

// An exponent alone is that of an f32; two of its codes are not.
// CHECK-LABEL: func @from_exponent
// CHECK: %[[CODE:.*]] = arith.extui %{{.*}} : i8 to i32
// CHECK: %[[BITS:.*]] = arith.shli %[[CODE]], %{{.*}} : i32
// CHECK: %[[LEAST:.*]] = arith.select %{{.*}}, %{{.*}}, %[[BITS]] : i32
// CHECK: %[[ALL:.*]] = arith.select %{{.*}}, %{{.*}}, %[[LEAST]] : i32
// CHECK: arith.bitcast %[[ALL]] : i32 to f32
func.func @from_exponent(%x: f8E8M0FNU) -> f32 {
  %y = arith.extf %x : f8E8M0FNU to f32
  return %y : f32
}

// Subnormals are counted: with those of f32 the result would depend on the caller's mode.
// CHECK-LABEL: func @from_float
// CHECK: %[[N:.*]] = arith.sitofp %{{.*}} : i32 to f32
// CHECK: arith.mulf %[[N]], %{{.*}} : f32
// CHECK: %[[REAL:.*]] = arith.bitcast %{{.*}} : i32 to f32
// CHECK: arith.extf %[[REAL]] : f32 to f64
func.func @from_float(%x: f8E4M3FNUZ) -> f64 {
  %y = arith.extf %x : f8E4M3FNUZ to f64
  return %y : f64
}

// A double is rounded once.
// CHECK-LABEL: func @to_float
// CHECK: arith.bitcast %{{.*}} : f64 to i64
// CHECK-NOT: f32
// CHECK: %[[CODE:.*]] = arith.trunci %{{.*}} : i64 to i8
// CHECK: arith.bitcast %[[CODE]] : i8 to f8E5M2
func.func @to_float(%x: f64) -> f8E5M2 {
  %y = arith.truncf %x : f64 to f8E5M2
  return %y : f8E5M2
}

// CHECK-LABEL: func @to_four_bits
// CHECK: %[[CODE:.*]] = arith.trunci %{{.*}} : i32 to i4
// CHECK: arith.bitcast %[[CODE]] : i4 to f4E2M1FN
func.func @to_four_bits(%x: f32) -> f4E2M1FN {
  %y = arith.truncf %x : f32 to f4E2M1FN
  return %y : f4E2M1FN
}

// LLVM has no instructions for this one either; from f32 it has.
// CHECK-LABEL: func @to_brain
// CHECK: %[[CODE:.*]] = arith.trunci %{{.*}} : i64 to i16
// CHECK: arith.bitcast %[[CODE]] : i16 to bf16
func.func @to_brain(%x: f64) -> bf16 {
  %y = arith.truncf %x : f64 to bf16
  return %y : bf16
}

// What a machine does, or may, stays as it is.
// CHECK-LABEL: func @untouched
// CHECK-NEXT: arith.extf %{{.*}} : f16 to f32
// CHECK-NEXT: return
func.func @untouched(%x: f16) -> f32 {
  %y = arith.extf %x : f16 to f32
  return %y : f32
}
