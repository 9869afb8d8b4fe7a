//===- BlockProducts.cpp - products with weights in blocks of few bits ----===//
//
// Comes in: a product of reals with a constant matrix of integers of 2, 4 or 8
// bits, with a scale and perhaps a zero point for each block along the sum, which
// are applied before it. Goes out: sums over the integers of a block, and a sum
// over the blocks which applies them:
//
//   y[m, n] = sum_g s[n, g] sx[m, g] (sum_j x[m, g, j] q[n, g, j] - z[n, g] sum_j x[m, g, j])
//
// x is bytes where the model quantizes it in the same blocks, else reals, with
// no sx. The weight stays in its bits: several elements to a byte, four bytes of
// a column side by side, columns in panels as wide as the register tile. How
// they lie is written down as ops on constants, and read back by the body.
//
// Before constants are folded, which carries the packing out, and before fusion,
// which would take the unpacking to where it is done in each run.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "passes/structure/BlockQuantized.h"
#include "passes/structure/Quantized.h"
#include "passes/support/FewBits.h"

namespace coil {
#define GEN_PASS_DEF_BLOCKPRODUCTSPASS
#include "passes/structure/Passes.h.inc"

using Kind = utils::IteratorType;
static constexpr Kind kParallel = Kind::parallel, kReduction = Kind::reduction;

namespace {
/// A product of rows x[..., k] and a matrix, of which blocks are known.
struct Product {
  linalg::GenericOp op;
  unsigned x, w;     // inputs
  unsigned column;   // the loop along the columns of the result
  BlockMatrix matrix;
  std::optional<BlockQuantized> rows; // x, quantized in the same blocks
};

/// The sizes that go with a product, and how its weight is stored.
struct Layout {
  int64_t columns, blocks, terms; // terms: of a block, rounded up to whole words
  int64_t bits, panel;
  int64_t offset = 0;             // an element as it is stored, less the integer
  bool isUnsigned = true;         // as it is stored

  int64_t parts() const { return 8 / bits; }
  int64_t words() const { return terms / (4 * parts()); }
};

struct BlockProductsPass : impl::BlockProductsPassBase<BlockProductsPass> {
  void runOnOperation() override {
    machine = Machine::of(getOperation());
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops)
      if (auto product = match(op))
        rewrite(*product);
  }

  //===--------------------------------------------------------------------===//
  // What there is
  //===--------------------------------------------------------------------===//

  static std::optional<Product> match(linalg::GenericOp op) {
    auto pair = factorsOfSum(op);
    if (!pair || !pair->first.getType().isF32() || op.getNumDpsInputs() != 2 || op.getNumReductionLoops() != 1)
      return std::nullopt;
    auto input = [&](Value v) -> std::optional<unsigned> {
      if (auto widen = v.getDefiningOp<arith::ExtFOp>())
        v = widen.getIn();
      auto argument = dyn_cast<BlockArgument>(v);
      return argument && argument.getOwner() == op.getBody() ? std::optional(argument.getArgNumber()) : std::nullopt;
    };
    auto a = input(pair->first), b = input(pair->second);
    if (!a || !b || *a == *b)
      return std::nullopt;
    for (auto [x, w] : {std::pair(*a, *b), std::pair(*b, *a)})
      if (auto product = match(op, x, w))
        return product;
    return std::nullopt;
  }

