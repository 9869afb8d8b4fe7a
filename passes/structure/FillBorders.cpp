//===- FillBorders.cpp - of a padded tensor only the padding is filled ----===//
//
// Comes in: a fill of a whole frame, and what goes inside of it. Goes out: fills
// of the slabs around the inside, which is then written once. Before kernels are
// cut, of which the slabs are one.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Remarks.h"
#include "passes/support/Sizes.h"

namespace coil {
#define GEN_PASS_DEF_FILLBORDERSPASS
#include "passes/structure/Passes.h.inc"

/// A frame of fewer elements is filled sooner than its slabs are found.
static constexpr int64_t kSmallFrame = 1024;

namespace {
/// One dimension of a frame: what lies before the inside, the inside, what lies behind.
struct Extent {
  OpFoldResult low, inside, high, whole;
  bool isWhole() const { return isZeroInteger(low) && isZeroInteger(high); }
};
} // namespace

/// What goes into a filled frame, if nothing else is asked of the frame.
static tensor::InsertSliceOp insideOf(linalg::FillOp fill) {
  auto inside = fill->hasOneUse() ? dyn_cast<tensor::InsertSliceOp>(*fill->user_begin()) : tensor::InsertSliceOp();
  return inside && inside.getDest() == fill.getResult(0) && inside.hasUnitStride() ? inside : tensor::InsertSliceOp();
}

static SmallVector<Extent> extentsOf(tensor::InsertSliceOp inside, tensor::EmptyOp frame, OpBuilder &b) {
  SmallVector<Extent> extents;
  AffineExpr whole = b.getAffineDimExpr(0), size = b.getAffineDimExpr(1), low = b.getAffineDimExpr(2);
  AffineMap rest = AffineMap::get(3, 0, whole - size - low);
  for (auto [whole, size, low] : llvm::zip(frame.getMixedSizes(), inside.getMixedSizes(), inside.getMixedOffsets())) {
    Extent extent{low, size, b.getIndexAttr(0), whole};
    if (!isZeroInteger(low) || !isEqualConstantIntOrValue(whole, size))
      extent.high = affine::makeComposedFoldedAffineApply(b, inside.getLoc(), rest, {whole, size, low});
    extents.push_back(extent);
  }
  return extents;
}

/// Elements of the frame and of what lies around the inside.
static std::pair<int64_t, int64_t> countElements(ArrayRef<Extent> extents) {
  auto number = [](OpFoldResult n) { return getConstantIntValue(n); };
  int64_t all = 1, inside = 1;
  for (const Extent &e : extents) {
    // What is not padded and not known is a batch.
    int64_t whole = likelySize(number(e.whole).value_or(ShapedType::kDynamic), e.isWhole()), around = number(e.low).value_or(1) + number(e.high).value_or(1);
    all *= whole;
    inside *= std::max<int64_t>(0, whole - around);
  }
  return {all, all - inside};
}

/// Fills what is around the inside: of each dimension that has padding the slabs
/// before and behind, in the dimensions before it as wide as the inside.
static Value fillAround(linalg::FillOp fill, Value frame, ArrayRef<Extent> extents, OpBuilder &b) {
  Location loc = fill.getLoc();
  OpFoldResult zero = b.getIndexAttr(0);
  SmallVector<OpFoldResult> offsets(extents.size(), zero), sizes, ones(extents.size(), b.getIndexAttr(1));
  for (const Extent &e : extents)
    sizes.push_back(e.whole);
  auto slab = [&](unsigned axis, OpFoldResult offset, OpFoldResult size) {
    if (isZeroInteger(size))
      return;
    offsets[axis] = offset;
    sizes[axis] = size;
    Value place = tensor::ExtractSliceOp::create(b, loc, frame, offsets, sizes, ones);
    Value filled = linalg::FillOp::create(b, loc, fill.getInputs(), place).getResult(0);
    frame = tensor::InsertSliceOp::create(b, loc, filled, frame, offsets, sizes, ones);
  };
  AffineMap sum = AffineMap::get(2, 0, b.getAffineDimExpr(0) + b.getAffineDimExpr(1));
  for (auto [axis, e] : llvm::enumerate(extents)) {
    if (e.isWhole())
      continue;
    slab(axis, zero, e.low);
    slab(axis, affine::makeComposedFoldedAffineApply(b, loc, sum, {e.low, e.inside}), e.high);
    offsets[axis] = e.low;
    sizes[axis] = e.inside;
  }
  return frame;
}

namespace {
struct FillBordersPass : impl::FillBordersPassBase<FillBordersPass> {
  void runOnOperation() override {
    SmallVector<linalg::FillOp> fills;
    getOperation().walk([&](linalg::FillOp op) { fills.push_back(op); });
    for (linalg::FillOp fill : fills) {
      auto frame = fill.getOutputs()[0].getDefiningOp<tensor::EmptyOp>();
      tensor::InsertSliceOp inside = frame ? insideOf(fill) : tensor::InsertSliceOp();
      // What is not known when the frame is filled cannot be left out there.
      auto isKnown = [&](Value v) { return !v.getDefiningOp() || v.getParentBlock() != fill->getBlock() || v.getDefiningOp()->isBeforeInBlock(fill); };
      if (!inside || inside->getBlock() != fill->getBlock() || !llvm::all_of(inside->getOperands().drop_front(2), isKnown))
        continue;
      OpBuilder b(fill);
      SmallVector<Extent> extents = extentsOf(inside, frame, b);
      auto [all, around] = countElements(extents);
      if (all < kSmallFrame || 2 * around > all)
        continue;
      remark::passed(inside.getLoc(), remark::RemarkOpts::name("FillBorders").category("structure").function(getOperation().getName()))
          << remark::metric("frame", all) << remark::metric("filled", around) << "only what lies around the inside is filled";
      fill.replaceAllUsesWith(ValueRange{fillAround(fill, frame, extents, b)});
      fill.erase();
    }
  }
};
} // namespace
} // namespace coil
