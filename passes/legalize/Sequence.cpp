//===- Sequence.cpp - sequences and optional values -----------------------===//
//
// Comes in: operators on sequences. Goes out: where the model tells the length,
// the tensors that are the elements, and nothing of a sequence is left for the
// run; elsewhere what SequenceRun.cpp makes. An optional value that the model
// tells is its element, or what stands for an absent input.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/GraphLoop.h"
#include "passes/legalize/Sequence.h"

using namespace coil::onnx;

namespace coil {

SmallVector<Value> elementsOfSequence(Value list) { return llvm::to_vector(list.getDefiningOp<ListOp>().getElements()); }

Value sequenceOf(CoreBuilder &b, ValueRange elements, Type none) {
  Type element = elements.empty() && none ? none : Type(b.getNoneType());
  for (Value x : elements)
    element = core::joinElements(element, x.getType());
  return ListOp::create(b, core::SequenceType::get(element), elements);
}

namespace {

/// Operand 0 is a sequence, of a known length or not.
LogicalResult hasSequence(Operation *op) {
  if (isSequence(op->getOperand(0)))
    return success();
  return op->emitOpError("input 0 has type ") << op->getOperand(0).getType() << ", expected a sequence";
}

FailureOr<Scalar> positionOf(Operation *op, Value position, int64_t length, int64_t end, CoreBuilder &b) {
  return coil::positionOf(op, position, b.index(length), b.index(end), b);
}

bool areAlike(ArrayRef<Value> list) {
  return llvm::all_of(list, [&](Value x) { return coil::areAlike(x, list[0]); });
}

/// The element that the run tells by its position; they are alike if it is not
/// known, and `?` stands where they differ in size.
Value pick(ArrayRef<Value> list, Scalar position, CoreBuilder &b) {
  if (auto n = position.constant())
    return list[*n];
  Value first = list[0];
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
  for (Value x : op.getInputs())
    if (!isTensor(x))
      return op.emitOpError("an element has type ") << x.getType() << ", expected a tensor";
  if (failed(sameElements(op, op.getInputs())))
    return failure();
  return sequenceOf(b, op.getInputs());
}

Result sequenceEmpty(SequenceEmptyOp op, CoreBuilder &b) {
  return sequenceOf(b, {}, op.getDtype().value_or(b.getF32Type()));
}

/// Where a run tells the position, what is of different ranks needs a sequence of
/// the run.
bool isKnown(Value position, CoreBuilder &b) {
  return !given(position) || !isTensor(position) || b.integersOf(position);
}

Result sequenceInsert(SequenceInsertOp op, CoreBuilder &b) {
  if (failed(hasSequence(op)))
    return failure();
  Value sequence = op.getSequence();
  SmallVector<Value> list = isList(sequence) ? elementsOfSequence(sequence) : SmallVector<Value>();
  int64_t length = list.size();
  list.push_back(op.getTensor());
  if (!isList(sequence) || !(isKnown(op.getPosition(), b) || areAlike(list)))
    return insertInRun(op, sequence, b);
  if (failed(sameElements(op, list)))
    return failure();
  list.pop_back();
  FailureOr<Scalar> at = b.index(length);
  if (given(op.getPosition()))
    at = positionOf(op, op.getPosition(), length, length + 1, b);
  if (failed(at))
    return failure();
  SmallVector<Value> result;
  for (int64_t i = 0; i <= length; ++i) {
    // What was here, the new one, or what was before.
    Value same = i < length ? list[i] : op.getTensor(), before = i > 0 ? list[i - 1] : op.getTensor();
    Scalar which = select(*at > i, b.index(0), select(*at == i, b.index(1), b.index(2)));
    result.push_back(pick({same, op.getTensor(), before}, which, b));
  }
  return sequenceOf(b, result);
}

Result sequenceErase(SequenceEraseOp op, CoreBuilder &b) {
  if (failed(hasSequence(op)))
    return failure();
  Value sequence = op.getSequence();
  if (!isList(sequence))
    return eraseInRun(op, sequence, b);
  SmallVector<Value> list = elementsOfSequence(sequence);
  int64_t length = list.size();
  if (length == 0)
    return op.emitOpError("the sequence is empty");
  if (!isKnown(op.getPosition(), b) && !areAlike(list))
    return eraseInRun(op, sequence, b);
  FailureOr<Scalar> at = b.index(length - 1);
  if (given(op.getPosition()))
    at = positionOf(op, op.getPosition(), length, length, b);
  if (failed(at))
    return failure();
  SmallVector<Value> result;
  for (int64_t i = 0; i + 1 < length; ++i)
    result.push_back(pick({list[i], list[i + 1]}, select(*at > i, b.index(0), b.index(1)), b));
  return sequenceOf(b, result, isTensor(list[0]) ? b.elementOf(list[0]) : Type());
}

Result sequenceAt(SequenceAtOp op, CoreBuilder &b) {
  if (failed(hasSequence(op)))
    return failure();
  Value sequence = op.getSequence();
  if (!isList(sequence))
    return atInRun(op, sequence, b);
  SmallVector<Value> list = elementsOfSequence(sequence);
  if (!isKnown(op.getPosition(), b) && !areAlike(list))
    return atInRun(op, sequence, b);
  auto at = positionOf(op, op.getPosition(), list.size(), list.size(), b);
  return failed(at) ? Result(failure()) : Result(pick(list, *at, b));
}

Result sequenceLength(SequenceLengthOp op, CoreBuilder &b) {
  if (failed(hasSequence(op)))
    return failure();
  Value sequence = op.getSequence();
  if (isList(sequence))
    return b.scalar(constantOf(b, b.getI64Type(), int64_t(elementsOfSequence(sequence).size())));
  return b.scalar(cast(lengthInRun(sequence, b), b.getI64Type()));
}

Result concatFromSequence(ConcatFromSequenceOp op, CoreBuilder &b) {
  if (failed(hasSequence(op)))
    return failure();
  if (!isList(op.getSequence()))
    return concatInRun(op, b);
  SmallVector<Value> list = elementsOfSequence(op.getSequence());
  if (list.empty())
    return op.emitOpError("the sequence is empty");
  Value first = list.front();
  bool fresh = op.getNewAxis();
  for (Value x : list)
    if (!coil::areAlike(first, x))
      return op.emitOpError("elements have types ") << first.getType() << " and " << x.getType()
                                                    << ", expected one rank and element type";
  auto axis = normalAxis(op, op.getAxis(), b.rankOf(first) + fresh);
  if (failed(axis))
    return failure();
  for (Value x : list)
    for (auto [i, d, e] : llvm::enumerate(b.dimsOf(x), b.dimsOf(first)))
      if (fresh || int64_t(i) != *axis)
        b.requireSame(e, d, "the sizes of the elements");
  if (b.facts.failed)
    return failure();
  if (!fresh)
    return b.concat(list, *axis);
  for (Value &x : list) {
    Dims dims = b.dimsOf(x);
    dims.insert(dims.begin() + *axis, b.dim(1));
    x = b.reshape(x, dims);
  }
  return b.concat(list, *axis);
}

/// The sizes of the parts: as listed, of one size but for the last, or 1. None
/// where the run tells their number.
FailureOr<std::optional<Dims>> partsOf(SplitToSequenceOp op, Dim whole, CoreBuilder &b) {
  Value split = op.getSplit();
  if (given(split) && failed(areIntegers(op, split)))
    return failure();
  if (given(split) && b.rankOf(split) > 1)
    return op.emitOpError("'split' has type ") << split.getType() << ", expected one integer or a list", failure();
  if (given(split) && b.rankOf(split) == 1) {
    int64_t count = b.typeOf(split).getDimSize(0);
    if (ShapedType::isDynamic(count) || count > kMostOneByOne)
      return std::optional<Dims>();
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
    return std::optional<Dims>(parts);
  }
  auto length = b.constant(whole), size = given(split) ? b.itemOf(split).constant() : 1;
  if (b.facts.failed)
    return failure();
  if (size && *size <= 0)
    return op.emitOpError("'split' is ") << *size << ", expected a positive number", failure();
  if (!length || !size || *length / *size > kMostOneByOne)
    return std::optional<Dims>();
  Dims parts;
  for (int64_t rest = *length; rest > 0; rest -= *size)
    parts.push_back(b.dim(std::min(rest, *size)));
  return std::optional<Dims>(parts);
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
  if (!*parts)
    return splitInRun(op, *axis, b);
  Dims offsets(sizes.size(), b.dim(0)), ones(sizes.size(), b.dim(1));
  SmallVector<Value> list;
  for (Dim part : **parts) {
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
  return sequenceOf(b, list, b.elementOf(x));
}

/// The body once for each element.
Result mapEach(SequenceMapOp op, CoreBuilder &b) {
  SmallVector<Value> first = elementsOfSequence(op.getSequence());
  SmallVector<SmallVector<Value>> results(op.getNumResults());
  for (size_t i = 0; i < first.size(); ++i) {
    auto copy = cast<SequenceMapOp>(b.OpBuilder::insert(op->clone()));
    Block &body = copy.getBody().front();
    for (auto [k, operand] : llvm::enumerate(op->getOperands()))
      body.getArgument(k).replaceAllUsesWith(isSequence(operand) ? elementsOfSequence(operand)[i] : operand);
    Result outputs = inlineGraph(copy, body, b);
    if (failed(outputs.values))
      return failure();
    for (auto [k, value] : llvm::enumerate(*outputs.values)) {
      if (!isTensor(value))
        return op.emitOpError("output ") << k << " of the body has type " << value.getType() << ", expected a tensor";
      results[k].push_back(value);
    }
    copy.erase();
  }
  SmallVector<Value> sequences;
  for (ArrayRef<Value> list : results) {
    if (failed(sameElements(op, list)))
      return failure();
    sequences.push_back(sequenceOf(b, list));
  }
  return sequences;
}

Result sequenceMap(SequenceMapOp op, CoreBuilder &b) {
  if (failed(hasSequence(op)))
    return failure();
  std::optional<size_t> length;
  bool known = true;
  for (Value operand : op->getOperands()) {
    if (!isSequence(operand))
      continue;
    known &= isList(operand);
    if (!isList(operand))
      continue;
    size_t own = elementsOfSequence(operand).size();
    if (length && *length != own)
      return op.emitOpError("has sequences of ") << *length << " and " << own << " elements";
    length = own;
  }
  return known && *length <= kMostOneByOne ? mapEach(op, b) : mapInRun(op, b);
}

//===----------------------------------------------------------------------===//
// Optional values
//===----------------------------------------------------------------------===//

Result optional(OptionalOp op, CoreBuilder &) { return op.getX(); }

Result optionalGetElement(OptionalGetElementOp op, CoreBuilder &b) {
  Value x = op.getX();
  if (!given(x))
    return op.emitOpError("the optional value has no element");
  if (!isOptional(x))
    return x;
  auto type = contentType(op, x, statedRank(op->getResult(0)));
  if (failed(type))
    return failure();
  b.require(Scalar(b, core::OptionalHasOp::create(b, b.getI1Type(), x)), "the optional value has no element");
  return Value(core::OptionalGetOp::create(b, *type, x));
}

Result optionalHasElement(OptionalHasElementOp op, CoreBuilder &b) {
  if (isOptional(op.getX()))
    return b.scalar(Scalar(b, core::OptionalHasOp::create(b, b.getI1Type(), op.getX())));
  return b.scalar(constantOf(b, b.getI1Type(), given(op.getX())));
}

} // namespace

void addSequenceRecipes(RecipeTable &table) {
  table.add<sequenceConstruct, sequenceEmpty, sequenceInsert, sequenceErase, sequenceAt, sequenceLength,
            concatFromSequence, splitToSequence, sequenceMap, optional, optionalGetElement, optionalHasElement>();
}

} // namespace coil
