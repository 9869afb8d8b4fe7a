//===- NextPanel.cpp - packed data on its way before it is needed ---------===//
//
// Where the panels of a packed tensor are the outermost loop, each is read from
// memory once, by the first tile that needs it, and no product can hide what that
// takes. So the tiles of one panel fetch the next one, each its share of it, some
// bytes with each term of the sum.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/vectorize/NestEmitter.h"

namespace coil {

std::optional<NestEmitter::NextPanel> NestEmitter::nextPanel(const Piece &row, const Piece &column) {
  if (plan.kind != LoopPlan::Across || !plan.row || reductions.size() != 1 || levels.front() != plan.lane ||
      levels.back() != *plan.row || row.count != tileRows() || column.count != plan.columns || column.valid)
    return std::nullopt;
  auto terms = getConstantIntValue(sizes[reductions[0]]);
  SmallVector<std::pair<OpOperand *, AffineMap>> inputs;
  for (OpOperand *operand : op.getDpsInputOperands())
    inputs.emplace_back(operand, op.getMatchingIndexingMap(operand));
  for (auto [operand, map] : inputs) {
    auto type = dyn_cast<MemRefType>(operand->get().getType());
    auto size = panelAlong(map, plan.lane, plan.dot.has_value());
    if (!size || !type || !type.hasStaticShape() || !type.getLayout().isIdentity() || !terms || *terms == 0 ||
        !map.getResult(0).isFunctionOfDim(plan.lane))
      continue;
    int64_t elements = type.getNumElements() / type.getDimSize(0), ofTerm = elements / *terms;
    auto number = [&](int64_t n) -> Value { return arith::ConstantIndexOp::create(b, n); };
    Value begin = value(begins[*plan.row]);
    Value rows = b.createOrFold<arith::SubIOp>(value(ends[*plan.row]), begin);
    // Rounded up: rather too early than too late.
    Value share = b.createOrFold<arith::CeilDivUIOp>(number(ofTerm * tileRows()), rows);
    Value tile = b.createOrFold<arith::DivUIOp>(b.createOrFold<arith::SubIOp>(indices[*plan.row], begin), number(tileRows()));
    Value first = b.createOrFold<arith::MulIOp>(tile, b.createOrFold<arith::MulIOp>(share, number(*terms)));
    Value panel = b.createOrFold<arith::DivUIOp>(indices[plan.lane], number(*size));
    return NextPanel{operand->get(), plus(panel, 1), first, share};
  }
  return std::nullopt;
}

void NestEmitter::fetch(const NextPanel &next) {
  Value done = b.createOrFold<arith::MulIOp>(indices[reductions[0]], next.share);
  SmallVector<Value> at(cast<MemRefType>(next.memory.getType()).getRank(), value(b.getIndexAttr(0)));
  at.front() = next.panel;
  // Counted on from the panel's first element, past its last dimension.
  at.back() = b.createOrFold<arith::AddIOp>(next.first, done);
  memref::PrefetchOp::create(b, next.memory, at, /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
}

} // namespace coil
