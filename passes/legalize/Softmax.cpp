//===- Softmax.cpp - exponentials that sum to one -------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {

/// exp(x - max(x)) / sum(exp(x - max(x))), in f32 for narrower floats: times the
/// inverse of the sum, one division for all.
Value softmax(CoreBuilder &b, Value x, int64_t axis) {
  Type element = b.elementOf(x), type = sumType(element);
  Value top = b.reduceMax(x, axis, /*keep=*/true);
  Value powers = b.map({x, top}, [&](ArrayRef<Scalar> s) { return expOfNonpositive(cast(s[0], type) - cast(s[1], type)); });
  Value sum = b.reduceSum(powers, axis, /*keep=*/true);
  Value share = b.map(sum, [](Scalar s) { return 1.0 / s; });
  return b.map({powers, share}, [&](ArrayRef<Scalar> s) { return cast(s[0] * s[1], element); });
}

/// x - max(x) - log(sum(exp(x - max(x))))
Value logSoftmax(CoreBuilder &b, Value x, int64_t axis) {
  Type element = b.elementOf(x), type = sumType(element);
  Value top = b.reduceMax(x, axis, /*keep=*/true);
  Value shifted = b.map({x, top}, [&](ArrayRef<Scalar> s) { return cast(s[0], type) - cast(s[1], type); });
  Value sum = b.reduceSum(b.map(shifted, expOfNonpositive), axis, /*keep=*/true);
  return b.map({shifted, sum}, [&](ArrayRef<Scalar> s) { return cast(s[0] - log(s[1]), element); });
}

namespace {

template <typename Op, Value (*formula)(CoreBuilder &, Value, int64_t)>
Result alongAxis(Op op, CoreBuilder &b) {
  if (!isa<FloatType>(b.elementOf(op.getX())))
    return op.emitOpError("the operand has type ") << op.getX().getType() << ", expected floats";
  FailureOr<int64_t> axis = normalAxis(op, op.getAxis(), b.rankOf(op.getX()));
  if (failed(axis))
    return failure();
  return formula(b, op.getX(), *axis);
}

} // namespace

void addSoftmaxRecipes(RecipeTable &table) {
  table.add<alongAxis<SoftmaxOp, softmax>, alongAxis<LogSoftmaxOp, logSoftmax>>();
}

} // namespace coil
