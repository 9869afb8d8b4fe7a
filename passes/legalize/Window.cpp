//===- Window.cpp - where a window goes -----------------------------------===//

#include "passes/legalize/Window.h"

namespace coil {

Dim Window::extent(CoreBuilder &b, int64_t axis) const {
  return b.dim(kernel[axis], [&](auto k) { return (k[0] - 1) * dilations[axis] + 1; });
}

SmallVector<AffineExpr> Window::reads(CoreBuilder &b, unsigned first, unsigned inner) const {
  SmallVector<AffineExpr> at;
  for (int64_t i = 0; i < rank(); ++i)
    at.push_back(b.getAffineDimExpr(first + i) * strides[i] + b.getAffineDimExpr(inner + i) * dilations[i]);
  return at;
}

FailureOr<Window> windowOf(Operation *op, CoreBuilder &b, const WindowAttributes &attributes, Dims input,
                           Dims kernel) {
  Window w;
  size_t rank = input.size();
  if (kernel.size() != rank) {
    op->emitOpError("the kernel has ") << kernel.size() << " dimensions, expected " << rank;
    return failure();
  }
  for (Dim k : kernel)
    if (auto n = b.constant(k); n && *n < 1) {
      op->emitOpError("the kernel has size ") << *n << ", expected 1 or more";
      return failure();
    }
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  auto list = [&](StringRef name, std::optional<ArrayRef<int64_t>> given, size_t count, int64_t absent,
                  int64_t least, SmallVector<int64_t> &result) -> LogicalResult {
    result = given ? llvm::to_vector(*given) : SmallVector<int64_t>(count, absent);
    if (result.size() != count)
      return op->emitOpError(name) << " has " << result.size() << " elements, expected " << count;
    for (int64_t n : result)
      if (n < least)
        return op->emitOpError(name) << " holds " << n << ", expected " << least << " or more";
      else if (n > kMost || n < -kMost) // a product with a size would overflow
        return op->emitOpError(name) << " holds " << n << ", expected at most " << kMost << " either way";
    return success();
  };
  SmallVector<int64_t> pads;
  if (failed(list("strides", attributes.strides, rank, 1, 1, w.strides)) ||
      failed(list("dilations", attributes.dilations, rank, 1, 1, w.dilations)) ||
      failed(list("pads", attributes.pads, 2 * rank, 0, INT64_MIN, pads)))
    return failure();
  if (!llvm::is_contained({"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"}, attributes.autoPad)) {
    op->emitOpError("auto_pad is '") << attributes.autoPad
        << "', expected 'NOTSET', 'VALID', 'SAME_UPPER' or 'SAME_LOWER'";
    return failure();
  }
  bool explicitPads = attributes.autoPad == "NOTSET";
  for (size_t i = 0; i < rank; ++i) {
    w.low.push_back(b.dim(explicitPads ? pads[i] : 0));
    w.high.push_back(b.dim(explicitPads ? pads[rank + i] : 0));
  }
  w.kernel = std::move(kernel);
  w.input = std::move(input);
  return w;
}

/// SAME: one window a stride, the padding shared between both ends.
static void placeSame(CoreBuilder &b, Window &w, int64_t axis, bool upper) {
  int64_t stride = w.strides[axis];
  w.output.push_back(b.dim(w.input[axis], [&](auto n) { return (n[0] + (stride - 1)) / stride; }));
  Dim total = b.dim({w.output[axis], w.extent(b, axis), w.input[axis]}, [&](auto d) {
    return max((d[0] - 1) * stride + d[1] - d[2], b.index(0));
  });
  Dim half = b.dim(total, [](auto d) { return d[0] / 2; });
  Dim rest = b.dim({total, half}, [](auto d) { return d[0] - d[1]; });
  w.low[axis] = upper ? half : rest;
  w.high[axis] = upper ? rest : half;
}

/// floor or ceil((padded - extent) / stride) + 1; with ceil no window starts in
/// the padding after the input.
static LogicalResult placePadded(Operation *op, CoreBuilder &b, Window &w, int64_t axis, bool ceilMode) {
  int64_t stride = w.strides[axis];
  Dim extent = w.extent(b, axis);
  Dim space = b.dim({w.input[axis], w.low[axis], w.high[axis], extent},
                    [](auto d) { return d[0] + d[1] + d[2] - d[3]; });
  if (auto n = b.constant(space); n && *n < 0)
    return op->emitOpError("the window of ") << *b.constant(extent) << " elements does not fit dimension "
           << axis + 2 << " of " << *b.constant(w.input[axis]) << " elements with its padding";
  b.require(b.index(space) >= 0, "the window does not fit dimension " + Twine(axis + 2) + " with its padding");
  if (!ceilMode) {
    w.output.push_back(b.dim(space, [&](auto d) { return d[0] / stride + 1; }));
    return success();
  }
  w.output.push_back(b.dim({space, w.input[axis], w.low[axis]}, [&](auto d) {
    Scalar n = (d[0] + (stride - 1)) / stride + 1;
    return select((n - 1) * stride >= d[1] + d[2], n - 1, n);
  }));
  w.high[axis] = b.dim({w.output[axis], extent, w.input[axis], w.low[axis], w.high[axis]}, [&](auto d) {
    return max((d[0] - 1) * stride + d[1] - d[2] - d[3], d[4]);
  });
  return success();
}

FailureOr<Window> placeWindow(Operation *op, CoreBuilder &b, const WindowAttributes &attributes, Dims input,
                              Dims kernel, bool ceilMode) {
  FailureOr<Window> w = windowOf(op, b, attributes, std::move(input), std::move(kernel));
  if (failed(w))
    return failure();
  StringRef autoPad = attributes.autoPad;
  for (int64_t axis = 0; axis < w->rank(); ++axis) {
    if (autoPad.starts_with("SAME"))
      placeSame(b, *w, axis, autoPad == "SAME_UPPER");
    else if (failed(placePadded(op, b, *w, axis, ceilMode && autoPad == "NOTSET")))
      return failure();
  }
  return w;
}

Value padFor(CoreBuilder &b, Value x, const Window &window, Scalar value) {
  Dims low(2, b.dim(0)), high = low;
  low.append(window.low);
  high.append(window.high);
  return b.pad(x, low, high, value);
}

Value convolve(CoreBuilder &b, Value x, Value w, const Window &window, int64_t group, Type sum) {
  auto term = [&](ArrayRef<Scalar> s) { return cast(s[0], sum) * cast(s[1], sum); };
  return convolve(b, x, w, window, group, sum, term, {});
}

Value convolve(CoreBuilder &b, Value x, Value w, const Window &window, int64_t group, Type sum,
               CoreBuilder::Formula term, ValueRange parameters) {
  Dims dx = b.dimsOf(x), dw = b.dimsOf(w);
  bool grouped = group > 1, depthwise = grouped && b.constant(dw[1]) == 1;
  Dim outputs = grouped ? b.dim(dw[0], [&](auto m) { return m[0] / group; }) : dw[0];
  bool single = grouped && b.constant(outputs) == 1;
  if (grouped) {
    // x as [N, G, C/G, ...] and w as [G, M/G, C/G, ...]; a single channel a
    // group, of the input or the output, has no loop.
    Dims vx{dx[0], b.dim(group)}, vw{b.dim(group), outputs};
    if (single)
      vw.pop_back();
    if (!depthwise) {
      vx.push_back(dw[1]);
      vw.push_back(dw[1]);
    }
    vx.append(dx.begin() + 2, dx.end());
    vw.append(dw.begin() + 2, dw.end());
    x = b.reshape(x, vx);
    w = b.reshape(w, vw);
  }
  // The loops: n, [group,] output channel, position; [channel,] kernel.
  Dims sizes{dx[0]};
  if (grouped)
    sizes.push_back(b.dim(group));
  if (!single)
    sizes.push_back(outputs);
  sizes.append(window.output);
  unsigned result = sizes.size(), first = result - window.rank();
  if (!depthwise)
    sizes.push_back(dw[1]);
  unsigned inner = sizes.size();
  sizes.append(window.kernel);

  auto d = [&](unsigned i) { return b.getAffineDimExpr(i); };
  SmallVector<AffineExpr> readX{d(0)}, readW;
  if (grouped) {
    readX.push_back(d(1));
    readW.push_back(d(1));
  }
  if (!single)
    readW.push_back(d(first - 1));
  if (!depthwise) {
    readX.push_back(d(result));
    readW.push_back(d(result));
  }
  llvm::append_range(readX, window.reads(b, first, inner));
  for (int64_t i = 0; i < window.rank(); ++i)
    readW.push_back(d(inner + i));
  auto map = [&](ArrayRef<AffineExpr> at) { return AffineMap::get(sizes.size(), 0, at, b.getContext()); };
  SmallVector<Value> inputs{x, w};
  SmallVector<AffineMap> maps{map(readX), map(readW)};
  for (Value p : parameters) {
    SmallVector<AffineExpr> at;
    if (b.rankOf(p) == 1) {
      b.requireSame(b.dimOf(p, 0), dw[0], "the output channels and a parameter of them");
      if (grouped)
        at.push_back(d(1));
      if (!single)
        at.push_back(d(first - 1));
      p = grouped && !single ? b.reshape(p, {b.dim(group), outputs}) : p;
    }
    inputs.push_back(p);
    maps.push_back(map(at));
  }
  if (b.facts.failed)
    return x;
  Value y = b.accumulate(
      inputs, maps, sizes, result, [&](auto &builder) { return constantOf(builder, sum, 0); },
      [&](ArrayRef<Scalar> s) { return s.back() + term(s.drop_back()); });
  Dims dims{dx[0], dw[0]};
  dims.append(window.output);
  return b.reshape(y, dims);
}

} // namespace coil
