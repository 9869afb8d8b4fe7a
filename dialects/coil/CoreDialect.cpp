#include "dialects/coil/Core.h"

#include "llvm/ADT/TypeSwitch.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OpImplementation.h"

#include "dialects/coil/CoreDialect.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/coil/CoreTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/coil/CoreOps.cpp.inc"

using namespace mlir;
using namespace coil::core;

void CoreDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/coil/CoreTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/coil/CoreOps.cpp.inc"
      >();
}

/// A condition known to hold needs no check. One known to fail stays: whether
/// the run arrives there is not ours to say.
LogicalResult RequireOp::canonicalize(RequireOp op, PatternRewriter &rewriter) {
  if (!matchPattern(op.getCondition(), m_One()))
    return rewriter.notifyMatchFailure(op, "the condition is not known");
  rewriter.eraseOp(op);
  return success();
}

void CustomOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  if (getStateful())
    effects.append({SideEffects::EffectInstance<MemoryEffects::Effect>(MemoryEffects::Read::get()),
                    SideEffects::EffectInstance<MemoryEffects::Effect>(MemoryEffects::Write::get())});
}

LogicalResult CustomShapeOp::verify() {
  int64_t count = std::accumulate(getRanks().begin(), getRanks().end(), int64_t(0));
  if (count != int64_t(getSizes().size()) || count != int64_t(getTold().size()))
    return emitOpError("has ") << getSizes().size() << " sizes and " << getTold().size() << " results, ranks ask for " << count;
  return success();
}

LogicalResult SignOp::verify() {
  if (getIn().getType().getIntOrFloatBitWidth() != getType().getIntOrFloatBitWidth())
    return emitOpError("changes the width of ") << getIn().getType() << " to " << getType();
  return success();
}

LogicalResult HandleOp::verify() {
  Type from = getElementTypeOrSelf(getIn().getType()), to = getElementTypeOrSelf(getType());
  if (isa<StringType>(from) ? !to.isSignlessInteger(64) : !isa<StringType>(to) || !from.isSignlessInteger(64))
    return emitOpError("is between a string and an i64, not from ") << getIn().getType() << " to " << getType();
  return success();
}

LogicalResult RequireOp::verify() {
  if (getNumbers().size() > 2)
    return emitOpError("has ") << getNumbers().size() << " numbers, expected at most 2";
  return success();
}

OpFoldResult HandleOp::fold(FoldAdaptor) {
  if (auto inner = getIn().getDefiningOp<HandleOp>(); inner && inner.getIn().getType() == getType())
    return inner.getIn();
  return {};
}

/// None on tensors, like other ops that have a destination. That a string gets
/// a number is seen by nobody.
void CallOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &) {}

LogicalResult DotOp::verify() {
  auto type = getX().getType();
  bool isReal = type.getElementType().isBF16();
  int64_t lanes = getAcc().getType().getNumElements(), products = type.getNumElements();
  if (getAcc().getType().getElementType().isF32() != isReal || (isReal && getXUnsigned()))
    return emitOpError("adds products of ") << type << " to " << getAcc().getType() << ", expected i8 to i32 or bf16 to f32";
  if (products != (isReal ? 2 : 4) * lanes)
    return emitOpError("adds ") << products << " products to " << lanes << " lanes, expected " << (isReal ? "two" : "four") << " a lane";
  return success();
}

LogicalResult LookupOp::verify() {
  if (getTable().getType().getDimSize(0) != 256)
    return emitOpError("has a table of type ") << getTable().getType() << ", expected 256 bytes";
  return success();
}

OpFoldResult SignOp::fold(FoldAdaptor) {
  if (getIn().getType() == getType())
    return getIn();
  if (auto inner = getIn().getDefiningOp<SignOp>();
      inner && inner.getIn().getType() == getType())
    return inner.getIn();
  return {};
}
