//===- ApproximateMath.cpp - polynomials for libm's functions -------------===//
//
// Comes in: math ops on scalars and vectors. Goes out: arithmetic, and the
// functions that are better called. Here and not earlier, because fusion and
// folding see `math.exp` and not its forty ops.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/Passes.h"

#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/support/Machine.h"
#include "passes/vectorize/ApproximateExp.h"

namespace coil {
#define GEN_PASS_DEF_APPROXIMATEMATHPASS
#include "passes/vectorize/Passes.h.inc"

namespace {
/// tanh x = x + x^3 P(x^2) below 0.625 (Cephes, tanhf), else
/// 1 - 2 / (exp(2|x|) + 1), with the sign of x; right to the last bit where the result
/// approaches one: 1 + tanh x, as in GELU, keeps its digits.
struct Tanh : OpRewritePattern<math::TanhOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::TanhOp op, PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto number = [&](float n) { return createScalarOrSplatConstant(b, b.getLoc(), type, APFloat(n)); };
    Value x = op.getOperand(), size = math::AbsFOp::create(b, x), square = arith::MulFOp::create(b, x, x);
    Value p = number(-5.70498872745e-3f);
    for (float c : {2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f, -3.33332819422e-1f})
      p = math::FmaOp::create(b, p, square, number(c));
    Value near = math::FmaOp::create(b, arith::MulFOp::create(b, p, square), x, x);
    Value power = math::ExpOp::create(b, arith::AddFOp::create(b, size, size));
    Value share = arith::DivFOp::create(b, number(2), arith::AddFOp::create(b, power, number(1)));
    Value far = arith::SubFOp::create(b, number(1), share);
    Value isNear = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, size, number(0.625f));
    rewriter.replaceOpWithNewOp<math::CopySignOp>(op, arith::SelectOp::create(b, isNear, near, far), x);
    return success();
  }
};

/// log of a subnormal x is log(2^23 x) - 23 log 2: the polynomial knows normal
/// numbers only.
struct LogOfSubnormal : OpRewritePattern<math::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::LogOp op, PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF32() || op->hasAttr(kNormal))
      return rewriter.notifyMatchFailure(op, "not f32, or scaled already");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto number = [&](float n) { return createScalarOrSplatConstant(b, b.getLoc(), type, APFloat(n)); };
    Value x = op.getOperand(), tiny = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, number(0x1p-126f));
    auto log = math::LogOp::create(b, arith::SelectOp::create(b, tiny, arith::MulFOp::create(b, x, number(0x1p23f)), x));
    log->setAttr(kNormal, b.getUnitAttr());
    Value less = arith::SubFOp::create(b, log, number(15.9423847f));
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, tiny, less, log);
    return success();
  }

  static constexpr StringLiteral kNormal = "coil.normal";
};

/// erf x = x P(x^2) / Q(x^2) up to 3.92, from where on it is one to the last bit, as
/// the quotient of 3.92 is: a quotient of polynomials fitted to the least relative error (3e-8), within 5
/// ULP. One formula for all x, where upstream selects coefficients by ranges.
struct Erf : OpRewritePattern<math::ErfOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ErfOp op, PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto number = [&](float n) { return createScalarOrSplatConstant(b, b.getLoc(), type, APFloat(n)); };
    // One instruction of x86-64, unlike arith.minimumf; what is not a number stays so.
    auto closer = [&](arith::CmpFPredicate isBeyond, Value v, float bound) -> Value {
      return arith::SelectOp::create(b, arith::CmpFOp::create(b, isBeyond, number(bound), v), number(bound), v);
    };
    auto below = [&](Value v, float bound) { return closer(arith::CmpFPredicate::OLT, v, bound); };
    Value x = op.getOperand(), square = below(arith::MulFOp::create(b, x, x), 3.92f * 3.92f);
    auto polynomial = [&](ArrayRef<float> coefficients) {
      Value p = number(coefficients.front());
      for (float c : coefficients.drop_front())
        p = math::FmaOp::create(b, p, square, number(c));
      return p;
    };
    Value p = polynomial({2.30105818e-4f, 3.57515034e-3f, 5.14797590e-2f, 1.89601586e-1f, 1.12837914f});
    Value q = polynomial({-1.12133413e-7f, 2.31388456e-5f, 1.05208430e-3f, 1.44148161e-2f, 1.12748189e-1f, 5.01362498e-1f, 1.0f});
    Value ratio = arith::DivFOp::create(b, arith::MulFOp::create(b, x, p), q);
    rewriter.replaceOp(op, closer(arith::CmpFPredicate::OGT, below(ratio, 1), -1));
    return success();
  }
};

