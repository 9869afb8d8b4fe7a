// RUN: coil-opt %s -split-input-file -verify-diagnostics -pass-pipeline='builtin.module(func.func(vectorize-emit-loops))'

// What a plan of a sum over blocks cannot say.

#x = affine_map<(m, g, n, word, quad) -> (m, g, word, quad)>
#w = affine_map<(m, g, n, word, quad) -> (n floordiv 8, g, word, n mod 8, quad)>
#t = affine_map<(m, g, n, word, quad) -> (m, g, n)>
#sums = affine_map<(m, n, g) -> (m, g, n)>
#scale = affine_map<(m, n, g) -> (n floordiv 8, g, n mod 8)>
#y = affine_map<(m, n, g) -> (m, n)>
func.func @blocks_scalar(%x: memref<2x4x4x4xf32>, %w: memref<2x4x4x8x4xi8>, %s: memref<2x4x8xf32>, %y: memref<2x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<2x4x16xf32>
  linalg.fill ins(%zero : f32) outs(%t : memref<2x4x16xf32>)
  linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : memref<2x4x4x4xf32>, memref<2x4x4x8x4xi8>) outs(%t : memref<2x4x16xf32>) {
  ^bb0(%a: f32, %b: i8, %acc: f32):
    %q = arith.uitofp %b : i8 to f32
    %m = arith.mulf %a, %q : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16xf32>)
  // expected-error @+1 {{sums of blocks are added up in four lanes or more across the result}}
  linalg.generic {indexing_maps = [#sums, #scale, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%t, %s : memref<2x4x16xf32>, memref<2x4x8xf32>) outs(%y : memref<2x16xf32>)
      attrs = {coil.loops = {vectors = "scalar", order = array<i64: 0, 1, 2>}} {
  ^bb0(%b: f32, %scale: f32, %acc: f32):
    %m = arith.mulf %b, %scale : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  return
}

// -----

#x = affine_map<(m, g, n, word, quad) -> (m, g, word, quad)>
#w = affine_map<(m, g, n, word, quad) -> (n floordiv 8, g, word, n mod 8, quad)>
#t = affine_map<(m, g, n, word, quad) -> (m, g, n)>
#sums = affine_map<(m, n, g) -> (m, g, n)>
#scale = affine_map<(m, n, g) -> (n floordiv 8, g, n mod 8)>
#y = affine_map<(m, n, g) -> (m, n)>
func.func @blocks_terms(%x: memref<2x4x4x4xf32>, %w: memref<2x4x4x8x4xi8>, %s: memref<2x4x8xf32>, %y: memref<2x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<2x4x16xf32>
  linalg.fill ins(%zero : f32) outs(%t : memref<2x4x16xf32>)
  linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : memref<2x4x4x4xf32>, memref<2x4x4x8x4xi8>) outs(%t : memref<2x4x16xf32>) {
  ^bb0(%a: f32, %b: i8, %acc: f32):
    %q = arith.uitofp %b : i8 to f32
    %m = arith.mulf %a, %q : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16xf32>)
  // expected-error @+1 {{sums of blocks are taken one at a time, without term_loop}}
  linalg.generic {indexing_maps = [#sums, #scale, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%t, %s : memref<2x4x16xf32>, memref<2x4x8xf32>) outs(%y : memref<2x16xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, term_loop = 2 : i64, terms = 4 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%b: f32, %scale: f32, %acc: f32):
    %m = arith.mulf %b, %scale : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  return
}

// -----

#x = affine_map<(m, g, n, word, quad) -> (m, g, word, quad)>
#w = affine_map<(m, g, n, word, quad) -> (n floordiv 8, g, word, n mod 8, quad)>
#t = affine_map<(m, g, n, word, quad) -> (m, g, n)>
#sums = affine_map<(m, n, g) -> (m, g, n)>
#scale = affine_map<(m, n, g) -> (n floordiv 8, g, n mod 8)>
#y = affine_map<(m, n, g) -> (m, n)>
func.func @unpacked_inside(%x: memref<2x4x4x4xf32>, %w: memref<2x4x4x8x4xi8>, %s: memref<2x4x8xf32>, %y: memref<2x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<2x4x16xf32>
  linalg.fill ins(%zero : f32) outs(%t : memref<2x4x16xf32>)
  linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : memref<2x4x4x4xf32>, memref<2x4x4x8x4xi8>) outs(%t : memref<2x4x16xf32>) {
  ^bb0(%a: f32, %b: i8, %acc: f32):
    %q = arith.uitofp %b : i8 to f32
    %m = arith.mulf %a, %q : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16xf32>)
  // expected-error @+1 {{unpack_from needs weights of few bits of which a panel fits a small buffer, and the lanes' loop outside that of the rows}}
  linalg.generic {indexing_maps = [#sums, #scale, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%t, %s : memref<2x4x16xf32>, memref<2x4x8xf32>) outs(%y : memref<2x16xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, row_loop = 0 : i64, rows = 2 : i64, unpack_from = 2 : i64, unpacked_rows = 2 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%b: f32, %scale: f32, %acc: f32):
    %m = arith.mulf %b, %scale : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  return
}

// -----

#x = affine_map<(m, g, n, word, quad) -> (m, g, word, quad)>
#w = affine_map<(m, g, n, word, quad) -> (n floordiv 8, g, word, n mod 8, quad)>
#t = affine_map<(m, g, n, word, quad) -> (m, g, n)>
#sums = affine_map<(m, n, g) -> (m, g, n)>
#scale = affine_map<(m, n, g) -> (n floordiv 8, g, n mod 8)>
#y = affine_map<(m, n, g) -> (m, n)>
func.func @unpacked_rows(%x: memref<2x4x4x4xf32>, %w: memref<2x4x4x8x4xi8>, %s: memref<2x4x8xf32>, %y: memref<2x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<2x4x16xf32>
  linalg.fill ins(%zero : f32) outs(%t : memref<2x4x16xf32>)
  linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : memref<2x4x4x4xf32>, memref<2x4x4x8x4xi8>) outs(%t : memref<2x4x16xf32>) {
  ^bb0(%a: f32, %b: i8, %acc: f32):
    %q = arith.uitofp %b : i8 to f32
    %m = arith.mulf %a, %q : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16xf32>)
  // expected-error @+1 {{unpacked_rows is 1, expected as many as rows where their number is known}}
  linalg.generic {indexing_maps = [#sums, #scale, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%t, %s : memref<2x4x16xf32>, memref<2x4x8xf32>) outs(%y : memref<2x16xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, row_loop = 0 : i64, rows = 2 : i64, unpack_from = 2 : i64, unpacked_rows = 1 : i64, order = array<i64: 1, 0, 2>}} {
  ^bb0(%b: f32, %scale: f32, %acc: f32):
    %m = arith.mulf %b, %scale : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  return
}

// -----

#x = affine_map<(m, g, n, word, quad) -> (m, g, word, quad)>
#w = affine_map<(m, g, n, word, quad) -> (n floordiv 8, g, word, n mod 8, quad)>
#t = affine_map<(m, g, n, word, quad) -> (m, g, n)>
#sums = affine_map<(m, n, g) -> (m, g, n)>
#scale = affine_map<(m, n, g) -> (n floordiv 8, g, n mod 8)>
#y = affine_map<(m, n, g) -> (m, n)>
func.func @unpacked_none(%x: memref<2x4x4x4xf32>, %w: memref<2x4x4x8x4xi8>, %s: memref<2x4x8xf32>, %y: memref<2x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<2x4x16xf32>
  linalg.fill ins(%zero : f32) outs(%t : memref<2x4x16xf32>)
  linalg.generic {indexing_maps = [#x, #w, #t], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : memref<2x4x4x4xf32>, memref<2x4x4x8x4xi8>) outs(%t : memref<2x4x16xf32>) {
  ^bb0(%a: f32, %b: i8, %acc: f32):
    %q = arith.uitofp %b : i8 to f32
    %m = arith.mulf %a, %q : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16xf32>)
  // expected-error @+1 {{a tile of 0 rows of 2 vectors; expected 1 to 64 vectors}}
  linalg.generic {indexing_maps = [#sums, #scale, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%t, %s : memref<2x4x16xf32>, memref<2x4x8xf32>) outs(%y : memref<2x16xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, row_loop = 0 : i64, rows = 2 : i64, unpack_from = 2 : i64, unpacked_rows = 0 : i64, order = array<i64: 1, 0, 2>}} {
  ^bb0(%b: f32, %scale: f32, %acc: f32):
    %m = arith.mulf %b, %scale : f32
    %r = arith.addf %acc, %m : f32
    linalg.yield %r : f32
  }
  return
}
