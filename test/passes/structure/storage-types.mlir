// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-storage-types))' | FileCheck %s

#id = affine_map<(d0) -> (d0)>

// Unsigned integers lose their sign, booleans become bytes; the body computes as before.
// CHECK-LABEL: func @compare
// CHECK-SAME: (%[[X:.*]]: tensor<4xi8>) -> tensor<4xi8>
func.func @compare(%x: tensor<4xui8>) -> tensor<4xi1> {
  %c7 = arith.constant 7 : i8
  %e = tensor.empty() : tensor<4xi1>
  // CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<4xi8>) outs(%{{.*}} : tensor<4xi8>)
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<4xui8>) outs(%e : tensor<4xi1>) {
  // CHECK: ^bb0(%[[IN:.*]]: i8, %{{.*}}: i8):
  ^bb0(%in: ui8, %out: i1):
    // CHECK-NOT: coil.sign
    // CHECK: %[[MORE:.*]] = arith.cmpi ugt, %[[IN]], %{{.*}} : i8
    %0 = coil.sign %in : ui8 to i8
    %1 = arith.cmpi ugt, %0, %c7 : i8
    // CHECK: %[[BYTE:.*]] = arith.extui %[[MORE]] : i1 to i8
    // CHECK: linalg.yield %[[BYTE]] : i8
    linalg.yield %1 : i1
  } -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// A boolean read from memory is one where its byte is not zero.
// CHECK-LABEL: func @choose
// CHECK-SAME: (%{{.*}}: tensor<4xi8>, %{{.*}}: tensor<4xf32>)
func.func @choose(%c: tensor<4xi1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%c : tensor<4xi1>) outs(%x : tensor<4xf32>) {
  // CHECK: ^bb0(%[[BYTE:.*]]: i8, %[[OUT:.*]]: f32):
  // CHECK: %[[BIT:.*]] = arith.cmpi ne, %[[BYTE]], %{{.*}} : i8
  // CHECK: arith.select %[[BIT]], %[[OUT]], %{{.*}} : f32
  ^bb0(%in: i1, %out: f32):
    %zero = arith.constant 0.0 : f32
    %0 = arith.select %in, %out, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// Constants, and scalars that go in and out of tensors outside of bodies.
// CHECK-LABEL: func @scalars
func.func @scalars(%flags: tensor<4xi1>, %i: index) -> (i1, tensor<2xi1>, tensor<2xui8>, tensor<3xi1>) {
  // CHECK-DAG: arith.constant dense<[-56, 1]> : tensor<2xi8>
  %k = arith.constant dense<[200, 1]> : tensor<2xui8>
  // CHECK: %[[BYTE:.*]] = tensor.extract %{{.*}} : tensor<4xi8>
  // CHECK: %[[BIT:.*]] = arith.cmpi ne, %[[BYTE]],
  %f = tensor.extract %flags[%i] : tensor<4xi1>
  // CHECK: tensor.from_elements %{{.*}} : tensor<2xi8>
  %list = tensor.from_elements %f, %f : tensor<2xi1>
  %e = tensor.empty() : tensor<3xi1>
  // CHECK: linalg.fill ins(%{{.*}} : i8) outs(%{{.*}} : tensor<3xi8>)
  %all = linalg.fill ins(%f : i1) outs(%e : tensor<3xi1>) -> tensor<3xi1>
  // CHECK: return %[[BIT]], %{{.*}} : i1, tensor<2xi8>, tensor<2xi8>, tensor<3xi8>
  return %f, %list, %k, %all : i1, tensor<2xi1>, tensor<2xui8>, tensor<3xi1>
}

// Around a loop too.
// CHECK-LABEL: func @carried
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (tensor<4xi16>)
func.func @carried(%x: tensor<4xui16>, %n: index) -> tensor<4xui16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%t = %x) -> tensor<4xui16> {
    scf.yield %t : tensor<4xui16>
  }
  return %r : tensor<4xui16>
}

// Fewer bits than a byte are read from its low ones, and written with their sign.
// CHECK-LABEL: func @few
// CHECK-SAME: (%{{.*}}: tensor<4xi8>) -> tensor<4xi8>
func.func @few(%x: tensor<4xui4>) -> tensor<4xi2> {
  %e = tensor.empty() : tensor<4xi2>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<4xui4>) outs(%e : tensor<4xi2>) {
  // CHECK: ^bb0(%[[IN:.*]]: i8, %{{.*}}: i8):
  ^bb0(%in: ui4, %out: i2):
    // CHECK: %[[FOUR:.*]] = arith.trunci %[[IN]] : i8 to i4
    // CHECK: %[[TWO:.*]] = arith.trunci %[[FOUR]] : i4 to i2
    // CHECK: %[[OUT:.*]] = arith.extsi %[[TWO]] : i2 to i8
    // CHECK: linalg.yield %[[OUT]] : i8
    %0 = coil.sign %in : ui4 to i4
    %1 = arith.trunci %0 : i4 to i2
    linalg.yield %1 : i2
  } -> tensor<4xi2>
  return %r : tensor<4xi2>
}

