//===- FrameRows.cpp - an image is padded while it is near ----------------===//
//
// Comes in: a window over a padded image, the frame filled and the image about to
// be copied into it. Goes out: the copy as an op, and both marked as a group of
// rows (`structure-group-rows`): a row is what one step of the window's leading
// loops reads, as a channel. The frame then has the size of a row, and stays on a
// thread's stack; `vectorize-tile-rows` fills it once.
//
// An image that its producer will write straight into the frame needs no copy, and
// stays as it is.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "passes/support/Epilogue.h"
#include "passes/support/Machine.h"
#include "passes/support/Rows.h"

namespace coil {
#define GEN_PASS_DEF_FRAMEROWSPASS
#include "passes/structure/Passes.h.inc"

namespace {
/// What the inside of a frame is put into: the empty tensor, and what fills it.
struct Padding {
  tensor::EmptyOp frame;
  Value value;
};

/// A window over a padded image.
struct Framed {
  tensor::InsertSliceOp inside;
  Padding padding;
  linalg::GenericOp window;
  unsigned operand;              // of the window: the frame
  linalg::GenericOp epilogue;    // on the window's sums; may be null
  SmallVector<int64_t> rows;     // of the window: its loops over rows
  SmallVector<int64_t> axes;     // of the frame, in the same order
};
} // namespace

static bool isSame(Value x, Value y) {
  Attribute a, b;
  return x == y || (matchPattern(x, m_Constant(&a)) && matchPattern(y, m_Constant(&b)) && a == b);
}

/// The filled slabs of a frame, or the fill of all of it.
static std::optional<Padding> paddingOf(Value frame) {
  Padding padding;
  auto isFilledBy = [&](Value v) {
    if (!padding.value)
      padding.value = v;
    return isSame(padding.value, v);
  };
  while (auto slab = frame.getDefiningOp<tensor::InsertSliceOp>()) {
    auto fill = slab.getSource().getDefiningOp<linalg::FillOp>();
    auto place = fill ? fill.getOutputs()[0].getDefiningOp<tensor::ExtractSliceOp>() : tensor::ExtractSliceOp();
    if (!place || place.getSource() != slab.getDest() || !isFilledBy(fill.getInputs()[0]))
      return std::nullopt;
    frame = slab.getDest();
  }
  if (auto fill = frame.getDefiningOp<linalg::FillOp>()) {
    if (!isFilledBy(fill.getInputs()[0]))
      return std::nullopt;
    frame = fill.getOutputs()[0];
  }
  padding.frame = frame.getDefiningOp<tensor::EmptyOp>();
  return padding.frame && padding.value ? std::optional(padding) : std::nullopt;
}

/// Whether the image's producer will write it straight into the frame
/// (`bufferize-place-parts`, which serves the last whole that wants a part).
static bool willBeInPlace(tensor::InsertSliceOp inside) {
  Value image = inside.getSource();
  auto maker = image.getDefiningOp<DestinationStyleOpInterface>();
  if (!maker || maker->getBlock() != inside->getBlock() || maker->getNumResults() != 1)
    return false;
  Value init = maker.getTiedOpOperand(cast<OpResult>(image))->get();
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    init = fill.getOutputs()[0];
  return init.getDefiningOp<tensor::EmptyOp>() && llvm::none_of(image.getUsers(), [&](Operation *user) {
    return isa<tensor::InsertSliceOp>(user) && user->getBlock() == inside->getBlock() && inside->isBeforeInBlock(user);
  });
}

/// The elementwise op on the window's sums that alone reads them.
static linalg::GenericOp epilogueOf(linalg::GenericOp window) {
  if (!window->hasOneUse())
    return {};
  OpOperand &use = *window->use_begin();
  auto op = dyn_cast<linalg::GenericOp>(use.getOwner());
  bool fits = op && op->getBlock() == window->getBlock() && op.isDpsInput(&use) && isEpilogue(op) && readsAsItIs(&use, window);
  return fits ? op : linalg::GenericOp();
}

/// An op of which a part is the op on parts of its operands.
static bool mayBeCut(linalg::GenericOp op) {
  if (op.getNumResults() != 1 || op.hasIndexSemantics() || op->hasAttr(kGroupAttr))
    return false;
  return llvm::none_of(*op.getBody(), [](Operation &inner) { return inner.getNumRegions() > 0 || isa<tensor::ExtractOp>(inner); });
}

/// The leading loops of the result, as far as each is one dimension of the frame
/// that has no padding.
static void findRows(Framed &framed) {
  AffineMap reads = framed.window.getMatchingIndexingMap(framed.window.getDpsInputOperand(framed.operand));
  SmallVector<OpFoldResult> whole = framed.padding.frame.getMixedSizes(), sizes = framed.inside.getMixedSizes();
  auto offsets = framed.inside.getMixedOffsets();
  for (AffineExpr e : framed.window.getIndexingMapsArray().back().getResults()) {
    auto loop = dyn_cast<AffineDimExpr>(e);
    if (!loop || llvm::count_if(reads.getResults(), [&](AffineExpr r) { return r.isFunctionOfDim(loop.getPosition()); }) != 1)
      return;
    auto axis = reads.getResultPosition(loop);
    if (!axis || !isZeroInteger(offsets[*axis]) || !isEqualConstantIntOrValue(whole[*axis], sizes[*axis]))
      return;
    framed.rows.push_back(loop.getPosition());
    framed.axes.push_back(*axis);
  }
}

/// Bytes of one row of a tensor, `axes` being over rows; too many where a run decides.
static int64_t bytesOfRow(RankedTensorType type, ArrayRef<int64_t> axes) {
  int64_t bytes = elementBits(type) / 8;
  for (auto [axis, size] : llvm::enumerate(type.getShape()))
    if (!llvm::is_contained(axes, int64_t(axis)))
      bytes = ShapedType::isDynamic(size) || bytes > kMostRowBytes ? kMostRowBytes + 1 : bytes * size;
  return bytes;
}

/// Whether rows are whole for each operand, small, and enough for threads.
static bool isWorthIt(Framed &framed, const Machine &machine) {
  linalg::GenericOp window = framed.window;
  auto frame = cast<RankedTensorType>(framed.padding.frame.getType()), result = cast<RankedTensorType>(window.getResultTypes()[0]);
  auto leading = llvm::to_vector(llvm::seq<int64_t>(0, framed.rows.size()));
  if (framed.rows.empty() || bytesOfRow(frame, framed.axes) > kMostRowBytes ||
      (framed.epilogue && bytesOfRow(result, leading) > kMostRowBytes))
    return false;
  if (!llvm::all_of(window.getIndexingMapsArray(), [&](AffineMap map) { return readsWholeRows(map, framed.rows); }) ||
      (framed.epilogue && !llvm::all_of(framed.epilogue.getIndexingMapsArray(), [&](AffineMap map) { return readsWholeRows(map, leading); })))
    return false;
  // Threads share rows alone: a few long ones are shared better op by op.
  constexpr int64_t kLongRow = 1 << 14; // steps
  int64_t count = 1, length = 1;
  for (auto [loop, size] : llvm::enumerate(window.getStaticLoopRanges()))
    if (int64_t known = ShapedType::isDynamic(size) ? 1 : size; llvm::is_contained(framed.rows, int64_t(loop)))
      count *= known;
    else
      length *= known;
  return count >= machine.cores / 4 || length < kLongRow;
}

/// The window whose only frame `inside` makes, if it should go by rows.
static std::optional<Framed> find(tensor::InsertSliceOp inside, const Machine &machine) {
  if (!inside->hasOneUse() || !inside.hasUnitStride() || inside.getSourceType().getRank() != inside.getType().getRank())
    return std::nullopt;
  OpOperand &use = *inside->use_begin();
  auto window = dyn_cast<linalg::GenericOp>(use.getOwner());
  if (!window || !window.isDpsInput(&use) || window->getBlock() != inside->getBlock() || window.getNumReductionLoops() == 0 ||
      !mayBeCut(window))
    return std::nullopt;
  auto padding = paddingOf(inside.getDest());
  if (!padding || padding->frame->getBlock() != inside->getBlock() || willBeInPlace(inside))
    return std::nullopt;
  Framed framed{inside, *padding, window, use.getOperandNumber(), epilogueOf(window), {}, {}};
  auto sums = window.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
  if (!sums || !sums->hasOneUse() || (framed.epilogue && !sums.getOutputs()[0].getDefiningOp<tensor::EmptyOp>()))
    return std::nullopt;
  if (framed.epilogue && !mayBeCut(framed.epilogue))
    framed.epilogue = nullptr;
  findRows(framed);
  return isWorthIt(framed, machine) ? std::optional(framed) : std::nullopt;
}

/// A fill of the whole frame, the image copied into it, the window: ops of one group.
static void makeGroup(Framed &framed, int64_t number) {
  tensor::InsertSliceOp inside = framed.inside;
  OpBuilder b(inside);
  Location loc = inside.getLoc();
  Value image = inside.getSource();
  auto type = cast<RankedTensorType>(image.getType());
  auto sizes = framed.padding.frame.getMixedSizes();
  Value empty = tensor::EmptyOp::create(b, loc, sizes, type.getElementType());
  auto frame = linalg::FillOp::create(b, loc, framed.padding.value, empty);
  auto place = tensor::ExtractSliceOp::create(b, loc, type, frame.getResult(0), inside.getMixedOffsets(), inside.getMixedSizes(),
                                              inside.getMixedStrides());
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::parallel);
  auto copy = linalg::GenericOp::create(b, loc, type, image, place.getResult(), maps, loops,
                                        [](OpBuilder &b, Location loc, ValueRange args) { linalg::YieldOp::create(b, loc, args[0]); });
  Value old = inside.getDest();
  inside.getSourceMutable().assign(copy.getResult(0));
  inside.getDestMutable().assign(frame.getResult(0));
  SmallVector<Operation *> members{frame, place, copy, inside, framed.window};
  if (framed.epilogue)
    members.push_back(framed.epilogue);
  for (Operation *op : members)
    op->setAttr(kGroupAttr, b.getI64IntegerAttr(number));
  Attribute axes = b.getDenseI64ArrayAttr(framed.axes);
  frame->setAttr(kRowsAttr, axes);
  copy->setAttr(kRowsAttr, axes);
  framed.window->setAttr(kRowsAttr, b.getDenseI64ArrayAttr(framed.rows));
  if (framed.epilogue)
    framed.epilogue->setAttr(kRowsAttr, b.getDenseI64ArrayAttr(llvm::to_vector(llvm::seq<int64_t>(0, framed.rows.size()))));
  // The slabs, the last one first.
  while (Operation *op = old.getDefiningOp()) {
    if (!old.use_empty())
      break;
    auto slab = dyn_cast<tensor::InsertSliceOp>(op);
    auto fill = slab ? slab.getSource().getDefiningOp<linalg::FillOp>() : dyn_cast<linalg::FillOp>(op);
    Value next = slab ? slab.getDest() : fill ? fill.getOutputs()[0] : Value();
    op->erase();
    if (slab) {
      Operation *filled = fill.getOutputs()[0].getDefiningOp();
      fill.erase();
      filled->erase();
    }
    if (!next)
      break;
    old = next;
  }
}

namespace {
struct FrameRowsPass : impl::FrameRowsPassBase<FrameRowsPass> {
  void runOnOperation() override {
    Machine machine = Machine::of(getOperation());
    SmallVector<tensor::InsertSliceOp> inserts;
    getOperation().walk([&](tensor::InsertSliceOp op) { inserts.push_back(op); });
    int64_t number = 0;
    // Slabs, which may be gone after, come before what they are around.
    for (tensor::InsertSliceOp op : inserts) {
      auto framed = find(op, machine);
      if (!framed)
        continue;
      remark::passed(framed->window.getLoc(), remark::RemarkOpts::name("FrameRows").category("structure").function(getOperation().getName()))
          << remark::metric("bytes", bytesOfRow(cast<RankedTensorType>(framed->padding.frame.getType()), framed->axes))
          << "is padded row by row, in a frame on the stack";
      makeGroup(*framed, number++);
    }
  }
};
} // namespace
} // namespace coil
