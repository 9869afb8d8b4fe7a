//===- SequenceRun.cpp - sequences whose length only the run tells --------===//
//
// Comes in: operators on sequences of the run, or with a length that the data
// tells. Goes out: coil ops that make sequences, and loops over their elements.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/Sequence.h"

using namespace coil::onnx;

namespace coil {

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

Type containerType(Value value) {
  Type type = value.getType();
  if (isSequence(value) || isOptional(value))
    return type;
  return core::OptionalType::get(type); // of a tensor, or of `none`
}

static Value retypeContainer(CoreBuilder &b, Value value, Type type) {
  return b.createOrFold<core::SequenceCastOp>(type, value);
}

/// A sequence as one of the run, of a type that holds it.
static Value asSequence(CoreBuilder &b, Value value, core::SequenceType type) {
  if (!isList(value))
    return retypeContainer(b, value, type);
  Value sequence = core::SequenceEmptyOp::create(b, type);
  for (auto [i, element] : llvm::enumerate(elementsOfSequence(value)))
    sequence = core::SequenceInsertOp::create(b, element, sequence, b.index(int64_t(i)).value());
  return sequence;
}

Value asContainer(CoreBuilder &b, Value value, Type type) {
  if (auto sequence = dyn_cast<core::SequenceType>(type))
    return asSequence(b, value, sequence);
  if (isOptional(value))
    return retypeContainer(b, value, type);
  if (!given(value))
    return core::OptionalNoneOp::create(b, type);
  auto inner = dyn_cast<core::SequenceType>(cast<core::OptionalType>(type).getElement());
  return core::OptionalSomeOp::create(b, type, inner ? asSequence(b, value, inner) : value);
}

//===----------------------------------------------------------------------===//
// Positions and elements
//===----------------------------------------------------------------------===//

FailureOr<Scalar> positionOf(Operation *op, Value position, Scalar length, Scalar end, CoreBuilder &b) {
  if (failed(areIntegers(op, position)))
    return failure();
  Dim count = b.sizeOf(position);
  if (auto known = b.constant(count); known && *known != 1)
    return op->emitOpError("the position has type ") << position.getType() << ", expected one integer", failure();
  b.require(b.index(count) == 1, "the position is not one number");
  Scalar n = cast(b.itemOf(position), b.getIndexType());
  if (b.facts.failed)
    return failure();
  auto known = n.constant(), size = length.constant(), limit = end.constant();
  if (size && (*limit == 0 || (known && (*known < -*size || *known >= *limit))))
    return op->emitOpError("position ") << known.value_or(0) << " is out of range for a sequence of " << *size, failure();
  Scalar at = select(n < 0, n + length, n);
  b.require(inRange(at, end), size ? "the position is out of range for a sequence of " + Twine(*size)
                                   : Twine("the position is out of range for the sequence"));
  return clamp(at, b.index(0), end - 1);
}

Scalar lengthInRun(Value sequence, CoreBuilder &b) {
  return Scalar(b, core::SequenceLengthOp::create(b, b.getIndexType(), sequence));
}

static Type elementOf(Value sequence) { return cast<core::SequenceType>(sequence.getType()).getElement(); }

/// What is known of each element, with a rank: that of the elements, or the one
/// that the model states of what is made of one. An error at `op` without.
static FailureOr<RankedTensorType> rankedElement(Operation *op, Type element, std::optional<int64_t> stated) {
  if (auto known = dyn_cast<RankedTensorType>(element))
    return known;
  if (isa<NoneType>(element))
    return op->emitOpError("the element type is not known: nothing says what is held"), failure();
  auto tensor = dyn_cast<TensorType>(element);
  // One without elements: whatever is done with its elements is never done.
  if (!stated && !tensor)
    stated = 0;
  if (!stated)
    return op->emitOpError("the rank of the element is not known: it is of type ") << element
           << ", and the model does not state the shape of the result", failure();
  SmallVector<int64_t> shape(*stated, ShapedType::kDynamic);
  return RankedTensorType::get(shape, tensor ? tensor.getElementType() : element);
}

FailureOr<Type> contentType(Operation *op, Value optional, std::optional<int64_t> stated) {
  Type content = cast<core::OptionalType>(optional.getType()).getElement();
  if (isa<core::SequenceType>(content))
    return content;
  auto type = rankedElement(op, content, stated);
  return failed(type) ? FailureOr<Type>(failure()) : FailureOr<Type>(*type);
}

static Value elementAt(Value sequence, Scalar position, RankedTensorType type, CoreBuilder &b) {
  return core::SequenceAtOp::create(b, type, sequence, position.value());
}

/// The sequence with one more element at its end; `type` holds both.
static Value append(Value element, Value sequence, CoreBuilder &b) {
  return core::SequenceInsertOp::create(b, element, sequence, lengthInRun(sequence, b).value());
}

LogicalResult fixLengths(func::FuncOp func, TensorFacts &facts) {
  for (BlockArgument arg : func.getArguments()) {
    auto length = func.getArgAttrOfType<IntegerAttr>(arg.getArgNumber(), "onnx.length");
    if (!length || !isSequence(arg))
      continue;
    auto name = func.getArgAttrOfType<StringAttr>(arg.getArgNumber(), "onnx.name");
    auto type = dyn_cast<RankedTensorType>(elementOf(arg));
    if (!type)
      return func.emitError("the length of input '") << (name ? name.getValue() : "")
             << "' cannot be fixed: of its elements only the type " << elementOf(arg) << " is known";
    OpBuilder builder = OpBuilder::atBlockBegin(&func.front());
    Location loc = name ? Location(NameLoc::get(name, func.getLoc())) : func.getLoc();
    CoreBuilder b(loc, builder, facts);
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : arg.getUses())
      uses.push_back(&use);
    b.require(lengthInRun(arg, b) == length.getInt(), "a sequence of " + Twine(length.getInt()) + " elements is expected");
    SmallVector<Value> elements;
    for (int64_t i = 0; i < length.getInt(); ++i)
      elements.push_back(elementAt(arg, b.index(i), type, b));
    Value list = sequenceOf(b, elements);
    for (OpOperand *use : uses)
      use->set(list);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Operators on one sequence
//===----------------------------------------------------------------------===//

Result insertInRun(SequenceInsertOp op, Value sequence, CoreBuilder &b) {
  Value tensor = op.getTensor();
  Type element = core::joinElements(elementOf(sequence), tensor.getType());
  if (!element)
    return op.emitOpError("the tensor has type ") << tensor.getType() << ", and the sequence elements of type "
                                                  << elementOf(sequence);
  if (b.rankOf(tensor) > core::kMaxRank)
    return op.emitOpError("the tensor has rank ") << b.rankOf(tensor) << ", expected at most " << core::kMaxRank;
  sequence = asContainer(b, sequence, core::SequenceType::get(element));
  Scalar length = lengthInRun(sequence, b);
  FailureOr<Scalar> at = length;
  if (given(op.getPosition()))
    at = positionOf(op, op.getPosition(), length, length + 1, b);
  if (failed(at))
    return failure();
  return Value(core::SequenceInsertOp::create(b, tensor, sequence, at->value()));
}

Result eraseInRun(SequenceEraseOp op, Value sequence, CoreBuilder &b) {
  sequence = asContainer(b, sequence);
  Scalar length = lengthInRun(sequence, b);
  FailureOr<Scalar> at = length - 1;
  if (given(op.getPosition()))
    at = positionOf(op, op.getPosition(), length, length, b);
  else
    b.require(length > 0, "the sequence is empty");
  if (failed(at))
    return failure();
  return Value(core::SequenceEraseOp::create(b, sequence, at->value()));
}

Result atInRun(SequenceAtOp op, Value sequence, CoreBuilder &b) {
  auto type = rankedElement(op, elementOf(sequence), statedRank(op->getResult(0)));
  if (failed(type))
    return failure();
  sequence = asContainer(b, sequence);
  Scalar length = lengthInRun(sequence, b);
  auto at = positionOf(op, op.getPosition(), length, length, b);
  if (failed(at))
    return failure();
  return elementAt(sequence, *at, *type, b);
}

/// One element after the other goes to its place in the result, whose length
/// along the axis is counted first.
Result concatInRun(ConcatFromSequenceOp op, CoreBuilder &b) {
  Value sequence = op.getSequence();
  bool fresh = op.getNewAxis();
  auto stated = statedRank(op->getResult(0));
  if (stated)
    *stated = std::max<int64_t>(*stated - fresh, 0);
  auto type = rankedElement(op, elementOf(sequence), stated);
  if (failed(type))
    return failure();
  int64_t rank = type->getRank();
  auto axis = normalAxis(op, op.getAxis(), rank + fresh);
  if (failed(axis))
    return failure();

  Scalar count = lengthInRun(sequence, b), zero = b.index(0);
  b.require(count > 0, "the sequence is empty");
  Dims dims = b.dimsOf(elementAt(sequence, zero, *type, b));
  Scalar total = fresh ? count : b.fold(count, zero, [&](Scalar i, Scalar sum) {
    return sum + b.index(b.dimOf(elementAt(sequence, i, *type, b), *axis));
  });
  Dims all(dims);
  if (fresh)
    all.insert(all.begin() + *axis, b.dim(total));
  else
    all[*axis] = b.dim(total);
  Value whole = tensor::EmptyOp::create(b, all, type->getElementType());
  b.remember(whole, all);
  return b.loop(b.dim(count), {whole, zero.value()}, [&](Scalar i, ArrayRef<Value> carried) -> SmallVector<Value> {
    Value part = elementAt(sequence, i, *type, b);
    Dims sizes = b.dimsOf(part);
    Dim length = fresh ? b.dim(1) : sizes[*axis];
    for (auto [k, d, e] : llvm::enumerate(sizes, dims))
      if (fresh || int64_t(k) != *axis) {
        b.requireSame(d, e, "the sizes of the elements");
        d = e;
      }
    if (fresh)
      sizes.insert(sizes.begin() + *axis, length);
    Dims offsets(sizes.size(), b.dim(0)), ones(sizes.size(), b.dim(1));
    offsets[*axis] = b.dim(Scalar(b, carried[1]));
    part = b.reshape(part, sizes);
    Value next = tensor::InsertSliceOp::create(b, b.retype(part, b.tensorOf(sizes, type->getElementType())), carried[0],
                                               offsets, sizes, ones);
    return {b.remember(next, all), (Scalar(b, carried[1]) + b.index(length)).value()};
  })[0];
}

//===----------------------------------------------------------------------===//
// SplitToSequence
//===----------------------------------------------------------------------===//

Result splitInRun(SplitToSequenceOp op, int64_t axis, CoreBuilder &b) {
  Value x = op.getInput(), split = op.getSplit();
  Dims sizes = b.dimsOf(x);
  bool listed = given(split) && b.rankOf(split) == 1, drop = !given(split) && !op.getKeepdims();
  Scalar whole = b.index(sizes[axis]), zero = b.index(0), size = b.index(1), count;
  if (listed) {
    count = b.index(b.dimOf(split, 0));
  } else {
    if (given(split))
      size = cast(b.itemOf(split), b.getIndexType());
    if (b.facts.failed)
      return failure();
    b.require(size > 0, "'split' is not positive");
    size = clamp(size, b.index(1), max(whole, b.index(1)));
    count = (whole + size - 1) / size;
  }

  SmallVector<int64_t> shape(b.typeOf(x).getShape());
  shape[axis] = given(split) ? ShapedType::kDynamic : 1;
  if (drop)
    shape.erase(shape.begin() + axis);
  auto type = RankedTensorType::get(shape, b.elementOf(x));
  Value empty = core::SequenceEmptyOp::create(b, core::SequenceType::get(type));
  auto results = b.loop(b.dim(count), {empty, zero.value()}, [&](Scalar i, ArrayRef<Value> carried) -> SmallVector<Value> {
    Scalar offset(b, carried[1]), part = size;
    if (listed) {
      part = cast(b.load(split, i), b.getIndexType());
      b.require((part >= 0) & (part <= whole - offset), "the parts of 'split' do not add up to the dimension");
      part = clamp(part, b.index(0), whole - offset);
    } else if (given(split)) {
      part = min(part, whole - offset);
    }
    Dims offsets(sizes.size(), b.dim(0)), ones(sizes.size(), b.dim(1)), extent(sizes);
    offsets[axis] = b.dim(offset);
    extent[axis] = b.dim(part);
    Value y = b.slice(x, offsets, extent, ones);
    if (drop) {
      extent.erase(extent.begin() + axis);
      y = b.reshape(y, extent);
    }
    return {append(b.retype(y, type), carried[0], b), (offset + part).value()};
  });
  if (listed)
    b.require(Scalar(b, results[1]) == whole, "the parts of 'split' do not add up to the dimension");
  return results[0];
}

//===----------------------------------------------------------------------===//
// SequenceMap
//===----------------------------------------------------------------------===//

/// The loop that ONNX defines it as, legalized in its place.
Result mapInRun(SequenceMapOp op, CoreBuilder &b) {
  Type untyped = ValueType::get(b.getContext()), none = b.getNoneType();
  Scalar count = isList(op.getSequence()) ? b.index(int64_t(elementsOfSequence(op.getSequence()).size()))
                                          : lengthInRun(op.getSequence(), b);
  for (Value other : op.getOthers())
    if (isSequence(other) && !isList(other))
      b.require(lengthInRun(other, b) == count, "the sequences differ in length");
    else if (isSequence(other))
      b.require(count == int64_t(elementsOfSequence(other).size()), "the sequences differ in length");
  Value absent = NoneOp::create(b, none), trips = b.scalar(cast(count, b.getI64Type()));

  // In a block of its own, so that it is legalized like any other graph.
  Block *graph = b.createBlock(&op.getBody());
  SmallVector<Value> initial(op->getNumResults(), sequenceOf(b, {}, none)), operands{trips, absent};
  llvm::append_range(operands, initial);
  OperationState state(op.getLoc(), LoopOp::getOperationName(), operands,
                       SmallVector<Type>(op->getNumResults(), untyped));
  state.addRegion();
  auto loop = cast<LoopOp>(b.OpBuilder::create(state));
  YieldOp::create(b, loop->getResults());

  auto ranks = op->getAttrOfType<DenseI64ArrayAttr>("onnx.ranks"); // that the body's graph states
  Block &from = op.getBody().front(), *to = b.createBlock(&loop.getBody());
  Value i = to->addArgument(untyped, op.getLoc()), go = to->addArgument(untyped, op.getLoc());
  for (auto [k, operand] : llvm::enumerate(op->getOperands())) {
    Value element = operand;
    if (isSequence(operand)) {
      auto at = SequenceAtOp::create(b, untyped, operand, i);
      if (ranks && int64_t(k) < ranks.size() && ranks[k] >= 0)
        at->setAttr("onnx.rank", b.getI64IntegerAttr(ranks[k]));
      element = at;
    }
    from.getArgument(k).replaceAllUsesWith(element);
  }
  Operation *yield = from.getTerminator();
  SmallVector<Value> outputs(yield->getOperands()), next{go};
  yield->erase();
  to->getOperations().splice(to->end(), from.getOperations());
  b.setInsertionPointToEnd(to);
  for (Value output : outputs) {
    Value sequence = to->addArgument(untyped, op.getLoc());
    next.push_back(SequenceInsertOp::create(b, untyped, sequence, output, absent));
  }
  YieldOp::create(b, next);
  b.setInsertionPoint(op);
  return inlineGraph(op, *graph, b);
}

} // namespace coil
