// Calls of functions of the runtime's and of the user's on whole tensors: what
// bufferization asks of them.

#include "dialects/rt/Rt.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace coil::rt;

void CallOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : getInsMutable())
    if (isa<MemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  for (OpOperand &operand : getOutsMutable())
    if (isa<MemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
}

bool CallOp::bufferizesToMemoryRead(OpOperand &operand, const AnalysisState &) { return !isDpsInit(&operand); }
bool CallOp::bufferizesToMemoryWrite(OpOperand &operand, const AnalysisState &) { return isDpsInit(&operand); }
AliasingValueList CallOp::getAliasingValues(OpOperand &operand, const AnalysisState &) {
  if (isDpsInit(&operand))
    return {{getTiedOpResult(&operand), BufferRelation::Equivalent}};
  return {};
}

/// A buffer without gaps that may stand for `buffer`.
static Value withoutGaps(OpBuilder &b, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getLayout().isIdentity())
    return buffer;
  SmallVector<Value> sizes;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (type.isDynamicDim(i))
      sizes.push_back(memref::DimOp::create(b, loc, buffer, i));
  return memref::AllocOp::create(b, loc, MemRefType::get(type.getShape(), type.getElementType()), sizes);
}

/// A slice with gaps is copied, before or after.
static FailureOr<SmallVector<Value>> bufferizeInputs(ValueRange values, Location loc, RewriterBase &b,
                                                     const BufferizationOptions &options, BufferizationState &state) {
  SmallVector<Value> inputs;
  for (Value in : values) {
    if (isa<TensorType>(in.getType())) {
      FailureOr<Value> buffer = getBuffer(b, in, options, state);
      if (failed(buffer))
        return failure();
      in = withoutGaps(b, loc, *buffer);
      if (in != *buffer)
        memref::CopyOp::create(b, loc, *buffer, in);
    }
    inputs.push_back(in);
  }
  return inputs;
}

/// Replaces `op`, which writes `outs`, by what `make` makes of buffers without gaps.
static LogicalResult bufferizeCall(Operation *op, ValueRange ins, ValueRange outs, RewriterBase &b,
                                   const BufferizationOptions &options, BufferizationState &state,
                                   function_ref<void(ValueRange, ValueRange)> make) {
  auto inputs = bufferizeInputs(ins, op->getLoc(), b, options, state);
  if (failed(inputs))
    return failure();
  SmallVector<Value> outputs, results;
  for (Value out : outs) {
    FailureOr<Value> buffer = getBuffer(b, out, options, state);
    if (failed(buffer))
      return failure();
    results.push_back(*buffer);
    outputs.push_back(withoutGaps(b, op->getLoc(), *buffer));
  }
  make(*inputs, outputs);
  for (auto [whole, result] : llvm::zip(outputs, results))
    if (whole != result)
      memref::CopyOp::create(b, op->getLoc(), whole, result);
  replaceOpWithBufferizedValues(b, op, results);
  return success();
}

LogicalResult CallOp::bufferize(RewriterBase &b, const BufferizationOptions &options, BufferizationState &state) {
  return bufferizeCall(*this, getIns(), getOuts(), b, options, state, [&](ValueRange inputs, ValueRange outputs) {
    CallOp::create(b, getLoc(), TypeRange(), getFrame(), getCalleeAttr(), inputs, outputs, getNodeAttr());
  });
}

//===----------------------------------------------------------------------===//
// Functions of the user's
//===----------------------------------------------------------------------===//

bool CustomOp::bufferizesToMemoryRead(OpOperand &operand, const AnalysisState &) { return !isDpsInit(&operand); }
bool CustomOp::bufferizesToMemoryWrite(OpOperand &operand, const AnalysisState &) { return isDpsInit(&operand); }
AliasingValueList CustomOp::getAliasingValues(OpOperand &operand, const AnalysisState &) {
  if (isDpsInit(&operand))
    return {{getTiedOpResult(&operand), BufferRelation::Equivalent}};
  return {};
}
LogicalResult CustomOp::bufferize(RewriterBase &b, const BufferizationOptions &options, BufferizationState &state) {
  return bufferizeCall(*this, getInputs(), getOutputs(), b, options, state, [&](ValueRange inputs, ValueRange outputs) {
    CustomOp::create(b, getLoc(), TypeRange(), getFrame(), getFunction(), getOperatorName(), getTypes(), getValues(),
                     inputs, outputs);
  });
}

bool CustomShapeOp::bufferizesToMemoryRead(OpOperand &, const AnalysisState &) { return true; }
bool CustomShapeOp::bufferizesToMemoryWrite(OpOperand &, const AnalysisState &) { return false; }
AliasingValueList CustomShapeOp::getAliasingValues(OpOperand &, const AnalysisState &) { return {}; }
LogicalResult CustomShapeOp::bufferize(RewriterBase &b, const BufferizationOptions &options, BufferizationState &state) {
  auto inputs = bufferizeInputs(getInputs(), getLoc(), b, options, state);
  if (failed(inputs))
    return failure();
  b.replaceOpWithNewOp<CustomShapeOp>(*this, getResultTypes(), getFrame(), getFunction(), getOperatorName(), getTypes(),
                                      getValues(), getRanks(), *inputs, getSizes());
  return success();
}
