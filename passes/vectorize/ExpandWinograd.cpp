//===- ExpandWinograd.cpp - convolutions in few multiplications as loops --===//
//
// Comes in: kernels of `coil.winograd` on buffers, and perhaps an elementwise op on
// the result. Goes out: loops over blocks of tiles around a product of matrices,
// which is a generic op still, and vectors of the transformations. Before plans,
// which that op gets like any other.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/Passes.h"

#include "mlir/IR/Remarks.h"
#include "passes/vectorize/WinogradEmitter.h"

namespace coil {
#define GEN_PASS_DEF_EXPANDWINOGRADPASS
#include "passes/vectorize/Passes.h.inc"

/// What reads the result, if that is never in memory.
static OpOperand *consumerOf(core::WinogradOp op) {
  if (!op.getInto().getDefiningOp<memref::AllocOp>())
    return nullptr;
  for (OpOperand &use : op.getInto().getUses())
    if (use.getOwner() != op)
      return &use;
  return nullptr;
}

namespace {
struct ExpandWinogradPass : impl::ExpandWinogradPassBase<ExpandWinogradPass> {
  void runOnOperation() override {
    Machine machine = Machine::of(getOperation());
    SmallVector<core::WinogradOp> ops;
    getOperation().walk([&](core::WinogradOp op) { ops.push_back(op); });
    for (core::WinogradOp op : ops)
      if (failed(expand(op, machine)))
        signalPassFailure();
  }

  LogicalResult expand(core::WinogradOp op, const Machine &machine) {
    if (!isa<MemRefType>(op.getInto().getType()))
      return op.emitOpError("is of tensors; bufferization comes first");
    ArrayRef<int64_t> result = cast<MemRefType>(op.getInto().getType()).getShape();
    ArrayRef<int64_t> image = cast<MemRefType>(op.getImage().getType()).getShape();
    Winograd shape{result[1], result[2], image[3], result[3], int64_t(op.getTile()), machine.vectorBytes / 4, int64_t(op.getBlock())};
    auto scratch = cast<MemRefType>(op.getScratch().getType());
    if (shape.channels % shape.lanes != 0 || ShapedType::isDynamic(scratch.getDimSize(0)) || scratch.getDimSize(0) < shape.scratch())
      return op.emitOpError("was not made for vectors of ") << shape.lanes << " lanes: it needs scratch memory of " << shape.scratch()
                                                            << " elements and channels that fill vectors";
    OpOperand *consumer = consumerOf(op);
    remark::passed(op.getLoc(), remark::RemarkOpts::name("ExpandWinograd").category("vectorize").function(getOperation().getName()))
        << remark::metric("blocks", shape.blocks()) << remark::metric("scratch_bytes", 4 * shape.scratch())
        << (consumer ? "tiles, and what follows on them" : "tiles");
    WinogradEmitter(op, consumer, shape, machine).run();
    Operation *buffer = consumer ? op.getInto().getDefiningOp() : nullptr;
    if (consumer)
      consumer->getOwner()->erase();
    op.erase();
    if (buffer)
      buffer->erase();
    return success();
  }
};
} // namespace
} // namespace coil
