//===- Scalar.h - formulas on single elements -----------------------------===//
//
// A recipe's formula is written on scalars: `clamp(x * alpha + beta, 0, 1)`.
// The same formula fills the body of a linalg.generic or, on the elements of a
// shape computation, folds away. A Scalar carries its ONNX element type, since
// arith's integers have no sign.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_SCALAR_H
#define COIL_PASSES_LEGALIZE_SCALAR_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace coil {
using namespace mlir;

class Scalar {
public:
  Scalar() = default;
  /// `value` has the computed form of `type` (ui8 is held as i8, f16 as f32).
  Scalar(ImplicitLocOpBuilder &b, Value value, Type type)
      : b(&b), bits(value), elementType(type) {}
  Scalar(ImplicitLocOpBuilder &b, Value value) : Scalar(b, value, value.getType()) {}

  Value value() const { return bits; }
  /// The ONNX element type, or index.
  Type type() const { return elementType; }
  ImplicitLocOpBuilder &builder() const { return *b; }
  bool isFloat() const { return isa<FloatType>(elementType); }
  bool isUnsigned() const { return elementType.isUnsignedInteger(); }
  bool isString() const;
  bool isBool() const { return elementType.isSignlessInteger(1); }

  /// The number `n` in this scalar's type.
  Scalar like(double n) const;
  Scalar like(int64_t n) const;
  Scalar like(int n) const { return like(int64_t(n)); }
  /// The constant it is known to be, if any.
  std::optional<int64_t> constant() const;

private:
  ImplicitLocOpBuilder *b = nullptr;
  Value bits;
  Type elementType;
};

/// The form in which arith computes a type: ui8 -> i8, a string as its number, and
/// f16 -> f32, for the narrow floats are how tensors are stored, not how formulas
/// are computed.
Type computedForm(Type type);
/// The type in which a sum of such elements is kept: f32 for narrower floats.
Type sumType(Type element);
/// The value that a tensor holds for a scalar: ui8 where the scalar is an i8.
Value stored(Scalar s);
/// The least and greatest finite value, or infinities for floats.
Scalar lowest(Scalar like);
Scalar highest(Scalar like);

Scalar constantOf(ImplicitLocOpBuilder &b, Type type, double n);
Scalar constantOf(ImplicitLocOpBuilder &b, Type type, int64_t n);
inline Scalar constantOf(ImplicitLocOpBuilder &b, Type type, int n) {
  return constantOf(b, type, int64_t(n));
}

// Operands have one type; the result has it too. Integer division truncates.
Scalar operator+(Scalar a, Scalar b);
Scalar operator-(Scalar a, Scalar b);
Scalar operator*(Scalar a, Scalar b);
Scalar operator/(Scalar a, Scalar b);
Scalar operator%(Scalar a, Scalar b); // remainder, the sign of the dividend
Scalar operator-(Scalar a);
Scalar operator&(Scalar a, Scalar b);
Scalar operator|(Scalar a, Scalar b);
Scalar operator^(Scalar a, Scalar b);
Scalar operator~(Scalar a);
Scalar operator<<(Scalar a, Scalar b);
Scalar operator>>(Scalar a, Scalar b); // logical for unsigned, arithmetic else

// Comparisons give i1; ordered, except != which holds for NaN.
Scalar operator<(Scalar a, Scalar b);
Scalar operator<=(Scalar a, Scalar b);
Scalar operator>(Scalar a, Scalar b);
Scalar operator>=(Scalar a, Scalar b);
Scalar operator==(Scalar a, Scalar b);
Scalar operator!=(Scalar a, Scalar b);

// A number beside a scalar takes the scalar's type.
template <typename N> concept Number = std::is_arithmetic_v<N>;
template <Number N> Scalar toward(Scalar s, N n) {
  if constexpr (std::is_floating_point_v<N>)
    return s.like(double(n));
  else
    return s.like(int64_t(n));
}
#define COIL_SCALAR_WITH_NUMBER(OP)                                            \
  template <Number N> Scalar operator OP(Scalar a, N n) { return a OP toward(a, n); } \
  template <Number N> Scalar operator OP(N n, Scalar a) { return toward(a, n) OP a; }
COIL_SCALAR_WITH_NUMBER(+)
COIL_SCALAR_WITH_NUMBER(-)
COIL_SCALAR_WITH_NUMBER(*)
COIL_SCALAR_WITH_NUMBER(/)
COIL_SCALAR_WITH_NUMBER(%)
COIL_SCALAR_WITH_NUMBER(&)
COIL_SCALAR_WITH_NUMBER(>>)
COIL_SCALAR_WITH_NUMBER(<<)
COIL_SCALAR_WITH_NUMBER(<)
COIL_SCALAR_WITH_NUMBER(<=)
COIL_SCALAR_WITH_NUMBER(>)
COIL_SCALAR_WITH_NUMBER(>=)
COIL_SCALAR_WITH_NUMBER(==)
COIL_SCALAR_WITH_NUMBER(!=)
#undef COIL_SCALAR_WITH_NUMBER

Scalar select(Scalar condition, Scalar yes, Scalar no);
/// NaN if either is NaN.
Scalar min(Scalar a, Scalar b);
Scalar max(Scalar a, Scalar b);
inline Scalar clamp(Scalar x, Scalar low, Scalar high) { return min(max(x, low), high); }
/// Numeric conversion: anything to bool is `!= 0`; floats to integers truncate.
/// What an integer cannot hold is on every machine what x86-64 and with it numpy
/// make of it: the least i32 (i64 for ui32 and wider), of which a narrower type
/// takes the low bits. Floats that have too few bits for x are as APFloat rounds.
Scalar cast(Scalar x, Type to);
/// A float of fewer than 16 bits: more a way to store than a type to compute in.
bool isSmallFloat(Type type);
/// `x`, a float, rounded to the narrower `to` in a direction of its own.
Scalar rounded(Scalar x, Type to, arith::RoundingMode mode);
/// A scalar unsigned comparison of indices: 0 <= i < n.
Scalar inRange(Scalar i, Scalar n);

Scalar abs(Scalar x);
Scalar floor(Scalar x);
Scalar ceil(Scalar x);
Scalar roundEven(Scalar x);
Scalar trunc(Scalar x);
Scalar isNaN(Scalar x);
Scalar pow(Scalar x, Scalar y);
Scalar atan2(Scalar y, Scalar x);
Scalar fma(Scalar a, Scalar b, Scalar c);

// Functions of one float, one upstream op each.
#define COIL_SCALAR_FUNCTIONS(X)                                               \
  X(exp, ExpOp) X(log, LogOp) X(log1p, Log1pOp) X(expm1, ExpM1Op)              \
  X(sqrt, SqrtOp) X(rsqrt, RsqrtOp) X(tanh, TanhOp) X(erf, ErfOp)              \
  X(sin, SinOp) X(cos, CosOp) X(tan, TanOp) X(asin, AsinOp) X(acos, AcosOp)    \
  X(atan, AtanOp) X(sinh, SinhOp) X(cosh, CoshOp) X(asinh, AsinhOp)            \
  X(acosh, AcoshOp) X(atanh, AtanhOp)
#define COIL_DECLARE(name, op) Scalar name(Scalar x);
COIL_SCALAR_FUNCTIONS(COIL_DECLARE)
#undef COIL_DECLARE

/// exp(x) of an x that is not positive, and may be no number: faster.
Scalar expOfNonpositive(Scalar x);
/// 1 / (1 + exp(-x)), without overflow in either direction.
Scalar sigmoid(Scalar x);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_SCALAR_H
