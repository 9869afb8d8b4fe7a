//===- ThreadPlan.h - which loop threads share ----------------------------===//
#ifndef COIL_PASSES_VECTORIZE_THREADPLAN_H
#define COIL_PASSES_VECTORIZE_THREADPLAN_H

#include "passes/vectorize/LoopPlan.h"

namespace coil {

/// Chooses `plan.shared` and `plan.grain`, by the rest of the plan: the outermost
/// loop with steps enough for all cores, else the one with most, or two loops where
/// the steps of one alone would leave cores idle; none in a nest that is done before a
/// second thread would have begun.
void planThreads(LoopPlan &plan, const LoopNest &nest, linalg::GenericOp epilogue, const Machine &machine);

/// Cycles that an op takes on one thread, by the same estimate, and its steps.
double cyclesOf(linalg::GenericOp op, const Machine &machine);
double stepCount(linalg::GenericOp op);

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_THREADPLAN_H
