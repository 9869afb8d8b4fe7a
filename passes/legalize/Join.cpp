//===- Join.cpp - joining, cutting, padding -------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

Result concat(ConcatOp op, CoreBuilder &b) {
  if (op.getInputs().empty())
    return op.emitOpError("has no inputs");
  Value first = op.getInputs().front();
  auto axis = normalAxis(op, op.getAxis(), b.rankOf(first));
  if (failed(axis))
    return failure();
  SmallVector<Value> inputs;
  for (Value x : op.getInputs()) {
    if (b.rankOf(x) != b.rankOf(first) || b.elementOf(x) != b.elementOf(first))
      return op.emitOpError("inputs have types ") << first.getType() << " and " << x.getType()
                                                  << ", expected one rank and element type";
    if (b.constant(b.dimOf(x, *axis)) != 0) // an empty cache
      inputs.push_back(x);
  }
  return inputs.empty() ? first : b.concat(inputs, *axis);
}

/// The dimensions of the parts: as listed, or equal but for a smaller last one.
FailureOr<Dims> partsOf(SplitOp op, Dim whole, CoreBuilder &b) {
  int64_t count = op.getNumResults();
  if (!given(op.getSplit())) {
    if (int64_t(op.getNumOutputs().value_or(count)) != count)
      return op.emitOpError("num_outputs is ") << *op.getNumOutputs() << ", but the node has " << count << " outputs";
    Dims parts;
    for (int64_t i = 0; i < count; ++i)
      parts.push_back(b.dim({whole}, [&](auto s) {
        Scalar part = (s[0] + (count - 1)) / count;
        return i == 0 ? part : max(min(part, s[0] - part * i), b.index(0));
      }));
    return parts;
  }
  Dims parts = b.listOf(op.getSplit(), count, 0);
  Scalar total = b.index(0), positive = constantOf(b, b.getI1Type(), 1);
  for (Dim part : parts) {
    total = total + b.index(part);
    positive = positive & (b.index(part) >= 0);
  }
  Scalar fits = positive & (total == b.index(whole));
  if (fits.constant() == 0)
    return op.emitOpError("the parts of 'split' add up to ") << total.constant().value_or(-1)
                                                             << ", expected " << *b.constant(whole), failure();
  b.require(fits, "the parts of 'split' do not add up to the dimension");
  return parts;
}

Result split(SplitOp op, CoreBuilder &b) {
  Dims sizes = b.dimsOf(op.getInput());
  auto axis = normalAxis(op, op.getAxis(), sizes.size());
  if (failed(axis))
    return failure();
  auto parts = partsOf(op, sizes[*axis], b);
  if (failed(parts))
    return failure();
  Dims offsets(sizes.size(), b.dim(0)), ones(sizes.size(), b.dim(1));
  SmallVector<Value> results;
  for (Dim part : *parts) {
    sizes[*axis] = part;
    results.push_back(b.slice(op.getInput(), offsets, sizes, ones));
    offsets[*axis] = b.sum(offsets[*axis], part);
  }
  return results;
}

//===----------------------------------------------------------------------===//
// Parameters for some axes
//===----------------------------------------------------------------------===//

/// The entry for axis `i`: that of the list whose axis it is, or `otherwise`.
Scalar entryOf(int64_t i, ArrayRef<Dim> axes, ArrayRef<Dim> list, Scalar otherwise, int64_t rank, CoreBuilder &b) {
  Scalar entry = otherwise;
  for (auto [axis, value] : llvm::zip(axes, list)) {
    Scalar a = b.index(axis);
    entry = select((a == i) | (a == i - rank), b.index(value), entry);
  }
  return entry;
}

