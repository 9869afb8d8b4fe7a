//===- Scatter.cpp - writing where indices say ----------------------------===//
//
// Updates go one after the other, as ONNX has it: indices may repeat.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Cache.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

using Combine = Scalar (*)(Scalar, Scalar);

/// What a scatter makes of the old element and the update.
FailureOr<Combine> reductionOf(Operation *op, StringRef name, Value data, Value updates) {
  if (failed(sameElements(op, {data, updates})))
    return failure();
  Combine known = llvm::StringSwitch<Combine>(name)
                      .Case("none", [](Scalar, Scalar update) { return update; })
                      .Case("add", [](Scalar old, Scalar update) { return old.isBool() ? old | update : old + update; })
                      .Case("mul", [](Scalar old, Scalar update) { return old.isBool() ? old & update : old * update; })
                      .Case("max", [](Scalar old, Scalar update) { return max(old, update); })
                      .Case("min", [](Scalar old, Scalar update) { return min(old, update); })
                      .Default(nullptr);
  if (!known)
    return op->emitOpError("reduction is '") << name << "', expected 'none', 'add', 'mul', 'max' or 'min'", failure();
  if (CoreBuilder::isString(data) && name != "none")
    return op->emitOpError("reduction is '") << name << "', expected 'none' for strings", failure();
  return known;
}

/// data[place(i)] = combine(data[place(i)], updates[i]) for each i.
Value scatter(Value data, Value updates, Combine combine,
              function_ref<SmallVector<Scalar>(ArrayRef<Scalar>)> place, CoreBuilder &b) {
  return b.loops(b.dimsOf(updates), data, [&](ArrayRef<Scalar> i, ArrayRef<Value> carried) -> SmallVector<Value> {
    SmallVector<Scalar> at = place(i);
    Scalar update = b.load(updates, i);
    return {b.store(combine(b.load(carried[0], at), update), carried[0], at)};
  })[0];
}

/// The dimensions are equal, or are found to be in the run.
LogicalResult agree(Operation *op, ArrayRef<Dim> dims, ArrayRef<Dim> expected, StringRef what, CoreBuilder &b) {
  if (dims.size() != expected.size())
    return op->emitOpError(what) << " have rank " << dims.size() << ", expected " << expected.size();
  for (auto [i, d, e] : llvm::enumerate(dims, expected)) {
    if (b.same(d, e))
      continue;
    auto n = b.constant(d), m = b.constant(e);
    if (n && m)
      return op->emitOpError("dimension ") << i << " of the " << what << " is " << *n << ", expected " << *m;
    b.require(b.index(d) == b.index(e), "dimension " + Twine(i) + " of the " + what + " is not as expected");
  }
  return success();
}

/// data[i, indices[i, j], ...] = updates[i, j, ...] where axis = 1.
Result scatterElements(ScatterElementsOp op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getData()), at = b.dimsOf(op.getIndices());
  auto axis = normalAxis(op, op.getAxis(), dims.size());
  auto combine = reductionOf(op, op.getReduction(), op.getData(), op.getUpdates());
  if (failed(axis) || failed(combine) || failed(agree(op, b.dimsOf(op.getUpdates()), at, "updates", b)))
    return failure();
  if (at.size() != dims.size())
    return op.emitOpError("indices have rank ") << at.size() << ", expected " << dims.size();
  for (auto [i, d] : llvm::enumerate(at)) {
    if (int64_t(i) == *axis || b.same(d, dims[i]))
      continue;
    auto n = b.constant(d), m = b.constant(dims[i]);
    if (n && m && *n > *m)
      return op.emitOpError("dimension ") << i << " of the indices is " << *n << ", expected at most " << *m;
    b.require(b.index(d) <= b.index(dims[i]), "dimension " + Twine(i) + " of the indices is too large");
  }
  b.requireInRange(op.getIndices(), dims[*axis]);
  return scatter(op.getData(), op.getUpdates(), *combine, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> place(i);
    place[*axis] = b.position(b.load(op.getIndices(), i), dims[*axis]);
    return place;
  }, b);
}

