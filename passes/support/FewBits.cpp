//===- FewBits.cpp - sums over weights of few bits ------------------------===//

#include "passes/support/FewBits.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

namespace coil {

/// The argument of the body that a factor is, widened where it is narrow.
static std::optional<unsigned> argumentOf(Value v, Block *body) {
  if (Operation *widen = v.getDefiningOp(); isa_and_present<arith::ExtFOp, arith::ExtSIOp>(widen))
    v = widen->getOperand(0);
  auto argument = dyn_cast<BlockArgument>(v);
  return argument && argument.getOwner() == body ? std::optional(argument.getArgNumber()) : std::nullopt;
}

static std::optional<int64_t> constantOf(Value v) {
  APInt n;
  return matchPattern(v, m_ConstantInt(&n)) ? std::optional(n.getSExtValue()) : std::nullopt;
}

/// Of (w >> part * bits) & (2^bits - 1), or w: the argument.
static std::optional<unsigned> elementOf(Value v, Block *body, FewBitsProduct &found) {
  found.bits = 8;
  if (auto mask = v.getDefiningOp<arith::AndIOp>()) {
    auto ones = constantOf(mask.getRhs());
    auto shift = mask.getLhs().getDefiningOp<arith::ShRUIOp>();
    auto distance = shift ? shift.getRhs().getDefiningOp<arith::MulIOp>() : arith::MulIOp();
    auto step = distance ? distance.getLhs().getDefiningOp<arith::IndexCastOp>() : arith::IndexCastOp();
    auto index = step ? step.getIn().getDefiningOp<linalg::IndexOp>() : linalg::IndexOp();
    if (!ones || !index || (*ones != 3 && *ones != 15) || constantOf(distance.getRhs()) != (*ones == 3 ? 2 : 4))
      return std::nullopt;
    found.bits = *ones == 3 ? 2 : 4;
    found.part = index.getDim();
    v = shift.getLhs();
  }
  auto argument = dyn_cast<BlockArgument>(v);
  return argument && argument.getOwner() == body && argument.getType().isInteger(8)
             ? std::optional(argument.getArgNumber())
             : std::nullopt;
}

std::optional<FewBitsProduct> fewBitsProduct(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 || op.getNumReductionLoops() < 2)
    return std::nullopt;
  Block *body = op.getBody();
  Operation *sum = body->getTerminator()->getOperand(0).getDefiningOp();
  if (!isa_and_present<arith::AddFOp, arith::AddIOp>(sum) || sum->getOperand(0) != body->getArgument(2))
    return std::nullopt;
  Operation *product = sum->getOperand(1).getDefiningOp();
  if (!isa_and_present<arith::MulFOp, arith::MulIOp>(product) ||
      !(product->getResult(0).getType().isF32() || product->getResult(0).getType().isInteger(32)))
    return std::nullopt;
  Operation *widen = product->getOperand(1).getDefiningOp();
  if (!isa_and_present<arith::UIToFPOp, arith::SIToFPOp, arith::ExtUIOp, arith::ExtSIOp>(widen))
    return std::nullopt;
  FewBitsProduct found{};
  found.isReal = isa<FloatType>(product->getResult(0).getType());
  found.wUnsigned = isa<arith::UIToFPOp, arith::ExtUIOp>(widen);
  auto x = argumentOf(product->getOperand(0), body), w = elementOf(widen->getOperand(0), body, found);
  if (!x || !w || *x == *w || *x > 1 || *w > 1)
    return std::nullopt;
  found.x = *x, found.w = *w, found.quad = op.getNumLoops() - 1;

  // How the loops go through memory.
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  auto kinds = op.getIteratorTypesArray();
  AffineExpr last = getAffineDimExpr(found.quad, op.getContext());
  if (op.getStaticLoopRanges()[found.quad] != 4 || kinds[found.quad] != utils::IteratorType::reduction ||
      maps[2].isFunctionOfDim(found.quad))
    return std::nullopt;
  for (AffineMap map : ArrayRef(maps).take_front(2)) {
    if (map.getNumResults() < 2 || map.getResults().back() != last)
      return std::nullopt;
    for (AffineExpr e : map.getResults().drop_back())
      if (e.isFunctionOfDim(found.quad))
        return std::nullopt;
  }
  if (found.part && (op.getStaticLoopRanges()[*found.part] != 8 / found.bits || maps[found.w].isFunctionOfDim(*found.part) ||
                     kinds[*found.part] != utils::IteratorType::reduction))
    return std::nullopt;
  unsigned words = 0;
  for (auto [loop, kind] : llvm::enumerate(kinds))
    if (kind == utils::IteratorType::reduction && loop != found.quad && found.part != loop) {
      found.word = loop;
      ++words;
    }
  if (words != 1 || ShapedType::isDynamic(op.getStaticLoopRanges()[found.word]))
    return std::nullopt;

