//===- Evaluate.h - what an op makes of known tensors ---------------------===//
#ifndef COIL_PASSES_STRUCTURE_EVALUATE_H
#define COIL_PASSES_STRUCTURE_EVALUATE_H

#include "passes/structure/Literal.h"

namespace coil {

/// Whether evaluate() knows an op of this kind.
bool canEvaluate(Operation *op);

/// The elements of the op's result. All that it reads is known. Nothing where
/// the elements show that the result is for a run to find, as an index outside
/// of a tensor.
std::optional<Literal> evaluate(Operation *op, Literals literals);

} // namespace coil

#endif // COIL_PASSES_STRUCTURE_EVALUATE_H
