// RUN: coil-opt %s -pass-pipeline='builtin.module(func.func(structure-fuse-elementwise,canonicalize,cse))' | FileCheck %s

#five = affine_map<(b, h, g, n, k) -> (b, h, g, n, k)>
#id = affine_map<(b, h, m, n) -> (b, h, m, n)>
#row = affine_map<(b, h, m, n) -> (b, h, m)>
#p = affine_map<(b, h, g, m, n, k) -> (b, h, g, m, k)>
#k = affine_map<(b, h, g, m, n, k) -> (b, h, n, k)>
#v = affine_map<(b, h, g, m, n, k) -> (b, h, k, n)>
#s = affine_map<(b, h, g, m, n, k) -> (b, h, g, m, n)>

// Heads are two axes before and after: in the softmax, too.
// CHECK-LABEL: func @between
// CHECK-NOT: tensor.collapse_shape
// CHECK: arith.maximumf
// CHECK: } -> tensor<?x3x3x?xf32>
// CHECK: math.exp
// CHECK: } -> tensor<?x3x3x?x?xf32>
// CHECK: } -> tensor<?x3x3x?xf32>
// CHECK: arith.divf
// CHECK: } -> tensor<?x3x3x?x?xf32>
// CHECK-NOT: tensor.expand_shape
// CHECK: return %{{.*}} : tensor<?x3x3x?x64xf32>

// Nothing expands what is read as it is: a softmax that is a result.
// CHECK-LABEL: func @alone
// CHECK: tensor.collapse_shape
// CHECK: arith.maximumf
// CHECK: } -> tensor<?x9x?xf32>
func.func @between(%q: tensor<?x3x3x?x64xf32>, %keys: tensor<?x3x?x64xf32>, %values: tensor<?x3x?x64xf32>, %b: index, %m: index, %n: index) -> tensor<?x3x3x?x64xf32> {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %e5 = tensor.empty(%b, %m, %n) : tensor<?x3x3x?x?xf32>
  %f5 = linalg.fill ins(%zero : f32) outs(%e5 : tensor<?x3x3x?x?xf32>) -> tensor<?x3x3x?x?xf32>
  %0 = linalg.generic {indexing_maps = [#p, #k, #s], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %keys : tensor<?x3x3x?x64xf32>, tensor<?x3x?x64xf32>) outs(%f5 : tensor<?x3x3x?x?xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %x = arith.mulf %l, %r : f32
    %y = arith.addf %out, %x : f32
    linalg.yield %y : f32
  } -> tensor<?x3x3x?x?xf32>
  %1 = tensor.collapse_shape %0 [[0], [1, 2], [3], [4]] : tensor<?x3x3x?x?xf32> into tensor<?x9x?x?xf32>
  %er = tensor.empty(%b, %m) : tensor<?x9x?xf32>
  %e4 = tensor.empty(%b, %m, %n) : tensor<?x9x?x?xf32>
  %fl = linalg.fill ins(%least : f32) outs(%er : tensor<?x9x?xf32>) -> tensor<?x9x?xf32>
  %2 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%1 : tensor<?x9x?x?xf32>) outs(%fl : tensor<?x9x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %x = arith.maximumf %out, %in : f32
    linalg.yield %x : f32
  } -> tensor<?x9x?xf32>
  %3 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%1, %2 : tensor<?x9x?x?xf32>, tensor<?x9x?xf32>) outs(%e4 : tensor<?x9x?x?xf32>) {
  ^bb0(%in: f32, %top: f32, %out: f32):
    %x = arith.subf %in, %top : f32
    %y = math.exp %x : f32
    linalg.yield %y : f32
  } -> tensor<?x9x?x?xf32>
  %fz = linalg.fill ins(%zero : f32) outs(%er : tensor<?x9x?xf32>) -> tensor<?x9x?xf32>
  %4 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%3 : tensor<?x9x?x?xf32>) outs(%fz : tensor<?x9x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %x = arith.addf %out, %in : f32
    linalg.yield %x : f32
  } -> tensor<?x9x?xf32>
  %5 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%3, %4 : tensor<?x9x?x?xf32>, tensor<?x9x?xf32>) outs(%e4 : tensor<?x9x?x?xf32>) {
  ^bb0(%in: f32, %sum: f32, %out: f32):
    %x = arith.divf %in, %sum : f32
    linalg.yield %x : f32
  } -> tensor<?x9x?x?xf32>
  %6 = tensor.expand_shape %5 [[0], [1, 2], [3], [4]] output_shape [%b, 3, 3, %m, %n] : tensor<?x9x?x?xf32> into tensor<?x3x3x?x?xf32>
  %ev = tensor.empty(%b, %m) : tensor<?x3x3x?x64xf32>
  %fv = linalg.fill ins(%zero : f32) outs(%ev : tensor<?x3x3x?x64xf32>) -> tensor<?x3x3x?x64xf32>
  %7 = linalg.generic {indexing_maps = [#p, #v, #s], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%6, %values : tensor<?x3x3x?x?xf32>, tensor<?x3x?x64xf32>) outs(%fv : tensor<?x3x3x?x64xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %x = arith.mulf %l, %r : f32
    %y = arith.addf %out, %x : f32
    linalg.yield %y : f32
  } -> tensor<?x3x3x?x64xf32>
  return %7 : tensor<?x3x3x?x64xf32>
}

func.func @alone(%s: tensor<?x3x3x?x?xf32>, %b: index, %m: index) -> tensor<?x9x?xf32> {
  %least = arith.constant 0xFF800000 : f32
  %e = tensor.empty(%b, %m) : tensor<?x9x?xf32>
  %f = linalg.fill ins(%least : f32) outs(%e : tensor<?x9x?xf32>) -> tensor<?x9x?xf32>
  %1 = tensor.collapse_shape %s [[0], [1, 2], [3], [4]] : tensor<?x3x3x?x?xf32> into tensor<?x9x?x?xf32>
  %2 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%1 : tensor<?x9x?x?xf32>) outs(%f : tensor<?x9x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %x = arith.maximumf %out, %in : f32
    linalg.yield %x : f32
  } -> tensor<?x9x?xf32>
  return %2 : tensor<?x9x?xf32>
}
