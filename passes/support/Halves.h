//===- Halves.h - sums of products of f16, some terms at a time in f16 ----===//
#ifndef COIL_PASSES_SUPPORT_HALVES_H
#define COIL_PASSES_SUPPORT_HALVES_H

#include "passes/support/Machine.h"

namespace coil {

/// acc + extend(x) * extend(w) on f16 in f32, where the lanes of a vector can be
/// f16: runs of terms are summed up in f16, each run is added to a sum in f32.
/// Twice the lanes for one rounding to f16 a term; a run is short, so that the
/// sum stays closer to the exact one than a sum in f16 alone. What leaves the
/// range of f16 is seen at the end, and summed up again in f32.
struct HalfProduct {
  unsigned x, w;  // inputs; x is the same for all lanes
  unsigned lane;  // the loop along the last dimension of the result
  unsigned terms; // the sum that is cut into runs: of terms that lie side by side in x, or, where rows do, the longest
};
/// Where the machine multiplies f16, and runs would not be too short.
std::optional<HalfProduct> halfProduct(linalg::GenericOp op, const Machine &machine);

/// Terms of a run, and of the runs that are summed up in f16 together, for a sum
/// of `size` (ShapedType::kDynamic: unknown).
std::pair<int64_t, int64_t> termsOfRuns(int64_t size);

/// The machine whose registers hold the sum of runs beside the one that is added
/// to, and addresses of rows beside the loops of all three sums.
Machine forHalfSums(Machine machine);

} // namespace coil

#endif // COIL_PASSES_SUPPORT_HALVES_H
