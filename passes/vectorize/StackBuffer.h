//===- StackBuffer.h - memory of a tile's size ----------------------------===//
#ifndef COIL_PASSES_VECTORIZE_STACKBUFFER_H
#define COIL_PASSES_VECTORIZE_STACKBUFFER_H

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace coil {

/// Memory on the stack of the function, or of what will become one: the body of a
/// parallel region. Where `b` inserts, loops around it included, it is the same.
inline mlir::Value stackBuffer(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<int64_t> shape, mlir::Type element) {
  mlir::OpBuilder::InsertionGuard guard(b);
  mlir::Operation *scope = b.getInsertionBlock()->getParentOp();
  while (!llvm::isa<mlir::func::FuncOp, rt::ParallelOp>(scope))
    scope = scope->getParentOp();
  b.setInsertionPointToStart(&scope->getRegion(0).front());
  return mlir::memref::AllocaOp::create(b, loc, mlir::MemRefType::get(shape, element), b.getI64IntegerAttr(64));
}

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_STACKBUFFER_H
