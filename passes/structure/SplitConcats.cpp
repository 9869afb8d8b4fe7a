//===- SplitConcats.cpp - what is done to joined tensors is done to each --===//
//
// Comes in: an elementwise op that reads a concatenation. Goes out: an op for each
// part, whose results are joined: each part is then computed where it belongs, and
// fused with who makes it. The rotation of halves in a rotary embedding is two ops
// so, without a copy. Before fusion, which meets the parts.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Iterators.h"
#include "mlir/IR/Remarks.h"

namespace coil {
#define GEN_PASS_DEF_SPLITCONCATSPASS
#include "passes/structure/Passes.h.inc"

/// More parts are more code than a copy is worth, and shorter ones fill no vector.
static constexpr size_t kMostParts = 4;
static constexpr int64_t kShortestPart = 4;

namespace {
/// Tensors that lie one behind the other along an axis, with all else in common.
struct Concat {
  int64_t axis = 0;
  SmallVector<Value> parts;
  SmallVector<int64_t> sizes; // along the axis
};
} // namespace

/// The empty tensor that insertions begin with, if they do.
static tensor::EmptyOp beginOf(Value value) {
  while (auto insert = value.getDefiningOp<tensor::InsertSliceOp>())
    value = insert.getDest();
  return value.getDefiningOp<tensor::EmptyOp>();
}

/// The one axis along which an insertion is not as large as the whole; -1 if none or more.
static int64_t axisOf(tensor::InsertSliceOp insert, tensor::EmptyOp whole) {
  int64_t axis = -1;
  for (auto [i, size, all] : llvm::enumerate(insert.getMixedSizes(), whole.getMixedSizes()))
    if (!isEqualConstantIntOrValue(size, all)) {
      if (axis >= 0)
        return -1;
      axis = i;
    }
  return axis;
}

/// A tensor that is put together from parts, from the first to the last. Only the
/// last insertion may have more uses than the next.
static std::optional<Concat> concatOf(Value value) {
  auto last = value.getDefiningOp<tensor::InsertSliceOp>();
  tensor::EmptyOp whole = last ? beginOf(value) : tensor::EmptyOp();
  if (!whole)
    return std::nullopt;
  Concat concat;
  concat.axis = axisOf(last, whole);
  if (concat.axis < 0)
    return std::nullopt;
  int64_t end = whole.getType().getDimSize(concat.axis);
  for (auto insert = last; insert; insert = insert.getDest().getDefiningOp<tensor::InsertSliceOp>()) {
    RankedTensorType type = insert.getSourceType();
    if ((insert != last && !insert->hasOneUse()) || !insert.hasUnitStride() ||
        type.getRank() != insert.getDestType().getRank() || axisOf(insert, whole) != concat.axis)
      return std::nullopt;
    int64_t size = type.getDimSize(concat.axis);
    if (ShapedType::isDynamic(size) || ShapedType::isDynamic(end))
      return std::nullopt;
    end -= size;
    for (auto [i, offset] : llvm::enumerate(insert.getMixedOffsets()))
      if (!isConstantIntValue(offset, int64_t(i) == concat.axis ? end : 0))
        return std::nullopt;
    concat.parts.push_back(insert.getSource());
    concat.sizes.push_back(size);
  }
  if (end != 0 || concat.parts.size() < 2 || concat.parts.size() > kMostParts)
    return std::nullopt;
  std::reverse(concat.parts.begin(), concat.parts.end());
  std::reverse(concat.sizes.begin(), concat.sizes.end());
  return concat;
}

/// Whether an op on each part does the same: an element depends on elements at its
/// place, and on nothing else.
static bool isPointwise(linalg::GenericOp op) {
  return op.getNumReductionLoops() == 0 && op.getNumResults() == 1 && op.getIndexingMapsArray().back().isIdentity() &&
         !op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)) && op.getDpsInits()[0].getDefiningOp<tensor::EmptyOp>() &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isProjectedPermutation(); }) &&
         llvm::all_of(*op.getBody(), [](Operation &inner) {
           return inner.getNumRegions() == 0 && !isa<linalg::IndexOp, tensor::ExtractOp>(inner);
         });
}

/// A sum that takes the op in as what is done to its result.
static bool isSum(Value value) {
  auto op = value.getDefiningOp<linalg::GenericOp>();
  return op && op.getNumReductionLoops() > 0 && value.hasOneUse();
}

