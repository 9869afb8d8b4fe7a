//===- Select.cpp - results whose content or size the data decides --------===//

#include "dialects/onnx/Onnx.h"
#include "mlir/IR/Matchers.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// a > b in a total order, in which NaN is above all numbers.
Scalar above(Scalar a, Scalar b) {
  return a.isFloat() ? (a > b) | (isNaN(a) & (b == b)) : a > b;
}

//===----------------------------------------------------------------------===//
// TopK
//===----------------------------------------------------------------------===//

/// The k first of each lane along the axis; of equals the one with the lower index.
Result topK(TopKOp op, CoreBuilder &b) {
  Value x = op.getX();
  Dims dims = b.dimsOf(x);
  auto normal = normalAxis(op, op.getAxis(), dims.size());
  if (failed(normal))
    return failure();
  int64_t axis = *normal;
  Dim n = dims[axis], k = b.dim(cast(b.itemOf(op.getK()), b.getIndexType()));
  auto length = b.constant(n), count = b.constant(k);
  if (count && (*count < 0 || *count > length.value_or(*count)))
    return op.emitOpError("k is ") << *count << ", expected 0 to " << length.value_or(*count);
  b.require(b.nonNegative(k) & (b.index(k) <= b.index(n)), "k is not within the dimension");
  dims[axis] = k;

  Dims lanes(dims);
  lanes.erase(lanes.begin() + axis);
  Value indices = b.remember(tensor::EmptyOp::create(b, dims, b.getI64Type()), dims);
  indices = b.loops(lanes, indices, [&](ArrayRef<Scalar> lane, ArrayRef<Value> carried) -> SmallVector<Value> {
    auto at = [&](Scalar i) {
      SmallVector<Scalar> place(lane);
      place.insert(place.begin() + axis, i);
      return place;
    };
    auto before = [&](Scalar i, Scalar j) {
      Scalar p = b.load(x, at(i)), q = b.load(x, at(j));
      return op.getLargest() ? above(p, q) | (~above(q, p) & (i < j)) : above(q, p) | (~above(p, q) & (i < j));
    };
    return {b.firstOf(carried[0], n, k, at, before)};
  })[0];
  Value values = b.generate(dims, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> source(i);
    source[axis] = cast(b.load(indices, i), b.getIndexType());
    return b.load(x, source);
  });
  return {values, indices};
}

//===----------------------------------------------------------------------===//
// NonZero and Compress
//===----------------------------------------------------------------------===//

/// No element is zero, known without a run.
bool isOnes(Value x) {
  if (auto fill = x.getDefiningOp<linalg::FillOp>())
    return matchPattern(fill.getInputs()[0], m_Constant()) && !matchPattern(fill.getInputs()[0], m_Zero()) &&
           !matchPattern(fill.getInputs()[0], m_AnyZeroFloat());
  DenseElementsAttr splat;
  if (!matchPattern(x, m_Constant(&splat)) || !splat.isSplat())
    return false;
  Attribute value = splat.getSplatValue<Attribute>();
  if (auto number = dyn_cast<FloatAttr>(value))
    return !number.getValue().isZero();
  return isa<IntegerAttr>(value) && !cast<IntegerAttr>(value).getValue().isZero();
}

/// Column j holds the indices of the j-th element that is not zero.
Result nonZero(NonZeroOp op, CoreBuilder &b) {
  Value x = op.getX();
  if (b.rankOf(x) == 0)
    x = b.reshape(x, {b.dim(1)});
  Dims dims = b.dimsOf(x);
  int64_t rank = dims.size();
  Value flat = isOnes(x) ? Value() : b.positionsOf(b.reshape(x, {b.product(dims)}));
  Dim count = flat ? b.dimOf(flat, 0) : b.product(dims);
  return b.generate({b.dim(rank), count}, [&](ArrayRef<Scalar> i) {
    // Row r of the result is place / (d[r+1] * ...) % d[r].
    Scalar place = flat ? cast(b.load(flat, i[1]), b.getIndexType()) : i[1], result;
    for (int64_t r = rank - 1; r >= 0; --r) {
      Scalar here = r ? place % b.index(dims[r]) : place;
      result = r == rank - 1 ? here : select(i[0] == r, here, result);
      place = place / b.index(dims[r]);
    }
    return cast(result, b.getI64Type());
  });
}

