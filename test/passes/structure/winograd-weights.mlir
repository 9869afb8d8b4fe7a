// RUN: coil-opt %s -split-input-file -structure-winograd | FileCheck %s
// RUN: coil-opt %s -split-input-file -structure-winograd --remarks-filter='structure' --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=SAID

#x = affine_map<(n, y, x, f, i, j, c) -> (n, y + i, x + j, c)>
#w = affine_map<(n, y, x, f, i, j, c) -> (f, c, i, j)>
#y = affine_map<(n, y, x, f, i, j, c) -> (n, y, x, f)>

// The tile that is faster by the clock of one core would take 21 MB more, each byte of which must save a tenth of a cycle.
// CHECK-LABEL: func @large
// CHECK: coil.winograd {{.*}}tile = 2
module attributes {coil.target = {vector_bytes = 64, cores = 2}} {
  func.func @large(%x: tensor<1x16x16x512xf32>, %d: tensor<1x14x14x512xf32>) -> tensor<1x14x14x512xf32> {
    %zero = arith.constant 0.0 : f32
    %w = arith.constant dense<0.5> : tensor<512x512x3x3xf32>
    %init = linalg.fill ins(%zero : f32) outs(%d : tensor<1x14x14x512xf32>) -> tensor<1x14x14x512xf32>
    %y = linalg.generic {indexing_maps = [#x, #w, #y],
        iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
        ins(%x, %w : tensor<1x16x16x512xf32>, tensor<512x512x3x3xf32>) outs(%init : tensor<1x14x14x512xf32>) {
    ^bb0(%l: f32, %r: f32, %out: f32):
      %0 = arith.mulf %l, %r : f32
      %1 = arith.addf %out, %0 : f32
      linalg.yield %1 : f32
    } -> tensor<1x14x14x512xf32>
    return %y : tensor<1x14x14x512xf32>
  }
}

// -----

#x = affine_map<(n, y, x, f, i, j, c) -> (n, y + i, x + j, c)>
#w = affine_map<(n, y, x, f, i, j, c) -> (f, c, i, j)>
#y = affine_map<(n, y, x, f, i, j, c) -> (n, y, x, f)>

// Few cores: 16 pixels repay the growth of their filters.
// CHECK-LABEL: func @few_cores
// CHECK: coil.winograd
module attributes {coil.target = {cores = 1}} {
  func.func @few_cores(%x: tensor<1x6x6x256xf32>, %d: tensor<1x4x4x256xf32>) -> tensor<1x4x4x256xf32> {
    %zero = arith.constant 0.0 : f32
    %w = arith.constant dense<0.5> : tensor<256x256x3x3xf32>
    %init = linalg.fill ins(%zero : f32) outs(%d : tensor<1x4x4x256xf32>) -> tensor<1x4x4x256xf32>
    %y = linalg.generic {indexing_maps = [#x, #w, #y],
        iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
        ins(%x, %w : tensor<1x6x6x256xf32>, tensor<256x256x3x3xf32>) outs(%init : tensor<1x4x4x256xf32>) {
    ^bb0(%l: f32, %r: f32, %out: f32):
      %0 = arith.mulf %l, %r : f32
      %1 = arith.addf %out, %0 : f32
      linalg.yield %1 : f32
    } -> tensor<1x4x4x256xf32>
    return %y : tensor<1x4x4x256xf32>
  }
}

// -----

#x = affine_map<(n, y, x, f, i, j, c) -> (n, y + i, x + j, c)>
#w = affine_map<(n, y, x, f, i, j, c) -> (f, c, i, j)>
#y = affine_map<(n, y, x, f, i, j, c) -> (n, y, x, f)>

// Many cores, which share the memory: they do not.
// CHECK-LABEL: func @many_cores
// CHECK-NOT: coil.winograd
// SAID: a sum: its weights would grow too much
module attributes {coil.target = {cores = 192}} {
  func.func @many_cores(%x: tensor<1x6x6x256xf32>, %d: tensor<1x4x4x256xf32>) -> tensor<1x4x4x256xf32> {
    %zero = arith.constant 0.0 : f32
    %w = arith.constant dense<0.5> : tensor<256x256x3x3xf32>
    %init = linalg.fill ins(%zero : f32) outs(%d : tensor<1x4x4x256xf32>) -> tensor<1x4x4x256xf32>
    %y = linalg.generic {indexing_maps = [#x, #w, #y],
        iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
        ins(%x, %w : tensor<1x6x6x256xf32>, tensor<256x256x3x3xf32>) outs(%init : tensor<1x4x4x256xf32>) {
    ^bb0(%l: f32, %r: f32, %out: f32):
      %0 = arith.mulf %l, %r : f32
      %1 = arith.addf %out, %0 : f32
      linalg.yield %1 : f32
    } -> tensor<1x4x4x256xf32>
    return %y : tensor<1x4x4x256xf32>
  }
}
