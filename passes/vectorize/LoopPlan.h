//===- LoopPlan.h - how one loop nest is vectorized -----------------------===//
#ifndef COIL_PASSES_VECTORIZE_LOOPPLAN_H
#define COIL_PASSES_VECTORIZE_LOOPPLAN_H

#include "passes/vectorize/LoopNest.h"

namespace coil {

/// Which loop the lanes of a vector run along, how many vectors are held at
/// once (`rows` steps of one other loop times `columns` vectors), in which order
/// the loops go, and which one threads share. `coil.loops` on an op says it.
struct LoopPlan {
  enum Kind {
    Scalar,  // element by element
    Across,  // lanes are elements of the result
    Along,   // lanes are terms of a sum, added up at the end
  };
  LoopPlan() = default;
  LoopPlan(Kind kind, unsigned lane) : kind(kind), lane(lane) {}

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
  /// The input that lies side by side along the sum instead of along the lanes:
  /// what a strip of tiles reads of it is transposed first.
  std::optional<unsigned> packed;
  /// What is the same for all lanes and lies side by side along the rows is
  /// loaded as vectors of rows.
  bool rowsTogether = false;
  /// So many of the innermost sums, a window's, are done in one piece: what tiles
  /// and terms of it read twice is loaded once.
  int64_t window = 0;
  /// Each step of the sum is a dot product, four bytes or two bf16 a lane.
  std::optional<Dot> dot;
  /// Runs of `terms` terms are summed up in f16, runs of `halfTerms` together too;
  /// these sums are then added to one in f32.
  std::optional<HalfProduct> halves;
  int64_t halfTerms = 1;
  /// All loops, the outermost first: those of the result, then the sums.
  SmallVector<unsigned> order;
  /// Rows that go through all panels before the next ones do, so that what is read of
  /// them stays in a cache; 0: all.
  int64_t block = 0;
  /// Rows from which on a strip of weights of few bits is unpacked once for all of them,
  /// in tiles of so many; 0: never.
  int64_t unpackFrom = 0, unpackedRows = 1;
  /// The loop whose steps threads share, one of the result; and one further in, where
  /// the steps of both together are shared.
  std::optional<unsigned> shared, sharedInner;
  /// Steps of the nest, all loops together, that repay waking a thread: less are
  /// never a part of their own.
  int64_t grain = 1;

  /// Steps of a loop that stay together, so that tiles stay whole.
  int64_t unitOf(unsigned loop) const {
    if (row == loop)
      return rows;
    return kind == Across && lane == loop ? columns * lanes : 1;
  }
};

/// The longest grain.
inline constexpr int64_t kMostGrain = 1 << 30;

/// The plan that the cost model prefers for an op on buffers with one result;
/// `epilogue`, which may be null, is done on the same vectors. What a tuning says
/// of the op comes first; where it cannot be, `why` has the reason, and the plan is
/// the model's.
LoopPlan planLoops(linalg::GenericOp op, linalg::GenericOp epilogue, const Machine &machine, std::string &why);

/// A plan as an attribute of its op, `coil.loops`, and back. Reading refuses, with
/// the reason in `why`, what cannot be or would compute something else: a plan may
/// have been written by hand.
inline constexpr llvm::StringLiteral kLoopsAttr = "coil.loops";
DictionaryAttr writePlan(const LoopPlan &plan, MLIRContext *context);
FailureOr<LoopPlan> readPlan(DictionaryAttr written, linalg::GenericOp op, linalg::GenericOp epilogue,
                             const Machine &machine, std::string &why);

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_LOOPPLAN_H