/// What lies at the true positions of the condition along the axis.
Result compress(CompressOp op, CoreBuilder &b) {
  Value x = op.getInput(), condition = op.getCondition();
  if (!op.getAxis())
    x = b.reshape(x, {b.sizeOf(x)});
  Dims dims = b.dimsOf(x);
  auto axis = normalAxis(op, op.getAxis().value_or(0), dims.size());
  if (failed(axis))
    return failure();
  if (b.rankOf(condition) != 1)
    return op.emitOpError("the condition has type ") << condition.getType() << ", expected rank 1";
  b.require(b.index(b.dimOf(condition, 0)) <= b.index(dims[*axis]), "the condition is longer than the dimension");
  Value positions = b.positionsOf(condition);
  dims[*axis] = b.dimOf(positions, 0);
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> source(i);
    source[*axis] = cast(b.load(positions, i[*axis]), b.getIndexType());
    return b.load(x, source);
  });
}

//===----------------------------------------------------------------------===//
// Unique
//===----------------------------------------------------------------------===//

/// Items are the slices along an axis; they are compared element by element.
class Uniqueness {
public:
  Uniqueness(Value x, int64_t axis, CoreBuilder &b)
      : x(x), keys(b.isString(x) ? ranked(x, b) : x), axis(axis), b(b), dims(b.dimsOf(x)) {}

  Result find(bool sorted) {
    Type i64 = b.getI64Type();
    Dim n = dims[axis];
    Value order = firstOf(n, n, [&](Scalar i, Scalar j) {
      Scalar c = compared(i, j);
      return (c < 0) | ((c == 0) & (i < j));
    });
    // Walk the items in order: each group of equals follows its first one.
    Value none = b.splat({n}, constantOf(b, i64, 0));
    auto walked = b.loop(n, {none, none, none, constantOf(b, i64, -1).value()}, [&](Scalar p, ArrayRef<Value> v) {
      Scalar item = at(order, p), previous = at(order, max(p - 1, b.index(0)));
      Scalar isNew = (p == 0) | (compared(previous, item) != 0);
      Scalar group = Scalar(b, v[3]) + cast(isNew, i64);
      Scalar g = cast(group, b.getIndexType());
      Scalar first = select(isNew, cast(item, i64), b.load(v[0], g));
      Scalar count = select(isNew, first.like(1), b.load(v[2], g) + 1);
      return SmallVector<Value>{b.store(first, v[0], g), b.store(group, v[1], item), b.store(count, v[2], g),
                                group.value()};
    });
    Value firsts = walked[0], groups = walked[1], counts = walked[2];
    Dim count = b.dim(cast(Scalar(b, walked[3]), b.getIndexType()) + 1);
    if (!sorted) {
      // Groups by where they first occur.
      Value ranked = firstOf(count, count, [&](Scalar i, Scalar j) { return at(firsts, i) < at(firsts, j); });
      Value rankOf = b.loop(count, none, [&](Scalar i, ArrayRef<Value> v) -> SmallVector<Value> {
        return {b.store(cast(i, i64), v[0], at(ranked, i))};
      })[0];
      groups = b.generate({n}, [&](auto i) { return b.load(rankOf, at(groups, i[0])); });
      firsts = permuted(firsts, ranked, count);
      counts = permuted(counts, ranked, count);
    }
    Dims found(dims);
    found[axis] = count;
    Value y = b.generate(found, [&](ArrayRef<Scalar> i) { return element(x, at(firsts, i[axis]), i); });
    auto prefix = [&](Value v) { return b.slice(v, {b.dim(0)}, {count}, {b.dim(1)}); };
    return {y, prefix(firsts), groups, prefix(counts)};
  }

private:
  /// Numbers in the order of the strings.
  static Value ranked(Value x, CoreBuilder &b) {
    return b.callRuntime("coil_rt_string_rank", {x, b.index(b.sizeOf(x)).value()}, {{b.dimsOf(x), b.getI64Type()}})[0];
  }
  Scalar at(Value list, Scalar i) { return cast(b.load(list, i), b.getIndexType()); }
  Value permuted(Value list, Value order, Dim count) {
    return b.generate({count}, [&](auto i) { return b.load(list, at(order, i[0])); });
  }
  Value firstOf(Dim among, Dim count, CoreBuilder::Before before) {
    Value list = b.remember(tensor::EmptyOp::create(b, Dims{count}, b.getI64Type()), {count});
    return b.firstOf(list, among, count, [](Scalar i) { return SmallVector<Scalar>{i}; }, before);
  }
  Scalar element(Value tensor, Scalar item, ArrayRef<Scalar> place) {
    SmallVector<Scalar> source(place);
    source[axis] = item;
    return b.load(tensor, source);
  }
  /// -1, 0 or 1: by the first element that differs.
  Scalar compared(Scalar i, Scalar j) {
    Dims inner(dims);
    inner.erase(inner.begin() + axis);
    Value result = b.loops(inner, b.index(0).value(), [&](ArrayRef<Scalar> at, ArrayRef<Value> v) -> SmallVector<Value> {
      SmallVector<Scalar> place(at);
      place.insert(place.begin() + axis, b.index(0));
      Scalar p = element(keys, i, place), q = element(keys, j, place), so(b, v[0]);
      Scalar here = select(above(p, q), b.index(1), select(above(q, p), b.index(-1), b.index(0)));
      return {select(so == 0, here, so).value()};
    })[0];
    return Scalar(b, result);
  }

