//===- Gather.cpp - reading where indices say -----------------------------===//
//
// An index is checked before it is used, in one reduction over all of them;
// constants are checked here. The reading loop still clamps, so that no order
// of the two touches memory that is not ours.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// y[a..., i..., c...] = data[a..., indices[i...], c...]
Result gather(GatherOp op, CoreBuilder &b) {
  Value data = op.getData(), indices = op.getIndices();
  Dims from = b.dimsOf(data);
  auto normal = normalAxis(op, op.getAxis(), from.size());
  if (failed(normal))
    return failure();
  int64_t axis = *normal;
  Dim n = from[axis];
  b.requireInRange(indices, n);
  if (b.facts.failed)
    return failure();

  // Of a shape: the elements themselves.
  auto elements = b.elementsOf(data);
  auto known = b.integersOf(indices);
  if (elements && known && from.size() == 1) {
    SmallVector<Scalar> picked;
    for (int64_t i : *known)
      picked.push_back((*elements)[i < 0 ? i + elements->size() : i]);
    return b.fromElements(picked, b.typeOf(indices).getShape(), b.elementOf(data));
  }

  Dims at = b.dimsOf(indices), dims(from);
  dims.erase(dims.begin() + axis);
  dims.insert(dims.begin() + axis, at.begin(), at.end());
  if (b.constant(b.sizeOf(indices)) == 1) {
    // One index: a part of the tensor, which lies in memory as it is.
    Dims offsets(from.size(), b.dim(0)), sizes(from), ones(from.size(), b.dim(1));
    offsets[axis] = b.dim(b.position(b.itemOf(indices), n));
    sizes[axis] = b.dim(1);
    return b.reshape(b.slice(data, offsets, sizes, ones), dims);
  }
  bool plain = known && llvm::all_of(*known, [](int64_t i) { return i >= 0; });
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar where = b.load(indices, i.slice(axis, at.size()));
    SmallVector<Scalar> source(i.take_front(axis));
    source.push_back(plain ? cast(where, b.getIndexType()) : b.position(where, n));
    llvm::append_range(source, i.drop_front(axis + at.size()));
    return b.load(data, source);
  });
}

/// y[i, j, ...] = data[i, indices[i, j, ...], ...]
Result gatherElements(GatherElementsOp op, CoreBuilder &b) {
  Dims from = b.dimsOf(op.getData()), dims = b.dimsOf(op.getIndices());
  auto axis = normalAxis(op, op.getAxis(), from.size());
  if (failed(axis))
    return failure();
  if (dims.size() != from.size())
    return op.emitOpError("indices have rank ") << dims.size() << ", expected " << from.size();
  for (auto [i, d] : llvm::enumerate(dims)) {
    if (int64_t(i) == *axis || b.same(d, from[i]))
      continue;
    auto n = b.constant(d), m = b.constant(from[i]);
    if (n && m && *n > *m)
      return op.emitOpError("dimension ") << i << " of the indices is " << *n << ", expected at most " << *m;
    b.require(b.index(d) <= b.index(from[i]), "dimension " + Twine(i) + " of the indices is too large");
  }
  b.requireInRange(op.getIndices(), from[*axis]);
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> source(i);
    source[*axis] = b.position(b.load(op.getIndices(), i), from[*axis]);
    return b.load(op.getData(), source);
  });
}

/// y[a..., i..., c...] = data[a..., indices[a..., i..., :], c...] with batch_dims a's.
Result gatherND(GatherNDOp op, CoreBuilder &b) {
  Dims from = b.dimsOf(op.getData()), dims = b.dimsOf(op.getIndices());
  size_t batch = op.getBatchDims();
  if (dims.empty() || op.getBatchDims() < 0 || batch >= dims.size() || batch >= from.size())
    return op.emitOpError("batch_dims is ") << op.getBatchDims() << ", expected less than the ranks "
                                            << from.size() << " and " << dims.size();
  auto depth = b.constant(dims.back());
  // Of the rank of the result it is what the rest leaves.
  if (auto rank = statedRank(op->getResult(0)); !depth && rank) {
    depth = int64_t(dims.size() - 1 + from.size() - batch) - *rank;
    b.require(b.index(dims.back()) == *depth, "the last dimension of the indices is not " + Twine(*depth));
  }
  if (!depth || *depth < 1 || batch + *depth > from.size())
    return op.emitOpError("the last dimension of the indices is ")
           << (depth ? std::to_string(*depth) : "not known") << ", expected 1 to " << from.size() - batch;
  dims.pop_back();
  for (size_t i = 0; i < batch; ++i) {
    auto n = b.constant(from[i]), m = b.constant(dims[i]);
    if (n && m && *n != *m)
      return op.emitOpError("batch dimension ") << i << " is " << *n << " and " << *m;
    if (!b.same(from[i], dims[i]))
      b.require(b.index(from[i]) == b.index(dims[i]), "batch dimension " + Twine(i) + " differs");
  }
  ArrayRef<Dim> bounds = ArrayRef(from).slice(batch, *depth);
  b.requireInRange(op.getIndices(), bounds);
  if (b.facts.failed)
    return failure();
  size_t outer = dims.size();
  dims.append(from.begin() + batch + *depth, from.end());
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> source(i.take_front(batch)), entry(i.take_front(outer));
    for (int64_t k = 0; k < *depth; ++k) {
      entry.push_back(b.index(k));
      source.push_back(b.position(b.load(op.getIndices(), entry), bounds[k]));
      entry.pop_back();
    }
    llvm::append_range(source, i.drop_front(outer));
    return b.load(op.getData(), source);
  });
}

} // namespace

void addGatherRecipes(RecipeTable &table) { table.add<gather, gatherElements, gatherND>(); }

} // namespace coil
