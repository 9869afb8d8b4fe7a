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
  return machine.dot && !product.wUnsigned &&
         (machine.mixedSigns || product.xUnsigned == (machine.dot == Machine::UnsignedBySigned));
}

std::optional<std::pair<unsigned, unsigned>> narrowFactors(linalg::GenericOp op, FloatType element) {
  Block *body = op.getBody();
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 || body->getNumArguments() != 3)
    return std::nullopt;
  auto sum = body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum || !sum.getType().isF32())
    return std::nullopt;
  Value acc = body->getArgument(2);
  Value term = sum.getLhs() == acc ? sum.getRhs() : sum.getRhs() == acc ? sum.getLhs() : Value();
  auto product = term ? term.getDefiningOp<arith::MulFOp>() : arith::MulFOp();
  if (!product)
    return std::nullopt;
  unsigned inputs[2];
  for (auto [operand, input] : llvm::zip(product->getOperands(), inputs)) {
    auto extend = operand.getDefiningOp<arith::ExtFOp>();
    auto from = extend ? dyn_cast<BlockArgument>(extend.getIn()) : BlockArgument();
    if (!from || from.getOwner() != body || from.getType() != element)
      return std::nullopt;
    input = from.getArgNumber();
  }
  auto [x, w] = inputs;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  auto lane = maps.back().getNumResults() ? dyn_cast<AffineDimExpr>(maps.back().getResults().back()) : AffineDimExpr(nullptr);
  if (!lane || x == w)
    return std::nullopt;
  if (maps[x].isFunctionOfDim(lane.getPosition()))
    std::swap(x, w);
  bool apart = !maps[x].isFunctionOfDim(lane.getPosition()) && maps[w].isFunctionOfDim(lane.getPosition());
  return apart ? std::optional(std::pair(x, w)) : std::nullopt;
}

Machine forPairs(Machine machine) {
  machine.byLane = false;
  return machine;
}

std::optional<DotFactors> dotFactors(linalg::GenericOp op, const Machine &machine) {
  if (auto product = byteProduct(op); product && hasDot(*product, machine))
    return DotFactors{*product, 4};
  auto inputs = machine.bf16Pairs ? narrowFactors(op, BFloat16Type::get(op.getContext())) : std::nullopt;
  return inputs ? std::optional(DotFactors{{inputs->first, inputs->second, false, false}, 2}) : std::nullopt;
}

std::optional<Dot> dotOf(linalg::GenericOp op, const Machine &machine) {
  auto product = dotFactors(op, machine);
  if (!product)
    return std::nullopt;
  unsigned quad = op.getNumLoops() - 1;
  AffineExpr last = getAffineDimExpr(quad, op.getContext());
  if (op.getStaticLoopRanges()[quad] != product->terms || op.getIteratorTypesArray()[quad] != utils::IteratorType::reduction)
    return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (AffineMap map : ArrayRef(maps).take_front(2)) {
    if (map.getNumResults() < 2 || map.getResults().back() != last)
      return std::nullopt;
    for (AffineExpr e : map.getResults().drop_back())
      if (e.isFunctionOfDim(quad))
        return std::nullopt;
  }
  return Dot{*product, quad, product->terms};
}

} // namespace coil
