//===- Elementwise.cpp - operators that compute element by element --------===//

#include "passes/legalize/Elementwise.h"

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

//===----------------------------------------------------------------------===//
// One formula of one, two or any number of tensors
//===----------------------------------------------------------------------===//

template <typename Op, Scalar (*formula)(Scalar)> Result unary(Op op, CoreBuilder &b) {
  return b.map(op.getX(), formula);
}

template <typename Op, Scalar (*formula)(Scalar, Scalar)> Result binary(Op op, CoreBuilder &b) {
  if (b.elementOf(op.getA()) != b.elementOf(op.getB()))
    return op.emitOpError("operands have element types ")
           << b.elementOf(op.getA()) << " and " << b.elementOf(op.getB());
  return b.map({op.getA(), op.getB()}, [](ArrayRef<Scalar> s) { return formula(s[0], s[1]); });
}

template <typename Op, Scalar (*formula)(Scalar, Scalar)> Result variadic(Op op, CoreBuilder &b) {
  return b.map(op.getInputs(), [](ArrayRef<Scalar> s) {
    Scalar result = s[0];
    for (Scalar next : s.drop_front())
      result = formula(result, next);
    return result;
  });
}

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

Scalar add(Scalar a, Scalar b) { return a.isBool() ? (a | b) : a + b; }
Scalar sub(Scalar a, Scalar b) { return a - b; }
Scalar mul(Scalar a, Scalar b) { return a.isBool() ? (a & b) : a * b; }
Scalar div(Scalar a, Scalar b) { return a / b; }
Scalar minus(Scalar x) { return -x; }
Scalar reciprocal(Scalar x) { return 1.0 / x; }
Scalar relu(Scalar x) { return max(x, x.like(0)); }
Scalar softplus(Scalar x) { return max(x, x.like(0)) + log1p(expOfNonpositive(-abs(x))); }
Scalar softsign(Scalar x) { return x / (1.0 + abs(x)); }
Scalar mish(Scalar x) { return x * tanh(softplus(x)); }
Scalar hardSwish(Scalar x) { return x * clamp(x / 6.0 + 0.5, x.like(0), x.like(1)); }
Scalar logicalNot(Scalar x) { return x ^ x.like(1); }
Scalar bitNot(Scalar x) { return ~x; }
Scalar bitAnd(Scalar a, Scalar b) { return a & b; }
Scalar bitOr(Scalar a, Scalar b) { return a | b; }
Scalar bitXor(Scalar a, Scalar b) { return a ^ b; }
Scalar equal(Scalar a, Scalar b) { return a == b; }
Scalar less(Scalar a, Scalar b) { return a < b; }
Scalar lessOrEqual(Scalar a, Scalar b) { return a <= b; }
Scalar greater(Scalar a, Scalar b) { return a > b; }
Scalar greaterOrEqual(Scalar a, Scalar b) { return a >= b; }

/// -1, 0 or 1; NaN stays NaN.
Scalar sign(Scalar x) {
  Scalar one = x.like(1), zero = x.like(0);
  if (x.isUnsigned())
    return select(x == zero, zero, one);
  Scalar s = select(x > zero, one, select(x < zero, -one, zero));
  return x.isFloat() ? select(isNaN(x), x, s) : s;
}

//===----------------------------------------------------------------------===//
// Activations with attributes
//===----------------------------------------------------------------------===//

double number(const APFloat &f) { return f.convertToDouble(); }

Result leakyRelu(LeakyReluOp op, CoreBuilder &b) {
  double alpha = number(op.getAlpha());
  return b.map(op.getX(), [&](Scalar x) { return select(x < 0, x * alpha, x); });
}

Result prelu(PReluOp op, CoreBuilder &b) {
  return b.map({op.getA(), op.getB()}, [](ArrayRef<Scalar> s) {
    return select(s[0] < 0, s[0] * s[1], s[0]);
  });
}

Result elu(EluOp op, CoreBuilder &b) {
  double alpha = number(op.getAlpha());
  return b.map(op.getX(), [&](Scalar x) { return select(x < 0, alpha * expm1(x), x); });
}

/// max(0, x) + min(0, alpha * (exp(x / alpha) - 1))
Result celu(CeluOp op, CoreBuilder &b) {
  double alpha = number(op.getAlpha());
  return b.map(op.getX(), [&](Scalar x) {
    return max(x, x.like(0)) + min(x.like(0), alpha * expm1(x / alpha));
  });
}