static bool readsSum(linalg::GenericOp op) { return llvm::any_of(op.getDpsInputs(), isSum); }

/// The concatenation that only this op reads, element by element.
static std::optional<Concat> concatReadBy(linalg::GenericOp op) {
  if (!isPointwise(op) || readsSum(op))
    return std::nullopt;
  std::optional<Concat> found;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    if (found || !operand->get().hasOneUse() || !op.getMatchingIndexingMap(operand).isIdentity())
      continue;
    found = concatOf(operand->get());
    if (found && found->axis + 1 == op.getNumLoops() && llvm::any_of(found->sizes, [](int64_t n) { return n < kShortestPart; }))
      found.reset();
  }
  return found;
}

namespace {
/// One part of all that has an axis.
struct Cut {
  OpBuilder &b;
  Location loc;
  int64_t offset, size;

  /// What lies in the part: one of the same concatenation; else of an op that nobody else asks, what it does to the part; else a slice.
  Value of(Value value, int64_t axis) const {
    if (auto concat = concatOf(value); concat && concat->axis == axis) {
      int64_t begin = 0;
      for (auto [part, n] : llvm::zip(concat->parts, concat->sizes)) {
        if (begin == offset && n == size)
          return part;
        begin += n;
      }
    }
    if (auto maker = value.getDefiningOp<linalg::GenericOp>(); maker && value.hasOneUse() && isPointwise(maker) && !readsSum(maker))
      return of(maker, axis);
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, value);
    SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0)), ones(sizes.size(), b.getIndexAttr(1));
    offsets[axis] = b.getIndexAttr(offset);
    sizes[axis] = b.getIndexAttr(size);
    return tensor::ExtractSliceOp::create(b, loc, value, offsets, sizes, ones);
  }

  /// A pointwise op on the part.
  Value of(linalg::GenericOp op, int64_t axis) const {
    SmallVector<Value> inputs;
    for (OpOperand *operand : op.getDpsInputOperands()) {
      auto position = op.getMatchingIndexingMap(operand).getResultPosition(b.getAffineDimExpr(axis));
      inputs.push_back(position ? of(operand->get(), *position) : operand->get());
    }
    auto empty = op.getDpsInits()[0].getDefiningOp<tensor::EmptyOp>();
    SmallVector<OpFoldResult> sizes = empty.getMixedSizes();
    sizes[axis] = b.getIndexAttr(size);
    Value init = tensor::EmptyOp::create(b, loc, sizes, empty.getType().getElementType());
    auto part = linalg::GenericOp::create(b, op.getLoc(), init.getType(), inputs, init, op.getIndexingMapsArray(), op.getIteratorTypesArray());
    IRMapping map;
    op.getRegion().cloneInto(&part.getRegion(), map);
    return part.getResult(0);
  }
};
} // namespace

static void split(linalg::GenericOp op, const Concat &concat) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto empty = op.getDpsInits()[0].getDefiningOp<tensor::EmptyOp>();
  SmallVector<OpFoldResult> sizes = empty.getMixedSizes();
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0)), ones(sizes.size(), b.getIndexAttr(1));
  Value whole = tensor::EmptyOp::create(b, loc, sizes, empty.getType().getElementType());
  int64_t offset = 0;
  for (int64_t size : concat.sizes) {
    Value part = Cut{b, loc, offset, size}.of(op, concat.axis);
    offsets[concat.axis] = b.getIndexAttr(offset);
    sizes[concat.axis] = b.getIndexAttr(size);
    whole = tensor::InsertSliceOp::create(b, loc, part, whole, offsets, sizes, ones);
    offset += size;
  }
  remark::passed(loc, remark::RemarkOpts::name("SplitConcats").category("structure").function(op->getParentOfType<func::FuncOp>().getName()))
      << remark::metric("parts", concat.sizes.size()) << "done to each part of a concatenation, where it belongs";
  op.getResult(0).replaceAllUsesWith(whole);
  op.erase();
}

namespace {
struct SplitConcatsPass : impl::SplitConcatsPassBase<SplitConcatsPass> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    // In the order of the program: what reads a result is then split, too.
    for (linalg::GenericOp op : ops)
      if (auto concat = concatReadBy(op))
        split(op, *concat);
    // Those that were done to parts would count as readers in fusion.
    getOperation().walk<WalkOrder::PostOrder, ReverseIterator>([](linalg::GenericOp op) {
      if (op.use_empty())
        op.erase();
    });
  }
};
} // namespace
} // namespace coil
