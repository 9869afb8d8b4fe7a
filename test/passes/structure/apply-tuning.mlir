// RUN: coil-opt %s -split-input-file -structure-apply-tuning | FileCheck %s

#a = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

// Each op has its kernel's name, and what the tuning says of it. The name does
// not tell in which order a weight lies: packing changes that.
// CHECK: module {
// CHECK-LABEL: func @named
// CHECK: linalg.generic {{.*}} attrs =  {coil.tuning = {columns = 3 : i64, kernel = "contract 64x5 sum 3 f32 f32 f32 #[[HASH:[0-9a-f]+]]", rows = 2 : i64}}
// CHECK: linalg.generic {{.*}} attrs =  {coil.tuning = {columns = 3 : i64, kernel = "contract 64x5 sum 3 f32 f32 f32 #[[HASH]]", rows = 2 : i64}}
// CHECK: linalg.generic {{.*}} attrs =  {coil.tuning = {kernel = "map 64x? f32 f32 #{{[0-9a-f]+}}"}}
module attributes {coil.tuning = {"contract 64x5 sum 3 f32 f32 f32 #f58be5a9" = {columns = 3, rows = 2},
                                  "contract 64x6 sum 3 f32 f32 f32 #f58be5a9" = {columns = 4}}} {
  func.func @named(%x: tensor<64x3xf32>, %w: tensor<5x3xf32>, %v: tensor<3x5xf32>, %init: tensor<64x5xf32>, %y: tensor<64x?xf32>)
      -> (tensor<64x5xf32>, tensor<64x5xf32>, tensor<64x?xf32>) {
    %0 = linalg.generic {indexing_maps = [#a, #nk, #c], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : tensor<64x3xf32>, tensor<5x3xf32>) outs(%init : tensor<64x5xf32>) {
    ^bb0(%l: f32, %r: f32, %out: f32):
      %m = arith.mulf %l, %r : f32
      %s = arith.addf %out, %m : f32
      linalg.yield %s : f32
    } -> tensor<64x5xf32>
    %1 = linalg.generic {indexing_maps = [#a, #kn, #c], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %v : tensor<64x3xf32>, tensor<3x5xf32>) outs(%init : tensor<64x5xf32>) {
    ^bb0(%l: f32, %r: f32, %out: f32):
      %m = arith.mulf %l, %r : f32
      %s = arith.addf %out, %m : f32
      linalg.yield %s : f32
    } -> tensor<64x5xf32>
    %2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
        ins(%y : tensor<64x?xf32>) outs(%y : tensor<64x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %e = math.exp %in : f32
      linalg.yield %e : f32
    } -> tensor<64x?xf32>
    return %0, %1, %2 : tensor<64x5xf32>, tensor<64x5xf32>, tensor<64x?xf32>
  }
}

// -----

// Without a tuning no op has a name: equal kernels stay equal by what they do.
// CHECK-LABEL: func @untuned
// CHECK-NOT: coil.tuning
// CHECK: return
func.func @untuned(%y: tensor<64xf32>) -> tensor<64xf32> {
  %2 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%y : tensor<64xf32>) outs(%y : tensor<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %e = math.exp %in : f32
    linalg.yield %e : f32
  } -> tensor<64xf32>
  return %2 : tensor<64xf32>
}
