//===- Sequence.h - sequences and optional values while legalizing --------===//
//
// A sequence whose length the program tells is the onnx.List of its elements:
// operators take and give elements, and nothing of it is left for the run. Any
// other is a value of type !coil.sequence, as is a list that meets one. Lists
// have no users when legalization is done.
//
// An optional value that the program tells is its element, or what stands for an
// absent input; any other is of type !coil.optional.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_SEQUENCE_H
#define COIL_PASSES_LEGALIZE_SEQUENCE_H

#include "dialects/coil/Core.h"
#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

namespace coil {

inline bool isSequence(Value value) { return isa<core::SequenceType>(value.getType()); }
inline bool isOptional(Value value) { return isa<core::OptionalType>(value.getType()); }
inline bool isTensor(Value value) { return isa<RankedTensorType>(value.getType()); }
/// A sequence of a known length.
inline bool isList(Value value) { return value.getDefiningOp<onnx::ListOp>() != nullptr; }
/// Tensors of one rank and element type, of which a run may choose one.
inline bool areAlike(Value x, Value y) {
  return isTensor(x) && isTensor(y) && CoreBuilder::elementOf(x) == CoreBuilder::elementOf(y) &&
         CoreBuilder::rankOf(x) == CoreBuilder::rankOf(y);
}
/// The most parts, elements or iterations that become ops one by one; more need a
/// loop.
constexpr int64_t kMostOneByOne = 1024;
/// The elements of a list.
SmallVector<Value> elementsOfSequence(Value list);
/// The list of these tensors, of one element type; without any, `none` says what
/// else is known.
Value sequenceOf(CoreBuilder &b, ValueRange elements, Type none = {});

/// The type of a sequence or an optional value that a run makes of `value`: what
/// is no sequence becomes an optional value.
Type containerType(Value value);
/// `value` as such a sequence or optional value, of a type that holds it.
Value asContainer(CoreBuilder &b, Value value, Type type);
/// The same; a list becomes a sequence of the run.
inline Value asContainer(CoreBuilder &b, Value value) { return asContainer(b, value, containerType(value)); }

/// `position` of a sequence as one in [0, end), counted from the end of `length`
/// if negative; in range whatever the data says. An error at `op` where it
/// cannot be.
FailureOr<Scalar> positionOf(Operation *op, Value position, Scalar length, Scalar end, CoreBuilder &b);

/// The type of what an optional value holds, a tensor with a rank, if need be the
/// one that the model states. An error at `op` without.
FailureOr<Type> contentType(Operation *op, Value optional, std::optional<int64_t> stated);

// What operators do to sequences of unknown length.
Result insertInRun(onnx::SequenceInsertOp op, Value sequence, CoreBuilder &b);
Result eraseInRun(onnx::SequenceEraseOp op, Value sequence, CoreBuilder &b);
Result atInRun(onnx::SequenceAtOp op, Value sequence, CoreBuilder &b);
Scalar lengthInRun(Value sequence, CoreBuilder &b);
Result concatInRun(onnx::ConcatFromSequenceOp op, CoreBuilder &b);
Result splitInRun(onnx::SplitToSequenceOp op, int64_t axis, CoreBuilder &b);
Result mapInRun(onnx::SequenceMapOp op, CoreBuilder &b);

/// Makes inputs whose length is to be fixed (onnx.length) lists of their elements,
/// and the run check it. An error at the function where that cannot be.
LogicalResult fixLengths(func::FuncOp func, TensorFacts &facts);

/// Makes each result of the function what its signature can say: no lists, and a
/// sequence or an optional value where the model states one. An error at the
/// function where that cannot be.
LogicalResult finishResults(func::FuncOp func, TensorFacts &facts);

/// Erases what only stood for sequences and absent values.
void eraseUnused(Block &block);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_SEQUENCE_H
