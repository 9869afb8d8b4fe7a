#ifndef COIL_PASSES_STRUCTURE_PASSES_TD
#define COIL_PASSES_STRUCTURE_PASSES_TD

include "mlir/Pass/PassBase.td"
include "passes/structure/KernelPasses.td"

def StorageTypesPass : Pass<"structure-storage-types", "mlir::func::FuncOp"> {
  let summary = "Give every tensor the element type it has in memory";
  let description = [{
    Unsigned integers become signless, as arith computes them. Booleans, integers
    of 2 or 4 bits and floats of 4 or 8 become bytes, one an element, so that
    memory is never addressed by the bit. Scalars in bodies stay i1, i4 or
    f8E5M2; the crossing is explicit.

    Before:
    ```mlir
    %r = linalg.generic ... ins(%a : tensor<4xui8>) outs(%e : tensor<4xi1>) {
    ^bb0(%in: ui8, %out: i1):
      %0 = coil.sign %in : ui8 to i8
      %1 = arith.cmpi ugt, %0, %c7 : i8
      linalg.yield %1 : i1
    }
    ```
    After:
    ```mlir
    %r = linalg.generic ... ins(%a : tensor<4xi8>) outs(%e : tensor<4xi8>) {
    ^bb0(%in: i8, %out: i8):
      %1 = arith.cmpi ugt, %in, %c7 : i8
      %2 = arith.extui %1 : i1 to i8
      linalg.yield %2 : i8
    }
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect"];
}

def SmallFloatsPass : Pass<"structure-small-floats", "mlir::func::FuncOp"> {
  let summary = "Expand conversions from and to floats of 4 or 8 bits";
  let description = [{
    No machine that COIL compiles for converts them, nor does LLVM. arith.extf and
    arith.truncf become arithmetic on the bits, for each format that APFloat
    describes, so that vectors of them are vectors of integers.

    Before:
    ```mlir
    %1 = arith.extf %0 : f8E8M0FNU to f32
    ```
    After:
    ```mlir
    %1 = arith.bitcast %0 : f8E8M0FNU to i8
    %2 = arith.extui %1 : i8 to i32
    %3 = arith.shli %2, %c23_i32 : i32
    %4 = arith.cmpi eq, %2, %c0_i32 : i32
    %5 = arith.select %4, %c4194304_i32, %3 : i32
    %6 = arith.cmpi eq, %2, %c255_i32 : i32
    %7 = arith.select %6, %c2143289344_i32, %5 : i32
    %8 = arith.bitcast %7 : i32 to f32
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect"];
}

def BlockProductsPass : Pass<"structure-block-products", "mlir::func::FuncOp"> {
  let summary = "Keep weights of few bits in blocks as they are, and multiply by their integers";
  let description = [{
    A product with a constant matrix of integers of 2, 4 or 8 bits, which a scale
    and perhaps a zero point of each block along the sum make real before it,
    becomes a sum over the integers of each block, and a sum over blocks that
    applies scale and zero point to it. One block may be the whole depth. Where the
    other factor is quantized to bytes in the same blocks, the inner sum is one of
    products of bytes. The weight is packed by ops that constant folding carries
    out: several elements to a byte, the first of them in the lowest bits, four
    bytes of a column side by side, and columns in panels as wide as the register
    tile. The two sums are to become one kernel (`structure-outline-kernels`).

    Before:
    ```mlir
    %w = linalg.generic ins(%q, %s : tensor<64x3x32xi8>, tensor<64x3xf32>) { sitofp(extui(q) - 8) * s }
    %c = tensor.collapse_shape %w : tensor<64x3x32xf32> into tensor<64x96xf32>
    %y = linalg.generic {(m, n, k)} ins(%x, %c : tensor<?x96xf32>, tensor<64x96xf32>) { acc + x * w }
    ```
    After:
    ```mlir
    %t = ... : tensor<2x3x4x32x4xi8>   // two elements to a byte
    %b = linalg.generic {(m, g, n, word, part, quad)} ins(%xb, %t) { acc + x * uitofp(t >> part * 4 & 15) }
    %u = linalg.generic {(m, g, j)} ins(%xb) { acc + x }
    %y = linalg.generic {(m, n, g)} ins(%b, %s, %u) { acc + (b - u * 8) * s }
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect",
    "mlir::arith::ArithDialect"];
}

def IntegerSumsPass : Pass<"structure-integer-sums", "mlir::func::FuncOp"> {
  let summary = "Sum up products of bytes, and put zero points and scales behind the sum";
  let description = [{
    A product of matrices or a convolution of a quantized tensor and a quantized
    weight, written over the reals that they stand for or over integers less
    their zero points, becomes a sum of products of the bytes. What zero points
    and scales make of it is done once an element of the result; what of that
    depends on the weight alone is left to constant folding. Where
    `dot_product` of the module's `coil.target` wants factors of another sign, the
    highest bits are turned and the zero points with them.

    Before:
    ```mlir
    %x = linalg.generic ins(%q, %sx, %zx : tensor<64x32xi8>, tensor<f32>, tensor<i8>) { (extui - extui) * scale }
    %w = linalg.generic ins(%p, %sw : tensor<32x16xi8>, tensor<f32>) { extsi * scale }
    %y = linalg.generic {(m, n, k)} ins(%x, %w) { acc + x * w }
    ```
    After:
    ```mlir
    %s = linalg.generic {(m, n, k)} ins(%q, %p : tensor<64x32xi8>, tensor<32x16xi8>) { acc + extui * extsi }
    %c = linalg.generic {(k, n)} ins(%p) { acc + extsi }
    %z = linalg.generic ins(%c, %zx) { muli }
    %y = linalg.generic ins(%s, %z, %scale) { sitofp(s - z) * scale }
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect",
    "mlir::arith::ArithDialect"];
}

def FoldConstantsPass : Pass<"structure-fold-constants", "mlir::ModuleOp"> {
  let summary = "Compute what depends on constants only";
  let description = [{
    Whatever turns weights into other weights is done here, once, and not in
    each run: transposition, packing, normalization's arithmetic. What it was
    made of goes away, so that the artifact doesn't hold both. Where the result
    is larger than what it is made of, a broadcast or weights that are stored in
    few bits, computing it anew costs less than reading it, and it stays.

    Before:
    ```mlir
    %w = arith.constant dense_resource<w> : tensor<3x4096xf32>
    %t = linalg.transpose ins(%w) outs(%e : tensor<4096x3xf32>) permutation = [1, 0]
    ```
    After:
    ```mlir
    %t = arith.constant dense_resource<w_1> : tensor<4096x3xf32>
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect"];
}

def ChooseLayoutsPass : Pass<"structure-choose-layouts", "mlir::func::FuncOp"> {
  let summary = "Lay images out with their channels last";
  let description = [{
    From a convolution on, images lie in memory with their channels last, as far
    as ops say by maps what they read: loop nests, slices, joins, reshapes that
    keep together what lies together. Where the model's own order is needed
    again (a result, another reshape, control flow) a transposition is made. An
    image of fewer than eight channels is read as it lies.

    Before:
    ```mlir
    %y = linalg.generic {(n, m, h, w, c, i, j)} ins(%x : tensor<1x16x30x30xf32>, %k) outs(%z : tensor<1x32x28x28xf32>)
    ```
    After:
    ```mlir
    %t = linalg.generic ins(%x) { transposed } -> tensor<1x30x30x16xf32>
    %y = linalg.generic {(n, h, w, m, i, j, c)} ins(%t, %k) outs(%z : tensor<1x28x28x32xf32>)
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect",
    "mlir::arith::ArithDialect"];
}

def SettleSizesPass : Pass<"structure-settle-sizes", "mlir::func::FuncOp"> {
  let summary = "Make sizes that a run requires to be equal one value";
  let description = [{
    A requirement that two sizes are equal moves to the front, with what these are
    computed from, and all that follows uses the one that takes less. An index that
    is chosen by whether such a size is 1, for then a tensor would be repeated along
    it, is the loop's own where the loop has that size; what is read at the loops'
    own indices becomes an input with a map.

    Before:
    ```mlir
    %e = tensor.empty(%m) : tensor<?xf32>
    %r = linalg.generic ... ins(%mask : tensor<?xf32>) outs(%e : tensor<?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %i = linalg.index 0 : index
      %0 = arith.select %n_is_one, %c0, %i : index
      %x = tensor.extract %scores[%0] : tensor<?xf32>
      %1 = arith.addf %x, %in : f32
      linalg.yield %1 : f32
    }
    %same = arith.cmpi eq, %m, %n : index
    coil.require %same, "..."
    ```
    After:
    ```mlir
    %same = arith.cmpi eq, %m, %n : index
    coil.require %same, "..."
    %e = tensor.empty(%n) : tensor<?xf32>
    %r = linalg.generic ... ins(%mask, %scores : tensor<?xf32>, tensor<?xf32>) outs(%e : tensor<?xf32>) {
    ^bb0(%in: f32, %x: f32, %out: f32):
      %1 = arith.addf %x, %in : f32
      linalg.yield %1 : f32
    }
    ```
  }];
  let dependentDialects = ["mlir::tensor::TensorDialect"];
}

def HoistRepeatsPass : Pass<"structure-hoist-repeats", "mlir::func::FuncOp"> {
  let summary = "Repeat masks and factors, and not the scores of an attention";
  let description = [{
    Between a product and the softmax of its rows, elementwise ops may read at indices
    that a run chooses: what has one element along a loop is repeated along it.
    What they read becomes an input with a map. A mask is repeated in memory, over
    the loops that it is read by: it has no heads. Where the product's result may be
    repeated, its factors are, and it is made with the larger size. Not if a mask is as
    large as the scores, or others read these.

    Before:
    ```mlir
    %p = linalg.generic {(h, s, t | d)} ins(%q, %k) { mulf, addf }
    %x = linalg.generic {(h, r, t)} {
      %s = arith.select %s_is_one, %c0, %r : index
      %a = tensor.extract %p[%h, %s, %t] : tensor<4x?x?xf32>
      %m = arith.select %m_is_one, %c0, %r : index
      %b = tensor.extract %mask[%m, %t] : tensor<?x?xf32>
      %c = arith.addf %a, %b : f32
      linalg.yield %c : f32
    }
    ```
    After:
    ```mlir
    %q2 = linalg.generic {(h, r, d)} { tensor.extract %q[%h, %s, %d] }
    %p = linalg.generic {(h, r, t | d)} ins(%q2, %k) { mulf, addf }
    %m = linalg.generic {(r, t)} { tensor.extract %mask[%m, %t] }
    %x = linalg.generic {(h, r, t)} ins(%p, %m) { addf }
    ```
  }];
  let dependentDialects = ["mlir::tensor::TensorDialect"];
}

def SplitConcatsPass : Pass<"structure-split-concats", "mlir::func::FuncOp"> {
  let summary = "Do to each part of a concatenation what is done to the whole";
  let description = [{
    An elementwise op that alone reads a concatenation of up to four tensors becomes
    one for each, and their results are joined: no part is copied first, and each
    op can be fused with who makes its part. Not where the op also reads a sum,
    whose tiles it is done to, nor where the parts would be shorter than a vector.

    Before:
    ```mlir
    %0 = tensor.insert_slice %a into %e[0, 0] [8, 32] [1, 1]
    %1 = tensor.insert_slice %b into %0[0, 32] [8, 32] [1, 1]
    %2 = linalg.generic ... ins(%1, %c : tensor<8x64xf32>, tensor<64xf32>) { arith.mulf }
    ```
    After:
    ```mlir
    %c0 = tensor.extract_slice %c[0] [32] [1]
    %0 = linalg.generic ... ins(%a, %c0 : tensor<8x32xf32>, tensor<32xf32>) { arith.mulf }
    %1 = tensor.insert_slice %0 into %e[0, 0] [8, 32] [1, 1]
    %c1 = tensor.extract_slice %c[32] [32] [1]
    %2 = linalg.generic ... ins(%b, %c1 : tensor<8x32xf32>, tensor<32xf32>) { arith.mulf }
    %3 = tensor.insert_slice %2 into %1[0, 32] [8, 32] [1, 1]
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def FuseElementwisePass : Pass<"structure-fuse-elementwise", "mlir::func::FuncOp"> {
  let summary = "Fuse elementwise producers into their only consumer";
  let description = [{
    Upstream's fusion of linalg ops, steered: a producer with one use goes into
    its consumer unless that would compute an element more than once, as in a
    contraction that reads its operand once a column, or in a broadcast. What
    costs next to nothing, a conversion or a sum, goes in even then. Where a sum
    reads axes that were repeated and collapsed into one, they are expanded again,
    so that the broadcast too is but a map. A remark says of each producer that
    stays apart why.

    Before:
    ```mlir
    %0 = linalg.generic ... ins(%a, %b) { arith.addf }
    %1 = linalg.generic ... ins(%0) { math.exp }
    ```
    After:
    ```mlir
    %1 = linalg.generic ... ins(%a, %b) { arith.addf, math.exp }
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect",
    "mlir::affine::AffineDialect"];
}

def TabulateBytesPass : Pass<"structure-tabulate-bytes", "mlir::func::FuncOp"> {
  let summary = "Make a long function of one byte a table of 256";
  let description = [{
    What a quantized model does to the elements of a tensor, real for a while and
    rounded to a byte again, is a function of one byte wherever it begins and ends
    with one. Where it is long, constant folding computes all of its values, and
    the run looks them up.

    Before:
    ```mlir
    %y = linalg.generic ins(%x : tensor<8xi8>) outs(%e : tensor<8xi8>) { fptosi(round(sigmoid(uitofp(x) * s) / t)) }
    ```
    After:
    ```mlir
    %t = linalg.generic ins(%bytes : tensor<256xi8>) outs(%e : tensor<256xi8>) { fptosi(round(sigmoid(...))) }
    %y = linalg.generic ins(%x : tensor<8xi8>) outs(%e : tensor<8xi8>) { tensor.extract %t[index_castui(x)] }
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect",
    "mlir::arith::ArithDialect"];
}

def ApplyTuningPass : Pass<"structure-apply-tuning", "mlir::ModuleOp"> {
  let summary = "Give each op what a tuning says of its kernel";
  let description = [{
    `coil.tuning` of the module, which the driver makes of `--tuning=FILE`, names
    kernels and choices that were measured: any of the fields `lanes`, `columns`,
    `row_loop`, `rows`, `term_loop`, `terms`, `order`, `shared_loop` of
    `coil.loops` (see `vectorize-plan-loops`). Each op gets those of its kernel and
    the kernel's name; `structure-pack-weights` and `vectorize-plan-loops` take
    them where the cost model would choose. Without the attribute nothing is done.

    Before:
    ```mlir
    module attributes {coil.tuning = {"map 4096 f32 f32 #a3d1c9f0" = {lanes = 8}}} {
      linalg.generic {iterator_types = ["parallel"]} ins(%a : tensor<4096xf32>) outs(%b : tensor<4096xf32>) { math.exp }
    ```
    After:
    ```mlir
    module {
      linalg.generic {iterator_types = ["parallel"]} ins(%a : tensor<4096xf32>) outs(%b : tensor<4096xf32>)
          attrs = {coil.tuning = {kernel = "map 4096 f32 f32 #a3d1c9f0", lanes = 8}} { math.exp }
    ```
  }];
}

def HalfArithmeticPass : Pass<"structure-half-arithmetic", "mlir::func::FuncOp"> {
  let summary = "Compute on f16 what gives the same bits there";
  let description = [{
    The body of an elementwise op that does one operation to f16, by way of f32,
    does it in f16: a sum, product, quotient or root is rounded to the same bits,
    and the greater of two, an absolute value, are exact. Only where the module's
    `coil.target` has `half_arithmetic`. What rounds twice stays in f32.

    Before:
    ```mlir
    %0 = arith.extf %a : f16 to f32
    %1 = arith.extf %b : f16 to f32
    %2 = arith.addf %0, %1 : f32
    %3 = arith.truncf %2 : f32 to f16
    ```
    After:
    ```mlir
    %3 = arith.addf %a, %b : f16
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect"];
}

def WinogradPass : Pass<"structure-winograd", "mlir::func::FuncOp"> {
  let summary = "Convolve by 3 x 3 in fewer multiplications, where that is faster";
  let description = [{
    Convolutions of f32 by a constant window of 3 x 3, stride and dilation 1,
    one group, channels last, become `coil.winograd`, where the model in
    `passes/support` over the module's `coil.target` says that they take 5% less
    time so, and save enough for each byte by which the filters grow. Zeros around an image need no copy of it then. The filter's
    transformation and its panels are ops on a constant, which
    `structure-fold-constants` carries out. A remark says of each convolution which
    way it goes, and why.

    Before:
    ```mlir
    %p = tensor.insert_slice %x into %zeros[0, 1, 1, 0] [1, 56, 56, 64] [1, 1, 1, 1] : tensor<1x56x56x64xf32> into tensor<1x58x58x64xf32>
    %y = linalg.generic ... ins(%p, %w : tensor<1x58x58x64xf32>, tensor<64x64x3x3xf32>) outs(%z : tensor<1x56x56x64xf32>) { mulf, addf }
    ```
    After:
    ```mlir
    %u = linalg.pack %transformed ... -> tensor<36x1x64x64xf32>
    %y:2 = coil.winograd ins(%x, %u : tensor<1x56x56x64xf32>, tensor<36x1x64x64xf32>) outs(%e, %s : ...)
        {tile = 4, block = 28, pads = array<i64: 1, 1>}
    ```
  }];
  let options = [Option<"tile", "tile", "std::string", /*default=*/"\"auto\"",
    "pixels of a tile, each way: `2` or `4` wherever the op can be, `auto` where the model prefers it, `off` nowhere">];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect",
    "::coil::core::CoreDialect"];
}

def AlignSumsPass : Pass<"structure-align-sums", "mlir::func::FuncOp"> {
  let summary = "Put the factors of a row's sum side by side";
  let description = [{
    Where no result of a sum lies beside another one, as of a convolution with one
    filter, the lanes of a vector are terms of the sum. For that the factors lie side
    by side along one of its loops: that of an input which a run brings. A constant is
    transposed, which constant folding carries out; past dimensions of one element any
    input is, since that moves nothing.

    Before:
    ```mlir
    %y = linalg.generic {(m, n, k)} ins(%x : tensor<8x32xf32>, %w : tensor<32x1xf32>) { (m, k), (k, n) }
    ```
    After:
    ```mlir
    %c = tensor.collapse_shape %w [[0, 1]] : tensor<32x1xf32> into tensor<32xf32>
    %v = tensor.expand_shape %c [[0, 1]] output_shape [1, 32] : tensor<32xf32> into tensor<1x32xf32>
    %y = linalg.generic {(m, n, k)} ins(%x : tensor<8x32xf32>, %v : tensor<1x32xf32>) { (m, k), (n, k) }
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def PackWeightsPass : Pass<"structure-pack-weights", "mlir::func::FuncOp"> {
  let summary = "Put weights in the order in which a tile of the result reads them";
  let description = [{
    A constant that a sum reads, and that changes along the lanes of the result,
    is cut into panels as wide as the register tile of the module's
    `coil.target`; inside a panel it lies in the order of the loops. The last
    panel is filled up with zeros. The packing is a `linalg.pack` of a constant,
    which constant folding carries out.

    Before:
    ```mlir
    %y = linalg.generic {(m, n, k)} ins(%x : tensor<64x32xf32>, %w : tensor<100x32xf32>) { (m, k), (n, k) }
    ```
    After:
    ```mlir
    %p = linalg.pack %w padding_value(%zero) inner_dims_pos = [0] inner_tiles = [48] -> tensor<3x32x48xf32>
    %y = linalg.generic {(m, n, k)} ins(%x, %p : tensor<3x32x48xf32>) { (m, k), (n floordiv 48, k, n mod 48) }
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect",
    "mlir::arith::ArithDialect"];
}

#endif // COIL_PASSES_STRUCTURE_PASSES_TD
