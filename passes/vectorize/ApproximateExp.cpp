//===- ApproximateExp.cpp - the exponential function by a polynomial ------===//
//
// exp x = 2^n exp r, where n is the integer next to x / ln 2 and |r| <= ln 2 / 2.
// exp r = 1 + r P(r), P of degree four, fitted to the least relative error with
// its coefficients rounded one after another; within 2 ULP of results from 2^-125
// on. Smaller ones are zero.
//
// Two thirds of the instructions of upstream's: n is rounded by adding a number
// whose last place is one, and stands in the last bits of that sum, from where
// one shift makes it a power of two. What is known not to be positive, as in a
// softmax, needs no upper bound, and none of what keeps 2^128 away. Nor does what
// one divides by after one was added, as in a sigmoid or a hyperbolic tangent: a power
// is infinite there before it leaves the range of this way, since the quotient of all
// but the largest numbers is nothing by then.
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

/// Beyond these the result is zero (its half would have no normal exponent) or
/// infinite. It is computed as half of it, and doubled at the end: 2^128 is no
/// number, 2^127 is.
static constexpr float kLeast = -86.9f, kMost = 89.0f;
/// From here on down n is -127, which as an exponent is that of zero.
static constexpr float kLeastNonpositive = -88.02f;
/// The greatest power whose quotient of one is a normal number.
static constexpr float kMostDivisor = 87.3f;
/// 3 * 2^22, and the exponent's bias.
static constexpr float kRound = 12582912.0f + 127.0f;

/// Whether all that becomes of it is a / (exp x + 1).
static bool isInDivisor(math::ExpOp op) {
  auto sum = op->hasOneUse() ? dyn_cast<arith::AddFOp>(*op->user_begin()) : arith::AddFOp();
  auto ratio = sum && sum->hasOneUse() ? dyn_cast<arith::DivFOp>(*sum->user_begin()) : arith::DivFOp();
  return ratio && ratio.getRhs() == sum && (matchPattern(sum.getLhs(), m_OneFloat()) || matchPattern(sum.getRhs(), m_OneFloat()));
}

static bool isNonnegative(Value v) {
  if (auto sum = v.getDefiningOp<arith::AddFOp>())
    return isNonnegative(sum.getLhs()) && isNonnegative(sum.getRhs());
  return v.getDefiningOp<math::AbsFOp>() != nullptr;
}

namespace {
struct Exp : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ExpOp op, PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto vector = dyn_cast<VectorType>(type);
    Type bits = vector ? Type(vector.clone(b.getI32Type())) : b.getI32Type();
    auto number = [&](float n) { return createScalarOrSplatConstant(b, b.getLoc(), type, APFloat(n)); };
    auto plusProduct = [&](Value sum, Value x, Value y) -> Value { return math::FmaOp::create(b, x, y, sum); };

    bool isNonpositive = op->hasAttr("coil.nonpositive"), isDivisor = isInDivisor(op);
    bool isWhole = isNonpositive || isDivisor; // else computed as half of it
    Value given = op.getOperand(), x = given;
    if (!isWhole)
      x = arith::MinimumFOp::create(b, x, number(kMost));
    if (isWhole && !isNonnegative(given))
      x = arith::MaximumFOp::create(b, x, number(kLeastNonpositive));
    Value round = number(isWhole ? kRound : kRound - 1);
    Value rounded = plusProduct(round, x, number(1.44269504f));
    Value n = arith::SubFOp::create(b, rounded, round);
    Value shift = createScalarOrSplatConstant(b, b.getLoc(), bits, 23);
    Value power = arith::ShLIOp::create(b, arith::BitcastOp::create(b, bits, rounded), shift);
    power = arith::BitcastOp::create(b, type, power); // 2^n, or half of it
    // ln 2 in two parts, so that r keeps its digits.
    Value r = plusProduct(x, n, number(-0x1.62e43p-1f));
    r = plusProduct(r, n, number(0x1.05c61p-29f));
    Value p = number(0.0082896855f);
    for (float c : {0.041898247f, 0.16667649f, 0.49999148f, 0.9999997f})
      p = plusProduct(number(c), p, r);
    Value result = plusProduct(power, arith::MulFOp::create(b, r, power), p);
    if (isDivisor) {
      Value isMuch = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, given, number(kMostDivisor));
      result = arith::SelectOp::create(b, isMuch, number(std::numeric_limits<float>::infinity()), result);
    }
    if (!isWhole) {
      result = arith::AddFOp::create(b, result, result);
      Value isNothing = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, given, number(kLeast));
      result = arith::SelectOp::create(b, isNothing, number(0), result);
    }
    rewriter.replaceOp(op, result);
    return success();
  }
};
} // namespace

void populateExpPatterns(RewritePatternSet &patterns) { patterns.add<Exp>(patterns.getContext(), /*benefit=*/2); }

} // namespace coil
