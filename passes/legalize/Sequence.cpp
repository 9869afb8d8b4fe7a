//===- Sequence.cpp - sequences and optional values -----------------------===//
//
// Comes in: operators on sequences whose length the model tells. Goes out: the
// tensors that are their elements; nothing of a sequence is left for the run.
// An optional value is its element, or what stands for an absent input.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/GraphLoop.h"
#include "passes/legalize/Sequence.h"

using namespace coil::onnx;

namespace coil {

SmallVector<Value> elementsOfSequence(Value sequence) {
  return llvm::to_vector(sequence.getDefiningOp<ListOp>().getElements());
}

Value sequenceOf(CoreBuilder &b, ValueRange elements) {
  return ListOp::create(b, SequenceType::get(b.getContext()), elements);
}

namespace {

FailureOr<SmallVector<Value>> elementsOf(Operation *op) {
  Value sequence = op->getOperand(0);
  if (!isSequence(sequence))
    return op->emitOpError("input 0 has type ") << sequence.getType() << ", expected a sequence", failure();
  return elementsOfSequence(sequence);
}

/// A position in [0, end), counted from the end if negative; in range whatever
/// the data says. An error at `op` where it cannot be.
FailureOr<Scalar> positionOf(Operation *op, Value position, int64_t length, int64_t end, CoreBuilder &b) {
  if (!isTensor(position))
    return op->emitOpError("the position has type ") << position.getType() << ", expected an integer", failure();
  if (failed(areIntegers(op, position)))
    return failure();
  Scalar n = cast(b.itemOf(position), b.getIndexType());
  if (b.facts.failed)
    return failure();
  if (auto known = n.constant(); end == 0 || (known && (*known < -length || *known >= end)))
    return op->emitOpError("position ") << known.value_or(0) << " is out of range for a sequence of " << length, failure();
  Scalar at = select(n < 0, n + length, n);
  b.require(inRange(at, b.index(end)), "the position is out of range for a sequence of " + Twine(length));
  return clamp(at, b.index(0), b.index(end - 1));
}

/// The element that the run tells by its position: all have one rank, and `?`
/// stands where they differ in size. An error at `op` otherwise.
FailureOr<Value> pick(Operation *op, ArrayRef<Value> list, Scalar position, CoreBuilder &b) {
  if (auto n = position.constant())
    return list[*n];
  Value first = list[0];
  for (Value x : list)
    if (!isTensor(x) || b.elementOf(x) != b.elementOf(first) || b.rankOf(x) != b.rankOf(first))
      return op->emitOpError("elements have types ") << first.getType() << " and " << x.getType()
             << ", expected one rank and element type where a position is known in the run only", failure();
  OuterDims dims(b.rankOf(first));
  for (auto [axis, d] : llvm::enumerate(dims))
    if (llvm::all_of(list, [&](Value x) { return b.same(b.dimOf(x, axis), b.dimOf(first, axis)); }))
      d = b.dimOf(first, axis);
  RankedTensorType type = typeFor(dims, b.elementOf(first));
  Value picked = b.retype(list.back(), type);
  for (int64_t k = int64_t(list.size()) - 2; k >= 0; --k)
    picked = b.choose(
        position == k, [&] { return SmallVector<Value>{b.retype(list[k], type)}; },
        [&] { return SmallVector<Value>{picked}; })[0];
  return know(picked, dims, b);
}

//===----------------------------------------------------------------------===//
// Sequences
//===----------------------------------------------------------------------===//

Result sequenceConstruct(SequenceConstructOp op, CoreBuilder &b) {
  if (failed(sameElements(op, op.getInputs())))
    return failure();
  return sequenceOf(b, op.getInputs());
}

Result sequenceEmpty(SequenceEmptyOp, CoreBuilder &b) { return sequenceOf(b, {}); }

Result sequenceInsert(SequenceInsertOp op, CoreBuilder &b) {
  auto list = elementsOf(op);
  if (failed(list))
    return failure();
  int64_t length = list->size();
  FailureOr<Scalar> at = b.index(length);
  if (given(op.getPosition()))
    at = positionOf(op, op.getPosition(), length, length + 1, b);
  if (failed(at))
    return failure();
  SmallVector<Value> result;
  for (int64_t i = 0; i <= length; ++i) {
    // What was here, the new one, or what was before.
    ArrayRef<Value> old(*list);
    Value same = i < length ? old[i] : op.getTensor(), before = i > 0 ? old[i - 1] : op.getTensor();
    auto x = pick(op, {same, op.getTensor(), before}, select(*at > i, b.index(0), select(*at == i, b.index(1), b.index(2))), b);
    if (failed(x))
      return failure();
    result.push_back(*x);
  }
  return sequenceOf(b, result);
}

Result sequenceErase(SequenceEraseOp op, CoreBuilder &b) {
  auto list = elementsOf(op);
  if (failed(list))
    return failure();
  int64_t length = list->size();
  if (length == 0)
    return op.emitOpError("the sequence is empty");
  FailureOr<Scalar> at = b.index(length - 1);
  if (given(op.getPosition()))
    at = positionOf(op, op.getPosition(), length, length, b);
  if (failed(at))
    return failure();
  SmallVector<Value> result;
  for (int64_t i = 0; i + 1 < length; ++i) {
    auto x = pick(op, {(*list)[i], (*list)[i + 1]}, select(*at > i, b.index(0), b.index(1)), b);
    if (failed(x))
      return failure();
    result.push_back(*x);
  }
  return sequenceOf(b, result);
}

Result sequenceAt(SequenceAtOp op, CoreBuilder &b) {
  auto list = elementsOf(op);
  if (failed(list))
    return failure();
  auto at = positionOf(op, op.getPosition(), list->size(), list->size(), b);
  if (failed(at))
    return failure();
  auto x = pick(op, *list, *at, b);
  return failed(x) ? Result(failure()) : Result(*x);
}

Result sequenceLength(SequenceLengthOp op, CoreBuilder &b) {
  auto list = elementsOf(op);
  if (failed(list))
    return failure();
  return b.scalar(constantOf(b, b.getI64Type(), int64_t(list->size())));
}

Result concatFromSequence(ConcatFromSequenceOp op, CoreBuilder &b) {
  auto list = elementsOf(op);
  if (failed(list))
    return failure();
  if (list->empty())
    return op.emitOpError("the sequence is empty");
  Value first = list->front();
  bool fresh = op.getNewAxis();
  for (Value x : *list)
    if (!isTensor(x) || b.rankOf(x) != b.rankOf(first) || b.elementOf(x) != b.elementOf(first))
      return op.emitOpError("elements have types ") << first.getType() << " and " << x.getType()
                                                    << ", expected one rank and element type";
  auto axis = normalAxis(op, op.getAxis(), b.rankOf(first) + fresh);
  if (failed(axis))
    return failure();
  for (Value x : *list)
    for (auto [i, d, e] : llvm::enumerate(b.dimsOf(x), b.dimsOf(first)))
      if (fresh || int64_t(i) != *axis)
        b.requireSame(e, d, "the sizes of the elements");
  if (b.facts.failed)
    return failure();
  if (!fresh)
    return b.concat(*list, *axis);
  for (Value &x : *list) {
    Dims dims = b.dimsOf(x);
    dims.insert(dims.begin() + *axis, b.dim(1));
    x = b.reshape(x, dims);
  }
  return b.concat(*list, *axis);
}

/// The sizes of the parts: as listed, of one size but for the last, or 1. Their
/// number must be known.
FailureOr<Dims> partsOf(SplitToSequenceOp op, Dim whole, CoreBuilder &b) {
  Value split = op.getSplit();
  if (given(split) && failed(areIntegers(op, split)))
    return failure();
  if (given(split) && b.rankOf(split) == 1) {
    int64_t count = b.typeOf(split).getDimSize(0);
    if (ShapedType::isDynamic(count))
      return op.emitOpError("the length of the sequence is not known: 'split' has type ") << split.getType(), failure();
    Dims parts = b.listOf(split, count, 0);
    Scalar total = b.index(0), fits = constantOf(b, b.getI1Type(), 1);
    for (Dim part : parts) {
      fits = fits & (b.index(part) >= 0);
      total = total + b.index(part);
    }
    fits = fits & (total == b.index(whole));
    if (fits.constant() == 0)
      return op.emitOpError("the parts of 'split' do not add up to the dimension"), failure();
    b.require(fits, "the parts of 'split' do not add up to the dimension");
    return parts;
  }
  auto length = b.constant(whole), size = given(split) ? b.itemOf(split).constant() : 1;
  if (b.facts.failed)
    return failure();
  if (!length || !size)
    return op.emitOpError("the length of the sequence is not known when the model is compiled: the ")
           << (size ? "dimension" : "size of its parts") << " is not", failure();
  if (*size <= 0)
    return op.emitOpError("'split' is ") << *size << ", expected a positive number", failure();
  Dims parts;
  for (int64_t rest = *length; rest > 0; rest -= *size)
    parts.push_back(b.dim(std::min(rest, *size)));
  return parts;
}

Result splitToSequence(SplitToSequenceOp op, CoreBuilder &b) {
  Value x = op.getInput();
  Dims sizes = b.dimsOf(x);
  auto axis = normalAxis(op, op.getAxis(), sizes.size());
  if (failed(axis))
    return failure();
  auto parts = partsOf(op, sizes[*axis], b);
  if (failed(parts))
    return failure();
  Dims offsets(sizes.size(), b.dim(0)), ones(sizes.size(), b.dim(1));
  SmallVector<Value> list;
  for (Dim part : *parts) {
    sizes[*axis] = part;
    Value y = b.slice(x, offsets, sizes, ones);
    offsets[*axis] = b.sum(offsets[*axis], part);
    if (!given(op.getSplit()) && !op.getKeepdims()) {
      Dims less(sizes);
      less.erase(less.begin() + *axis);
      y = b.reshape(y, less);
    }
    list.push_back(y);
  }
  return sequenceOf(b, list);
}

/// The body once for each element.
Result sequenceMap(SequenceMapOp op, CoreBuilder &b) {
  auto first = elementsOf(op);
  if (failed(first))
    return failure();
  SmallVector<SmallVector<Value>> results(op.getNumResults());
  for (size_t i = 0; i < first->size(); ++i) {
    auto copy = cast<SequenceMapOp>(b.OpBuilder::insert(op->clone()));
    Block &body = copy.getBody().front();
    for (auto [k, operand] : llvm::enumerate(op->getOperands())) {
      Value value = operand;
      if (isSequence(operand)) {
        SmallVector<Value> list = elementsOfSequence(operand);
        if (list.size() != first->size())
          return op.emitOpError("has sequences of ") << first->size() << " and " << list.size() << " elements";
        value = list[i];
      }
      body.getArgument(k).replaceAllUsesWith(value);
    }
    Result outputs = inlineGraph(copy, body, b);
    if (failed(outputs.values))
      return failure();
    for (auto [list, value] : llvm::zip(results, *outputs.values))
      list.push_back(value);
    copy.erase();
  }
  SmallVector<Value> sequences;
  for (ArrayRef<Value> list : results)
    sequences.push_back(sequenceOf(b, list));
  return sequences;
}

//===----------------------------------------------------------------------===//
// Optional values
//===----------------------------------------------------------------------===//

Result optional(OptionalOp op, CoreBuilder &) { return op.getX(); }

Result optionalGetElement(OptionalGetElementOp op, CoreBuilder &) {
  if (!given(op.getX()))
    return op.emitOpError("the optional value has no element");
  return op.getX();
}

Result optionalHasElement(OptionalHasElementOp op, CoreBuilder &b) {
  return b.scalar(constantOf(b, b.getI1Type(), given(op.getX())));
}

} // namespace

void addSequenceRecipes(RecipeTable &table) {
  table.add<sequenceConstruct, sequenceEmpty, sequenceInsert, sequenceErase, sequenceAt, sequenceLength,
            concatFromSequence, splitToSequence, sequenceMap, optional, optionalGetElement, optionalHasElement>();
}

} // namespace coil
