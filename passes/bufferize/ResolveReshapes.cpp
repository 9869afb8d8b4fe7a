//===- ResolveReshapes.cpp - reshapes with their sizes spelled out --------===//
//
// Comes in: memref.expand_shape with any number of dynamic dimensions. Goes
// out: memref.reinterpret_cast. Before memory is planned, which asks what a
// value is a view of and understands both.
//
//===----------------------------------------------------------------------===//

#include "passes/bufferize/Passes.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace coil {
#define GEN_PASS_DEF_RESOLVERESHAPESPASS
#include "passes/bufferize/Passes.h.inc"

static void resolve(memref::ExpandShapeOp op) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape(), strides(sizes.size());
  OpFoldResult stride = b.getIndexAttr(1);
  for (int64_t i = sizes.size() - 1; i >= 0; --i) {
    strides[i] = stride;
    auto n = getConstantIntValue(stride), m = getConstantIntValue(sizes[i]);
    if (n && m)
      stride = b.getIndexAttr(*n * *m);
    else if (i > 0) // a product that nobody reads is not made
      stride = b.createOrFold<arith::MulIOp>(getValueOrCreateConstantIndexOp(b, op.getLoc(), stride),
                                             getValueOrCreateConstantIndexOp(b, op.getLoc(), sizes[i]));
  }
  Value view = memref::ReinterpretCastOp::create(b, op.getResultType(), op.getSrc(), OpFoldResult(b.getIndexAttr(0)),
                                                 sizes, strides);
  op.replaceAllUsesWith(view);
  op.erase();
}

namespace {
struct ResolveReshapesPass : impl::ResolveReshapesPassBase<ResolveReshapesPass> {
  void runOnOperation() override {
    SmallVector<memref::ExpandShapeOp> ops;
    getOperation().walk([&](memref::ExpandShapeOp op) {
      if (op.getSrcType().getLayout().isIdentity() && op.getResultType().getLayout().isIdentity())
        ops.push_back(op);
    });
    llvm::for_each(ops, resolve);
  }
};
} // namespace
} // namespace coil
