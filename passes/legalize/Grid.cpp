//===- Grid.cpp - sampling at computed places -----------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"
#include "passes/legalize/Window.h"

using namespace coil::onnx;

namespace coil {
namespace {

//===----------------------------------------------------------------------===//
// GridSample
//===----------------------------------------------------------------------===//

enum class Padding { Zeros, Border, Reflection };

/// One spatial axis of the sampled tensor.
struct Extent {
  Scalar size; // index
  Scalar low, high; // where it begins and ends, in the coordinates' type
};

/// From [-1, 1] to [0, n-1] with align_corners, else to [-0.5, n-0.5].
Scalar denormalize(Scalar v, Scalar n, bool alignCorners) {
  return alignCorners ? (v + 1.0) / 2.0 * (n - 1.0) : ((v + 1.0) * n - 1.0) / 2.0;
}

/// Mirrors v at both ends until it lies between them.
Scalar reflect(Scalar v, const Extent &e) {
  Scalar range = e.high - e.low, away = abs(v - e.low) % (2.0 * range);
  Scalar inside = e.low + select(away > range, 2.0 * range - away, away);
  return select(range == 0, e.low, inside);
}

/// The sampled tensor at batch and channel, and how it continues outside.
struct Sampler {
  CoreBuilder &b;
  Value x;
  SmallVector<Scalar> prefix;
  SmallVector<Extent> extents;
  Padding padding;
  Type type; // of coordinates and sums

  /// A coordinate outside comes back in, unless outside is zero. One in the half
  /// of an element before the first or behind the last is not outside: a cubic
  /// reads neighbours from there.
  Scalar pull(Scalar v, const Extent &e) const {
    Scalar n = cast(e.size, type);
    if (padding == Padding::Zeros)
      return v;
    Scalar inside = padding == Padding::Border ? clamp(v, v.like(0), n - 1.0) : reflect(v, e);
    return select((v < e.low) | (v > e.high), inside, v);
  }

  /// The element at whole coordinates.
  Scalar at(ArrayRef<Scalar> place) const {
    SmallVector<Scalar> indices(prefix);
    Scalar inside = constantOf(b, b.getI1Type(), 1);
    for (auto [v, e] : llvm::zip(place, extents)) {
      Scalar n = cast(e.size, type), whole = pull(v, e);
      inside = inside & (whole >= 0) & (whole < n);
      Scalar safe = select(isNaN(whole), whole.like(0), clamp(whole, whole.like(0), n - 1.0));
      indices.push_back(cast(safe, b.getIndexType()));
    }
    Scalar element = b.load(x, indices);
    return padding == Padding::Zeros ? select(inside, element, element.like(0)) : element;
  }

  /// The sum over the neighbours along the remaining axes of weight times value.
  Scalar sum(ArrayRef<Scalar> place, int64_t reach, SmallVectorImpl<Scalar> &chosen) const {
    if (chosen.size() == place.size())
      return cast(at(chosen), type);
    Scalar v = place[chosen.size()], base = floor(v), t = v - base;
    Scalar total = v.like(0);
    for (int64_t k = 1 - reach; k <= reach; ++k) {
      chosen.push_back(base + double(k));
      total = total + weight(abs(t - double(k)), reach) * sum(place, reach, chosen);
      chosen.pop_back();
    }
    return total;
  }