/// The axes of a list of parameters: all from the first on if none are given.
/// Those that a list known only at run time may lack are `rank`, which is none.
FailureOr<Dims> axesOf(Operation *op, Value operand, int64_t rank, CoreBuilder &b) {
  Dims axes;
  if (given(operand))
    axes = b.listOf(operand, rank, rank);
  else
    for (int64_t i = 0; i < rank; ++i)
      axes.push_back(b.dim(i));
  int64_t count = axes.size();
  if (given(operand) && b.typeOf(operand).hasStaticShape())
    count = b.typeOf(operand).getNumElements();
  for (Dim axis : ArrayRef(axes).take_front(count))
    if (auto n = b.constant(axis))
      if (failed(normalAxis(op, *n, rank)))
        return failure();
  return axes;
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

/// Exporters write the greatest i32 or i64 for "to the end".
constexpr int64_t kEnd = std::numeric_limits<int32_t>::max();

/// A bound of a slice that goes forward, as a position in [0, d].
Scalar forward(Scalar s, Dim d, CoreBuilder &b) {
  Scalar n = b.index(d), zero = b.index(0);
  auto known = s.constant();
  if (b.same(b.dim(s), d) || (known && *known >= kEnd))
    return n;
  if (known)
    return *known == 0 ? zero : *known > 0 ? min(s, n) : max(s + n, zero);
  return clamp(select(s < 0, s + n, s), zero, n);
}

struct Cut {
  Dim offset, size, stride;
};

/// numpy's start:end:step of a dimension.
Cut cut(Dim d, Scalar start, Scalar end, Scalar step, CoreBuilder &b) {
  if (step.constant() == 1) {
    Scalar from = forward(start, d, b), to = forward(end, d, b);
    if (from.constant() == 0)
      return {b.dim(0), b.dim(to), b.dim(1)};
    // Past the end there is nothing, and the offset of nothing is in range.
    Scalar size = b.same(b.dim(to), d) ? to - from : max(to - from, b.index(0));
    return {b.dim(from), b.dim(size), b.dim(1)};
  }
  // Forward, bounds are in [0, d]; backward, the start is in [0, d-1] and the
  // end in [-1, d-1].
  Scalar n = b.index(d), zero = b.index(0), back = step < 0;
  Scalar top = select(back, n - 1, n);
  start = clamp(select(start < 0, start + n, start), zero, top);
  end = clamp(select(end < 0, end + n, end), select(back, b.index(-1), zero), top);
  Scalar span = select(back, start - end, end - start), stride = select(back, -step, step);
  Scalar size = select(span > 0, (span - 1) / stride + 1, zero);
  return {b.dim(start), b.dim(size), b.dim(step)};
}

Result slice(SliceOp op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getData());
  int64_t rank = dims.size();
  auto axes = axesOf(op, op.getAxes(), rank, b);
  if (failed(axes))
    return failure();
  int64_t count = axes->size();
  Dims starts = b.listOf(op.getStarts(), count, 0), ends = b.listOf(op.getEnds(), count, kEnd);
  Dims steps(count, b.dim(1));
  if (given(op.getSteps()))
    steps = b.listOf(op.getSteps(), count, 1);
  if (b.facts.failed)
    return failure();
  Dims offsets, sizes, strides;
  for (auto [i, d] : llvm::enumerate(dims)) {
    auto entry = [&](ArrayRef<Dim> list, int64_t otherwise) {
      return entryOf(i, *axes, list, b.index(otherwise), rank, b);
    };
    Scalar step = entry(steps, 1);
    if (step.constant() == 0)
      return op.emitOpError("the step of axis ") << i << " is 0";
    b.require(step != 0, "the step of axis " + Twine(i) + " is 0");
    Cut c = cut(d, entry(starts, 0), entry(ends, kEnd), step, b);
    offsets.push_back(c.offset);
    sizes.push_back(c.size);
    strides.push_back(c.stride);
  }
  return b.slice(op.getData(), offsets, sizes, strides);
}

//===----------------------------------------------------------------------===//
// Pad and Tile
//===----------------------------------------------------------------------===//

/// The remainder in [0, n).
Scalar wrapped(Scalar i, Scalar n) {
  Scalar r = i % n;
  return select(r < 0, r + n, r);
}

Scalar reflected(Scalar i, Scalar n) {
  Scalar r = wrapped(i, 2 * (n - 1));
  return min(r, 2 * (n - 1) - r);
}

Scalar nearest(Scalar i, Scalar n) { return max(min(i, n - 1), n.like(0)); }

