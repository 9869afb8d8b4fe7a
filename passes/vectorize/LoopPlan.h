//===- LoopPlan.h - how one loop nest is vectorized -----------------------===//
#ifndef COIL_PASSES_VECTORIZE_LOOPPLAN_H
#define COIL_PASSES_VECTORIZE_LOOPPLAN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/support/Bytes.h"

namespace coil {

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
  /// What does not fill the last vector is computed in a full one all the same,
  /// and only the lanes that stand for elements are loaded and stored.
  bool padded = false;
  /// The sum that goes `terms` at a time: what is the same for all lanes is then
  /// loaded as one vector of terms.
  std::optional<unsigned> unrolled;
  int64_t terms = 1;
  /// Each step of the sum is a dot product of bytes, four terms a lane.
  std::optional<Dot> dot;
  /// The blocks along the lanes are the outermost loop: they are more than a
  /// cache holds, and should be read once.
  bool laneOutermost = false;
};

/// Chooses for an op on buffers with one result; `epilogue`, which may be null,
/// is done on the same vectors.
LoopPlan planLoops(linalg::GenericOp op, linalg::GenericOp epilogue, const Machine &machine);

/// Whether the elements that `map` reads along `loop` lie next to each other,
/// or in blocks of which each does. False also where it does not depend on it.
bool isContiguous(AffineMap map, unsigned loop, MemRefType type);

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_LOOPPLAN_H
