//===- Sequence.h - sequences as lists of values --------------------------===//
//
// Legalization knows a sequence as the onnx.List of its elements, whose number
// does not change. Lists have no users when it is done.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_SEQUENCE_H
#define COIL_PASSES_LEGALIZE_SEQUENCE_H

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

namespace coil {

inline bool isSequence(Value value) { return isa<onnx::SequenceType>(value.getType()); }
inline bool isTensor(Value value) { return isa<RankedTensorType>(value.getType()); }
/// The elements of a sequence.
SmallVector<Value> elementsOfSequence(Value sequence);
/// The sequence of these elements.
Value sequenceOf(CoreBuilder &b, ValueRange elements);

/// Erases what only stood for sequences and absent values.
void eraseUnused(Block &block);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_SEQUENCE_H
