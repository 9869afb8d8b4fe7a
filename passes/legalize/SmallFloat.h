//===- SmallFloat.h - numbers become floats of 4 or 8 bits ----------------===//
#ifndef COIL_PASSES_LEGALIZE_SMALLFLOAT_H
#define COIL_PASSES_LEGALIZE_SMALLFLOAT_H

#include "passes/legalize/Scalar.h"

namespace coil {

/// A number as the small float type `to`, as Cast and QuantizeLinear do it: what
/// is too large is the largest number if `saturate`, else NaN or an infinity.
/// `mode` is about float8e8m0 alone, which holds powers of two; others round to
/// the nearest, ties to even.
Scalar toSmallFloat(Scalar x, Type to, bool saturate, arith::RoundingMode mode = arith::RoundingMode::upward);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_SMALLFLOAT_H
