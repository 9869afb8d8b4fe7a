//===- Cumulative.cpp - running sums and products -------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

Scalar add(Scalar a, Scalar b) { return a + b; }
Scalar mul(Scalar a, Scalar b) { return a * b; }

/// x as [outer, n, inner], where n is the dimension of an axis that may be
/// known only at run time.
FailureOr<Dims> aroundAxis(Operation *op, CoreBuilder &b, Value x, Value axis) {
  Dims dims = b.dimsOf(x);
  ArrayRef<Dim> all(dims);
  int64_t rank = dims.size();
  if (auto known = b.integersOf(axis); known && known->size() == 1) {
    FailureOr<int64_t> normal = normalAxis(op, known->front(), rank);
    if (failed(normal))
      return failure();
    return Dims{b.product(all.take_front(*normal)), all[*normal], b.product(all.drop_front(*normal + 1))};
  }
  Scalar at = cast(b.itemOf(axis), b.getIndexType());
  b.require((at >= -rank) & (at < rank), "the axis is out of range for rank " + Twine(rank));
  at = select(at < 0, at + rank, at);
  Scalar outer = b.index(1), n = outer, inner = outer, one = outer;
  for (auto [i, d] : llvm::enumerate(all)) {
    outer = outer * select(at > int64_t(i), b.index(d), one);
    n = n * select(at == int64_t(i), b.index(d), one);
    inner = inner * select(at < int64_t(i), b.index(d), one);
  }
  return Dims{b.dim(outer), b.dim(n), b.dim(inner)};
}

/// y[i] = x[0] + ... + x[i] along an axis, without x[i] if exclusive; from the
/// end if reverse.
template <typename Op, Scalar (*combine)(Scalar, Scalar), int identity> Result cumulative(Op op, CoreBuilder &b) {
  Value x = op.getX();
  Dims dims = b.dimsOf(x);
  if (dims.empty())
    return op.emitOpError("the operand has rank 0, expected 1 or more");
  if (b.typeOf(op.getAxis()).getRank() > 1)
    return op.emitOpError("'axis' has type ") << op.getAxis().getType() << ", expected one integer";
  auto view = aroundAxis(op, b, x, op.getAxis());
  if (failed(view))
    return failure();
  Type element = b.elementOf(x), type = sumType(element);
  x = b.reshape(x, *view);
  Dim outer = (*view)[0], n = (*view)[1], inner = (*view)[2];
  Value y = b.remember(tensor::EmptyOp::create(b, *view, element), *view);

  // One row after another: the running sum of a column stays in a register.
  auto column = [&](Scalar i, Scalar k, Value y) {
    Scalar start = constantOf(b, type, identity);
    return b.loop(n, {start.value(), y}, [&](Scalar j, ValueRange carried) -> SmallVector<Value> {
      Scalar at = op.getReverse() ? b.index(n) - 1 - j : j;
      Scalar before(b, carried[0], type);
      Scalar after = combine(before, cast(b.load(x, {i, at, k}), type));
      Scalar here = cast(op.getExclusive() ? before : after, element);
      return {after.value(), b.store(here, carried[1], {i, at, k})};
    })[1];
  };
  y = b.loop(outer, y, [&](Scalar i, ValueRange rows) {
    return b.loop(inner, rows[0], [&](Scalar k, ValueRange columns) {
      return SmallVector<Value>{column(i, k, columns[0])};
    });
  })[0];
  return b.reshape(y, dims);
}

} // namespace

void addCumulativeRecipes(RecipeTable &table) {
  table.add<cumulative<CumSumOp, add, 0>, cumulative<CumProdOp, mul, 1>>();
}

} // namespace coil
