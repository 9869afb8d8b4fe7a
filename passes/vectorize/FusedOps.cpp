//===- FusedOps.cpp - ops of a kernel that are one loop nest --------------===//

#include "passes/vectorize/FusedOps.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/support/Epilogue.h"

namespace coil {

linalg::FillOp fillBefore(linalg::GenericOp op) {
  auto fill = dyn_cast_if_present<linalg::FillOp>(op->getPrevNode());
  Value result = op.getDpsInits().front();
  if (!fill || fill.getOutputs()[0] != result || llvm::is_contained(op.getDpsInputs(), result))
    return {};
  return fill;
}

OpOperand *resultBefore(linalg::GenericOp op) {
  auto before = dyn_cast_if_present<linalg::GenericOp>(op->getPrevNode());
  if (!before || before.getNumDpsInits() != 1 || !isEpilogue(op))
    return nullptr;
  Value buffer = before.getDpsInits().front();
  if (!isa_and_present<memref::AllocOp, memref::AllocaOp>(buffer.getDefiningOp()))
    return nullptr;
  OpOperand *found = nullptr;
  for (OpOperand &use : buffer.getUses()) {
    Operation *user = use.getOwner();
    if (user == op && !found && use.getOperandNumber() < op.getNumDpsInputs())
      found = &use;
    else if (user != before && !isa<linalg::FillOp>(user))
      return nullptr;
  }
  return found && readsAsItIs(found, before) ? found : nullptr;
}

std::optional<BlockSum> blocksBefore(linalg::GenericOp op) {
  return blockSum(op, [&](OpOperand &operand) {
    linalg::GenericOp inner;
    if (!operand.get().getDefiningOp<memref::AllocOp>())
      return inner;
    for (OpOperand &use : operand.get().getUses()) {
      auto user = dyn_cast<linalg::GenericOp>(use.getOwner());
      if (user && user != op && !inner && user.isDpsInit(&use) && user->getBlock() == op->getBlock() && fillBefore(user))
        inner = user;
      else if (user ? &use != &operand : !isa<linalg::FillOp>(use.getOwner()))
        return linalg::GenericOp();
    }
    return inner;
  });
}

void forEachNest(Operation *func, function_ref<void(linalg::GenericOp, OpOperand *)> visit) {
  SmallVector<linalg::GenericOp> ops;
  func->walk([&](linalg::GenericOp op) { ops.push_back(op); });
  DenseSet<Operation *> taken;
  // From the end: an op takes along the sum before it.
  for (linalg::GenericOp op : llvm::reverse(ops)) {
    if (taken.contains(op) || op.getNumDpsInits() != 1)
      continue;
    OpOperand *result = resultBefore(op);
    auto sum = result ? cast<linalg::GenericOp>(op->getPrevNode()) : op;
    taken.insert(sum);
    if (auto blocks = blocksBefore(sum))
      taken.insert(blocks->inner);
    visit(sum, result);
  }
}

} // namespace coil
