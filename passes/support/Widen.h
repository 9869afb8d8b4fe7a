//===- Widen.h - an input is read in a wider type -------------------------===//
#ifndef COIL_PASSES_SUPPORT_WIDEN_H
#define COIL_PASSES_SUPPORT_WIDEN_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace coil {
using namespace mlir;

/// Makes an argument of a body f32 that was narrower. What computed with it takes it
/// as it is; what did not, as it was stored.
inline void widenArgument(BlockArgument argument) {
  Type narrow = argument.getType();
  OpBuilder b = OpBuilder::atBlockBegin(argument.getOwner());
  argument.setType(b.getF32Type());
  for (OpOperand &use : llvm::make_early_inc_range(argument.getUses())) {
    if (auto cast = dyn_cast<arith::ExtFOp>(use.getOwner()); cast && cast.getType().isF32()) {
      cast.replaceAllUsesWith(Value(argument));
      cast.erase();
    } else {
      use.set(arith::TruncFOp::create(b, argument.getLoc(), narrow, argument));
    }
  }
}

} // namespace coil

#endif // COIL_PASSES_SUPPORT_WIDEN_H
