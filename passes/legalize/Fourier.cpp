//===- Fourier.cpp - DFT and STFT -----------------------------------------===//
//
// A transform of n = p q elements is p transforms of q and q of p with a turn in
// between (Cooley and Tukey, 1965), so that a length of small factors costs
// little; what is left is a product with a matrix of roots of unity. Sums are
// kept in f64, for a coefficient that is zero by cancellation should be small.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Axis.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// The two parts of a tensor [outer, n, inner]; `im` is none where all of it is 0.
struct Complex {
  Value re, im;
};

/// Up to this length a transform is one product with a matrix.
constexpr int64_t kDirect = 32;

class Fourier {
public:
  /// `sign` is that of the exponent: -1 for the transform, 1 for its inverse.
  Fourier(CoreBuilder &b, Type type, int64_t sign) : b(b), type(type), sign(sign) {}

  Complex transform(Complex x) {
    Dims dims = b.dimsOf(x.re);
    auto n = b.constant(dims[1]);
    int64_t p = n ? factorOf(*n) : 1;
    if (p == 1)
      return direct(x);
    // Element q * i + j is [i, j].
    Dim q = b.dim(*n / p), rest = b.product({q, dims[2]});
    Complex y = direct(reshaped(x, {dims[0], b.dim(p), rest}));
    y = turned(reshaped(y, {dims[0], b.dim(p), q, dims[2]}), *n);
    y = transform(reshaped(y, {b.product({dims[0], b.dim(p)}), q, dims[2]}));
    // [k, l] is coefficient k + p * l.
    y = reshaped(y, {dims[0], b.dim(p), q, dims[2]});
    y = {b.transpose(y.re, {0, 2, 1, 3}), b.transpose(y.im, {0, 2, 1, 3})};
    return reshaped(y, dims);
  }

private:
  /// 1, or a divisor to split by: the largest that `kDirect` allows, else the
  /// least.
  static int64_t factorOf(int64_t n) {
    if (n <= kDirect)
      return 1;
    for (int64_t p = kDirect; p > 1; --p)
      if (n % p == 0)
        return p;
    for (int64_t p = kDirect + 1; p * p <= n; ++p)
      if (n % p == 0)
        return p;
    return 1;
  }

  Complex reshaped(Complex x, const Dims &dims) {
    return {b.reshape(x.re, dims), x.im ? b.reshape(x.im, dims) : Value()};
  }

  /// 2 pi i / n for i < n, which keeps its digits; with the sign of the exponent.
  Scalar angle(Scalar i, Scalar n) { return 2 * M_PI * double(sign) * cast(i % n, type) / cast(n, type); }

  /// x[i, j] * root of order n to the power i * j
  Complex turned(Complex x, int64_t n) {
    Dims dims = b.dimsOf(x.re), table{dims[1], dims[2], b.dim(1)};
    auto root = [&](Scalar (*part)(Scalar)) {
      return b.generate(table, [&](ArrayRef<Scalar> i) { return part(angle(i[0] * i[1], b.index(n))); });
    };
    Value c = root(cos), s = root(sin);
    return {b.map({x.re, x.im, c, s}, [](ArrayRef<Scalar> v) { return v[0] * v[2] - v[1] * v[3]; }),
            b.map({x.re, x.im, c, s}, [](ArrayRef<Scalar> v) { return v[0] * v[3] + v[1] * v[2]; })};
  }

