//===- Calls.cpp - how calls of a user's functions get buffers ------------===//
//
// A user's function is told a pointer and sizes: its tensors lie without gaps.
// Where bufferization has one with gaps, a slice, it is copied.
//
//===----------------------------------------------------------------------===//

#include "passes/bufferize/Passes.h"

#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir::bufferization;

namespace coil {
namespace {

bool isPacked(Value buffer) { return cast<MemRefType>(buffer.getType()).getLayout().isIdentity(); }

/// A buffer of the same shape without gaps.
Value allocateLike(Value buffer, OpBuilder &b, Location loc) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<Value> sizes;
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (type.isDynamicDim(axis))
      sizes.push_back(memref::DimOp::create(b, loc, buffer, axis));
  return memref::AllocOp::create(b, loc, MemRefType::get(type.getShape(), type.getElementType()), sizes);
}

FailureOr<SmallVector<Value>> buffersOf(ValueRange tensors, RewriterBase &rewriter, const BufferizationOptions &options,
                                        BufferizationState &state) {
  SmallVector<Value> buffers;
  for (Value tensor : tensors) {
    FailureOr<Value> buffer = getBuffer(rewriter, tensor, options, state);
    if (failed(buffer))
      return failure();
    buffers.push_back(*buffer);
  }
  return buffers;
}

FailureOr<SmallVector<Value>> packedInputs(ValueRange tensors, Location loc, RewriterBase &rewriter,
                                           const BufferizationOptions &options, BufferizationState &state) {
  auto buffers = buffersOf(tensors, rewriter, options, state);
  if (failed(buffers))
    return failure();
  for (Value &buffer : *buffers)
    if (!isPacked(buffer)) {
      Value packed = allocateLike(buffer, rewriter, loc);
      memref::CopyOp::create(rewriter, loc, buffer, packed);
      buffer = packed;
    }
  return buffers;
}

struct CallModel : DstBufferizableOpInterfaceExternalModel<CallModel, rt::CallOp> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand, const AnalysisState &) const {
    return !cast<rt::CallOp>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto call = cast<rt::CallOp>(op);
    auto inputs = packedInputs(call.getInputs(), op->getLoc(), rewriter, options, state);
    auto outputs = buffersOf(call.getOutputs(), rewriter, options, state);
    if (failed(inputs) || failed(outputs))
      return failure();
    SmallVector<Value> packed(*outputs);
    for (Value &buffer : packed)
      if (!isPacked(buffer))
        buffer = allocateLike(buffer, rewriter, op->getLoc());
    rt::CallOp::create(rewriter, op->getLoc(), TypeRange{}, call.getFrame(), call.getFunction(), call.getOperatorName(),
                       call.getTypes(), call.getValues(), *inputs, packed);
    for (auto [from, to] : llvm::zip(packed, *outputs))
      if (from != to)
        memref::CopyOp::create(rewriter, op->getLoc(), from, to);
    replaceOpWithBufferizedValues(rewriter, op, *outputs);
    return success();
  }
};

struct CallShapeModel : BufferizableOpInterface::ExternalModel<CallShapeModel, rt::CallShapeOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &, const AnalysisState &) const { return true; }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &, const AnalysisState &) const { return false; }
  AliasingValueList getAliasingValues(Operation *, OpOperand &, const AnalysisState &) const { return {}; }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto call = cast<rt::CallShapeOp>(op);
    auto inputs = packedInputs(call.getInputs(), op->getLoc(), rewriter, options, state);
    if (failed(inputs))
      return failure();
    rewriter.replaceOpWithNewOp<rt::CallShapeOp>(op, op->getResultTypes(), call.getFrame(), call.getFunction(),
                                                 call.getOperatorName(), call.getTypes(), call.getValues(),
                                                 call.getRanks(), *inputs, call.getSizes());
    return success();
  }
};

} // namespace

void registerCallBufferization(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, rt::RtDialect *) {
    rt::CallOp::attachInterface<CallModel>(*context);
    rt::CallShapeOp::attachInterface<CallShapeModel>(*context);
  });
}

} // namespace coil
