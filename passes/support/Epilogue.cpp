//===- Epilogue.cpp - what can be done to a sum on its registers ----------===//

#include "passes/support/Epilogue.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/support/Lookup.h"

namespace coil {

bool isEpilogue(linalg::GenericOp op) {
  if (op.getNumDpsInits() != 1 || op.getNumReductionLoops() > 0 || op.getNumLoops() == 0 ||
      !op.getIndexingMapsArray().back().isIdentity())
    return false;
  AffineExpr last = getAffineDimExpr(op.getNumLoops() - 1, op.getContext());
  for (AffineMap map : op.getIndexingMapsArray())
    if (!map.isProjectedPermutation() ||
        (map.isFunctionOfDim(op.getNumLoops() - 1) && map.getResults().back() != last))
      return false;
  // Of what is read at computed places only bytes from a table are there for a whole vector.
  auto isTable = [](Value table, ValueRange indices) {
    return lookupByte(table, indices) ? WalkResult::advance() : WalkResult::interrupt();
  };
  return !op.getBody()
              ->walk([&](Operation *inner) {
                if (auto load = dyn_cast<tensor::ExtractOp>(inner))
                  return isTable(load.getTensor(), load.getIndices());
                if (auto load = dyn_cast<memref::LoadOp>(inner))
                  return isTable(load.getMemRef(), load.getIndices());
                return WalkResult::advance();
              })
              .wasInterrupted();
}

bool readsAsItIs(OpOperand *read, linalg::GenericOp sum) {
  auto op = cast<linalg::GenericOp>(read->getOwner());
  return sum.getNumReductionLoops() > 0 && sum.getNumDpsInits() == 1 && op.getMatchingIndexingMap(read).isIdentity() &&
         sum.getIndexingMapsArray().back().isProjectedPermutation();
}

bool isContraction(linalg::GenericOp op) {
  auto kinds = op.getIteratorTypesArray();
  auto sizes = op.getStaticLoopRanges();
  return llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *operand) {
    AffineMap map = op.getMatchingIndexingMap(operand);
    bool isTerm = false, isShared = false;
    for (auto [loop, size] : llvm::enumerate(sizes)) {
      bool isSum = kinds[loop] == utils::IteratorType::reduction, depends = map.isFunctionOfDim(loop);
      isTerm |= isSum && depends;
      isShared |= !isSum && size != 1 && !depends;
    }
    return isTerm && isShared;
  });
}

} // namespace coil
