#ifndef COIL_PASSES_VECTORIZE_PASSES_TD
#define COIL_PASSES_VECTORIZE_PASSES_TD

include "mlir/Pass/PassBase.td"

def TileRowsPass : Pass<"vectorize-tile-rows", "mlir::func::FuncOp"> {
  let summary = "Do all ops of a kernel to one block of rows after the other";
  let description = [{
    Ops with `coil.rows`, their loops over rows (see `structure-group-rows`), go
    into a loop over blocks of rows: each works on views of its buffers, and what
    lies between them shrinks to a block, on the stack, or lies where the result
    will. A block is as many rows as keep all that is read and written in half of
    the first cache, but not so many that a core would have none. Where the last
    dimension goes over rows and others do not, lanes go along it: a block is lines
    of the cache of it, or all of it and steps of the next loop; where these pieces
    are a page apart, what is read twice is copied first, for they would be in each
    other's way in a cache. Threads share the loop if the rows repay it. A fill with `coil.rows` fills a frame, whose
    padding is the same for all rows: it is done once, before the loop.

    Before:
    ```mlir
    %m = memref.alloc() : memref<64xf32>
    linalg.generic {(i, j) -> (i)} ins(%x : memref<64x100xf32>) outs(%m) attrs = {coil.rows = array<i64: 0>} { maximumf }
    linalg.generic {(i, j)} ins(%x, %m) outs(%y) attrs = {coil.rows = array<i64: 0>} { exp(x - m) }
    ```
    After:
    ```mlir
    %m = memref.alloca() : memref<4xf32>
    scf.for %r = %c0 to %c64 step %c4 {
      %x4 = memref.subview %x[%r, 0] [4, 100] [1, 1]
      %y4 = memref.subview %y[%r, 0] [4, 100] [1, 1]
      linalg.generic {(i, j) -> (i)} ins(%x4) outs(%m) { maximumf }
      linalg.generic {(i, j)} ins(%x4, %m) outs(%y4) { exp(x - m) }
    }
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::scf::SCFDialect", "mlir::memref::MemRefDialect", "::coil::rt::RtDialect"];
}

def TileAttentionPass : Pass<"vectorize-tile-attention", "mlir::func::FuncOp"> {
  let summary = "Go through an attention by blocks of queries and keys";
  let description = [{
    Ops with `coil.attention` (see `structure-group-attention`) go into a loop over
    blocks of queries, which threads share, and one over blocks of keys inside:
    each works on views of its buffers, and the scores of a block are on the stack.
    Where the keys are more than a block, or only a run knows how many, the
    greatest score and the total of a row are of the blocks so far, and with each
    next one these and the sum of values are corrected for the new greatest
    (online softmax: Milakov and Gimelshein 2018, Dao et al. 2022). Rows are divided by their
    total after the sum over values, not before.

    Where rows are one block and heads, whose number must be known, fewer than
    cores, threads share the keys, 256 or more each; the greatest, total and sum of
    values that they leave are corrected for each other and added up by the caller's
    thread (flash-decoding: Dao et al. 2023).

    Where what is done to scores leaves -inf, or adds a number below -1e38, by what
    a mask tells, the mask's part for a block is looked at first, some rows at a
    time, the last ones first; if it hides all keys of the block from all rows, the
    block is passed over. Hidden scores of numbers below -1e38 count where a row has
    no others: if the greatest of a row is below -1e37 after all blocks, those that
    were passed over are done too. A NaN or infinity of a key or value in a block
    that is passed over is not in the result.

    One query, as a decoder has, is done for all heads that share its keys at once,
    so that these are read once, unless cores would be left without a head. Of f16 and
    bf16, queries, keys and values of a block are made f32 once, for eight rows or
    more. The stack takes 128 KiB of scores at most, the sums of values of their rows,
    and what is made f32. Sizes are `chooseAttentionTile`'s, in
    `passes/support/Attention.h`.

    Before:
    ```mlir
    linalg.generic {(h, s, t | d)} ins(%q, %k) outs(%s) attrs = {coil.attention = "products", ...}
    linalg.generic {(h, s | t)} ins(%s) outs(%m) attrs = {coil.attention = "greatest", ...}
    ...
    linalg.generic {(h, s, e | t)} ins(%w, %v) outs(%y) attrs = {coil.attention = "values", ...}
    ```
    After:
    ```mlir
    %s = memref.alloca() : memref<128x128xf32>
    rt.parallel %frame, %blocks grain %g {
    ^bb0(%begin: index, %end: index):
      scf.for %block = %begin to %end step %c1 {
        linalg.fill ... %greatest, %total, %sum
        scf.for %t = %c0 to %keys step %c128 {
          linalg.generic {(s, t | d)} ins(%queries, %keys128) outs(%s)
          linalg.generic {(s | t)} ins(%s) outs(%greatest)
          ...
          linalg.generic {(s, e | t)} ins(%s, %values128) outs(%sum)
        }
        linalg.generic {(s, e)} ins(%sum, %total) outs(%y) { divf }
      }
    }
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::math::MathDialect", "mlir::scf::SCFDialect", "mlir::memref::MemRefDialect",
    "::coil::rt::RtDialect"];
}

def ExpandWinogradPass : Pass<"vectorize-expand-winograd", "mlir::func::FuncOp"> {
  let summary = "Make convolutions in few multiplications loops around a product of matrices";
  let description = [{
    For each block of tiles: patches are transformed into scratch memory, each by
    a thread; a `linalg.generic` over the places of a patch, pixels, filters and
    channels, planned and emitted like any other; and its products are transformed
    back, with the elementwise op of the kernel on the result before it is stored.

    Before:
    ```mlir
    coil.winograd ins(%x, %u : memref<1x56x56x64xf32>, memref<36x1x64x64xf32>) outs(%y, %s : ...) {tile = 4, block = 28, ...}
    ```
    After:
    ```mlir
    scf.for %first = %c0 to %c196 step %c28 {
      rt.parallel %frame, %tiles grain %g { ... vector.load %x ... vector.store %patches }
      linalg.fill ... outs(%products : memref<36x28x64xf32, ...>)
      linalg.generic ... ins(%patches, %u : memref<36x28x64xf32, ...>, memref<36x1x64x64xf32>) outs(%products ...) { mulf, addf }
      rt.parallel %frame, %tiles grain %g { ... vector.load %products ... vector.store %y }
    }
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::scf::SCFDialect", "mlir::memref::MemRefDialect",
    "mlir::math::MathDialect", "mlir::linalg::LinalgDialect", "mlir::vector::VectorDialect", "::coil::rt::RtDialect"];
}

def PlanLoopsPass : Pass<"vectorize-plan-loops", "mlir::func::FuncOp"> {
  let summary = "Choose how each loop nest is vectorized, tiled, ordered and shared";
  let description = [{
    Writes `coil.loops` on each op that has one result, by the cost model in
    `passes/support` over the module's `coil.target`; an op that has the attribute
    keeps it. `vectorize-emit-loops` obeys. Loops are counted from the outermost
    that the op states. Fields:

    * `vectors`: lanes are elements of the result (`across`), terms of the sum
      (`along`), or there are none (`scalar`); `lane_loop`, `lanes`: of which loop,
      and how many.
    * `columns`: vectors side by side; `row_loop`, `rows`: steps of another loop
      that are taken at once. Rows x columns vectors are in registers.
    * `row_block`: so many rows go through all panels before the next ones do.
    * `unpack_from`: with so many rows or more, weights of few bits are unpacked a panel
      at a time, for all of them, in tiles of `unpacked_rows`.
    * `packed_input`: the input of which a strip of lanes is copied, or transposed, to a
      small buffer first; `packed_strips` of them at once.
    * `rows_together`: what is the same for all lanes, and lies side by side along
      the rows, is read as vectors of rows.
    * `term_loop`, `terms`: the sum that is unrolled, and how often.
    * `window`: how many of the innermost sums are done in one piece: what the
      windows of a tile read twice is loaded once.
    * `padded`: a last vector that is not full is computed whole.
    * `dot`: a step of the sum is a dot product of bytes or of bf16.
    * `half_sums`: so many products of f16 are summed up in f16, in runs of `terms`,
      and then added to a sum in f32.
    * `order`: all loops, the outermost first; those of the result before sums.
    * `shared_loop`: whose steps threads share, and `shared_inner` one further in, if
      the steps of both together are shared; `grain`: how many steps of the whole nest
      repay waking a thread.

    Sizes come from the model; before it from the op's `coil.tuning`, and before
    that from the options, which are for all ops of the function: to see what another
    tile becomes, or what it takes. Where they cannot be, a warning says why.

    Before:
    ```mlir
    linalg.generic {iterator_types = ["parallel"]} ins(%a : memref<8xf32>) outs(%b : memref<8xf32>) { math.exp }
    ```
    After:
    ```mlir
    linalg.generic {iterator_types = ["parallel"]} ins(%a : memref<8xf32>) outs(%b : memref<8xf32>)
        attrs = {coil.loops = {vectors = "across", lane_loop = 0, lanes = 4, columns = 2, order = array<i64: 0>}} { math.exp }
    ```
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", "0", "Elements of a vector (0: by the model)">,
    Option<"columns", "columns", "int64_t", "0", "Vectors of a tile that lie side by side (0: by the model)">,
    Option<"rows", "rows", "int64_t", "0", "Rows of a tile (0: by the model)">,
    Option<"terms", "terms", "int64_t", "0", "How often a sum is unrolled (0: by the model)">
  ];
}

def UnswitchBroadcastsPass : Pass<"vectorize-unswitch-broadcasts", "mlir::func::FuncOp"> {
  let summary = "Ask once whether a tensor is broadcast, not for each element";
  let description = [{
    Where only a run knows whether a dimension has one element for all, the body of
    an elementwise op selects an index. Each answer gets a loop of its own, in which
    elements lie side by side or are one. Up to three questions an op.

    Before:
    ```mlir
    linalg.generic ... { %j = arith.select %broadcast, %c0, %i : index  %0 = memref.load %x[%j] ... }
    ```
    After:
    ```mlir
    scf.if %broadcast {
      linalg.generic ... { %0 = memref.load %x[%c0] ... }
    } else {
      linalg.generic ... { %0 = memref.load %x[%i] ... }
    }
    ```
  }];
  let dependentDialects = ["mlir::scf::SCFDialect"];
}

def EmitLoopsPass : Pass<"vectorize-emit-loops", "mlir::func::FuncOp"> {
  let summary = "Make linalg ops loops over vectors";
  let description = [{
    One general path for every op, as its `coil.loops` says (see
    `vectorize-plan-loops`), which is checked: a plan may be written by hand. A
    reduction keeps a tile of rows x columns vectors in registers; what does not
    fill a tile is done with single and ever shorter vectors.

    Before:
    ```mlir
    linalg.generic {iterator_types = ["parallel"]} ins(%a : memref<8xf32>) outs(%b : memref<8xf32>)
        attrs = {coil.loops = {vectors = "across", lane_loop = 0, lanes = 4, columns = 1, order = array<i64: 0>}} { math.exp }
    ```
    After:
    ```mlir
    scf.for %i = %c0 to %c8 step %c4 {
      %0 = vector.load %a[%i] : memref<8xf32>, vector<4xf32>
      %1 = math.exp %0 : vector<4xf32>
      vector.store %1, %b[%i] : memref<8xf32>, vector<4xf32>
    }
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::scf::SCFDialect", "mlir::memref::MemRefDialect",
    "mlir::vector::VectorDialect", "mlir::affine::AffineDialect", "::coil::core::CoreDialect"];
}

def ApproximateMathPass : Pass<"vectorize-approximate-math", "mlir::func::FuncOp"> {
  let summary = "Compute functions as polynomials instead of calling libm";
  let description = [{
    Upstream's polynomials (1-4 ULP in f32) for exp, log, tanh, erf and their
    kin; f16 and bf16 are computed in f32. A loop without calls is one that
    vectorizes. Sine and cosine are left to libm: their polynomial is poor near
    zero. f64 is left to libm too. Of a number that is known not to be positive
    (`coil.nonpositive` on `math.exp`) the power needs no upper bound; where all that
    becomes of it is a / (exp x + 1), none of its care for the greatest numbers, and
    a product with 1 / (exp x + 1), a SiLU, is a quotient, and 1 + tanh x, in GELU's
    approximation, 2 / (exp(-2 x) + 1). ULP at most: exp and
    tanh 2, sigmoid and SiLU 4, erf 5. Where the
    machine's fused product overwrites its addend (`multiply_by_lane`), one that is
    a constant is a `coil.reload`, in loops. A vector divided by a constant is multiplied by
    its inverse and corrected by what is left over, right to the last bit.

    Before:
    ```mlir
    %0 = math.exp %x : f32
    ```
    After:
    ```mlir
    %0 = arith.mulf %x, %log2e : f32
    %1 = math.floor %0 : f32
    ...
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::math::MathDialect",
    "mlir::vector::VectorDialect", "::coil::core::CoreDialect"];
}

#endif // COIL_PASSES_VECTORIZE_PASSES_TD
