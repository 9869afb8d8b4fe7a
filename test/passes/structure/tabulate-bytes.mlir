// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-tabulate-bytes))' | FileCheck %s

#id = affine_map<(d0) -> (d0)>

// From the first byte to the last, across one in between: one table.
// CHECK-LABEL: func @chain
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8xi8>
// CHECK: %[[ALL:.*]] = arith.constant dense<"0x000102
// CHECK: %[[TABLE:.*]] = linalg.generic {{.*}} ins(%[[ALL]] : tensor<256xi8>)
// CHECK:   math.exp
// CHECK:   arith.fptosi
// CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<8xi8>)
// CHECK: ^bb0(%[[B:.*]]: i8, %{{.*}}: i8):
// CHECK-NEXT: %[[I:.*]] = arith.index_castui %[[B]]
// CHECK-NEXT: %[[R:.*]] = tensor.extract %[[TABLE]][%[[I]]]
// CHECK-NEXT: linalg.yield %[[R]]
func.func @chain(%x: tensor<8xi8>, %e: tensor<8xi8>) -> tensor<8xi8> {
  %s = arith.constant 0.5 : f32
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<8xi8>) outs(%e : tensor<8xi8>) {
  ^bb0(%in: i8, %out: i8):
    %0 = arith.uitofp %in : i8 to f32
    %1 = arith.mulf %0, %s : f32
    %2 = arith.fptosi %1 : f32 to i32
    %3 = arith.trunci %2 : i32 to i8
    %4 = arith.uitofp %3 : i8 to f32
    %5 = math.exp %4 : f32
    %6 = arith.mulf %5, %s : f32
    %7 = arith.fptosi %6 : f32 to i32
    %8 = arith.trunci %7 : i32 to i8
    linalg.yield %8 : i8
  } -> tensor<8xi8>
  return %y : tensor<8xi8>
}

// -----

#id = affine_map<(d0) -> (d0)>

// What begins with a float ends in a byte; from there on it is looked up.
// CHECK-LABEL: func @tail
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<8xf32>)
// CHECK: %[[B:.*]] = arith.trunci
// CHECK-NEXT: %[[I:.*]] = arith.index_castui %[[B]]
// CHECK-NEXT: tensor.extract
// CHECK-NEXT: linalg.yield
func.func @tail(%x: tensor<8xf32>, %e: tensor<8xi8>) -> tensor<8xi8> {
  %s = arith.constant 0.5 : f32
  %c3 = arith.constant 3 : i32
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<8xf32>) outs(%e : tensor<8xi8>) {
  ^bb0(%in: f32, %out: i8):
    %0 = arith.fptosi %in : f32 to i32
    %1 = arith.trunci %0 : i32 to i8
    %2 = arith.extui %1 : i8 to i32
    %3 = arith.subi %2, %c3 : i32
    %4 = arith.sitofp %3 : i32 to f32
    %5 = arith.mulf %4, %s : f32
    %6 = math.exp %5 : f32
    %7 = math.roundeven %6 : f32
    %8 = arith.fptosi %7 : f32 to i32
    %9 = arith.trunci %8 : i32 to i8
    linalg.yield %9 : i8
  } -> tensor<8xi8>
  return %y : tensor<8xi8>
}

// -----

#id = affine_map<(d0) -> (d0)>

// Of two bytes there is no table of 256; a few operations need none.
// CHECK-LABEL: func @two
// CHECK-NOT: tensor<256xi8>
func.func @two(%x: tensor<8xi8>, %y: tensor<8xi8>, %e: tensor<8xi8>) -> (tensor<8xi8>, tensor<8xi8>) {
  %s = arith.constant 0.5 : f32
  %z = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%x, %y : tensor<8xi8>, tensor<8xi8>) outs(%e : tensor<8xi8>) {
  ^bb0(%a: i8, %b: i8, %out: i8):
    %0 = arith.uitofp %a : i8 to f32
    %1 = arith.uitofp %b : i8 to f32
    %2 = arith.mulf %0, %s : f32
    %3 = arith.addf %2, %1 : f32
    %4 = arith.mulf %3, %s : f32
    %5 = math.exp %4 : f32
    %6 = math.roundeven %5 : f32
    %7 = arith.fptosi %6 : f32 to i32
    %8 = arith.trunci %7 : i32 to i8
    linalg.yield %8 : i8
  } -> tensor<8xi8>
  %w = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<8xi8>) outs(%e : tensor<8xi8>) {
  ^bb0(%a: i8, %out: i8):
    %0 = arith.uitofp %a : i8 to f32
    %1 = arith.mulf %0, %s : f32
    %2 = arith.fptosi %1 : f32 to i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<8xi8>
  return %z, %w : tensor<8xi8>, tensor<8xi8>
}
