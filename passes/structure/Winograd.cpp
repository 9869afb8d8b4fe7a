//===- Winograd.cpp - convolutions in few multiplications -----------------===//
//
// Comes in: convolutions as sums, images with their channels last, constant
// weights. Goes out: those by 3 x 3 that are faster so as `coil.winograd`, their
// filters transformed and in panels by ops on constants. After layouts and fusion;
// before weights are packed for sums, and before constants are folded.
//
// Upstream's linalg.winograd_* are not used: they are for tensors only, their
// decomposition is a product with the small matrices, zeros and all, and they have
// no blocks.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "passes/structure/Layout.h"
#include "passes/support/Winograd.h"

namespace coil {
#define GEN_PASS_DEF_WINOGRADPASS
#include "passes/structure/Passes.h.inc"

namespace {
/// A convolution that may be done so.
struct Window {
  WindowLoops loops;
  Winograd shape;
  Value image; // without the zeros around it
  bool channelsFirst = false;
  SmallVector<int64_t> pads;
};
} // namespace

static bool isZero(Value value) { return matchPattern(value, m_AnyZeroFloat()); }

static bool addsProducts(linalg::GenericOp op) {
  Block *body = op.getBody();
  auto sum = body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum || body->getOperations().size() != 3)
    return false;
  Value result = body->getArguments().back();
  auto product = (sum.getLhs() == result ? sum.getRhs() : sum.getLhs()).getDefiningOp<arith::MulFOp>();
  return product && (sum.getLhs() == result || sum.getRhs() == result) && product.getLhs() != product.getRhs() &&
         isa<BlockArgument>(product.getLhs()) && isa<BlockArgument>(product.getRhs());
}

/// Looks through zeros that were put around an image.
static void lookThroughPads(Window &window) {
  auto insert = window.image.getDefiningOp<tensor::InsertSliceOp>();
  auto fill = insert ? insert.getDest().getDefiningOp<linalg::FillOp>() : linalg::FillOp();
  if (!fill || !isZero(fill.getInputs()[0]) || !insert.hasUnitStride())
    return;
  auto source = cast<RankedTensorType>(insert.getSource().getType()), dest = insert.getDestType();
  ArrayRef<int64_t> offsets = insert.getStaticOffsets();
  unsigned rows = window.channelsFirst ? 2 : 1, columns = rows + 1, channels = window.channelsFirst ? 1 : 3;
  if (source.getRank() != 4 || offsets[0] != 0 || offsets[channels] != 0 || source.getDimSize(channels) != dest.getDimSize(channels) ||
      source.getDimSize(0) != dest.getDimSize(0) || source.isDynamicDim(rows) || source.isDynamicDim(columns) || offsets[rows] < 0 ||
      offsets[columns] < 0)
    return;
  // Of a batch that only a run knows all images are there if both have that size.
  auto empty = fill.getOutputs()[0].getDefiningOp<tensor::EmptyOp>();
  if (source.isDynamicDim(0) && (!empty || empty.getMixedSizes()[0] != insert.getMixedSizes()[0]))
    return;
  window.image = insert.getSource();
  window.pads = {offsets[rows], offsets[columns]};
}

/// The convolution, or why it is none of ours.
static std::optional<Window> windowOf(linalg::GenericOp op, const WindowLoops &loops, const Machine &machine, std::string &why) {
  auto no = [&](const char *reason) {
    why = reason;
    return std::nullopt;
  };
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  if (loops.spatial.size() != 2 || loops.kernel.size() != 2 || sizes[loops.kernel[0]] != 3 || sizes[loops.kernel[1]] != 3)
    return no("the window is not 3 x 3");
  if (loops.batch.size() != 1 || loops.channels.size() != 1 || loops.inputs.size() != 1)
    return no("the channels are in groups");
  auto dim = [&](unsigned loop) { return getAffineDimExpr(loop, op.getContext()); };
  AffineMap image = op.getIndexingMapsArray()[loops.image], weight = op.getIndexingMapsArray()[loops.weight];
  AffineMap result = op.getIndexingMapsArray().back();
  auto at = [&](unsigned i) { return dim(loops.spatial[i]) + dim(loops.kernel[i]); };
  auto isImage = [&](ArrayRef<AffineExpr> expected) {
    return simplifyAffineMap(image) == simplifyAffineMap(AffineMap::get(op.getNumLoops(), 0, expected, op.getContext()));
  };
  // What comes from outside may have its channels first.
  bool first = isImage({dim(loops.batch[0]), dim(loops.inputs[0]), at(0), at(1)});
  if (!first && !isImage({dim(loops.batch[0]), at(0), at(1), dim(loops.inputs[0])}))
    return no("it has strides or dilations");
  if (result != AffineMap::get(op.getNumLoops(), 0,
                               {dim(loops.batch[0]), dim(loops.spatial[0]), dim(loops.spatial[1]), dim(loops.channels[0])}, op.getContext()))
    return no("the channels of the result are not last");
  for (Value operand : op->getOperands())
    if (!getElementTypeOrSelf(operand.getType()).isF32())
      return no("it is not of f32");
  auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
  if (!addsProducts(op) || !fill || !isZero(fill.getInputs()[0]))
    return no("it is more than a sum of products");
  if (!matchPattern(op.getDpsInputs()[loops.weight], m_Constant()) || !weight.isProjectedPermutation())
    return no("the weight is no constant");
  Window window{loops, {sizes[loops.spatial[0]], sizes[loops.spatial[1]], sizes[loops.inputs[0]], sizes[loops.channels[0]]},
                op.getDpsInputs()[loops.image], first, {0, 0}};
  Winograd &shape = window.shape;
  if (ShapedType::isDynamic(shape.height) || ShapedType::isDynamic(shape.width))
    return no("the size of the image is known in a run only");
  shape.lanes = machine.vectorBytes / 4;
  if (shape.channels % shape.lanes != 0)
    return no("the channels do not fill vectors");
  lookThroughPads(window);
  return window;
}

