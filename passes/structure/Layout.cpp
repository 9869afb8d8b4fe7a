//===- Layout.cpp - orders of dimensions through maps and reshapes --------===//

#include "passes/structure/Layout.h"

namespace coil {

Order simplified(Order order) {
  if (llvm::is_sorted(order))
    order.clear();
  return order;
}

SmallVector<unsigned> loopsInOrder(ArrayRef<llvm::SmallBitVector> places, unsigned loops) {
  SmallVector<unsigned> ordered;
  llvm::SmallBitVector named(loops), known(loops);
  for (const llvm::SmallBitVector &place : places)
    named |= place;
  for (unsigned loop = 0; loop < loops; ++loop)
    if (!named[loop])
      ordered.push_back(loop);
  for (const llvm::SmallBitVector &place : places)
    for (unsigned loop : place.set_bits())
      if (!known[loop]) {
        known.set(loop);
        ordered.push_back(loop);
      }
  return ordered;
}

Order orderOfResult(AffineMap map, ArrayRef<unsigned> loops) {
  Order order;
  for (unsigned loop : loops)
    for (auto [axis, e] : llvm::enumerate(map.getResults()))
      if (e.isFunctionOfDim(loop) && !llvm::is_contained(order, int64_t(axis)))
        order.push_back(axis);
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis) // an axis without a loop has extent one
    if (!llvm::is_contained(order, int64_t(axis)))
      order.push_back(axis);
  return order;
}

std::optional<WindowLoops> windowLoops(linalg::GenericOp op) {
  if (op.getNumDpsInputs() < 2 || op.getNumReductionLoops() == 0)
    return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  WindowLoops w;
  AffineMap image = maps[w.image], weight = maps[w.weight], result = maps.back();
  if (!weight.isProjectedPermutation() || !result.isProjectedPermutation())
    return std::nullopt;
  llvm::SmallBitVector inWindow(maps[0].getNumDims());
  for (AffineExpr e : image.getResults())
    if (!isa<AffineDimExpr, AffineConstantExpr>(e))
      for (unsigned loop = 0; loop < inWindow.size(); ++loop)
        if (e.isFunctionOfDim(loop))
          inWindow.set(loop);
  for (unsigned loop = 0; loop < inWindow.size(); ++loop) {
    bool sum = kinds[loop] == utils::IteratorType::reduction;
    if (inWindow[loop])
      (sum ? w.kernel : w.spatial).push_back(loop);
    else if (sum)
      w.inputs.push_back(loop);
    else
      (weight.isFunctionOfDim(loop) ? w.channels : w.batch).push_back(loop);
  }
  // A pool has no weight: all that comes between the batch and where the window is
  // are channels.
  if (w.channels.empty() && w.batch.size() > 1 && !w.spatial.empty() && w.batch.back() < w.spatial.front() && op.getMatchingBlockArgument(op.getDpsInputOperand(w.weight)).use_empty()) {
    w.channels.assign(w.batch.begin() + 1, w.batch.end());
    w.batch.resize(1);
  }
  // A window needs both: where it is, and what is in it.
  if (w.spatial.empty() || w.kernel.empty() || w.channels.empty())
    return std::nullopt;
  return w;
}

std::optional<Reshaped> collapsed(tensor::CollapseShapeOp op, ArrayRef<int64_t> order) {
  ArrayRef<int64_t> shape = op.getSrcType().getShape();
  SmallVector<ReassociationIndices> groups = op.getReassociationIndices();
  SmallVector<int64_t> groupOf(shape.size());
  llvm::SmallBitVector hasExtent(groups.size());
  for (auto [g, group] : llvm::enumerate(groups))
    for (int64_t axis : group) {
      groupOf[axis] = g;
      if (shape[axis] != 1)
        hasExtent.set(g);
    }
  Reshaped result;
  llvm::SmallBitVector used(groups.size());
  int64_t last = -1;
  ReassociationIndices waiting; // of extent one, to go with whatever comes next
  for (auto [place, axis] : llvm::enumerate(order)) {
    int64_t group = groupOf[axis];
    if (shape[axis] == 1 && hasExtent[group]) {
      (result.groups.empty() ? waiting : result.groups.back()).push_back(place);
      continue;
    }
    if (!result.order.empty() && result.order.back() == group && (axis > last || shape[axis] == 1)) {
      result.groups.back().push_back(place);
    } else if (used[group]) {
      return std::nullopt;
    } else {
      used.set(group);
      result.order.push_back(group);
      result.groups.push_back(std::exchange(waiting, {}));
      result.groups.back().push_back(place);
    }
    last = axis;
  }
  if (result.groups.size() != groups.size())
    return std::nullopt;
  return result;
}

Order gathered(tensor::CollapseShapeOp op, ArrayRef<int64_t> order) {
  ArrayRef<int64_t> shape = op.getSrcType().getShape();
  SmallVector<ReassociationIndices> groups = op.getReassociationIndices();
  auto holds = [&](const ReassociationIndices &group, int64_t axis) { return llvm::is_contained(group, axis); };
  Order gathered;
  llvm::SmallBitVector placed(groups.size());
  auto place = [&](size_t g) {
    llvm::append_range(gathered, groups[g]);
    placed.set(g);
  };
  for (auto [g, group] : llvm::enumerate(groups)) // of extent one: wherever they go
    if (llvm::all_of(group, [&](int64_t axis) { return shape[axis] == 1; }))
      place(g);
  int64_t last = -1;
  for (int64_t axis : order) {
    if (shape[axis] == 1)
      continue;
    last = axis;
    for (auto [g, group] : llvm::enumerate(groups))
      if (!placed[g] && holds(group, axis))
        place(g);
  }
  bool stays = last >= 0 && llvm::any_of(groups, [&](const ReassociationIndices &group) {
                 return holds(group, last) && holds(group, gathered.back());
               });
  return stays ? gathered : Order();
}

Reshaped expanded(tensor::ExpandShapeOp op, ArrayRef<int64_t> order) {
  SmallVector<ReassociationIndices> groups = op.getReassociationIndices();
  Reshaped result;
  for (int64_t axis : order) {
    result.groups.emplace_back();
    for (int64_t part : groups[axis]) {
      result.groups.back().push_back(result.order.size());
      result.order.push_back(part);
    }
  }
  return result;
}

} // namespace coil
