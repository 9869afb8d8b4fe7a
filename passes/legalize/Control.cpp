//===- Control.cpp - If, Loop and Scan ------------------------------------===//
//
// A branch or body is legalized like the graph around it, whose values it may
// use. A branch whose condition is known takes the place of its If.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/GraphLoop.h"
#include "passes/legalize/Sequence.h"

using namespace coil::onnx;

namespace coil {
namespace {

//===----------------------------------------------------------------------===//
// If
//===----------------------------------------------------------------------===//

/// The branch's ops, legalized, instead of the op.
Result spliceGraph(Operation *op, Block &graph) {
  SmallVector<Value> outputs(graph.getTerminator()->getOperands());
  op->getBlock()->getOperations().splice(op->getIterator(), graph.getOperations(), graph.begin(),
                                         std::prev(graph.end()));
  return outputs;
}

} // namespace

Result inlineGraph(Operation *op, Block &graph, CoreBuilder &b) {
  if (failed(legalizeBlock(graph, b.facts)))
    return failure();
  return spliceGraph(op, graph);
}

namespace {

/// A tensor has one rank. Where the branches have two, as exporters write for
/// "squeeze if the dimension is one", the ops behind fit one of them: that one
/// is compiled, and a run that would take the other fails with a message.
Result assumeBranch(IfOp op, Scalar condition, CoreBuilder &b) {
  bool taken = b.facts.assumptions->next();
  b.require(condition == int64_t(taken),
            Twine("the ") + (taken ? "else" : "then") + " branch gives another rank or length than the one compiled for");
  return spliceGraph(op, (taken ? op.getThenBranch() : op.getElseBranch()).front());
}

/// One number in tensors of two ranks broadcasts alike: the lower rank is raised.
void raiseOnes(Operation *op, Value &yes, Value &no, CoreBuilder &b) {
  auto isOne = [&](Value x) { return llvm::all_of(b.dimsOf(x), [&](Dim d) { return b.constant(d) == 1; }); };
  if (b.rankOf(yes) == b.rankOf(no) || !isOne(yes) || !isOne(no))
    return;
  Region &branch = op->getRegion(b.rankOf(yes) < b.rankOf(no) ? 0 : 1);
  Value &lower = b.rankOf(yes) < b.rankOf(no) ? yes : no;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(branch.front().getTerminator());
  lower = b.reshape(lower, Dims(std::max(b.rankOf(yes), b.rankOf(no)), b.dim(1)));
}

/// The dimensions on which two branches agree.
OuterDims common(Operation *op, const Dims &yes, const Dims &no) {
  OuterDims result;
  for (auto [d, e] : llvm::zip(yes, no))
    result.push_back(CoreBuilder::same(d, e) && isOutside(d, op) ? std::optional<Dim>(d) : std::nullopt);
  return result;
}

/// What two branches give to the outputs that somebody reads: tensors, where the
/// branches have lists of one length their elements, and sequences or optional
/// values of the run where they differ in how many there are.
struct Pieces {
  SmallVector<unsigned> result; // of which each is a part
  SmallVector<Value> yes, no;
  SmallVector<Type> container; // null for a tensor
  SmallVector<core::SequenceType> list; // of results; null for what is no list
};

/// The type of a sequence or an optional value that holds what either branch
/// gives; null where there is none.
Type commonContainer(Value yes, Value no) {
  Type a = containerType(yes), c = containerType(no);
  if (isSequence(yes) != isSequence(no)) {
    if (isSequence(yes))
      a = core::OptionalType::get(a);
    else
      c = core::OptionalType::get(c);
  }
  return core::joinContainers(a, c);
}

/// An error where a run could not choose.
FailureOr<Pieces> piecesOf(IfOp op, ArrayRef<Value> yes, ArrayRef<Value> no) {
  Pieces pieces;
  auto add = [&](unsigned i, Value x, Value y, Type container) {
    pieces.result.push_back(i);
    pieces.yes.push_back(x);
    pieces.no.push_back(y);
    pieces.container.push_back(container);
  };
  for (auto [i, result] : llvm::enumerate(op.getResults())) {
    pieces.list.emplace_back();
    if (result.use_empty() || (!given(yes[i]) && !given(no[i])))
      continue;
    if (isTensor(yes[i]) && isTensor(no[i])) {
      add(i, yes[i], no[i], {});
      continue;
    }
    if (isList(yes[i]) && isList(no[i])) {
      SmallVector<Value> a = elementsOfSequence(yes[i]), c = elementsOfSequence(no[i]);
      auto type = dyn_cast_if_present<core::SequenceType>(core::joinContainers(yes[i].getType(), no[i].getType()));
      if (type && llvm::equal(a, c, areAlike)) { // one scf.if can give them
        pieces.list.back() = type;
        for (auto [x, y] : llvm::zip(a, c))
          add(i, x, y, {});
        continue;
      }
    }
    Type container = commonContainer(yes[i], no[i]);
    if (!container)
      return op.emitOpError("output ") << i << " has type " << yes[i].getType() << " in one branch and "
                                       << no[i].getType() << " in the other", failure();
    add(i, yes[i], no[i], container);
  }
  return pieces;
}

Value absent(CoreBuilder &b) { return NoneOp::create(b, b.getNoneType()); }

Result ifElse(IfOp op, CoreBuilder &b) {
  Scalar condition = b.itemOf(op.getCond());
  Block &then = op.getThenBranch().front(), &otherwise = op.getElseBranch().front();
  if (auto known = condition.constant())
    return inlineGraph(op, *known ? then : otherwise, b);
  LogicalResult legal = legalizeBlock(then, b.facts);
  if (failed(legal) && !b.facts.allErrors)
    return failure();
  if (failed(legalizeBlock(otherwise, b.facts)) || failed(legal))
    return failure();

  auto yes = llvm::to_vector(then.getTerminator()->getOperands());
  auto no = llvm::to_vector(otherwise.getTerminator()->getOperands());
  if (yes.size() != op.getNumResults() || no.size() != op.getNumResults())
    return op.emitOpError("branches have ") << yes.size() << " and " << no.size() << " outputs, expected "
                                            << op.getNumResults();
  auto pieces = piecesOf(op, yes, no);
  if (failed(pieces))
    return failure();
  yes = pieces->yes;
  no = pieces->no;
  SmallVector<OuterDims> dims;
  SmallVector<Type> types;
  for (auto [i, result] : llvm::enumerate(pieces->result)) {
    if (Type container = pieces->container[i]) {
      dims.emplace_back();
      types.push_back(container);
      continue;
    }
    if (b.elementOf(yes[i]) != b.elementOf(no[i]))
      return op.emitOpError("output ") << result << " has type " << yes[i].getType() << " in one branch and "
                                       << no[i].getType() << " in the other, expected one element type";
    raiseOnes(op, yes[i], no[i], b);
    if (b.rankOf(yes[i]) != b.rankOf(no[i]))
      return assumeBranch(op, condition, b);
    dims.push_back(common(op, b.dimsOf(yes[i]), b.dimsOf(no[i])));
    types.push_back(typeFor(dims.back(), b.elementOf(yes[i])));
  }

  auto choice = scf::IfOp::create(b, types, condition.value(), /*addThenBlock=*/false, /*addElseBlock=*/false);
  auto fill = [&](Region &to, Region &from, ArrayRef<Value> outputs) {
    to.takeBody(from);
    Operation *yield = to.front().getTerminator();
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(yield);
    SmallVector<Value> values;
    for (auto [output, type] : llvm::zip(outputs, types))
      values.push_back(isa<RankedTensorType>(type) ? b.retype(output, cast<RankedTensorType>(type))
                                                   : asContainer(b, output, type));
    scf::YieldOp::create(b, values);
    yield->erase();
    eraseUnused(to.front());
  };
  fill(choice.getThenRegion(), op.getThenBranch(), yes);
  fill(choice.getElseRegion(), op.getElseBranch(), no);

  SmallVector<SmallVector<Value>> values(op.getNumResults());
  for (auto [i, value, known] : llvm::zip(pieces->result, choice.getResults(), dims))
    values[i].push_back(isTensor(value) ? know(value, known, b) : value);
  SmallVector<Value> results;
  for (auto [i, list] : llvm::enumerate(values))
    results.push_back(op.getResult(i).use_empty() ? Value()
                      : pieces->list[i]           ? sequenceOf(b, list, pieces->list[i].getElement())
                      : list.empty()              ? absent(b)
                                                  : list.front());
  return results;
}

//===----------------------------------------------------------------------===//
// Loop
//===----------------------------------------------------------------------===//

/// What is made in front of an op can be taken back.
class Attempt {
public:
  Attempt(Operation *op, CoreBuilder &b) : op(op), before(op->getPrevNode()), facts(b.facts), b(b) {}
  void takeBack() {
    while (op->getPrevNode() != before)
      op->getPrevNode()->erase();
    b.facts = std::move(facts);
  }

private:
  Operation *op, *before;
  TensorFacts facts;
  CoreBuilder &b;
};

/// A loop that carries a list, whose length changes: every iteration by itself,
/// if their number is known, and is no large one. Nothing where it is not.
FailureOr<std::optional<SmallVector<Value>>> unrolled(LoopOp op, CoreBuilder &b) {
  std::optional<SmallVector<Value>> none;
  Attempt attempt(op, b);
  auto giveUp = [&] { return attempt.takeBack(), none; };
  size_t count = op.getInitial().size(), stacks = op.getNumResults() - count;
  SmallVector<Value> carried(op.getInitial());
  SmallVector<SmallVector<Value>> parts(stacks);
  std::optional<int64_t> most = kMostOneByOne + 1, on = 1;
  if (given(op.getMaxTripCount()))
    most = b.itemOf(op.getMaxTripCount()).constant();
  if (given(op.getCond()))
    on = b.itemOf(op.getCond()).constant();
  if (!most || !on || (given(op.getMaxTripCount()) && *most > kMostOneByOne))
    return giveUp();
  for (int64_t i = 0; *on && i < *most; ++i) {
    if (i == kMostOneByOne)
      return giveUp();
    auto copy = cast<LoopOp>(b.OpBuilder::insert(op->clone()));
    Block &body = copy.getBody().front();
    body.getArgument(0).replaceAllUsesWith(b.scalar(constantOf(b, b.getI64Type(), i)));
    body.getArgument(1).replaceAllUsesWith(b.scalar(constantOf(b, b.getI1Type(), 1)));
    for (auto [k, value] : llvm::enumerate(carried))
      body.getArgument(k + 2).replaceAllUsesWith(value);
    Result outputs = inlineGraph(copy, body, b);
    if (failed(outputs.values))
      return failure();
    copy.erase();
    ArrayRef<Value> values = *outputs.values;
    if (!isTensor(values[0]))
      return op.emitOpError("whether to go on has type ") << values[0].getType() << ", expected a tensor", failure();
    on = b.itemOf(values[0]).constant();
    carried.assign(values.begin() + 1, values.begin() + 1 + count);
    // A sequence that is one of the run now is so in all iterations.
    if (!on || llvm::any_of(carried, [](Value v) { return isOptional(v) || (isSequence(v) && !isList(v)); }))
      return giveUp();
    for (auto [list, value] : llvm::zip(parts, values.drop_front(count + 1)))
      list.push_back(value);
  }
  SmallVector<Value> results(carried);
  for (auto [k, list] : llvm::enumerate(parts)) {
    bool tensors = !list.empty() && llvm::all_of(list, isTensor);
    if (!tensors && !op.getResult(count + k).use_empty())
      return op.emitOpError("output ") << count + k << " stacks nothing, or no tensors", failure();
    for (Value &part : list) {
      Dims dims = b.dimsOf(part);
      dims.insert(dims.begin(), b.dim(1));
      part = b.reshape(part, dims);
    }
    results.push_back(tensors ? b.concat(list, 0) : Value());
  }
  return std::optional(results);
}

Result loop(LoopOp op, CoreBuilder &b) {
  SmallVector<Value> initial(op.getInitial());
  auto isStatic = [](Value v) { return isTensor(v) || isList(v) || !given(v); };
  if (!llvm::all_of(initial, isTensor) && llvm::all_of(initial, isStatic)) {
    auto values = unrolled(op, b);
    if (failed(values))
      return failure();
    if (*values)
      return **values;
  }
  for (Value &value : initial)
    if (!isTensor(value))
      value = asContainer(b, value);
  GraphLoop graph(op, initial, b);
  auto bind = [&](Block &body, Scalar i, CoreBuilder &inner) {
    body.getArgument(1).replaceAllUsesWith(inner.scalar(cast(i, b.getI64Type())));
    // Where the body runs, its condition holds.
    body.getArgument(2).replaceAllUsesWith(inner.scalar(constantOf(inner, b.getI1Type(), 1)));
    body.eraseArguments(1, 2);
  };
  if (op.getBody().front().getNumArguments() != op.getInitial().size() + 2)
    return op.emitOpError("body has ") << op.getBody().front().getNumArguments() << " inputs, expected "
                                       << op.getInitial().size() + 2;
  if (failed(graph.settle(bind, 1)))
    return failure();

  Scalar zero = b.index(0);
  std::optional<Scalar> most;
  if (given(op.getMaxTripCount()))
    most = max(cast(b.itemOf(op.getMaxTripCount()), b.getIndexType()), zero);
  Scalar first = given(op.getCond()) ? b.itemOf(op.getCond()) : constantOf(b, b.getI1Type(), 1);
  CoreBuilder end = graph.atEnd();
  Scalar next = end.itemOf(graph.heads[0]);
  return graph.run(first, most, next.constant() == 1 ? std::nullopt : std::optional(next));
}

//===----------------------------------------------------------------------===//
// Scan
//===----------------------------------------------------------------------===//

/// One entry an input or output, or all zero.
FailureOr<SmallVector<int64_t>> entriesOf(ScanOp op, std::optional<ArrayRef<int64_t>> list, size_t count,
                                          StringRef name) {
  if (!list)
    return SmallVector<int64_t>(count, 0);
  if (list->size() != count)
    return op.emitOpError(name) << " has " << list->size() << " entries, expected " << count, failure();
  return llvm::to_vector(*list);
}

Result scan(ScanOp op, CoreBuilder &b) {
  size_t all = op.getInitialAndScanInputs().size(), count = op.getNumScanInputs();
  if (count < 1 || count > all)
    return op.emitOpError("num_scan_inputs is ") << count << ", expected 1 to " << all;
  size_t states = all - count;
  if (op.getNumResults() < states || op.getBody().front().getNumArguments() != all)
    return op.emitOpError("body has ") << op.getBody().front().getNumArguments() << " inputs and the node "
                                       << op.getNumResults() << " outputs, expected " << all << " and at least " << states;
  auto inputs = op.getInitialAndScanInputs().drop_front(states);
  auto axes = entriesOf(op, op.getScanInputAxes(), count, "scan_input_axes");
  auto backward = entriesOf(op, op.getScanInputDirections(), count, "scan_input_directions");
  size_t stacks = op.getNumResults() - states;
  auto outputAxes = entriesOf(op, op.getScanOutputAxes(), stacks, "scan_output_axes");
  auto outputBackward = entriesOf(op, op.getScanOutputDirections(), stacks, "scan_output_directions");
  if (failed(axes) || failed(backward) || failed(outputAxes) || failed(outputBackward))
    return failure();
  std::optional<Dim> length;
  for (auto [axis, x] : llvm::zip(*axes, inputs)) {
    auto normal = normalAxis(op, axis, b.rankOf(x));
    if (failed(normal))
      return failure();
    axis = *normal;
    Dim d = b.dimOf(x, axis);
    if (length && !b.same(*length, d))
      b.require(b.index(*length) == b.index(d), "the scan inputs differ in length");
    length = length.value_or(d);
  }

  Scalar trips = b.index(*length);
  GraphLoop graph(op, op.getInitialAndScanInputs().take_front(states), b);
  auto bind = [&](Block &body, Scalar i, CoreBuilder &inner) {
    for (auto [k, x, axis, reverse] : llvm::enumerate(inputs, *axes, *backward)) {
      Dims sizes = inner.dimsOf(x), offsets(sizes.size(), inner.dim(0)), ones(sizes.size(), inner.dim(1));
      offsets[axis] = inner.dim(reverse ? Scalar(inner, trips.value()) - 1 - i : i);
      sizes[axis] = inner.dim(1);
      Value part = inner.slice(x, offsets, sizes, ones);
      sizes.erase(sizes.begin() + axis);
      body.getArgument(1 + states + k).replaceAllUsesWith(inner.reshape(part, sizes));
    }
    body.eraseArguments(1 + states, count);
  };
  if (failed(graph.settle(bind, 0)))
    return failure();
  if (graph.stacks.size() != stacks)
    return op.emitOpError("body has ") << states + graph.stacks.size() << " outputs, expected " << op.getNumResults();
  SmallVector<Value> results = graph.run(constantOf(b, b.getI1Type(), 1), trips, std::nullopt);
  for (auto [value, axis, reverse] : llvm::zip(MutableArrayRef(results).drop_front(states), *outputAxes, *outputBackward)) {
    auto normal = normalAxis(op, axis, b.rankOf(value));
    if (failed(normal))
      return failure();
    if (reverse) {
      Dims sizes = b.dimsOf(value), offsets(sizes.size(), b.dim(0)), steps(sizes.size(), b.dim(1));
      offsets[0] = b.dim(trips - 1);
      steps[0] = b.dim(-1);
      value = b.slice(value, offsets, sizes, steps);
    }
    SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(1, b.rankOf(value)));
    order.insert(order.begin() + *normal, 0);
    value = b.transpose(value, order);
  }
  return results;
}

} // namespace

void addControlRecipes(RecipeTable &table) { table.add<ifElse, loop, scan>(); }

} // namespace coil