  Value x, keys; // keys are compared
  int64_t axis;
  CoreBuilder &b;
  Dims dims;
};

Result unique(UniqueOp op, CoreBuilder &b) {
  Value x = op.getX();
  if (!op.getAxis())
    x = b.reshape(x, {b.sizeOf(x)});
  auto axis = normalAxis(op, op.getAxis().value_or(0), b.rankOf(x));
  if (failed(axis))
    return failure();
  return Uniqueness(x, *axis, b).find(op.getSorted());
}

/// com.microsoft's takes a list and leaves it in its order.
Result msUnique(MsUniqueOp op, CoreBuilder &b) {
  if (failed(haveRank(op, op.getX(), 1)))
    return failure();
  Result all = Uniqueness(op.getX(), 0, b).find(/*sorted=*/false);
  return {(*all.values)[0], (*all.values)[2], (*all.values)[3]};
}

//===----------------------------------------------------------------------===//
// NonMaxSuppression
//===----------------------------------------------------------------------===//

struct Box {
  Scalar top, left, bottom, right;
  Scalar area() const { return (bottom - top) * (right - left); }
};

/// Corners in any order, or center and size.
Box boxAt(Value boxes, Scalar batch, Scalar i, bool center, CoreBuilder &b) {
  auto part = [&](int64_t k) { return b.load(boxes, {batch, i, b.index(k)}); };
  Scalar p = part(0), q = part(1), r = part(2), s = part(3);
  if (center) // x, y, width, height
    return {q - s / 2.0, p - r / 2.0, q + s / 2.0, p + r / 2.0};
  return {min(p, r), min(q, s), max(p, r), max(q, s)};
}

/// Intersection over union exceeds the threshold.
Scalar overlap(const Box &a, const Box &c, Scalar threshold) {
  Scalar zero = threshold.like(0);
  Scalar height = max(min(a.bottom, c.bottom) - max(a.top, c.top), zero);
  Scalar width = max(min(a.right, c.right) - max(a.left, c.left), zero);
  Scalar common = height * width, whole = a.area() + c.area() - common;
  return (common > 0.0) & (common / whole > threshold);
}

