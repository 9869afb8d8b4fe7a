//===- Random.cpp - random numbers ----------------------------------------===//
//
// The generator is Philox4x32-10 (Salmon et al., "Parallel random numbers: as
// easy as 1, 2, 3", 2011), which needs no state beside a counter: element i of
// draw n has the counter (i, n), 64 bits each, and the key (bits of `seed`, 0),
// the low 32 where it is an integer, and 0 if none is given. Draws are counted by the
// context (coil.draw): runs differ, and what a new context makes is the same
// again.
//
//===----------------------------------------------------------------------===//

#include "dialects/coil/Core.h"
#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

#include <array>

using namespace coil::onnx;

namespace coil {
namespace {

constexpr int64_t kLow = 0xFFFFFFFF;

/// The random numbers of one draw.
class Draw {
public:
  Draw(CoreBuilder &b, std::optional<APFloat> seed)
      : Draw(b, seed ? std::optional(seed->bitcastToAPInt().getZExtValue()) : std::nullopt) {}
  Draw(CoreBuilder &b, std::optional<uint64_t> seed)
      : b(b), key(seed.value_or(0)),
        number(b, core::DrawOp::create(b, b.getI64Type()), b.getIntegerType(64, /*isSigned=*/false)) {}

  /// In [0, 1), of 24 bits, or 53 in an f64; `which` is 0 or 1.
  Scalar uniform(Scalar element, Type type, unsigned which = 0) {
    std::array<Scalar, 4> word = words(element);
    Scalar first = word[2 * which], second = word[2 * which + 1];
    if (!type.isF64())
      return cast(first >> 8, type) * 0x1p-24;
    return cast(((first >> 5) << 26) | (second >> 6), type) * 0x1p-53;
  }

  /// With mean 0 and deviation 1 (Box and Muller, 1958).
  Scalar normal(Scalar element, Type type) {
    Scalar distance = sqrt(-2.0 * log(1.0 - uniform(element, type)));
    return distance * cos(2 * M_PI * uniform(element, type, 1));
  }

private:
  std::array<Scalar, 4> words(Scalar element) {
    Scalar i = cast(cast(element, b.getI64Type()), number.type());
    std::array<Scalar, 4> c{i & kLow, i >> 32, number & kLow, number >> 32};
    uint32_t k0 = key, k1 = 0;
    for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9, k1 += 0xBB67AE85) {
      Scalar p = c[0] * int64_t(0xD2511F53), q = c[2] * int64_t(0xCD9E8D57);
      c = {(q >> 32) ^ c[1] ^ c[1].like(int64_t(k0)), q & kLow, (p >> 32) ^ c[3] ^ c[3].like(int64_t(k1)), p & kLow};
    }
    return c;
  }

  CoreBuilder &b;
  uint32_t key;
  Scalar number;
};

/// An element's number, row by row.
Scalar numberOf(CoreBuilder &b, ArrayRef<Scalar> i, ArrayRef<Dim> dims) {
  Scalar number = b.index(0);
  for (auto [at, d] : llvm::zip(i, dims))
    number = number * b.index(d) + at;
  return number;
}

Type computedIn(CoreBuilder &b, Type element) { return element.isF64() ? element : b.getF32Type(); }

//===----------------------------------------------------------------------===//
// Uniform, Normal
//===----------------------------------------------------------------------===//

/// formula(draw, element, type), of `dims` or those of x.
template <typename Op, typename Formula> Result fill(Op op, const Dims &dims, Type element, CoreBuilder &b, Formula formula) {
  if (!isa<FloatType>(element))
    return op.emitOpError("the result has elements of type ") << element << ", expected floats";
  Type type = computedIn(b, element);
  Draw draw(b, op.getSeed());
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    return cast(formula(draw, numberOf(b, i, dims), type), element);
  });
}

template <typename Op> Result uniform(Op op, const Dims &dims, Type element, CoreBuilder &b) {
  double low = op.getLow().convertToDouble(), high = op.getHigh().convertToDouble();
  return fill(op, dims, element, b, [&](Draw &d, Scalar i, Type type) { return low + d.uniform(i, type) * (high - low); });
}

template <typename Op> Result normal(Op op, const Dims &dims, Type element, CoreBuilder &b) {
  double mean = op.getMean().convertToDouble(), scale = op.getScale().convertToDouble();
  return fill(op, dims, element, b, [&](Draw &d, Scalar i, Type type) { return mean + d.normal(i, type) * scale; });
}

template <typename Op, Result (*make)(Op, const Dims &, Type, CoreBuilder &)> Result shaped(Op op, CoreBuilder &b) {
  Dims dims;
  for (int64_t n : op.getShape()) {
    if (n < 0)
      return op.emitOpError("'shape' holds ") << n;
    dims.push_back(b.dim(n));
  }
  return make(op, dims, op.getDtype().value_or(b.getF32Type()), b);
}

