//===- Nest.h - loops over elements in memory -----------------------------===//
#ifndef COIL_PASSES_STRUCTURE_NEST_H
#define COIL_PASSES_STRUCTURE_NEST_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"

namespace coil {
using namespace mlir;

/// One of the loops: how often it runs, and by how many bytes it moves each
/// operand.
struct Loop {
  int64_t size;
  SmallVector<int64_t, 4> steps;
  bool sums = false; // a reduction: runs in order
};

using Nest = SmallVector<Loop>;

/// Drops loops that run once and joins neighbours that move all operands as one
/// longer loop would.
void simplify(Nest &nest);

/// Copies elements of `width` bytes: operand 0 of the nest is `to`, 1 is `from`.
/// Each element of `to` is written once, in any order.
void copyElements(Nest nest, char *to, const char *from, int64_t width);

} // namespace coil

#endif // COIL_PASSES_STRUCTURE_NEST_H
