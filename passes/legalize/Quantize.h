//===- Quantize.h - integers that stand for real numbers ------------------===//
//
// real = (stored - zero point) * scale. What the operators on quantized
// tensors of ONNX and of ONNX Runtime have in common.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_QUANTIZE_H
#define COIL_PASSES_LEGALIZE_QUANTIZE_H

#include "passes/legalize/Recipe.h"

namespace coil {

/// How a tensor is quantized; both parts broadcast against it. No zero point
/// is a zero point of 0.
struct Quantization {
  Value scale, zeroPoint;
};

/// A scale and an optional zero point as given to a node, for a tensor of
/// `rank`: of one element, or one for each index along `axis`.
FailureOr<Quantization> quantizationOf(Operation *op, Value scale, Value zeroPoint, int64_t rank,
                                       int64_t axis, CoreBuilder &b);

/// One scale and zero point (0 if absent) for a whole tensor of `element`s.
FailureOr<Quantization> perTensor(Operation *op, Value scale, Value zeroPoint, Type element, CoreBuilder &b);

/// The quantizations of x and y of an operator with one input.
template <typename Op>
FailureOr<std::pair<Quantization, Quantization>> unaryQuantization(Op op, CoreBuilder &b) {
  Type element = b.elementOf(op.getX());
  FailureOr<Quantization> in = perTensor(op, op.getXScale(), op.getXZeroPoint(), element, b);
  FailureOr<Quantization> out = perTensor(op, op.getYScale(), op.getYZeroPoint(), element, b);
  if (failed(in) || failed(out))
    return failure();
  return std::pair(*in, *out);
}

/// Refuses a parameter that has not one element for each block of `block` along
/// an axis of a tensor of `dims`; several to a byte, along the last axis. What
/// only a run knows is required of it.
LogicalResult areOfBlocks(Operation *op, Value parameter, const Dims &dims, int64_t axis, int64_t block, CoreBuilder &b,
                          int64_t perByte = 1);

/// Refuses element types that are not 8, 16 or 32 bit integers, by name.
LogicalResult checkQuantized(Operation *op, Type element);
/// The same with 2 and 4 bits, and floats of 4 and 8: what QuantizeLinear makes.
LogicalResult checkQuantizedLinear(Operation *op, Type element);

/// A float as the nearest value of an integer type that holds it.
Scalar saturate(Scalar x, Type to);
/// saturate(roundEven(x / scale) + zero point), computed in x's type.
Scalar quantized(Scalar x, Scalar scale, Scalar zeroPoint);
/// (x - zero point) * scale, in f32.
Scalar dequantized(Scalar x, Scalar scale, Scalar zeroPoint);

/// y = quantize(formula(dequantize(x0), dequantize(x1), ...)), element by element.
/// All have zero points; y has the element type of its own.
Value mapQuantized(CoreBuilder &b, ValueRange inputs, ArrayRef<Quantization> in, Quantization out,
                   CoreBuilder::Formula formula);
Value dequantize(CoreBuilder &b, Value x, Quantization q, Type to);
Value quantize(CoreBuilder &b, Value x, Quantization q, Type to);

/// The term (a - za) * (b - zb) in i32, with those zero points that are not 0 as
/// its parameters.
struct CenteredProduct {
  CenteredProduct(CoreBuilder &b, Value za, Value zb);
  Scalar operator()(ArrayRef<Scalar> s) const;

  SmallVector<Value> zeroPoints;
  bool left = false, right = false;
};

/// The sum of (a - za) * (b - zb) over the inner dimension, exact in i32. Zero
/// points broadcast against the product.
Value integerMatmul(CoreBuilder &b, Value a, Value za, Value other, Value zb);

/// sa * sb / sy: what one unit of an integer sum is in steps of the result.
Value combinedScale(CoreBuilder &b, Value sa, Value sb, Value sy);

/// saturate(roundEven(sum * scale) + zero point) of an i32 sum: ONNX Runtime's
/// requantization, in f32. The parameters broadcast.
Value requantize(CoreBuilder &b, Value sum, Value scale, Value zeroPoint);

/// An element of 2, 4 or 8 bits, several to a byte along the last dimension, the
/// lowest bits first.
Scalar unpacked(CoreBuilder &b, Value bytes, ArrayRef<Scalar> at, int64_t bits);

/// What DynamicQuantizeLinear gives: y, its scale and its zero point.
struct DynamicallyQuantized {
  Value y, scale, zeroPoint;
};
DynamicallyQuantized quantizeDynamically(CoreBuilder &b, Value x);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_QUANTIZE_H
