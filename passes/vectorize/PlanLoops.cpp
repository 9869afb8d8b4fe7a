//===- PlanLoops.cpp - each loop nest gets its plan -----------------------===//
//
// Comes in: kernels of linalg ops on buffers. Goes out: the same as generic ops,
// each with `coil.loops`: which loop is vectorized, how large a tile is, in which
// order the loops go, which one threads share. Nothing is emitted here, so that
// the choice can be read, and another one written in its place.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/Remarks.h"
#include "passes/support/Tuning.h"
#include "passes/vectorize/FusedOps.h"
#include "passes/vectorize/LoopPlan.h"

namespace coil {
#define GEN_PASS_DEF_PLANLOOPSPASS
#include "passes/vectorize/Passes.h.inc"

namespace {
struct PlanLoopsPass : impl::PlanLoopsPassBase<PlanLoopsPass> {
  using PlanLoopsPassBase::PlanLoopsPassBase;

  void runOnOperation() override {
    Machine machine = Machine::of(getOperation());
    if (failed(generalize()))
      return signalPassFailure();
    forEachNest(getOperation(), [&](linalg::GenericOp op, OpOperand *result) {
      if (!op->hasAttr(kLoopsAttr))
        plan(op, result ? cast<linalg::GenericOp>(result->getOwner()) : linalg::GenericOp(), machine);
    });
  }

  /// Named ops become generic, but for fills that begin a sum.
  LogicalResult generalize() {
    SmallVector<linalg::LinalgOp> named;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (!isa<linalg::GenericOp>(op))
        named.push_back(op);
    });
    for (linalg::LinalgOp op : llvm::reverse(named)) {
      auto next = dyn_cast_if_present<linalg::GenericOp>(op->getNextNode());
      if (next && next.getNumDpsInits() == 1 && op == fillBefore(next))
        continue;
      IRRewriter rewriter(op);
      if (failed(linalg::generalizeNamedOp(rewriter, op)))
        return op.emitError("has no loops");
    }
    return success();
  }

  /// What the options say comes before the op's own tuning.
  DictionaryAttr withOptions(DictionaryAttr tuning) {
    NamedAttrList list(tuning);
    std::pair<StringRef, int64_t> given[] = {{"lanes", lanes}, {"columns", columns}, {"rows", rows}, {"terms", terms}};
    for (auto [field, n] : given)
      if (n != 0)
        list.set(field, IntegerAttr::get(IntegerType::get(&getContext(), 64), n));
    return list.empty() ? tuning : list.getDictionary(&getContext());
  }

  void plan(linalg::GenericOp op, linalg::GenericOp epilogue, const Machine &machine) {
    std::string why;
    auto own = op->getAttrOfType<DictionaryAttr>(kTuningAttr);
    DictionaryAttr tuning = withOptions(own);
    if (tuning != own)
      op->setAttr(kTuningAttr, tuning);
    LoopPlan plan = planLoops(op, epilogue, machine, why);
    if (tuning != own && !own)
      op->removeAttr(kTuningAttr);
    else if (own)
      op->setAttr(kTuningAttr, own);
    if (!why.empty())
      op.emitWarning("its tuning does not apply: ") << why;
    op->setAttr(kLoopsAttr, writePlan(plan, &getContext()));
    say(op, plan, epilogue != nullptr);
  }

  void say(linalg::GenericOp op, const LoopPlan &plan, bool hasEpilogue) {
    auto remark =
        remark::passed(op.getLoc(), remark::RemarkOpts::name("PlanLoops").category("vectorize").function(getOperation().getName()));
    remark << remark::metric("lanes", plan.lanes) << remark::metric("rows", plan.rows)
           << remark::metric("columns", plan.columns) << remark::metric("terms", plan.terms);
    if (plan.window)
      remark << remark::metric("window", plan.window);
    if (plan.halves)
      remark << remark::metric("half_sums", plan.halfTerms);
    remark << (plan.kind == LoopPlan::Across ? "across the result"
               : plan.kind == LoopPlan::Along ? "along the sum"
                                              : "element by element");
    if (hasEpilogue)
      remark << ", and what follows on the same registers";
  }
};
} // namespace
} // namespace coil
