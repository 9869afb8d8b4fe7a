//===- LowerViews.cpp - reshaped buffers as base, sizes and strides -------===//
//
// Comes in: memref.expand_shape. Goes out: memref.reinterpret_cast. Before
// upstream's expand-strided-metadata, which cannot tell the sizes of a group
// with more than one dynamic dimension.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Passes.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace coil {
#define GEN_PASS_DEF_LOWERVIEWSPASS
#include "passes/lower/Passes.h.inc"

/// Within a group, a dimension's stride is the product of the sizes after it
/// and the stride of the source's dimension.
static void lower(memref::ExpandShapeOp op) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  auto source = memref::ExtractStridedMetadataOp::create(b, op.getSrc());
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape(), strides(sizes.size());
  SmallVector<OpFoldResult> outer = source.getConstifiedMixedStrides();
  for (auto [group, stride] : llvm::zip(op.getReassociationIndices(), outer))
    for (int64_t axis : llvm::reverse(group)) {
      strides[axis] = stride;
      auto n = getConstantIntValue(sizes[axis]), m = getConstantIntValue(stride);
      stride = n && m ? OpFoldResult(b.getIndexAttr(*n * *m))
                      : getAsOpFoldResult(b.createOrFold<arith::MulIOp>(
                            getValueOrCreateConstantIndexOp(b, op.getLoc(), sizes[axis]),
                            getValueOrCreateConstantIndexOp(b, op.getLoc(), stride)));
    }
  op.replaceAllUsesWith(memref::ReinterpretCastOp::create(b, op.getResultType(), source.getBaseBuffer(),
                                                          source.getConstifiedMixedOffset(), sizes, strides)
                            .getResult());
  op.erase();
}

namespace {
struct LowerViewsPass : impl::LowerViewsPassBase<LowerViewsPass> {
  void runOnOperation() override {
    getOperation().walk([](memref::ExpandShapeOp op) {
      if (op.getSrcType().getRank() > 0)
        lower(op);
    });
  }
};
} // namespace
} // namespace coil
