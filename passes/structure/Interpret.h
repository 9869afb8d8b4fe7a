//===- Interpret.h - ops with a body, on known tensors --------------------===//
#ifndef COIL_PASSES_STRUCTURE_INTERPRET_H
#define COIL_PASSES_STRUCTURE_INTERPRET_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/structure/Evaluate.h"

namespace coil {

bool canInterpret(linalg::LinalgOp op);

/// As evaluate().
std::optional<Literal> interpret(linalg::LinalgOp op, Literals literals);

} // namespace coil

#endif // COIL_PASSES_STRUCTURE_INTERPRET_H
