//===- Reduce.cpp - sums, products and extremes over axes -----------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

//===----------------------------------------------------------------------===//
// Axes
//===----------------------------------------------------------------------===//

/// The axes to reduce: known now, or a condition for each that a run decides.
struct Axes {
  SmallVector<int64_t> known;
  SmallVector<Scalar> reduced;
  int64_t count = 0;
};

/// Absent or empty axes are all of them, or none with noop_with_empty_axes.
template <typename Op> FailureOr<Axes> axesOf(Op op, CoreBuilder &b) {
  int64_t rank = b.rankOf(op.getData());
  Axes result;
  if (!given(op.getAxes()) || b.typeOf(op.getAxes()).getShape() == ArrayRef<int64_t>{0}) {
    if (!op.getNoopWithEmptyAxes())
      llvm::append_range(result.known, llvm::seq<int64_t>(0, rank));
    result.count = result.known.size();
    return result;
  }
  if (b.rankOf(op.getAxes()) != 1)
    return op.emitOpError("'axes' is ") << op.getAxes().getType() << ", expected rank 1", failure();
  if (auto list = b.integersOf(op.getAxes())) {
    for (int64_t axis : *list) {
      FailureOr<int64_t> normal = normalAxis(op, axis, rank);
      if (failed(normal))
        return failure();
      if (llvm::is_contained(result.known, *normal))
        return op.emitOpError("axis ") << axis << " is given twice", failure();
      result.known.push_back(*normal);
    }
    llvm::sort(result.known);
    result.count = result.known.size();
    return result;
  }
  // Without keepdims their number is the rank of the result, or that is stated.
  Dim count = b.dimOf(op.getAxes(), 0);
  auto stated = statedRank(op->getResult(0));
  bool fromResult = !b.constant(count) && !op.getKeepdims();
  if (fromResult && (!stated || *stated > rank))
    return op.emitOpError("the number of axes is not known: 'axes' is ") << op.getAxes().getType(), failure();
  result.count = fromResult ? rank - *stated : b.constant(count).value_or(0);
  b.requireRange(op.getAxes(), b.index(-rank), b.index(rank), "an axis is out of range for rank " + Twine(rank));
  bool allIfEmpty = !b.constant(count) && !op.getNoopWithEmptyAxes();
  for (int64_t i = 0; i < rank; ++i) {
    Scalar none = allIfEmpty ? b.index(count) == 0 : constantOf(b, b.getI1Type(), 0);
    result.reduced.push_back(b.fold(b.index(count), none, [&](Scalar k, Scalar yes) {
      Scalar axis = cast(b.load(op.getAxes(), k), b.getIndexType());
      return yes | (axis == i) | (axis == i - rank);
    }));
  }
  if (fromResult) {
    Scalar all = b.index(0);
    for (Scalar yes : result.reduced)
      all = all + cast(yes, b.getIndexType());
    b.require(all == result.count, "the result has another rank than " + Twine(rank - result.count));
  }
  return result;
}

using Start = function_ref<Scalar(ImplicitLocOpBuilder &)>;

/// A reduction over axes that a run decides: of each dimension d either the
/// result or the reduction has extent d, the other 1, and x is read at the sum
/// of both indices.
std::pair<Value, Dim> reduceChosen(CoreBuilder &b, Value x, const Axes &axes, bool keep, Start start,
                                   CoreBuilder::Formula combine) {
  Dims from = b.dimsOf(x), sizes, window;
  int64_t rank = from.size();
  SmallVector<AffineExpr> at;
  for (auto [i, d] : llvm::enumerate(from)) {
    Scalar n = b.index(d), one = b.index(1);
    sizes.push_back(b.dim(select(axes.reduced[i], one, n)));
    window.push_back(b.dim(select(axes.reduced[i], n, one)));
    at.push_back(b.getAffineDimExpr(i) + b.getAffineDimExpr(rank + i));
  }
  Dims loops = sizes;
  loops.append(window);
  Value y = b.accumulate(x, AffineMap::get(2 * rank, 0, at, b.getContext()), loops, rank, start, combine);
  if (!keep) {
    // The k-th dimension left is the one before which k others are left.
    Dims left;
    for (int64_t k = 0; k < rank - axes.count; ++k) {
      Scalar size = b.index(1), before = b.index(0);
      for (auto [i, d] : llvm::enumerate(from)) {
        Scalar stays = axes.reduced[i] ^ axes.reduced[i].like(1);
        size = select(stays & (before == k), b.index(d), size);
        before = before + cast(stays, b.getIndexType());
      }
      left.push_back(b.dim(size));
    }
    y = b.reshape(y, left);
  }
  return {y, b.product(window)};
}

