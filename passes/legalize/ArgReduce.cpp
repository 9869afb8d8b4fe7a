//===- ArgReduce.cpp - where the extreme is -------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// The first or last index along `axis` that holds the extreme; a NaN is one.
Value indexOfExtreme(CoreBuilder &b, Value x, int64_t axis, bool greatest, bool last) {
  Value extreme = b.reduce(
      x, axis, false,
      [&](auto &builder) {
        Scalar like = constantOf(builder, b.elementOf(x), 0);
        return greatest ? lowest(like) : highest(like);
      },
      [&](ArrayRef<Scalar> s) { return greatest ? max(s[1], s[0]) : min(s[1], s[0]); });
  Dims sizes = b.dimsOf(x), kept = sizes;
  int64_t rank = sizes.size();
  sizes.erase(sizes.begin() + axis);
  sizes.push_back(kept[axis]);
  kept[axis] = b.dim(1);
  SmallVector<AffineExpr> at, lanes;
  for (int64_t i = 0; i + 1 < rank; ++i)
    lanes.push_back(b.getAffineDimExpr(i));
  for (int64_t i = 0; i < rank; ++i)
    at.push_back(b.getAffineDimExpr(i < axis ? i : i == axis ? rank - 1 : i - 1));
  // Twice as many lanes where the numbers fit.
  std::optional<int64_t> size = CoreBuilder::constant(sizes.back());
  Type type = size && *size > 0 && *size <= INT32_MAX ? b.getI32Type() : b.getI64Type();
  auto none = [&](auto &builder) {
    Scalar like = constantOf(builder, type, 0);
    return last ? like.like(-1) : highest(like);
  };
  Value position = b.accumulate(
      {x, extreme},
      {AffineMap::get(rank, 0, at, b.getContext()), AffineMap::get(rank, 0, lanes, b.getContext())},
      sizes, rank - 1,
      none,
      [&](ArrayRef<Scalar> s) {
        Scalar here(b, b.createOrFold<arith::IndexCastOp>(type, linalg::IndexOp::create(b, rank - 1)));
        Scalar hit = s[0].isFloat() ? (s[0] == s[1]) | isNaN(s[0]) : s[0] == s[1];
        // Not what was found before: lanes along the axis have something each.
        Scalar i = select(hit, here, none(b));
        return last ? max(s[2], i) : min(s[2], i);
      });
  return b.reshape(b.convert(position, b.getI64Type()), kept);
}

template <typename Op, bool greatest> Result argExtreme(Op op, CoreBuilder &b) {
  FailureOr<int64_t> axis = normalAxis(op, op.getAxis(), b.rankOf(op.getData()));
  if (failed(axis))
    return failure();
  Value position = indexOfExtreme(b, op.getData(), *axis, greatest, op.getSelectLastIndex());
  if (op.getKeepdims())
    return position;
  Dims dims = b.dimsOf(position);
  dims.erase(dims.begin() + *axis);
  return b.reshape(position, dims);
}

/// 1 at the first maximum, else 0.
Result hardmax(HardmaxOp op, CoreBuilder &b) {
  FailureOr<int64_t> axis = normalAxis(op, op.getAxis(), b.rankOf(op.getX()));
  if (failed(axis))
    return failure();
  Value position = indexOfExtreme(b, op.getX(), *axis, true, false);
  Type element = b.elementOf(op.getX());
  return b.generate(b.dimsOf(op.getX()), [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> at(i);
    at[*axis] = b.index(0);
    Scalar first = cast(b.load(position, at), b.getIndexType());
    return cast(first == i[*axis], element);
  });
}

} // namespace

void addArgReduceRecipes(RecipeTable &table) {
  table.add<argExtreme<ArgMaxOp, true>, argExtreme<ArgMinOp, false>, hardmax>();
}

} // namespace coil
