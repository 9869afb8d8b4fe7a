//===- EmitLoops.cpp - linalg ops become loops over vectors ---------------===//
//
// Comes in: kernels of linalg ops on buffers. Goes out: scf loops, vector loads
// and stores, arithmetic on vectors. One general path: any op with one result,
// any indexing. A fill right before a sum is where it begins, and an
// elementwise op on a result that nothing else reads is done on registers: what
// lies between the ops of one kernel is never in memory.
//
// On buffers and not on tensors: a kernel is in destination-passing style, so
// nothing is left that tensors could tell, and no loop needs bufferization.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/Remarks.h"
#include "passes/vectorize/NestEmitter.h"

namespace coil {
#define GEN_PASS_DEF_EMITLOOPSPASS
#include "passes/vectorize/Passes.h.inc"

/// The fill right before an op that sets all that the op adds to.
static linalg::FillOp fillBefore(linalg::GenericOp op) {
  auto fill = dyn_cast_if_present<linalg::FillOp>(op->getPrevNode());
  Value result = op.getDpsInits().front();
  if (!fill || fill.getOutputs()[0] != result || llvm::is_contained(op.getDpsInputs(), result))
    return {};
  return fill;
}

/// Where an op reads the result of the op right before it, which is in a buffer
/// of this kernel alone and has no other reader.
static OpOperand *resultBefore(linalg::GenericOp op) {
  auto before = dyn_cast_if_present<linalg::GenericOp>(op->getPrevNode());
  if (!before || before.getNumDpsInits() != 1)
    return nullptr;
  Value buffer = before.getDpsInits().front();
  if (!buffer.getDefiningOp<memref::AllocOp>())
    return nullptr;
  OpOperand *found = nullptr;
  for (OpOperand &use : buffer.getUses()) {
    Operation *user = use.getOwner();
    if (user == op && !found && use.getOperandNumber() < op.getNumDpsInputs())
      found = &use;
    else if (user != before && !isa<linalg::FillOp>(user))
      return nullptr;
  }
  return found;
}

namespace {
struct EmitLoopsPass : impl::EmitLoopsPassBase<EmitLoopsPass> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    machine = Machine::of(func);
    SmallVector<linalg::LinalgOp> ops;
    func.walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    // From the end: an op takes along the fill and the sum before it.
    for (linalg::LinalgOp op : llvm::reverse(ops))
      if (!taken.contains(op))
        emit(op);
  }

  void emit(linalg::LinalgOp op) {
    IRRewriter rewriter(op);
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (!generic) {
      FailureOr<linalg::GenericOp> general = linalg::generalizeNamedOp(rewriter, op);
      if (failed(general)) {
        op.emitError("has no loops");
        return signalPassFailure();
      }
      generic = *general;
    }
    if (generic.getNumDpsInits() != 1) {
      if (failed(linalg::linalgOpToLoops(rewriter, generic)))
        return signalPassFailure();
      rewriter.eraseOp(generic);
      return;
    }
    OpOperand *result = resultBefore(generic);
    if (!result)
      return emitNest(generic, nullptr);
    auto sum = cast<linalg::GenericOp>(generic->getPrevNode());
    Operation *buffer = result->get().getDefiningOp();
    taken.insert(sum);
    emitNest(sum, result);
    generic.erase();
    sum.erase();
    buffer->erase();
  }

  /// Emits `op`, and with `result` what reads it too.
  void emitNest(linalg::GenericOp op, OpOperand *result) {
    LoopPlan plan = planLoops(op, result ? cast<linalg::GenericOp>(result->getOwner()) : linalg::GenericOp(), machine);
    Value init;
    if (linalg::FillOp fill = fillBefore(op)) {
      init = fill.getInputs()[0];
      taken.insert(fill);
      fill.erase();
    }
    remark::passed(op.getLoc(), remark::RemarkOpts::name("EmitLoops").category("vectorize").function(getOperation().getName()))
        << remark::metric("lanes", plan.lanes) << remark::metric("rows", plan.rows)
        << remark::metric("columns", plan.columns) << remark::metric("terms", plan.terms)
        << (plan.kind == LoopPlan::Across ? "across the result"
            : plan.kind == LoopPlan::Along ? "along the sum"
                                           : "element by element")
        << (result ? ", and what follows on the same registers" : "");
    NestEmitter(op, plan, init, result, machine).run();
    if (!result)
      op.erase();
  }

  Machine machine;
  DenseSet<Operation *> taken;
};
} // namespace
} // namespace coil
