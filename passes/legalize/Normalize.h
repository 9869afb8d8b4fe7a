//===- Normalize.h - means, deviations and norms --------------------------===//
#ifndef COIL_PASSES_LEGALIZE_NORMALIZE_H
#define COIL_PASSES_LEGALIZE_NORMALIZE_H

#include "passes/legalize/Recipe.h"

namespace coil {

/// (x - mean) / sqrt(variance + epsilon) is `centered * inverse`.
struct Standard {
  Value mean, variance, centered, inverse;
};
Standard standardize(CoreBuilder &b, Value x, ArrayRef<int64_t> axes, double epsilon);

/// The mean of x^2 over `axes`, which stay as 1.
Value meanOfSquares(CoreBuilder &b, Value x, ArrayRef<int64_t> axes);
/// 1 / sqrt(x + epsilon)
Value inverseRoot(CoreBuilder &b, Value x, double epsilon);

/// The product of the first two inputs, scaled and shifted by the others that
/// are given: the last step of every normalization, computed in the first one's type.
Value rescale(CoreBuilder &b, SmallVector<Value> inputs, Type element);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_NORMALIZE_H