  static std::optional<Product> match(linalg::GenericOp op, unsigned x, unsigned w) {
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    auto kinds = op.getIteratorTypesArray();
    if (!llvm::all_of(maps, [](AffineMap map) { return map.isProjectedPermutation(); }) || maps[w].getNumResults() != 2 ||
        maps[x].getNumResults() == 0 || maps.back().getNumResults() == 0)
      return std::nullopt;
    unsigned depth = llvm::find(kinds, kReduction) - kinds.begin();
    auto axis = maps[w].getResultPosition(getAffineDimExpr(depth, op.getContext()));
    if (!axis || maps[x].getDimPosition(maps[x].getNumResults() - 1) != depth)
      return std::nullopt;
    // Columns side by side in the result, of which x knows nothing; all other
    // loops are rows.
    unsigned column = maps[w].getDimPosition(1 - *axis);
    if (maps[x].isFunctionOfDim(column) || maps.back().getDimPosition(maps.back().getNumResults() - 1) != column ||
        maps[x].getNumResults() + 1 != op.getNumLoops() || op.getStaticLoopRanges()[column] < 4 ||
        ShapedType::isDynamic(op.getStaticLoopRanges()[depth]))
      return std::nullopt;
    auto matrix = blockMatrix(op.getDpsInputs()[w], *axis);
    if (!matrix || !isMadeOfConstants(matrix->of.integers.tensor) || !isMadeOfConstants(matrix->of.scale) ||
        (matrix->of.zeros && !isMadeOfConstants(matrix->of.zeros->tensor)) ||
        (matrix->of.realZeros && !isMadeOfConstants(matrix->of.realZeros)))
      return std::nullopt;
    Product product{op, x, w, column, *matrix, std::nullopt};
    if (auto rows = blockRows(op.getDpsInputs()[x]); rows && matrix->blocks) {
      auto type = cast<RankedTensorType>(rows->integers.tensor.getType());
      auto blocks = cast<RankedTensorType>(matrix->of.integers.tensor.getType());
      int64_t terms = blocks.getDimSize(matrix->terms);
      if (type.getShape().take_back(2) == ArrayRef({blocks.getDimSize(*matrix->blocks), terms}) && terms <= kMostTerms)
        product.rows = rows;
    }
    return product;
  }

  Layout layoutOf(const Product &product) {
    linalg::GenericOp op = product.op;
    const BlockMatrix &matrix = product.matrix;
    auto type = cast<RankedTensorType>(matrix.of.integers.tensor.getType());
    Layout layout;
    layout.columns = type.getDimSize(matrix.columns);
    layout.blocks = matrix.blocks ? type.getDimSize(*matrix.blocks) : 1;
    layout.bits = matrix.of.integers.bits;
    layout.terms = llvm::alignTo(type.getDimSize(matrix.terms), 4 * layout.parts());
    if (matrix.of.integers.isSigned)
      layout.offset = int64_t(1) << (layout.bits - 1);
    // Fewer bits than a byte's have the same value with a sign and without.
    if (layout.bits == 8 && product.rows && machine.dot == Machine::SignedBySigned) {
      layout.isUnsigned = false;
      layout.offset -= 128;
    }
    int64_t lanes = std::max<int64_t>(4, machine.vectorBytes / 4);
    while (lanes > 4 && lanes / 2 >= layout.columns)
      lanes /= 2;
    SmallVector<std::pair<unsigned, int64_t>> candidates;
    for (auto [loop, size] : llvm::enumerate(op.getStaticLoopRanges()))
      if (loop != product.column && op.getIteratorTypesArray()[loop] == kParallel && size != 1)
        candidates.emplace_back(loop, size);
    constexpr int64_t kMost = 32;
    layout.panel = lanes * chooseRows(forBlockSums(machine), candidates, layout.columns, lanes, /*padded=*/true, kMost).tile.columns;
    // A line of the result at once, where the sums of bytes leave registers for it: rows
    // a power of two apart fall into few sets of a cache, and half lines would be lost.
    constexpr int64_t kLine = 16;
    if (product.rows && layout.panel < kLine && layout.columns >= kLine)
      layout.panel = kLine;
    return layout;
  }

  //===--------------------------------------------------------------------===//
  // Constants
  //===--------------------------------------------------------------------===//

  /// An elementwise op from other axes: axis i of the result is `axes[i]`, or
  /// none, of the input, read by `read`.
  static Value spread(ImplicitLocOpBuilder &b, Value tensor, AffineMap read, ArrayRef<int64_t> shape, MakeBody body,
                      Type element) {
    SmallVector<Kind> kinds(shape.size(), kParallel);
    AffineMap write = b.getMultiDimIdentityMap(shape.size());
    SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(b.getContext(), shape);
    return makeGeneric(b, tensor, {read, write}, sizes, element, kinds, body);
  }

