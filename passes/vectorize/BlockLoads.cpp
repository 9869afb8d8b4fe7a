//===- BlockLoads.cpp - loads that serve several rows or terms of a tile --===//
//
// Of the body's inputs, those that lie side by side along the rows of a tile and
// not along its lanes: vectors of rows, of which each row takes a lane, or, where
// the lanes differ too, a square that is transposed. Those that lie side by side
// along a window's terms: vectors of them.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/BodyEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/vectorize/LoopNest.h"

namespace coil {

static Value plus(ImplicitLocOpBuilder &b, Value index, int64_t n) {
  return n == 0 ? index : arith::AddIOp::create(b, index, arith::ConstantIndexOp::create(b, n)).getResult();
}

Value BodyEmitter::loadOfRows(unsigned operand, std::vector<int64_t> identity, ArrayRef<Value> indices, int64_t step) {
  Value memory = op.getDpsInputs()[operand];
  auto type = cast<MemRefType>(memory.getType());
  std::optional<int64_t> stride = strideAlong(maps[operand], *row, type);
  if (!stride || *stride > kMostRowStride)
    return {};
  // Of lanes of f16 there are more than of what is multiplied by them elsewhere.
  int64_t span = (rows - 1) * *stride + 1, lanes = std::min<int64_t>(this->lanes, llvm::bit_floor(uint64_t(span)));
  if (lanes < std::min<int64_t>(this->lanes, 4))
    return {};
  identity[*row + 1] = -1;
  SmallVector<Value> &vectors = rowBlocks[identity];
  // The last vector ends where the rows end: nothing beyond them is read.
  auto firstOf = [&](int64_t n) { return std::min(n * lanes, span - lanes); };
  if (vectors.empty()) { // at the first row
    auto vector = VectorType::get(lanes, type.getElementType());
    for (int64_t n = 0; n * lanes < span; ++n) {
      SmallVector<Value> at = subscripts(maps[operand], indices);
      at.back() = plus(b, at.back(), firstOf(n));
      vectors.push_back(vector::LoadOp::create(b, vector, memory, at));
    }
  }
  int64_t at = step * *stride, n = at / lanes;
  return vector::ExtractOp::create(b, vectors[n], at - firstOf(n));
}

Value BodyEmitter::loadOfWindow(unsigned operand, std::vector<int64_t> identity, ArrayRef<Value> indices, ArrayRef<int64_t> key) {
  Value memory = op.getDpsInputs()[operand];
  auto type = cast<MemRefType>(memory.getType());
  int64_t sums = windowSums.size(), before = type.getRank() - sums, count = 1, at = 0;
  if (before < 0)
    return {};
  SmallVector<ReassociationIndices> axes;
  for (int64_t axis = 0; axis < before; ++axis)
    axes.push_back({axis});
  axes.emplace_back();
  for (auto [i, sum] : llvm::enumerate(windowSums)) {
    int64_t axis = before + i, size = type.getDimSize(axis);
    for (auto [other, e] : llvm::enumerate(maps[operand].getResults()))
      if (int64_t(other) == axis ? e != getAffineDimExpr(sum, e.getContext()) : e.isFunctionOfDim(sum))
        return {};
    if (ShapedType::isDynamic(size))
      return {};
    count *= size;
    at = at * size + key[sum];
    axes.back().push_back(axis);
    identity[sum + 1] = -1;
  }
  if (count < lanes || !memref::CollapseShapeOp::isGuaranteedCollapsible(type, axes) || !isContiguous(maps[operand], windowSums.back(), type))
    return {};
  SmallVector<Value> &vectors = windowBlocks[identity];
  // The last vector ends where the terms end: nothing beyond them is read.
  auto firstOf = [&](int64_t n) { return std::min(n * lanes, count - lanes); };
  if (vectors.empty()) {
    if (sums > 1)
      memory = memref::CollapseShapeOp::create(b, memory, axes);
    SmallVector<Value> place = subscripts(maps[operand], indices);
    place.resize(before + 1);
    for (int64_t n = 0; n * lanes < count; ++n) {
      place.back() = arith::ConstantIndexOp::create(b, firstOf(n));
      vectors.push_back(vector::LoadOp::create(b, VectorType::get(lanes, type.getElementType()), memory, place));
    }
  }
  return vector::ExtractOp::create(b, vectors[at / lanes], at - firstOf(at / lanes));
}

void transpose(SmallVector<Value> &square, ImplicitLocOpBuilder &b) {
  int64_t size = square.size(), half = size / 2;
  SmallVector<int64_t> low, high;
  for (int64_t i = 0; i < half; ++i) {
    low.append({i, size + i});
    high.append({half + i, size + half + i});
  }
  for (int64_t stage = 1; stage < size; stage *= 2) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < half; ++i) {
      next.push_back(vector::ShuffleOp::create(b, square[i], square[i + half], low));
      next.push_back(vector::ShuffleOp::create(b, square[i], square[i + half], high));
    }
    square = next;
  }
}

