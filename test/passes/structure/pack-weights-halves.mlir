// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-pack-weights))' | FileCheck %s

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#y = affine_map<(m, n, k) -> (m, n)>

// Lanes of f16: a panel is as wide as the tile whose sums are f16.
module attributes {coil.target = {half_arithmetic = true, bf16_pairs = true}} {
  // CHECK-DAG: affine_map<(d0, d1, d2) -> (d1 floordiv [[PANEL:16|24|32]], d2, d1 mod [[PANEL]])>
  // CHECK-DAG: affine_map<(d0, d1, d2, d3) -> (d1 floordiv [[PAIRS:[0-9]+]], d2, d1 mod [[PAIRS]], d3)>
  // CHECK-LABEL: func @halves
  // CHECK: linalg.pack {{.*}} : tensor<64x64xf16> -> tensor<{{[0-9]+}}x64x[[PANEL]]xf16>
  func.func @halves(%x: tensor<64x64xf16>, %y: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %w = arith.constant dense_resource<w> : tensor<64x64xf16>
    %r = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : tensor<64x64xf16>, tensor<64x64xf16>) outs(%y : tensor<64x64xf32>) {
    ^bb0(%a: f16, %b: f16, %out: f32):
      %0 = arith.extf %a : f16 to f32
      %1 = arith.extf %b : f16 to f32
      %2 = arith.mulf %0, %1 : f32
      %3 = arith.addf %out, %2 : f32
      linalg.yield %3 : f32
    } -> tensor<64x64xf32>
    return %r : tensor<64x64xf32>
  }

  // Pairs of bf16 side by side, of which an instruction adds up both products.
  // CHECK-LABEL: func @pairs
  // CHECK: linalg.pack {{.*}} inner_tiles = [[[PAIRS]], 2] {{.*}} : tensor<64x64xbf16> -> tensor<{{[0-9]+}}x32x[[PAIRS]]x2xbf16>
  // CHECK: tensor.expand_shape {{.*}} : tensor<64x64xbf16> into tensor<64x32x2xbf16>
  func.func @pairs(%x: tensor<64x64xbf16>, %y: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %w = arith.constant dense_resource<v> : tensor<64x64xbf16>
    %r = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : tensor<64x64xbf16>, tensor<64x64xbf16>) outs(%y : tensor<64x64xf32>) {
    ^bb0(%a: bf16, %b: bf16, %out: f32):
      %0 = arith.extf %a : bf16 to f32
      %1 = arith.extf %b : bf16 to f32
      %2 = arith.mulf %0, %1 : f32
      %3 = arith.addf %out, %2 : f32
      linalg.yield %3 : f32
    } -> tensor<64x64xf32>
    return %r : tensor<64x64xf32>
  }
}
