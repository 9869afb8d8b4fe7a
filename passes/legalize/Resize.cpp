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

using namespace coil::onnx;

namespace coil {
namespace {

/// What happens along one axis. Numbers are f32, as exporters compute them.
struct Axis {
  int64_t axis;
  Dim from, to;
  Scalar scale;      // to / from, or as the model states it
  Scalar roiStart, roiEnd;
  bool isIdentity = false;
};

Type f32(CoreBuilder &b) { return b.getF32Type(); }
Scalar real(CoreBuilder &b, Dim d) { return cast(b.index(d), f32(b)); }

/// The elements of a list of `count` floats.
FailureOr<SmallVector<Scalar>> numbersOf(ResizeOp op, CoreBuilder &b, StringRef name, Value list, int64_t count) {
  auto type = b.typeOf(list);
  if (type.getRank() != 1 || (!type.isDynamicDim(0) && type.getDimSize(0) != count))
    return op.emitOpError(name) << " has type " << type << ", expected " << count << " elements", failure();
  if (type.isDynamicDim(0))
    b.require(b.index(b.dimOf(list, 0)) == count, name + " has another number of elements than expected");
  SmallVector<Scalar> result;
  auto known = b.elementsOf(list);
  for (int64_t i = 0; i < count; ++i)
    result.push_back(known ? (*known)[i] : b.load(list, b.index(i)));
  return result;
}

//===----------------------------------------------------------------------===//
// Sizes and scales
//===----------------------------------------------------------------------===//

/// The axes that the operator names, all of them by default.
FailureOr<SmallVector<int64_t>> axesOf(ResizeOp op, int64_t rank) {
  auto written = op.getAxes();
  if (!written)
    return llvm::to_vector(llvm::seq<int64_t>(0, rank));
  SmallVector<int64_t> axes;
  for (int64_t axis : *written) {
    FailureOr<int64_t> normal = normalAxis(op, axis, rank);
    if (failed(normal))
      return failure();
    axes.push_back(*normal);
  }
  return axes;
}

/// to = floor(from * scale). An integer scale multiplies exactly.
LogicalResult byScales(ResizeOp op, CoreBuilder &b, MutableArrayRef<Axis> axes) {
  auto scales = numbersOf(op, b, "scales", op.getScales(), axes.size());
  if (failed(scales))
    return failure();
  for (auto [a, scale] : llvm::zip(axes, *scales)) {
    FloatAttr known;
    a.scale = cast(scale, f32(b));
    if (!matchPattern(a.scale.value(), m_Constant(&known))) {
      b.require(a.scale > 0, "a scale is not positive");
      a.to = b.dim(cast(floor(real(b, a.from) * a.scale), b.getIndexType()));
      continue;
    }
    double n = known.getValueAsDouble();
    if (!(n > 0))
      return op.emitOpError("scales holds ") << n << ", expected a positive number";
    a.isIdentity = n == 1;
    if (n == std::floor(n) && n < 1e9)
      a.to = b.product({a.from, b.dim(int64_t(n))});
    else
      a.to = b.dim(cast(floor(real(b, a.from) * a.scale), b.getIndexType()));
  }
  return success();
}

/// scale = to / from; a policy that keeps the aspect ratio takes the least or
/// greatest of the scales for all.
LogicalResult bySizes(ResizeOp op, CoreBuilder &b, MutableArrayRef<Axis> axes) {
  auto sizes = b.indicesOf(op.getSizes());
  if (!sizes || sizes->size() != axes.size())
    return op.emitOpError("sizes has type ") << op.getSizes().getType() << ", expected " << axes.size() << " elements";
  StringRef policy = op.getKeepAspectRatioPolicy();
  if (!llvm::is_contained({"stretch", "not_larger", "not_smaller"}, policy))
    return op.emitOpError("keep_aspect_ratio_policy is '") << policy
           << "', expected 'stretch', 'not_larger' or 'not_smaller'";
  Scalar common;
  for (auto [a, size] : llvm::zip(axes, *sizes)) {
    if (auto n = b.constant(size); n && *n < 0)
      return op.emitOpError("sizes holds ") << *n;
    b.require(b.index(size) >= 0, "a size is negative");
    a.to = size;
    a.scale = real(b, size) / real(b, a.from);
    a.isIdentity = b.same(a.to, a.from);
    common = !common.value() ? a.scale : policy == "not_larger" ? min(common, a.scale) : max(common, a.scale);
  }
  if (policy == "stretch")
    return success();
  for (Axis &a : axes) {
    a.scale = common;
    a.to = b.dim(cast(floor(real(b, a.from) * common + 0.5), b.getIndexType()));
    a.isIdentity = b.same(a.to, a.from);
  }
  return success();
}

FailureOr<SmallVector<Axis>> geometryOf(ResizeOp op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getX());
  auto numbers = axesOf(op, dims.size());
  if (failed(numbers))
    return failure();
  SmallVector<Axis> axes;
  for (int64_t axis : *numbers) {
    Axis a;
    a.axis = axis;
    a.from = dims[axis];
    axes.push_back(a);
  }
  auto present = [&](Value v) { return given(v) && b.typeOf(v).getShape() != ArrayRef<int64_t>{0}; };
  if (present(op.getScales()) == present(op.getSizes()))
    return op.emitOpError("expected either scales or sizes"), failure();
  if (failed(present(op.getScales()) ? byScales(op, b, axes) : bySizes(op, b, axes)))
    return failure();
  if (op.getCoordinateTransformationMode() == "tf_crop_and_resize") {
    if (!present(op.getRoi()))
      return op.emitOpError("tf_crop_and_resize needs the input roi"), failure();
    auto roi = numbersOf(op, b, "roi", op.getRoi(), 2 * axes.size());
    if (failed(roi))
      return failure();
    for (auto [i, a] : llvm::enumerate(axes)) {
      a.roiStart = cast((*roi)[i], f32(b));
      a.roiEnd = cast((*roi)[axes.size() + i], f32(b));
      a.isIdentity = false;
    }
  }
  return axes;
}

//===----------------------------------------------------------------------===//
// Coordinates
//===----------------------------------------------------------------------===//

/// Where in the input the element x of the output lies.
using Transform = Scalar (*)(CoreBuilder &b, const Axis &a, Scalar x);

/// The length of the output before it was rounded down.
Scalar exactLength(CoreBuilder &b, const Axis &a) { return a.scale * real(b, a.from); }

Scalar halfPixel(CoreBuilder &, const Axis &a, Scalar x) { return (x + 0.5) / a.scale - 0.5; }
Scalar halfPixelSymmetric(CoreBuilder &b, const Axis &a, Scalar x) {
  Scalar adjustment = real(b, a.to) / exactLength(b, a);
  return real(b, a.from) / 2.0 * (1.0 - adjustment) + halfPixel(b, a, x);
}
Scalar pytorchHalfPixel(CoreBuilder &b, const Axis &a, Scalar x) {
  return select(b.index(a.to) > 1, halfPixel(b, a, x), x.like(0));
}
Scalar alignCorners(CoreBuilder &b, const Axis &a, Scalar x) {
  Scalar length = exactLength(b, a);
  return select(length == 1, x.like(0), x * (real(b, a.from) - 1.0) / (length - 1.0));
}
Scalar asymmetric(CoreBuilder &, const Axis &a, Scalar x) { return x / a.scale; }
Scalar cropAndResize(CoreBuilder &b, const Axis &a, Scalar x) {
  Scalar last = real(b, a.from) - 1.0, lastOut = real(b, a.to) - 1.0;
  return select(b.index(a.to) > 1, a.roiStart * last + x * (a.roiEnd - a.roiStart) * last / lastOut,
                0.5 * (a.roiStart + a.roiEnd) * last);
}

Transform transformOf(StringRef mode) {
  return llvm::StringSwitch<Transform>(mode)
      .Case("half_pixel", halfPixel)
      .Case("half_pixel_symmetric", halfPixelSymmetric)
      .Case("pytorch_half_pixel", pytorchHalfPixel)
      .Case("align_corners", alignCorners)
      .Case("asymmetric", asymmetric)
      .Case("tf_crop_and_resize", cropAndResize)
      .Default(nullptr);
}

/// The coordinates of all elements of an axis, a tensor [to].
Value coordinates(CoreBuilder &b, const Axis &a, Transform transform) {
  return b.generate({a.to}, [&](ArrayRef<Scalar> i) { return transform(b, a, cast(i[0], f32(b))); });
}

//===----------------------------------------------------------------------===//
// Nearest
//===----------------------------------------------------------------------===//

using Rounding = Scalar (*)(Scalar);
Rounding roundingOf(StringRef mode) {
  return llvm::StringSwitch<Rounding>(mode)
      .Case("round_prefer_floor", [](Scalar x) { return ceil(x - 0.5); })
      .Case("round_prefer_ceil", [](Scalar x) { return floor(x + 0.5); })
      .Case("floor", [](Scalar x) { return floor(x); })
      .Case("ceil", [](Scalar x) { return ceil(x); })
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
      Scalar i = cast(round(at), b.getI64Type()), last = cast(b.index(a.from) - 1, b.getI64Type());
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
      outside = outside | (at < 0.0) | (at > real(b, a.from) - 1.0);
    }
    Scalar here = b.load(y, i);
    return select(outside, here.like(value), here);
  });
}

Result resize(ResizeOp op, CoreBuilder &b) {
  StringRef mode = op.getMode();
  Transform transform = transformOf(op.getCoordinateTransformationMode());
  Rounding round = roundingOf(op.getNearestMode());
  if (!llvm::is_contained({"nearest", "linear", "cubic"}, mode))
    return op.emitOpError("mode is '") << mode << "', expected 'nearest', 'linear' or 'cubic'";
  if (!transform)
    return op.emitOpError("coordinate_transformation_mode is '") << op.getCoordinateTransformationMode()
                                                                 << "', which ONNX does not know";
  if (!round)
    return op.emitOpError("nearest_mode is '") << op.getNearestMode() << "', which ONNX does not know";
  auto axes = geometryOf(op, b);
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