// A small float is its bits.
// CHECK-LABEL: func @floats
// CHECK-SAME: (%[[X:.*]]: tensor<4xi8>, %[[I:.*]]: index)
func.func @floats(%x: tensor<4xf4E2M1FN>, %i: index) -> (f4E2M1FN, tensor<2xf8E5M2>, tensor<2xi4>) {
  // CHECK-DAG: arith.constant dense<[60, -68]> : tensor<2xi8>
  %k = arith.constant dense<[1.0, -1.0]> : tensor<2xf8E5M2>
  // CHECK-DAG: arith.constant dense<[-8, 7]> : tensor<2xi8>
  %n = arith.constant dense<[-8, 7]> : tensor<2xi4>
  // CHECK: %[[BYTE:.*]] = tensor.extract %[[X]][%[[I]]] : tensor<4xi8>
  // CHECK: %[[LOW:.*]] = arith.trunci %[[BYTE]] : i8 to i4
  // CHECK: arith.bitcast %[[LOW]] : i4 to f4E2M1FN
  %f = tensor.extract %x[%i] : tensor<4xf4E2M1FN>
  return %f, %k, %n : f4E2M1FN, tensor<2xf8E5M2>, tensor<2xi4>
}

// What memory holds as it is stays as it is.
// CHECK-LABEL: func @untouched
// CHECK-SAME: (%[[X:.*]]: tensor<4xf16>, %{{.*}}: tensor<4xi64>, %[[I:.*]]: index)
// CHECK-NEXT: %[[F:.*]] = tensor.extract %[[X]][%[[I]]] : tensor<4xf16>
// CHECK-NEXT: return %[[F]] : f16
func.func @untouched(%x: tensor<4xf16>, %y: tensor<4xi64>, %i: index) -> f16 {
  %f = tensor.extract %x[%i] : tensor<4xf16>
  return %f : f16
}

// What a sequence or an optional value holds is stored like any tensor.
// CHECK-LABEL: func @containers
// CHECK-SAME: !coil.sequence<tensor<?xi8>>, %{{.*}}: !coil.optional<!coil.sequence<tensor<*xi16>>>
// CHECK-SAME: -> (!coil.sequence<i8>, tensor<?xi8>)
// CHECK: coil.sequence_at %{{.*}} : <tensor<?xi8>> to tensor<?xi8>
func.func @containers(%s: !coil.sequence<tensor<?xi1>>, %o: !coil.optional<!coil.sequence<tensor<*xui16>>>, %i: index)
    -> (!coil.sequence<ui8>, tensor<?xi1>) {
  %x = coil.sequence_at %s[%i] : !coil.sequence<tensor<?xi1>> to tensor<?xi1>
  %e = coil.sequence_empty : !coil.sequence<ui8>
  return %e, %x : !coil.sequence<ui8>, tensor<?xi1>
}

// One unsigned value all over is a fill as soon as it has no sign.
// CHECK-LABEL: func @fill
// CHECK-SAME: (%[[X:.*]]: i8)
// CHECK: linalg.fill ins(%[[X]] : i8)
// CHECK-NOT: linalg.generic
func.func @fill(%x: i8) -> tensor<4xui8> {
  %e = tensor.empty() : tensor<4xui8>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<4xui8>) {
  ^bb0(%out: ui8):
    %0 = coil.sign %x : i8 to ui8
    linalg.yield %0 : ui8
  } -> tensor<4xui8>
  return %r : tensor<4xui8>
}

// A string is its number, in tensors and in bodies.
// CHECK-LABEL: func @strings
// CHECK-SAME: (%[[S:.*]]: tensor<4xi64>) -> tensor<4xi64>
func.func @strings(%s: tensor<4x!coil.string>) -> tensor<4x!coil.string> {
  %b = arith.constant 1 : i64
  %e = tensor.empty() : tensor<4x!coil.string>
  // CHECK: linalg.generic {{.*}} ins(%[[S]] : tensor<4xi64>)
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%s : tensor<4x!coil.string>) outs(%e : tensor<4x!coil.string>) {
  // CHECK: ^bb0(%[[IN:.*]]: i64, %{{.*}}: i64):
  ^bb0(%in: !coil.string, %out: !coil.string):
    // CHECK-NEXT: %[[MORE:.*]] = arith.maxsi %[[IN]], %{{.*}} : i64
    // CHECK-NEXT: linalg.yield %[[MORE]] : i64
    %0 = coil.handle %in : !coil.string to i64
    %1 = arith.maxsi %0, %b : i64
    %2 = coil.handle %1 : i64 to !coil.string
    linalg.yield %2 : !coil.string
  } -> tensor<4x!coil.string>
  // CHECK: coil.call "f"(%{{.*}} : tensor<4xi64>) outs(%{{.*}} : tensor<4xi64>) -> tensor<4xi64>
  %t = coil.call "f"(%r : tensor<4x!coil.string>) outs(%e : tensor<4x!coil.string>) -> tensor<4x!coil.string>
  return %t : tensor<4x!coil.string>
}