template <typename Op, Result (*make)(Op, const Dims &, Type, CoreBuilder &)> Result like(Op op, CoreBuilder &b) {
  return make(op, b.dimsOf(op.getX()), op.getDtype().value_or(b.elementOf(op.getX())), b);
}

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

/// 1 with probability x
Result bernoulli(BernoulliOp op, CoreBuilder &b) {
  Value x = op.getX();
  if (!isa<FloatType>(b.elementOf(x)))
    return op.emitOpError("the operand has type ") << x.getType() << ", expected floats";
  Type element = op.getDtype().value_or(b.elementOf(x)), type = computedIn(b, b.elementOf(x));
  Dims dims = b.dimsOf(x);
  Draw draw(b, op.getSeed());
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    return cast(draw.uniform(numberOf(b, i, dims), type) < cast(b.load(x, i), type), element);
  });
}

/// Classes by their logarithmic weights [batch, classes]: the first one up to
/// which more than a random part of all weight is.
Result multinomial(MultinomialOp op, CoreBuilder &b) {
  Value x = op.getX();
  Type element = op.getDtype().value_or(b.getI32Type());
  if (b.rankOf(x) != 2 || !isa<FloatType>(b.elementOf(x)))
    return op.emitOpError("the operand has type ") << x.getType() << ", expected floats of rank 2";
  if (int64_t(op.getSampleSize()) < 1)
    return op.emitOpError("sample_size is ") << int64_t(op.getSampleSize()) << ", expected 1 or more";
  if (!element.isSignlessInteger(32) && !element.isSignlessInteger(64))
    return op.emitOpError("dtype is ") << element << ", expected i32 or i64";
  Type type = computedIn(b, b.elementOf(x));
  Value weights = b.map({x, b.reduceMax(x, 1, /*keep=*/true)},
                        [&](ArrayRef<Scalar> s) { return exp(cast(s[0], type) - cast(s[1], type)); });
  Value total = b.reduceSum(weights, 1, /*keep=*/false);
  Dims dims{b.dimOf(x, 0), b.dim(op.getSampleSize())};
  Dim classes = b.dimOf(x, 1);
  Draw draw(b, op.getSeed());
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar part = draw.uniform(numberOf(b, i, dims), type) * b.load(total, i[0]);
    Scalar none = b.index(0);
    Value found = b.loop(classes, {constantOf(b, type, 0).value(), none.value()}, [&](Scalar c, ArrayRef<Value> so) {
      Scalar sum = Scalar(b, so[0]) + b.load(weights, {i[0], c}), before(b, so[1]);
      return SmallVector<Value>{sum.value(), select(sum <= part, before + 1, before).value()};
    })[1];
    return cast(min(Scalar(b, found), b.index(classes) - 1), element);
  });
}

/// In training, zeros with probability `ratio`, and the rest is larger for it;
/// else the identity.
Result dropout(DropoutOp op, CoreBuilder &b) {
  Value x = op.getData();
  Dims dims = b.dimsOf(x);
  Type i1 = b.getI1Type(), element = b.elementOf(x), type = computedIn(b, element);
  Scalar training = given(op.getTrainingMode()) ? b.itemOf(op.getTrainingMode()) : constantOf(b, i1, 0);
  Scalar ratio = given(op.getRatio()) ? cast(b.itemOf(op.getRatio()), type) : constantOf(b, type, 0.5);
  FloatAttr zero;
  if (training.constant() == 0 || (matchPattern(ratio.value(), m_Constant(&zero)) && zero.getValue().isZero()))
    return {x, op.getMask().use_empty() ? Value() : b.splat(dims, constantOf(b, i1, 1))};
  b.require((ratio >= 0.0) & (ratio <= 1.0), "the ratio is not within 0 and 1");
  Draw draw(b, op.getSeed());
  Value mask = b.generate(dims, [&](ArrayRef<Scalar> i) {
    return (draw.uniform(numberOf(b, i, dims), type) >= ratio) | ~training;
  });
  Scalar scale = select(training, 1.0 / (1.0 - ratio), ratio.like(1));
  Value y = b.map({x, mask}, [&](ArrayRef<Scalar> s) {
    return cast(select(s[1], cast(s[0], type) * scale, scale.like(0)), element);
  });
  return {y, mask};
}

} // namespace

void addRandomRecipes(RecipeTable &table) {
  table.add<shaped<RandomUniformOp, uniform<RandomUniformOp>>, like<RandomUniformLikeOp, uniform<RandomUniformLikeOp>>,
            shaped<RandomNormalOp, normal<RandomNormalOp>>, like<RandomNormalLikeOp, normal<RandomNormalLikeOp>>,
            bernoulli, multinomial, dropout>();
}

} // namespace coil
