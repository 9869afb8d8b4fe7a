//===- Quantize.cpp - ONNX's operators on quantized tensors ---------------===//

#include "passes/legalize/Quantize.h"

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/SmallFloat.h"

using namespace coil::onnx;

namespace coil {
namespace {

//===----------------------------------------------------------------------===//
// QuantizeLinear, DequantizeLinear
//===----------------------------------------------------------------------===//

/// Of blocks along an axis: x as [..., blocks, block, ...], so that a parameter
/// of a block is one that broadcasts. What is missing in the last block is 0.
struct Blocked {
  Value x;
  Dims dims; // of x before
  int64_t axis = -1, block = 0;

  Value restored(Value y, CoreBuilder &b) const {
    if (axis < 0)
      return y;
    Dims whole = dims, none(dims.size(), b.dim(0)), ones(dims.size(), b.dim(1));
    whole[axis] = b.product({b.dimOf(y, axis), b.dim(block)});
    y = b.reshape(y, whole);
    return CoreBuilder::same(whole[axis], dims[axis]) ? y : b.slice(y, none, dims, ones);
  }
};

/// A parameter of blocks, checked against x and with an axis of 1 for the block.
FailureOr<Value> ofBlocks(Operation *op, Value parameter, Value x, int64_t axis, int64_t block, CoreBuilder &b) {
  if (failed(areOfBlocks(op, parameter, b.dimsOf(x), axis, block, b)))
    return failure();
  Dims blocks = b.dimsOf(parameter);
  blocks.insert(blocks.begin() + axis + 1, b.dim(1));
  return b.reshape(parameter, blocks);
}

/// The scale and zero point of a node: of the tensor, of an axis, or of blocks;
/// and its input as it goes with them.
template <typename Op>
FailureOr<std::pair<Blocked, Quantization>> parametersOf(Op op, Value scale, Value zeroPoint, CoreBuilder &b) {
  Value x = op.getX();
  int64_t rank = b.rankOf(x), block = op.getBlockSize();
  if (block < 0)
    return op.emitOpError("block_size is ") << block << ", expected 0 or more";
  if (block == 0) {
    FailureOr<Quantization> q = quantizationOf(op, scale, zeroPoint, rank, op.getAxis(), b);
    if (failed(q))
      return failure();
    return std::pair(Blocked{x, {}}, *q);
  }
  FailureOr<int64_t> axis = normalAxis(op, op.getAxis(), rank);
  if (failed(axis))
    return failure();
  Quantization q;
  FailureOr<Value> s = ofBlocks(op, scale, x, *axis, block, b);
  if (failed(s))
    return failure();
  q.scale = *s;
  if (given(zeroPoint)) {
    FailureOr<Value> z = ofBlocks(op, zeroPoint, x, *axis, block, b);
    if (failed(z))
      return failure();
    q.zeroPoint = *z;
  }
  Dims dims = b.dimsOf(x), none(rank, b.dim(0)), more = none, wide = dims;
  wide[*axis] = b.dimOf(scale, *axis);
  more[*axis] = b.dim({wide[*axis], dims[*axis]}, [&](auto s) { return s[0] * block - s[1]; });
  wide.insert(wide.begin() + *axis + 1, b.dim(block));
  x = b.pad(x, none, more, constantOf(b, b.elementOf(x), 0));
  return std::pair(Blocked{b.reshape(x, wide), dims, *axis, block}, q);
}

/// The type in which a node divides: `precision`, by default the scale's type. A
/// scale of float8e8m0, which holds powers of two alone, is divided by in f32.
FailureOr<Type> precisionOf(QuantizeLinearOp op, CoreBuilder &b) {
  Type scale = b.elementOf(op.getYScale());
  Type precision = op.getPrecision().value_or(isSmallFloat(scale) ? b.getF32Type() : scale);
  if (!isa<FloatType>(precision) || isSmallFloat(precision))
    return op.emitOpError("the division is in ") << precision << ", expected a float type of 16 bits or more";
  return precision;
}

Result quantizeLinear(QuantizeLinearOp op, CoreBuilder &b) {
  Type to = b.getIntegerType(8, /*isSigned=*/false);
  if (op.getOutputDtype())
    to = *op.getOutputDtype();
  if (Value z = op.getYZeroPoint(); given(z)) {
    if (op.getOutputDtype() && b.elementOf(z) != to)
      return op.emitOpError("output_dtype is ") << to << " but y_zero_point has elements of type " << b.elementOf(z);
    to = b.elementOf(z);
  }
  if (failed(checkQuantizedLinear(op, to)))
    return failure();
  auto parameters = parametersOf(op, op.getYScale(), op.getYZeroPoint(), b);
  FailureOr<Type> precision = precisionOf(op, b);
  if (failed(parameters) || failed(precision))
    return failure();
  auto [x, q] = *parameters;
  SmallVector<Value> inputs{x.x, q.scale};
  if (q.zeroPoint)
    inputs.push_back(q.zeroPoint);
  Value y = b.map(inputs, [&](ArrayRef<Scalar> s) {
    // The quotient is rounded to `precision`; the zero point is added in f32,
    // where every 16-bit integer is exact.
    Type f32 = b.getF32Type();
    Scalar real = cast(cast(s[0], *precision) / cast(s[1], *precision), f32);
    if (isSmallFloat(to))
      return toSmallFloat(s.size() == 3 ? real + cast(s[2], f32) : real, to, op.getSaturate());
    Scalar zeroPoint = s.size() == 3 ? s[2] : constantOf(b, to, 0);
    return saturate(roundEven(real) + cast(zeroPoint, f32), to);
  });
  return x.restored(y, b);
}

Result dequantizeLinear(DequantizeLinearOp op, CoreBuilder &b) {
  if (failed(checkQuantizedLinear(op, b.elementOf(op.getX()))) ||
      failed(sameElements(op, {op.getX(), op.getXZeroPoint()})))
    return failure();
  Type to = op.getOutputDtype().value_or(b.elementOf(op.getXScale()));
  if (isSmallFloat(to))
    return op.emitOpError("the result would have elements of type ") << to << ", expected output_dtype to name a wider float";
  auto parameters = parametersOf(op, op.getXScale(), op.getXZeroPoint(), b);
  if (failed(parameters))
    return failure();
  auto [x, q] = *parameters;
  return x.restored(dequantize(b, x.x, q, to), b);
}

Result dynamicQuantizeLinear(DynamicQuantizeLinearOp op, CoreBuilder &b) {
  DynamicallyQuantized q = quantizeDynamically(b, op.getX());
  return {q.y, q.scale, q.zeroPoint};
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// A parameter of A's rows: one for all, or [M] or [..., M, 1].
Value ofRows(Value parameter, CoreBuilder &b) {
  if (b.constant(b.sizeOf(parameter)) == 1)
    return b.reshape(parameter, {});
  return b.rankOf(parameter) == 1 ? b.reshape(parameter, {b.dimOf(parameter, 0), b.dim(1)}) : parameter;
}

/// A parameter of B's columns: one for all, or [N] or [..., 1, N].
Value ofColumns(Value parameter, CoreBuilder &b) {
  return b.constant(b.sizeOf(parameter)) == 1 ? b.reshape(parameter, {}) : parameter;
}

Result matMulInteger(MatMulIntegerOp op, CoreBuilder &b) {
  if (failed(checkQuantized(op, b.elementOf(op.getA()))) ||
      failed(checkQuantized(op, b.elementOf(op.getB()))))
    return failure();
  Value za, zb;
  if (given(op.getAZeroPoint()))
    za = ofRows(op.getAZeroPoint(), b);
  if (given(op.getBZeroPoint()))
    zb = ofColumns(op.getBZeroPoint(), b);
  return integerMatmul(b, op.getA(), za, op.getB(), zb);
}

Result qlinearMatMul(QLinearMatMulOp op, CoreBuilder &b) {
  for (Value x : {op.getA(), op.getB(), op.getYZeroPoint()})
    if (failed(checkQuantized(op, b.elementOf(x))))
      return failure();
  Value sum = integerMatmul(b, op.getA(), ofRows(op.getAZeroPoint(), b), op.getB(),
                            ofColumns(op.getBZeroPoint(), b));
  Value scale = combinedScale(b, ofRows(op.getAScale(), b), ofColumns(op.getBScale(), b),
                              ofRows(op.getYScale(), b));
  return requantize(b, sum, scale, ofRows(op.getYZeroPoint(), b));
}

} // namespace

void addQuantizeRecipes(RecipeTable &table) {
  table.add<quantizeLinear, dequantizeLinear, dynamicQuantizeLinear, matMulInteger, qlinearMatMul>();
}

} // namespace coil
