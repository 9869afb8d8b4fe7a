// Convolutions in few multiplications: what must be true of one, and what
// bufferization asks of it.

#include "dialects/coil/Core.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace coil::core;

LogicalResult WinogradOp::verify() {
  auto shape = [](Value v) { return cast<ShapedType>(v.getType()).getShape(); };
  int64_t side = getTile() + 2;
  auto types = getOperation()->getOperandTypes();
  if (!llvm::all_of(types, llvm::IsaPred<RankedTensorType>) && !llvm::all_of(types, llvm::IsaPred<MemRefType>))
    return emitOpError("is of tensors or of buffers, not of both");
  for (Type type : types)
    if (!cast<ShapedType>(type).getElementType().isF32())
      return emitOpError("has an operand of type ") << type << ", expected f32";
  if (getTile() != 2 && getTile() != 4)
    return emitOpError("has tiles of ") << getTile() << " pixels, expected 2 or 4";
  if (shape(getImage()).size() != 4 || shape(getInto()).size() != 4 || shape(getFilter()).size() != 4 || shape(getScratch()).size() != 1)
    return emitOpError("is of an image, a filter and a result of four dimensions, and scratch memory of one");
  if (getPads().size() != 2 || int64_t(getBlock()) < 1 || int64_t(getBlock()) > INT32_MAX)
    return emitOpError("has ") << getPads().size() << " pads and " << getBlock() << " tiles at a time, expected 2 and 1 to 2147483647";
  if (getPads()[0] < 0 || getPads()[1] < 0)
    return emitOpError("has negative pads");
  int64_t images = shape(getImage())[0], results = shape(getInto())[0];
  if (images != results && !ShapedType::isDynamic(images) && !ShapedType::isDynamic(results))
    return emitOpError("has ") << images << " images and " << results << " results";
  if (ShapedType::isDynamicShape(shape(getFilter())) || shape(getFilter())[3] < 1)
    return emitOpError("has a filter of type ") << getFilter().getType() << ", expected panels of a known size";
  for (int64_t i = 1; i < 4; ++i)
    if (ShapedType::isDynamic(shape(getImage())[i]) || ShapedType::isDynamic(shape(getInto())[i]))
      return emitOpError("has a size that only a run knows; the batch alone may be one");
  if (shape(getFilter())[0] != side * side || shape(getFilter())[2] != shape(getImage())[3] ||
      shape(getFilter())[1] * shape(getFilter())[3] < shape(getInto())[3])
    return emitOpError("has a filter of type ") << getFilter().getType() << ", expected " << side * side << " matrices of "
                                                << shape(getImage())[3] << " channels and " << shape(getInto())[3] << " filters";
  return success();
}

void WinogradOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    if (operand.getOperandNumber() != 2)
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
    if (isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
  }
}

bool WinogradOp::bufferizesToMemoryRead(OpOperand &operand, const AnalysisState &) { return !isDpsInit(&operand); }
bool WinogradOp::bufferizesToMemoryWrite(OpOperand &operand, const AnalysisState &) { return isDpsInit(&operand); }
AliasingValueList WinogradOp::getAliasingValues(OpOperand &operand, const AnalysisState &) {
  if (isDpsInit(&operand))
    return {{getTiedOpResult(&operand), BufferRelation::Equivalent}};
  return {};
}

LogicalResult WinogradOp::bufferize(RewriterBase &b, const BufferizationOptions &options, BufferizationState &state) {
  SmallVector<Value> buffers;
  for (Value operand : getOperands()) {
    FailureOr<Value> buffer = getBuffer(b, operand, options, state);
    if (failed(buffer))
      return failure();
    buffers.push_back(*buffer);
  }
  WinogradOp::create(b, getLoc(), TypeRange(), buffers, getOperation()->getAttrs());
  replaceOpWithBufferizedValues(b, *this, ArrayRef(buffers).drop_front(2));
  return success();
}
