//===- ResizeAxes.cpp - how a tensor is resized along each axis -----------===//

#include "passes/legalize/ResizeAxes.h"

#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

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
LogicalResult byScales(ResizeOp op, CoreBuilder &b, MutableArrayRef<ResizeAxis> axes) {
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
LogicalResult bySizes(ResizeOp op, CoreBuilder &b, MutableArrayRef<ResizeAxis> axes) {
  auto sizes = b.indicesOf(op.getSizes(), axes.size());
  if (!sizes)
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
  for (ResizeAxis &a : axes) {
    a.scale = common;
    a.to = b.dim(cast(floor(real(b, a.from) * common + 0.5), b.getIndexType()));
    a.isIdentity = b.same(a.to, a.from);
  }
  return success();
}

} // namespace

FailureOr<SmallVector<ResizeAxis>> resizeAxes(ResizeOp op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getX());
  auto numbers = axesOf(op, dims.size());
  if (failed(numbers))
    return failure();
  SmallVector<ResizeAxis> axes;
  for (int64_t axis : *numbers) {
    ResizeAxis a;
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

namespace {

//===----------------------------------------------------------------------===//
// Coordinates
//===----------------------------------------------------------------------===//

/// The length of the output before it was rounded down.
Scalar exactLength(CoreBuilder &b, const ResizeAxis &a) { return a.scale * real(b, a.from); }

Scalar halfPixel(CoreBuilder &, const ResizeAxis &a, Scalar x) { return (x + 0.5) / a.scale - 0.5; }
Scalar halfPixelSymmetric(CoreBuilder &b, const ResizeAxis &a, Scalar x) {
  Scalar adjustment = real(b, a.to) / exactLength(b, a);
  return real(b, a.from) / 2.0 * (1.0 - adjustment) + halfPixel(b, a, x);
}
Scalar pytorchHalfPixel(CoreBuilder &b, const ResizeAxis &a, Scalar x) {
  return select(b.index(a.to) > 1, halfPixel(b, a, x), x.like(0));
}
Scalar alignCorners(CoreBuilder &b, const ResizeAxis &a, Scalar x) {
  Scalar length = exactLength(b, a);
  return select(length == 1, x.like(0), x * (real(b, a.from) - 1.0) / (length - 1.0));
}
Scalar asymmetric(CoreBuilder &, const ResizeAxis &a, Scalar x) { return x / a.scale; }
/// Of opsets 11 and 12.
Scalar halfPixelForNearest(CoreBuilder &, const ResizeAxis &a, Scalar x) { return (x + 0.5) / a.scale; }
Scalar cropAndResize(CoreBuilder &b, const ResizeAxis &a, Scalar x) {
  Scalar last = real(b, a.from) - 1.0, lastOut = real(b, a.to) - 1.0;
  return select(b.index(a.to) > 1, a.roiStart * last + x * (a.roiEnd - a.roiStart) * last / lastOut,
                0.5 * (a.roiStart + a.roiEnd) * last);
}

} // namespace

ResizeTransform resizeTransform(StringRef mode) {
  return llvm::StringSwitch<ResizeTransform>(mode)
      .Case("half_pixel", halfPixel)
      .Case("half_pixel_symmetric", halfPixelSymmetric)
      .Case("pytorch_half_pixel", pytorchHalfPixel)
      .Case("align_corners", alignCorners)
      .Case("asymmetric", asymmetric)
      .Case("tf_crop_and_resize", cropAndResize)
      .Case("tf_half_pixel_for_nn", halfPixelForNearest)
      .Default(nullptr);
}

} // namespace coil