  /// The sums of x[i] * root^(i k), for each k.
  Complex direct(Complex x) {
    Dims dims = b.dimsOf(x.re);
    Scalar n = b.index(dims[1]);
    // A matrix where it is small, else a table of the n roots.
    bool small = n.constant() && *n.constant() <= 16 * kDirect;
    Dims shape = small ? Dims{dims[1], dims[1]} : Dims{dims[1]};
    auto root = [&](Scalar (*part)(Scalar)) {
      return b.generate(shape, [&](ArrayRef<Scalar> i) { return part(angle(small ? i[0] * i[1] : i[0], n)); });
    };
    Value c = root(cos), s = root(sin);
    auto d = [&](unsigned i) { return b.getAffineDimExpr(i); };
    auto mapOf = [&](ArrayRef<AffineExpr> at) { return AffineMap::get(4, 0, at, b.getContext()); };
    SmallVector<Value> inputs{x.re};
    SmallVector<AffineMap> maps{mapOf({d(0), d(3), d(2)})};
    if (x.im) {
      inputs.push_back(x.im);
      maps.push_back(maps[0]);
    }
    if (small) {
      inputs.append({c, s});
      maps.append(2, mapOf({d(1), d(3)}));
    }
    Dims sizes{dims[0], dims[1], dims[2], dims[1]};
    // Loops are numbered as they stand in `sizes`.
    auto loop = [&](int64_t i) { return Scalar(b, linalg::IndexOp::create(b, i)); };
    auto sum = [&](auto term) {
      return b.accumulate(
          inputs, maps, sizes, 3, [&](auto &builder) { return constantOf(builder, type, 0); },
          [&](ArrayRef<Scalar> v) {
            Scalar re = v[0], im = x.im ? v[1] : Scalar(), cosine, sine;
            if (small) {
              cosine = v[v.size() - 3], sine = v[v.size() - 2];
            } else {
              Scalar power = (loop(1) * loop(3)) % n;
              cosine = b.load(c, power), sine = b.load(s, power);
            }
            return v.back() + term(re, im, cosine, sine);
          });
    };
    bool real = !x.im;
    return {sum([&](Scalar re, Scalar im, Scalar c, Scalar s) { return real ? re * c : re * c - im * s; }),
            sum([&](Scalar re, Scalar im, Scalar c, Scalar s) { return real ? re * s : re * s + im * c; })};
  }

  CoreBuilder &b;
  Type type;
  int64_t sign;
};

Type typeOfSums(Type element) { return element.isF32() ? Float64Type::get(element.getContext()) : sumType(element); }

/// The last dimension holds a number, or its two parts.
LogicalResult checkParts(Operation *op, CoreBuilder &b, Value x, Dim parts) {
  if (!isa<FloatType>(b.elementOf(x)))
    return op->emitOpError("the signal has type ") << x.getType() << ", expected floats";
  if (auto n = b.constant(parts); n && *n != 1 && *n != 2)
    return op->emitOpError("the signal has type ") << x.getType() << ", expected a last dimension of 1 or 2";
  b.require((b.index(parts) == 1) | (b.index(parts) == 2), "the last dimension of the signal is neither 1 nor 2");
  return success();
}

/// Both parts side by side, in the last dimension.
Value interleaved(CoreBuilder &b, Complex x, Dim count, Type element, double scale, Dim n) {
  Dims dims = b.dimsOf(x.re);
  Scalar by = cast(b.index(n), b.elementOf(x.re));
  return b.generate({dims[0], count, dims[2], b.dim(2)}, [&](ArrayRef<Scalar> i) {
    Scalar re = b.load(x.re, i.take_front(3)), im = b.load(x.im, i.take_front(3));
    Scalar value = select(i[3] == 0, re, im);
    return cast(scale == 0 ? value / by : value, element);
  });
}

Result dft(DFTOp op, CoreBuilder &b) {
  Value x = op.getInput();
  int64_t rank = b.rankOf(x);
  if (rank < 2)
    return op.emitOpError("the signal has type ") << x.getType() << ", expected rank 2 or more";
  Dims dims = b.dimsOf(x);
  Dim parts = dims.back();
  if (failed(checkParts(op, b, x, parts)))
    return failure();
  Value axis = given(op.getAxis()) ? op.getAxis() : b.scalar(constantOf(b, b.getI64Type(), -2));
  auto view = viewAround(op, b, ArrayRef(dims).drop_back(), axis, rank);
  if (failed(view))
    return failure();
  bool inverse = op.getInverse(), half = op.getOnesided(), mirrored = inverse && half;
  Scalar have = b.index(view->n);
  Scalar n = given(op.getDftLength()) ? cast(b.itemOf(op.getDftLength()), b.getIndexType())
                                      : mirrored ? 2 * (have - 1) : have;
  if (auto known = n.constant(); known && *known < 1)
    return op.emitOpError("the length of the transform is ") << *known << ", expected 1 or more";
  b.require(n >= 1, "the length of the transform is less than 1");

  // Cut or filled with zeros to the length. One half of the coefficients of a
  // real signal says the other, which is its conjugate.
  Type element = b.elementOf(x), type = typeOfSums(element);
  Value flat = b.reshape(x, {view->outer, view->n, view->inner, parts});
  Dims shape{view->outer, b.dim(n), view->inner};
  auto part = [&](int64_t k) {
    return b.generate(shape, [&](ArrayRef<Scalar> i) {
      Scalar at = i[1], zero = constantOf(b, element, 0);
      Scalar upper = at > n / 2;
      if (mirrored)
        at = select(upper, n - at, at);
      Scalar there = at < have;
      if (k == 1)
        there = there & (b.index(parts) == 2);
      Scalar last = k == 1 ? b.index(parts) - 1 : b.index(0);
      Scalar value = cast(b.loadIf(there, flat, {i[0], at, i[2], last}, zero), type);
      return mirrored && k == 1 ? select(upper, -value, value) : value;
    });
  };
  Complex y = Fourier(b, type, inverse ? 1 : -1).transform({part(0), b.constant(parts) == 1 ? Value() : part(1)});
  Dim count = half && !inverse ? b.dim(n / 2 + 1) : b.dim(n);
  Dims result = view->resized(b, dims, count);
  if (mirrored) {
    result.back() = b.dim(1);
    return b.reshape(b.map(y.re, [&](Scalar s) { return cast(s / cast(n, type), element); }), result);
  }
  result.back() = b.dim(2);
  return b.reshape(interleaved(b, y, count, element, inverse ? 0 : 1, b.dim(n)), result);
}