  // The panels, and nothing else that is computed, where the weight is read.
  auto column = maps[2].getNumResults() ? dyn_cast<AffineDimExpr>(maps[2].getResults().back()) : AffineDimExpr(nullptr);
  auto panel = column ? panelAlong(maps[found.w], column.getPosition(), /*quads=*/true) : std::nullopt;
  if (!panel || maps[found.x].isFunctionOfDim(column.getPosition()))
    return std::nullopt;
  for (AffineExpr e : maps[found.w].getResults())
    if (!isa<AffineDimExpr>(e) && !e.isFunctionOfDim(column.getPosition()))
      return std::nullopt;
  found.panel = *panel;
  return found;
}

std::optional<BlockSum> blockSum(linalg::GenericOp op, function_ref<linalg::GenericOp(OpOperand &)> maker) {
  if (op.getNumReductionLoops() != 1 || op.getNumDpsInits() != 1)
    return std::nullopt;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    if (!isa<ShapedType>(operand->get().getType()))
      continue;
    // All loops lead to another of its elements.
    AffineMap map = op.getMatchingIndexingMap(operand);
    if (!map.isPermutation())
      continue;
    linalg::GenericOp inner = maker(*operand);
    if (inner && inner.getIndexingMapsArray().back().isProjectedPermutation() && fewBitsProduct(inner))
      return BlockSum{inner, operand->getOperandNumber()};
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// What is done to a block's sum
//===----------------------------------------------------------------------===//

/// The argument that a value is, converted as often as may be; `isUnsigned`: from an
/// integer without a sign.
static std::optional<unsigned> converted(Value v, Block *body, bool *isUnsigned = nullptr) {
  while (Operation *op = v.getDefiningOp()) {
    if (!isa<arith::ExtFOp, arith::ExtSIOp, arith::ExtUIOp, arith::SIToFPOp>(op))
      return std::nullopt;
    if (isUnsigned)
      *isUnsigned |= isa<arith::ExtUIOp>(op);
    v = op->getOperand(0);
  }
  auto argument = dyn_cast<BlockArgument>(v);
  return argument && argument.getOwner() == body ? std::optional(argument.getArgNumber()) : std::nullopt;
}

/// Takes zero * sumOfX apart.
static bool readZero(Operation *product, BlockTerm &term) {
  APFloat real(0.0f);
  Value last = product->getOperand(1);
  std::optional<int64_t> number = constantOf(last);
  if (!number && matchPattern(last, m_ConstantFloat(&real))) {
    APSInt integer(32, /*isUnsigned=*/false);
    bool isExact;
    if (real.convertToInteger(integer, APFloat::rmTowardZero, &isExact) != APFloat::opOK || !isExact)
      return false;
    number = integer.getSExtValue();
  }
  if (number) {
    constexpr int64_t kMost = 1 << 10; // more than a byte with its offset
    term.zero = *number;
    term.sumOfX = converted(product->getOperand(0), product->getBlock());
    return term.sumOfX && std::abs(*number) < kMost;
  }
  term.zeros = converted(product->getOperand(0), product->getBlock(), &term.zerosUnsigned);
  term.sumOfX = converted(last, product->getBlock());
  if (!term.zeros || !term.sumOfX)
    return false;
  auto argument = product->getBlock()->getArgument(*term.zeros);
  term.realZeros = isa<FloatType>(argument.getType());
  return term.realZeros || argument.getType().isInteger(8);
}

std::optional<BlockTerm> blockTerm(linalg::GenericOp op, unsigned terms) {
  Block *body = op.getBody();
  auto sum = body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  auto scaled = sum && sum.getType().isF32() ? sum.getRhs().getDefiningOp<arith::MulFOp>() : arith::MulFOp();
  if (!scaled || sum.getLhs() != body->getArguments().back())
    return std::nullopt;
  auto isReal = [&](std::optional<unsigned> n) { return n && isa<FloatType>(body->getArgument(*n).getType()); };
  BlockTerm term{};
  auto scale = converted(scaled.getRhs(), body);
  if (!isReal(scale))
    return std::nullopt;
  term.scale = *scale;
  Value left = scaled.getLhs();
  if (auto stepped = left.getDefiningOp<arith::MulFOp>()) {
    term.step = converted(stepped.getRhs(), body);
    if (!isReal(term.step))
      return std::nullopt;
    left = stepped.getLhs();
  }
  if (auto real = left.getDefiningOp<arith::SIToFPOp>())
    left = real.getIn();
  Operation *difference = left.getDefiningOp();
  if (isa_and_present<arith::SubFOp, arith::SubIOp>(difference)) {
    Operation *product = difference->getOperand(1).getDefiningOp();
    if (!isa_and_present<arith::MulFOp, arith::MulIOp>(product) || !readZero(product, term))
      return std::nullopt;
    left = difference->getOperand(0);
  }
  return converted(left, body) == terms ? std::optional(term) : std::nullopt;
}

bool hasDot(const FewBitsProduct &product, const Machine &machine) {
  // Fewer bits than a byte's are the same number with a sign and without.
  bool fits = machine.dot == Machine::UnsignedBySigned ? product.wUnsigned : product.bits < 8 || !product.wUnsigned;
  return !product.isReal && machine.dot && fits;
}

Machine forBlockSums(Machine machine) {
  machine.registers /= 2;
  return machine;
}

} // namespace coil
