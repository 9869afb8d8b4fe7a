//===- Elementwise.h - operators that compute element by element ----------===//
#ifndef COIL_PASSES_LEGALIZE_ELEMENTWISE_H
#define COIL_PASSES_LEGALIZE_ELEMENTWISE_H

#include "mlir/IR/Operation.h"

namespace coil {

/// The result has the shape of operand 0, whatever that is.
bool keepsShape(mlir::Operation *op);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_ELEMENTWISE_H