  /// A map from the axes of the integers as one from [columns, blocks(, terms)].
  static AffineMap from(const BlockMatrix &matrix, AffineMap map, bool terms, MLIRContext *context) {
    SmallVector<AffineExpr> axes(2 + matrix.blocks.has_value());
    axes[matrix.columns] = getAffineDimExpr(0, context);
    if (matrix.blocks)
      axes[*matrix.blocks] = getAffineDimExpr(1, context);
    axes[matrix.terms] = terms ? getAffineDimExpr(2, context) : getAffineConstantExpr(0, context);
    return map.replaceDimsAndSymbols(axes, {}, terms ? 3 : 2, 0);
  }

  /// Integers as they are stored: of their bits, with or without a sign.
  static Value stored(ImplicitLocOpBuilder &b, const Integers &integers, AffineMap read, ArrayRef<int64_t> shape,
                      int64_t offset) {
    return spread(b, integers.tensor, read, shape, [&](ImplicitLocOpBuilder &b, ValueRange args) {
      Value v = args[0];
      if (integers.bits < 8)
        v = arith::AndIOp::create(b, v, arith::ConstantIntOp::create(b, (1 << integers.bits) - 1, 8));
      // Adding half of what the bits hold turns the highest of them.
      if (offset % (1 << integers.bits) != 0)
        v = arith::XOrIOp::create(b, v, arith::ConstantIntOp::create(b, b.getI8Type(), int64_t(int8_t(offset))));
      return v;
    }, b.getI8Type());
  }

  /// The weight's bytes: [columns / panel][blocks][words][panel][4].
  Value packed(ImplicitLocOpBuilder &b, const BlockMatrix &matrix, const Layout &layout) {
    auto type = cast<RankedTensorType>(matrix.of.integers.tensor.getType());
    MLIRContext *context = b.getContext();
    int64_t terms = type.getDimSize(matrix.terms), parts = layout.parts();
    AffineMap read = from(matrix, b.getMultiDimIdentityMap(type.getRank()), true, context);
    Value q = stored(b, matrix.of.integers, read, {layout.columns, layout.blocks, terms}, layout.offset);
    q = padded(b, q, layout.terms, b.getI8Type());
    if (parts > 1) {
      SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(
          context, ArrayRef({layout.columns, layout.blocks, layout.words(), parts, int64_t(4)}));
      q = expanded(b, q, sizes.size(), sizes);
      AffineMap read = b.getMultiDimIdentityMap(5), write = read.dropResult(3);
      sizes.erase(sizes.begin() + 3);
      q = makeGeneric(b, q, {read, write}, sizes, b.getI8Type(), {kParallel, kParallel, kParallel, kReduction, kParallel},
                      [&](ImplicitLocOpBuilder &b, ValueRange args) {
                        Value distance = shiftOf(b, 3, layout.bits);
                        return arith::OrIOp::create(b, args[1], arith::ShLIOp::create(b, args[0], distance)).getResult();
                      });
      q = tensor::CollapseShapeOp::create(b, q, ArrayRef<ReassociationIndices>{{0}, {1}, {2, 3}});
    }
    return inPanels(b, q, {0, 2}, {layout.panel, 4});
  }

  /// Tiles of the columns, which go last.
  static Value inPanels(ImplicitLocOpBuilder &b, Value tensor, ArrayRef<int64_t> cut, ArrayRef<int64_t> tiles) {
    SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(b.getContext(), tiles);
    Value dest = linalg::PackOp::createDestinationTensor(b, b.getLoc(), tensor, sizes, cut, {});
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(getElementTypeOrSelf(tensor)));
    return linalg::PackOp::create(b, b.getLoc(), tensor, dest, cut, sizes, zero)->getResult(0);
  }

  /// A parameter of blocks as [columns / panel][blocks][panel].
  static Value ofBlocks(ImplicitLocOpBuilder &b, Value table, const Layout &layout) {
    return inPanels(b, table, {0}, {layout.panel});
  }

  Value scales(ImplicitLocOpBuilder &b, const BlockMatrix &matrix, const Layout &layout) {
    AffineMap read = from(matrix, matrix.of.scaleAt, false, b.getContext());
    auto keep = [](ImplicitLocOpBuilder &, ValueRange args) { return args[0]; };
    Value table = spread(b, matrix.of.scale, read, {layout.columns, layout.blocks}, keep, getElementTypeOrSelf(matrix.of.scale));
    return ofBlocks(b, table, layout);
  }

