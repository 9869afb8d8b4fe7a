//===- Bytes.cpp - sums of products of bytes ------------------------------===//

#include "passes/support/Bytes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace coil {

std::optional<ByteProduct> byteProduct(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 || op.getBody()->getNumArguments() != 3)
    return std::nullopt;
  auto sum = op.getBody()->getTerminator()->getOperand(0).getDefiningOp<arith::AddIOp>();
  auto product = sum ? sum.getRhs().getDefiningOp<arith::MulIOp>() : arith::MulIOp();
  if (!product || !product.getType().isInteger(32) || sum.getLhs() != op.getBody()->getArgument(2))
    return std::nullopt;
  auto argument = [&](Value v, bool &isUnsigned) -> std::optional<unsigned> {
    Operation *extend = v.getDefiningOp();
    if (!isa_and_present<arith::ExtUIOp, arith::ExtSIOp>(extend))
      return std::nullopt;
    auto from = dyn_cast<BlockArgument>(extend->getOperand(0));
    isUnsigned = isa<arith::ExtUIOp>(extend);
    return from && from.getOwner() == op.getBody() && from.getType().isInteger(8) ? std::optional(from.getArgNumber())
                                                                                   : std::nullopt;
  };
  ByteProduct found{};
  auto x = argument(product.getLhs(), found.xUnsigned), w = argument(product.getRhs(), found.wUnsigned);
  if (!x || !w || *x == *w || *x > 1 || *w > 1)
    return std::nullopt;
  found.x = *x, found.w = *w;
  return found;
}

bool hasDot(const ByteProduct &product, const Machine &machine) {
  return machine.dot && !product.wUnsigned && product.xUnsigned == (machine.dot == Machine::UnsignedBySigned);
}

std::optional<Dot> dotOf(linalg::GenericOp op, const Machine &machine) {
  auto product = byteProduct(op);
  if (!product || !hasDot(*product, machine))
    return std::nullopt;
  unsigned quad = op.getNumLoops() - 1;
  AffineExpr last = getAffineDimExpr(quad, op.getContext());
  if (op.getStaticLoopRanges()[quad] != 4 || op.getIteratorTypesArray()[quad] != utils::IteratorType::reduction)
    return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (AffineMap map : ArrayRef(maps).take_front(2)) {
    if (map.getNumResults() < 2 || map.getResults().back() != last)
      return std::nullopt;
    for (AffineExpr e : map.getResults().drop_back())
      if (e.isFunctionOfDim(quad))
        return std::nullopt;
  }
  return Dot{*product, quad};
}

} // namespace coil