/// The transforms of pieces of the signal, `frame_step` apart.
Result stft(STFTOp op, CoreBuilder &b) {
  Value x = op.getSignal(), window = op.getWindow();
  int64_t rank = b.rankOf(x);
  if (rank != 2 && rank != 3)
    return op.emitOpError("the signal has type ") << x.getType() << ", expected rank 3";
  Dims dims = b.dimsOf(x);
  if (rank == 2) {
    dims.push_back(b.dim(1));
    x = b.reshape(x, dims);
  }
  if (failed(checkParts(op, b, x, dims[2])) || failed(haveRank(op, window, 1)))
    return failure();
  Scalar length = b.index(dims[1]), n = length, step = cast(b.itemOf(op.getFrameStep()), b.getIndexType());
  if (given(op.getFrameLength()))
    n = cast(b.itemOf(op.getFrameLength()), b.getIndexType());
  else if (given(window))
    n = b.index(b.dimOf(window, 0));
  if ((step.constant() && *step.constant() < 1) || (n.constant() && *n.constant() < 1))
    return op.emitOpError("frame_step or frame_length is less than 1");
  b.require((step >= 1) & (n >= 1) & (n <= length), "frame_step is less than 1, or frame_length not within the signal");

  Type element = b.elementOf(x), type = typeOfSums(element);
  Dim frames = b.dim((length - n) / step + 1);
  Dims shape{b.product({dims[0], frames}), b.dim(n), b.dim(1)};
  auto part = [&](int64_t k) {
    return b.generate(shape, [&](ArrayRef<Scalar> i) {
      Scalar batch = i[0] / b.index(frames), at = (i[0] % b.index(frames)) * step + i[1];
      Scalar there = k == 1 ? b.index(dims[2]) == 2 : constantOf(b, b.getI1Type(), 1);
      Scalar last = k == 1 ? b.index(dims[2]) - 1 : b.index(0), zero = constantOf(b, element, 0);
      Scalar value = cast(b.loadIf(there, x, {batch, at, last}, zero), type);
      if (!given(window))
        return value;
      // A window shorter than the frame is 0 behind its end.
      Scalar none = constantOf(b, b.elementOf(window), 0);
      Scalar inside = b.same(b.dimOf(window, 0), b.dim(n)) ? constantOf(b, b.getI1Type(), 1)
                                                          : i[1] < b.index(b.dimOf(window, 0));
      return value * cast(b.loadIf(inside, window, {i[1]}, none), type);
    });
  };
  Complex y = Fourier(b, type, -1).transform({part(0), b.constant(dims[2]) == 1 ? Value() : part(1)});
  Dim count = op.getOnesided() ? b.dim(n / 2 + 1) : b.dim(n);
  return b.reshape(interleaved(b, y, count, element, 1, b.dim(n)), {dims[0], frames, count, b.dim(2)});
}

} // namespace

void addFourierRecipes(RecipeTable &table) { table.add<dft, stft>(); }

} // namespace coil
