//===- MarkSites.cpp - where a run is, for profiles -----------------------===//
//
// First of its stage: the calls still have the locations of the nodes that
// were fused into them.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Passes.h"

#include "passes/support/Nodes.h"

namespace coil {
#define GEN_PASS_DEF_MARKSITESPASS
#include "passes/lower/Passes.h.inc"

/// The kernel, or the user's function, that an op calls.
static StringRef calleeOf(Operation *op) {
  if (auto call = dyn_cast<func::CallOp>(op))
    return call.getCallee();
  auto call = dyn_cast<rt::CustomOp>(op);
  return call ? call.getFunction() : "";
}

namespace {
struct MarkSitesPass : impl::MarkSitesPassBase<MarkSitesPass> {
  void runOnOperation() override {
    SmallVector<Attribute> sites;
    Builder b(&getContext());
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.getNumArguments() != 1 || !isa<rt::FrameType>(func.getArgumentTypes()[0]))
        continue;
      func.walk([&](Operation *op) {
        StringRef callee = calleeOf(op);
        if (callee.empty())
          return;
        sites.push_back(b.getStrArrayAttr({callee, nodesOf(op->getLoc())}));
        OpBuilder at(op);
        rt::SiteOp::create(at, op->getLoc(), func.getArgument(0), sites.size() - 1);
      });
      if (!sites.empty()) {
        OpBuilder at(func.front().getTerminator());
        rt::SiteOp::create(at, func.getLoc(), func.getArgument(0), -1);
      }
    }
    getOperation()->setAttr("coil.sites", b.getArrayAttr(sites));
  }
};
} // namespace
} // namespace coil
