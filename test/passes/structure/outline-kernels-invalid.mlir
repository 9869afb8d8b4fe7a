// RUN: coil-opt %s -split-input-file -verify-diagnostics -structure-outline-kernels

// Groups may be written by hand; one that can be no kernel is refused.

#id = affine_map<(i, j) -> (i, j)>
func.func @outside(%x: tensor<4x8xf32>) -> (tensor<2x8xf32>, tensor<4x8xf32>) {
  %e = tensor.empty() : tensor<4x8xf32>
  %d = tensor.empty() : tensor<4x8xf32>
  // expected-error @+1 {{is of a group, but read outside of it before the last of it is done}}
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x8xf32>)
      outs(%e : tensor<4x8xf32>) attrs = {coil.rows = array<i64: 0>, coil.group = 0 : i64} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  } -> tensor<4x8xf32>
  %between = tensor.extract_slice %a[1, 0] [2, 8] [1, 1] : tensor<4x8xf32> to tensor<2x8xf32>
  %b = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%a : tensor<4x8xf32>)
      outs(%d : tensor<4x8xf32>) attrs = {coil.rows = array<i64: 0>, coil.group = 0 : i64} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  } -> tensor<4x8xf32>
  return %between, %b : tensor<2x8xf32>, tensor<4x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
func.func @row(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %d = tensor.empty() : tensor<4x8xf32>
  // expected-error @+1 {{has no row 7 in its result}}
  %b = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x8xf32>)
      outs(%d : tensor<4x8xf32>) attrs = {coil.rows = array<i64: 7>, coil.group = 0 : i64} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  } -> tensor<4x8xf32>
  return %b : tensor<4x8xf32>
}