/// data[indices[i..., :], c...] = updates[i..., c...]
Result scatterND(ScatterNDOp op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getData()), expected = b.dimsOf(op.getIndices());
  auto combine = reductionOf(op, op.getReduction(), op.getData(), op.getUpdates());
  if (failed(combine))
    return failure();
  // The ranks tell how many dimensions an index has.
  int64_t rank = dims.size(), depth = rank + int64_t(expected.size()) - 1 - b.rankOf(op.getUpdates());
  if (expected.empty() || depth < 1 || depth > rank || b.constant(expected.back()).value_or(depth) != depth)
    return op.emitOpError("data, indices and updates have types ")
           << op.getData().getType() << ", " << op.getIndices().getType() << " and " << op.getUpdates().getType()
           << ", which do not fit";
  b.require(b.index(expected.back()) == depth, "the last dimension of the indices is not " + Twine(depth));
  expected.pop_back();
  size_t outer = expected.size();
  expected.append(dims.begin() + depth, dims.end());
  if (failed(agree(op, b.dimsOf(op.getUpdates()), expected, "updates", b)))
    return failure();
  Dims at = expected;
  at.resize(outer);
  at.push_back(b.dim(depth));
  Value indices = b.retype(op.getIndices(), b.tensorOf(at, b.elementOf(op.getIndices())));
  b.requireInRange(indices, ArrayRef(dims).take_front(depth));
  return scatter(op.getData(), op.getUpdates(), *combine, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> place, entry(i.take_front(outer));
    for (int64_t k = 0; k < depth; ++k) {
      entry.push_back(b.index(k));
      place.push_back(b.position(b.load(indices, entry), dims[k]));
      entry.pop_back();
    }
    llvm::append_range(place, i.drop_front(outer));
    return place;
  }, b);
}

/// A cache with new entries: y[a, s, ...] is update[a, s - start[a], ...] where
/// there is one (circular: modulo the length), else the past.
Result tensorScatter(TensorScatterOp op, CoreBuilder &b) {
  Value past = op.getPastCache(), update = op.getUpdate();
  if (failed(sameElements(op, {past, update})))
    return failure();
  Dims dims = b.dimsOf(past), news = b.dimsOf(update);
  auto axis = normalAxis(op, op.getAxis(), dims.size());
  if (failed(axis))
    return failure();
  bool circular = op.getMode() == "circular";
  if (!circular && op.getMode() != "linear")
    return op.emitOpError("mode is '") << op.getMode() << "', expected 'linear' or 'circular'";
  if (*axis == 0)
    return op.emitOpError("axis 0 is the batch");
  Dims expected(dims);
  if (news.size() == dims.size())
    expected[*axis] = news[*axis];
  if (failed(agree(op, news, expected, "update", b)))
    return failure();
  Scalar length = b.index(dims[*axis]), count = b.index(news[*axis]);
  b.require(count <= length, "the update is longer than the cache");
  if (given(op.getWriteIndices())) {
    if (failed(agree(op, b.dimsOf(op.getWriteIndices()), dims[0], "write indices", b)))
      return failure();
    // A linear update must end in the cache.
    b.requireInRange(op.getWriteIndices(), circular ? dims[*axis] : b.dim(length - count + 1));
  }
  auto first = [&](Scalar batch) {
    return given(op.getWriteIndices()) ? cast(b.load(op.getWriteIndices(), batch), b.getIndexType()) : b.index(0);
  };
  if (sharedCapacity(past) == 0) {
    if (given(op.getWriteIndices()))
      b.requireRange(op.getWriteIndices(), b.index(0), circular ? length : length - count + 1, "a write index is out of range");
    return putRows(b, past, update, *axis, first, circular);
  }
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar start = first(i[0]);
    Scalar s = i[*axis] - start;
    if (circular)
      s = select(s < 0, s + length, s);
    SmallVector<Scalar> source(i);
    source[*axis] = max(min(s, count - 1), b.index(0));
    return select(inRange(s, count), b.load(update, source), b.load(past, i));
  });
}

/// The first `length` entries of each sequence backward.
Result reverseSequence(ReverseSequenceOp op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getInput());
  auto batch = normalAxis(op, op.getBatchAxis(), dims.size()), time = normalAxis(op, op.getTimeAxis(), dims.size());
  if (failed(batch) || failed(time))
    return failure();
  if (*batch == *time)
    return op.emitOpError("batch_axis and time_axis are both ") << *batch;
  if (failed(agree(op, b.dimsOf(op.getSequenceLens()), dims[*batch], "sequence_lens", b)))
    return failure();
  b.requireInRange(op.getSequenceLens(), b.sum(dims[*time], b.dim(1)));
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar length = cast(b.load(op.getSequenceLens(), i[*batch]), b.getIndexType()), t = i[*time];
    SmallVector<Scalar> source(i);
    source[*time] = b.position(select(t < length, length - 1 - t, t), dims[*time]);
    return b.load(op.getInput(), source);
  });
}

} // namespace

void addScatterRecipes(RecipeTable &table) {
  table.add<scatterElements, scatterND, tensorScatter, reverseSequence>();
}

} // namespace coil
