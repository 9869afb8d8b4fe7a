//===- WindowLayout.cpp - how an image should lie for its window ----------===//
//
// What a convolution or a pool prefers whose image lies as the model writes it.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Layout.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/support/Machine.h"

namespace coil {

/// Fewer channels than this do not fill vectors: such an image stays as it is.
static constexpr int64_t kFewChannels = 8;

bool fitsAsWritten(linalg::GenericOp op, const WindowLoops &w) {
  if (!w.inputs.empty() || w.spatial.empty())
    return false;
  ArrayRef<AffineExpr> read = op.getIndexingMapsArray()[w.image].getResults();
  auto last = dyn_cast<AffineDimExpr>(op.getIndexingMapsArray().back().getResults().back());
  if (!last || last.getPosition() != w.spatial.back() || read.empty())
    return false;
  AffineExpr stepped = read.back().replace(last, last + 1) - read.back();
  auto step = dyn_cast<AffineConstantExpr>(simplifyAffineExpr(stepped, op.getNumLoops(), 0));
  if (!step || step.getValue() == 1)
    return step != nullptr;
  // Of every second pixel each vector takes two loads, of others more, repaid where
  // results fill it and the window is small; bytes would take more. Where all terms
  // of a window are one piece of code (AArch64), larger ones repay it too.
  constexpr int64_t kFewPixels = 4;
  const int64_t kSmallWindow = Machine::of(op).byLane ? 49 : 9;
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  int64_t pixels = sizes[last.getPosition()], window = 1;
  for (unsigned loop : w.kernel)
    window = ShapedType::isDynamic(sizes[loop]) || window > kSmallWindow ? kSmallWindow + 1 : window * sizes[loop];
  auto type = cast<RankedTensorType>(op.getDpsInputs()[w.image].getType());
  return step.getValue() > 1 && step.getValue() <= kMostLaneStride && window <= kSmallWindow && elementBits(type) >= 16 &&
         (ShapedType::isDynamic(pixels) || pixels >= kFewPixels);
}

bool leavesAsWritten(Value v) {
  llvm::SetVector<Value> values;
  values.insert(v);
  for (size_t i = 0; i < values.size(); ++i)
    for (Operation *user : values[i].getUsers()) {
      if (isa<func::ReturnOp>(user))
        continue;
      if (auto groups = dyn_cast<tensor::CollapseShapeOp>(user)) { // groups become channels
        values.insert(groups.getResult());
        continue;
      }
      auto generic = dyn_cast<linalg::GenericOp>(user);
      if (!generic || generic.getNumResults() != 1 || generic.getNumReductionLoops() > 0 ||
          !generic.getIndexingMapsArray().back().isIdentity())
        return false;
      values.insert(generic.getResult(0));
    }
  return true;
}

bool manyChannels(linalg::GenericOp op, ArrayRef<unsigned> loops) {
  int64_t count = 1;
  for (unsigned loop : loops) {
    int64_t size = op.getStaticLoopRanges()[loop];
    count = ShapedType::isDynamic(size) ? kFewChannels : count * size;
  }
  return count >= kFewChannels;
}

Order orderOfImage(linalg::GenericOp op, const WindowLoops &w) {
  AffineMap map = op.getIndexingMapsArray()[w.image];
  SmallVector<unsigned> channels(w.inputs);
  for (unsigned loop : w.channels)
    if (map.isFunctionOfDim(loop))
      channels.push_back(loop);
  if (!manyChannels(op, channels))
    return {};
  SmallVector<unsigned> loops;
  for (ArrayRef<unsigned> some : {ArrayRef(w.batch), ArrayRef(w.spatial), ArrayRef(w.channels), ArrayRef(w.inputs)})
    llvm::append_range(loops, some);
  return simplified(orderOfResult(map, loops));
}

} // namespace coil
