//===- Region.cpp - pools over regions that the data names ----------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// x of rank 4 and rois [R, columns].
template <typename Op> LogicalResult check(Op op, CoreBuilder &b, int64_t columns) {
  auto rois = b.typeOf(op.getRois());
  if (b.rankOf(op.getX()) == 4 && rois.getRank() == 2 && (rois.isDynamicDim(1) || rois.getDimSize(1) == columns)) {
    b.require(b.index(b.dimOf(op.getRois(), 1)) == columns, "a region has another number of values than expected");
    return success();
  }
  return op.emitOpError("operands have types ") << op.getX().getType() << " and " << rois
         << ", expected rank 4 and regions of " << columns << " numbers";
}

//===----------------------------------------------------------------------===//
// RoiAlign
//===----------------------------------------------------------------------===//

/// The part of one sample along one axis: both neighbours and their weights.
struct Neighbours {
  Scalar inside, low, high, weightLow, weightHigh;

  Neighbours(CoreBuilder &b, Scalar at, Dim size) {
    Scalar n = b.index(size), last = n - 1, real = cast(n, at.type());
    inside = (at >= -1.0) & (at <= real);
    Scalar v = clamp(at, at.like(0), real - 1.0);
    low = cast(floor(v), b.getIndexType());
    high = min(low + 1, last);
    weightHigh = v - floor(v);
    weightLow = 1.0 - weightHigh;
  }
};

/// `ratio` samples along each axis of a bin, or one for each element that it
/// covers.
Scalar samplesOf(CoreBuilder &b, int64_t ratio, Scalar binSize) {
  return ratio > 0 ? b.index(ratio) : cast(ceil(binSize), b.getIndexType());
}

/// The mean, or the greatest weighted neighbour, of the samples of each bin.
Result roiAlign(RoiAlignOp op, CoreBuilder &b) {
  if (failed(check(op, b, 4)))
    return failure();
  StringRef transform = op.getCoordinateTransformationMode(), mode = op.getMode();
  if (transform != "half_pixel" && transform != "output_half_pixel")
    return op.emitOpError("coordinate_transformation_mode is '") << transform
           << "', expected 'half_pixel' or 'output_half_pixel'";
  if (mode != "avg" && mode != "max")
    return op.emitOpError("mode is '") << mode << "', expected 'avg' or 'max'";
  int64_t height = op.getOutputHeight(), width = op.getOutputWidth(), ratio = op.getSamplingRatio();
  if (height < 1 || width < 1 || ratio < 0)
    return op.emitOpError("output of ") << height << " x " << width << " with sampling_ratio " << ratio
           << ", expected positive sizes";
  Value x = op.getX(), rois = op.getRois(), batches = op.getBatchIndices();
  Dims from = b.dimsOf(x);
  b.requireRange(batches, b.index(0), b.index(from[0]), "a batch index is out of range");
  Type element = b.elementOf(x), type = sumType(element);
  double scale = op.getSpatialScale().convertToDouble(), offset = transform == "half_pixel" ? 0.5 : 0;
  bool average = mode == "avg";

  return b.generate({b.dimOf(rois, 0), from[1], b.dim(height), b.dim(width)}, [&](ArrayRef<Scalar> i) {
    Scalar n = cast(b.load(batches, i[0]), b.getIndexType());
    n = clamp(n, b.index(0), b.index(from[0]) - 1);
    auto corner = [&](int64_t k) { return cast(b.load(rois, {i[0], b.index(k)}), type) * scale - offset; };
    auto bin = [&](Scalar start, Scalar end, int64_t count) {
      Scalar size = end - start;
      return (offset ? size : max(size, size.like(1))) / double(count);
    };
    Scalar left = corner(0), top = corner(1);
    Scalar binHeight = bin(top, corner(3), height), binWidth = bin(left, corner(2), width);
    Scalar rows = samplesOf(b, ratio, binHeight), columns = samplesOf(b, ratio, binWidth);
    auto place = [&](Scalar start, Scalar cell, Scalar size, Scalar k, Scalar count) {
      return start + cast(cell, type) * size + (cast(k, type) + 0.5) * size / cast(count, type);
    };
    auto sample = [&](const Neighbours &v, const Neighbours &h, Scalar total) {
      auto corner = [&](Scalar y, Scalar wy, Scalar x_, Scalar wx) {
        return wy * wx * cast(b.load(x, {n, i[1], y, x_}), type);
      };
      Scalar a = corner(v.low, v.weightLow, h.low, h.weightLow), c = corner(v.low, v.weightLow, h.high, h.weightHigh);
      Scalar d = corner(v.high, v.weightHigh, h.low, h.weightLow), e = corner(v.high, v.weightHigh, h.high, h.weightHigh);
      Scalar value = average ? a + c + d + e : max(max(a, c), max(d, e));
      value = select(v.inside & h.inside, value, value.like(0));
      return average ? total + value : max(total, value);
    };
    Scalar zero = constantOf(b, type, 0);
    Scalar total = b.fold(rows, average ? zero : lowest(zero), [&](Scalar row, Scalar above) {
      Neighbours v(b, place(top, i[2], binHeight, row, rows), from[2]);
      return b.fold(columns, above, [&](Scalar column, Scalar before) {
        return sample(v, Neighbours(b, place(left, i[3], binWidth, column, columns), from[3]), before);
      });
    });
    Scalar count = max(rows * columns, b.index(0));
    total = select(count > 0, average ? total / cast(max(count, b.index(1)), type) : total, zero);
    return cast(total, element);
  });
}

