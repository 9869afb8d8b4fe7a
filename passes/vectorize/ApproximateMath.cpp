//===- ApproximateMath.cpp - polynomials for libm's functions -------------===//
//
// Comes in: math ops on scalars and vectors. Goes out: arithmetic, and the
// functions that are better called. Here and not earlier, because fusion and
// folding see `math.exp` and not its forty ops.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/Passes.h"

#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace coil {
#define GEN_PASS_DEF_APPROXIMATEMATHPASS
#include "passes/vectorize/Passes.h.inc"

namespace {
struct ApproximateMathPass : impl::ApproximateMathPassBase<ApproximateMathPass> {
  void runOnOperation() override {
    bool any = false;
    getOperation().walk([&](Operation *op) { any |= isa_and_present<math::MathDialect>(op->getDialect()); });
    if (!any)
      return;
    auto polynomial = [](StringRef name) {
      return llvm::is_contained<StringRef>({"math.exp", "math.expm1", "math.log", "math.log1p",
                                            "math.tanh", "math.erf", "math.atan", "math.atan2"},
                                           name);
    };
    RewritePatternSet patterns(&getContext());
    populateMathF32ExpansionPatterns(patterns, polynomial);
    populateMathPolynomialApproximationPatterns(patterns, polynomial);
    (void)applyPatternsGreedily(getOperation(), std::move(patterns));
  }
};
} // namespace
} // namespace coil
