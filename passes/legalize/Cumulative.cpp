//===- Cumulative.cpp - running sums and products -------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Axis.h"

using namespace coil::onnx;

namespace coil {
namespace {

Scalar add(Scalar a, Scalar b) { return a + b; }
Scalar mul(Scalar a, Scalar b) { return a * b; }

/// y[i] = x[0] + ... + x[i] along an axis, without x[i] if exclusive; from the
/// end if reverse.
template <typename Op, Scalar (*combine)(Scalar, Scalar), int identity> Result cumulative(Op op, CoreBuilder &b) {
  Value x = op.getX();
  Dims dims = b.dimsOf(x);
  if (dims.empty())
    return op.emitOpError("the operand has rank 0, expected 1 or more");
  auto view = viewAround(op, b, dims, op.getAxis(), dims.size());
  if (failed(view))
    return failure();
  Type element = b.elementOf(x), type = sumType(element);
  x = b.reshape(x, view->dims());
  Dim outer = view->outer, n = view->n, inner = view->inner;
  Value y = b.remember(tensor::EmptyOp::create(b, view->dims(), element), view->dims());

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
