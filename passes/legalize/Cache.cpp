//===- Cache.cpp - caches that stay where they are ------------------------===//

#include "passes/legalize/Cache.h"

#include "passes/support/Share.h"

namespace coil {

std::optional<int64_t> sharedCapacity(Value cache) {
  auto input = dyn_cast<BlockArgument>(cache);
  auto share = input ? shareOfInput(input) : std::nullopt;
  return share ? std::optional(share->capacity) : std::nullopt;
}

Value putRows(CoreBuilder &b, Value cache, Value rows, int64_t axis, function_ref<Scalar(Scalar)> first, bool circular) {
  Dims news = b.dimsOf(rows), counts{news[0]}, sizes = news, ones(news.size(), b.dim(1));
  sizes[0] = b.dim(1);
  if (circular) {
    counts.push_back(news[axis]);
    sizes[axis] = b.dim(1);
  }
  Scalar length = b.index(b.dimOf(cache, axis));
  return b.loops(counts, cache, [&](ArrayRef<Scalar> i, ArrayRef<Value> carried) -> SmallVector<Value> {
    Dims from(news.size(), b.dim(0));
    from[0] = b.dim(i[0]);
    Dims to = from;
    Scalar row = first(i[0]);
    if (circular) {
      from[axis] = b.dim(i[1]);
      row = row + i[1];
      row = select(row >= length, row - length, row);
    }
    to[axis] = b.dim(row);
    Value part = b.slice(rows, from, sizes, ones);
    if (auto type = b.tensorOf(sizes, b.elementOf(rows)); type != part.getType())
      part = tensor::CastOp::create(b, type, part);
    return {b.remember(tensor::InsertSliceOp::create(b, part, carried[0], to, sizes, ones), b.dimsOf(cache))};
  })[0];
}

} // namespace coil
