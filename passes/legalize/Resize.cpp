//===- Resize.cpp - tensors at another resolution -------------------------===//
//
// `nearest` picks elements along all axes at once. The others are sums over a
// few neighbours along one axis after another; where they are and how much they
// weigh is a small table for each axis, so that no coordinate is computed more
// than once.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"
#include "passes/legalize/ResizeAxes.h"

using namespace coil::onnx;

namespace coil {
namespace {

using Axis = ResizeAxis;
using Transform = ResizeTransform;

Type f32(CoreBuilder &b) { return b.getF32Type(); }

/// The coordinates of all elements of an axis, a tensor [to].
Value coordinates(CoreBuilder &b, const Axis &a, Transform transform) {
  return b.generate({a.to}, [&](ArrayRef<Scalar> i) { return transform(b, a, cast(i[0], f32(b))); });
}

//===----------------------------------------------------------------------===//
// Nearest
//===----------------------------------------------------------------------===//

using Rounding = Scalar (*)(Scalar at, Scalar scale);
Rounding roundingOf(StringRef mode) {
  return llvm::StringSwitch<Rounding>(mode)
      .Case("round_prefer_floor", [](Scalar x, Scalar) { return ceil(x - 0.5); })
      .Case("round_prefer_ceil", [](Scalar x, Scalar) { return floor(x + 0.5); })
      .Case("floor", [](Scalar x, Scalar) { return floor(x); })
      .Case("ceil", [](Scalar x, Scalar) { return ceil(x); })
      // What Upsample and Resize-10 did without an attribute that says so.
      .Case("simple", [](Scalar x, Scalar scale) { return select(scale < 1.0, ceil(x), floor(x)); })
      .Default(nullptr);
}

Value nearest(CoreBuilder &b, Value x, ArrayRef<Axis> axes, Transform transform, Rounding round) {
  Dims dims = b.dimsOf(x);
  SmallVector<Value> tables(dims.size());
  for (const Axis &a : axes) {
    if (a.isIdentity)
      continue;
    dims[a.axis] = a.to;
    tables[a.axis] = b.map(coordinates(b, a, transform), [&](Scalar at) {
      Scalar i = cast(round(at, a.scale), b.getI64Type()), last = cast(b.index(a.from) - 1, b.getI64Type());
      return clamp(i, i.like(0), last);
    });
  }
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> at(i);
    for (auto [axis, table] : llvm::enumerate(tables))
      if (table)
        at[axis] = cast(b.load(table, i[axis]), b.getIndexType());
    return b.load(x, at);
  });
}

//===----------------------------------------------------------------------===//
// Linear and cubic
//===----------------------------------------------------------------------===//

/// A filter over the distance to a neighbour, 0 from `support` on.
struct Filter {
  int64_t support;
  double a; // the cubic coefficient

  Scalar operator()(Scalar distance) const {
    Scalar d = abs(distance), zero = d.like(0);
    if (support == 1)
      return max(1.0 - d, zero);
    Scalar near = ((a + 2) * d - (a + 3)) * d * d + 1.0;
    Scalar far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
    return select(d <= 1.0, near, select(d < 2.0, far, zero));
  }
};

/// The neighbours of an element: `count` from `first[i]` on, with their weights.
struct Taps {
  Value first;   // [to], i64
  Value weights; // [to, count], f32
  Dim count;
};

/// With antialias a smaller output widens the filter by 1 / scale. The weights
/// sum to one; with exclude_outside those of the neighbours inside do.
Taps tapsOf(ResizeOp op, CoreBuilder &b, const Axis &a, Transform transform, Filter filter) {
  Taps t;
  Value at = coordinates(b, a, transform);
  Scalar one = constantOf(b, f32(b), 1);
  Scalar squeeze = op.getAntialias() ? min(a.scale, one) : one;
  // The first neighbour of an element at 0 <= x < 1.
  Scalar start = cast(floor(-double(filter.support) / squeeze), b.getIndexType()) + 1;
  t.count = b.dim(2 - 2 * start);
  Type i64 = b.getI64Type();
  t.first = b.map(at, [&](Scalar x) { return cast(floor(x), i64) + cast(start, i64); });
  bool inside = op.getExcludeOutside();
  Value raw = b.generate({a.to, t.count}, [&](ArrayRef<Scalar> i) {
    Scalar neighbour = cast(b.load(t.first, i[0]), b.getIndexType()) + i[1];
    Scalar weight = filter((cast(neighbour, f32(b)) - b.load(at, i[0])) * squeeze);
    return inside ? select(inRange(neighbour, b.index(a.from)), weight, weight.like(0)) : weight;
  });
  t.weights = raw;
  if (inside || op.getAntialias())
    t.weights = b.map({raw, b.reduceSum(raw, {1}, /*keep=*/true)}, [](ArrayRef<Scalar> s) { return s[0] / s[1]; });
  return t;
}

