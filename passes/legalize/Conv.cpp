//===- Conv.cpp - convolutions --------------------------------------------===//

#include "passes/legalize/Conv.h"

#include "dialects/onnx/Onnx.h"

using namespace coil::onnx;

namespace coil {

FailureOr<Value> addChannelBias(Operation *op, CoreBuilder &b, Value y, Value bias, Type element) {
  if (!given(bias))
    return b.convert(y, element);
  if (b.rankOf(bias) != 1)
    return op->emitOpError("the bias has type ") << bias.getType() << ", expected rank 1", failure();
  Dims dims(b.rankOf(y) - 1, b.dim(1));
  dims[0] = b.dimOf(bias, 0);
  return b.map({y, b.reshape(bias, dims)}, [&](ArrayRef<Scalar> s) {
    return cast(s[0] + cast(s[1], s[0].type()), element);
  });
}

LogicalResult checkElements(Operation *op, CoreBuilder &b, Value x, Value w) {
  if (b.elementOf(x) == b.elementOf(w))
    return success();
  return op->emitOpError("operands have element types ") << b.elementOf(x) << " and " << b.elementOf(w);
}

FailureOr<Value> convolveFloats(Operation *op, CoreBuilder &b, Value x, Value w, Value bias, const Window &window,
                                int64_t group) {
  if (failed(checkElements(op, b, x, w)))
    return failure();
  Type element = b.elementOf(x);
  Value padded = padFor(b, x, window, constantOf(b, element, 0));
  return addChannelBias(op, b, convolve(b, padded, w, window, group, sumType(element)), bias, element);
}

namespace {

/// y[n, m, o] = sum of x[n, c, o * stride + k * dilation - pad] * w[m, c, k]
Result conv(ConvOp op, CoreBuilder &b) {
  auto window = convWindow(op, b);
  if (failed(window))
    return failure();
  FailureOr<Value> y = convolveFloats(op, b, op.getX(), op.getW(), op.getB(), *window, op.getGroup());
  return failed(y) ? Result(failure()) : Result(*y);
}

//===----------------------------------------------------------------------===//
// Col2Im
//===----------------------------------------------------------------------===//

/// The position p of the image collects what each block element k holds for it:
/// that of block (p + pad - k * dilation) / stride, where it is one.
Result col2Im(Col2ImOp op, CoreBuilder &b) {
  auto image = b.indicesOf(op.getImageShape()), block = b.indicesOf(op.getBlockShape());
  if (auto rank = statedRank(op->getResult(0)); rank && *rank > 2) {
    image = image ? image : b.indicesOf(op.getImageShape(), *rank - 2);
    block = block ? block : b.indicesOf(op.getBlockShape(), *rank - 2);
  }
  if (!image || !block)
    return op.emitOpError("the rank of the image is not known: image_shape and block_shape have types ")
           << op.getImageShape().getType() << " and " << op.getBlockShape().getType();
  if (b.rankOf(op.getInput()) != 3)
    return op.emitOpError("the input has type ") << op.getInput().getType() << ", expected rank 3";
  WindowAttributes attributes{"NOTSET", op.getDilations(), op.getPads(), op.getStrides()};
  auto w = placeWindow(op, b, attributes, *image, *block);
  if (failed(w))
    return failure();
  Dims from = b.dimsOf(op.getInput());
  Dim size = b.product(w->kernel);
  Dim channels = b.dim({from[1], size}, [](auto d) { return d[0] / d[1]; });
  b.require(b.index(from[1]) == b.index(channels) * b.index(size), "dimension 1 is no multiple of the block");
  b.require(b.index(from[2]) == b.index(b.product(w->output)), "dimension 2 is not the number of blocks");
  Dims dims{from[0], channels};
  dims.append(*image);
  Type element = b.elementOf(op.getInput()), type = sumType(element);
  Value x = op.getInput();
  return b.generate(dims, [&](ArrayRef<Scalar> p) {
    Scalar total = b.fold(b.index(size), constantOf(b, type, 0), [&](Scalar k, Scalar sum) {
      Scalar row = p[1] * b.index(size) + k, column = b.index(0), inside = constantOf(b, b.getI1Type(), 1);
      // The block element's coordinates, the last one fastest.
      SmallVector<Scalar> coordinate(w->rank());
      for (int64_t i = w->rank() - 1; i >= 0; --i) {
        coordinate[i] = k % b.index(w->kernel[i]);
        k = k / b.index(w->kernel[i]);
      }
      for (int64_t i = 0; i < w->rank(); ++i) {
        Scalar t = p[2 + i] + b.index(w->low[i]) - coordinate[i] * w->dilations[i], n = b.index(w->output[i]);
        Scalar at = t / w->strides[i];
        inside = inside & (t >= 0) & (t % w->strides[i] == 0) & (at < n);
        column = column * n + clamp(at, b.index(0), n - 1);
      }
      Scalar value = cast(b.load(x, {p[0], row, column}), type);
      return sum + select(inside, value, value.like(0));
    });
    return cast(total, element);
  });
}

} // namespace

void addConvRecipes(RecipeTable &table) { table.add<conv, col2Im>(); }

} // namespace coil
