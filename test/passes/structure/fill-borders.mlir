// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-fill-borders))' | FileCheck %s
// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-fill-borders),structure-outline-kernels)' | FileCheck %s --check-prefix=KERNEL

// Rows before and behind as wide as the frame, then columns as high as the inside; the inside is not filled.
// CHECK-LABEL: func @image
// CHECK-SAME: (%[[X:.*]]: tensor<62x61x8xf32>)
// CHECK: %[[E:.*]] = tensor.empty() : tensor<64x64x8xf32>
// CHECK: tensor.extract_slice %[[E]][0, 0, 0] [1, 64, 8] [1, 1, 1]
// CHECK: linalg.fill {{.*}} -> tensor<1x64x8xf32>
// CHECK: %[[T:.*]] = tensor.insert_slice {{.*}} into %[[E]][0, 0, 0] [1, 64, 8]
// CHECK: tensor.extract_slice %[[T]][63, 0, 0] [1, 64, 8] [1, 1, 1]
// CHECK: tensor.extract_slice {{.*}}[1, 0, 0] [62, 1, 8] [1, 1, 1]
// CHECK: tensor.extract_slice {{.*}}[1, 62, 0] [62, 2, 8] [1, 1, 1]
// CHECK: %[[B:.*]] = tensor.insert_slice {{.*}}[1, 62, 0] [62, 2, 8]
// CHECK-NOT: linalg.fill
// CHECK: tensor.insert_slice %[[X]] into %[[B]][1, 1, 0] [62, 61, 8]

// All of them are one kernel, written into the frame.
// KERNEL-LABEL: func @image
// KERNEL: %[[E:.*]] = tensor.empty() : tensor<64x64x8xf32>
// KERNEL: %[[B:.*]] = call @[[FILL:fill_[0-9]+]](%[[E]]) : (tensor<64x64x8xf32>) -> tensor<64x64x8xf32>
// KERNEL: tensor.insert_slice {{.*}} into %[[B]]
// KERNEL: func private @[[FILL]](
// KERNEL-COUNT-4: linalg.fill
func.func @image(%x: tensor<62x61x8xf32>) -> tensor<64x64x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x64x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x64x8xf32>) -> tensor<64x64x8xf32>
  %y = tensor.insert_slice %x into %f[1, 1, 0] [62, 61, 8] [1, 1, 1] : tensor<62x61x8xf32> into tensor<64x64x8xf32>
  return %y : tensor<64x64x8xf32>
}

// -----

// Sizes that only a run knows.
// CHECK-LABEL: func @unknown
// CHECK-SAME: (%[[X:.*]]: tensor<?x64xf32>, %[[M:.*]]: index, %[[N:.*]]: index)
// CHECK: %[[HIGH:.*]] = affine.apply {{.*}}[%[[M]], %[[N]]]
// CHECK: tensor.extract_slice {{.*}}[0, 0] [2, 64]
// CHECK: tensor.extract_slice {{.*}}[%{{.*}}, 0] [%[[HIGH]], 64]
// CHECK: %[[B:.*]] = tensor.insert_slice
// CHECK-NOT: linalg.fill
// CHECK: tensor.insert_slice %[[X]] into %[[B]][2, 0] [%[[N]], 64]
func.func @unknown(%x: tensor<?x64xf32>, %m: index, %n: index) -> tensor<?x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  %y = tensor.insert_slice %x into %f[2, 0] [%n, 64] [1, 1] : tensor<?x64xf32> into tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

#id = affine_map<(a, b) -> (a, b)>

// Somebody else looks at the frame: the inside must be filled.
// CHECK-LABEL: func @read
// CHECK: linalg.fill {{.*}} -> tensor<66x64xf32>
func.func @read(%x: tensor<64x64xf32>) -> tensor<66x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<66x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<66x64xf32>) -> tensor<66x64xf32>
  %p = tensor.extract_slice %f[1, 0] [64, 64] [1, 1] : tensor<66x64xf32> to tensor<64x64xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<64x64xf32>) outs(%p : tensor<64x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %2 = arith.addf %in, %out : f32
    linalg.yield %2 : f32
  } -> tensor<64x64xf32>
  %y = tensor.insert_slice %1 into %f[1, 0] [64, 64] [1, 1] : tensor<64x64xf32> into tensor<66x64xf32>
  return %y : tensor<66x64xf32>
}

// A small frame, and one that is mostly padding, are filled as they are.
// CHECK-LABEL: func @whole
// CHECK: linalg.fill {{.*}} -> tensor<10x10xf32>
// CHECK: linalg.fill {{.*}} -> tensor<200x64xf32>
// CHECK-NOT: linalg.fill
func.func @whole(%x: tensor<8x8xf32>, %y: tensor<64x64xf32>) -> (tensor<10x10xf32>, tensor<200x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<10x10xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<10x10xf32>) -> tensor<10x10xf32>
  %0 = tensor.insert_slice %x into %f[1, 1] [8, 8] [1, 1] : tensor<8x8xf32> into tensor<10x10xf32>
  %e1 = tensor.empty() : tensor<200x64xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<200x64xf32>) -> tensor<200x64xf32>
  %1 = tensor.insert_slice %y into %f1[1, 0] [64, 64] [1, 1] : tensor<64x64xf32> into tensor<200x64xf32>
  return %0, %1 : tensor<10x10xf32>, tensor<200x64xf32>
}
