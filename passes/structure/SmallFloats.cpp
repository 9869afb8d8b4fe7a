//===- SmallFloats.cpp - floats of 4 and 8 bits by integer arithmetic ------===//
//
// Comes in: arith.extf and arith.truncf from and to floats of fewer than 16
// bits, whose tensors are bytes already. Goes out: arith on i32 and f32, or i64
// and f64 where a double is narrowed: each number is rounded once.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace coil {
#define GEN_PASS_DEF_SMALLFLOATSPASS
#include "passes/structure/Passes.h.inc"

namespace {

bool isSmall(Type type) {
  auto f = dyn_cast<FloatType>(type);
  return f && f.getWidth() < 16;
}

/// What a format is, as numbers.
struct Format {
  explicit Format(FloatType type)
      : semantics(type.getFloatSemantics()), width(type.getWidth()), mantissa(type.getFPMantissaWidth() - 1),
        least(APFloat::semanticsMinExponent(semantics)), bias(1 - least),
        hasSign(APFloat::semanticsHasSignedRepr(semantics)), hasNaN(APFloat::semanticsHasNaN(semantics)),
        hasInfinity(APFloat::semanticsHasInf(semantics)), largest(codeOf(APFloat::getLargest(semantics))) {}

  static int64_t codeOf(const APFloat &f) { return f.bitcastToAPInt().getZExtValue(); }
  /// Without a NaN, ONNX's references make one -0.
  int64_t codeOfNaN() const { return hasNaN ? codeOf(APFloat::getNaN(semantics)) : signBit(); }
  int64_t codeOfInfinity() const { return codeOf(APFloat::getInf(semantics)); }
  int64_t codeOfTooLarge() const { return hasInfinity ? codeOfInfinity() : hasNaN ? codeOfNaN() : largest; }
  int64_t signBit() const { return int64_t(1) << (width - 1); }
  /// The sign bit of zero is NaN.
  bool zeroHasNoSign() const { return hasNaN && codeOfNaN() == signBit(); }

  const llvm::fltSemantics &semantics;
  unsigned width;
  int mantissa, least, bias;
  bool hasSign, hasNaN, hasInfinity;
  int64_t largest;
};

/// Integer and float arithmetic of one width, in words.
struct Bits {
  Bits(ImplicitLocOpBuilder &b, unsigned width)
      : b(b), type(b.getIntegerType(width)),
        real(width == 64 ? FloatType(Float64Type::get(b.getContext())) : Float32Type::get(b.getContext())) {}

  Value number(int64_t n) {
    return arith::ConstantOp::create(b, b.getIntegerAttr(type, APInt(type.getWidth(), uint64_t(n), false, true)));
  }
  Value realNumber(double n) { return arith::ConstantOp::create(b, b.getFloatAttr(real, n)); }
  Value add(Value x, Value y) { return b.createOrFold<arith::AddIOp>(x, y); }
  Value add(Value x, int64_t y) { return add(x, number(y)); }
  Value land(Value x, int64_t y) { return b.createOrFold<arith::AndIOp>(x, number(y)); }
  Value lor(Value x, Value y) { return b.createOrFold<arith::OrIOp>(x, y); }
  Value left(Value x, int64_t n) { return b.createOrFold<arith::ShLIOp>(x, number(n)); }
  Value right(Value x, int64_t n) { return b.createOrFold<arith::ShRUIOp>(x, number(n)); }
  Value is(arith::CmpIPredicate p, Value x, int64_t y) { return b.createOrFold<arith::CmpIOp>(p, x, number(y)); }
  Value choose(Value condition, Value yes, Value no) { return b.createOrFold<arith::SelectOp>(condition, yes, no); }
  Value choose(Value condition, int64_t yes, Value no) { return choose(condition, number(yes), no); }
  Value asReal(Value x) { return b.createOrFold<arith::BitcastOp>(real, x); }
  Value asBits(Value x) { return b.createOrFold<arith::BitcastOp>(type, x); }