/// x[at(i - low)] in a tensor that is larger by low + high.
Value extend(Value x, ArrayRef<Dim> low, ArrayRef<Dim> high, Scalar (*at)(Scalar, Scalar), CoreBuilder &b) {
  Dims from = b.dimsOf(x), dims;
  for (auto [axis, d] : llvm::enumerate(from))
    dims.push_back(b.sum(b.sum(d, low[axis]), high[axis]));
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> source;
    for (auto [axis, d] : llvm::enumerate(from)) {
      bool same = b.constant(low[axis]) == 0 && b.constant(high[axis]) == 0;
      source.push_back(same ? i[axis] : at(i[axis] - b.index(low[axis]), b.index(d)));
    }
    return b.load(x, source);
  });
}

Result pad(PadOp op, CoreBuilder &b) {
  Value x = op.getData();
  if (failed(sameElements(op, {x, op.getConstantValue()})))
    return failure();
  int64_t rank = b.rankOf(x);
  auto axes = axesOf(op, op.getAxes(), rank, b);
  if (failed(axes))
    return failure();
  // All the lows, then all the highs.
  int64_t count = axes->size();
  Value pads = op.getPads();
  if (b.rankOf(pads) != 1)
    return op.emitOpError("'pads' has type ") << pads.getType() << ", expected rank 1";
  Dim half = b.dim({b.dimOf(pads, 0)}, [](auto s) { return s[0] / 2; });
  if (auto n = b.constant(half); n && !given(op.getAxes()) && *n != rank)
    return op.emitOpError("'pads' has ") << b.typeOf(pads).getNumElements() << " elements, expected " << 2 * rank;
  Dims lows = b.listOf(b.slice(pads, {b.dim(0)}, {half}, {b.dim(1)}), count, 0);
  Dims highs = b.listOf(b.slice(pads, {half}, {half}, {b.dim(1)}), count, 0);
  if (b.facts.failed)
    return failure();
  Dims low, high;
  for (int64_t i = 0; i < rank; ++i) {
    low.push_back(b.dim(entryOf(i, *axes, lows, b.index(0), rank, b)));
    high.push_back(b.dim(entryOf(i, *axes, highs, b.index(0), rank, b)));
  }
  if (op.getMode() == "constant") {
    Scalar value = given(op.getConstantValue()) ? b.itemOf(op.getConstantValue()) : constantOf(b, b.elementOf(x), 0);
    return b.pad(x, low, high, value);
  }
  if (op.getMode() == "reflect")
    return extend(x, low, high, reflected, b);
  if (op.getMode() == "edge")
    return extend(x, low, high, nearest, b);
  if (op.getMode() == "wrap")
    return extend(x, low, high, wrapped, b);
  return op.emitOpError("mode is '") << op.getMode() << "', expected 'constant', 'reflect', 'edge' or 'wrap'";
}

/// x[r0, d0, r1, d1, ...] read at the d's, then r and d of an axis taken as one.
Result tile(TileOp op, CoreBuilder &b) {
  Dims from = b.dimsOf(op.getInput()), wide, dims;
  auto repeats = b.listOf(op.getRepeats(), from.size(), 1);
  if (b.facts.failed)
    return failure();
  if (auto type = b.typeOf(op.getRepeats()); type.hasStaticShape() && type.getNumElements() != int64_t(from.size()))
    return op.emitOpError("'repeats' has ") << type.getNumElements() << " elements, expected " << from.size();
  SmallVector<size_t> source;
  for (auto [d, r] : llvm::zip(from, repeats)) {
    if (auto n = b.constant(r); n && *n < 0)
      return op.emitOpError("'repeats' holds ") << *n;
    b.require(b.index(r) >= 0, "'repeats' holds a negative number");
    if (b.constant(r) != 1)
      wide.push_back(r);
    source.push_back(wide.size());
    wide.push_back(d);
    dims.push_back(b.product({r, d}));
  }
  if (wide.size() == from.size())
    return op.getInput();
  Value y = b.generate(wide, [&](ArrayRef<Scalar> i) {
    return b.load(op.getInput(), llvm::map_to_vector(source, [&](size_t axis) { return i[axis]; }));
  });
  return b.reshape(y, dims);
}

} // namespace

void addJoinRecipes(RecipeTable &table) { table.add<concat, split, slice, pad, tile>(); }

} // namespace coil
