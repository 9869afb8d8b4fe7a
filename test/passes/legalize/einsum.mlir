// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// CHECK: #[[DIAGONAL:.*]] = affine_map<(d0, d1) -> (d0, d1, d1)>
// CHECK-LABEL: func @trace
func.func @trace(%x: tensor<?x4x4xf32>) -> !onnx.value {
  // CHECK: linalg.generic {indexing_maps = [#[[DIAGONAL]]
  // CHECK: return %{{.*}} : tensor<?xf32>
  %y = onnx.Einsum %x {equation = "...ii->..."} : (tensor<?x4x4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Three operands are two products; j is summed in the first.

// CHECK-LABEL: func @chain
func.func @chain(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>, %c: tensor<4x5xf32>) -> !onnx.value {
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x4xf32>)
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x5xf32>)
  %y = onnx.Einsum %a, %b, %c {equation = "ij, jk, kl"} : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<4x5xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The last of three factors is one of a sum that is made: nothing is added to.

// CHECK-LABEL: func @scaled
func.func @scaled(%x: tensor<2x3xf32>, %y: tensor<4x3xf32>, %s: tensor<4xf32>) -> !onnx.value {
  // CHECK: %[[SUM:.*]] = linalg.generic {{.*}}"reduction"]} {{.*}} outs(%{{.*}} : tensor<2x4xf32>)
  // CHECK: arith.addf
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins(%[[SUM]], %{{.*}} : tensor<2x4xf32>, tensor<4xf32>)
  // CHECK-NOT: arith.addf
  // CHECK: return
  %z = onnx.Einsum %x, %y, %s {equation = "bk,nk,n->bn"} : (tensor<2x3xf32>, tensor<4x3xf32>, tensor<4xf32>) -> !onnx.value
  return %z : !onnx.value
}

// -----

// CHECK: #[[SWAPPED:.*]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-LABEL: func @swapped
func.func @swapped(%x: tensor<2x3xf32>) -> !onnx.value {
  // CHECK: linalg.generic {indexing_maps = [#[[SWAPPED]], #{{.*}}], iterator_types = ["parallel", "parallel"]}
  // CHECK-NOT: arith.addf
  // CHECK: return %{{.*}} : tensor<3x2xf32>
  %y = onnx.Einsum %x {equation = "ij->ji"} : (tensor<2x3xf32>) -> !onnx.value
  return %y : !onnx.value
}
