//===- Loops.cpp - the part of CoreBuilder that goes step by step ---------===//
//
// What no formula on single elements says: scattering, sorting, selecting. A
// loop carries tensors and replaces elements of them; bufferization makes that
// stores into one buffer.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/CoreBuilder.h"

namespace coil {

SmallVector<Value> CoreBuilder::yielding(Block *block, function_ref<SmallVector<Value>()> make) {
  InsertionGuard guard(*this);
  setInsertionPointToEnd(block);
  SmallVector<Value> values = make();
  scf::YieldOp::create(*this, values);
  return values;
}

SmallVector<Value> CoreBuilder::loop(Dim count, ArrayRef<Value> initial, LoopBody body) {
  auto op = scf::ForOp::create(*this, index(0).value(), index(count).value(), index(1).value(), initial);
  if (initial.empty())
    op.getBody()->getTerminator()->erase();
  for (auto [from, inside, after] : llvm::zip(initial, op.getRegionIterArgs(), op.getResults()))
    if (isa<RankedTensorType>(from.getType())) {
      Dims dims = dimsOf(from);
      remember(inside, dims);
      remember(after, dims);
    }
  SmallVector<Value> carried(op.getRegionIterArgs());
  yielding(op.getBody(), [&] { return body(Scalar(*this, op.getInductionVar()), carried); });
  return llvm::to_vector_of<Value>(op.getResults());
}

SmallVector<Value> CoreBuilder::loops(ArrayRef<Dim> counts, ArrayRef<Value> initial, NestBody body) {
  SmallVector<Scalar> at;
  std::function<SmallVector<Value>(ArrayRef<Value>)> nest = [&](ArrayRef<Value> carried) {
    if (at.size() == counts.size())
      return body(at, carried);
    return loop(counts[at.size()], carried, [&](Scalar i, ArrayRef<Value> inner) {
      at.push_back(i);
      SmallVector<Value> results = nest(inner);
      at.pop_back();
      return results;
    });
  };
  return nest(initial);
}

SmallVector<Value> CoreBuilder::choose(Scalar condition, function_ref<SmallVector<Value>()> yes,
                                       function_ref<SmallVector<Value>()> no) {
  // The types are known when the branches are.
  auto then = std::make_unique<Block>(), otherwise = std::make_unique<Block>();
  SmallVector<Value> values = yielding(then.get(), yes);
  yielding(otherwise.get(), no);
  auto op = scf::IfOp::create(*this, TypeRange(ValueRange(values)), condition.value(), /*addThenBlock=*/false,
                              /*addElseBlock=*/false);
  op.getThenRegion().push_back(then.release());
  op.getElseRegion().push_back(otherwise.release());
  return llvm::to_vector_of<Value>(op.getResults());
}

Scalar CoreBuilder::fold(Scalar count, Scalar start, function_ref<Scalar(Scalar, Scalar)> step) {
  Value result = loop(dim(count), start.value(), [&](Scalar i, ArrayRef<Value> carried) {
    return SmallVector<Value>{step(i, Scalar(*this, carried[0], start.type())).value()};
  })[0];
  return Scalar(*this, result, start.type());
}

Scalar CoreBuilder::iterate(Scalar start, function_ref<Scalar(Scalar)> again,
                            function_ref<Scalar(Scalar)> step) {
  auto inside = [&](OpBuilder &inner, ValueRange carried, auto body) {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPoint(inner.getInsertionBlock(), inner.getInsertionPoint());
    body(Scalar(*this, carried[0], start.type()));
  };
  auto loop = scf::WhileOp::create(
      *this, start.value().getType(), start.value(),
      [&](OpBuilder &inner, Location, ValueRange carried) {
        inside(inner, carried, [&](Scalar now) { scf::ConditionOp::create(*this, again(now).value(), now.value()); });
      },
      [&](OpBuilder &inner, Location, ValueRange carried) {
        inside(inner, carried, [&](Scalar now) { scf::YieldOp::create(*this, step(now).value()); });
      });
  return Scalar(*this, loop.getResult(0), start.type());
}

Value CoreBuilder::insert(Value part, Value whole, const Dims &offsets) {
  Dims ones(offsets.size(), dim(1)), sizes = dimsOf(part);
  sizes.insert(sizes.begin(), offsets.size() - sizes.size(), dim(1));
  Value result = tensor::InsertSliceOp::create(*this, part, whole, offsets, sizes, ones);
  return remember(result, dimsOf(whole));
}

Value CoreBuilder::store(Scalar value, Value tensor, ArrayRef<Scalar> indices) {
  auto at = llvm::map_to_vector(indices, [](Scalar i) { return i.value(); });
  return remember(tensor::InsertOp::create(*this, stored(value), tensor, at), dimsOf(tensor));
}

Value CoreBuilder::update(Value destination, ValueRange inputs, Formula formula) {
  SmallVector<Type> types = llvm::map_to_vector(inputs, elementOf);
  types.push_back(elementOf(destination));
  auto [block, result] = body(types, formula);
  Dims dims = dimsOf(destination);
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (Value x : inputs) {
    auto [operand, map] = broadcastAccess(x, dims);
    operands.push_back(operand);
    maps.push_back(map);
  }
  maps.push_back(getMultiDimIdentityMap(dims.size()));
  return remember(generic(operands, destination, maps, dims.size(), std::move(block)), dims);
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

namespace {
/// A heap of `size` item numbers in `tensor`; at(j) says where entry j lies. The
/// root is the entry that comes last.
struct Heap {
  CoreBuilder &b;
  Value tensor;
  CoreBuilder::Place at;
  CoreBuilder::Before before;

  Scalar entry(Scalar j) const { return cast(b.load(tensor, at(j)), b.getIndexType()); }
  void set(Scalar j, Scalar item) { tensor = b.store(cast(item, b.elementOf(tensor)), tensor, at(j)); }

  /// Moves the entry at `start` down to where both its children come before it.
  void sift(Scalar start, Scalar size) {
    auto loop = scf::WhileOp::create(b, TypeRange{tensor.getType(), b.getIndexType(), b.getIndexType()},
                                     ValueRange{tensor, start.value()});
    OpBuilder::InsertionGuard guard(b);
    Location loc = b.getLoc();
    Dims dims = b.dimsOf(tensor);
    Block *test = b.createBlock(&loop.getBefore(), {}, {tensor.getType(), b.getIndexType()}, {loc, loc});
    Heap here{b, b.remember(test->getArgument(0), dims), at, before};
    Scalar j(b, test->getArgument(1)), last = size - 1;
    Scalar left = min(2 * j + 1, last), right = min(2 * j + 2, last);
    Scalar child = select(before(here.entry(left), here.entry(right)), right, left);
    Scalar down = (2 * j + 1 < size) & before(here.entry(j), here.entry(child));
    scf::ConditionOp::create(b, down.value(), ValueRange{here.tensor, j.value(), child.value()});

    Block *step = b.createBlock(&loop.getAfter(), {}, loop.getResultTypes(), {loc, loc, loc});
    Heap next{b, b.remember(step->getArgument(0), dims), at, before};
    next.swap(Scalar(b, step->getArgument(1)), Scalar(b, step->getArgument(2)));
    scf::YieldOp::create(b, ValueRange{next.tensor, step->getArgument(2)});
    tensor = b.remember(loop.getResult(0), dims);
  }

  void swap(Scalar i, Scalar j) {
    Scalar a = entry(i), c = entry(j);
    set(i, c);
    set(j, a);
  }

  void repeat(Scalar count, function_ref<void(Heap &, Scalar)> step) {
    tensor = b.loop(b.dim(count), tensor, [&](Scalar i, ArrayRef<Value> carried) -> SmallVector<Value> {
      Heap next{b, carried[0], at, before};
      step(next, i);
      return {next.tensor};
    })[0];
  }
};
} // namespace

Value CoreBuilder::firstOf(Value into, Dim among, Dim count, Place at, Before before) {
  Scalar n = index(among), k = index(count);
  Heap heap{*this, into, at, before};
  heap.repeat(k, [](Heap &h, Scalar i) { h.set(i, i); });
  heap.repeat(k / 2, [&](Heap &h, Scalar i) { h.sift(k / 2 - 1 - i, k); });
  // A later item that comes before the root takes its place.
  heap.repeat(select(k > 0, n - k, index(0)), [&](Heap &h, Scalar i) {
    Scalar item = i + k, root = h.entry(index(0));
    h.set(index(0), select(before(item, root), item, root));
    h.sift(index(0), k);
  });
  // The root goes to the end, again and again.
  heap.repeat(max(k - 1, index(0)), [&](Heap &h, Scalar i) {
    Scalar last = k - 1 - i;
    h.swap(index(0), last);
    h.sift(index(0), last);
  });
  return heap.tensor;
}

Value CoreBuilder::positionsOf(Value flags) {
  Dim n = dimOf(flags, 0);
  Type i64 = getI64Type();
  Value total = reduce(
      flags, {0}, false, [&](auto &b) { return constantOf(b, i64, 0); },
      [&](ArrayRef<Scalar> s) { return s[1] + coil::cast(s[0] != 0, i64); });
  Dim count = dim(coil::cast(itemOf(total), getIndexType()));
  Value positions = tensor::EmptyOp::create(*this, Dims{count}, i64);
  remember(positions, {count});
  return loop(n, {positions, index(0).value()}, [&](Scalar i, ArrayRef<Value> carried) {
    Scalar next(*this, carried[1]);
    return choose(
        load(flags, i) != 0,
        [&]() -> SmallVector<Value> {
          return {store(coil::cast(i, i64), carried[0], next), (next + 1).value()};
        },
        [&]() -> SmallVector<Value> { return {carried[0], carried[1]}; });
  })[0];
}

//===----------------------------------------------------------------------===//
// Indices that the data holds
//===----------------------------------------------------------------------===//

void CoreBuilder::requireInRange(Value indices, ArrayRef<Dim> bounds) {
  if (auto known = integersOf(indices)) {
    for (auto [k, bound] : llvm::enumerate(bounds)) {
      int64_t least = 0, most = -1;
      for (size_t i = k; i < known->size(); i += bounds.size()) {
        least = std::min(least, (*known)[i]);
        most = std::max(most, (*known)[i]);
      }
      auto n = constant(bound);
      if (n && (most >= *n || least < -*n))
        return error("index " + Twine(most >= *n ? most : least) + " is out of range for a dimension of " + Twine(*n));
      if (n)
        continue;
      if (most >= 0)
        require(index(bound) > most, "index " + Twine(most) + " is out of range");
      if (least < 0)
        require(index(bound) >= -least, "index " + Twine(least) + " is out of range");
    }
    return;
  }
  Value limits = fromDims(Dims(bounds));
  Value fits = map({indices, limits}, [&](ArrayRef<Scalar> s) {
    Scalar i = coil::cast(s[0], getI64Type()), n = s[1];
    return inRange(select(i < 0, i + n, i), n);
  });
  Scalar all;
  if (auto each = elementsOf(fits)) {
    all = constantOf(*this, getI1Type(), 1);
    for (Scalar one : *each)
      all = all & one;
  } else {
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rankOf(fits)));
    all = itemOf(reduce(
        fits, axes, false, [](auto &b) { return constantOf(b, b.getI1Type(), 1); },
        [](ArrayRef<Scalar> s) { return s[0] & s[1]; }));
  }
  require(all, "index out of range");
}

