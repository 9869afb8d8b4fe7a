#include "dialects/rt/Rt.h"

#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"

#include "dialects/rt/RtDialect.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/rt/RtTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/rt/RtOps.cpp.inc"

void coil::rt::RtDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/rt/RtTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/rt/RtOps.cpp.inc"
      >();
}

mlir::LogicalResult coil::rt::ParallelOp::verifyRegions() {
  mlir::Block &body = getBody().front();
  if (body.getNumArguments() != 2 || !llvm::all_of(body.getArgumentTypes(), llvm::IsaPred<mlir::IndexType>))
    return emitOpError("expects a body of two indices, begin and end");
  return mlir::success();
}

//===----------------------------------------------------------------------===//
// Calls on whole buffers
//===----------------------------------------------------------------------===//

using namespace mlir;
using namespace mlir::bufferization;
using coil::rt::CallOp;

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
LogicalResult CallOp::bufferize(RewriterBase &b, const BufferizationOptions &options, BufferizationState &state) {
  SmallVector<Value> inputs, outputs, results;
  for (Value in : getIns()) {
    if (isa<TensorType>(in.getType())) {
      FailureOr<Value> buffer = getBuffer(b, in, options, state);
      if (failed(buffer))
        return failure();
      in = withoutGaps(b, getLoc(), *buffer);
      if (in != *buffer)
        memref::CopyOp::create(b, getLoc(), *buffer, in);
    }
    inputs.push_back(in);
  }
  for (Value out : getOuts()) {
    FailureOr<Value> buffer = getBuffer(b, out, options, state);
    if (failed(buffer))
      return failure();
    results.push_back(*buffer);
    outputs.push_back(withoutGaps(b, getLoc(), *buffer));
  }
  CallOp::create(b, getLoc(), TypeRange(), getFrame(), getCalleeAttr(), inputs, outputs, getNodeAttr());
  for (auto [whole, result] : llvm::zip(outputs, results))
    if (whole != result)
      memref::CopyOp::create(b, getLoc(), whole, result);
  replaceOpWithBufferizedValues(b, *this, results);
  return success();
}