/// The image with its channels last.
static Value channelsLast(Value image, ImplicitLocOpBuilder &b) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, b.getLoc(), image);
  std::rotate(sizes.begin() + 1, sizes.begin() + 2, sizes.end());
  auto from = AffineMap::getPermutationMap(ArrayRef<unsigned>{0, 3, 1, 2}, b.getContext());
  Value into = tensor::EmptyOp::create(b, sizes, b.getF32Type());
  return linalg::GenericOp::create(b, into.getType(), image, into, ArrayRef<AffineMap>{from, b.getMultiDimIdentityMap(4)},
                                   SmallVector<utils::IteratorType>(4, utils::IteratorType::parallel),
                                   [](OpBuilder &nested, Location loc, ValueRange args) { linalg::YieldOp::create(nested, loc, args[0]); })
      .getResult(0);
}

/// `matrix` x `in` along dimension `along`, 3 long there: a step of the transformation.
static Value timesMatrix(Value matrix, Value in, unsigned along, ImplicitLocOpBuilder &b) {
  SmallVector<int64_t> sizes(cast<RankedTensorType>(in.getType()).getShape());
  unsigned rank = sizes.size();
  sizes[along] = cast<RankedTensorType>(matrix.getType()).getDimSize(0);
  // The last loop is the sum.
  auto d = [&](unsigned i) { return b.getAffineDimExpr(i); };
  SmallVector<AffineExpr> reads, writes;
  for (unsigned i = 0; i < rank; ++i) {
    writes.push_back(d(i));
    reads.push_back(d(i == along ? rank : i));
  }
  auto mapOf = [&](ArrayRef<AffineExpr> at) { return AffineMap::get(rank + 1, 0, at, b.getContext()); };
  SmallVector<utils::IteratorType> kinds(rank + 1, utils::IteratorType::parallel);
  kinds.back() = utils::IteratorType::reduction;
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  Value empty = tensor::EmptyOp::create(b, sizes, b.getF32Type());
  Value init = linalg::FillOp::create(b, zero, empty).getResult(0);
  return linalg::GenericOp::create(b, init.getType(), ValueRange{matrix, in}, init,
                                   ArrayRef<AffineMap>{mapOf({d(along), d(rank)}), mapOf(reads), mapOf(writes)}, kinds,
                                   [](OpBuilder &nested, Location loc, ValueRange args) {
                                     Value product = arith::MulFOp::create(nested, loc, args[0], args[1]);
                                     linalg::YieldOp::create(nested, loc, arith::AddFOp::create(nested, loc, args[2], product).getResult());
                                   })
      .getResult(0);
}

/// The filter as [side^2][F / panel][C][panel]: in panels first, so that all of the
/// arithmetic is on rows that lie side by side, and only the result is large.
static Value transformed(Value weight, AffineMap map, const Window &window, int64_t panel, ImplicitLocOpBuilder &b) {
  auto place = [&](unsigned loop) { return int64_t(*map.getResultPosition(b.getAffineDimExpr(loop))); };
  const WindowLoops &loops = window.loops;
  SmallVector<OpFoldResult> tiles{b.getIndexAttr(panel)};
  SmallVector<int64_t> cut{place(loops.channels[0])};
  SmallVector<int64_t> order{place(loops.kernel[0]), place(loops.kernel[1]), cut[0], place(loops.inputs[0])};
  Value dest = linalg::PackOp::createDestinationTensor(b, b.getLoc(), weight, tiles, cut, order);
  Value nothing = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  Value packed = linalg::PackOp::create(b, weight, dest, cut, tiles, nothing, order)->getResult(0);

  SmallVector<float> numbers;
  for (auto &row : filterTransform(window.shape.tile))
    numbers.append(row.begin(), row.end());
  auto type = RankedTensorType::get({window.shape.side(), 3}, b.getF32Type());
  Value matrix = arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef<float>(numbers)));
  Value both = timesMatrix(matrix, timesMatrix(matrix, packed, 0, b), 1, b);
  return tensor::CollapseShapeOp::create(b, both, ArrayRef<ReassociationIndices>{{0, 1}, {2}, {3}, {4}});
}