Scalar CoreBuilder::position(Scalar i, Dim n) {
  Scalar at = coil::cast(i, getIndexType()), size = index(n);
  auto known = at.constant();
  if (known && *known >= 0)
    return at;
  at = select(at < 0, at + size, at);
  return known ? at : max(min(at, size - 1), index(0));
}

std::optional<Dims> CoreBuilder::listFrom(Value list, int64_t count, int64_t rest) {
  if (rankOf(list) != 1)
    return std::nullopt;
  Scalar n = index(dimOf(list, 0));
  require(n <= count, "a list of at most " + Twine(count) + " elements is expected");
  Value frame = splat({dim(count)}, constantOf(*this, elementOf(list), rest));
  return indicesOf(tensor::InsertSliceOp::create(*this, list, frame, dim(count - n), dim(n), dim(1)));
}

Dims CoreBuilder::listOf(Value list, int64_t count, int64_t rest) {
  Dims result;
  auto known = indicesOf(list);
  if (!known && rankOf(list) == 1 && ShapedType::isDynamic(typeOf(list).getDimSize(0))) {
    // As many as there are, in front of `rest` to the end.
    Scalar n = index(dimOf(list, 0));
    require(n <= count, "a list of at most " + Twine(count) + " elements is expected");
    Value frame = splat({dim(count)}, constantOf(*this, elementOf(list), rest));
    Value all = tensor::InsertSliceOp::create(*this, list, frame, dim(0), dim(n), dim(1));
    known = indicesOf(all);
  }
  if (!known || int64_t(known->size()) > count) {
    std::string type;
    llvm::raw_string_ostream(type) << list.getType();
    error("a list of at most " + Twine(count) + " integers is expected, not " + type);
    return Dims(count, dim(rest));
  }
  known->resize(count, dim(rest));
  return *known;
}

} // namespace coil
