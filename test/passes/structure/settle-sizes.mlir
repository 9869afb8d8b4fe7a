// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-settle-sizes))' | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>

// The requirement is first, with what both sizes are made of; the one that takes less is used from then on. Scores are
// not repeated along keys: they are an input with a map.
// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func @mask
// CHECK-SAME: (%[[SCORES:.*]]: tensor<?x?xf32>, %[[MASK:.*]]: tensor<?x?xf32>
// CHECK: %[[S:.*]] = coil.symbol "s"
// CHECK: %[[P:.*]] = coil.symbol "p"
// CHECK: %[[N:.*]] = arith.addi %[[P]], %[[S]]
// CHECK: %[[T:.*]] = coil.symbol "t"
// CHECK: %[[M:.*]] = arith.select
// CHECK: %[[SAME:.*]] = arith.cmpi eq, %[[M]], %[[N]]
// CHECK-NEXT: coil.require %[[SAME]], "{{.*}}"(%[[M]], %[[N]])
// CHECK: %[[E:.*]] = tensor.empty(%[[S]], %[[N]])
// CHECK: %[[X:.*]] = linalg.generic {{.*}} outs(%[[E]]
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ID]], #[[ID]]]
// CHECK-SAME: ins(%[[MASK]], %[[X]] :
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %{{.*}}: f32)
// CHECK-NEXT: arith.addf %[[B]], %[[A]]
func.func @mask(%scores: tensor<?x?xf32>, %mask: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %s = coil.symbol "s"
  %p = coil.symbol "p"
  %t = coil.symbol "t"
  %n = arith.addi %p, %s : index
  %one = arith.cmpi eq, %n, %c1 : index
  %m = arith.select %one, %t, %n : index
  %e = tensor.empty(%s, %n) : tensor<?x?xf32>
  %x = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%scores : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.absf %in : f32
    linalg.yield %0 : f32
  } -> tensor<?x?xf32>
  %w = tensor.empty(%s, %m) : tensor<?x?xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%mask : tensor<?x?xf32>) outs(%w : tensor<?x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %at = arith.select %one, %c0, %j : index
    %read = tensor.extract %x[%i, %at] : tensor<?x?xf32>
    %0 = arith.addf %read, %in : f32
    linalg.yield %0 : f32
  } -> tensor<?x?xf32>
  %same = arith.cmpi eq, %m, %n : index
  coil.require %same, "inner dimensions differ: {0} and {1}"(%m, %n)
  return %r : tensor<?x?xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// A size that is read from data is known when it has been computed: nothing moves.
// CHECK-LABEL: func @data
// CHECK: tensor.extract
// CHECK: linalg.generic
// CHECK: coil.require
func.func @data(%a: tensor<?xf32>, %list: tensor<1xi64>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %n = coil.symbol "n"
  %value = tensor.extract %list[%c0] : tensor<1xi64>
  %m = arith.index_cast %value : i64 to index
  %e = tensor.empty(%n) : tensor<?xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<?xf32>
  %same = arith.cmpi eq, %m, %n : index
  coil.require %same, "lengths differ"
  return %r : tensor<?xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// Nothing says that the loop has the size that is asked: the choice stays.
// CHECK-LABEL: func @stays
// CHECK: arith.select
// CHECK: tensor.extract
func.func @stays(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = coil.symbol "n"
  %m = coil.symbol "m"
  %one = arith.cmpi eq, %m, %c1 : index
  %e = tensor.empty(%n) : tensor<?xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %i = linalg.index 0 : index
    %at = arith.select %one, %c0, %i : index
    %x = tensor.extract %b[%at] : tensor<?xf32>
    %0 = arith.addf %x, %in : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  return %r : tensor<?xf32>
}
