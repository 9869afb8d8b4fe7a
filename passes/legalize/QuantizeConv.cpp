//===- QuantizeConv.cpp - windows over quantized tensors ------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Conv.h"
#include "passes/legalize/Quantize.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// A zero point of one number, as rank 0; none if it is not given.
FailureOr<Value> single(Operation *op, Value zeroPoint, CoreBuilder &b) {
  if (!given(zeroPoint))
    return Value();
  if (auto n = b.constant(b.sizeOf(zeroPoint)); n != 1)
    return op->emitOpError("a zero point has type ") << zeroPoint.getType() << ", expected one element", failure();
  return b.reshape(zeroPoint, {});
}

/// A zero point of one number or one for each output channel.
FailureOr<Value> ofChannels(Operation *op, Value zeroPoint, CoreBuilder &b) {
  if (!given(zeroPoint) || b.constant(b.sizeOf(zeroPoint)) == 1)
    return single(op, zeroPoint, b);
  if (b.rankOf(zeroPoint) != 1)
    return op->emitOpError("a zero point has type ") << zeroPoint.getType() << ", expected rank 0 or 1", failure();
  return zeroPoint;
}

/// The sum of (x - zx) * (w - zw) over each window, exact in i32. Padding holds
/// zx, which stands for 0.
template <typename Op>
FailureOr<Value> integerConvolve(Op op, Value xZeroPoint, Value wZeroPoint, CoreBuilder &b) {
  Value x = op.getX(), w = op.getW();
  if (failed(checkQuantized(op, b.elementOf(x))) || failed(checkQuantized(op, b.elementOf(w))))
    return failure();
  auto window = convWindow(op, b);
  FailureOr<Value> zx = single(op, xZeroPoint, b), zw = ofChannels(op, wZeroPoint, b);
  if (failed(window) || failed(zx) || failed(zw))
    return failure();
  Scalar zero = *zx ? b.itemOf(*zx) : constantOf(b, b.elementOf(x), 0);
  CenteredProduct term(b, *zx, *zw);
  Value padded = padFor(b, x, *window, zero);
  Value y = convolve(b, padded, w, *window, op.getGroup(), b.getI32Type(), term, term.zeroPoints);
  return b.facts.failed ? FailureOr<Value>(failure()) : FailureOr<Value>(y);
}

Result convInteger(ConvIntegerOp op, CoreBuilder &b) {
  FailureOr<Value> y = integerConvolve(op, op.getXZeroPoint(), op.getWZeroPoint(), b);
  return failed(y) ? Result(failure()) : Result(*y);
}

/// The bias is in units of x's scale times w's.
Result qlinearConv(QLinearConvOp op, CoreBuilder &b) {
  FailureOr<Value> sum = integerConvolve(op, op.getXZeroPoint(), op.getWZeroPoint(), b);
  if (failed(sum))
    return failure();
  sum = addChannelBias(op, b, *sum, op.getB(), b.getI32Type());
  int64_t rank = b.rankOf(op.getX());
  FailureOr<Quantization> x = quantizationOf(op, op.getXScale(), op.getXZeroPoint(), rank, 1, b),
                          w = quantizationOf(op, op.getWScale(), op.getWZeroPoint(), rank, 1, b),
                          y = quantizationOf(op, op.getYScale(), op.getYZeroPoint(), rank, 1, b);
  if (failed(sum) || failed(x) || failed(w) || failed(y))
    return failure();
  return requantize(b, *sum, combinedScale(b, x->scale, w->scale, y->scale), y->zeroPoint);
}

/// The mean of the real numbers, quantized again.
Result qlinearAveragePool(MsQLinearAveragePoolOp op, CoreBuilder &b) {
  if (op.getChannelsLast())
    return op.emitOpError("channels_last is not supported");
  auto q = unaryQuantization(op, b);
  if (failed(q))
    return failure();
  Value x = dequantize(b, op.getX(), q->first, b.getF32Type());
  auto y = averageWindows(op, b, x, WindowAttributes(op), op.getKernelShape(), op.getCeilMode(),
                          op.getCountIncludePad());
  if (failed(y))
    return failure();
  return quantize(b, *y, q->second, b.elementOf(op.getX()));
}

} // namespace

void addQuantizeConvRecipes(RecipeTable &table) { table.add<convInteger, qlinearConv, qlinearAveragePool>(); }

} // namespace coil
