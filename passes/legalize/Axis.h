//===- Axis.h - a tensor around one of its axes ---------------------------===//
//
// What runs along an axis sees a tensor as [outer, n, inner]. The axis may be an
// input: then a run tells which dimensions are before and behind it.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_AXIS_H
#define COIL_PASSES_LEGALIZE_AXIS_H

#include "passes/legalize/Recipe.h"

namespace coil {

struct AxisView {
  Dim outer, n, inner;
  Dim axis; // in [0, rank)

  Dims dims() const { return {outer, n, inner}; }
  /// `all`, with another size along the axis.
  Dims resized(CoreBuilder &b, const Dims &all, Dim size) const;
};

/// Around `axis`, a tensor of one integer that counts among `rank` dimensions
/// and lies in the first ones, `dims`.
FailureOr<AxisView> viewAround(Operation *op, CoreBuilder &b, ArrayRef<Dim> dims, Value axis, int64_t rank);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_AXIS_H
