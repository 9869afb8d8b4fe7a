//===- Signal.cpp - windows and filters of audio --------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

#include <array>

using namespace coil::onnx;

namespace coil {
namespace {

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

constexpr std::array kHann{0.5, -0.5};
constexpr std::array kHamming{25.0 / 46, -21.0 / 46};
constexpr std::array kBlackman{0.42, -0.5, 0.08};

/// The sum of weights[j] * cos(2 pi j i / n), where n is the size, or one less in
/// a symmetric window.
template <typename Op, const auto &weights> Result window(Op op, CoreBuilder &b) {
  Dim size = b.dim(cast(b.itemOf(op.getSize()), b.getIndexType()));
  if (auto n = b.constant(size); n && *n < 0)
    return op.emitOpError("the size is ") << *n << ", expected 0 or more";
  b.require(b.nonNegative(size), "the size is negative");
  Type element = op.getOutputDatatype().value_or(b.getF32Type()), type = element.isF64() ? element : b.getF32Type();
  Scalar n = cast(b.index(size), type) - (op.getPeriodic() ? 0.0 : 1.0);
  return b.generate({size}, [&](ArrayRef<Scalar> i) {
    Scalar turn = 2 * M_PI * cast(i[0], type) / n, sum = constantOf(b, type, weights[0]);
    for (size_t j = 1; j < weights.size(); ++j)
      sum = sum + weights[j] * cos(double(j) * turn);
    return cast(sum, element);
  });
}

//===----------------------------------------------------------------------===//
// MelWeightMatrix
//===----------------------------------------------------------------------===//

Scalar log10(Scalar x) { return log(x) / M_LN10; }
Scalar hertzToMel(Scalar hertz) { return 2595.0 * log10(1.0 + hertz / 700.0); }
Scalar melToHertz(Scalar mel) { return 700.0 * (pow(mel.like(10.0), mel / 2595.0) - 1.0); }

/// Column i is a triangle over the spectrum's bins, from bin i to bin i + 2 of
/// those that divide the range evenly in mel.
Result melWeightMatrix(MelWeightMatrixOp op, CoreBuilder &b) {
  if (failed(areIntegers(op, {op.getNumMelBins(), op.getDftLength(), op.getSampleRate()})))
    return failure();
  Type f64 = b.getF64Type(), index = b.getIndexType();
  Type element = op.getOutputDatatype().value_or(b.getF32Type());
  Scalar bins = cast(b.itemOf(op.getNumMelBins()), index), length = cast(b.itemOf(op.getDftLength()), index);
  b.require((bins >= 0) & (length >= 0), "num_mel_bins or dft_length is negative");
  Scalar rate = cast(b.itemOf(op.getSampleRate()), f64);
  Scalar low = hertzToMel(cast(b.itemOf(op.getLowerEdgeHertz()), f64));
  Scalar high = hertzToMel(cast(b.itemOf(op.getUpperEdgeHertz()), f64));
  Scalar step = (high - low) / cast(bins + 2, f64);
  Value edges = b.generate({b.dim(bins + 2)}, [&](ArrayRef<Scalar> i) {
    Scalar hertz = melToHertz(cast(i[0], f64) * step + low);
    return floor(cast(length + 1, f64) * hertz / rate);
  });
  return b.generate({b.dim(length / 2 + 1), b.dim(bins)}, [&](ArrayRef<Scalar> i) {
    Scalar at = cast(i[0], f64), zero = at.like(0), one = at.like(1);
    Scalar left = b.load(edges, i[1]), center = b.load(edges, i[1] + 1), right = b.load(edges, i[1] + 2);
    Scalar rising = select((left <= at) & (at <= center), (at - left) / (center - left), zero);
    rising = select(center == left, select(at == center, one, zero), rising);
    Scalar falling = (right - at) / (right - center);
    return cast(select((center <= at) & (at < right), falling, rising), element);
  });
}

} // namespace

void addSignalRecipes(RecipeTable &table) {
  table.add<window<HannWindowOp, kHann>, window<HammingWindowOp, kHamming>, window<BlackmanWindowOp, kBlackman>,
            melWeightMatrix>();
}

} // namespace coil
