// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-fill-borders,structure-frame-rows))' | FileCheck %s
// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(structure-fill-borders,structure-frame-rows,structure-group-rows),structure-outline-kernels)' | FileCheck %s --check-prefix=KERNEL

#image = affine_map<(n, c, h, w, i, j) -> (n, c, h + i, w + j)>
#filter = affine_map<(n, c, h, w, i, j) -> (c, i, j)>
#out = affine_map<(n, c, h, w, i, j) -> (n, c, h, w)>
#id = affine_map<(n, c, h, w) -> (n, c, h, w)>
#bias = affine_map<(n, c, h, w) -> (c)>

// The frame is filled whole, which costs nothing where it is as large as a row; the
// image's copy is an op, and all are one group up to what is done to the sums.
// CHECK-LABEL: func @depthwise
// CHECK-SAME: (%[[X:.*]]: tensor<?x32x40x40xf32>
// CHECK-NOT: tensor<?x32x1x42xf32>
// CHECK: %[[F:.*]] = linalg.fill {coil.group = 0 : i64, coil.rows = array<i64: 0, 1>}
// CHECK: %[[S:.*]] = tensor.extract_slice %[[F]][0, 0, 1, 1]
// CHECK: %[[C:.*]] = linalg.generic {{.*}} ins(%[[X]] : {{.*}} outs(%[[S]] {{.*}} attrs = {coil.group = 0 : i64, coil.rows = array<i64: 0, 1>}
// CHECK: %[[P:.*]] = tensor.insert_slice %[[C]] into %[[F]][0, 0, 1, 1]
// CHECK: linalg.generic {{.*}} ins(%[[P]], {{.*}} attrs = {coil.group = 0 : i64, coil.rows = array<i64: 0, 1>}
// CHECK: linalg.generic {{.*}} attrs = {coil.group = 0 : i64, coil.rows = array<i64: 0, 1>}

