//===- Axis.cpp - a tensor around one of its axes -------------------------===//

#include "passes/legalize/Axis.h"

namespace coil {

FailureOr<AxisView> viewAround(Operation *op, CoreBuilder &b, ArrayRef<Dim> dims, Value axis, int64_t rank) {
  int64_t count = dims.size();
  if (b.rankOf(axis) > 1 || !isa<IntegerType>(b.elementOf(axis)))
    return op->emitOpError("'axis' has type ") << axis.getType() << ", expected one integer";
  if (auto known = b.integersOf(axis); known && known->size() == 1) {
    FailureOr<int64_t> normal = normalAxis(op, known->front(), rank);
    if (failed(normal))
      return failure();
    if (*normal >= count)
      return op->emitOpError("axis ") << known->front() << " is none of the first " << count << " of rank " << rank;
    return AxisView{b.product(dims.take_front(*normal)), dims[*normal], b.product(dims.drop_front(*normal + 1)),
                    b.dim(*normal)};
  }
  Scalar at = cast(b.itemOf(axis), b.getIndexType());
  b.require((at >= -rank) & (at < rank), "the axis is out of range for rank " + Twine(rank));
  at = select(at < 0, at + rank, at);
  if (count < rank)
    b.require(at < count, "the axis is none of the first " + Twine(count) + " of rank " + Twine(rank));
  Scalar outer = b.index(1), n = outer, inner = outer, one = outer;
  for (auto [i, d] : llvm::enumerate(dims)) {
    outer = outer * select(at > int64_t(i), b.index(d), one);
    n = n * select(at == int64_t(i), b.index(d), one);
    inner = inner * select(at < int64_t(i), b.index(d), one);
  }
  return AxisView{b.dim(outer), b.dim(n), b.dim(inner), b.dim(at)};
}

Dims AxisView::resized(CoreBuilder &b, const Dims &all, Dim size) const {
  Dims dims(all);
  if (auto known = b.constant(axis)) {
    dims[*known] = size;
    return dims;
  }
  for (auto [i, d] : llvm::enumerate(dims))
    d = b.dim(select(b.index(axis) == int64_t(i), b.index(size), b.index(d)));
  return dims;
}

} // namespace coil
