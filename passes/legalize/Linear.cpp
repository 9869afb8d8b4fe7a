//===- Linear.cpp - matrix products ---------------------------------------===//

#include "passes/legalize/Linear.h"

#include "dialects/onnx/Onnx.h"

using namespace coil::onnx;

namespace coil {
namespace {

Result matMul(MatMulOp op, CoreBuilder &b) {
  if (b.rankOf(op.getA()) == 0 || b.rankOf(op.getB()) == 0)
    return op.emitOpError("operands have types ")
           << op.getA().getType() << " and " << op.getB().getType() << ", expected rank 1 or more";
  return b.matmul(op.getA(), op.getB());
}

Result gemm(GemmOp op, CoreBuilder &b) {
  FailureOr<Value> y = gemmOf(op, b);
  return failed(y) ? Result(failure()) : Result(*y);
}

/// Of square matrices, by elimination with the greatest pivot of each column.
Result det(DetOp op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getX());
  size_t rank = dims.size();
  if (rank < 2)
    return op.emitOpError("the operand has type ") << op.getX().getType() << ", expected rank 2 or more";
  Dim n = dims[rank - 1];
  if (auto rows = b.constant(dims[rank - 2]), columns = b.constant(n); rows && columns && *rows != *columns)
    return op.emitOpError("the operand has type ") << op.getX().getType() << ", expected square matrices";
  b.require(b.index(dims[rank - 2]) == b.index(n), "the matrices are not square");
  Dims outer(dims.begin(), dims.end() - 2);
  Dim count = b.product(outer);
  Type element = b.elementOf(op.getX()), type = sumType(element);
  Value matrices = b.reshape(b.convert(op.getX(), type), {count, n, n});
  Value y = b.remember(tensor::EmptyOp::create(b, Dims{count}, element), {count});
  y = b.loop(count, {matrices, y}, [&](Scalar i, ArrayRef<Value> carried) -> SmallVector<Value> {
    Scalar one = constantOf(b, type, 1);
    auto eliminated = b.loop(n, {carried[0], one.value()}, [&](Scalar k, ArrayRef<Value> state) -> SmallVector<Value> {
      Value m = state[0];
      auto at = [&](Scalar r, Scalar c) { return b.load(m, {i, r, c}); };
      Scalar below = b.index(n) - 1 - k;
      Scalar pivot = b.fold(below, k, [&](Scalar r, Scalar best) {
        r = r + k + 1;
        return select(abs(at(r, k)) > abs(at(best, k)), r, best);
      });
      m = b.loop(n, m, [&](Scalar c, ArrayRef<Value> rows) -> SmallVector<Value> {
        Scalar upper = b.load(rows[0], {i, k, c}), lower = b.load(rows[0], {i, pivot, c});
        return {b.store(upper, b.store(lower, rows[0], {i, k, c}), {i, pivot, c})};
      })[0];
      Scalar head = at(k, k), next = Scalar(b, state[1], type) * head;
      next = select(pivot == k, next, -next);
      Scalar inverse = select(head == 0, head, 1.0 / head);
      m = b.loops({b.dim(below), b.dim(below)}, m, [&](ArrayRef<Scalar> p, ArrayRef<Value> rows) -> SmallVector<Value> {
        Scalar r = p[0] + k + 1, c = p[1] + k + 1;
        auto now = [&](Scalar r, Scalar c) { return b.load(rows[0], {i, r, c}); };
        return {b.store(now(r, c) - now(r, k) * inverse * now(k, c), rows[0], {i, r, c})};
      })[0];
      return {m, next.value()};
    });
    return {eliminated[0], b.store(cast(Scalar(b, eliminated[1], type), element), carried[1], i)};
  })[1];
  return b.reshape(y, outer);
}

/// [x, 1] made to [1, inverse of x], row by row (Gauss and Jordan), with the
/// greatest pivot of each column.
Result inverse(MsInverseOp op, CoreBuilder &b) {
  Value x = op.getX();
  Dims dims = b.dimsOf(x);
  size_t rank = dims.size();
  if (rank < 2 || !isa<FloatType>(b.elementOf(x)))
    return op.emitOpError("the operand has type ") << x.getType() << ", expected floats of rank 2 or more";
  Dim n = dims[rank - 1];
  b.requireSame(dims[rank - 2], n, "the rows and columns of the matrices");
  if (b.facts.failed)
    return failure();
  Dim count = b.product(ArrayRef(dims).drop_back(2)), width = b.product({b.dim(2), n});
  Type element = b.elementOf(x), type = sumType(element);
  Value flat = b.reshape(b.convert(x, type), {count, n, n});
  Value both = b.generate({count, n, width}, [&](ArrayRef<Scalar> i) {
    Scalar right = i[2] - b.index(n);
    return b.loadIf(i[2] < b.index(n), flat, i, cast(right == i[1], type));
  });
  using Values = SmallVector<Value>;
  both = b.loops({count, n}, both, [&](ArrayRef<Scalar> p, ArrayRef<Value> carried) -> Values {
    Scalar i = p[0], k = p[1];
    auto at = [&](Value m, Scalar r, Scalar c) { return b.load(m, {i, r, c}); };
    Scalar pivot = b.fold(b.index(n) - 1 - k, k, [&](Scalar r, Scalar best) {
      r = r + k + 1;
      return select(abs(at(carried[0], r, k)) > abs(at(carried[0], best, k)), r, best);
    });
    Scalar head = at(carried[0], pivot, k);
    // The pivot's row comes to row k, divided by the pivot.
    Value m = b.loop(width, carried[0], [&](Scalar c, ArrayRef<Value> rows) -> Values {
      Scalar upper = at(rows[0], k, c), lower = at(rows[0], pivot, c);
      return {b.store(lower / head, b.store(upper, rows[0], {i, pivot, c}), {i, k, c})};
    })[0];
    return b.loop(n, m, [&](Scalar r, ArrayRef<Value> rows) -> Values {
      Scalar factor = select(r == k, head.like(0), at(rows[0], r, k));
      return b.loop(width, rows[0], [&](Scalar c, ArrayRef<Value> row) -> Values {
        return {b.store(at(row[0], r, c) - factor * at(row[0], k, c), row[0], {i, r, c})};
      });
    });
  })[0];
  Value y = b.slice(both, {b.dim(0), b.dim(0), n}, {count, n, n}, Dims(3, b.dim(1)));
  return b.reshape(b.convert(y, element), dims);
}

} // namespace

void addLinearRecipes(RecipeTable &table) { table.add<matMul, gemm, det, inverse>(); }

} // namespace coil