Value BodyEmitter::loadSteps(unsigned operand, ArrayRef<Value> indices, int64_t stride) {
  Value memory = op.getDpsInputs()[operand];
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  SmallVector<Value> first = subscripts(maps[operand], indices);
  auto place = [&](int64_t n) {
    SmallVector<Value> at(first);
    at.back() = plus(b, at.back(), n);
    return at;
  };
  if (stride >= lanes) {
    SmallVector<Value> elements;
    for (int64_t n = 0; n < lanes; ++n) // lanes without an element: that of the last
      elements.push_back(n < valid ? memref::LoadOp::create(b, memory, place(n * stride)).getResult() : elements.back());
    return vector::FromElementsOp::create(b, VectorType::get(lanes, element), elements);
  }
  int64_t span = stride * (valid - 1) + 1, saved = valid;
  SmallVector<Value> parts;
  SmallVector<std::pair<int64_t, int64_t>> sources; // of each lane: which part, and where in it
  while (int64_t(sources.size()) < saved) {
    // The last vector ends with the last lane's element; of fewer elements each is masked.
    int64_t from = std::max<int64_t>(0, std::min(int64_t(sources.size()) * stride, span - lanes));
    valid = std::min(span - from, lanes);
    for (int64_t at; int64_t(sources.size()) < saved && (at = int64_t(sources.size()) * stride - from) < lanes;)
      sources.emplace_back(parts.size(), at);
    parts.push_back(loadLanes(memory, element, place(from), false));
  }
  valid = saved;
  sources.resize(lanes, sources.back()); // lanes without an element: that of the last
  Value all = parts.front();
  for (int64_t part = std::min<int64_t>(1, parts.size() - 1); part < int64_t(parts.size()); ++part) {
    SmallVector<int64_t> order;
    for (auto [n, source] : llvm::enumerate(sources)) // a later part's: anything
      order.push_back(source.first > part ? -1 : source.first == part && part > 0 ? lanes + source.second : part > 1 ? int64_t(n) : source.second);
    all = vector::ShuffleOp::create(b, all, parts[part], order);
  }
  return all;
}

Value BodyEmitter::loadStrided(unsigned operand, std::vector<int64_t> identity, ArrayRef<Value> indices, int64_t step) {
  Value memory = op.getDpsInputs()[operand];
  auto type = cast<MemRefType>(memory.getType());
  auto vector = VectorType::get(lanes, type.getElementType());
  SmallVector<Value> moved(indices);
  auto atLane = [&](int64_t n) {
    moved[lane] = plus(b, indices[lane], n);
    return subscripts(maps[operand], moved);
  };
  if (row && rows == lanes && isContiguous(maps[operand], *row, type)) {
    identity[*row + 1] = -1;
    SmallVector<Value> &square = squares[identity];
    if (square.empty()) { // at the first row
      for (int64_t n = 0; n < lanes; ++n)
        square.push_back(vector::LoadOp::create(b, vector, memory, atLane(n)));
      transpose(square, b);
    }
    return square[step];
  }
  SmallVector<Value> elements;
  for (int64_t n = 0; n < lanes; ++n)
    elements.push_back(memref::LoadOp::create(b, memory, atLane(n)));
  return vector::FromElementsOp::create(b, vector, elements);
}

} // namespace coil