Result selu(SeluOp op, CoreBuilder &b) {
  double alpha = number(op.getAlpha()), gamma = number(op.getGamma());
  return b.map(op.getX(), [&](Scalar x) {
    return gamma * select(x <= 0, alpha * expm1(x), x);
  });
}

Result hardSigmoid(HardSigmoidOp op, CoreBuilder &b) {
  double alpha = number(op.getAlpha()), beta = number(op.getBeta());
  return b.map(op.getX(), [&](Scalar x) { return clamp(x * alpha + beta, x.like(0), x.like(1)); });
}

/// x * sigmoid(alpha * x)
Result swish(SwishOp op, CoreBuilder &b) {
  double alpha = number(op.getAlpha());
  return b.map(op.getX(), [&](Scalar x) { return x * sigmoid(alpha * x); });
}

/// swish(a) * b
Result swiGLU(SwiGLUOp op, CoreBuilder &b) {
  if (failed(sameElements(op, {op.getA(), op.getB()})))
    return failure();
  double alpha = number(op.getAlpha());
  return b.map({op.getA(), op.getB()}, [&](ArrayRef<Scalar> s) { return s[0] * sigmoid(alpha * s[0]) * s[1]; });
}

Result thresholdedRelu(ThresholdedReluOp op, CoreBuilder &b) {
  double alpha = number(op.getAlpha());
  return b.map(op.getX(), [&](Scalar x) { return select(x > alpha, x, x.like(0)); });
}

Result shrink(ShrinkOp op, CoreBuilder &b) {
  double bias = number(op.getBias()), lambd = number(op.getLambd());
  return b.map(op.getX(), [&](Scalar x) {
    return select(x < -lambd, x + bias, select(x > lambd, x - bias, x.like(0)));
  });
}

/// x/2 * (1 + erf(x / sqrt(2))), or its tanh approximation.
Result gelu(GeluOp op, CoreBuilder &b) {
  if (op.getApproximate() == "tanh")
    return b.map(op.getX(), [](Scalar x) {
      return 0.5 * x * (1.0 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    });
  if (op.getApproximate() != "none")
    return op.emitOpError("approximate is '") << op.getApproximate() << "', expected 'none' or 'tanh'";
  return b.map(op.getX(), [](Scalar x) { return 0.5 * x * (1.0 + erf(x * M_SQRT1_2)); });
}

//===----------------------------------------------------------------------===//
// With rules of their own
//===----------------------------------------------------------------------===//

/// The result has the base's type. Small constant exponents are products.
Result power(PowOp op, CoreBuilder &b) {
  auto exponents = b.elementsOf(op.getB());
  FloatAttr exponent;
  if (exponents && exponents->size() == 1)
    matchPattern(exponents->front().value(), m_Constant(&exponent));
  double e = exponent ? exponent.getValueAsDouble() : 0;
  bool isFloat = isa<FloatType>(b.elementOf(op.getA()));
  if (exponent && isFloat && b.rankOf(op.getB()) <= b.rankOf(op.getA())) {
    if (e == 2)
      return b.map(op.getA(), [](Scalar x) { return x * x; });
    if (e == 3)
      return b.map(op.getA(), [](Scalar x) { return x * x * x; });
    if (e == 0.5)
      return b.map(op.getA(), [](Scalar x) { return sqrt(x); });
  }
  return b.map({op.getA(), op.getB()}, [](ArrayRef<Scalar> s) {
    // Integers are computed in f64, which is exact to 2^53.
    Type wide = s[0].builder().getF64Type();
    Type type = s[0].isFloat() ? s[0].type() : wide;
    return cast(pow(cast(s[0], type), cast(s[1], type)), s[0].type());
  });
}

/// fmod = 1 has the sign of the dividend, else that of the divisor.
Result mod(ModOp op, CoreBuilder &b) {
  bool dividend = op.getFmod();
  return b.map({op.getA(), op.getB()}, [&](ArrayRef<Scalar> s) {
    Scalar r = s[0] % s[1];
    if (dividend || s[0].isUnsigned())
      return r;
    return select((r != 0) & ((r < 0) ^ (s[1] < 0)), r + s[1], r);
  });
}

Result mean(MeanOp op, CoreBuilder &b) {
  double n = op.getInputs().size();
  return b.map(op.getInputs(), [&](ArrayRef<Scalar> s) {
    Scalar sum = s[0];
    for (Scalar next : s.drop_front())
      sum = sum + next;
    return sum / n;
  });
}

Result clip(ClipOp op, CoreBuilder &b) {
  SmallVector<Value> inputs{op.getInput()};
  bool low = given(op.getMin()), high = given(op.getMax());
  if (low)
    inputs.push_back(op.getMin());
  if (high)
    inputs.push_back(op.getMax());
  return b.map(inputs, [&](ArrayRef<Scalar> s) {
    Scalar x = s[0];
    if (low)
      x = max(x, s[1]);
    return high ? min(x, s.back()) : x;
  });
}

Result where(WhereOp op, CoreBuilder &b) {
  if (failed(sameElements(op, {op.getX(), op.getY()})))
    return failure();
  return b.map({op.getCondition(), op.getX(), op.getY()},
               [](ArrayRef<Scalar> s) { return select(s[0], s[1], s[2]); });
}

Result isInf(IsInfOp op, CoreBuilder &b) {
  bool negative = op.getDetectNegative(), positive = op.getDetectPositive();
  return b.map(op.getX(), [&](Scalar x) {
    Scalar none = x != x;
    none = none & logicalNot(none);
    Scalar up = positive ? x == highest(x) : none;
    return negative ? up | (x == lowest(x)) : up;
  });
}

Result bitShift(BitShiftOp op, CoreBuilder &b) {
  bool left = op.getDirection() == "LEFT";
  return b.map({op.getA(), op.getB()}, [&](ArrayRef<Scalar> s) {
    // A shift by the width or more gives zero.
    int64_t width = s[0].type().getIntOrFloatBitWidth();
    Scalar shifted = left ? s[0] << s[1] : s[0] >> s[1];
    return select(s[1] < width, shifted, s[0].like(0));
  });
}

} // namespace

