//===- Pool.cpp - one value for each window -------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"
#include "passes/legalize/Window.h"

using namespace coil::onnx;

namespace coil {
namespace {

Dims spatial(CoreBuilder &b, Value x) {
  Dims dims = b.dimsOf(x);
  return Dims(dims.begin() + 2, dims.end());
}

FailureOr<Window> poolWindow(Operation *op, CoreBuilder &b, Value x, const WindowAttributes &attributes,
                             ArrayRef<int64_t> kernel, bool ceilMode) {
  if (b.rankOf(x) < 3)
    return op->emitOpError("the input has type ") << x.getType() << ", expected rank 3 or more", failure();
  Dims size = llvm::map_to_vector<6>(kernel, [&](int64_t k) { return b.dim(k); });
  return placeWindow(op, b, attributes, spatial(b, x), size, ceilMode);
}
template <typename Op> FailureOr<Window> poolWindow(Op op, CoreBuilder &b) {
  return poolWindow(op, b, op.getX(), WindowAttributes(op), op.getKernelShape(), op.getCeilMode());
}

/// Folds `combine` over each window of a padded x; `more` are tensors read at
/// the window's place.
Value overWindows(CoreBuilder &b, Value x, const Window &w, ValueRange more,
                  function_ref<Scalar(ImplicitLocOpBuilder &)> start, CoreBuilder::Formula combine) {
  Dims sizes = b.dimsOf(x);
  sizes.truncate(2);
  sizes.append(w.output);
  unsigned rank = sizes.size();
  sizes.append(w.kernel);
  SmallVector<AffineExpr> at{b.getAffineDimExpr(0), b.getAffineDimExpr(1)};
  llvm::append_range(at, w.reads(b, 2, rank));
  SmallVector<Value> inputs{x};
  SmallVector<AffineMap> maps{AffineMap::get(sizes.size(), 0, at, b.getContext())};
  for (Value v : more) {
    inputs.push_back(v);
    maps.push_back(AffineMap::getMultiDimIdentityMap(sizes.size(), b.getContext()).getMajorSubMap(rank));
  }
  return b.accumulate(inputs, maps, sizes, rank, start, combine);
}

//===----------------------------------------------------------------------===//
// MaxPool
//===----------------------------------------------------------------------===//

/// Where each window's first maximum is in x, as a row-major index of all of x.
Value indexOfMaximum(CoreBuilder &b, Value x, Value padded, Value y, const Window &w) {
  Dims dims = b.dimsOf(x);
  Type type = b.getIndexType();
  int64_t rank = dims.size();
  Value position = overWindows(
      b, padded, w, y, [&](auto &builder) { return highest(constantOf(builder, type, 0)); },
      [&](ArrayRef<Scalar> s) {
        auto loop = [&](int64_t i) { return Scalar(b, linalg::IndexOp::create(b, i)); };
        Scalar hit = s[0].isFloat() ? (s[0] == s[1]) | isNaN(s[0]) : s[0] == s[1];
        Scalar here = loop(0) * b.index(dims[1]) + loop(1);
        for (int64_t i = 0; i < w.rank(); ++i) {
          Scalar at = loop(2 + i) * w.strides[i] + loop(rank + i) * w.dilations[i] - b.index(w.low[i]);
          hit = hit & inRange(at, b.index(dims[2 + i]));
          here = here * b.index(dims[2 + i]) + at;
        }
        return select(hit & (here < s[2]), here, s[2]);
      });
  return position;
}

/// The same position with the spatial dimensions counted column by column.
Scalar columnMajor(CoreBuilder &b, Scalar position, ArrayRef<Dim> spatial) {
  SmallVector<Scalar> at;
  for (Dim d : llvm::reverse(spatial)) {
    at.push_back(position % b.index(d));
    position = position / b.index(d);
  }
  // `at` is innermost first, and innermost is now the slowest.
  for (auto [i, d] : llvm::zip(at, llvm::reverse(spatial)))
    position = position * b.index(d) + i;
  return position;
}

Value maximumOf(CoreBuilder &b, Value padded, const Window &w) {
  Type element = b.elementOf(padded);
  return overWindows(
      b, padded, w, {}, [&](auto &builder) { return lowest(constantOf(builder, element, 0)); },
      [](ArrayRef<Scalar> s) { return max(s[1], s[0]); });
}

/// The channels come last.
Result nhwcMaxPool(MsNhwcMaxPoolOp op, CoreBuilder &b) {
  int64_t rank = b.rankOf(op.getX());
  if (rank < 3)
    return op.emitOpError("the input has type ") << op.getX().getType() << ", expected rank 3 or more";
  SmallVector<int64_t> order{0, rank - 1}, back{0};
  for (int64_t i = 1; i < rank - 1; ++i) {
    order.push_back(i);
    back.push_back(i + 1);
  }
  back.push_back(1);
  Value x = b.transpose(op.getX(), order);
  auto w = poolWindow(op, b, x, WindowAttributes(op), op.getKernelShape(), op.getCeilMode());
  if (failed(w))
    return failure();
  Value padded = padFor(b, x, *w, lowest(constantOf(b, b.elementOf(x), 0)));
  return b.transpose(maximumOf(b, padded, *w), back);
}

Result maxPool(MaxPoolOp op, CoreBuilder &b) {
  auto w = poolWindow(op, b);
  if (failed(w))
    return failure();
  Value x = op.getX();
  Type element = b.elementOf(x);
  Value padded = padFor(b, x, *w, lowest(constantOf(b, element, 0)));
  Value y = maximumOf(b, padded, *w);
  if (op.getIndices().use_empty())
    return y;
  Dims sizes = spatial(b, x);
  Value indices = b.map(indexOfMaximum(b, x, padded, y, *w), [&](Scalar i) {
    return cast(op.getStorageOrder() ? columnMajor(b, i, sizes) : i, b.getI64Type());
  });
  return {y, indices};
}

/// What MaxPool took, back at its index; 0 elsewhere.
Result maxUnpool(MaxUnpoolOp op, CoreBuilder &b) {
  Value x = op.getX();
  int64_t rank = b.rankOf(x), axes = rank - 2;
  auto listOf = [&](std::optional<ArrayRef<int64_t>> list, size_t count, int64_t absent) {
    return list ? llvm::to_vector(*list) : SmallVector<int64_t>(count, absent);
  };
  SmallVector<int64_t> kernel = llvm::to_vector(op.getKernelShape());
  SmallVector<int64_t> strides = listOf(op.getStrides(), kernel.size(), 1), pads = listOf(op.getPads(), 2 * kernel.size(), 0);
  if (axes < 1 || int64_t(kernel.size()) != axes || int64_t(strides.size()) != axes || int64_t(pads.size()) != 2 * axes)
    return op.emitOpError("the input has type ") << x.getType() << " and the kernel " << kernel.size()
           << " dimensions, expected two less";
  Dims dims = b.dimsOf(x);
  for (int64_t i = 0; i < axes; ++i)
    dims[2 + i] = b.dim(dims[2 + i], [&](auto d) {
      return (d[0] - 1) * strides[i] + (kernel[i] - pads[i] - pads[axes + i]);
    });
  // Indices count in the default shape, whatever shape the output gets.
  Dims counted = dims;
  if (given(op.getOutputShape())) {
    auto shape = b.indicesOf(op.getOutputShape(), rank);
    if (!shape)
      return op.emitOpError("output_shape has type ") << op.getOutputShape().getType() << ", expected " << rank << " elements";
    for (auto [d, least] : llvm::zip(*shape, counted)) {
      Scalar fits = b.index(d) >= b.index(least);
      if (fits.constant() == 0)
        return op.emitOpError("output_shape holds ") << *b.constant(d) << ", expected at least " << *b.constant(least);
      b.require(fits, "output_shape is smaller than what was pooled");
    }
    dims = *shape;
  }
  Dim count = b.sizeOf(x), size = b.product(counted);
  b.requireRange(op.getI(), b.index(0), b.index(size), "an index lies outside what was pooled");
  Value flat = b.reshape(x, {count}), at = b.reshape(op.getI(), {b.sizeOf(op.getI())});
  b.require(b.index(count) == b.index(b.dimOf(at, 0)), "there is not one index for each element");
  Value y = b.splat({size}, constantOf(b, b.elementOf(x), 0));
  y = b.loop(count, y, [&](Scalar i, ArrayRef<Value> carried) -> SmallVector<Value> {
    return {b.store(b.load(flat, i), carried[0], cast(b.load(at, i), b.getIndexType()))};
  })[0];
  Dims none(rank, b.dim(0)), more;
  for (auto [d, least] : llvm::zip(dims, counted))
    more.push_back(b.dim({d, least}, [](auto s) { return s[0] - s[1]; }));
  return b.retype(b.pad(b.reshape(y, counted), none, more, constantOf(b, b.elementOf(x), 0)),
                  b.tensorOf(dims, b.elementOf(x)));
}

//===----------------------------------------------------------------------===//
// AveragePool, LpPool
//===----------------------------------------------------------------------===//

/// How many of the window's elements at `o` lie in [-before, size + after).
Scalar elementsInside(CoreBuilder &b, const Window &w, int64_t axis, Scalar o, Dim before, Dim after) {
  int64_t step = w.dilations[axis];
  Scalar start = o * w.strides[axis] - b.index(w.low[axis]), none = b.index(0), all = b.index(w.kernel[axis]);
  // k * step + start >= limit from k = ceil((limit - start) / step) on.
  auto reaches = [&](Scalar limit) { return clamp((limit - start + (step - 1)) / step, none, all); };
  return reaches(b.index(w.input[axis]) + b.index(after)) - reaches(none - b.index(before));
}

} // namespace

FailureOr<Value> averageWindows(Operation *op, CoreBuilder &b, Value x, const WindowAttributes &attributes,
                                ArrayRef<int64_t> kernel, bool ceilMode, bool includePad) {
  auto w = poolWindow(op, b, x, attributes, kernel, ceilMode);
  if (failed(w))
    return failure();
  Dims low(w->rank(), b.dim(0)), high = low;
  if (includePad) {
    bool written = attributes.pads && attributes.autoPad == "NOTSET";
    for (int64_t i = 0; i < w->rank(); ++i) {
      low[i] = w->low[i];
      high[i] = written                            ? b.dim((*attributes.pads)[w->rank() + i])
                : attributes.autoPad == "NOTSET" ? b.dim(0)
                                                 : w->high[i];
    }
  }
  Type element = b.elementOf(x), type = sumType(element);
  Value sum = overWindows(
      b, padFor(b, x, *w, constantOf(b, element, 0)), *w, {},
      [&](auto &builder) { return constantOf(builder, type, 0); },
      [&](ArrayRef<Scalar> s) { return s[1] + cast(s[0], type); });
  bool isReal = isa<FloatType>(type), full = true; // every window lies in what counts
  for (int64_t i = 0; i < w->rank(); ++i)
    full &= b.same(w->low[i], low[i]) && b.same(w->high[i], high[i]);
  auto shareOf = [&](Scalar count) { return isReal ? count.like(1) / count : count; };
  auto mean = [&](Scalar sum, Scalar share) { return cast(isReal ? sum * share : sum / share, element); };
  if (full) {
    Scalar share = shareOf(cast(b.index(b.product(w->kernel)), type));
    return b.map(sum, [&](Scalar s) { return mean(s, share); });
  }
  // A tensor of its own, the same for all channels: what is done to a sum is then
  // done on its registers.
  Value shares = b.generate(w->output, [&](ArrayRef<Scalar> o) {
    Scalar n = b.index(1);
    for (int64_t i = 0; i < w->rank(); ++i)
      n = n * elementsInside(b, *w, i, o[i], low[i], high[i]);
    return shareOf(cast(n, type));
  });
  return b.map({sum, shares}, [&](ArrayRef<Scalar> s) { return mean(s[0], s[1]); });
}

namespace {

Result averagePool(AveragePoolOp op, CoreBuilder &b) {
  auto y = averageWindows(op, b, op.getX(), WindowAttributes(op), op.getKernelShape(), op.getCeilMode(),
                          op.getCountIncludePad());
  return failed(y) ? Result(failure()) : Result(*y);
}

/// |x|^p and its inverse, without pow where it is plain.
Scalar power(Scalar x, int64_t p) {
  return p == 1 ? abs(x) : p == 2 ? x * x : pow(abs(x), x.like(double(p)));
}
Scalar rootOf(Scalar sum, int64_t p) {
  return p == 1 ? sum : p == 2 ? sqrt(sum) : pow(sum, sum.like(1.0 / p));
}

/// (sum of |x|^p)^(1/p) over each window
Result lpPool(LpPoolOp op, CoreBuilder &b) {
  auto w = poolWindow(op, b);
  if (failed(w))
    return failure();
  if (op.getP() < 1)
    return op.emitOpError("p is ") << op.getP() << ", expected 1 or more";
  Type element = b.elementOf(op.getX()), type = sumType(element);
  Value sum = overWindows(
      b, padFor(b, op.getX(), *w, constantOf(b, element, 0)), *w, {},
      [&](auto &builder) { return constantOf(builder, type, 0); },
      [&](ArrayRef<Scalar> s) { return s[1] + power(cast(s[0], type), op.getP()); });
  return b.map(sum, [&](Scalar s) { return cast(rootOf(s, op.getP()), element); });
}

//===----------------------------------------------------------------------===//
// Over the whole image
//===----------------------------------------------------------------------===//

template <typename Op> FailureOr<SmallVector<int64_t>> spatialAxes(Op op, CoreBuilder &b) {
  int64_t rank = b.rankOf(op.getX());
  if (rank < 3)
    return op.emitOpError("the input has type ") << op.getX().getType() << ", expected rank 3 or more", failure();
  return llvm::to_vector(llvm::seq<int64_t>(2, rank));
}

Result globalAveragePool(GlobalAveragePoolOp op, CoreBuilder &b) {
  auto axes = spatialAxes(op, b);
  if (failed(axes))
    return failure();
  Type element = b.elementOf(op.getX()), type = sumType(element);
  Scalar n = cast(b.index(b.product(spatial(b, op.getX()))), type);
  Value sum = b.reduceSum(b.convert(op.getX(), type), *axes, /*keep=*/true);
  return b.map(sum, [&](Scalar s) { return cast(s / n, element); });
}

Result globalMaxPool(GlobalMaxPoolOp op, CoreBuilder &b) {
  auto axes = spatialAxes(op, b);
  if (failed(axes))
    return failure();
  return b.reduceMax(op.getX(), *axes, /*keep=*/true);
}

Result globalLpPool(GlobalLpPoolOp op, CoreBuilder &b) {
  auto axes = spatialAxes(op, b);
  if (failed(axes))
    return failure();
  if (op.getP() < 1)
    return op.emitOpError("p is ") << op.getP() << ", expected 1 or more";
  Type element = b.elementOf(op.getX()), type = sumType(element);
  Value powers = b.map(op.getX(), [&](Scalar x) { return power(cast(x, type), op.getP()); });
  return b.map(b.reduceSum(powers, *axes, /*keep=*/true), [&](Scalar s) { return cast(rootOf(s, op.getP()), element); });
}

} // namespace

void addPoolRecipes(RecipeTable &table) {
  table.add<maxPool, nhwcMaxPool, maxUnpool, averagePool, lpPool, globalAveragePool, globalMaxPool, globalLpPool>();
}

} // namespace coil