  /// Linear for reach 1; for 2 the cubic convolution with a = -0.75.
  static Scalar weight(Scalar d, int64_t reach) {
    if (reach == 1)
      return 1.0 - d;
    double a = -0.75;
    return select(d <= 1.0, ((a + 2) * d - (a + 3)) * d * d + 1.0, ((a * d - 5 * a) * d + 8 * a) * d - 4 * a);
  }
};

Result gridSample(GridSampleOp op, CoreBuilder &b) {
  Value x = op.getX(), grid = op.getGrid();
  int64_t rank = b.rankOf(x), axes = rank - 2;
  auto last = b.rankOf(grid) == rank ? b.constant(b.dimOf(grid, rank - 1)) : 0;
  if (axes < 1 || last.value_or(axes) != axes)
    return op.emitOpError("operands have types ") << x.getType() << " and " << grid.getType()
           << ", expected one rank of 3 or more and a grid whose last dimension is " << axes;
  auto padding = llvm::StringSwitch<std::optional<Padding>>(op.getPaddingMode())
                     .Case("zeros", Padding::Zeros).Case("border", Padding::Border)
                     .Case("reflection", Padding::Reflection).Default(std::nullopt);
  if (!padding)
    return op.emitOpError("padding_mode is '") << op.getPaddingMode() << "', expected 'zeros', 'border' or 'reflection'";
  // The reach of a neighbourhood to either side; opset 16 says bilinear, bicubic.
  auto reach = llvm::StringSwitch<int64_t>(op.getMode())
                   .Case("nearest", 0).Cases({"linear", "bilinear"}, 1).Cases({"cubic", "bicubic"}, 2).Default(-1);
  if (reach < 0)
    return op.emitOpError("mode is '") << op.getMode() << "', expected 'nearest', 'linear' or 'cubic'";
  Dims from = b.dimsOf(x), dims = b.dimsOf(grid);
  b.require(b.index(dims.back()) == axes, "the grid's last dimension is not " + Twine(axes));
  dims.pop_back();
  dims.insert(dims.begin() + 1, from[1]);
  bool align = op.getAlignCorners();
  Type element = b.elementOf(x), type = isa<FloatType>(element) ? sumType(element) : b.getF32Type();
  if (!b.same(dims[0], from[0]))
    b.require(b.index(dims[0]) == b.index(from[0]), "the batch of the grid is not that of the input");
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Sampler sampler{b, x, {i[0], i[1]}, {}, *padding, type};
    SmallVector<Scalar> place;
    for (int64_t axis = 0; axis < axes; ++axis) {
      Extent e;
      e.size = b.index(from[2 + axis]);
      Scalar n = cast(e.size, type);
      e.low = n.like(align ? 0.0 : -0.5);
      e.high = n - (align ? 1.0 : 0.5);
      SmallVector<Scalar> at{i[0]};
      llvm::append_range(at, i.drop_front(2));
      at.push_back(b.index(axes - 1 - axis)); // the grid says x before y before z
      Scalar v = denormalize(cast(b.load(grid, at), type), n, align);
      if (reach == 0)
        v = roundEven(v);
      sampler.extents.push_back(e);
      place.push_back(sampler.pull(v, e));
    }
    if (reach == 0)
      return sampler.at(place);
    SmallVector<Scalar> chosen;
    return cast(sampler.sum(place, reach, chosen), element);
  });
}

//===----------------------------------------------------------------------===//
// DeformConv
//===----------------------------------------------------------------------===//

/// What each element k of the kernel reads at each place: [N, C, K, output...].
/// A group of channels has its own offsets, one for each axis, and its own mask.
Value deformed(DeformConvOp op, CoreBuilder &b, const Window &w, Dim elements) {
  Value x = op.getX();
  Dims from = b.dimsOf(x), dims{from[0], from[1], elements};
  dims.append(w.output);
  Type element = b.elementOf(x), type = sumType(element);
  int64_t groups = op.getOffsetGroup(), axes = w.rank();
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar group = i[1] * groups / b.index(from[1]), k = group * b.index(elements) + i[2];
    auto at = [&](Scalar channel) {
      SmallVector<Scalar> indices{i[0], channel};
      llvm::append_range(indices, i.drop_front(3));
      return indices;
    };
    Sampler sampler{b, x, {i[0], i[1]}, {}, Padding::Zeros, type};
    SmallVector<Scalar> place(axes), chosen;
    Scalar rest = i[2];
    for (int64_t a = axes - 1; a >= 0; --a) {
      Scalar inKernel = rest % b.index(w.kernel[a]);
      rest = rest / b.index(w.kernel[a]);
      Scalar regular = i[3 + a] * w.strides[a] + inKernel * w.dilations[a] - b.index(w.low[a]);
      place[a] = cast(regular, type) + cast(b.load(op.getOffset(), at(k * axes + a)), type);
    }
    for (int64_t a = 0; a < axes; ++a)
      sampler.extents.push_back({b.index(from[2 + a]), {}, {}});
    Scalar value = sampler.sum(place, 1, chosen);
    if (given(op.getMask()))
      value = value * cast(b.load(op.getMask(), at(k)), type);
    return cast(value, element);
  });
}