/// The weighted sum of neighbours along one axis; those outside are the edge.
Value filterAlong(CoreBuilder &b, Value x, const Axis &a, const Taps &taps, Type sum) {
  Dims dims = b.dimsOf(x);
  dims[a.axis] = a.to;
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar first = cast(b.load(taps.first, i[a.axis]), b.getIndexType());
    Scalar last = b.index(a.from) - 1, zero = b.index(0);
    auto add = [&](Scalar k, Scalar total) {
      SmallVector<Scalar> at(i);
      at[a.axis] = clamp(first + k, zero, last);
      return total + cast(b.load(taps.weights, {i[a.axis], k}), sum) * cast(b.load(x, at), sum);
    };
    Scalar total = constantOf(b, sum, 0);
    auto count = b.constant(taps.count);
    if (!count || *count > 4)
      return b.fold(b.index(taps.count), total, add);
    for (int64_t k = 0; k < *count; ++k)
      total = add(b.index(k), total);
    return total;
  });
}

/// Back in an integer type, a sum is rounded toward 0 and kept in range.
Value toElement(CoreBuilder &b, Value y, Type element) {
  if (isa<FloatType>(element) || element.getIntOrFloatBitWidth() > 16)
    return b.convert(y, element);
  return b.map(y, [&](Scalar v) {
    Scalar like = constantOf(b, element, 0);
    return cast(clamp(v, cast(lowest(like), v.type()), cast(highest(like), v.type())), element);
  });
}

/// What lies outside the input along any axis is `value`.
Value extrapolate(CoreBuilder &b, Value y, ArrayRef<Axis> axes, Transform transform, double value) {
  SmallVector<Value> tables;
  for (const Axis &a : axes)
    tables.push_back(coordinates(b, a, transform));
  return b.generate(b.dimsOf(y), [&](ArrayRef<Scalar> i) {
    Scalar outside = constantOf(b, b.getI1Type(), 0);
    for (auto [a, table] : llvm::zip(axes, tables)) {
      Scalar at = b.load(table, i[a.axis]);
      outside = outside | (at < 0.0) | (at > cast(b.index(a.from), at.type()) - 1.0);
    }
    Scalar here = b.load(y, i);
    return select(outside, here.like(value), here);
  });
}

Result resize(ResizeOp op, CoreBuilder &b) {
  StringRef mode = op.getMode();
  Transform transform = resizeTransform(op.getCoordinateTransformationMode());
  Rounding round = roundingOf(op.getNearestMode());
  if (!llvm::is_contained({"nearest", "linear", "cubic"}, mode))
    return op.emitOpError("mode is '") << mode << "', expected 'nearest', 'linear' or 'cubic'";
  if (!transform)
    return op.emitOpError("coordinate_transformation_mode is '") << op.getCoordinateTransformationMode()
                                                                 << "', which ONNX does not know";
  if (!round)
    return op.emitOpError("nearest_mode is '") << op.getNearestMode() << "', which ONNX does not know";
  auto axes = resizeAxes(op, b);
  if (failed(axes))
    return failure();
  Value x = op.getX(), y = x;
  Type element = b.elementOf(x);
  if (mode == "nearest") {
    y = nearest(b, x, *axes, transform, round);
  } else {
    Type sum = isa<FloatType>(element) ? sumType(element) : f32(b);
    Filter filter{mode == "linear" ? 1 : 2, op.getCubicCoeffA().convertToDouble()};
    for (const Axis &a : *axes)
      if (!a.isIdentity)
        y = filterAlong(b, y, a, tapsOf(op, b, a, transform, filter), sum);
    y = toElement(b, y, element);
  }
  if (op.getCoordinateTransformationMode() == "tf_crop_and_resize")
    y = extrapolate(b, y, *axes, transform, op.getExtrapolationValue().convertToDouble());
  return y;
}

} // namespace

void addResizeRecipes(RecipeTable &table) { table.add<resize>(); }

} // namespace coil
