// RUN: coil-opt %s -split-input-file -verify-diagnostics -pass-pipeline='builtin.module(func.func(vectorize-emit-loops))'

// A plan may be written by hand; one that cannot be is refused with what was expected.

#id = affine_map<(d0) -> (d0)>
func.func @absent(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-error @+1 {{has no 'coil.loops'; vectorize-plan-loops writes it}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @kind(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-error @+1 {{'coil.loops': vectors is "up", expected "across", "along" or "scalar"}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.loops = {vectors = "up"}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @unknown(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-error @+1 {{has an unknown field 'tiles'}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.loops = {vectors = "scalar", tiles = 2 : i64}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @loop(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-error @+1 {{lane_loop is 1 : i64, expected a number up to 0}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @lanes(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-error @+1 {{lanes is 3, expected a power of two from 2 on}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 0 : i64, lanes = 3 : i64}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @order(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-error @+1 {{order must have each of the 1 loops once}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.loops = {vectors = "scalar"}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @list(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-error @+1 {{order is 0 : i64, expected array<i64: ...>}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.loops = {vectors = "scalar", order = 0 : i64}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @frame(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-error @+1 {{shared_loop needs the run's threads: a function whose first argument is the !rt.frame}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.loops = {vectors = "scalar", order = array<i64: 0>, shared_loop = 0 : i64}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @vectors(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-error @+1 {{without vectors there are no lanes, rows, columns, terms or dot products}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.loops = {vectors = "scalar", lanes = 4 : i64, order = array<i64: 0>}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @dot(%x: memref<16xf32>, %y: memref<16xf32>) {
  // expected-error @+1 {{dot needs a sum of products of bytes in quads, or of bf16 in pairs, which the target multiplies, and four lanes}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 0 : i64, lanes = 4 : i64, dot, order = array<i64: 0>}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @across(%a: memref<20x32xf32>, %b: memref<32x64xf32>, %c: memref<20x64xf32>) {
  // expected-error @+1 {{loop 0 cannot be the lanes across the result: what it reads and writes must lie side by side}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x32xf32>, memref<32x64xf32>) outs(%c : memref<20x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 0 : i64, lanes = 4 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @along(%a: memref<20x32xf32>, %b: memref<32x64xf32>, %c: memref<20x64xf32>) {
  // expected-error @+1 {{loop 2 cannot be the lanes along the sum: it must be a sum whose terms lie side by side}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x32xf32>, memref<32x64xf32>) outs(%c : memref<20x64xf32>)
      attrs = {coil.loops = {vectors = "along", lane_loop = 2 : i64, lanes = 4 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @rows(%a: memref<20x32xf32>, %b: memref<32x64xf32>, %c: memref<20x64xf32>) {
  // expected-error @+1 {{row_loop and rows belong together}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x32xf32>, memref<32x64xf32>) outs(%c : memref<20x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, row_loop = 0 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @tile(%a: memref<20x32xf32>, %b: memref<32x64xf32>, %c: memref<20x64xf32>) {
  // expected-error @+1 {{a tile of 60 rows of 2 vectors; expected 1 to 64 vectors}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x32xf32>, memref<32x64xf32>) outs(%c : memref<20x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, row_loop = 0 : i64, rows = 60 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @rowsum(%a: memref<20x32xf32>, %b: memref<32x64xf32>, %c: memref<20x64xf32>) {
  // expected-error @+1 {{row_loop 2 must be a loop of the result other than the lanes'}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x32xf32>, memref<32x64xf32>) outs(%c : memref<20x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, row_loop = 2 : i64, rows = 4 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @terms(%a: memref<20x32xf32>, %b: memref<32x64xf32>, %c: memref<20x64xf32>) {
  // expected-error @+1 {{term_loop and terms belong together}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x32xf32>, memref<32x64xf32>) outs(%c : memref<20x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, term_loop = 2 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @termloop(%a: memref<20x32xf32>, %b: memref<32x64xf32>, %c: memref<20x64xf32>) {
  // expected-error @+1 {{term_loop 0 must be a sum, with lanes across the result}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x32xf32>, memref<32x64xf32>) outs(%c : memref<20x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, term_loop = 0 : i64, terms = 4 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @inside(%a: memref<20x32xf32>, %b: memref<32x64xf32>, %c: memref<20x64xf32>) {
  // expected-error @+1 {{order has loop 1 of the result inside a sum}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x32xf32>, memref<32x64xf32>) outs(%c : memref<20x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, order = array<i64: 0, 2, 1>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n floordiv 16, k, n mod 16)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @panel(%a: memref<20x32xf32>, %b: memref<4x32x16xf32>, %c: memref<20x64xf32>) {
  // expected-error @+1 {{2 columns of 4 lanes, but the weights lie in panels of 16}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x32xf32>, memref<4x32x16xf32>) outs(%c : memref<20x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @dynamic(%a: memref<20x32xf32>, %b: memref<32x?xf32>, %c: memref<20x?xf32>) {
  // expected-error @+1 {{padded needs lanes across the result, of a known size}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x32xf32>, memref<32x?xf32>) outs(%c : memref<20x?xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, padded, order = array<i64: 0, 1, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @divides(%x: memref<16xi32>, %y: memref<16xi32>) {
  // expected-error @+1 {{padded lanes might divide by zero}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<16xi32>) outs(%y : memref<16xi32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 0 : i64, lanes = 4 : i64, padded, order = array<i64: 0>}} {
  ^bb0(%in: i32, %out: i32):
    %0 = arith.divsi %in, %in : i32
    linalg.yield %0 : i32
  }
  return
}

// -----

#r = affine_map<(m, k, l) -> (m, k, l)>
#s = affine_map<(m, k, l) -> (m)>
func.func @innermost(%x: memref<3x8x64xf32>, %y: memref<3xf32>) {
  // expected-error @+1 {{order must end with the sum that is taken by vectors, quads or terms}}
  linalg.generic {indexing_maps = [#r, #s], iterator_types = ["parallel", "reduction", "reduction"]} ins(%x : memref<3x8x64xf32>) outs(%y : memref<3xf32>)
      attrs = {coil.loops = {vectors = "along", lane_loop = 2 : i64, lanes = 4 : i64, order = array<i64: 0, 2, 1>}} {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#r = affine_map<(m, k) -> (m, k)>
#s = affine_map<(m, k) -> (m)>
func.func @sharedsum(%f: !rt.frame, %x: memref<3x64xf32>, %y: memref<3xf32>) {
  // expected-error @+1 {{shared_loop 1 is a sum: its parts are not independent}}
  linalg.generic {indexing_maps = [#r, #s], iterator_types = ["parallel", "reduction"]} ins(%x : memref<3x64xf32>) outs(%y : memref<3xf32>)
      attrs = {coil.loops = {vectors = "scalar", order = array<i64: 0, 1>, shared_loop = 1 : i64}} {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#x = affine_map<(m, n, k, q) -> (m, k, q)>
#w = affine_map<(m, n, k, q) -> (n floordiv 8, k, n mod 8, q)>
#y = affine_map<(m, n, k, q) -> (m, n)>
module attributes {coil.target = {dot_product = "s8s8"}} {
  func.func @quads(%x: memref<2x4x4xi8>, %w: memref<1x4x8x4xi8>, %y: memref<2x8xi32>) {
    // expected-error @+1 {{bytes in quads and bf16 in pairs are read by dot products only: dot is missing}}
    linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
        ins(%x, %w : memref<2x4x4xi8>, memref<1x4x8x4xi8>) outs(%y : memref<2x8xi32>)
        attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, padded, order = array<i64: 0, 1, 2, 3>}} {
    ^bb0(%a: i8, %b: i8, %out: i32):
      %0 = arith.extsi %a : i8 to i32
      %1 = arith.extsi %b : i8 to i32
      %2 = arith.muli %0, %1 : i32
      %3 = arith.addi %out, %2 : i32
      linalg.yield %3 : i32
    }
    return
  }
}

// -----

#x = affine_map<(m, n, k, q) -> (m, k, q)>
#w = affine_map<(m, n, k, q) -> (n floordiv 8, k, n mod 8, q)>
#y = affine_map<(m, n, k, q) -> (m, n)>
module attributes {coil.target = {dot_product = "s8s8"}} {
  func.func @quadterms(%x: memref<2x4x4xi8>, %w: memref<1x4x8x4xi8>, %y: memref<2x8xi32>) {
    // expected-error @+1 {{term_loop 3 must be the loop over the quads of the other factor}}
    linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
        ins(%x, %w : memref<2x4x4xi8>, memref<1x4x8x4xi8>) outs(%y : memref<2x8xi32>)
        attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, columns = 2 : i64, dot, term_loop = 3 : i64, terms = 4 : i64, order = array<i64: 0, 1, 2, 3>}} {
    ^bb0(%a: i8, %b: i8, %out: i32):
      %0 = arith.extsi %a : i8 to i32
      %1 = arith.extsi %b : i8 to i32
      %2 = arith.muli %0, %1 : i32
      %3 = arith.addi %out, %2 : i32
      linalg.yield %3 : i32
    }
    return
  }
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @rows_apart(%x: memref<8x16xf32>, %y: memref<8x16xf32>) {
  // expected-error @+1 {{rows_together needs an input that is the same for all lanes and lies side by side along the rows}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<8x16xf32>) outs(%y : memref<8x16xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, row_loop = 0 : i64, rows = 2 : i64, rows_together,
                             order = array<i64: 0, 1>}} {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#turned = affine_map<(d0, d1) -> (d1, d0)>
func.func @padded_square(%x: memref<15x8xf32>, %y: memref<8x15xf32>) {
  // expected-error @+1 {{padded lanes of what does not lie side by side}}
  linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<15x8xf32>) outs(%y : memref<8x15xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, row_loop = 0 : i64, rows = 4 : i64, padded,
                             order = array<i64: 1, 0>}} {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// -----

#q = affine_map<(m, n, k) -> (m, k)>
#k = affine_map<(m, n, k) -> (n, k)>
#s = affine_map<(m, n, k) -> (m, n)>
func.func @packed(%q: memref<8x8xf32>, %k: memref<4x8xf32>, %s: memref<8x4xf32>) {
  // expected-error @+1 {{input 0 cannot be packed: it must be what alone does not lie side by side along the lanes}}
  linalg.generic {indexing_maps = [#q, #k, #s], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<8x8xf32>, memref<4x8xf32>) outs(%s : memref<8x4xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, packed_input = 0 : i64, order = array<i64: 1, 0, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#q = affine_map<(h, m, n, k) -> (h, m, k)>
#k = affine_map<(h, m, n, k) -> (h, n, k)>
#s = affine_map<(h, m, n, k) -> (h, m, n)>
func.func @packed_outside(%q: memref<2x8x8xf32>, %k: memref<2x4x8xf32>, %s: memref<2x8x4xf32>) {
  // expected-error @+1 {{order has loop 0, which tells what is packed, inside the lanes' loop}}
  linalg.generic {indexing_maps = [#q, #k, #s], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x8x8xf32>, memref<2x4x8xf32>) outs(%s : memref<2x8x4xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 2 : i64, lanes = 4 : i64, packed_input = 1 : i64, order = array<i64: 2, 0, 1, 3>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (n floordiv 8, k, n mod 8)>
#y = affine_map<(m, n, k) -> (m, n)>
func.func @halves(%x: memref<2x32xf16>, %w: memref<1x32x8xf16>, %y: memref<2x8xf32>) {
  // expected-error @+1 {{half_sums needs a sum of products of f16, which the target adds and multiplies}}
  linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<2x32xf16>, memref<1x32x8xf16>) outs(%y : memref<2x8xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 8 : i64, columns = 1 : i64, term_loop = 2 : i64, terms = 8 : i64,
                             half_sums = 32 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%a: f16, %b: f16, %out: f32):
    %0 = arith.extf %a : f16 to f32
    %1 = arith.extf %b : f16 to f32
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.addf %out, %2 : f32
    linalg.yield %3 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @no_window(%x: memref<8x16xf32>, %w: memref<16x8xf32>, %y: memref<8x8xf32>) {
  // expected-error @+1 {{window needs lanes across the result, along which a window's image lies side by side, and no terms}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<8x16xf32>, memref<16x8xf32>) outs(%y : memref<8x8xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 4 : i64, window = 1 : i64, order = array<i64: 0, 1, 2>}} {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %0 = arith.mulf %p, %q : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#x = affine_map<(c, w, i) -> (w + i, c)>
#k = affine_map<(c, w, i) -> (i, c)>
#y = affine_map<(c, w, i) -> (w, c)>
func.func @long_window(%x: memref<2007x4xf32>, %k: memref<2000x4xf32>, %y: memref<8x4xf32>) {
  // expected-error @+1 {{window is 1: more than 1024 products in a tile}}
  linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %k : memref<2007x4xf32>, memref<2000x4xf32>) outs(%y : memref<8x4xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 0 : i64, lanes = 4 : i64, window = 1 : i64, order = array<i64: 1, 0, 2>}} {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %0 = arith.mulf %p, %q : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#x = affine_map<(c, w, i) -> (w + i, c)>
#k = affine_map<(c, w, i) -> (i, c)>
#y = affine_map<(c, w, i) -> (w, c)>
func.func @two_windows(%x: memref<10x4xf32>, %k: memref<3x4xf32>, %y: memref<8x4xf32>) {
  // expected-error @+1 {{window is 2, but loop 0 is no sum of a known size}}
  linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %k : memref<10x4xf32>, memref<3x4xf32>) outs(%y : memref<8x4xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 0 : i64, lanes = 4 : i64, window = 2 : i64, order = array<i64: 1, 0, 2>}} {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %0 = arith.mulf %p, %q : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @blocks(%a: memref<8x32xf32>, %b: memref<32x64xf32>, %c: memref<8x64xf32>) {
  // expected-error @+1 {{row_block 5 must be a multiple of rows}}
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x32xf32>, memref<32x64xf32>) outs(%c : memref<8x64xf32>)
      attrs = {coil.loops = {vectors = "across", lane_loop = 1 : i64, lanes = 8 : i64, columns = 1 : i64, row_loop = 0 : i64,
                             rows = 2 : i64, row_block = 5 : i64, order = array<i64: 1, 0, 2>}} {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>
func.func @inner(%f: !rt.frame, %x: memref<3x64xf32>, %y: memref<3x64xf32>) {
  // expected-error @+1 {{shared_inner 0 must be a loop of the result inside shared_loop}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<3x64xf32>) outs(%y : memref<3x64xf32>)
      attrs = {coil.loops = {vectors = "scalar", order = array<i64: 0, 1>, shared_loop = 1 : i64, shared_inner = 0 : i64}} {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}
