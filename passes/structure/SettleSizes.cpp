//===- SettleSizes.cpp - sizes that must be equal are one value -----------===//
//
// Comes in: sizes as values, and in the order of the program's nodes what a run asks
// of them. Goes out: where two sizes are required to be the same, they are one value
// from the beginning, and what would be chosen by them in a body is chosen. First of
// what makes a program faster: fusion, and whoever looks for a softmax between two
// products, then meets maps and no choices.
//
// A mask's sizes show it: that scores are not repeated along its keys is known only
// from the product with the values, which comes after.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "dialects/coil/Core.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace coil {
#define GEN_PASS_DEF_SETTLESIZESPASS
#include "passes/structure/Passes.h.inc"

using namespace mlir;

/// What a size is computed from, in order; empty where not all of it is known before
/// a run begins.
static SetVector<Operation *> sliceOf(Value size) {
  constexpr size_t kLongest = 64;
  SetVector<Operation *> slice;
  SmallVector<std::pair<Operation *, bool>> stack{{size.getDefiningOp(), false}};
  while (!stack.empty()) {
    auto [op, done] = stack.pop_back_val();
    if (op && slice.contains(op))
      continue;
    bool mayMove = op && op->getNumResults() == 1 && op->getNumRegions() == 0 && isPure(op) && op->getResult(0).getType().isIntOrIndex() &&
                   op->getBlock() == size.getParentBlock();
    bool isDim = op && isa<tensor::DimOp>(op) && isa<BlockArgument>(op->getOperand(0));
    if (!mayMove || (!isDim && !llvm::all_of(op->getOperandTypes(), [](Type type) { return type.isIntOrIndex(); })) || slice.size() > kLongest)
      return {};
    if (done) {
      slice.insert(op);
      continue;
    }
    stack.push_back({op, true});
    for (Value operand : op->getOperands())
      if (!isDim || !isa<BlockArgument>(operand))
        stack.push_back({operand.getDefiningOp(), false});
  }
  return slice;
}

/// The size of a tensor, where it can be read from what made it.
static OpFoldResult sizeOf(Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return IntegerAttr::get(IndexType::get(type.getContext()), type.getDimSize(dim));
  if (auto empty = tensor.getDefiningOp<tensor::EmptyOp>())
    return empty.getDynamicSize(dim);
  if (auto op = tensor.getDefiningOp<DestinationStyleOpInterface>())
    return sizeOf(op.getTiedOpOperand(cast<OpResult>(tensor))->get(), dim);
  if (auto insert = tensor.getDefiningOp<tensor::InsertSliceOp>())
    return sizeOf(insert.getDest(), dim);
  if (auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>(); slice && slice.getSourceType().getRank() == type.getRank())
    return slice.getMixedSizes()[dim];
  if (auto expand = tensor.getDefiningOp<tensor::ExpandShapeOp>())
    return expand.getMixedOutputShape()[dim];
  if (auto collapse = tensor.getDefiningOp<tensor::CollapseShapeOp>()) {
    OpFoldResult size;
    for (int64_t from : collapse.getReassociationIndices()[dim])
      if (OpFoldResult part = sizeOf(collapse.getSrc(), from); getConstantIntValue(part) != 1) {
        if (size || !part)
          return {};
        size = part;
      }
    return size;
  }
  return {};
}

static bool isSame(OpFoldResult a, OpFoldResult b) { return a && b && isEqualConstantIntOrValue(a, b); }

namespace {
struct SettleSizesPass : impl::SettleSizesPassBase<SettleSizesPass> {
  void runOnOperation() override {
    Block &block = getOperation().getBody().front();
    for (auto require : llvm::make_early_inc_range(block.getOps<core::RequireOp>()))
      unify(require);
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops)
      if (settle(op))
        readByMaps(op);
  }

private:
  auto name() { return remark::RemarkOpts::name("SettleSizes").category("structure").function(getOperation().getName()); }

  void hoist(const SetVector<Operation *> &slice, Block &block) {
    for (Operation *op : slice)
      if (hoisted.insert(op).second)
        move(op, block);
  }

  void move(Operation *op, Block &block) {
    last ? op->moveAfter(last) : op->moveBefore(&block, block.begin());
    last = op;
  }

