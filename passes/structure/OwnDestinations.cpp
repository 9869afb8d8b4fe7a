//===- OwnDestinations.cpp - no two writers share a destination -----------===//
//
// Comes in: tensor.empty and linalg.fill with several users. Goes out: one for
// each user that writes into it.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/Interfaces/DestinationStyleOpInterface.h"

namespace coil {
#define GEN_PASS_DEF_OWNDESTINATIONSPASS
#include "passes/structure/Passes.h.inc"

/// Whether the user's result is this operand, changed.
static bool isWritten(OpOperand &use) {
  Operation *user = use.getOwner();
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(user))
    return destination.isDpsInit(&use);
  return isa<tensor::InsertOp, LoopLikeOpInterface>(user);
}

/// The op, and the empty tensor it fills, again in front of `user`.
static Value makeAgain(Operation *op, Operation *user) {
  OpBuilder b(user);
  Operation *copy = b.clone(*op);
  if (auto fill = dyn_cast<linalg::FillOp>(copy))
    if (Operation *empty = fill.getOutputs()[0].getDefiningOp<tensor::EmptyOp>()) {
      b.setInsertionPoint(copy);
      fill.getOutputsMutable()[0].set(b.clone(*empty)->getResult(0));
    }
  return copy->getResult(0);
}

namespace {
struct OwnDestinationsPass : impl::OwnDestinationsPassBase<OwnDestinationsPass> {
  void runOnOperation() override {
    SmallVector<Operation *> shared;
    // Fills first: what they fill is then used once more.
    getOperation().walk([&](linalg::FillOp op) { shared.push_back(op); });
    getOperation().walk([&](tensor::EmptyOp op) { shared.push_back(op); });
    for (Operation *op : shared) {
      SmallVector<OpOperand *> writers;
      for (OpOperand &use : op->getUses())
        if (isWritten(use))
          writers.push_back(&use);
      // One writer may keep the op, if nobody else reads it.
      bool read = int64_t(writers.size()) != std::distance(op->use_begin(), op->use_end());
      for (OpOperand *use : llvm::drop_begin(writers, read || writers.empty() ? 0 : 1))
        use->set(makeAgain(op, use->getOwner()));
    }
  }
};
} // namespace
} // namespace coil
