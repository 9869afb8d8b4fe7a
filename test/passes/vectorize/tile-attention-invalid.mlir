// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(vectorize-tile-attention))' -verify-diagnostics

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>

func.func @f(%q: memref<2x12x8xf32>, %k: memref<2x30x8xf32>, %v: memref<2x30x16xf32>, %y: memref<2x12x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %x = memref.alloc() : memref<2x12x30xf32>
  %m = memref.alloc() : memref<2x12xf32>
  %w = memref.alloc() : memref<2x12x30xf32>
  %l = memref.alloc() : memref<2x12xf32>
  %d = memref.alloc() : memref<2x12x30xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<2x12x30xf32>)
  linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x12x8xf32>, memref<2x30x8xf32>) outs(%x : memref<2x12x30xf32>)
      attrs = {coil.attention = "products", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%least : f32) outs(%m : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<2x12x30xf32>) outs(%m : memref<2x12xf32>)
      attrs = {coil.attention = "greatest", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.maximumf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  // expected-error@below {{'coil.attention' is "power", which is no part of an attention}}
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : memref<2x12x30xf32>, memref<2x12xf32>) outs(%w : memref<2x12x30xf32>)
      attrs = {coil.attention = "power", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.subf %a0, %a1 : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%zero : f32) outs(%l : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : memref<2x12x30xf32>) outs(%l : memref<2x12xf32>)
      attrs = {coil.attention = "total", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.addf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : memref<2x12x30xf32>, memref<2x12xf32>) outs(%d : memref<2x12x30xf32>)
      attrs = {coil.attention = "shares", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.divf %a0, %a1 : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x12x16xf32>)
  linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : memref<2x12x30xf32>, memref<2x30x16xf32>) outs(%y : memref<2x12x16xf32>)
      attrs = {coil.attention = "values", coil.keys = 3 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>

func.func @f(%q: memref<2x12x8xf32>, %k: memref<2x30x8xf32>, %v: memref<2x30x16xf32>, %y: memref<2x12x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %x = memref.alloc() : memref<2x12x30xf32>
  %m = memref.alloc() : memref<2x12xf32>
  %w = memref.alloc() : memref<2x12x30xf32>
  %l = memref.alloc() : memref<2x12xf32>
  %d = memref.alloc() : memref<2x12x30xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<2x12x30xf32>)
  linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x12x8xf32>, memref<2x30x8xf32>) outs(%x : memref<2x12x30xf32>)
      attrs = {coil.attention = "products", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%least : f32) outs(%m : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<2x12x30xf32>) outs(%m : memref<2x12xf32>)
      attrs = {coil.attention = "greatest", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.maximumf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : memref<2x12x30xf32>, memref<2x12xf32>) outs(%w : memref<2x12x30xf32>)
      attrs = {coil.attention = "powers", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.subf %a0, %a1 : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%zero : f32) outs(%l : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : memref<2x12x30xf32>) outs(%l : memref<2x12xf32>)
      attrs = {coil.attention = "total", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.addf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  // expected-error@below {{is the second one that is 'total' of an attention}}
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : memref<2x12x30xf32>, memref<2x12xf32>) outs(%d : memref<2x12x30xf32>)
      attrs = {coil.attention = "total", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.divf %a0, %a1 : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x12x16xf32>)
  linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : memref<2x12x30xf32>, memref<2x30x16xf32>) outs(%y : memref<2x12x16xf32>)
      attrs = {coil.attention = "values", coil.keys = 3 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>

func.func @f(%q: memref<2x12x8xf32>, %k: memref<2x30x8xf32>, %v: memref<2x30x16xf32>, %y: memref<2x12x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %x = memref.alloc() : memref<2x12x30xf32>
  %m = memref.alloc() : memref<2x12xf32>
  %w = memref.alloc() : memref<2x12x30xf32>
  %l = memref.alloc() : memref<2x12xf32>
  %d = memref.alloc() : memref<2x12x30xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<2x12x30xf32>)
  linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x12x8xf32>, memref<2x30x8xf32>) outs(%x : memref<2x12x30xf32>)
      attrs = {coil.attention = "products", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%least : f32) outs(%m : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<2x12x30xf32>) outs(%m : memref<2x12xf32>)
      attrs = {coil.attention = "greatest", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.maximumf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : memref<2x12x30xf32>, memref<2x12xf32>) outs(%w : memref<2x12x30xf32>)
      attrs = {coil.attention = "powers", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.subf %a0, %a1 : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%zero : f32) outs(%l : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : memref<2x12x30xf32>) outs(%l : memref<2x12xf32>)
      attrs = {coil.attention = "total", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.addf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : memref<2x12x30xf32>, memref<2x12xf32>) outs(%d : memref<2x12x30xf32>)
      attrs = {coil.attention = "shares", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.divf %a0, %a1 : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x12x16xf32>)
  // expected-error@below {{is of an attention that has no 'values'}}
  linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : memref<2x12x30xf32>, memref<2x30x16xf32>) outs(%y : memref<2x12x16xf32>)
      attrs = {coil.attention = "row", coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>

func.func @f(%q: memref<2x12x8xf32>, %k: memref<2x30x8xf32>, %v: memref<2x30x16xf32>, %y: memref<2x12x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %x = memref.alloc() : memref<2x12x30xf32>
  %m = memref.alloc() : memref<2x12xf32>
  %w = memref.alloc() : memref<2x12x30xf32>
  %l = memref.alloc() : memref<2x12xf32>
  %d = memref.alloc() : memref<2x12x30xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<2x12x30xf32>)
  linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x12x8xf32>, memref<2x30x8xf32>) outs(%x : memref<2x12x30xf32>)
      attrs = {coil.attention = "products", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%least : f32) outs(%m : memref<2x12xf32>)
  // expected-error@below {{'coil.rows' must name as many parallel loops of it as of the other parts}}
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<2x12x30xf32>) outs(%m : memref<2x12xf32>)
      attrs = {coil.attention = "greatest", coil.keys = 2 : i64, coil.rows = array<i64: 0, 2>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.maximumf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : memref<2x12x30xf32>, memref<2x12xf32>) outs(%w : memref<2x12x30xf32>)
      attrs = {coil.attention = "powers", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.subf %a0, %a1 : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%zero : f32) outs(%l : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : memref<2x12x30xf32>) outs(%l : memref<2x12xf32>)
      attrs = {coil.attention = "total", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.addf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : memref<2x12x30xf32>, memref<2x12xf32>) outs(%d : memref<2x12x30xf32>)
      attrs = {coil.attention = "shares", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.divf %a0, %a1 : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x12x16xf32>)
  linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : memref<2x12x30xf32>, memref<2x30x16xf32>) outs(%y : memref<2x12x16xf32>)
      attrs = {coil.attention = "values", coil.keys = 3 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>

func.func @f(%q: memref<2x12x8xf32>, %k: memref<2x30x8xf32>, %v: memref<2x30x16xf32>, %y: memref<2x12x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %x = memref.alloc() : memref<2x12x30xf32>
  %m = memref.alloc() : memref<2x12xf32>
  %w = memref.alloc() : memref<2x12x30xf32>
  %l = memref.alloc() : memref<2x12xf32>
  %d = memref.alloc() : memref<2x12x30xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<2x12x30xf32>)
  linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x12x8xf32>, memref<2x30x8xf32>) outs(%x : memref<2x12x30xf32>)
      attrs = {coil.attention = "products", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%least : f32) outs(%m : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<2x12x30xf32>) outs(%m : memref<2x12xf32>)
      attrs = {coil.attention = "greatest", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.maximumf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : memref<2x12x30xf32>, memref<2x12xf32>) outs(%w : memref<2x12x30xf32>)
      attrs = {coil.attention = "powers", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.subf %a0, %a1 : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%zero : f32) outs(%l : memref<2x12xf32>)
  // expected-error@below {{'coil.keys' must name a loop of it that is none of its rows}}
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : memref<2x12x30xf32>) outs(%l : memref<2x12xf32>)
      attrs = {coil.attention = "total", coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.addf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : memref<2x12x30xf32>, memref<2x12xf32>) outs(%d : memref<2x12x30xf32>)
      attrs = {coil.attention = "shares", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.divf %a0, %a1 : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x12x16xf32>)
  linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : memref<2x12x30xf32>, memref<2x30x16xf32>) outs(%y : memref<2x12x16xf32>)
      attrs = {coil.attention = "values", coil.keys = 3 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>

func.func @f(%q: memref<2x12x8xf32>, %k: memref<2x30x8xf32>, %v: memref<2x30x16xf32>, %y: memref<2x12x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %x = memref.alloc() : memref<2x12x30xf32>
  %m = memref.alloc() : memref<2x12xf32>
  %w = memref.alloc() : memref<2x12x30xf32>
  %l = memref.alloc() : memref<2x12xf32>
  %d = memref.alloc() : memref<2x12x30xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<2x12x30xf32>)
  linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x12x8xf32>, memref<2x30x8xf32>) outs(%x : memref<2x12x30xf32>)
      attrs = {coil.attention = "products", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%least : f32) outs(%m : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<2x12x30xf32>) outs(%m : memref<2x12xf32>)
      attrs = {coil.attention = "greatest", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.maximumf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %m : memref<2x12x30xf32>, memref<2x12xf32>) outs(%w : memref<2x12x30xf32>)
      attrs = {coil.attention = "powers", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.subf %a0, %a1 : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  }
  // expected-error@below {{must sum up what a fill begins}}
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : memref<2x12x30xf32>) outs(%l : memref<2x12xf32>)
      attrs = {coil.attention = "total", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.addf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : memref<2x12x30xf32>, memref<2x12xf32>) outs(%d : memref<2x12x30xf32>)
      attrs = {coil.attention = "shares", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.divf %a0, %a1 : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x12x16xf32>)
  linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : memref<2x12x30xf32>, memref<2x30x16xf32>) outs(%y : memref<2x12x16xf32>)
      attrs = {coil.attention = "values", coil.keys = 3 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#queries = affine_map<(h, s, t, d) -> (h, s, d)>
#keys = affine_map<(h, s, t, d) -> (h, t, d)>
#scores = affine_map<(h, s, t, d) -> (h, s, t)>
#id = affine_map<(h, s, t) -> (h, s, t)>
#row = affine_map<(h, s, t) -> (h, s)>
#shares = affine_map<(h, s, e, t) -> (h, s, t)>
#values = affine_map<(h, s, e, t) -> (h, t, e)>
#result = affine_map<(h, s, e, t) -> (h, s, e)>

func.func @f(%q: memref<2x12x8xf32>, %k: memref<2x30x8xf32>, %v: memref<2x30x16xf32>, %y: memref<2x12x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %x = memref.alloc() : memref<2x12x30xf32>
  %m = memref.alloc() : memref<2x12xf32>
  %w = memref.alloc() : memref<2x12x30xf32>
  %l = memref.alloc() : memref<2x12xf32>
  %d = memref.alloc() : memref<2x12x30xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<2x12x30xf32>)
  linalg.generic {indexing_maps = [#queries, #keys, #scores], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x12x8xf32>, memref<2x30x8xf32>) outs(%x : memref<2x12x30xf32>)
      attrs = {coil.attention = "products", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%least : f32) outs(%m : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : memref<2x12x30xf32>) outs(%m : memref<2x12xf32>)
      attrs = {coil.attention = "greatest", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.maximumf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  // expected-error@below {{does not read what the 'products' of its attention are}}
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %m : memref<2x12x30xf32>, memref<2x12xf32>) outs(%w : memref<2x12x30xf32>)
      attrs = {coil.attention = "powers", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.subf %a0, %a1 : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  }
  linalg.fill ins(%zero : f32) outs(%l : memref<2x12xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w : memref<2x12x30xf32>) outs(%l : memref<2x12xf32>)
      attrs = {coil.attention = "total", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %out: f32):
    %0 = arith.addf %out, %a0 : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %l : memref<2x12x30xf32>, memref<2x12xf32>) outs(%d : memref<2x12x30xf32>)
      attrs = {coil.attention = "shares", coil.keys = 2 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.divf %a0, %a1 : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x12x16xf32>)
  linalg.generic {indexing_maps = [#shares, #values, #result], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%d, %v : memref<2x12x30xf32>, memref<2x30x16xf32>) outs(%y : memref<2x12x16xf32>)
      attrs = {coil.attention = "values", coil.keys = 3 : i64, coil.rows = array<i64: 0, 1>} {
  ^bb0(%a0: f32, %a1: f32, %out: f32):
    %0 = arith.mulf %a0, %a1 : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}
