//===- Sizes.h - what is known of sizes without a run ---------------------===//
#ifndef COIL_PASSES_LEGALIZE_SIZES_H
#define COIL_PASSES_LEGALIZE_SIZES_H

#include "passes/legalize/CoreBuilder.h"

namespace coil {

/// The size of two that broadcast, of which either may turn out to be 1: b if a is
/// 1, else a.
Scalar broadcastSize(Scalar a, Scalar b);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_SIZES_H