/// Of each class of each batch, boxes by falling score; one that overlaps a box
/// selected before is dropped.
Result nonMaxSuppression(NonMaxSuppressionOp op, CoreBuilder &b) {
  Value boxes = op.getBoxes(), scores = op.getScores();
  if (b.rankOf(boxes) != 3 || b.rankOf(scores) != 3)
    return op.emitOpError("boxes and scores have types ")
           << boxes.getType() << " and " << scores.getType() << ", expected rank 3";
  if (auto four = b.constant(b.dimOf(boxes, 2)); four && *four != 4)
    return op.emitOpError("boxes have type ") << boxes.getType() << ", expected a last dimension of 4";
  b.require(b.index(b.dimOf(boxes, 2)) == 4, "a box does not have 4 numbers");
  Dims dims = b.dimsOf(scores); // batches, classes, boxes
  for (auto [i, d] : {std::pair(0, dims[0]), std::pair(1, dims[2])})
    if (!b.same(b.dimOf(boxes, i), d))
      b.require(b.index(b.dimOf(boxes, i)) == b.index(d), "boxes and scores differ in number");

  Type i64 = b.getI64Type(), f32 = b.elementOf(scores);
  Scalar n = b.index(dims[2]), zero = b.index(0), most = zero;
  if (given(op.getMaxOutputBoxesPerClass()))
    most = clamp(cast(b.itemOf(op.getMaxOutputBoxesPerClass()), b.getIndexType()), zero, n);
  Scalar iou = given(op.getIouThreshold()) ? b.itemOf(op.getIouThreshold()) : constantOf(b, f32, 0);
  Scalar least = given(op.getScoreThreshold()) ? b.itemOf(op.getScoreThreshold()) : lowest(constantOf(b, f32, 0));

  Dims bound{b.product({dims[0], dims[1], b.dim(most)}), b.dim(3)};
  Value selected = b.remember(tensor::EmptyOp::create(b, bound, i64), bound);
  Value order = b.remember(tensor::EmptyOp::create(b, Dims{dims[2]}, i64), {dims[2]});
  auto number = [&](Scalar i) { return cast(i, i64); };
  auto place = [](Scalar i) { return SmallVector<Scalar>{i}; };
  using Values = SmallVector<Value>;

  Values done = b.loops({dims[0], dims[1]}, {selected, order, zero.value()},
                        [&](ArrayRef<Scalar> lane, ArrayRef<Value> v) -> Values {
    auto score = [&](Scalar i) { return b.load(scores, {lane[0], lane[1], i}); };
    Value sorted = b.firstOf(v[1], dims[2], dims[2], place, [&](Scalar i, Scalar j) {
      Scalar p = score(i), q = score(j);
      return above(p, q) | (~above(q, p) & (i < j));
    });
    Scalar start(b, v[2]);
    Values kept = b.loop(dims[2], {v[0], v[2]}, [&](Scalar p, ArrayRef<Value> v) -> Values {
      Scalar box = cast(b.load(sorted, p), b.getIndexType()), end(b, v[1]);
      Scalar good = (score(box) > least) & (end - start < most);
      Box candidate = boxAt(boxes, lane[0], box, op.getCenterPointBox(), b);
      Scalar rivals = select(good, end - start, zero);
      Value apart = b.loop(b.dim(rivals), good.value(), [&](Scalar s, ArrayRef<Value> so) -> Values {
        Scalar rival = cast(b.load(v[0], {start + s, b.index(2)}), b.getIndexType());
        Box other = boxAt(boxes, lane[0], rival, op.getCenterPointBox(), b);
        return {(Scalar(b, so[0]) & ~overlap(candidate, other, iou)).value()};
      })[0];
      return b.choose(
          Scalar(b, apart),
          [&]() -> Values {
            Value row = v[0];
            for (auto [k, entry] : llvm::enumerate(SmallVector<Scalar>{lane[0], lane[1], box}))
              row = b.store(number(entry), row, {end, b.index(k)});
            return {row, (end + 1).value()};
          },
          [&]() -> Values { return {v[0], v[1]}; });
    });
    return {kept[0], sorted, kept[1]};
  });
  Dim count = b.dim(Scalar(b, done[2]));
  return b.slice(done[0], {b.dim(0), b.dim(0)}, {count, b.dim(3)}, {b.dim(1), b.dim(1)});
}

} // namespace

void addSelectRecipes(RecipeTable &table) {
  table.add<topK, nonZero, compress, unique, msUnique, nonMaxSuppression>();
}

} // namespace coil
