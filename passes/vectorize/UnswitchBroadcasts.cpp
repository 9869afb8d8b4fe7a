//===- UnswitchBroadcasts.cpp - two loops where a run decides -------------===//
//
// Comes in: kernels of linalg ops on buffers. Where only a run knows whether a
// tensor is broadcast, the body asks for each element whether to read the first
// one or its own. Goes out: a loop for either case, and the question in front of
// both. Before loops are planned, since what is asked hides what lies side by side.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/Passes.h"

#include "mlir/IR/Remarks.h"

namespace coil {
#define GEN_PASS_DEF_UNSWITCHBROADCASTSPASS
#include "passes/vectorize/Passes.h.inc"

/// More questions than this would be too many copies of a loop.
static constexpr unsigned kMostQuestions = 3;

/// What a select between indices asks, if the answer is the same for all elements.
static Value questionOf(linalg::GenericOp op) {
  for (auto select : op.getBody()->getOps<arith::SelectOp>())
    if (select.getType().isIndex() && select.getCondition().getParentBlock() != op.getBody())
      return select.getCondition();
  return {};
}

static void answer(linalg::GenericOp op, Value question, bool yes) {
  for (auto select : llvm::make_early_inc_range(op.getBody()->getOps<arith::SelectOp>()))
    if (select.getCondition() == question) {
      select.replaceAllUsesWith(yes ? select.getTrueValue() : select.getFalseValue());
      select.erase();
    }
}

static void unswitch(linalg::GenericOp op, unsigned questions) {
  Value question = questionOf(op);
  if (!question || questions == kMostQuestions)
    return;
  OpBuilder b(op);
  auto branch = scf::IfOp::create(b, op.getLoc(), question, /*withElseRegion=*/true);
  OpBuilder inOther = branch.getElseBodyBuilder();
  auto other = cast<linalg::GenericOp>(inOther.clone(*op));
  op->moveBefore(branch.thenBlock(), branch.thenBlock()->begin());
  answer(op, question, true);
  answer(other, question, false);
  unswitch(op, questions + 1);
  unswitch(other, questions + 1);
}

namespace {
struct UnswitchBroadcastsPass : impl::UnswitchBroadcastsPassBase<UnswitchBroadcastsPass> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    // A sum and what belongs to it stand side by side, and should go on to.
    auto op = ops.size() == 1 ? dyn_cast<linalg::GenericOp>(ops.front().getOperation()) : linalg::GenericOp();
    if (!op || op.getNumReductionLoops() > 0 || !questionOf(op))
      return;
    remark::passed(op.getLoc(),
                   remark::RemarkOpts::name("UnswitchBroadcasts").category("vectorize").function(getOperation().getName()))
        << "loops with and without broadcast";
    unswitch(op, 0);
  }
};
} // namespace
} // namespace coil
