#include "dialects/coil/Core.h"

#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OpImplementation.h"

#include "dialects/coil/CoreDialect.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/coil/CoreOps.cpp.inc"

using namespace mlir;
using namespace coil::core;

void CoreDialect::initialize() {
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

LogicalResult SignOp::verify() {
  if (getIn().getType().getIntOrFloatBitWidth() != getType().getIntOrFloatBitWidth())
    return emitOpError("changes the width of ") << getIn().getType() << " to " << getType();
  return success();
}

LogicalResult DotOp::verify() {
  int64_t lanes = getAcc().getType().getNumElements(), bytes = getX().getType().getNumElements();
  if (bytes != 4 * lanes)
    return emitOpError("adds ") << bytes << " products to " << lanes << " lanes, expected four a lane";
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