namespace {
struct WinogradPass : impl::WinogradPassBase<WinogradPass> {
  using WinogradPassBase::WinogradPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    if (tile == "auto" || tile == "off" || tile == "2" || tile == "4")
      return success();
    return emitError(UnknownLoc::get(context), "structure-winograd: tile is '") << tile << "', expected auto, off, 2 or 4";
  }

  void runOnOperation() override {
    Machine machine = Machine::of(getOperation());
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops)
      if (auto loops = windowLoops(op); loops && !op.getBody()->getArgument(loops->weight).use_empty()) // else a pool
        decide(op, *loops, machine);
  }

  remark::RemarkOpts says() { return remark::RemarkOpts::name("Winograd").category("structure").function(getOperation().getName()); }

  void decide(linalg::GenericOp op, const WindowLoops &loops, const Machine &machine) {
    std::string why;
    auto window = windowOf(op, loops, machine, why);
    if (!window || tile == "off") {
      remark::missed(op.getLoc(), says()) << "a sum: " + (window ? "it was asked for" : why);
      return;
    }
    double direct = costOfWindow(machine, window->shape);
    std::optional<WinogradCost> best;
    auto priceOf = [&](const WinogradCost &cost) { return cost.cycles + cyclesOfGrowth(machine, cost.growth); };
    for (int64_t pixels : {2, 4}) {
      if (tile != "auto" && std::to_string(pixels) != tile)
        continue;
      window->shape.tile = pixels;
      WinogradCost cost = costOfWinograd(machine, window->shape);
      if (window->channelsFirst) // and a pass over the image, which turns squares of it
        cost.cycles += double(window->shape.height * window->shape.width) * window->shape.channels / 4;
      if (!best || priceOf(cost) < priceOf(*best))
        best = cost;
    }
    if (tile == "auto" && std::max(best->cycles / 0.95, priceOf(*best)) > direct) {
      remark::missed(op.getLoc(), says()) << remark::metric("cycles", int64_t(direct)) << remark::metric("winograd_cycles", int64_t(best->cycles))
                                          << remark::metric("growth_bytes", int64_t(best->growth))
                                          << (best->cycles > 0.95 * direct ? "a sum: as fast by the model" : "a sum: its weights would grow too much");
      return;
    }
    remark::passed(op.getLoc(), says()) << remark::metric("tile", best->shape.tile) << remark::metric("block", best->shape.block)
                                        << remark::metric("cycles", int64_t(best->cycles)) << remark::metric("sum_cycles", int64_t(direct))
                                        << remark::metric("growth_bytes", int64_t(best->growth))
                                        << "in few multiplications";
    window->shape = best->shape;
    rewrite(op, *window, best->panel);
  }

  static void rewrite(linalg::GenericOp op, const Window &window, int64_t panel) {
    ImplicitLocOpBuilder b(op.getLoc(), op);
    Value filter = transformed(op.getDpsInputs()[window.loops.weight], op.getIndexingMapsArray()[window.loops.weight], window, panel, b);
    Value result = op.getDpsInits()[0], image = window.channelsFirst ? channelsLast(window.image, b) : window.image;
    Value into = tensor::EmptyOp::create(b, tensor::getMixedSizes(b, b.getLoc(), result), b.getF32Type());
    Value scratch = tensor::EmptyOp::create(b, ArrayRef<int64_t>{window.shape.scratch()}, b.getF32Type());
    auto made = core::WinogradOp::create(b, TypeRange{into.getType(), scratch.getType()}, image, filter, into, scratch,
                                         window.shape.tile, window.shape.block, window.pads);
    op.replaceAllUsesWith(made.getResults().take_front());
    Operation *padded = op.getDpsInputs()[window.loops.image].getDefiningOp();
    op.erase();
    // Zeros that nobody reads any more must not be where the image is written.
    while (padded && isa<tensor::InsertSliceOp, linalg::FillOp, tensor::EmptyOp>(padded) && padded->use_empty()) {
      auto insert = dyn_cast<tensor::InsertSliceOp>(padded);
      Value from = insert ? insert.getDest() : padded->getNumOperands() ? padded->getOperands().back() : Value();
      padded->erase();
      padded = from ? from.getDefiningOp() : nullptr;
    }
  }
};
} // namespace
} // namespace coil