/// Those whose result has the shape of their first operand.
static void addUnaryRecipes(RecipeTable &table) {
  table.add<unary<AbsOp, abs>, unary<AcosOp, acos>, unary<AcoshOp, acosh>, unary<AsinOp, asin>,
            unary<AsinhOp, asinh>, unary<AtanOp, atan>, unary<AtanhOp, atanh>, unary<CeilOp, ceil>,
            unary<CosOp, cos>, unary<CoshOp, cosh>, unary<ErfOp, erf>, unary<ExpOp, exp>,
            unary<FloorOp, floor>, unary<HardSwishOp, hardSwish>, unary<IsNaNOp, isNaN>,
            unary<LogOp, log>, unary<MishOp, mish>, unary<NegOp, minus>,
            unary<ReciprocalOp, reciprocal>, unary<ReluOp, relu>, unary<RoundOp, roundEven>,
            unary<SigmoidOp, sigmoid>, unary<SignOp, sign>, unary<SinOp, sin>, unary<SinhOp, sinh>,
            unary<SoftplusOp, softplus>, unary<SoftsignOp, softsign>, unary<SqrtOp, sqrt>,
            unary<TanOp, tan>, unary<TanhOp, tanh>, unary<NotOp, logicalNot>,
            unary<BitwiseNotOp, bitNot>>();
  table.add<leakyRelu, elu, celu, selu, hardSigmoid, swish, thresholdedRelu, shrink, gelu, isInf>();
}

bool keepsShape(Operation *op) {
  static const RecipeTable unary = [] {
    RecipeTable table;
    addUnaryRecipes(table);
    return table;
  }();
  return isa<CastOp, CastLikeOp, IdentityOp>(op) || unary.lookup(op->getName().getStringRef()) != nullptr;
}

void addElementwiseRecipes(RecipeTable &table) {
  addUnaryRecipes(table);
  table.add<binary<AddOp, add>, binary<SubOp, sub>, binary<MulOp, mul>, binary<DivOp, div>,
            binary<AndOp, bitAnd>, binary<OrOp, bitOr>, binary<XorOp, bitXor>,
            binary<BitwiseAndOp, bitAnd>, binary<BitwiseOrOp, bitOr>, binary<BitwiseXorOp, bitXor>,
            binary<EqualOp, equal>, binary<LessOp, less>, binary<LessOrEqualOp, lessOrEqual>,
            binary<GreaterOp, greater>, binary<GreaterOrEqualOp, greaterOrEqual>>();
  table.add<variadic<SumOp, add>, variadic<MaxOp, max>, variadic<MinOp, min>>();
  table.add<prelu, swiGLU, power, mod, mean, clip, where, bitShift>();
}

} // namespace coil