/// A convolution whose kernel elements read at places that the data shifts.
Result deformConv(DeformConvOp op, CoreBuilder &b) {
  Value x = op.getX(), w = op.getW();
  int64_t rank = b.rankOf(x), group = op.getGroup();
  if (rank < 3 || b.rankOf(w) != rank || b.rankOf(op.getOffset()) != rank)
    return op.emitOpError("operands have types ") << x.getType() << ", " << w.getType() << " and "
           << op.getOffset().getType() << ", expected one rank of 3 or more";
  if (group < 1 || op.getOffsetGroup() < 1)
    return op.emitOpError("group is ") << group << " and offset_group " << op.getOffsetGroup() << ", expected 1 or more";
  Dims from = b.dimsOf(x), dw = b.dimsOf(w);
  auto window = placeWindow(op, b, {"NOTSET", op.getDilations(), op.getPads(), op.getStrides()},
                            Dims(from.begin() + 2, from.end()), Dims(dw.begin() + 2, dw.end()));
  if (failed(window))
    return failure();
  Dim elements = b.product(window->kernel), places = b.product(window->output), inner = b.product({dw[1], elements});
  Dims offset = b.dimsOf(op.getOffset());
  b.require(b.index(offset[1]) == b.index(elements) * (op.getOffsetGroup() * (rank - 2)),
            "the offsets do not fit the kernel and offset_group");
  b.require(b.index(from[1]) == b.index(dw[1]) * group, "the input and the weight have different channels");
  for (auto [o, d] : llvm::zip(ArrayRef(offset).drop_front(2), window->output))
    b.require(b.index(o) == b.index(d), "the offsets do not fit the output");
  Dim outputs = b.dim(dw[0], [&](auto m) { return m[0] / group; });
  Value values = b.reshape(deformed(op, b, *window, elements), {from[0], b.dim(group), inner, places});
  Value y = b.matmul(b.reshape(w, {b.dim(group), outputs, inner}), values);
  Dims dims{from[0], dw[0]}, channel(rank - 1, b.dim(1));
  dims.append(window->output);
  y = b.reshape(y, dims);
  if (!given(op.getB()))
    return y;
  channel[0] = dw[0];
  return b.map({y, b.reshape(op.getB(), channel)}, [](ArrayRef<Scalar> s) { return s[0] + s[1]; });
}

//===----------------------------------------------------------------------===//
// AffineGrid
//===----------------------------------------------------------------------===//

/// grid[n, ..., k] = sum of theta[n, k, j] * p[j] over p = (x, y, ..., 1), the
/// places of the elements of `size` in [-1, 1].
Result affineGrid(AffineGridOp op, CoreBuilder &b) {
  Value theta = op.getTheta();
  int64_t axes = -1; // theta, the length of size or the model's word of the result tells
  if (b.rankOf(theta) == 3)
    axes = b.typeOf(op.getSize()).hasStaticShape()
               ? b.typeOf(op.getSize()).getNumElements() - 2
               : b.constant(b.dimOf(theta, 1)).value_or(statedRank(op->getResult(0)).value_or(1) - 2);
  auto size = axes < 1 ? std::nullopt : b.indicesOf(op.getSize(), axes + 2);
  if (!size)
    return op.emitOpError("operands have types ") << theta.getType() << " and " << op.getSize().getType()
           << ", expected rank 3 and the sizes of a tensor of rank 3 or more";
  Dims dims = b.dimsOf(theta);
  if (b.constant(dims[1]).value_or(axes) != axes || b.constant(dims[2]).value_or(axes + 1) != axes + 1)
    return op.emitOpError("theta has type ") << theta.getType() << ", expected matrices of " << axes << " x " << axes + 1;
  b.require((b.index(dims[1]) == axes) & (b.index(dims[2]) == axes + 1), "theta has matrices of another size than expected");
  dims.truncate(1);
  b.require(b.index(dims[0]) == b.index((*size)[0]), "size has another batch than theta");
  dims.append(size->begin() + 2, size->end());
  dims.push_back(b.dim(axes));
  Type element = b.elementOf(theta), type = sumType(element);
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    auto coefficient = [&](int64_t j) { return cast(b.load(theta, {i[0], i.back(), b.index(j)}), type); };
    Scalar sum = coefficient(axes);
    for (int64_t j = 0; j < axes; ++j) {
      int64_t axis = axes - 1 - j; // x, the first coordinate, is the last axis
      Scalar k = cast(i[1 + axis], type), n = cast(b.index((*size)[2 + axis]), type);
      Scalar place = op.getAlignCorners() ? select(n == 1, n.like(0), 2.0 * k / (n - 1.0) - 1.0)
                                          : (2.0 * k + 1.0) / n - 1.0;
      sum = sum + coefficient(j) * place;
    }
    return cast(sum, element);
  });
}

} // namespace

void addGridRecipes(RecipeTable &table) { table.add<gridSample, deformConv, affineGrid>(); }

} // namespace coil
