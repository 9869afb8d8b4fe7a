//===- ConvTranspose.cpp - convolutions the other way round ---------------===//
//
// y[s * q + r - low] = sum of x[q - j] * w[s * j + r] over j: for each phase r of
// the stride s a convolution of its own, whose taps are every s-th of w. All
// phases are one convolution with s times as many channels, whose results then
// take turns along y; or, of few taps, several, so that none is multiplied by the
// zeros of another: of a kernel of 3 and a stride of 2 one phase has a tap, one two.
// What has no such form (a stride and a dilation along one axis, a stride of more
// than the kernel, most of whose phases would be zero, sizes that only a run knows)
// is a convolution of x with zeros between its elements.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Conv.h"

using namespace coil::onnx;

namespace coil {
namespace {

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

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

/// Phases side by side, done together.
struct Run {
  int64_t phase, phases, taps; // the first one's first tap; how many; taps of each
  int64_t first;               // the first q
};

/// One axis, cut into phases.
struct Phases {
  int64_t stride;
  SmallVector<Run> runs;
  int64_t skip;                // what of the phases lies before y
  Dim count;                   // of the q
  std::optional<int64_t> more; // of them than of x
  bool exact;                  // the phases end where y ends
};

/// All phases as one run: of so many taps as the longest has.
Run together(int64_t kernel, int64_t stride, int64_t low) {
  int64_t taps = llvm::divideCeil(kernel, stride);
  return {0, stride, taps, std::min(low / stride, taps - 1)};
}

/// Those at y[s * q], y[s * q + 1], ...: of many as many together as have equal windows.
SmallVector<Run> apart(int64_t kernel, int64_t stride, int64_t low) {
  SmallVector<Run> runs;
  for (int64_t at = low; at < low + stride; ++at) {
    Run run{at % stride, 1, int64_t(llvm::divideCeil(kernel - at % stride, stride)), at / stride};
    if (stride > 2 && runs.size() && runs.back().taps == run.taps && runs.back().first == run.first)
      ++runs.back().phases;
    else
      runs.push_back(run);
  }
  return runs;
}

/// Whether phases are better done apart, each with its taps alone and where it belongs:
/// with channels enough for vectors, and where much would be zero, or where the few
/// phases have one tap, so that moving them takes long beside the products. But not
/// windows of three taps and more, which are done in fewer products than they have.
bool repaysApart(ConvTransposeOp op, CoreBuilder &b, const Window &w) {
  constexpr int64_t kManyChannels = 16;
  auto outputs = b.constant(b.dimOf(op.getW(), 1));
  bool moves = true;
  double share = 1; // of the products that are none by zero
  for (auto [kernel, stride] : llvm::zip(w.kernel, w.strides)) {
    auto size = b.constant(kernel);
    if (!size || stride > *size || llvm::divideCeil(*size, stride) > 2)
      return false;
    moves &= *size == stride && stride <= 2;
    share *= double(*size) / llvm::alignTo(*size, stride);
  }
  return outputs && *outputs >= kManyChannels && (moves || share <= 0.75);
}

/// The phases of each axis; none where it has no such form.
std::optional<SmallVector<Phases>> phasesOf(ConvTransposeOp op, CoreBuilder &b, const Window &w) {
  bool strided = false, isApart = repaysApart(op, b, w);
  SmallVector<Phases> axes;
  for (int64_t i = 0; i < w.rank(); ++i) {
    auto kernel = b.constant(w.kernel[i]), low = b.constant(w.low[i]), high = b.constant(w.high[i]);
    int64_t s = w.strides[i];
    if (!kernel || !low || *low < 0 || w.dilations[i] != 1 || s > *kernel)
      return std::nullopt;
    strided |= s > 1;
    Phases p{s, {}, 0, {}, {}, false};
    if (isApart) {
      p.runs = apart(*kernel, s, *low);
    } else {
      p.runs = {together(*kernel, s, *low)};
      p.skip = *low - s * p.runs.front().first;
    }
    auto extra = op.getOutputPadding();
    if (!op.getOutputShape() && op.getAutoPad() == "NOTSET" && high) {
      int64_t last = *kernel + (extra ? (*extra)[i] : 0) - *high; // y ends at (n - 1) * s + last - low
      if (last < 1)
        return std::nullopt;
      int64_t size = last - *low + p.skip; // what of the phases x's last element begins
      p.more = llvm::divideCeilSigned(size, s) - 1;
      p.count = b.dim(w.input[i], [&](auto n) { return n[0] + *p.more; });
      p.exact = size % s == 0;
    } else {
      p.count = b.dim(w.output[i], [&](auto n) { return (n[0] + (p.skip + s - 1)) / s; });
    }
    if (auto n = b.constant(p.count); n && *n < 1)
      return std::nullopt;
    axes.push_back(p);
  }
  return strided ? std::optional(axes) : std::nullopt;
}

/// w [C, M/G, ...] for a run of each axis: [G * phases * M/G, C/G, taps...], zero
/// where a phase has no tap any more.
Value phased(CoreBuilder &b, Value w, const Window &window, ArrayRef<Phases> axes, ArrayRef<Run> runs, int64_t group) {
  Dims dims = b.dimsOf(w), split;
  Dim inputs = b.dim(dims[0], [&](auto c) { return c[0] / group; }), outputs = dims[1];
  int64_t rank = axes.size();
  // As [G, r..., M/G, C/G, j...].
  split.push_back(b.dim(group));
  for (const Run &run : runs)
    split.push_back(b.dim(run.phases));
  split.append({outputs, inputs});
  for (const Run &run : runs)
    split.push_back(b.dim(run.taps));
  Scalar zero = constantOf(b, b.elementOf(w), 0);
  Value all = b.generate(split, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> at{i[0] * b.index(inputs) + i[rank + 2], i[rank + 1]};
    Scalar inside = constantOf(b, b.getI1Type(), 1);
    for (auto [axis, run] : llvm::enumerate(runs)) {
      Scalar k = (b.index(run.taps - 1) - i[rank + 3 + axis]) * axes[axis].stride + i[1 + axis] + b.index(run.phase);
      Scalar n = b.index(window.kernel[axis]);
      inside = inside & (k < n);
      at.push_back(min(k, n - 1));
    }
    return select(inside, b.load(w, at), zero);
  });
  Dims weight{b.product(ArrayRef(split).take_front(rank + 2)), inputs};
  weight.append(split.end() - rank, split.end());
  return b.reshape(all, weight);
}

/// x [N, C, ...] with zeros around it, as far as any run reads; how many before it.
Value padForRuns(CoreBuilder &b, Value x, ArrayRef<Phases> axes, SmallVectorImpl<int64_t> &before) {
  Dims none(2, b.dim(0)), low = none, high = none;
  for (auto [i, p] : llvm::enumerate(axes)) {
    int64_t first = 0, last = 0;
    for (const Run &run : p.runs) {
      first = std::max(first, run.taps - 1 - run.first);
      last = std::max(last, run.first);
    }
    before.push_back(first);
    low.push_back(b.dim(first));
    high.push_back(p.more ? b.dim(std::max<int64_t>(*p.more + last, 0))
                          : b.dim({p.count, b.dimOf(x, 2 + i)}, [&](auto d) { return max(d[0] + last - d[1], b.index(0)); }));
  }
  return b.pad(x, low, high, constantOf(b, b.elementOf(x), 0));
}

/// The phases of one run of each axis, of a padded x that begins `before` x:
/// [N, G, M/G, q, r, ...].
Value convolveRuns(CoreBuilder &b, Value x, Value w, const Window &window, ArrayRef<Phases> axes, ArrayRef<Run> runs,
                   ArrayRef<int64_t> before, int64_t group, Type sum) {
  int64_t rank = axes.size();
  Dims dims = b.dimsOf(x), from(2, b.dim(0)), size{dims[0], dims[1]}, ones(rank + 2, b.dim(1));
  Window inner = window;
  inner.output.clear();
  bool isWhole = true;
  for (auto [p, run, at] : llvm::zip(axes, runs, before)) {
    inner.output.push_back(p.count);
    from.push_back(b.dim(at - (run.taps - 1 - run.first)));
    size.push_back(b.dim(p.count, [&](auto n) { return n[0] + (run.taps - 1); }));
    isWhole &= p.runs.size() == 1;
  }
  for (auto [i, run] : llvm::enumerate(runs)) {
    inner.kernel[i] = b.dim(run.taps);
    inner.strides[i] = 1;
  }
  if (!isWhole)
    x = b.slice(x, from, size, ones);
  Value z = convolve(b, x, phased(b, w, window, axes, runs, group), inner, group, sum);
  // [N, G, r..., M/G, q...] -> [N, G, M/G, q, r, ...]
  Dim outputs = b.dimOf(w, 1);
  Dims apart{dims[0], b.dim(group)}, turned{dims[0], b.dim(group), outputs};
  SmallVector<int64_t> order{0, 1, 2 + rank};
  for (const Run &run : runs)
    apart.push_back(b.dim(run.phases));
  apart.push_back(outputs);
  for (auto [i, p] : llvm::enumerate(axes)) {
    apart.push_back(p.count);
    turned.append({p.count, b.dim(runs[i].phases)});
    order.append({int64_t(3 + rank + i), int64_t(2 + i)});
  }
  if (llvm::all_of(runs, [](const Run &run) { return run.phases == 1; }))
    return b.reshape(z, turned);
  return b.transpose(b.reshape(z, apart), order);
}

/// Sums in the type `sum`.
Value convolvePhases(CoreBuilder &b, Value x, Value w, const Window &window, ArrayRef<Phases> axes, int64_t group, Type sum) {
  SmallVector<int64_t> before;
  Value padded = padForRuns(b, x, axes, before);
  SmallVector<Run> chosen;
  // Joined along the last axis first.
  std::function<Value()> join = [&]() -> Value {
    size_t axis = chosen.size();
    if (axis == axes.size())
      return convolveRuns(b, padded, w, window, axes, chosen, before, group, sum);
    SmallVector<Value> parts;
    for (const Run &run : axes[axis].runs) {
      chosen.push_back(run);
      parts.push_back(join());
      chosen.pop_back();
    }
    return b.concat(parts, 4 + 2 * axis);
  };
  Value all = join();
  Dims whole{b.dimOf(x, 0), b.product({b.dim(group), b.dimOf(w, 1)})};
  for (const Phases &p : axes)
    whole.push_back(b.product({p.count, b.dim(p.stride)}));
  Value y = b.reshape(all, whole);
  if (llvm::all_of(axes, [](const Phases &p) { return p.exact && p.skip == 0; }))
    return y;
  Dims from(2, b.dim(0)), size{whole[0], whole[1]}, ones(whole.size(), b.dim(1));
  for (const Phases &p : axes)
    from.push_back(b.dim(p.skip));
  size.append(window.output);
  return b.slice(y, from, size, ones);
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
  Type element = b.elementOf(op.getX()), sum = sumType(element);
  int64_t group = op.getGroup();
  Value y;
  if (auto axes = phasesOf(op, b, *window)) {
    y = convolvePhases(b, op.getX(), op.getW(), *window, *axes, group, sum);
  } else {
    Value x = spread(b, op.getX(), *window), w = turned(b, op.getW(), *window, group);
    window->strides.assign(window->rank(), 1);
    y = convolve(b, x, w, *window, group, sum);
  }
  FailureOr<Value> result = addChannelBias(op, b, y, op.getB(), element);
  return failed(result) ? Result(failure()) : Result(*result);
}

} // namespace

void addConvTransposeRecipes(RecipeTable &table) { table.add<convTranspose>(); }

} // namespace coil