  /// Two sizes that a run needs to be equal are one.
  void unify(core::RequireOp require) {
    auto equal = require.getCondition().getDefiningOp<arith::CmpIOp>();
    if (!equal || equal.getPredicate() != arith::CmpIPredicate::eq || equal->getBlock() != require->getBlock())
      return;
    Value kept = equal.getLhs(), other = equal.getRhs();
    if (kept == other || matchPattern(kept, m_Constant()) || matchPattern(other, m_Constant()))
      return;
    auto slice = sliceOf(kept), otherSlice = sliceOf(other);
    if (slice.empty() || otherSlice.empty())
      return;
    // The one that takes less is not made of the other.
    if (slice.size() > otherSlice.size()) {
      std::swap(slice, otherSlice);
      std::swap(kept, other);
    }
    auto numbers = llvm::to_vector_of<Value>(require.getNumbers());
    if (!llvm::all_of(numbers, [&](Value number) { return number == kept || number == other; }))
      return;
    Block &block = *require->getBlock();
    hoist(slice, block);
    hoist(otherSlice, block);
    auto own = cast<arith::CmpIOp>(OpBuilder(require).clone(*equal));
    move(own, block);
    require.getConditionMutable().assign(own);
    move(require, block);
    // Whoever comes after it.
    other.replaceUsesWithIf(kept, [&](OpOperand &use) {
      Operation *user = block.findAncestorOpInBlock(*use.getOwner());
      return user && require->isBeforeInBlock(user);
    });
    remark::passed(require.getLoc(), name()) << "two sizes that must be equal are one";
  }

  /// select(size == 1, 0, index) is the index, if the loop has that size.
  bool settle(linalg::GenericOp op) {
    bool changed = false;
    for (auto select : llvm::make_early_inc_range(op.getBody()->getOps<arith::SelectOp>())) {
      auto equal = select.getCondition().getDefiningOp<arith::CmpIOp>();
      auto index = select.getFalseValue().getDefiningOp<linalg::IndexOp>();
      if (!equal || !index || equal.getPredicate() != arith::CmpIPredicate::eq || getConstantIntValue(equal.getRhs()) != 1 ||
          getConstantIntValue(select.getTrueValue()) != 0)
        continue;
      if (!isSame(sizeOfLoop(op, index.getDim()), equal.getLhs()))
        continue;
      select.replaceAllUsesWith(index.getResult());
      select.erase();
      changed = true;
    }
    return changed;
  }

  static OpFoldResult sizeOfLoop(linalg::GenericOp op, unsigned loop) {
    for (OpOperand &init : op.getDpsInitsMutable())
      if (auto dim = op.getMatchingIndexingMap(&init).getResultPosition(getAffineDimExpr(loop, op.getContext())))
        return sizeOf(init.get(), *dim);
    return {};
  }

  /// What is read at the op's own indices is an input.
  void readByMaps(linalg::GenericOp op) {
    for (auto load : llvm::make_early_inc_range(op.getBody()->getOps<tensor::ExtractOp>())) {
      auto type = load.getTensor().getType();
      Operation *maker = load.getTensor().getDefiningOp();
      if (maker && op->isProperAncestor(maker))
        continue;
      SmallVector<AffineExpr> reads;
      SmallVector<ReassociationIndices> groups;
      bool isPlain = true;
      for (auto [dim, index] : llvm::enumerate(load.getIndices())) {
        if (type.getDimSize(dim) == 1 && getConstantIntValue(index) == 0) {
          // Dimensions of one are left out.
          (groups.empty() ? groups.emplace_back() : groups.back()).push_back(dim);
          continue;
        }
        auto loop = index.getDefiningOp<linalg::IndexOp>();
        isPlain &= loop && !llvm::is_contained(reads, getAffineDimExpr(loop.getDim(), op.getContext())) &&
                   isSame(sizeOf(load.getTensor(), dim), sizeOfLoop(op, loop.getDim()));
        if (!isPlain)
          break;
        if (reads.empty() && !groups.empty())
          groups.back().push_back(dim);
        else
          groups.push_back({int64_t(dim)});
        reads.push_back(getAffineDimExpr(loop.getDim(), op.getContext()));
      }
      if (!isPlain || reads.empty())
        continue;
      OpBuilder b(op);
      Value input = load.getTensor();
      if (groups.size() != size_t(type.getRank()))
        input = tensor::CollapseShapeOp::create(b, op.getLoc(), input, groups);
      unsigned at = op.getNumDpsInputs();
      op.getInputsMutable().append(input);
      auto maps = op.getIndexingMapsArray();
      maps.insert(maps.begin() + at, AffineMap::get(op.getNumLoops(), 0, reads, op.getContext()));
      op.setIndexingMapsAttr(b.getAffineMapArrayAttr(maps));
      load.replaceAllUsesWith(op.getBody()->insertArgument(at, type.getElementType(), load.getLoc()));
      load.erase();
      remark::passed(op.getLoc(), name()) << "what it reads is not repeated, whatever the sizes of a run";
    }
    // An index that is not asked for keeps others from seeing an elementwise op.
    for (auto index : llvm::make_early_inc_range(op.getBody()->getOps<linalg::IndexOp>()))
      if (index->use_empty())
        index->erase();
  }

  llvm::DenseSet<Operation *> hoisted;
  Operation *last = nullptr;
};
} // namespace
} // namespace coil