// One kernel, from the image to the result.
// KERNEL-LABEL: func @depthwise
// KERNEL-SAME: (%[[X:.*]]: tensor<?x32x40x40xf32>, %[[W:.*]]: tensor<32x3x3xf32>, %[[B:.*]]: tensor<32xf32>
// KERNEL: call @[[ROWS:rows_[0-9]+]]({{.*}}%[[X]]{{.*}}%[[W]], %[[B]], %{{.*}})
// KERNEL-NEXT: return
// KERNEL: func private @[[ROWS]]
// KERNEL-DAG: tensor.empty(%{{.*}}) : tensor<?x32x42x42xf32>
// KERNEL-DAG: tensor.empty(%{{.*}}) : tensor<?x32x40x40xf32>
func.func @depthwise(%x: tensor<?x32x40x40xf32>, %w: tensor<32x3x3xf32>, %b: tensor<32xf32>, %n: index) -> tensor<?x32x40x40xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty(%n) : tensor<?x32x42x42xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?x32x42x42xf32>) -> tensor<?x32x42x42xf32>
  %p = tensor.insert_slice %x into %f[0, 0, 1, 1] [%n, 32, 40, 40] [1, 1, 1, 1] : tensor<?x32x40x40xf32> into tensor<?x32x42x42xf32>
  %e1 = tensor.empty(%n) : tensor<?x32x40x40xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?x32x40x40xf32>) -> tensor<?x32x40x40xf32>
  %y = linalg.generic {indexing_maps = [#image, #filter, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%p, %w : tensor<?x32x42x42xf32>, tensor<32x3x3xf32>) outs(%s : tensor<?x32x40x40xf32>) {
  ^bb0(%in: f32, %factor: f32, %out: f32):
    %0 = arith.mulf %in, %factor : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x32x40x40xf32>
  %e2 = tensor.empty(%n) : tensor<?x32x40x40xf32>
  %z = linalg.generic {indexing_maps = [#id, #bias, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%y, %b : tensor<?x32x40x40xf32>, tensor<32xf32>) outs(%e2 : tensor<?x32x40x40xf32>) {
  ^bb0(%in: f32, %add: f32, %out: f32):
    %0 = arith.addf %in, %add : f32
    linalg.yield %0 : f32
  } -> tensor<?x32x40x40xf32>
  return %z : tensor<?x32x40x40xf32>
}

// -----

#image = affine_map<(c, h, i) -> (c, h + i)>
#out = affine_map<(c, h, i) -> (c, h)>
#taps = affine_map<(c, h, i) -> (i)>
#id = affine_map<(c, h) -> (c, h)>

// What will be computed straight into the frame is not copied, and stays as it is.
// CHECK-LABEL: func @in_place
// CHECK-NOT: coil.group
// CHECK: return
func.func @in_place(%x: tensor<64x100xf32>, %t: tensor<3xf32>) -> tensor<64x100xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<64x102xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e0 : tensor<64x102xf32>) -> tensor<64x102xf32>
  %e2 = tensor.empty() : tensor<64x100xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x100xf32>) outs(%e2 : tensor<64x100xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.absf %in : f32
    linalg.yield %0 : f32
  } -> tensor<64x100xf32>
  %p = tensor.insert_slice %r into %f[0, 1] [64, 100] [1, 1] : tensor<64x100xf32> into tensor<64x102xf32>
  %e1 = tensor.empty() : tensor<64x100xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e1 : tensor<64x100xf32>) -> tensor<64x100xf32>
  %y = linalg.generic {indexing_maps = [#image, #taps, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%p, %t : tensor<64x102xf32>, tensor<3xf32>) outs(%s : tensor<64x100xf32>) {
  ^bb0(%in: f32, %tap: f32, %out: f32):
    %0 = arith.maximumf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<64x100xf32>
  return %y : tensor<64x100xf32>
}

// It will not be where a later whole wants the same image.
// CHECK-LABEL: func @elsewhere
// CHECK: linalg.fill {coil.group = 0 : i64, coil.rows = array<i64: 0>}
// CHECK: return
func.func @elsewhere(%x: tensor<64x100xf32>, %t: tensor<3xf32>) -> (tensor<64x100xf32>, tensor<64x200xf32>) {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<64x102xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e0 : tensor<64x102xf32>) -> tensor<64x102xf32>
  %e2 = tensor.empty() : tensor<64x100xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x100xf32>) outs(%e2 : tensor<64x100xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.absf %in : f32
    linalg.yield %0 : f32
  } -> tensor<64x100xf32>
  %p = tensor.insert_slice %r into %f[0, 1] [64, 100] [1, 1] : tensor<64x100xf32> into tensor<64x102xf32>
  %e1 = tensor.empty() : tensor<64x100xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e1 : tensor<64x100xf32>) -> tensor<64x100xf32>
  %y = linalg.generic {indexing_maps = [#image, #taps, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%p, %t : tensor<64x102xf32>, tensor<3xf32>) outs(%s : tensor<64x100xf32>) {
  ^bb0(%in: f32, %tap: f32, %out: f32):
    %0 = arith.maximumf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<64x100xf32>
  %e3 = tensor.empty() : tensor<64x200xf32>
  %w = tensor.insert_slice %r into %e3[0, 100] [64, 100] [1, 1] : tensor<64x100xf32> into tensor<64x200xf32>
  return %y, %w : tensor<64x100xf32>, tensor<64x200xf32>
}

// -----

#image = affine_map<(c, h, i) -> (c, h + i)>
#out = affine_map<(c, h, i) -> (c, h)>
#taps = affine_map<(c, h, i) -> (i)>

// Rows of which the frame is larger than a stack should hold, and rows as long as
// only a run knows, are copied into a frame of all.
// CHECK-LABEL: func @long_rows
// CHECK-NOT: coil.group
// CHECK: return
func.func @long_rows(%x: tensor<64x20000xf32>, %l: tensor<64x?xf32>, %t: tensor<3xf32>, %n: index, %m: index) -> (tensor<64x20000xf32>, tensor<64x?xf32>) {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<64x20002xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e0 : tensor<64x20002xf32>) -> tensor<64x20002xf32>
  %p = tensor.insert_slice %x into %f[0, 1] [64, 20000] [1, 1] : tensor<64x20000xf32> into tensor<64x20002xf32>
  %e1 = tensor.empty() : tensor<64x20000xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e1 : tensor<64x20000xf32>) -> tensor<64x20000xf32>
  %y = linalg.generic {indexing_maps = [#image, #taps, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%p, %t : tensor<64x20002xf32>, tensor<3xf32>) outs(%s : tensor<64x20000xf32>) {
  ^bb0(%in: f32, %tap: f32, %out: f32):
    %0 = arith.maximumf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<64x20000xf32>
  %e2 = tensor.empty(%m) : tensor<64x?xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<64x?xf32>) -> tensor<64x?xf32>
  %p1 = tensor.insert_slice %l into %f1[0, 1] [64, %n] [1, 1] : tensor<64x?xf32> into tensor<64x?xf32>
  %e3 = tensor.empty(%n) : tensor<64x?xf32>
  %s1 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<64x?xf32>) -> tensor<64x?xf32>
  %z = linalg.generic {indexing_maps = [#image, #taps, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%p1, %t : tensor<64x?xf32>, tensor<3xf32>) outs(%s1 : tensor<64x?xf32>) {
  ^bb0(%in: f32, %tap: f32, %out: f32):
    %0 = arith.maximumf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<64x?xf32>
  return %y, %z : tensor<64x20000xf32>, tensor<64x?xf32>
}
