//===- GraphLoop.cpp - a loop whose body is an ONNX graph -----------------===//

#include "passes/legalize/GraphLoop.h"
#include "passes/legalize/Sequence.h"

namespace coil {

bool isOutside(Dim d, Operation *op) {
  auto value = dyn_cast<Value>(d);
  return !value || !op->isAncestor(value.getParentRegion()->getParentOp());
}

RankedTensorType typeFor(const OuterDims &dims, Type element) {
  SmallVector<int64_t> shape;
  for (auto d : dims)
    shape.push_back(d ? getConstantIntValue(*d).value_or(ShapedType::kDynamic) : ShapedType::kDynamic);
  return RankedTensorType::get(shape, element);
}

Value know(Value tensor, const OuterDims &dims, CoreBuilder &b) {
  Dims all = b.dimsOf(tensor);
  for (auto [d, outer] : llvm::zip(all, dims))
    d = outer.value_or(d);
  return b.remember(tensor, all);
}

GraphLoop::GraphLoop(Operation *op, ValueRange initial, CoreBuilder &b) : op(op), b(b), initial(initial) {
  for (Value value : initial) {
    containers.push_back(isTensor(value) ? Type() : value.getType());
    carriedDims.emplace_back();
    if (isTensor(value))
      for (Dim d : b.dimsOf(value))
        carriedDims.back().push_back(d);
  }
}

CoreBuilder GraphLoop::atEnd() {
  OpBuilder end(loop->getRegion(0).front().getTerminator());
  return CoreBuilder(op->getLoc(), end, b.facts);
}

//===----------------------------------------------------------------------===//
// Types that hold in every iteration
//===----------------------------------------------------------------------===//

LogicalResult GraphLoop::settle(Bind bind, unsigned count) {
  for (bool stable = false; !stable;) {
    // What is known of a copy's values goes away with it.
    TensorFacts facts = b.facts;
    loop = op->clone();
    op->getBlock()->getOperations().insert(op->getIterator(), loop);
    Block &body = loop->getRegion(0).front();
    start(body, bind, facts);
    if (failed(legalizeBlock(body, facts)) || failed(widen(body, count, facts, stable)))
      return loop->erase(), failure();
    if (stable)
      b.facts = std::move(facts);
    else
      loop->erase();
  }
  auto outputs = llvm::to_vector(loop->getRegion(0).front().getTerminator()->getOperands());
  ArrayRef<Value> rest(outputs);
  heads = llvm::to_vector(rest.take_front(count));
  carried = llvm::to_vector(rest.slice(count, initial.size()));
  for (Value part : rest.drop_front(count + initial.size()))
    stacks.push_back(stackOf(part));
  return success();
}

void GraphLoop::start(Block &body, Bind bind, TensorFacts &facts) {
  OpBuilder at = OpBuilder::atBlockBegin(&body);
  CoreBuilder inner(op->getLoc(), at, facts);
  Value i = body.insertArgument(0u, b.getIndexType(), op->getLoc());
  bind(body, Scalar(inner, i), inner);
  for (auto [k, value] : llvm::enumerate(initial)) {
    BlockArgument argument = body.getArgument(k + 1);
    if (containers[k]) {
      argument.setType(containers[k]);
      continue;
    }
    argument.setType(typeFor(carriedDims[k], b.elementOf(value)));
    know(argument, carriedDims[k], inner);
  }
}

/// What is known of a carried sequence or optional value, with what an iteration
/// makes of it.
LogicalResult GraphLoop::widenContainer(unsigned k, Value to, bool &stable) {
  Type type = containerType(to);
  if (isa<core::OptionalType>(containers[k]) && isSequence(to))
    type = core::OptionalType::get(type);
  Type joined = core::joinContainers(containers[k], type);
  if (!joined)
    return op->emitOpError("carried value ") << k << " starts as " << initial[k].getType() << " and goes on as "
                                             << to.getType();
  stable &= joined == containers[k];
  containers[k] = joined;
  return success();
}

/// Forgets the dimensions that an iteration changes.
LogicalResult GraphLoop::widen(Block &body, unsigned count, TensorFacts &facts, bool &stable) {
  OpBuilder end(body.getTerminator());
  CoreBuilder inner(op->getLoc(), end, facts);
  auto outputs = llvm::to_vector(body.getTerminator()->getOperands());
  if (outputs.size() < count + initial.size())
    return op->emitOpError("body has ") << outputs.size() << " outputs, expected at least " << count + initial.size();
  for (auto [k, output] : llvm::enumerate(outputs))
    if (!isTensor(output) && !(k >= count && k - count < initial.size() && containers[k - count]))
      return op->emitOpError("output ") << k << " of the body has type " << output.getType() << ", expected a tensor";
  stable = true;
  for (auto [k, from] : llvm::enumerate(initial)) {
    Value to = outputs[count + k];
    if (containers[k]) {
      if (failed(widenContainer(k, to, stable)))
        return failure();
      continue;
    }
    if (b.elementOf(from) != b.elementOf(to) || b.rankOf(from) != b.rankOf(to))
      return op->emitOpError("carried value ") << k << " starts as " << from.getType() << " and goes on as "
                                               << to.getType() << ", expected one rank and element type";
    for (auto [known, d] : llvm::zip(carriedDims[k], inner.dimsOf(to)))
      if (known && !b.same(*known, d)) {
        known = std::nullopt;
        stable = false;
      }
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Stacks
//===----------------------------------------------------------------------===//

/// Computes a value before the loop if nothing in the loop decides it.
bool GraphLoop::hoist(Value value) {
  if (isOutside(value, loop))
    return true;
  Operation *maker = value.getDefiningOp();
  if (!maker || !isPure(maker) || maker->getNumRegions() || maker->getBlock() != &loop->getRegion(0).front())
    return false;
  if (!llvm::all_of(maker->getOperands(), [&](Value v) { return hoist(v); }))
    return false;
  maker->moveBefore(loop);
  return true;
}

Stack GraphLoop::stackOf(Value part) {
  Stack stack{part, {}};
  for (Dim d : atEnd().dimsOf(part)) {
    bool outside = !isa<Value>(d) || hoist(cast<Value>(d));
    stack.dims.push_back(outside ? std::optional(d) : std::nullopt);
  }
  return stack;
}

/// `whole` with the part as row `i`; one that is full is made larger first.
Value GraphLoop::push(const Stack &stack, Value whole, Scalar i, CoreBuilder &inner) {
  Dims part = inner.dimsOf(stack.part);
  if (!stack.ready) {
    auto type = cast<RankedTensorType>(whole.getType());
    Scalar room = inner.index(inner.dimOf(whole, 0));
    auto grow = [&]() -> SmallVector<Value> {
      Dims dims{inner.dim(room * 2 + 8)};
      llvm::append_range(dims, part);
      Value larger = tensor::EmptyOp::create(inner, dims, type.getElementType());
      larger = inner.retype(inner.remember(larger, dims), type);
      return {inner.insert(whole, larger, Dims(dims.size(), inner.dim(0)))};
    };
    whole = inner.choose(i == room, grow, [&]() -> SmallVector<Value> { return {whole}; })[0];
    for (auto [k, d] : llvm::enumerate(part))
      if (!stack.dims[k])
        inner.require(inner.index(inner.dimOf(whole, k + 1)) == inner.index(d),
                      "dimension " + Twine(k) + " of an output changes between iterations");
  }
  Dims offsets(part.size() + 1, inner.dim(0)), ones(part.size() + 1, inner.dim(1)), sizes{inner.dim(1)};
  offsets[0] = inner.dim(i);
  llvm::append_range(sizes, part);
  return tensor::InsertSliceOp::create(inner, stack.part, whole, offsets, sizes, ones);
}

//===----------------------------------------------------------------------===//
// The loop
//===----------------------------------------------------------------------===//

/// The value in the type of carried value `k`.
Value GraphLoop::asCarried(unsigned k, Value value, CoreBuilder &at) {
  return containers[k] ? asContainer(at, value, containers[k])
                       : at.retype(value, typeFor(carriedDims[k], b.elementOf(value)));
}

/// What the first iteration gets. A stack whose size is known is allocated here,
/// any other starts without rows.
SmallVector<Value> GraphLoop::starts(std::optional<Scalar> count) {
  SmallVector<Value> values;
  for (unsigned k = 0; k < initial.size(); ++k)
    values.push_back(asCarried(k, initial[k], b));
  for (Stack &stack : stacks) {
    stack.ready = count && !llvm::is_contained(stack.dims, std::nullopt);
    Dims dims{stack.ready ? b.dim(*count) : b.dim(0)};
    OuterDims known{stack.ready ? std::optional(b.dim(*count)) : std::nullopt};
    for (auto d : stack.dims) {
      dims.push_back(d.value_or(b.dim(0)));
      known.push_back(d);
    }
    Type element = b.elementOf(stack.part);
    Value empty = tensor::EmptyOp::create(b, dims, element);
    values.push_back(b.retype(b.remember(empty, dims), typeFor(known, element)));
    stackTypes.push_back(values.back().getType());
  }
  return values;
}

void GraphLoop::addStacks(Block &body) {
  for (auto [stack, type] : llvm::zip(stacks, stackTypes))
    stackArguments.push_back(body.addArgument(type, op->getLoc()));
}

/// What the next iteration gets.
SmallVector<Value> GraphLoop::nexts(Value i, CoreBuilder &inner) {
  SmallVector<Value> values;
  for (auto [k, value] : llvm::enumerate(carried))
    values.push_back(asCarried(k, value, inner));
  for (auto [stack, whole] : llvm::zip(stacks, stackArguments))
    values.push_back(push(stack, whole, Scalar(inner, i), inner));
  return values;
}

/// No tensor of the loop has a `?` for a size that it starts with.
bool GraphLoop::keepsTypes() const {
  auto keeps = [&](auto pair) {
    Type start = std::get<0>(pair).getType();
    if (!isa<RankedTensorType>(start))
      return true;
    return typeFor(std::get<1>(pair), cast<RankedTensorType>(start).getElementType()) == start;
  };
  return llvm::all_of(llvm::zip(initial, carriedDims), keeps) && llvm::all_of(stacks, [](const Stack &stack) {
           return !llvm::is_contained(stack.dims, std::nullopt);
         });
}

SmallVector<Value> GraphLoop::run(Scalar condition, std::optional<Scalar> most, std::optional<Scalar> next) {
  // Canonicalization of scf.for takes the start's type for that of all
  // iterations: a tensor that grows goes through scf.while.
  if (most && !next && keepsTypes())
    return runFor(select(condition, *most, b.index(0)));
  return runWhile(condition, most, next);
}

SmallVector<Value> GraphLoop::runFor(Scalar count) {
  auto run = scf::ForOp::create(b, b.index(0).value(), count.value(), b.index(1).value(), starts(count));
  run.getRegion().takeBody(loop->getRegion(0));
  addStacks(*run.getBody());
  Operation *yield = run.getBody()->getTerminator();
  OpBuilder end(yield);
  CoreBuilder inner(op->getLoc(), end, b.facts);
  scf::YieldOp::create(inner, nexts(run.getInductionVar(), inner));
  yield->erase();
  loop->erase();
  return results(run.getResults(), count);
}

SmallVector<Value> GraphLoop::runWhile(Scalar condition, std::optional<Scalar> most, std::optional<Scalar> next) {
  // Carried: the iteration's number, the condition, the values, the stacks.
  SmallVector<Value> start{b.index(0).value(), condition.value()};
  llvm::append_range(start, starts(std::nullopt));
  SmallVector<Type> types = llvm::to_vector(ValueRange(start).getTypes());
  auto run = scf::WhileOp::create(b, types, start);
  {
    OpBuilder::InsertionGuard guard(b);
    Block *test = b.createBlock(&run.getBefore(), {}, types, SmallVector<Location>(types.size(), op->getLoc()));
    Scalar go(b, test->getArgument(1));
    if (most)
      go = go & (Scalar(b, test->getArgument(0)) < *most);
    scf::ConditionOp::create(b, go.value(), test->getArguments());
  }
  run.getAfter().takeBody(loop->getRegion(0));
  Block &body = run.getAfter().front();
  body.insertArgument(1u, b.getI1Type(), op->getLoc());
  addStacks(body);
  Operation *yield = body.getTerminator();
  OpBuilder end(yield);
  CoreBuilder inner(op->getLoc(), end, b.facts);
  SmallVector<Value> values{(Scalar(inner, body.getArgument(0)) + 1).value(),
                            next ? next->value() : condition.value()};
  llvm::append_range(values, nexts(body.getArgument(0), inner));
  scf::YieldOp::create(inner, values);
  yield->erase();
  loop->erase();
  return results(run.getResults().drop_front(2), Scalar(b, run.getResult(0)));
}

SmallVector<Value> GraphLoop::results(ValueRange values, Scalar count) {
  SmallVector<Value> all;
  for (auto [value, dims, container] : llvm::zip(values, carriedDims, containers))
    all.push_back(container ? value : know(value, dims, b));
  for (auto [stack, whole] : llvm::zip(stacks, values.drop_front(initial.size()))) {
    OuterDims known{stack.ready ? std::optional(b.dim(count)) : std::nullopt};
    llvm::append_range(known, stack.dims);
    Dims sizes = b.dimsOf(know(whole, known, b));
    sizes[0] = b.dim(count);
    Dims zeros(sizes.size(), b.dim(0)), ones(sizes.size(), b.dim(1));
    all.push_back(stack.ready ? whole : b.slice(whole, zeros, sizes, ones));
  }
  return all;
}

} // namespace coil
