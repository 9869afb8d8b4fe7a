//===- Normalize.cpp - operators that subtract means and divide by norms --===//

#include "passes/legalize/Normalize.h"

#include "dialects/onnx/Onnx.h"

using namespace coil::onnx;

namespace coil {

/// The mean over `axes`, which stay as 1.
static Value mean(CoreBuilder &b, Value x, ArrayRef<int64_t> axes) {
  Dims dims = b.dimsOf(x), reduced;
  for (int64_t axis : axes)
    reduced.push_back(dims[axis]);
  Scalar n = cast(b.index(b.product(reduced)), b.elementOf(x));
  return b.map(b.reduceSum(x, axes, /*keep=*/true), [&](Scalar sum) { return sum / n; });
}

Value meanOfSquares(CoreBuilder &b, Value x, ArrayRef<int64_t> axes) {
  return mean(b, b.map(x, [](Scalar v) { return v * v; }), axes);
}

Value inverseRoot(CoreBuilder &b, Value x, double epsilon) {
  return b.map(x, [&](Scalar v) { return 1.0 / sqrt(v + epsilon); });
}

Standard standardize(CoreBuilder &b, Value x, ArrayRef<int64_t> axes, double epsilon) {
  Standard s;
  s.mean = mean(b, x, axes);
  s.centered = b.map({x, s.mean}, [](ArrayRef<Scalar> v) { return v[0] - v[1]; });
  s.variance = meanOfSquares(b, s.centered, axes);
  s.inverse = inverseRoot(b, s.variance, epsilon);
  return s;
}

Value rescale(CoreBuilder &b, SmallVector<Value> inputs, Type element) {
  llvm::erase_if(inputs, [](Value v) { return !given(v); });
  return b.map(inputs, [&](ArrayRef<Scalar> s) {
    Type type = s[0].type();
    Scalar y = s[0] * s[1];
    if (s.size() > 2)
      y = y * cast(s[2], type);
    if (s.size() > 3)
      y = y + cast(s[3], type);
    return cast(y, element);
  });
}

namespace {

double number(const APFloat &f) { return f.convertToDouble(); }

SmallVector<int64_t> axesFrom(int64_t first, int64_t rank) {
  return llvm::to_vector(llvm::seq(first, rank));
}

/// A vector over the channels (dimension 1) so that it broadcasts to `rank`.
FailureOr<Value> perChannel(Operation *op, CoreBuilder &b, Value v, Value x) {
  if (b.rankOf(v) != 1)
    return op->emitOpError("a value of the channels has type ") << v.getType() << ", expected rank 1", failure();
  Dims dims(std::max<int64_t>(b.rankOf(x) - 1, 1), b.dim(1));
  dims[0] = b.dimOf(v, 0);
  if (b.rankOf(x) > 1) {
    Dim channels = b.dimOf(x, 1);
    auto n = b.constant(dims[0]), m = b.constant(channels);
    if (n && m && *n != *m)
      return op->emitOpError("a value of the channels has ") << *n << " elements, expected " << *m, failure();
    if (!b.same(dims[0], channels))
      b.require(b.index(dims[0]) == b.index(channels), "a value of the channels has another size than dimension 1");
    if (m)
      v = b.retype(v, RankedTensorType::get({*m}, b.elementOf(v)));
    dims[0] = channels;
    v = b.remember(v, {channels});
  }
  return b.reshape(v, dims);
}

FailureOr<SmallVector<Value>> perChannel(Operation *op, CoreBuilder &b, ValueRange values, Value x) {
  SmallVector<Value> result;
  for (Value v : values) {
    FailureOr<Value> view = perChannel(op, b, v, x);
    if (failed(view))
      return failure();
    result.push_back(*view);
  }
  return result;
}

LogicalResult checkRank(Operation *op, CoreBuilder &b, Value x, int64_t least) {
  if (b.rankOf(x) >= least)
    return success();
  return op->emitOpError("the input has type ") << x.getType() << ", expected rank " << least << " or more";
}

//===----------------------------------------------------------------------===//
// Over the batch
//===----------------------------------------------------------------------===//

/// (x - mean) / sqrt(variance + epsilon) * scale + bias, with the stored
/// statistics, or in training with those of the batch.
Result batchNormalization(BatchNormalizationOp op, CoreBuilder &b) {
  Value x = op.getX();
  if (failed(checkRank(op, b, x, 1)))
    return failure();
  auto views = perChannel(op, b, {op.getScale(), op.getB(), op.getInputMean(), op.getInputVar()}, x);
  if (failed(views))
    return failure();
  Type element = b.elementOf(x), type = sumType(element);
  double epsilon = number(op.getEpsilon()), momentum = number(op.getMomentum());
  Value mean = (*views)[2], variance = (*views)[3];
  if (op.getTrainingMode()) {
    SmallVector<int64_t> axes = axesFrom(0, b.rankOf(x));
    llvm::erase(axes, 1);
    Standard s = standardize(b, b.convert(x, type), axes, epsilon);
    mean = s.mean;
    variance = s.variance;
  }
  if (!op.getTrainingMode()) {
    // One factor and one term for each channel: of constants they are constants.
    auto line = [&](Value v) { return b.reshape(v, {b.dimOf(v, 0)}); };
    Value factor = b.map({line((*views)[0]), line(variance)}, [&](ArrayRef<Scalar> s) {
      return cast(s[0], type) * (1.0 / sqrt(cast(s[1], type) + epsilon));
    });
    Value term = b.map({line((*views)[1]), line(mean), factor}, [&](ArrayRef<Scalar> s) {
      return cast(s[0], type) - cast(s[1], type) * s[2];
    });
    Dims dims = b.dimsOf((*views)[0]);
    return b.map({x, b.reshape(factor, dims), b.reshape(term, dims)},
                 [&](ArrayRef<Scalar> s) { return cast(cast(s[0], type) * s[1] + s[2], element); });
  }
  Value y = b.map({x, mean, variance, (*views)[0], (*views)[1]}, [&](ArrayRef<Scalar> s) {
    auto wide = [&](int i) { return cast(s[i], type); };
    return cast((wide(0) - wide(1)) * (1.0 / sqrt(wide(2) + epsilon)) * wide(3) + wide(4), element);
  });
  auto running = [&](Value old, Value now) {
    return b.map({old, b.reshape(now, b.dimsOf(old))}, [&](ArrayRef<Scalar> s) {
      return cast(cast(s[0], type) * momentum + s[1] * (1 - momentum), s[0].type());
    });
  };
  return {y, running(op.getInputMean(), mean), running(op.getInputVar(), variance)};
}

//===----------------------------------------------------------------------===//
// Over each element of the batch
//===----------------------------------------------------------------------===//

Result instanceNormalization(InstanceNormalizationOp op, CoreBuilder &b) {
  Value x = op.getInput();
  if (failed(checkRank(op, b, x, 3)))
    return failure();
  auto views = perChannel(op, b, {op.getScale(), op.getB()}, x);
  if (failed(views))
    return failure();
  Type element = b.elementOf(x);
  Standard s = standardize(b, b.convert(x, sumType(element)), axesFrom(2, b.rankOf(x)), number(op.getEpsilon()));
  return rescale(b, {s.centered, s.inverse, (*views)[0], (*views)[1]}, element);
}

/// Groups of channels are standardized together: x as [N, G, C/G * ...].
Result groupNormalization(GroupNormalizationOp op, CoreBuilder &b) {
  Value x = op.getX();
  if (failed(checkRank(op, b, x, 2)))
    return failure();
  auto views = perChannel(op, b, {op.getScale(), op.getBias()}, x);
  if (failed(views))
    return failure();
  int64_t groups = op.getNumGroups();
  Dims dims = b.dimsOf(x);
  auto channels = b.constant(dims[1]);
  if (groups < 1 || (channels && *channels % groups))
    return op.emitOpError("num_groups is ") << groups << ", expected a divisor of the channels";
  Dims rest(dims.begin() + 2, dims.end());
  rest.push_back(b.dim(dims[1], [&](auto d) { return d[0] / groups; }));
  Type element = b.elementOf(x), type = op.getStashType().value_or(b.getF32Type());
  Value view = b.reshape(b.convert(x, type), {dims[0], b.dim(groups), b.product(rest)});
  Standard s = standardize(b, view, 2, number(op.getEpsilon()));
  Value y = b.reshape(b.map({s.centered, s.inverse}, [](ArrayRef<Scalar> v) { return v[0] * v[1]; }), dims);
  return b.map({y, (*views)[0], (*views)[1]}, [&](ArrayRef<Scalar> v) {
    return cast(v[0] * cast(v[1], type) + cast(v[2], type), element);
  });
}

/// What the normalizations over the last dimensions have in common.
template <typename Op> FailureOr<SmallVector<int64_t>> lastAxes(Op op, CoreBuilder &b) {
  int64_t rank = b.rankOf(op.getX());
  FailureOr<int64_t> axis = normalAxis(op, op.getAxis(), rank);
  if (failed(axis))
    return failure();
  return axesFrom(*axis, rank);
}

Result layerNormalization(LayerNormalizationOp op, CoreBuilder &b) {
  auto axes = lastAxes(op, b);
  if (failed(axes))
    return failure();
  Type type = op.getStashType().value_or(b.getF32Type());
  Standard s = standardize(b, b.convert(op.getX(), type), *axes, number(op.getEpsilon()));
  Value y = rescale(b, {s.centered, s.inverse, op.getScale(), op.getB()}, b.elementOf(op.getX()));
  return {y, s.mean, s.inverse};
}

/// x / sqrt(mean(x^2) + epsilon) * scale; also the inverse root.
template <typename Op> Result rmsNormalization(Op op, CoreBuilder &b) {
  auto axes = lastAxes(op, b);
  if (failed(axes))
    return failure();
  Value x = b.convert(op.getX(), op.getStashType().value_or(b.getF32Type()));
  Value inverse = inverseRoot(b, meanOfSquares(b, x, *axes), number(op.getEpsilon()));
  return {rescale(b, {x, inverse, op.getScale()}, b.elementOf(op.getX())), inverse};
}
Result rms(RMSNormalizationOp op, CoreBuilder &b) {
  Result both = rmsNormalization(op, b);
  return failed(both.values) ? both : Result(both.values->front());
}

/// (x - mean) / (sqrt(variance) + 1e-9)
Result meanVarianceNormalization(MeanVarianceNormalizationOp op, CoreBuilder &b) {
  SmallVector<int64_t> axes;
  for (int64_t axis : op.getAxes()) {
    FailureOr<int64_t> normal = normalAxis(op, axis, b.rankOf(op.getX()));
    if (failed(normal))
      return failure();
    axes.push_back(*normal);
  }
  Type element = b.elementOf(op.getX());
  Standard s = standardize(b, b.convert(op.getX(), sumType(element)), axes, 0);
  return b.map({s.centered, s.variance}, [&](ArrayRef<Scalar> v) {
    return cast(v[0] / (sqrt(v[1]) + 1e-9), element);
  });
}

/// x / norm, or 0 where the norm is 0 (opset 22).
Result lpNormalization(LpNormalizationOp op, CoreBuilder &b) {
  FailureOr<int64_t> axis = normalAxis(op, op.getAxis(), b.rankOf(op.getX()));
  if (failed(axis))
    return failure();
  int64_t p = op.getP();
  if (p != 1 && p != 2)
    return op.emitOpError("p is ") << p << ", expected 1 or 2";
  Type element = b.elementOf(op.getX());
  Value x = b.convert(op.getX(), sumType(element));
  Value powers = b.map(x, [&](Scalar v) { return p == 1 ? abs(v) : v * v; });
  Value sum = b.reduceSum(powers, *axis, /*keep=*/true);
  return b.map({x, sum}, [&](ArrayRef<Scalar> s) {
    Scalar norm = p == 1 ? s[1] : sqrt(s[1]);
    return cast(select(norm == 0, norm.like(0), s[0] / norm), element);
  });
}

/// x / (bias + alpha / size * sum of x^2 over `size` channels around)^beta
Result lrn(LRNOp op, CoreBuilder &b) {
  Value x = op.getX();
  if (failed(checkRank(op, b, x, 2)))
    return failure();
  int64_t size = op.getSize(), rank = b.rankOf(x);
  if (size < 1)
    return op.emitOpError("size is ") << size << ", expected 1 or more";
  Type element = b.elementOf(x), type = sumType(element);
  Dims low(rank, b.dim(0)), high = low, sizes = b.dimsOf(x);
  low[1] = b.dim((size - 1) / 2);
  high[1] = b.dim(size / 2);
  sizes.push_back(b.dim(size));
  SmallVector<AffineExpr> at;
  for (int64_t i = 0; i < rank; ++i)
    at.push_back(i == 1 ? b.getAffineDimExpr(1) + b.getAffineDimExpr(rank) : b.getAffineDimExpr(i));
  Value sum = b.accumulate(
      b.pad(x, low, high, constantOf(b, element, 0)), AffineMap::get(rank + 1, 0, at, b.getContext()), sizes,
      rank, [&](auto &builder) { return constantOf(builder, type, 0); },
      [&](ArrayRef<Scalar> s) { return s[1] + cast(s[0], type) * cast(s[0], type); });
  double bias = number(op.getBias()), scale = number(op.getAlpha()) / size, beta = number(op.getBeta());
  return b.map({x, sum}, [&](ArrayRef<Scalar> s) {
    Scalar base = bias + scale * s[1];
    // The usual exponent by square roots: nearer, and sooner than by a logarithm.
    Scalar power = beta == 0.75 ? sqrt(base) * sqrt(sqrt(base)) : pow(base, base.like(beta));
    return cast(cast(s[0], type) / power, element);
  });
}

} // namespace

void addNormalizeRecipes(RecipeTable &table) {
  table.add<batchNormalization, instanceNormalization, groupNormalization, layerNormalization, rms,
            rmsNormalization<SimplifiedLayerNormalizationOp>, meanVarianceNormalization, lpNormalization, lrn>();
}

} // namespace coil