/// The reduction and the number of elements in each.
std::pair<Value, Dim> reduceOver(CoreBuilder &b, Value x, const Axes &axes, bool keep, Start start,
                                 CoreBuilder::Formula combine) {
  if (!axes.reduced.empty())
    return reduceChosen(b, x, axes, keep, start, combine);
  Dims dims = b.dimsOf(x);
  Dims window = llvm::map_to_vector<6>(axes.known, [&](int64_t axis) { return dims[axis]; });
  return {b.reduce(x, axes.known, keep, start, combine), b.product(window)};
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// y = finish(start + term(x0) + term(x1) + ..., n), where + is `combine`.
struct Fold {
  Scalar (*start)(Scalar like);
  Scalar (*combine)(Scalar, Scalar);
  Scalar (*term)(Scalar x) = nullptr;
  Scalar (*finish)(Scalar sum, Scalar count) = nullptr;
  bool inFloat = false; // integers are computed in f64
};

Scalar zero(Scalar like) { return like.like(0); }
Scalar one(Scalar like) { return like.like(1); }
Scalar add(Scalar a, Scalar b) { return a + b; }
Scalar mul(Scalar a, Scalar b) { return a * b; }
Scalar square(Scalar x) { return x * x; }
Scalar mean(Scalar sum, Scalar n) { return sum / n; }
Scalar root(Scalar sum, Scalar) { return sqrt(sum); }
Scalar logarithm(Scalar sum, Scalar) { return log(sum); }

constexpr Fold kSum{zero, add}, kProd{one, mul}, kMean{zero, add, nullptr, mean}, kMax{lowest, max},
    kMin{highest, min}, kL1{zero, add, abs}, kL2{zero, add, square, root, true},
    kSumSquare{zero, add, square}, kLogSum{zero, add, nullptr, logarithm, true};

template <typename Op, const Fold &fold> Result reduction(Op op, CoreBuilder &b) {
  auto axes = axesOf(op, b);
  if (failed(axes))
    return failure();
  Type element = b.elementOf(op.getData());
  Type type = fold.inFloat && !isa<FloatType>(element) ? b.getF64Type() : sumType(element);
  auto [sum, count] = reduceOver(
      b, op.getData(), *axes, op.getKeepdims(),
      [&](auto &builder) { return fold.start(constantOf(builder, type, 0)); },
      [&](ArrayRef<Scalar> s) {
        Scalar x = cast(s[0], type);
        return fold.combine(s[1], fold.term ? fold.term(x) : x);
      });
  if (!fold.finish)
    return b.convert(sum, element);
  Scalar n = cast(b.index(count), type);
  return b.map(sum, [&](Scalar s) { return cast(fold.finish(s, n), element); });
}

/// log(sum(exp(x - m))) + m with m = max(x), or 0 where that is infinite.
Result reduceLogSumExp(ReduceLogSumExpOp op, CoreBuilder &b) {
  auto axes = axesOf(op, b);
  if (failed(axes))
    return failure();
  Value x = op.getData();
  Type element = b.elementOf(x);
  Type type = isa<FloatType>(element) ? sumType(element) : b.getF64Type();
  Value wide = b.convert(x, type);
  Value top = reduceOver(
      b, wide, *axes, true, [&](auto &builder) { return lowest(constantOf(builder, type, 0)); },
      [](ArrayRef<Scalar> s) { return max(s[1], s[0]); }).first;
  top = b.map(top, [](Scalar m) { return select(abs(m) == highest(m), m.like(0), m); });
  Value powers = b.map({wide, top}, [](ArrayRef<Scalar> s) { return exp(s[0] - s[1]); });
  auto sum = [&](Value v) {
    return reduceOver(
        b, v, *axes, op.getKeepdims(), [&](auto &builder) { return constantOf(builder, type, 0); },
        [](ArrayRef<Scalar> s) { return s[1] + s[0]; }).first;
  };
  Value total = sum(powers);
  top = b.reshape(top, b.dimsOf(total));
  return b.map({total, top}, [&](ArrayRef<Scalar> s) { return cast(log(s[0]) + s[1], element); });
}

} // namespace

void addReduceRecipes(RecipeTable &table) {
  table.add<reduction<ReduceSumOp, kSum>, reduction<ReduceProdOp, kProd>, reduction<ReduceMeanOp, kMean>,
            reduction<ReduceMaxOp, kMax>, reduction<ReduceMinOp, kMin>, reduction<ReduceL1Op, kL1>,
            reduction<ReduceL2Op, kL2>, reduction<ReduceSumSquareOp, kSumSquare>,
            reduction<ReduceLogSumOp, kLogSum>, reduceLogSumExp>();
}

} // namespace coil
