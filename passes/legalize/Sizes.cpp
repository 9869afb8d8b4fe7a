//===- Sizes.cpp - what is known of sizes without a run -------------------===//
//
// Sizes are values, computed from those of inputs. That two are the same, or what
// becomes of one where another is 1, is read from how they are computed: what is
// not asked in a run is not in the way of a pass.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/Sizes.h"

namespace coil {

/// What is an index or an i64, before it was made the other one.
static Value beforeCast(Value v) {
  auto cast = v.getDefiningOp<arith::IndexCastOp>();
  auto isWide = [](Type type) { return type.isIndex() || type.isInteger(64); };
  return cast && isWide(cast.getType()) && isWide(cast.getIn().getType()) ? cast.getIn() : v;
}

/// The same value, or computed in the same way from the same values, be it as
/// index or as i64.
static bool sameValue(Value a, Value b, unsigned depth = 6) {
  a = beforeCast(a), b = beforeCast(b);
  if (a == b)
    return true;
  if (auto n = getConstantIntValue(a), m = getConstantIntValue(b); n || m)
    return n == m;
  Operation *p = a.getDefiningOp(), *q = b.getDefiningOp();
  if (!p || !q || depth == 0 || p->getName() != q->getName() || !isa<arith::ArithDialect>(p->getDialect()) ||
      p->getAttrDictionary() != q->getAttrDictionary())
    return false;
  return llvm::all_of(llvm::zip(p->getOperands(), q->getOperands()),
                      [&](auto pair) { return sameValue(std::get<0>(pair), std::get<1>(pair), depth - 1); });
}

/// What `v` is where `known` is `n`, if that is a number.
static std::optional<int64_t> valueWhere(Value v, Value known, int64_t n, unsigned depth = 8) {
  if (sameValue(v, known, 1))
    return n;
  if (auto constant = getConstantIntValue(v))
    return constant;
  Operation *op = v.getDefiningOp();
  if (!op || depth == 0 || !isa<arith::ArithDialect>(op->getDialect()) || !v.getType().isIntOrIndex())
    return std::nullopt;
  auto valueOf = [&](Value operand) { return valueWhere(operand, known, n, depth - 1); };
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    auto condition = valueOf(select.getCondition());
    return condition ? valueOf(*condition ? select.getTrueValue() : select.getFalseValue()) : std::nullopt;
  }
  SmallVector<Attribute> operands;
  for (Value operand : op->getOperands()) {
    auto value = operand.getType().isIntOrIndex() ? valueOf(operand) : std::nullopt;
    if (!value)
      return std::nullopt;
    bool isBit = operand.getType().isInteger(1); // a true one is read as -1
    operands.push_back(IntegerAttr::get(operand.getType(), isBit ? *value & 1 : *value));
  }
  SmallVector<OpFoldResult> results;
  if (failed(op->fold(operands, results)) || results.size() != 1)
    return std::nullopt;
  return getConstantIntValue(results.front());
}

/// Often the one was made of the other, and a run need not ask.
Scalar broadcastSize(Scalar a, Scalar b) {
  if (valueWhere(b.value(), a.value(), 1) == 1)
    return a;
  auto before = b.value().getDefiningOp<arith::SelectOp>();
  auto asks = before ? before.getCondition().getDefiningOp<arith::CmpIOp>() : arith::CmpIOp();
  if (asks && asks.getPredicate() == arith::CmpIPredicate::eq && sameValue(asks.getLhs(), a.value()) &&
      getConstantIntValue(asks.getRhs()) == 1 && sameValue(before.getFalseValue(), a.value()))
    return b;
  return select(a == 1, b, a);
}

Scalar CoreBuilder::difference(Scalar a, Scalar b) {
  if (auto sum = beforeCast(a.value()).getDefiningOp<arith::AddIOp>())
    for (auto [part, other] : {std::pair(sum.getLhs(), sum.getRhs()), {sum.getRhs(), sum.getLhs()}})
      if (sameValue(part, b.value()))
        return cast(Scalar(*this, other), getIndexType());
  return a - b;
}

bool CoreBuilder::same(Dim a, Dim b) {
  if (isEqualConstantIntOrValue(a, b))
    return true;
  return isa<Value>(a) && isa<Value>(b) && sameValue(cast<Value>(a), cast<Value>(b));
}

} // namespace coil
