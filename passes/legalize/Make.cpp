//===- Make.cpp - tensors from nothing but their indices ------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

Result constantOfShape(ConstantOfShapeOp op, CoreBuilder &b) {
  auto dims = shapeOf(op, op.getX(), b);
  if (failed(dims))
    return failure();
  for (auto [i, d] : llvm::enumerate(*dims)) {
    if (auto n = b.constant(d); n && *n < 0)
      return op.emitOpError("dimension ") << i << " is " << *n;
    b.require(b.nonNegative(d), "dimension " + Twine(i) + " is negative");
  }
  if (op.getValue() && op.getValue()->getNumElements() != 1)
    return op.emitOpError("value has ") << op.getValue()->getNumElements() << " elements, expected 1";
  return b.splat(*dims, op.getValue() ? b.itemOf(b.literal(*op.getValue())) : constantOf(b, b.getF32Type(), 0));
}

/// max(0, ceil((limit - start) / delta))
Dim stepsBetween(Scalar start, Scalar limit, Scalar delta, CoreBuilder &b) {
  if (start.isFloat()) {
    Type f64 = b.getF64Type();
    Scalar n = ceil(cast(limit - start, f64) / cast(delta, f64));
    return b.dim(cast(max(n, n.like(0)), b.getIndexType()));
  }
  Type type = b.getIndexType();
  Scalar span = b.difference(cast(limit, type), cast(start, type)), step = cast(delta, type);
  Scalar n = span / step;
  if (step.constant() != 1) {
    Scalar rest = span % step;
    n = n + select((rest != 0) & ((rest < 0) == (step < 0)), b.index(1), b.index(0));
  }
  return b.nonNegative(b.dim(n)).constant() == 1 ? b.dim(n) : b.dim(max(n, b.index(0)));
}

/// start + i * delta
Result range(RangeOp op, CoreBuilder &b) {
  Type element = b.elementOf(op.getStart());
  for (Value x : {op.getLimit(), op.getDelta()})
    if (b.elementOf(x) != element)
      return op.emitOpError("operands have element types ") << element << " and " << b.elementOf(x);
  // Narrow floats are computed in f32.
  bool narrow = isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32;
  Type wide = narrow ? b.getF32Type() : element;
  Scalar start = cast(b.itemOf(op.getStart()), wide), limit = cast(b.itemOf(op.getLimit()), wide);
  Scalar delta = cast(b.itemOf(op.getDelta()), wide);
  if (!delta.isFloat() && delta.constant() == 0)
    return op.emitOpError("delta is 0");
  b.require(delta != 0, "delta is 0");
  auto formula = [&](Scalar i) { return cast(start + cast(i, wide) * delta, element); };
  Dim count = stepsBetween(start, limit, delta, b);
  auto n = b.constant(count);
  if (n && *n <= 16 && !start.isFloat()) {
    SmallVector<Scalar> elements;
    for (int64_t i = 0; i < *n; ++i)
      elements.push_back(formula(b.index(i)));
    return b.fromElements(elements, {*n}, element);
  }
  return b.generate({count}, [&](ArrayRef<Scalar> i) { return formula(i[0]); });
}

/// 1 where column = row + k
Result eyeLike(EyeLikeOp op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getX());
  if (dims.size() != 2)
    return op.emitOpError("the operand has rank ") << dims.size() << ", expected 2";
  Type type = op.getDtype().value_or(b.elementOf(op.getX()));
  return b.generate(dims, [&](ArrayRef<Scalar> i) { return cast(i[1] == i[0] + op.getK(), type); });
}

/// 'values' is [off, on]; an index that is out of range is nowhere on.
Result oneHot(OneHotOp op, CoreBuilder &b) {
  Value indices = op.getIndices();
  auto axis = normalAxis(op, op.getAxis(), b.rankOf(indices) + 1);
  if (failed(axis))
    return failure();
  if (b.rankOf(op.getValues()) != 1)
    return op.emitOpError("'values' has type ") << op.getValues().getType() << ", expected two elements";
  Scalar depth = cast(b.itemOf(op.getDepth()), b.getIndexType());
  b.require(depth >= 0, "'depth' is negative");
  Scalar off = b.load(op.getValues(), b.index(0)), on = b.load(op.getValues(), b.index(1));
  Dims dims = b.dimsOf(indices);
  dims.insert(dims.begin() + *axis, b.dim(depth));
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> at(i);
    at.erase(at.begin() + *axis);
    Scalar hot = cast(b.load(indices, at), b.getIndexType());
    return select((hot == i[*axis]) | (hot + depth == i[*axis]), on, off);
  });
}

/// The part above (or below) the k-th diagonal, zero elsewhere.
template <typename Op> Result trilu(Op op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getInput());
  size_t rank = dims.size();
  if (rank < 2)
    return op.emitOpError("the operand has rank ") << rank << ", expected 2 or more";
  Scalar k = given(op.getK()) ? cast(b.itemOf(op.getK()), b.getIndexType()) : b.index(0);
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar diagonal = i[rank - 2] + k, column = i[rank - 1], x = b.load(op.getInput(), i);
    return select(op.getUpper() ? column >= diagonal : column <= diagonal, x, x.like(0));
  });
}

} // namespace

void addMakeRecipes(RecipeTable &table) { table.add<constantOfShape, range, eyeLike, oneHot, trilu<TriluOp>, trilu<MsTriluOp>>(); }

} // namespace coil