  /// The zero points of what is stored; no tensor where they are one number.
  Value zeros(ImplicitLocOpBuilder &b, const BlockMatrix &matrix, const Layout &layout) {
    if (!matrix.of.hasZeros())
      return {};
    AffineMap read = from(matrix, matrix.of.zerosAt, false, b.getContext());
    SmallVector<int64_t> shape{layout.columns, layout.blocks};
    if (matrix.of.zeros)
      return ofBlocks(b, stored(b, *matrix.of.zeros, read, shape, layout.offset), layout);
    Value table = spread(b, matrix.of.realZeros, read, shape, [&](ImplicitLocOpBuilder &b, ValueRange args) {
      Value offset = arith::ConstantOp::create(b, b.getFloatAttr(args[0].getType(), double(layout.offset)));
      return layout.offset ? arith::AddFOp::create(b, args[0], offset).getResult() : args[0];
    }, getElementTypeOrSelf(matrix.of.realZeros));
    return ofBlocks(b, table, layout);
  }

  //===--------------------------------------------------------------------===//
  // Tensors of a run
  //===--------------------------------------------------------------------===//

  /// Zeros after the last dimension until it has `size`.
  static Value padded(ImplicitLocOpBuilder &b, Value x, int64_t size, Type element) {
    auto type = cast<RankedTensorType>(x.getType());
    if (type.getShape().back() == size)
      return x;
    SmallVector<OpFoldResult> from = tensor::getMixedSizes(b, b.getLoc(), x), to = from;
    to.back() = b.getIndexAttr(size);
    Value frame = tensor::EmptyOp::create(b, to, element);
    frame = linalg::FillOp::create(b, arith::ConstantOp::create(b, b.getZeroAttr(element)).getResult(), frame).getResult(0);
    SmallVector<OpFoldResult> zeros(from.size(), b.getIndexAttr(0)), ones(from.size(), b.getIndexAttr(1));
    return tensor::InsertSliceOp::create(b, x, frame, zeros, from, ones);
  }

  /// The last dimension of x cut into those that `sizes` has more.
  static Value expanded(ImplicitLocOpBuilder &b, Value x, int64_t rank, ArrayRef<OpFoldResult> sizes) {
    auto type = cast<RankedTensorType>(x.getType());
    if (type.getRank() == rank)
      return x;
    SmallVector<ReassociationIndices> groups;
    for (int64_t i = 0; i < type.getRank(); ++i)
      groups.push_back({i});
    for (int64_t i = type.getRank(); i < rank; ++i)
      groups.back().push_back(i);
    SmallVector<int64_t> shape;
    for (OpFoldResult size : sizes)
      shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
    return tensor::ExpandShapeOp::create(b, type.clone(shape), x, groups, sizes);
  }

