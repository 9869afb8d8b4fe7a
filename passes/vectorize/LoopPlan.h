//===- LoopPlan.h - how one loop nest is vectorized -----------------------===//
#ifndef COIL_PASSES_VECTORIZE_LOOPPLAN_H
#define COIL_PASSES_VECTORIZE_LOOPPLAN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace coil {
using namespace mlir;

/// The machine as the vectorizer needs to know it, from the module's
/// `coil.target` attribute; NEON where there is none.
struct VectorMachine {
  int64_t bytes = 16, registers = 32;
  static VectorMachine of(Operation *op);
};

/// Which loop the lanes of a vector run along, and how many vectors are held at
/// once: `rows` steps of one other loop times `columns` vectors.
struct LoopPlan {
  enum Kind {
    Scalar,  // element by element
    Across,  // lanes are elements of the result
    Along,   // lanes are terms of a sum, added up at the end
  };
  Kind kind = Scalar;
  unsigned lane = 0;            // the loop that is vectorized
  std::optional<unsigned> row;  // the loop that is unrolled
  int64_t lanes = 1, rows = 1, columns = 1;
};

/// Chooses for an op on buffers with one result.
LoopPlan planLoops(linalg::GenericOp op, const VectorMachine &machine);

/// Whether the elements that `map` reads along `loop` lie next to each other.
/// False also where it does not depend on the loop.
bool isContiguous(AffineMap map, unsigned loop, MemRefType type);

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_LOOPPLAN_H