//===----------------------------------------------------------------------===//
// MaxRoiPool
//===----------------------------------------------------------------------===//

/// Half away from zero.
Scalar round(Scalar x) { return select(x < 0, ceil(x - 0.5), floor(x + 0.5)); }

/// The maximum of each bin of a region in whole elements; 0 of an empty one.
Result maxRoiPool(MaxRoiPoolOp op, CoreBuilder &b) {
  if (failed(check(op, b, 5)))
    return failure();
  ArrayRef<int64_t> pooled = op.getPooledShape();
  if (pooled.size() != 2 || pooled[0] < 1 || pooled[1] < 1)
    return op.emitOpError("pooled_shape is [") << pooled << "], expected two positive sizes";
  Value x = op.getX(), rois = op.getRois();
  Dims from = b.dimsOf(x);
  Type element = b.elementOf(x), type = sumType(element);
  double scale = op.getSpatialScale().convertToDouble();
  return b.generate({b.dimOf(rois, 0), from[1], b.dim(pooled[0]), b.dim(pooled[1])}, [&](ArrayRef<Scalar> i) {
    auto number = [&](int64_t k) { return cast(b.load(rois, {i[0], b.index(k)}), type); };
    Scalar n = clamp(cast(number(0), b.getIndexType()), b.index(0), b.index(from[0]) - 1);
    // The first and the last but one element of a bin along one axis.
    auto range = [&](int64_t axis) {
      Scalar start = round(number(2 - axis) * scale), end = round(number(4 - axis) * scale);
      Scalar size = max(end - start + 1.0, start.like(1)) / double(pooled[axis]);
      Scalar cell = cast(i[2 + axis], type), limit = b.index(from[2 + axis]);
      auto bound = [&](Scalar v) { return clamp(cast(v + start, b.getIndexType()), b.index(0), limit); };
      return std::pair(bound(floor(cell * size)), bound(ceil((cell + 1.0) * size)));
    };
    auto [top, bottom] = range(0);
    auto [left, right] = range(1);
    Scalar low = lowest(constantOf(b, element, 0));
    Scalar result = b.fold(max(bottom - top, b.index(0)), low, [&, top = top, left = left, right = right](Scalar row, Scalar above) {
      return b.fold(max(right - left, b.index(0)), above, [&](Scalar column, Scalar before) {
        return max(before, b.load(x, {n, i[1], top + row, left + column}));
      });
    });
    return select((bottom > top) & (right > left), result, result.like(0));
  });
}

} // namespace

void addRegionRecipes(RecipeTable &table) { table.add<roiAlign, maxRoiPool>(); }

} // namespace coil
