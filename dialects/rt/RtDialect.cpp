#include "dialects/rt/Rt.h"

#include "llvm/ADT/TypeSwitch.h"
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
