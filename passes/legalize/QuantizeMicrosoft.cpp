//===- QuantizeMicrosoft.cpp - ONNX Runtime's quantized operators ---------===//
//
// The QLinear operators compute on the real numbers that their integers stand
// for. Products sum integers exactly and scale the sum.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Quantize.h"

using namespace coil::onnx;

namespace coil {
namespace {

//===----------------------------------------------------------------------===//
// Element by element
//===----------------------------------------------------------------------===//

Scalar add(Scalar a, Scalar b) { return a + b; }
Scalar mul(Scalar a, Scalar b) { return a * b; }

template <typename Op, Scalar (*formula)(Scalar, Scalar)> Result qlinearBinary(Op op, CoreBuilder &b) {
  Type element = b.elementOf(op.getA());
  FailureOr<Quantization> qa = perTensor(op, op.getAScale(), op.getAZeroPoint(), element, b);
  FailureOr<Quantization> qb = perTensor(op, op.getBScale(), op.getBZeroPoint(), b.elementOf(op.getB()), b);
  FailureOr<Quantization> qc = perTensor(op, op.getCScale(), op.getCZeroPoint(), element, b);
  if (failed(qa) || failed(qb) || failed(qc))
    return failure();
  return mapQuantized(b, {op.getA(), op.getB()}, {*qa, *qb}, *qc,
                      [](ArrayRef<Scalar> s) { return formula(s[0], s[1]); });
}

Result qlinearSigmoid(MsQLinearSigmoidOp op, CoreBuilder &b) {
  auto q = unaryQuantization(op, b);
  if (failed(q))
    return failure();
  return mapQuantized(b, op.getX(), q->first, q->second, [](ArrayRef<Scalar> s) { return sigmoid(s[0]); });
}

Result qlinearLeakyRelu(MsQLinearLeakyReluOp op, CoreBuilder &b) {
  auto q = unaryQuantization(op, b);
  if (failed(q))
    return failure();
  double alpha = op.getAlpha().convertToDouble();
  return mapQuantized(b, op.getX(), q->first, q->second,
                      [&](ArrayRef<Scalar> s) { return select(s[0] < 0, s[0] * alpha, s[0]); });
}

/// Triples of a tensor, its scale and its zero point, brought to one scale.
Result qlinearConcat(MsQLinearConcatOp op, CoreBuilder &b) {
  OperandRange inputs = op.getInputs();
  if (inputs.empty() || inputs.size() % 3 != 0)
    return op.emitOpError("has ") << inputs.size() << " inputs after the result's scale, expected triples";
  Type element = b.elementOf(op.getYZeroPoint());
  FailureOr<Quantization> out = perTensor(op, op.getYScale(), op.getYZeroPoint(), element, b);
  FailureOr<int64_t> axis = normalAxis(op, op.getAxis(), b.rankOf(inputs.front()));
  if (failed(out) || failed(axis))
    return failure();
  SmallVector<Value> parts;
  for (size_t i = 0; i < inputs.size(); i += 3) {
    if (b.rankOf(inputs[i]) != b.rankOf(inputs.front()))
      return op.emitOpError("inputs have ranks ") << b.rankOf(inputs.front()) << " and " << b.rankOf(inputs[i]);
    FailureOr<Quantization> in = perTensor(op, inputs[i + 1], inputs[i + 2], b.elementOf(inputs[i]), b);
    if (failed(in))
      return failure();
    parts.push_back(mapQuantized(b, inputs[i], *in, *out, [](ArrayRef<Scalar> s) { return s[0]; }));
  }
  return b.concat(parts, *axis);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// (sum of x - n * zero point) * scale / n, the sum in i32.
Result qlinearGlobalAveragePool(MsQLinearGlobalAveragePoolOp op, CoreBuilder &b) {
  auto q = unaryQuantization(op, b);
  if (failed(q))
    return failure();
  int64_t rank = b.rankOf(op.getX()), first = op.getChannelsLast() ? 1 : 2;
  if (rank < 3)
    return op.emitOpError("the input has type ") << op.getX().getType() << ", expected rank 3 or more";
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(first, first + rank - 2));
  Dims window;
  for (int64_t axis : axes)
    window.push_back(b.dimOf(op.getX(), axis));
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  Value sum = b.reduce(
      op.getX(), axes, /*keep=*/true, [&](auto &b) { return constantOf(b, i32, 0); },
      [&](ArrayRef<Scalar> s) { return s[1] + cast(s[0], i32); });
  Scalar count = cast(b.index(b.product(window)), i32);
  auto [in, out] = *q;
  return b.map({sum, in.scale, in.zeroPoint, out.scale, out.zeroPoint}, [&](ArrayRef<Scalar> s) {
    Scalar centered = cast(s[0] - count * cast(s[2], i32), f32);
    return quantized(centered * s[1] / cast(count, f32), s[3], s[4]);
  });
}

/// Before opset 13 a softmax is over all dimensions from the axis on.
Result qlinearSoftmax(MsQLinearSoftmaxOp op, CoreBuilder &b) {
  auto q = unaryQuantization(op, b);
  FailureOr<int64_t> axis = normalAxis(op, op.getAxis(), b.rankOf(op.getX()));
  if (failed(q) || failed(axis))
    return failure();
  int64_t end = op.getOpset().value_or(13) < 13 ? b.rankOf(op.getX()) : *axis + 1;
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(*axis, end));
  Value x = dequantize(b, op.getX(), q->first, b.getF32Type());
  Value e = b.map({x, b.reduceMax(x, axes, /*keep=*/true)}, [](ArrayRef<Scalar> s) { return expOfNonpositive(s[0] - s[1]); });
  Value y = b.map({e, b.reduceSum(e, axes, /*keep=*/true)}, [](ArrayRef<Scalar> s) { return s[0] / s[1]; });
  return quantize(b, y, q->second, b.elementOf(op.getX()));
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// A parameter that is one number or one for each column of a product.
FailureOr<Value> ofColumns(Operation *op, Value parameter, CoreBuilder &b) {
  if (b.constant(b.sizeOf(parameter)) == 1)
    return b.reshape(parameter, {});
  if (b.rankOf(parameter) != 1)
    return op->emitOpError("a scale or zero point has type ")
           << parameter.getType() << ", expected one element or one for each column";
  return parameter;
}

/// sum * sa * sb + bias
Value scaled(Value sum, Value sa, Value sb, Value bias, CoreBuilder &b) {
  SmallVector<Value> inputs{sum, sa, sb};
  if (given(bias))
    inputs.push_back(bias);
  return b.map(inputs, [&](ArrayRef<Scalar> s) {
    Scalar y = cast(s[0], s[2].type()) * (cast(s[1], s[2].type()) * s[2]);
    return s.size() == 4 ? y + s[3] : y;
  });
}

Result matMulIntegerToFloat(MsMatMulIntegerToFloatOp op, CoreBuilder &b) {
  Value zb;
  if (given(op.getBZeroPoint())) {
    FailureOr<Value> z = ofColumns(op, op.getBZeroPoint(), b);
    if (failed(z))
      return failure();
    zb = *z;
  }
  FailureOr<Quantization> qa = perTensor(op, op.getAScale(), op.getAZeroPoint(), b.elementOf(op.getA()), b);
  FailureOr<Value> sb = ofColumns(op, op.getBScale(), b);
  if (failed(qa) || failed(sb) || failed(checkQuantized(op, b.elementOf(op.getB()))) ||
      failed(sameElements(op, {op.getAScale(), op.getBScale(), op.getBias()})))
    return failure();
  Value sum = integerMatmul(b, op.getA(), qa->zeroPoint, op.getB(), zb);
  return scaled(sum, qa->scale, *sb, op.getBias(), b);
}

Result dynamicQuantizeMatMul(MsDynamicQuantizeMatMulOp op, CoreBuilder &b) {
  Value zb;
  if (given(op.getBZeroPoint())) {
    FailureOr<Value> z = ofColumns(op, op.getBZeroPoint(), b);
    if (failed(z))
      return failure();
    zb = *z;
  }
  FailureOr<Value> sb = ofColumns(op, op.getBScale(), b);
  if (failed(sb) || failed(checkQuantized(op, b.elementOf(op.getB()))) ||
      failed(sameElements(op, {op.getA(), op.getBScale(), op.getBias()})))
    return failure();
  DynamicallyQuantized a = quantizeDynamically(b, op.getA());
  return scaled(integerMatmul(b, a.y, a.zeroPoint, op.getB(), zb), a.scale, *sb, op.getBias(), b);
}

/// alpha * A * B + C, where C is in units of alpha * sa * sb; a float without a
/// scale of the result.
Result qgemm(MsQGemmOp op, CoreBuilder &b) {
  if (b.rankOf(op.getA()) != 2 || b.rankOf(op.getB()) != 2)
    return op.emitOpError("operands have types ")
           << op.getA().getType() << " and " << op.getB().getType() << ", expected rank 2";
  FailureOr<Quantization> qa = perTensor(op, op.getAScale(), op.getAZeroPoint(), b.elementOf(op.getA()), b);
  FailureOr<Value> sb = ofColumns(op, op.getBScale(), b), zb = ofColumns(op, op.getBZeroPoint(), b);
  if (failed(qa) || failed(sb) || failed(zb) || failed(checkQuantized(op, b.elementOf(op.getB()))) ||
      failed(sameElements(op, {op.getAScale(), op.getBScale(), op.getYScale()})))
    return failure();
  if (given(op.getC()) && !b.elementOf(op.getC()).isSignlessInteger(32))
    return op.emitOpError("C has elements of type ") << b.elementOf(op.getC()) << ", expected i32";
  Value left = op.getTransA() ? b.transpose(op.getA(), {1, 0}) : op.getA();
  Value right = op.getTransB() ? b.transpose(op.getB(), {1, 0}) : op.getB();
  Value sum = integerMatmul(b, left, qa->zeroPoint, right, *zb);
  if (given(op.getC()))
    sum = b.map({sum, op.getC()}, [](ArrayRef<Scalar> s) { return s[0] + s[1]; });
  double alpha = op.getAlpha().convertToDouble();
  Value unit = b.map({qa->scale, *sb}, [&](ArrayRef<Scalar> s) { return alpha * s[0] * s[1]; });
  if (!given(op.getYScale()))
    return b.map({sum, unit}, [](ArrayRef<Scalar> s) { return cast(s[0], s[1].type()) * s[1]; });
  if (!given(op.getYZeroPoint()))
    return op.emitOpError("has a scale of the result but no zero point");
  FailureOr<Quantization> qy = perTensor(op, op.getYScale(), op.getYZeroPoint(), b.elementOf(op.getYZeroPoint()), b);
  if (failed(qy))
    return failure();
  Value scale = b.map({unit, qy->scale}, [](ArrayRef<Scalar> s) { return s[0] / s[1]; });
  return requantize(b, sum, scale, qy->zeroPoint);
}

} // namespace

void addQuantizeMicrosoftRecipes(RecipeTable &table) {
  table.add<qlinearBinary<MsQLinearAddOp, add>, qlinearBinary<MsQLinearMulOp, mul>, qlinearSigmoid,
            qlinearLeakyRelu, qlinearConcat, qlinearGlobalAveragePool, qlinearSoftmax>();
  table.add<matMulIntegerToFloat, dynamicQuantizeMatMul, qgemm>();
}

} // namespace coil
