//===- Lookup.h - bytes from a table of bytes -----------------------------===//
#ifndef COIL_PASSES_SUPPORT_LOOKUP_H
#define COIL_PASSES_SUPPORT_LOOKUP_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"

namespace coil {
using namespace mlir;

/// The byte that says where in a table of 256 bytes is read; null where `table`
/// is none, or `indices` are something else.
inline Value lookupByte(Value table, ValueRange indices) {
  auto type = dyn_cast<ShapedType>(table.getType());
  auto index = indices.size() == 1 ? indices[0].getDefiningOp<arith::IndexCastUIOp>() : arith::IndexCastUIOp();
  bool isTable = type && type.hasRank() && type.getShape() == ArrayRef<int64_t>{256} && type.getElementType().isInteger(8);
  return isTable && index && index.getIn().getType().isInteger(8) ? index.getIn() : Value();
}

} // namespace coil

#endif // COIL_PASSES_SUPPORT_LOOKUP_H
