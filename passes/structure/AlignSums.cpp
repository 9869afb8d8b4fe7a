//===- AlignSums.cpp - the factors of a row's sum lie side by side --------===//
//
// Comes in: sums whose results do not lie side by side, as of a convolution with
// one filter or a product with one column. Goes out: the same with all its factors
// side by side along one loop of the sum, which can then be the lanes of a vector:
// [1, C, H, W] becomes [1, H, W, C], and the column [K, 1] a row [1, K].
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"

namespace coil {
#define GEN_PASS_DEF_ALIGNSUMSPASS
#include "passes/structure/Passes.h.inc"

/// The loop along which the last dimension lies.
static std::optional<unsigned> lastLoop(AffineMap map) {
  auto last = map.getNumResults() ? dyn_cast<AffineDimExpr>(map.getResults().back()) : AffineDimExpr(nullptr);
  return last ? std::optional(last.getPosition()) : std::nullopt;
}

/// The loop of the sum along which an input lies that a run brings, if no result
/// lies beside another one.
static std::optional<unsigned> sumLoop(linalg::GenericOp op) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  auto lane = lastLoop(op.getIndexingMapsArray().back());
  if (op.getNumResults() != 1 || op.getNumReductionLoops() == 0 || (lane && sizes[*lane] != 1))
    return std::nullopt;
  for (OpOperand *input : op.getDpsInputOperands()) {
    auto loop = lastLoop(op.getMatchingIndexingMap(input));
    if (loop && sizes[*loop] != 1 && op.getIteratorTypesArray()[*loop] == utils::IteratorType::reduction &&
        !matchPattern(input->get(), m_Constant()))
      return loop;
  }
  return std::nullopt;
}

/// The same with dimension `position` after those of one element that follow it.
static Value passOnes(OpBuilder &b, Location loc, Value input, int64_t position) {
  auto type = cast<RankedTensorType>(input.getType());
  int64_t ones = type.getRank() - position - 1;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, input);
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i <= position; ++i)
    groups.push_back({i});
  for (int64_t i = 1; i <= ones; ++i)
    groups.back().push_back(position + i);
  Value whole = tensor::CollapseShapeOp::create(b, loc, input, groups);
  SmallVector<int64_t> shape(type.getShape());
  std::rotate(shape.begin() + position, shape.begin() + position + 1, shape.end());
  std::rotate(sizes.begin() + position, sizes.begin() + position + 1, sizes.end());
  return tensor::ExpandShapeOp::create(b, loc, type.clone(shape), whole, groups, sizes);
}

/// The same with dimension `position` last, transposed.
static Value transposed(OpBuilder &b, Location loc, Value input, int64_t position) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  std::rotate(order.begin() + position, order.begin() + position + 1, order.end());
  SmallVector<int64_t> shape = llvm::map_to_vector(order, [&](int64_t axis) { return type.getDimSize(axis); });
  Value empty = tensor::EmptyOp::create(b, loc, shape, type.getElementType());
  return linalg::TransposeOp::create(b, loc, input, empty, order)->getResult(0);
}

namespace {
struct AlignSumsPass : impl::AlignSumsPassBase<AlignSumsPass> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops)
      if (auto loop = sumLoop(op))
        for (OpOperand *input : op.getDpsInputOperands())
          align(op, *input, *loop);
  }

  void align(linalg::GenericOp op, OpOperand &input, unsigned loop) {
    AffineMap map = op.getMatchingIndexingMap(&input);
    auto position = map.getResultPosition(getAffineDimExpr(loop, op.getContext()));
    auto type = dyn_cast<RankedTensorType>(input.get().getType());
    if (!position || !type || *position + 1 == type.getRank())
      return;
    OpBuilder b(op);
    if (llvm::all_of(type.getShape().drop_front(*position + 1), [](int64_t n) { return n == 1; }))
      input.set(passOnes(b, op.getLoc(), input.get(), *position));
    else if (matchPattern(input.get(), m_Constant()))
      input.set(transposed(b, op.getLoc(), input.get(), *position));
    else
      return;
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    SmallVector<AffineExpr> at(map.getResults());
    std::rotate(at.begin() + *position, at.begin() + *position + 1, at.end());
    maps[input.getOperandNumber()] = AffineMap::get(map.getNumDims(), 0, at, b.getContext());
    op.setIndexingMapsAttr(b.getAffineMapArrayAttr(maps));
    remark::passed(op.getLoc(), remark::RemarkOpts::name("AlignSums").category("structure").function(getOperation().getName()))
        << "the factors of its sum lie side by side";
  }
};
} // namespace
} // namespace coil
