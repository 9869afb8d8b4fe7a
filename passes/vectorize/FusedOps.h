//===- FusedOps.h - ops of a kernel that are one loop nest ----------------===//
#ifndef COIL_PASSES_VECTORIZE_FUSEDOPS_H
#define COIL_PASSES_VECTORIZE_FUSEDOPS_H

#include "passes/support/FewBits.h"

namespace coil {
using namespace mlir;

/// The fill right before an op that sets all that the op adds to.
linalg::FillOp fillBefore(linalg::GenericOp op);

/// Where an op reads the result of the op right before it, which is in a buffer
/// of this kernel alone and has no other reader.
OpOperand *resultBefore(linalg::GenericOp op);

/// The sums of blocks that an op adds up: in a buffer of this kernel alone, with
/// no other reader.
std::optional<BlockSum> blocksBefore(linalg::GenericOp op);

/// Calls `visit` with each nest of a function, the last first: the op that has
/// the loops and, where one follows on the same vectors, where that reads its
/// result. What `blocksBefore` finds belongs to it. Ops with several results, which have no plan, are passed over.
void forEachNest(Operation *func, function_ref<void(linalg::GenericOp, OpOperand *)> visit);

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_FUSEDOPS_H
