//===- EmitLoops.cpp - linalg ops become loops over vectors ---------------===//
//
// Comes in: kernels of linalg ops on buffers, each with its plan. Goes out: scf
// loops, vector loads and stores, arithmetic on vectors. One general path: any op
// with one result, any indexing. A fill right before a sum is where it begins,
// and an elementwise op on a result that nothing else reads is done on registers:
// what lies between the ops of one kernel is never in memory.
//
// On buffers and not on tensors: a kernel is in destination-passing style, so
// nothing is left that tensors could tell, and no loop needs bufferization.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/Remarks.h"
#include "passes/vectorize/FusedOps.h"
#include "passes/vectorize/NestEmitter.h"

namespace coil {
#define GEN_PASS_DEF_EMITLOOPSPASS
#include "passes/vectorize/Passes.h.inc"

namespace {
struct EmitLoopsPass : impl::EmitLoopsPassBase<EmitLoopsPass> {
  void runOnOperation() override {
    machine = Machine::of(getOperation());
    forEachNest(getOperation(), [&](linalg::GenericOp op, OpOperand *result) {
      if (failed(emitNest(op, result)))
        signalPassFailure();
    });
    if (failed(emitOthers()))
      signalPassFailure();
  }

  /// Emits `op`, and with `result` what reads it too.
  LogicalResult emitNest(linalg::GenericOp op, OpOperand *result) {
    auto epilogue = result ? cast<linalg::GenericOp>(result->getOwner()) : linalg::GenericOp();
    auto written = op->getAttrOfType<DictionaryAttr>(kLoopsAttr);
    if (!written)
      return op.emitOpError("has no '") << kLoopsAttr << "'; vectorize-plan-loops writes it";
    std::string why;
    FailureOr<LoopPlan> plan = readPlan(written, op, epilogue, machine, why);
    if (failed(plan))
      return op.emitOpError("'") << kLoopsAttr << "': " << why;
    std::optional<BlockSum> blocks = blocksBefore(op);
    Value init;
    if (linalg::FillOp fill = fillBefore(op)) {
      init = fill.getInputs()[0];
      fill.erase();
    }
    say(op, *plan);
    NestEmitter(op, *plan, init, result, blocks, machine).run();
    Operation *buffer = result ? result->get().getDefiningOp() : nullptr;
    if (result)
      epilogue.erase();
    op.erase();
    if (buffer)
      buffer->erase();
    if (blocks)
      erase(blocks->inner);
    return success();
  }

  /// How threads share it: parts, where the sizes are known.
  void say(linalg::GenericOp op, const LoopPlan &plan) {
    auto remark =
        remark::passed(op.getLoc(), remark::RemarkOpts::name("EmitLoops").category("vectorize").function(getOperation().getName()));
    int64_t parts = 1;
    for (std::optional<unsigned> loop : {plan.shared, plan.sharedInner})
      if (int64_t size = loop ? op.getStaticLoopRanges()[*loop] : 1; !ShapedType::isDynamic(size) && parts > 0)
        parts *= llvm::divideCeil(size, loop ? plan.unitOf(*loop) : 1);
      else
        parts = 0;
    if (plan.shared && parts > 0)
      remark << remark::metric("parts", parts);
    remark << (plan.shared ? "loops that threads share" : "loops of one thread");
  }

  /// The sums of blocks, which are in registers now.
  static void erase(linalg::GenericOp inner) {
    Operation *buffer = inner.getDpsInits()[0].getDefiningOp();
    fillBefore(inner).erase();
    inner.erase();
    buffer->erase();
  }

  /// What has several results goes element by element, in upstream's loops.
  LogicalResult emitOthers() {
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    for (linalg::LinalgOp op : ops) {
      IRRewriter rewriter(op);
      if (failed(linalg::linalgOpToLoops(rewriter, op)))
        return op.emitError("has no loops");
      rewriter.eraseOp(op);
    }
    return success();
  }

  Machine machine;
};
} // namespace
} // namespace coil
