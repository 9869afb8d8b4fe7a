//===- QuantizeCore.cpp - what operators on quantized tensors share -------===//

#include "passes/legalize/Quantize.h"

#include "mlir/IR/Matchers.h"

namespace coil {

LogicalResult areOfBlocks(Operation *op, Value parameter, const Dims &dims, int64_t axis, int64_t block, CoreBuilder &b,
                          int64_t perByte) {
  Dims blocks = b.dimsOf(parameter);
  if (dims.size() != blocks.size())
    return op->emitOpError("a blocked scale or zero point has type ")
           << parameter.getType() << ", expected rank " << dims.size();
  auto quotient = [&](Dim d, int64_t by) { return b.dim({d}, [&](auto s) { return (s[0] + (by - 1)) / by; }); };
  for (auto [i, d] : llvm::enumerate(dims)) {
    Dim expected = int64_t(i) != axis ? d : quotient(d, block);
    if (i + 1 == dims.size() && perByte > 1)
      expected = quotient(expected, perByte);
    auto n = b.constant(expected), m = b.constant(blocks[i]);
    if (n && m && *n != *m)
      return op->emitOpError("dimension ") << i << " of a blocked scale or zero point is " << *m
                                           << ", expected " << *n;
    if (!b.same(expected, blocks[i]))
      b.require(b.index(expected) == b.index(blocks[i]),
                "dimension " + Twine(i) + " of a scale or zero point does not fit the blocks");
  }
  return success();
}

static LogicalResult checkWidth(Operation *op, Type element, ArrayRef<unsigned> widths, StringRef expected) {
  auto type = dyn_cast<IntegerType>(element);
  if (type && llvm::is_contained(widths, type.getWidth()))
    return success();
  return op->emitOpError("quantized elements of type ") << element << " are not supported, expected " << expected;
}

LogicalResult checkQuantized(Operation *op, Type element) {
  return checkWidth(op, element, {8, 16, 32}, "8, 16 or 32 bit integers");
}

LogicalResult checkQuantizedLinear(Operation *op, Type element) {
  // float8e8m0 is a type of scales.
  if (isSmallFloat(element) && !isa<Float8E8M0FNUType>(element))
    return success();
  return checkWidth(op, element, {2, 4, 8, 16, 32}, "integers of 2 to 32 bits or floats of 4 or 8 bits");
}

/// `parameter` with the rank at which it broadcasts against a tensor of `rank`.
static FailureOr<Value> aligned(Operation *op, Value parameter, int64_t rank, int64_t axis,
                                CoreBuilder &b) {
  Dims dims = b.dimsOf(parameter);
  if (b.constant(b.product(dims)) == 1)
    return b.reshape(parameter, {});
  if (dims.size() != 1)
    return op->emitOpError("a scale or zero point has type ")
           << parameter.getType() << ", expected one element or one dimension";
  // One element that only the run can tell from one for each index of the axis.
  if (!b.constant(dims.front()) && (axis < -rank || axis >= rank)) {
    b.require(b.index(dims.front()) == 1, "a scale or zero point is of an axis that is out of range for rank " + Twine(rank));
    return b.reshape(parameter, {});
  }
  FailureOr<int64_t> at = normalAxis(op, axis, rank);
  if (failed(at))
    return failure();
  Dims spread(rank - *at, b.dim(1));
  spread.front() = dims.front();
  return b.reshape(parameter, spread);
}

FailureOr<Quantization> quantizationOf(Operation *op, Value scale, Value zeroPoint, int64_t rank,
                                       int64_t axis, CoreBuilder &b) {
  if (!isa<FloatType>(b.elementOf(scale)))
    return op->emitOpError("a scale has elements of type ") << b.elementOf(scale) << ", expected floats";
  FailureOr<Value> s = aligned(op, scale, rank, axis, b);
  if (failed(s))
    return failure();
  if (!zeroPoint || !given(zeroPoint))
    return Quantization{*s, {}};
  FailureOr<Value> z = aligned(op, zeroPoint, rank, axis, b);
  if (failed(z) || failed(checkQuantizedLinear(op, b.elementOf(zeroPoint))))
    return failure();
  return Quantization{*s, *z};
}

FailureOr<Quantization> perTensor(Operation *op, Value scale, Value zeroPoint, Type element,
                                  CoreBuilder &b) {
  if (failed(checkQuantized(op, element)))
    return failure();
  if (!isa<FloatType>(b.elementOf(scale)))
    return op->emitOpError("a scale has elements of type ") << b.elementOf(scale) << ", expected floats";
  if (!given(zeroPoint))
    zeroPoint = b.scalar(constantOf(b, element, 0));
  for (Value x : {scale, zeroPoint})
    if (auto n = b.constant(b.sizeOf(x)); n != 1)
      return op->emitOpError("a scale or zero point has type ") << x.getType() << ", expected one element";
  if (b.elementOf(zeroPoint) != element)
    return op->emitOpError("a zero point has elements of type ")
           << b.elementOf(zeroPoint) << ", expected " << element;
  return Quantization{b.reshape(scale, {}), b.reshape(zeroPoint, {})};
}

Scalar saturate(Scalar x, Type to) {
  Scalar like = constantOf(x.builder(), to, 0);
  Scalar low = cast(lowest(like), x.type()), high = cast(highest(like), x.type());
  if (!x.isFloat() || to.getIntOrFloatBitWidth() > 16)
    return cast(clamp(x, low, high), to);
  // By comparisons that make a NaN the lowest: what is left is in range, and its
  // conversion needs no care.
  x = select(x > low, x, low);
  x = select(x < high, x, high);
  ImplicitLocOpBuilder &b = x.builder();
  return cast(Scalar(b, arith::FPToSIOp::create(b, b.getI32Type(), x.value()), b.getI32Type()), to);
}

Scalar quantized(Scalar x, Scalar scale, Scalar zeroPoint) {
  Scalar q = roundEven(x / cast(scale, x.type()));
  return saturate(q + cast(zeroPoint, x.type()), zeroPoint.type());
}

Scalar dequantized(Scalar x, Scalar scale, Scalar zeroPoint) {
  Type i32 = x.builder().getI32Type(), f32 = x.builder().getF32Type();
  if (x.isFloat())
    return (cast(x, f32) - cast(zeroPoint, f32)) * cast(scale, f32);
  return cast(cast(x, i32) - cast(zeroPoint, i32), f32) * cast(scale, f32);
}

/// A zero point of 0 is left out where that is known.
static bool isZero(Value zeroPoint) {
  DenseElementsAttr attr;
  if (!matchPattern(zeroPoint, m_Constant(&attr)) || !attr.isSplat())
    return false;
  return isa<FloatType>(attr.getElementType()) ? attr.getSplatValue<APFloat>().isZero()
                                               : attr.getSplatValue<APInt>().isZero();
}

Value dequantize(CoreBuilder &b, Value x, Quantization q, Type to) {
  SmallVector<Value> inputs{x, q.scale};
  if (q.zeroPoint && !isZero(q.zeroPoint))
    inputs.push_back(q.zeroPoint);
  return b.map(inputs, [&](ArrayRef<Scalar> s) {
    return cast(dequantized(s[0], s[1], s.size() == 3 ? s[2] : s[0].like(0)), to);
  });
}

Value quantize(CoreBuilder &b, Value x, Quantization q, Type to) {
  SmallVector<Value> inputs{x, q.scale};
  if (q.zeroPoint && !isZero(q.zeroPoint))
    inputs.push_back(q.zeroPoint);
  return b.map(inputs, [&](ArrayRef<Scalar> s) {
    return quantized(s[0], s[1], s.size() == 3 ? s[2] : constantOf(b, to, 0));
  });
}

Value mapQuantized(CoreBuilder &b, ValueRange inputs, ArrayRef<Quantization> in, Quantization out,
                   CoreBuilder::Formula formula) {
  SmallVector<Value> operands(inputs);
  for (Quantization q : in)
    operands.append({q.scale, q.zeroPoint});
  operands.append({out.scale, out.zeroPoint});
  return b.map(operands, [&](ArrayRef<Scalar> s) {
    size_t n = inputs.size();
    SmallVector<Scalar> reals;
    for (size_t i = 0; i < n; ++i)
      reals.push_back(dequantized(s[i], s[n + 2 * i], s[n + 2 * i + 1]));
    return quantized(formula(reals), s[s.size() - 2], s.back());
  });
}

CenteredProduct::CenteredProduct(CoreBuilder &b, Value za, Value zb)
    : left(za && !isZero(za)), right(zb && !isZero(zb)) {
  if (left)
    zeroPoints.push_back(za);
  if (right)
    zeroPoints.push_back(zb);
}

Scalar CenteredProduct::operator()(ArrayRef<Scalar> s) const {
  Type i32 = s[0].builder().getI32Type();
  Scalar x = cast(s[0], i32), y = cast(s[1], i32);
  if (left)
    x = x - cast(s[2], i32);
  if (right)
    y = y - cast(s.back(), i32);
  return x * y;
}

Value integerMatmul(CoreBuilder &b, Value a, Value za, Value other, Value zb) {
  CenteredProduct term(b, za, zb);
  return b.matmul(a, other, b.getI32Type(), term, term.zeroPoints);
}

Value combinedScale(CoreBuilder &b, Value sa, Value sb, Value sy) {
  return b.map({sa, sb, sy}, [&](ArrayRef<Scalar> s) {
    Type f32 = b.getF32Type();
    return cast(s[0], f32) * cast(s[1], f32) / cast(s[2], f32);
  });
}

Value requantize(CoreBuilder &b, Value sum, Value scale, Value zeroPoint) {
  return b.map({sum, scale, zeroPoint}, [&](ArrayRef<Scalar> s) {
    Type f32 = b.getF32Type();
    Scalar real = cast(s[0], f32) * cast(s[1], f32);
    return saturate(roundEven(real) + cast(s[2], f32), s[2].type());
  });
}

DynamicallyQuantized quantizeDynamically(CoreBuilder &b, Value x) {
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, b.rankOf(x)));
  auto zero = [&](auto &b2) { return constantOf(b2, b.elementOf(x), 0); };
  // The range always holds 0, where the reductions start.
  Value low = b.reduce(x, axes, false, zero, [](ArrayRef<Scalar> s) { return min(s[1], s[0]); });
  Value high = b.reduce(x, axes, false, zero, [](ArrayRef<Scalar> s) { return max(s[1], s[0]); });
  Value scale = b.map({low, high}, [](ArrayRef<Scalar> s) {
    Scalar step = (s[1] - s[0]) / 255.0;
    return select(step == 0, step.like(1), step); // all zeros
  });
  Type u8 = b.getIntegerType(8, /*isSigned=*/false);
  Value zeroPoint = b.map({low, scale}, [&](ArrayRef<Scalar> s) {
    return saturate(roundEven((0.0 - s[0]) / s[1]), u8);
  });
  return {quantize(b, x, {scale, zeroPoint}, u8), scale, zeroPoint};
}

} // namespace coil
