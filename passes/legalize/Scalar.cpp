//===- Scalar.cpp - formulas on single elements ---------------------------===//

#include "passes/legalize/Scalar.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

namespace coil {

Type computedForm(Type type) {
  if (auto narrow = dyn_cast<FloatType>(type); narrow && narrow.getWidth() < 32)
    return Float32Type::get(type.getContext());
  if (auto integer = dyn_cast<IntegerType>(type))
    return IntegerType::get(type.getContext(), integer.getWidth());
  if (isa<core::StringType>(type))
    return IntegerType::get(type.getContext(), 64);
  return type;
}

Type sumType(Type element) {
  if (auto type = dyn_cast<FloatType>(element); type && type.getWidth() < 32)
    return Float32Type::get(element.getContext());
  return element;
}

Scalar constantOf(ImplicitLocOpBuilder &b, Type type, double n) {
  if (!isa<FloatType>(type))
    return constantOf(b, type, int64_t(n));
  return Scalar(b, arith::ConstantOp::create(b, b.getFloatAttr(computedForm(type), n)), type);
}

Scalar constantOf(ImplicitLocOpBuilder &b, Type type, int64_t n) {
  if (isa<FloatType>(type))
    return constantOf(b, type, double(n));
  Type bits = computedForm(type);
  unsigned width = isa<IndexType>(bits) ? 64 : bits.getIntOrFloatBitWidth();
  APInt number(64, uint64_t(n));
  auto attr = b.getIntegerAttr(bits, number.zextOrTrunc(width));
  return Scalar(b, arith::ConstantOp::create(b, attr), type);
}

bool Scalar::isString() const { return isa<core::StringType>(elementType); }
Scalar Scalar::like(double n) const { return constantOf(*b, elementType, n); }
Scalar Scalar::like(int64_t n) const { return constantOf(*b, elementType, n); }

std::optional<int64_t> Scalar::constant() const {
  APInt n;
  if (!matchPattern(bits, m_ConstantInt(&n)))
    return std::nullopt;
  return isUnsigned() || isBool() ? int64_t(n.getZExtValue()) : n.getSExtValue();
}

Scalar lowest(Scalar s) {
  if (auto type = dyn_cast<FloatType>(s.type()))
    return s.like(-std::numeric_limits<double>::infinity());
  unsigned width = isa<IndexType>(s.type()) ? 64 : s.type().getIntOrFloatBitWidth();
  bool zero = s.isUnsigned() || s.isBool();
  return s.like(zero ? 0 : APInt::getSignedMinValue(width).getSExtValue());
}

Scalar highest(Scalar s) {
  if (isa<FloatType>(s.type()))
    return s.like(std::numeric_limits<double>::infinity());
  unsigned width = isa<IndexType>(s.type()) ? 64 : s.type().getIntOrFloatBitWidth();
  if (s.isUnsigned() || s.isBool())
    return s.like(int64_t(APInt::getMaxValue(width).getZExtValue()));
  return s.like(APInt::getSignedMaxValue(width).getSExtValue());
}

//===----------------------------------------------------------------------===//
// Arithmetic: a float op, a signed and an unsigned integer op for each sign.
//===----------------------------------------------------------------------===//

template <typename Op> static Scalar binaryOf(Scalar a, Scalar b) {
  return Scalar(a.builder(), a.builder().createOrFold<Op>(a.value(), b.value()), a.type());
}

template <typename Float, typename Signed, typename Unsigned = Signed>
static Scalar arithmetic(Scalar a, Scalar b) {
  assert(a.type() == b.type() && "a formula mixes element types");
  if (a.isFloat())
    return binaryOf<Float>(a, b);
  return a.isUnsigned() || a.isBool() ? binaryOf<Unsigned>(a, b) : binaryOf<Signed>(a, b);
}

Scalar operator+(Scalar a, Scalar b) { return arithmetic<arith::AddFOp, arith::AddIOp>(a, b); }
Scalar operator-(Scalar a, Scalar b) { return arithmetic<arith::SubFOp, arith::SubIOp>(a, b); }
Scalar operator*(Scalar a, Scalar b) { return arithmetic<arith::MulFOp, arith::MulIOp>(a, b); }

/// The smallest integer by -1 is too large for its type: a trap on x86, as is a
/// division by zero. Sizes, which are of type index, are not negative.
static bool mayOverflow(Scalar b) {
  bool isSigned = !b.isFloat() && !b.isUnsigned() && !b.isBool() && !isa<IndexType>(b.type());
  return isSigned && b.constant().value_or(-1) == -1;
}

/// Integer division by zero is undefined in ONNX: divide by one instead; and by
/// -1 likewise, see operator/. LLVM drops the guard where the divisor is a
/// constant.
static Scalar divisor(Scalar b) {
  if (b.isFloat())
    return b;
  if (auto n = b.constant())
    return *n == 0 || mayOverflow(b) ? b.like(1) : b;
  Scalar guarded = b == 0;
  return select(mayOverflow(b) ? guarded | (b == -1) : guarded, b.like(1), b);
}
Scalar operator/(Scalar a, Scalar b) {
  // By -1 is the negative, which wraps.
  if (mayOverflow(b))
    a = b.constant() ? -a : select(b == -1, -a, a);
  return arithmetic<arith::DivFOp, arith::DivSIOp, arith::DivUIOp>(a, divisor(b));
}
Scalar operator%(Scalar a, Scalar b) {
  return arithmetic<arith::RemFOp, arith::RemSIOp, arith::RemUIOp>(a, divisor(b));
}

Scalar operator-(Scalar a) {
  if (a.isFloat())
    return Scalar(a.builder(), a.builder().createOrFold<arith::NegFOp>(a.value()), a.type());
  return a.like(0) - a;
}

Scalar operator&(Scalar a, Scalar b) { return binaryOf<arith::AndIOp>(a, b); }
Scalar operator|(Scalar a, Scalar b) { return binaryOf<arith::OrIOp>(a, b); }
Scalar operator^(Scalar a, Scalar b) { return binaryOf<arith::XOrIOp>(a, b); }
Scalar operator~(Scalar a) { return a ^ a.like(-1); }
Scalar operator<<(Scalar a, Scalar b) { return binaryOf<arith::ShLIOp>(a, b); }
Scalar operator>>(Scalar a, Scalar b) {
  return a.isUnsigned() ? binaryOf<arith::ShRUIOp>(a, b) : binaryOf<arith::ShRSIOp>(a, b);
}

static Scalar compare(Scalar a, Scalar b, arith::CmpFPredicate f, arith::CmpIPredicate s,
                      arith::CmpIPredicate u) {
  assert(a.type() == b.type() && "a formula compares different element types");
  ImplicitLocOpBuilder &builder = a.builder();
  if (a.isFloat())
    return Scalar(builder, builder.createOrFold<arith::CmpFOp>(f, a.value(), b.value()));
  return Scalar(builder, builder.createOrFold<arith::CmpIOp>(
                             a.isUnsigned() || a.isBool() ? u : s, a.value(), b.value()));
}

using FP = arith::CmpFPredicate;
using IP = arith::CmpIPredicate;
Scalar operator<(Scalar a, Scalar b) { return compare(a, b, FP::OLT, IP::slt, IP::ult); }
Scalar operator<=(Scalar a, Scalar b) { return compare(a, b, FP::OLE, IP::sle, IP::ule); }
Scalar operator>(Scalar a, Scalar b) { return compare(a, b, FP::OGT, IP::sgt, IP::ugt); }
Scalar operator>=(Scalar a, Scalar b) { return compare(a, b, FP::OGE, IP::sge, IP::uge); }
Scalar operator==(Scalar a, Scalar b) { return compare(a, b, FP::OEQ, IP::eq, IP::eq); }
Scalar operator!=(Scalar a, Scalar b) { return compare(a, b, FP::UNE, IP::ne, IP::ne); }

Scalar inRange(Scalar i, Scalar n) {
  ImplicitLocOpBuilder &b = i.builder();
  return Scalar(b, b.createOrFold<arith::CmpIOp>(IP::ult, i.value(), n.value()));
}

Scalar select(Scalar condition, Scalar yes, Scalar no) {
  assert(yes.type() == no.type() && "a selection mixes element types");
  ImplicitLocOpBuilder &b = yes.builder();
  return Scalar(b, b.createOrFold<arith::SelectOp>(condition.value(), yes.value(), no.value()),
                yes.type());
}

Scalar min(Scalar a, Scalar b) {
  return arithmetic<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>(a, b);
}
Scalar max(Scalar a, Scalar b) {
  return arithmetic<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>(a, b);
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

template <typename Op> static Scalar converted(Scalar x, Type to) {
  ImplicitLocOpBuilder &b = x.builder();
  return Scalar(b, b.createOrFold<Op>(computedForm(to), x.value()), to);
}

/// An index that went through i64 is itself again, so that dimensions which
/// pass through a shape tensor stay the values they are.
static std::optional<Scalar> undone(Scalar x, Type to) {
  auto back = x.value().getDefiningOp<arith::IndexCastOp>();
  if (!back || !x.value().getType().isInteger(64) || back.getIn().getType() != to)
    return std::nullopt;
  return Scalar(x.builder(), back.getIn());
}

static Scalar castInteger(Scalar x, Type to) {
  Type from = x.type();
  if (auto before = undone(x, to))
    return *before;
  if (isa<IndexType>(from) || isa<IndexType>(to)) {
    // An index has 64 bits: go through the 64-bit integer of the other's sign.
    if (isa<IndexType>(from))
      return cast(converted<arith::IndexCastOp>(x, x.builder().getI64Type()), to);
    return x.isUnsigned() || x.isBool() ? converted<arith::IndexCastUIOp>(x, to)
                                        : converted<arith::IndexCastOp>(x, to);
  }
  unsigned fromBits = from.getIntOrFloatBitWidth(), toBits = to.getIntOrFloatBitWidth();
  if (fromBits == toBits)
    return Scalar(x.builder(), x.value(), to);
  if (fromBits > toBits)
    return converted<arith::TruncIOp>(x, to);
  return x.isUnsigned() || x.isBool() ? converted<arith::ExtUIOp>(x, to)
                                      : converted<arith::ExtSIOp>(x, to);
}

bool isSmallFloat(Type type) {
  auto f = dyn_cast<FloatType>(type);
  return f && f.getWidth() < 16;
}

/// Between floats; a narrow one is rounded once, from what there is.
static Scalar castFloat(Scalar x, Type to, arith::RoundingModeAttr mode = {}) {
  ImplicitLocOpBuilder &b = x.builder();
  auto resize = [&](Value v, Type type) -> Value {
    unsigned have = v.getType().getIntOrFloatBitWidth(), want = type.getIntOrFloatBitWidth();
    if (have == want)
      return v;
    return have < want ? b.createOrFold<arith::ExtFOp>(type, v)
                       : b.createOrFold<arith::TruncFOp>(type, v, mode, arith::FastMathFlagsAttr());
  };
  Type form = computedForm(to);
  Value value = form == to ? x.value() : resize(x.value(), to);
  return Scalar(b, resize(value, form), to);
}

Scalar rounded(Scalar x, Type to, arith::RoundingMode mode) {
  return castFloat(x, to, arith::RoundingModeAttr::get(to.getContext(), mode));
}

/// What the conversion instruction of x86-64 gives: its least value for whatever
/// `to`, a signed type, cannot hold. arith leaves that open, and machines differ.
static Scalar convertOrLeast(Scalar x, Type to) {
  Scalar limit = x.like(std::ldexp(1.0, to.getIntOrFloatBitWidth() - 1));
  return select(abs(x) < limit, converted<arith::FPToSIOp>(x, to), lowest(constantOf(x.builder(), to, 0)));
}

static Scalar castToInteger(Scalar x, Type to) {
  ImplicitLocOpBuilder &b = x.builder();
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  unsigned width = to.getIntOrFloatBitWidth();
  if (width < 32 || to == i32)
    return cast(convertOrLeast(x, i32), to);
  if (width < 64 || to == i64)
    return cast(convertOrLeast(x, i64), to);
  // The upper half of ui64, whose values i64 does not hold.
  Scalar half = x.like(std::ldexp(1.0, 63)), top = constantOf(b, i64, std::numeric_limits<int64_t>::min());
  return cast(select(x >= half, convertOrLeast(x - half, i64) ^ top, convertOrLeast(x, i64)), to);
}

Scalar cast(Scalar x, Type to) {
  Type from = x.type();
  if (from == to)
    return x;
  if (to.isSignlessInteger(1))
    return x != 0;
  bool fromFloat = x.isFloat(), toFloat = isa<FloatType>(to);
  if (!fromFloat && !toFloat)
    return castInteger(x, to);
  if (isa<IndexType>(from))
    return cast(cast(x, x.builder().getI64Type()), to);
  if (isa<IndexType>(to))
    return cast(cast(x, x.builder().getI64Type()), to);
  if (!fromFloat) {
    Scalar real = x.isUnsigned() || x.isBool() ? converted<arith::UIToFPOp>(x, to) : converted<arith::SIToFPOp>(x, to);
    return isSmallFloat(to) ? castFloat(Scalar(x.builder(), real.value()), to) : real;
  }
  return toFloat ? castFloat(x, to) : castToInteger(x, to);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

template <typename Op> static Scalar functionOf(Scalar x) {
  ImplicitLocOpBuilder &b = x.builder();
  return Scalar(b, b.createOrFold<Op>(x.value()), x.type());
}
#define COIL_DEFINE(name, op) Scalar name(Scalar x) { return functionOf<math::op>(x); }
COIL_SCALAR_FUNCTIONS(COIL_DEFINE)
#undef COIL_DEFINE

Scalar abs(Scalar x) {
  if (x.isFloat())
    return functionOf<math::AbsFOp>(x);
  return x.isUnsigned() || x.isBool() ? x : functionOf<math::AbsIOp>(x);
}
Scalar floor(Scalar x) { return x.isFloat() ? functionOf<math::FloorOp>(x) : x; }
Scalar ceil(Scalar x) { return x.isFloat() ? functionOf<math::CeilOp>(x) : x; }
Scalar roundEven(Scalar x) { return x.isFloat() ? functionOf<math::RoundEvenOp>(x) : x; }
Scalar trunc(Scalar x) { return x.isFloat() ? functionOf<math::TruncOp>(x) : x; }
Scalar isNaN(Scalar x) { return x != x; }
Scalar pow(Scalar x, Scalar y) { return binaryOf<math::PowFOp>(x, y); }
Scalar atan2(Scalar y, Scalar x) { return binaryOf<math::Atan2Op>(y, x); }
Scalar fma(Scalar a, Scalar b, Scalar c) {
  if (!a.isFloat())
    return a * b + c;
  ImplicitLocOpBuilder &builder = a.builder();
  return Scalar(builder, math::FmaOp::create(builder, a.value(), b.value(), c.value()), a.type());
}

Scalar expOfNonpositive(Scalar x) {
  Scalar power = exp(x);
  power.value().getDefiningOp()->setAttr("coil.nonpositive", x.builder().getUnitAttr());
  return power;
}
Scalar sigmoid(Scalar x) { return 1.0 / (1.0 + exp(-x)); }

} // namespace coil
