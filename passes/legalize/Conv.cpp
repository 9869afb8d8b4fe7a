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

static LogicalResult checkElements(Operation *op, CoreBuilder &b, Value x, Value w) {
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
// ConvTranspose
//===----------------------------------------------------------------------===//

/// Output sizes and `low` padding: either the pads give the size, or the size
/// (output_shape, or input * stride with SAME) gives the pads.
LogicalResult placeTransposed(ConvTransposeOp op, CoreBuilder &b, Window &w) {
  int64_t rank = w.rank();
  auto outputShape = op.getOutputShape(), extra = op.getOutputPadding();
  bool same = op.getAutoPad().starts_with("SAME"), upper = op.getAutoPad() == "SAME_UPPER";
  if (extra && int64_t(extra->size()) != rank)
    return op.emitOpError("output_padding has ") << extra->size() << " elements, expected " << rank;
  // Some models give all dimensions, batch and channels too.
  if (outputShape && int64_t(outputShape->size()) == rank + 2)
    outputShape = outputShape->drop_front(2);
  if (outputShape && int64_t(outputShape->size()) != rank)
    return op.emitOpError("output_shape has ") << outputShape->size() << " elements, expected " << rank;
  for (int64_t i = 0; i < rank; ++i) {
    int64_t stride = w.strides[i], more = extra ? (*extra)[i] : 0;
    Dim full = b.dim({w.input[i], w.extent(b, i)}, [&](auto d) { return (d[0] - 1) * stride + d[1] + more; });
    if (!outputShape && !same) {
      w.output.push_back(b.dim({full, w.low[i], w.high[i]}, [](auto d) { return d[0] - d[1] - d[2]; }));
    } else {
      Dim size = outputShape ? b.dim((*outputShape)[i]) : b.dim(w.input[i], [&](auto d) { return d[0] * stride; });
      w.output.push_back(size);
      w.low[i] = b.dim({full, size}, [&](auto d) {
        Scalar total = max(d[0] - d[1], b.index(0));
        return upper ? total / 2 : total - total / 2;
      });
    }
    if (auto n = b.constant(w.output[i]); n && *n < 0)
      return op.emitOpError("dimension ") << i + 2 << " of the result has size " << *n;
    b.require(b.index(w.output[i]) >= 0, "the padding is larger than the result");
  }
  return success();
}

/// x with stride - 1 zeros between its elements, so placed that the window at o
/// covers what contributes to y[o]: u[t] = x[(t - (extent - 1 - low)) / stride].
Value spread(CoreBuilder &b, Value x, const Window &w) {
  Dims dims = b.dimsOf(x), first;
  for (int64_t i = 0; i < w.rank(); ++i) {
    Dim extent = w.extent(b, i);
    first.push_back(b.dim({extent, w.low[i]}, [](auto d) { return d[0] - 1 - d[1]; }));
    dims[2 + i] = b.dim({w.output[i], extent}, [](auto d) { return d[0] + d[1] - 1; });
  }
  Scalar zero = constantOf(b, b.elementOf(x), 0);
  return b.generate(dims, [&](ArrayRef<Scalar> t) {
    SmallVector<Scalar> at{t[0], t[1]};
    Scalar inside = constantOf(b, b.getI1Type(), 1);
    for (int64_t i = 0; i < w.rank(); ++i) {
      Scalar from = t[2 + i] - b.index(first[i]), n = b.index(w.input[i]);
      inside = inside & inRange(from, n * w.strides[i]) & (from % w.strides[i] == 0);
      at.push_back(max(min(from / w.strides[i], n - 1), b.index(0)));
    }
    return select(inside, b.load(x, at), zero);
  });
}

/// w [C, M/G, ...] as a convolution wants it: [M, C/G, ...], backwards.
Value turned(CoreBuilder &b, Value w, const Window &window, int64_t group) {
  Dims dims = b.dimsOf(w);
  Dim inputs = b.dim(dims[0], [&](auto c) { return c[0] / group; }), outputs = dims[1];
  dims[0] = b.product({outputs, b.dim(group)});
  dims[1] = inputs;
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar m = b.index(outputs);
    SmallVector<Scalar> at{i[0] / m * b.index(inputs) + i[1], i[0] % m};
    for (int64_t k = 0; k < window.rank(); ++k)
      at.push_back(b.index(window.kernel[k]) - 1 - i[2 + k]);
    return b.load(w, at);
  });
}

Result convTranspose(ConvTransposeOp op, CoreBuilder &b) {
  if (failed(checkConv(op, b, 0)) || failed(checkElements(op, b, op.getX(), op.getW())))
    return failure();
  auto kernel = kernelOf(op, b);
  if (failed(kernel))
    return failure();
  auto window = windowOf(op, b, WindowAttributes(op), spatialDims(b, op.getX()), *kernel);
  if (failed(window) || failed(placeTransposed(op, b, *window)))
    return failure();
  Type element = b.elementOf(op.getX());
  Value x = spread(b, op.getX(), *window), w = turned(b, op.getW(), *window, op.getGroup());
  window->strides.assign(window->rank(), 1);
  FailureOr<Value> y = addChannelBias(op, b, convolve(b, x, w, *window, op.getGroup(), sumType(element)), op.getB(), element);
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

void addConvRecipes(RecipeTable &table) { table.add<conv, convTranspose, col2Im>(); }

} // namespace coil
