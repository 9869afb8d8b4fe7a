//===- ApproximateExp.h - the exponential function by a polynomial --------===//
#ifndef COIL_PASSES_VECTORIZE_APPROXIMATEEXP_H
#define COIL_PASSES_VECTORIZE_APPROXIMATEEXP_H

#include "mlir/IR/PatternMatch.h"

namespace coil {
using namespace mlir;

/// Adds a pattern for `math.exp` on f32 that is taken before upstream's.
void populateExpPatterns(RewritePatternSet &patterns);

/// 1 + tanh x becomes a quotient by exp(-2 x) + 1, and products with such quotients
/// of one become quotients. Before there are polynomials.
void makeSigmoids(Operation *func);

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_APPROXIMATEEXP_H
