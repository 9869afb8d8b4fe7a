//===- ApproximateSigmoid.cpp - what is 1 / (exp(-x) + 1), and products of it ---===//
//
// Comes in: functions before they are polynomials. Goes out: fewer of their
// operations where a sigmoid is part of them, as in SiLU and GELU.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/ApproximateExp.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

namespace coil {

/// The number that a value is, for all lanes.
static std::optional<float> numberOf(Value v) {
  APFloat n(0.0f);
  bool isF32 = getElementTypeOrSelf(v.getType()).isF32();
  return isF32 && matchPattern(v, m_ConstantFloat(&n)) ? std::optional(n.convertToFloat()) : std::nullopt;
}

/// 1 + tanh x, as in GELU's approximation, is 2 / (exp(-2 x) + 1): half the instructions,
/// and where tanh x is next to -1 more of the digits.
static void replaceTanhs(Operation *func) {
  SmallVector<arith::AddFOp> sums;
  func->walk([&](arith::AddFOp op) { sums.push_back(op); });
  for (arith::AddFOp op : sums) {
    Value left = op.getLhs(), right = op.getRhs();
    if (numberOf(left) == 1)
      std::swap(left, right);
    auto tanh = left.getDefiningOp<math::TanhOp>();
    if (numberOf(right) != 1 || !tanh || !tanh->hasOneUse())
      continue;
    ImplicitLocOpBuilder b(op.getLoc(), op);
    auto number = [&](float n) { return createScalarOrSplatConstant(b, b.getLoc(), op.getType(), APFloat(n)); };
    Value power = math::ExpOp::create(b, arith::MulFOp::create(b, tanh.getOperand(), number(-2)));
    op.replaceAllUsesWith(arith::DivFOp::create(b, number(2), arith::AddFOp::create(b, power, right)).getResult());
    op.erase();
    tanh.erase();
  }
}

/// x * (1 / (exp y + 1)), as in a SiLU, is one operation less as a quotient, and is
/// rounded once less; x * 0.5 * (2 / (exp y + 1)) two.
static void divide(Operation *func) {
  SmallVector<arith::MulFOp> products;
  func->walk([&](arith::MulFOp op) { products.push_back(op); });
  for (arith::MulFOp op : products)
    for (auto [factor, other] : {std::pair(op.getLhs(), op.getRhs()), std::pair(op.getRhs(), op.getLhs())}) {
      auto share = factor.getDefiningOp<arith::DivFOp>();
      auto divisor = share ? share.getRhs().getDefiningOp<arith::AddFOp>() : arith::AddFOp();
      if (!divisor || !share->hasOneUse() || share->getBlock() != op->getBlock() ||
          !llvm::any_of(divisor->getOperands(), [](Value v) { return v.getDefiningOp<math::ExpOp>() != nullptr; }))
        continue;
      auto isShareOf = [&](float n) { return numberOf(share.getLhs()) == n; };
      Value dividend = isShareOf(1) ? other : Value();
      if (auto half = other.getDefiningOp<arith::MulFOp>(); half && isShareOf(2))
        dividend = numberOf(half.getLhs()) == 0.5f ? half.getRhs() : numberOf(half.getRhs()) == 0.5f ? half.getLhs() : Value();
      if (!dividend)
        continue;
      OpBuilder b(op);
      op.replaceAllUsesWith(arith::DivFOp::create(b, op.getLoc(), dividend, divisor).getResult());
      op.erase();
      share.erase();
      break;
    }
}

void makeSigmoids(Operation *func) {
  replaceTanhs(func);
  divide(func);
}

} // namespace coil
