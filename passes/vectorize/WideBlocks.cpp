//===- WideBlocks.cpp - blocks of an attention's inputs in f32 ------------===//
//
// Comes in: queries, keys and values of f16 or bf16. Goes out: those of a block on the
// stack in f32, for the products of all its rows.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/vectorize/AttentionEmitter.h"

namespace coil {

/// Of a head or a block, by which memory on the stack is bounded.
static constexpr int64_t kLongestWide = kMostKeys;

/// Each element is a factor of many products: it is converted once. Not where there are
/// few rows, as a decoder has.
void AttentionEmitter::makeWide() {
  constexpr int64_t kFewRows = 8;
  wideBuffers.clear();
  if (now.rows < kFewRows)
    return;
  for (linalg::GenericOp op : {ops.products, ops.values})
    for (OpOperand *operand : op.getDpsInputOperands()) {
      auto type = dyn_cast<MemRefType>(operand->get().getType());
      if (!type || !isa<FloatType>(type.getElementType()) || type.getElementTypeBitWidth() >= 32)
        continue;
      SmallVector<int64_t> shape;
      for (AffineExpr e : op.getMatchingIndexingMap(operand).getResults()) {
        int64_t loop = cast<AffineDimExpr>(e).getPosition();
        auto row = llvm::find(rowLoops(op), loop);
        if (op->getAttrOfType<IntegerAttr>(kKeysAttr).getInt() == loop)
          shape.push_back(now.keys);
        else if (row == rowLoops(op).end())
          shape.push_back(op.getStaticLoopRanges()[loop]);
        else if (row - rowLoops(op).begin() == axis)
          shape.push_back(now.rows);
      }
      if (llvm::all_of(shape, [](int64_t n) { return !ShapedType::isDynamic(n) && n <= kLongestWide; }))
        wideBuffers[operand] = buffer(shape);
    }
}

void AttentionEmitter::emitWide(linalg::GenericOp op, bool ofKeys) {
  int64_t loop = op->getAttrOfType<IntegerAttr>(kKeysAttr).getInt();
  for (OpOperand *operand : op.getDpsInputOperands()) {
    Value memory = wideBuffers.lookup(operand);
    if (!memory || op.getMatchingIndexingMap(operand).isFunctionOfDim(loop) != ofKeys)
      continue;
    wide.erase(operand);
    Value view = partOf(op, *operand).memory;
    auto type = cast<MemRefType>(view.getType());
    Value target = cut(memory, memref::getMixedSizes(b, b.getLoc(), view));
    auto identity = b.getMultiDimIdentityMap(type.getRank());
    emitElementwise({{view, identity}}, {target, identity}, [](OpBuilder &inner, Location loc, ValueRange args) -> Value {
      return arith::ExtFOp::create(inner, loc, inner.getF32Type(), args[0]);
    });
    wide[operand] = target;
  }
}

} // namespace coil