  ImplicitLocOpBuilder &b;
  IntegerType type;
  FloatType real;
};

using P = arith::CmpIPredicate;
constexpr int64_t kNaN = 0x7fc00000, kInfinity = 0x7f800000; // of f32

/// float8e8m0, an exponent alone: f32 with this exponent, except for the two
/// that mean something else there.
Value decodeExponent(Bits &i, Value code) {
  Value bits = i.choose(i.is(P::eq, code, 0), 1 << 22, i.left(code, 23));
  return i.asReal(i.choose(i.is(P::eq, code, 255), kNaN, bits));
}

Value decode(Bits &i, const Format &f, Value code) {
  if (!f.hasSign)
    return decodeExponent(i, code);
  Value magnitude = i.land(code, f.signBit() - 1);
  // A subnormal is a multiple of the least one: not made as a subnormal of f32,
  // which a program may have switched off.
  Value counted = arith::SIToFPOp::create(i.b, i.real, magnitude);
  Value small = arith::MulFOp::create(i.b, counted, i.realNumber(std::ldexp(1.0, f.least - f.mantissa)));
  Value bits = i.add(i.left(magnitude, 23 - f.mantissa), int64_t(127 - f.bias) << 23);
  bits = i.choose(i.is(P::ult, magnitude, 1 << f.mantissa), i.asBits(small), bits);
  if (f.hasInfinity) {
    bits = i.choose(i.is(P::eq, magnitude, f.codeOfInfinity()), kInfinity, bits);
    bits = i.choose(i.is(P::ugt, magnitude, f.codeOfInfinity()), kNaN, bits);
  } else if (f.hasNaN && !f.zeroHasNoSign()) {
    bits = i.choose(i.is(P::ugt, magnitude, f.largest), kNaN, bits);
  }
  bits = i.lor(bits, i.left(i.land(code, f.signBit()), 32 - f.width));
  if (f.zeroHasNoSign())
    bits = i.choose(i.is(P::eq, code, f.codeOfNaN()), kNaN | int64_t(1) << 31, bits);
  return i.asReal(bits);
}

/// To float8e8m0, from f64, where all its powers of two are normal numbers.
Value encodeExponent(Bits &i, Value bits, arith::RoundingMode mode) {
  constexpr int64_t one = int64_t(1) << 52;
  int64_t carry = mode == arith::RoundingMode::upward                                                ? one - 1
                  : mode == arith::RoundingMode::toward_zero || mode == arith::RoundingMode::downward ? 0
                                                                                                      : one / 2;
  bits = i.land(bits, std::numeric_limits<int64_t>::max());
  Value code = i.add(i.right(i.add(bits, carry), 52), 127 - 1023);
  code = i.choose(i.is(P::slt, code, 0), 0, code);
  return i.choose(i.is(P::sgt, code, 254), 255, code);
}

/// Of a float with `digits` bits of mantissa: the nearest, ties to even.
Value encode(Bits &i, const Format &f, Value x, int digits) {
  int64_t least = i.type.getWidth() == 64 ? -1022 : -126, bias = 1 - least;
  Value bits = i.asBits(x);
  Value magnitude = i.land(bits, i.type.getWidth() == 64 ? INT64_MAX : INT32_MAX);
  auto codeOfPower = [&](int64_t exponent) { return (exponent + bias) << digits; };
  // Half a unit of what is dropped, or a little less where the rest is even; a
  // carry goes on into the exponent.
  int dropped = digits - f.mantissa;
  Value odd = i.land(i.right(magnitude, dropped), 1);
  Value half = i.add(odd, (int64_t(1) << (dropped - 1)) - 1);
  Value code = i.add(i.right(i.add(magnitude, half), dropped), -((bias - f.bias) << f.mantissa));
  // Below the least normal number the float addition itself rounds: in this sum
  // one is worth the least subnormal.
  int64_t power = f.least - f.mantissa + digits;
  Value sum = arith::AddFOp::create(i.b, i.asReal(magnitude), i.realNumber(std::ldexp(1.0, power)));
  Value small = i.add(i.asBits(sum), -codeOfPower(power));
  code = i.choose(i.is(P::slt, magnitude, codeOfPower(f.least)), small, code);
  code = i.choose(i.is(P::sgt, code, f.largest), f.codeOfTooLarge(), code);

  code = i.choose(i.is(P::sgt, magnitude, codeOfPower(bias + 1)), f.codeOfNaN(), code);
  Value whole = i.lor(code, i.left(i.right(bits, i.type.getWidth() - 1), f.width - 1));
  return f.zeroHasNoSign() ? i.choose(i.is(P::eq, code, 0), 0, whole) : whole;
}

struct ExpandExtend : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    auto from = dyn_cast<FloatType>(op.getIn().getType());
    if (!from || !isSmall(from) || isSmall(op.getType()))
      return rewriter.notifyMatchFailure(op, "not from a small float");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Bits i(b, 32);
    Value bits = b.createOrFold<arith::BitcastOp>(b.getIntegerType(from.getWidth()), op.getIn());
    Value real = decode(i, Format(from), b.createOrFold<arith::ExtUIOp>(i.type, bits));
    if (op.getType() != real.getType()) {
      bool wider = op.getType().getIntOrFloatBitWidth() > 32;
      real = wider ? b.createOrFold<arith::ExtFOp>(op.getType(), real)
                   : b.createOrFold<arith::TruncFOp>(op.getType(), real);
    }
    rewriter.replaceOp(op, real);
    return success();
  }
};

struct ExpandTruncate : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    auto to = dyn_cast<FloatType>(op.getType());
    // bf16 too from a double, which LLVM leaves to a function of the compiler's.
    bool expand = to && (isSmall(to) || (to.isBF16() && op.getIn().getType().isF64()));
    if (!expand || isSmall(op.getIn().getType()))
      return rewriter.notifyMatchFailure(op, "not to a small float");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Format f(to);
    Value x = op.getIn();
    bool wide = x.getType().isF64() || !f.hasSign;
    Bits i(b, wide ? 64 : 32);
    if (x.getType() != i.real)
      x = b.createOrFold<arith::ExtFOp>(i.real, x);
    auto mode = op.getRoundingmode().value_or(arith::RoundingMode::to_nearest_even);
    Value code = f.hasSign ? encode(i, f, x, wide ? 52 : 23) : encodeExponent(i, i.asBits(x), mode);
    Value bits = b.createOrFold<arith::TruncIOp>(b.getIntegerType(f.width), code);
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, to, bits);
    return success();
  }
};

struct SmallFloatsPass : impl::SmallFloatsPassBase<SmallFloatsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandExtend, ExpandTruncate>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace coil
