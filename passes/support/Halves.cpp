//===- Halves.cpp - sums of products of f16, some terms at a time in f16 --===//

#include "passes/support/Halves.h"

#include "passes/support/Bytes.h"

namespace coil {

/// A shorter run would be converted more often than it is added to.
static constexpr int64_t kShortest = 8, kLongest = 32;

/// Terms of runs that are summed up in f16: their sum is rounded once for each.
static constexpr int64_t kMostTerms = 128, kMostOfWindow = 256;

std::pair<int64_t, int64_t> termsOfRuns(int64_t size) {
  if (ShapedType::isDynamic(size))
    return {kLongest, kMostTerms};
  int64_t terms = kLongest;
  while (terms > size && terms > kShortest)
    terms /= 2;
  // Of few terms all, with the loops around them: a convolution's window.
  if (size <= kMostTerms && size % kShortest == 0)
    return {terms, kMostOfWindow};
  // Of many, as evenly as can be.
  int64_t runs = std::max<int64_t>(1, size / terms);
  return {terms, terms * llvm::divideCeil(runs, llvm::divideCeil(runs * terms, kMostTerms))};
}

Machine forHalfSums(Machine machine) {
  machine.mostRows = 8;
  machine.sumRegisters = 2;
  return machine;
}

/// The sum whose terms lie side by side in x, or, where rows do, the longest one.
static std::optional<unsigned> termsLoop(linalg::GenericOp op, AffineMap x) {
  auto kinds = op.getIteratorTypesArray();
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  auto isSum = [&](unsigned loop) { return kinds[loop] == utils::IteratorType::reduction; };
  auto lengthOf = [&](unsigned loop) { return ShapedType::isDynamic(sizes[loop]) ? INT64_MAX : sizes[loop]; };
  AffineExpr last = x.getResults().back();
  std::optional<unsigned> found;
  if (auto side = dyn_cast<AffineDimExpr>(last); side && isSum(side.getPosition())) {
    if (!x.dropResult(x.getNumResults() - 1).isFunctionOfDim(side.getPosition()))
      found = side.getPosition();
  } else if (llvm::any_of(llvm::seq(x.getNumDims()), [&](unsigned loop) { return !isSum(loop) && last.isFunctionOfDim(loop); })) {
    for (unsigned loop = 0; loop < x.getNumDims(); ++loop)
      if (isSum(loop) && x.isFunctionOfDim(loop) && (!found || lengthOf(loop) > lengthOf(*found)))
        found = loop;
  }
  return found && lengthOf(*found) >= kShortest ? found : std::nullopt;
}

std::optional<HalfProduct> halfProduct(linalg::GenericOp op, const Machine &machine) {
  auto inputs = machine.halves ? narrowFactors(op, Float16Type::get(op.getContext())) : std::nullopt;
  if (!inputs)
    return std::nullopt;
  auto [x, w] = *inputs;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  unsigned lane = cast<AffineDimExpr>(maps.back().getResults().back()).getPosition();
  if (maps[x].getNumResults() == 0)
    return std::nullopt;
  auto terms = termsLoop(op, maps[x]);
  return terms ? std::optional(HalfProduct{x, w, lane, *terms}) : std::nullopt;
}

} // namespace coil
