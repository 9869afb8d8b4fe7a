// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-half-arithmetic))' | FileCheck %s
// RUN: sed s/half_arithmetic/other/ %s | coil-opt -pass-pipeline='builtin.module(func.func(structure-half-arithmetic))' | FileCheck %s --check-prefix=WIDE

#id = affine_map<(d0) -> (d0)>

module attributes {coil.target = {half_arithmetic = true}} {
  // One rounding: the same bits in f16; what is greater, or absolute, rounds nothing.
  // CHECK-LABEL: func @once
  // CHECK: ^bb0(%[[A:.*]]: f16, %[[B:.*]]: f16, %{{.*}}: f16):
  // CHECK: %[[N:.*]] = math.absf %[[B]] : f16
  // CHECK: %[[S:.*]] = arith.addf %[[A]], %[[N]] : f16
  // CHECK: %[[Z:.*]] = arith.constant 0.000000e+00 : f16
  // CHECK: %[[M:.*]] = arith.maximumf %[[S]], %[[Z]] : f16
  // CHECK-NEXT: linalg.yield %[[M]] : f16
  // WIDE: arith.maximumf {{.*}} : f32
  func.func @once(%a: tensor<8xf16>, %b: tensor<8xf16>) -> tensor<8xf16> {
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<8xf16>
    %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a, %b : tensor<8xf16>, tensor<8xf16>) outs(%e : tensor<8xf16>) {
    ^bb0(%x: f16, %y: f16, %out: f16):
      %0 = arith.extf %x : f16 to f32
      %1 = arith.extf %y : f16 to f32
      %2 = math.absf %1 : f32
      %3 = arith.addf %0, %2 : f32
      %4 = arith.maximumf %3, %zero : f32
      %5 = arith.truncf %4 : f32 to f16
      linalg.yield %5 : f16
    } -> tensor<8xf16>
    return %r : tensor<8xf16>
  }

  // Two roundings stay in f32, and so does a factor that no f16 is.
  // CHECK-LABEL: func @twice
  // CHECK: ^bb0(%{{.*}}: f16, %{{.*}}: f16):
  // CHECK-NEXT: arith.extf
  // CHECK-NEXT: arith.addf {{.*}} : f32
  // CHECK-NEXT: arith.mulf {{.*}} : f32
  // CHECK-NEXT: arith.truncf
  func.func @twice(%a: tensor<8xf16>) -> tensor<8xf16> {
    %half = arith.constant 0.5 : f32
    %e = tensor.empty() : tensor<8xf16>
    %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : tensor<8xf16>) outs(%e : tensor<8xf16>) {
    ^bb0(%x: f16, %out: f16):
      %0 = arith.extf %x : f16 to f32
      %1 = arith.addf %0, %half : f32
      %2 = arith.mulf %1, %0 : f32
      %3 = arith.truncf %2 : f32 to f16
      linalg.yield %3 : f16
    } -> tensor<8xf16>
    return %r : tensor<8xf16>
  }

  // CHECK-LABEL: func @factor
  // CHECK: arith.mulf {{.*}} : f32
  func.func @factor(%a: tensor<8xf16>) -> tensor<8xf16> {
    %tenth = arith.constant 0.1 : f32
    %e = tensor.empty() : tensor<8xf16>
    %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : tensor<8xf16>) outs(%e : tensor<8xf16>) {
    ^bb0(%x: f16, %out: f16):
      %0 = arith.extf %x : f16 to f32
      %1 = arith.mulf %0, %tenth : f32
      %2 = arith.truncf %1 : f32 to f16
      linalg.yield %2 : f16
    } -> tensor<8xf16>
    return %r : tensor<8xf16>
  }
}