  /// x as [rows..., blocks, terms], zeros where there are no terms.
  static Value inBlocks(ImplicitLocOpBuilder &b, const Product &product, const Layout &layout) {
    linalg::GenericOp op = product.op;
    if (product.rows)
      return padded(b, product.rows->integers.tensor, layout.terms, b.getI8Type());
    Value x = op.getDpsInputs()[product.x];
    Type element = getElementTypeOrSelf(x);
    auto type = cast<RankedTensorType>(product.matrix.of.integers.tensor.getType());
    int64_t terms = type.getDimSize(product.matrix.terms);
    x = padded(b, x, layout.blocks * terms, element);
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, b.getLoc(), x);
    sizes.back() = b.getIndexAttr(layout.blocks);
    sizes.push_back(b.getIndexAttr(terms));
    return padded(b, expanded(b, x, sizes.size(), sizes), layout.terms, element);
  }

  /// The number of bits below an element of a byte, which the loop `part` counts.
  static Value shiftOf(ImplicitLocOpBuilder &b, unsigned part, int64_t bits) {
    Value step = arith::IndexCastOp::create(b, b.getI8Type(), linalg::IndexOp::create(b, part));
    return arith::MulIOp::create(b, step, arith::ConstantIntOp::create(b, bits, 8));
  }

  static Value real(ImplicitLocOpBuilder &b, Value v) {
    Type f32 = b.getF32Type();
    if (v.getType().isInteger())
      return arith::SIToFPOp::create(b, f32, v);
    return v.getType() == f32 ? v : arith::ExtFOp::create(b, f32, v).getResult();
  }

  /// sum_j x[m, g, j]
  static Value sumOfTerms(ImplicitLocOpBuilder &b, Value x) {
    auto type = cast<RankedTensorType>(x.getType());
    bool isReal = isa<FloatType>(type.getElementType());
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, b.getLoc(), x);
    sizes.pop_back();
    AffineMap read = b.getMultiDimIdentityMap(type.getRank());
    SmallVector<Kind> kinds(type.getRank(), kParallel);
    kinds.back() = kReduction;
    Type element = isReal ? Type(b.getF32Type()) : b.getI32Type();
    return makeGeneric(b, x, {read, read.dropResult(type.getRank() - 1)}, sizes, element, kinds,
                       [&](ImplicitLocOpBuilder &b, ValueRange args) {
                         return isReal ? arith::AddFOp::create(b, args[1], real(b, args[0])).getResult()
                                       : arith::AddIOp::create(b, args[1], extend(b, args[0], false)).getResult();
                       });
  }

  /// sum_j x[m, g, j] q[n, g, j] as [rows..., blocks, columns]: over loops
  /// [rows..., blocks, columns, words, (parts,) 4].
  static Value sumsOfBlocks(ImplicitLocOpBuilder &b, Value x, Value w, const Layout &layout) {
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, b.getLoc(), x), result = sizes;
    bool isReal = isa<FloatType>(getElementTypeOrSelf(x)), inParts = layout.parts() > 1;
    result.back() = b.getIndexAttr(layout.columns);
    sizes.back() = b.getIndexAttr(layout.words());
    if (inParts)
      sizes.push_back(b.getIndexAttr(layout.parts()));
    sizes.push_back(b.getIndexAttr(4));
    x = expanded(b, x, sizes.size(), sizes);
    unsigned column = result.size() - 1, word = column + 1, part = word + 1, loops = sizes.size() + 1;
    auto dim = [&](unsigned i) { return b.getAffineDimExpr(i); };
    SmallVector<AffineExpr> readX, write;
    for (unsigned i = 0; i < loops; ++i)
      if (i != column)
        readX.push_back(dim(i));
    for (unsigned i = 0; i <= column; ++i)
      write.push_back(dim(i));
    SmallVector<AffineExpr> readW{dim(column).floorDiv(layout.panel), dim(column - 1), dim(word), dim(column) % layout.panel,
                                  dim(loops - 1)};
    SmallVector<AffineMap> maps = AffineMap::inferFromExprList({readX, readW, write}, b.getContext());
    for (AffineMap &map : maps)
      map = AffineMap::get(loops, 0, map.getResults(), b.getContext());
    SmallVector<Kind> kinds(loops, kReduction);
    std::fill_n(kinds.begin(), word, kParallel);
    return makeGeneric(b, {x, w}, maps, result, isReal ? Type(b.getF32Type()) : b.getI32Type(), kinds,
                       [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                         Value q = args[1];
                         if (inParts) {
                           q = arith::ShRUIOp::create(b, q, shiftOf(b, part, layout.bits));
                           q = arith::AndIOp::create(b, q, arith::ConstantIntOp::create(b, (1 << layout.bits) - 1, 8));
                         }
                         if (!isReal)
                           return arith::AddIOp::create(b, args[2], arith::MulIOp::create(b, extend(b, args[0], false), extend(b, q, layout.isUnsigned)));
                         Type f32 = b.getF32Type();
                         q = arith::UIToFPOp::create(b, f32, q);
                         return arith::AddFOp::create(b, args[2], arith::MulFOp::create(b, real(b, args[0]), q));
                       });
  }

  //===--------------------------------------------------------------------===//
  // What becomes of it
  //===--------------------------------------------------------------------===//

  void rewrite(const Product &product) {
    linalg::GenericOp op = product.op;
    const BlockMatrix &matrix = product.matrix;
    Layout layout = layoutOf(product);
    ImplicitLocOpBuilder b(op.getLoc(), op);
    Value x = inBlocks(b, product, layout);
    bool isReal = isa<FloatType>(getElementTypeOrSelf(x));

    // Loops are those of the product, the last one over blocks.
    SmallVector<AffineMap> old = op.getIndexingMapsArray();
    unsigned loops = op.getNumLoops(), depth = old[product.x].getDimPosition(old[product.x].getNumResults() - 1);
    SmallVector<AffineExpr> loopAt(loops), rows;
    SmallVector<Kind> kinds(loops, kParallel);
    kinds.back() = kReduction;
    for (unsigned loop = 0, next = 0; loop < loops; ++loop)
      loopAt[loop] = b.getAffineDimExpr(loop == depth ? loops - 1 : next++);
    for (AffineExpr e : old[product.x].getResults())
      rows.push_back(e.replaceDims(loopAt));
    AffineExpr column = loopAt[product.column], block = loopAt[depth];
    auto map = [&](ArrayRef<AffineExpr> results) { return AffineMap::get(loops, 0, results, b.getContext()); };
    AffineMap ofRows = map(rows), ofBlocks = map({column.floorDiv(layout.panel), block, column % layout.panel});
    SmallVector<AffineExpr> ofBoth(rows);
    ofBoth.push_back(column);

    int64_t number = matrix.of.zero + layout.offset;
    Value z = zeros(b, matrix, layout);
    // Before the products, so that what makes the rows can sum them up, too.
    Value sumsOfRows = z || number ? sumOfTerms(b, x) : Value();
    SmallVector<Value> inputs{sumsOfBlocks(b, x, packed(b, matrix, layout), layout), scales(b, matrix, layout)};
    SmallVector<AffineMap> maps{map(ofBoth), ofBlocks};
    auto add = [&](Value input, AffineMap at) {
      inputs.push_back(input);
      maps.push_back(at);
      return inputs.size() - 1;
    };
    std::optional<size_t> steps, sums, zero;
    if (product.rows)
      steps = add(product.rows->scale, ofRows);
    if (z)
      zero = add(z, ofBlocks);
    if (sumsOfRows)
      sums = add(sumsOfRows, ofRows);
    maps.push_back(old.back().replaceDimsAndSymbols(loopAt, {}, loops, 0));

    Value result = makeGeneric(
        b, inputs, maps, tensor::getMixedSizes(b, b.getLoc(), op.getDpsInits()[0]), b.getF32Type(), kinds,
        [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
          Value sum = args[0];
          if (zero && (isReal || !args[*zero].getType().isInteger())) {
            Value z = args[*zero];
            if (z.getType().isInteger())
              z = extend(b, z, layout.isUnsigned);
            sum = arith::SubFOp::create(b, real(b, sum), arith::MulFOp::create(b, real(b, z), real(b, args[*sums])));
          } else if (zero) {
            sum = arith::SubIOp::create(b, sum, arith::MulIOp::create(b, extend(b, args[*zero], layout.isUnsigned), args[*sums]));
          } else if (number && isReal) {
            Value z = arith::ConstantOp::create(b, b.getF32FloatAttr(number));
            sum = arith::SubFOp::create(b, sum, arith::MulFOp::create(b, args[*sums], z));
          } else if (number) {
            Value z = arith::ConstantIntOp::create(b, number, 32);
            sum = arith::SubIOp::create(b, sum, arith::MulIOp::create(b, args[*sums], z));
          }
          sum = real(b, sum);
          if (steps)
            sum = arith::MulFOp::create(b, sum, real(b, args[*steps]));
          return arith::AddFOp::create(b, args.back(), arith::MulFOp::create(b, sum, real(b, args[1])));
        });
    remark::passed(op.getLoc(), remark::RemarkOpts::name("BlockProducts").category("structure").function(getOperation().getName()))
        << remark::metric("bits", layout.bits) << remark::metric("block", layout.terms)
        << remark::metric("panel", layout.panel) << remark::metric("elements", layout.columns * layout.blocks * layout.terms)
        << (isReal ? "a weight stays in its bits" : "a weight stays in its bits, and so do the rows");
    op.getResult(0).replaceAllUsesWith(result);
    op.erase();
  }

  Machine machine;
};
} // namespace
} // namespace coil
