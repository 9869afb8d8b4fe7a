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
  // Without keepdims their number is the rank of the result.
  Dim count = b.dimOf(op.getAxes(), 0);
  if (!b.constant(count) && !op.getKeepdims())
    return op.emitOpError("the number of axes is not known: 'axes' is ") << op.getAxes().getType(), failure();
  result.count = b.constant(count).value_or(0);
  b.requireRange(op.getAxes(), b.index(-rank), b.index(rank), "an axis is out of range for rank " + Twine(rank));
  bool allIfEmpty = !b.constant(count) && !op.getNoopWithEmptyAxes();
  for (int64_t i = 0; i < rank; ++i) {
    Scalar none = allIfEmpty ? b.index(count) == 0 : constantOf(b, b.getI1Type(), 0);
    result.reduced.push_back(b.fold(b.index(count), none, [&](Scalar k, Scalar yes) {
      Scalar axis = cast(b.load(op.getAxes(), k), b.getIndexType());
      return yes | (axis == i) | (axis == i - rank);
    }));
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

//===----------------------------------------------------------------------===//
// Where the extreme is
//===----------------------------------------------------------------------===//

/// The first or last index along `axis` that holds the extreme; a NaN is one.
Value indexOfExtreme(CoreBuilder &b, Value x, int64_t axis, bool greatest, bool last) {
  Value extreme = b.reduce(
      x, axis, false,
      [&](auto &builder) {
        Scalar like = constantOf(builder, b.elementOf(x), 0);
        return greatest ? lowest(like) : highest(like);
      },
      [&](ArrayRef<Scalar> s) { return greatest ? max(s[1], s[0]) : min(s[1], s[0]); });
  Dims sizes = b.dimsOf(x), kept = sizes;
  int64_t rank = sizes.size();
  sizes.erase(sizes.begin() + axis);
  sizes.push_back(kept[axis]);
  kept[axis] = b.dim(1);
  SmallVector<AffineExpr> at;
  for (int64_t i = 0; i < rank; ++i)
    at.push_back(b.getAffineDimExpr(i < axis ? i : i == axis ? rank - 1 : i - 1));
  Type type = b.getI64Type();
  Value position = b.accumulate(
      {x, extreme},
      {AffineMap::get(rank, 0, at, b.getContext()),
       AffineMap::getMinorIdentityMap(rank, rank, b.getContext()).getMajorSubMap(rank - 1)},
      sizes, rank - 1,
      [&](auto &builder) { Scalar like = constantOf(builder, type, 0); return last ? like.like(-1) : highest(like); },
      [&](ArrayRef<Scalar> s) {
        Scalar here(b, linalg::IndexOp::create(b, rank - 1));
        Scalar hit = s[0].isFloat() ? (s[0] == s[1]) | isNaN(s[0]) : s[0] == s[1];
        Scalar i = select(hit, cast(here, type), s[2]);
        return last ? max(s[2], i) : min(s[2], i);
      });
  return b.reshape(position, kept);
}

template <typename Op, bool greatest> Result argExtreme(Op op, CoreBuilder &b) {
  FailureOr<int64_t> axis = normalAxis(op, op.getAxis(), b.rankOf(op.getData()));
  if (failed(axis))
    return failure();
  Value position = indexOfExtreme(b, op.getData(), *axis, greatest, op.getSelectLastIndex());
  if (op.getKeepdims())
    return position;
  Dims dims = b.dimsOf(position);
  dims.erase(dims.begin() + *axis);
  return b.reshape(position, dims);
}

/// 1 at the first maximum, else 0.
Result hardmax(HardmaxOp op, CoreBuilder &b) {
  FailureOr<int64_t> axis = normalAxis(op, op.getAxis(), b.rankOf(op.getX()));
  if (failed(axis))
    return failure();
  Value position = indexOfExtreme(b, op.getX(), *axis, true, false);
  Type element = b.elementOf(op.getX());
  return b.generate(b.dimsOf(op.getX()), [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> at(i);
    at[*axis] = b.index(0);
    Scalar first = cast(b.load(position, at), b.getIndexType());
    return cast(first == i[*axis], element);
  });
}

//===----------------------------------------------------------------------===//
// Running sums
//===----------------------------------------------------------------------===//

/// x as [outer, n, inner], where n is the dimension of an axis that may be
/// known only at run time.
FailureOr<Dims> aroundAxis(Operation *op, CoreBuilder &b, Value x, Value axis) {
  Dims dims = b.dimsOf(x);
  ArrayRef<Dim> all(dims);
  int64_t rank = dims.size();
  if (auto known = b.integersOf(axis); known && known->size() == 1) {
    FailureOr<int64_t> normal = normalAxis(op, known->front(), rank);
    if (failed(normal))
      return failure();
    return Dims{b.product(all.take_front(*normal)), all[*normal], b.product(all.drop_front(*normal + 1))};
  }
  Scalar at = cast(b.itemOf(axis), b.getIndexType());
  b.require((at >= -rank) & (at < rank), "the axis is out of range for rank " + Twine(rank));
  at = select(at < 0, at + rank, at);
  Scalar outer = b.index(1), n = outer, inner = outer, one = outer;
  for (auto [i, d] : llvm::enumerate(all)) {
    outer = outer * select(at > int64_t(i), b.index(d), one);
    n = n * select(at == int64_t(i), b.index(d), one);
    inner = inner * select(at < int64_t(i), b.index(d), one);
  }
  return Dims{b.dim(outer), b.dim(n), b.dim(inner)};
}

/// y[i] = x[0] + ... + x[i] along an axis, without x[i] if exclusive; from the
/// end if reverse.
template <typename Op, const Fold &fold> Result cumulative(Op op, CoreBuilder &b) {
  Value x = op.getX();
  Dims dims = b.dimsOf(x);
  if (dims.empty())
    return op.emitOpError("the operand has rank 0, expected 1 or more");
  if (b.typeOf(op.getAxis()).getRank() > 1)
    return op.emitOpError("'axis' has type ") << op.getAxis().getType() << ", expected one integer";
  auto view = aroundAxis(op, b, x, op.getAxis());
  if (failed(view))
    return failure();
  Type element = b.elementOf(x), type = sumType(element);
  x = b.reshape(x, *view);
  Dim outer = (*view)[0], n = (*view)[1], inner = (*view)[2];
  Value y = b.remember(tensor::EmptyOp::create(b, *view, element), *view);

  // One row after another: the running sum of a column stays in a register.
  auto column = [&](Scalar i, Scalar k, Value y) {
    Scalar start = fold.start(constantOf(b, type, 0));
    return b.loop(n, {start.value(), y}, [&](Scalar j, ValueRange carried) -> SmallVector<Value> {
      Scalar at = op.getReverse() ? b.index(n) - 1 - j : j;
      Scalar before(b, carried[0], type);
      Scalar after = fold.combine(before, cast(b.load(x, {i, at, k}), type));
      Scalar here = cast(op.getExclusive() ? before : after, element);
      return {after.value(), b.store(here, carried[1], {i, at, k})};
    })[1];
  };
  y = b.loop(outer, y, [&](Scalar i, ValueRange rows) {
    return b.loop(inner, rows[0], [&](Scalar k, ValueRange columns) {
      return SmallVector<Value>{column(i, k, columns[0])};
    });
  })[0];
  return b.reshape(y, dims);
}

} // namespace

void addReduceRecipes(RecipeTable &table) {
  table.add<reduction<ReduceSumOp, kSum>, reduction<ReduceProdOp, kProd>, reduction<ReduceMeanOp, kMean>,
            reduction<ReduceMaxOp, kMax>, reduction<ReduceMinOp, kMin>, reduction<ReduceL1Op, kL1>,
            reduction<ReduceL2Op, kL2>, reduction<ReduceSumSquareOp, kSumSquare>,
            reduction<ReduceLogSumOp, kLogSum>, reduceLogSumExp>();
  table.add<argExtreme<ArgMaxOp, true>, argExtreme<ArgMinOp, false>, hardmax>();
  table.add<cumulative<CumSumOp, kSum>, cumulative<CumProdOp, kProd>>();
}

} // namespace coil