/// x / c = x * (1 / c), corrected by what is left over: right to the last bit
/// (Markstein) where no step overflows or leaves the normal numbers, and where
/// the quotient is so large that one may, not corrected.
struct DivideByConstant : OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::DivFOp op, PatternRewriter &rewriter) const override {
    auto type = dyn_cast<VectorType>(op.getType());
    DenseFPElementsAttr divisor;
    if (!type || !type.getElementType().isF32() || !matchPattern(op.getRhs(), m_Constant(&divisor)) || !divisor.isSplat())
      return rewriter.notifyMatchFailure(op, "no vector of f32 by a constant");
    float c = divisor.getSplatValue<float>(), inverse = 1.0f / c;
    if (!(std::abs(c) > 0x1p-60f && std::abs(c) < 0x1p60f))
      return rewriter.notifyMatchFailure(op, "a divisor of extreme size");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto number = [&](float n) { return createScalarOrSplatConstant(b, b.getLoc(), type, APFloat(n)); };
    Value x = op.getLhs(), near = arith::MulFOp::create(b, x, number(inverse));
    Value left = math::FmaOp::create(b, near, number(-c), x);
    Value right = math::FmaOp::create(b, left, number(inverse), near);
    right = math::CopySignOp::create(b, right, near); // of zero
    Value small = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, math::AbsFOp::create(b, near), number(0x1p60f));
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, small, right, near);
    return success();
  }
};

/// x86-64's maximum is that of two ordered numbers, its second operand otherwise.
/// arith.maximumf, which also tells zeros apart, would be seven instructions; here
/// it is one beside a constant, else three, and of zeros of two signs either.
template <typename Op, arith::CmpFPredicate isBetter>
struct OrderedExtremum : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!isa<Float32Type, Float64Type>(getElementTypeOrSelf(op.getType())))
      return rewriter.notifyMatchFailure(op, "neither f32 nor f64");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value x = op.getLhs(), y = op.getRhs();
    auto better = [&](Value first, Value second) -> Value {
      return arith::SelectOp::create(b, arith::CmpFOp::create(b, isBetter, first, second), first, second);
    };
    for (auto [constant, other] : {std::pair(x, y), std::pair(y, x)})
      if (isNumber(constant)) {
        rewriter.replaceOp(op, better(constant, other));
        return success();
      }
    Value isNone = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, isNone, x, better(x, y));
    return success();
  }

  static bool isNumber(Value v) {
    FloatAttr scalar;
    SplatElementsAttr splat;
    if (matchPattern(v, m_Constant(&scalar)))
      return !scalar.getValue().isNaN();
    return matchPattern(v, m_Constant(&splat)) && !splat.template getSplatValue<APFloat>().isNaN();
  }
};

/// The addend of a fused product is overwritten on AArch64: one that is a constant
/// is loaded for each, where a copy would take a place among the products. In
/// loops, and vectors as wide as a register.
void reloadAddends(Operation *func) {
  SmallVector<math::FmaOp> products;
  func->walk([&](math::FmaOp op) { products.push_back(op); });
  for (math::FmaOp op : products) {
    auto type = dyn_cast<VectorType>(op.getType());
    DenseFPElementsAttr addend;
    if (!type || !type.getElementType().isF32() || type.getNumElements() != 4 || !op->getParentOfType<scf::ForOp>() ||
        !matchPattern(op.getC(), m_Constant(&addend)))
      continue;
    OpBuilder b(op);
    op.getCMutable().set(core::ReloadOp::create(b, op.getLoc(), type, addend));
  }
}

struct ApproximateMathPass : impl::ApproximateMathPassBase<ApproximateMathPass> {
  void runOnOperation() override {
    bool any = false;
    getOperation().walk([&](Operation *op) {
      any |= isa_and_present<math::MathDialect>(op->getDialect()) || isa<arith::DivFOp, arith::MaximumFOp, arith::MinimumFOp>(op);
    });
    if (!any)
      return;
    auto polynomial = [](StringRef name) {
      return llvm::is_contained<StringRef>({"math.exp", "math.expm1", "math.log", "math.log1p",
                                            "math.tanh", "math.erf"},
                                           name);
    };
    makeSigmoids(getOperation());
    RewritePatternSet patterns(&getContext());
    populateMathF32ExpansionPatterns(patterns, polynomial);
    populateMathPolynomialApproximationPatterns(patterns, polynomial);
    patterns.add<Tanh, Erf, LogOfSubnormal>(&getContext(), /*benefit=*/2);
    populateExpPatterns(patterns);
    patterns.add<DivideByConstant>(&getContext());
    bool byLane = Machine::of(getOperation()).byLane;
    if (!byLane)
      patterns.add<OrderedExtremum<arith::MaximumFOp, arith::CmpFPredicate::OGT>,
                   OrderedExtremum<arith::MinimumFOp, arith::CmpFPredicate::OLT>>(&getContext());
    (void)applyPatternsGreedily(getOperation(), std::move(patterns));
    if (byLane)
      reloadAddends(getOperation());
  }
};
} // namespace
} // namespace coil
