//===- WindowPlan.h - a window's tile where loads cost as products do -----===//
#ifndef COIL_PASSES_VECTORIZE_WINDOWPLAN_H
#define COIL_PASSES_VECTORIZE_WINDOWPLAN_H

#include "passes/vectorize/LoopPlan.h"

namespace coil {

/// Whether all terms of a window are one piece of code for sums enough.
bool isSmallWindow(const LoopPlan &plan, const LoopNest &nest);

/// The sums of a window in one piece, the innermost ones, while the code of a tile
/// stays short; rows of the result that read the same lines of the image, where no
/// other loop is the tile's. Where a product takes a factor from memory, as on
/// x86-64, nothing would be gained.
void planWindow(LoopPlan &plan, const LoopNest &nest, const Machine &machine);

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_WINDOWPLAN_H
