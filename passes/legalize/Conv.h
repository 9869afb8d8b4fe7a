//===- Conv.h - what all convolutions share -------------------------------===//
//
// Checks of operands, the window, and the sum with its bias: for Conv and its
// forms on quantized tensors and with something fused.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_CONV_H
#define COIL_PASSES_LEGALIZE_CONV_H

#include "passes/legalize/Recipe.h"
#include "passes/legalize/Window.h"

namespace coil {

inline Dims spatialDims(CoreBuilder &b, Value x) {
  Dims dims = b.dimsOf(x);
  return Dims(dims.begin() + 2, dims.end());
}

/// Ranks and sizes that a convolution of either direction needs.
template <typename Op> LogicalResult checkConv(Op op, CoreBuilder &b, int64_t inputAxis) {
  Value x = op.getX(), w = op.getW();
  int64_t rank = b.rankOf(x);
  if (rank < 3 || b.rankOf(w) != rank)
    return op.emitOpError("operands have types ") << x.getType() << " and " << w.getType()
                                                  << ", expected one rank of 3 or more";
  if (op.getGroup() < 1)
    return op.emitOpError("group is ") << op.getGroup() << ", expected 1 or more";
  Dim channels = b.dimOf(x, 1), expected = b.dimOf(w, 1);
  if (inputAxis == 0)
    expected = b.dimOf(w, 0);
  else
    expected = b.dim(expected, [&](auto c) { return c[0] * op.getGroup(); });
  auto n = b.constant(channels), m = b.constant(expected);
  if (n && m && *n != *m)
    return op.emitOpError("the input has ") << *n << " channels, expected " << *m;
  if (!b.same(channels, expected))
    b.require(b.index(channels) == b.index(expected), "the input and the weight have different channels");
  if (auto all = b.constant(b.dimOf(w, 0)); all && *all % op.getGroup())
    return op.emitOpError("group is ") << op.getGroup() << ", expected a divisor of " << *all;
  return success();
}

/// The kernel's size, by the weight; kernel_shape must agree.
template <typename Op> FailureOr<Dims> kernelOf(Op op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getW());
  Dims kernel(dims.begin() + 2, dims.end());
  auto shape = op.getKernelShape();
  if (!shape)
    return kernel;
  for (auto [i, k] : llvm::enumerate(kernel)) {
    auto n = b.constant(k);
    if (shape->size() != kernel.size() || (n && *n != (*shape)[i]))
      return op.emitOpError("kernel_shape is [") << *shape << "], but the weight has type " << op.getW().getType(),
             failure();
    if (!n)
      b.require(b.index(k) == (*shape)[i], "the weight has another size than kernel_shape");
  }
  return kernel;
}

/// Where the window of a convolution goes.
template <typename Op> FailureOr<Window> convWindow(Op op, CoreBuilder &b) {
  if (failed(checkConv(op, b, 1)))
    return failure();
  auto kernel = kernelOf(op, b);
  if (failed(kernel))
    return failure();
  return placeWindow(op, b, WindowAttributes(op), spatialDims(b, op.getX()), *kernel);
}

/// The input and the weight hold elements of one type.
LogicalResult checkElements(Operation *op, CoreBuilder &b, Value x, Value w);

/// y + bias[channel] as `element`s.
FailureOr<Value> addChannelBias(Operation *op, CoreBuilder &b, Value y, Value bias, Type element);

/// The convolution of floats with its bias, in x's type.
FailureOr<Value> convolveFloats(Operation *op, CoreBuilder &b, Value x, Value w, Value bias, const Window &window,
                                int64_t group);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_CONV_H
