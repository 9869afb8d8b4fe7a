//===- Epilogue.h - what can be done to a sum on its registers ------------===//
#ifndef COIL_PASSES_SUPPORT_EPILOGUE_H
#define COIL_PASSES_SUPPORT_EPILOGUE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace coil {
using namespace mlir;

/// Whether an elementwise op, on tensors or buffers, can be done on the vectors of
/// a sum that it reads as it is: it reads and writes side by side what the sum has
/// side by side.
bool isEpilogue(linalg::GenericOp op);

/// Whether `read`, of an epilogue, is the result of `sum`, element by element.
bool readsAsItIs(OpOperand *read, linalg::GenericOp sum);

/// Whether some input serves several elements of the result in each term: a
/// product, and not the sum of a row.
bool isContraction(linalg::GenericOp op);

} // namespace coil

#endif // COIL_PASSES_SUPPORT_EPILOGUE_H
