// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Out of range is the least i32, whatever the machine; a narrower type takes its low bits.
// CHECK-LABEL: @integer
// CHECK: %[[LIMIT:.*]] = arith.constant 2.14748365E+9 : f32
// CHECK: %[[SIZE:.*]] = math.absf %[[X:.*]] : f32
// CHECK: %[[FITS:.*]] = arith.cmpf olt, %[[SIZE]], %[[LIMIT]]
// CHECK: %[[N:.*]] = arith.fptosi %[[X]] : f32 to i32
// CHECK: %[[LEAST:.*]] = arith.constant -2147483648 : i32
// CHECK: %[[ANY:.*]] = arith.select %[[FITS]], %[[N]], %[[LEAST]]
// CHECK: arith.trunci %[[ANY]] : i32 to i4
func.func @integer(%x: tensor<64xf32>) -> !onnx.value {
  %y = onnx.Cast %x {to = i4} : (tensor<64xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Saturation is a clamp before the rounding, which happens once, and from a double.
// CHECK-LABEL: @saturate
// CHECK: %[[MIN:.*]] = arith.constant -5.734400e+04 : f64
// CHECK: %[[MAX:.*]] = arith.constant 5.734400e+04 : f64
// CHECK: %[[LOW:.*]] = arith.maximumf %{{.*}}, %[[MIN]]
// CHECK: %[[BOTH:.*]] = arith.minimumf %[[LOW]], %[[MAX]]
// CHECK: %[[Y:.*]] = arith.truncf %[[BOTH]]
// CHECK-SAME: : f64 to f8E5M2
// CHECK: linalg.yield %[[Y]]
func.func @saturate(%x: tensor<64xf64>) -> !onnx.value {
  %y = onnx.Cast %x {to = f8E5M2} : (tensor<64xf64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// CHECK-LABEL: @beyond
// CHECK-NOT: arith.minimumf
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2
func.func @beyond(%x: tensor<64xf32>, %like: tensor<f8E5M2>) -> !onnx.value {
  %y = onnx.CastLike %x, %like {saturate = 0 : i64} : (tensor<64xf32>, tensor<f8E5M2>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Only an exponent has directions to round in.
// CHECK-LABEL: @exponent
// CHECK: %[[Y:.*]] = arith.truncf %{{.*}} to_nearest_away {{.*}}: f32 to f8E8M0FNU
// CHECK: linalg.yield %[[Y]]
func.func @exponent(%x: tensor<64xf32>) -> !onnx.value {
  %y = onnx.Cast %x {to = f8E8M0FNU, round_mode = "nearest"} : (tensor<64xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Bits keep what a conversion would not: no number is made of them.
// CHECK-LABEL: @bits
// CHECK: ^bb0(%[[X:.*]]: f16, %{{.*}}: ui16):
// CHECK: %[[BITS:.*]] = arith.bitcast %[[X]] : f16 to i16
// CHECK: coil.sign %[[BITS]] : i16 to ui16
func.func @bits(%x: tensor<64xf16>) -> !onnx.value {
  %y = onnx.BitCast %x {to = ui16} : (tensor<64xf16>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Constants fold where nothing is lost: 1000 is the largest number, 448.
// CHECK-LABEL: @folded
// CHECK: arith.constant dense<[3.250000e+00, 4.480000e+02]> : tensor<2xf8E4M3FN>
func.func @folded() -> !onnx.value {
  %x = onnx.Constant {value = dense<[3.25, 1000.0]> : tensor<2xf32>} : () -> !onnx.value
  %y = onnx.Cast %x {to = f8E4M3FN} : (!onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A rounding that the model asks for is not marked as one of storage, which a fused chain leaves out.
// CHECK-LABEL: @asked
// CHECK: arith.truncf %{{.*}} {coil.asked} : f32 to f16
func.func @asked(%x: tensor<64xf32>) -> !onnx.value {
  %y = onnx.Cast %x {to = f16} : (tensor<64xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// CHECK-LABEL: @stored
// CHECK: arith.truncf %{{.*}} {coil.storage} : f32 to f16
func.func @stored(%x: tensor<64xf16>) -> !onnx.value {
  %y = onnx.Exp %x : (tensor<64xf16>) -> !onnx.value
  return %y : !onnx.value
}
