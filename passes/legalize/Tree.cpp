//===- Tree.cpp - ensembles of decision trees -----------------------------===//
//
// The nodes of all trees become tables in constants; a loop for each row and
// tree walks from the root to a leaf. What a leaf says of each class is a row of
// another table.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/TreeTables.h"

using namespace coil::onnx;

namespace coil {
namespace {

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

template <typename T> Value table(CoreBuilder &b, ArrayRef<T> numbers, Type element, ArrayRef<int64_t> shape = {}) {
  int64_t size = numbers.size();
  auto type = RankedTensorType::get(shape.empty() ? ArrayRef(size) : shape, element);
  SmallVector<Attribute> values = llvm::map_to_vector(numbers, [&](T n) -> Attribute {
    if (isa<FloatType>(element))
      return b.getFloatAttr(element, double(n));
    return b.getIntegerAttr(element, int64_t(n));
  });
  return b.literal(DenseElementsAttr::get(type, values));
}

Scalar holds(Mode mode, Scalar x, Scalar value) {
  switch (mode) {
  case Mode::Leq: return x <= value;
  case Mode::Lt: return x < value;
  case Mode::Gte: return x >= value;
  case Mode::Gt: return x > value;
  case Mode::Eq: return x == value;
  case Mode::Neq: return x != value;
  case Mode::Leaf: break;
  }
  llvm_unreachable("a leaf has no branch");
}

/// The leaf that each row of x reaches in each tree, [rows, trees].
Value leavesOf(CoreBuilder &b, Value x, const Forest &f, Type type) {
  Type i32 = b.getI32Type(), i8 = b.getI8Type();
  Value feature = table<int32_t>(b, f.feature, i32), value = table<double>(b, f.value, type),
        yes = table<int32_t>(b, f.yes, i32), no = table<int32_t>(b, f.no, i32), roots = table<int32_t>(b, f.roots, i32);
  std::set<int8_t> modes(f.mode.begin(), f.mode.end());
  modes.erase(int8_t(Mode::Leaf));
  Value mode = modes.size() > 1 ? table<int8_t>(b, f.mode, i8) : Value();
  Value missing = llvm::is_contained(f.missing, 1) ? table<int8_t>(b, f.missing, i8) : Value();

  return b.generate({b.dimOf(x, 0), b.dim(int64_t(f.roots.size()))}, [&](ArrayRef<Scalar> i) {
    auto at = [&](Value t, Scalar node) { return b.load(t, {cast(node, b.getIndexType())}); };
    Scalar leaf = b.iterate(
        b.load(roots, {i[1]}), [&](Scalar node) { return at(no, node) >= 0; },
        [&](Scalar node) {
          Scalar from = cast(b.load(x, {i[0], cast(at(feature, node), b.getIndexType())}), type), to = at(value, node);
          Scalar goes = constantOf(b, b.getI1Type(), 0);
          for (int8_t m : modes) {
            Scalar here = holds(Mode(m), from, to);
            goes = mode ? goes | (here & (at(mode, node) == int64_t(m))) : here;
          }
          if (missing)
            goes = goes | (isNaN(from) & (at(missing, node) != 0));
          return select(goes, at(yes, node), at(no, node));
        });
    return at(yes, leaf);
  });
}

//===----------------------------------------------------------------------===//
// Scores and labels
//===----------------------------------------------------------------------===//

/// sqrt(2) * erfinv(2 p - 1), with erfinv by Winitzki's approximation (2008).
Scalar probit(Scalar p) {
  Scalar x = 2.0 * p - 1.0, l = log((1.0 - x) * (1.0 + x));
  Scalar v = 2.0 / (3.14159 * 0.147) + 0.5 * l;
  Scalar root = sqrt(sqrt(v * v - l / 0.147) - v);
  return M_SQRT2 * select(x < 0, -root, root);
}

/// exp(x - max) / sum over what is not zero; zeros stay (almost) zero.
Value softmaxZero(CoreBuilder &b, Value x) {
  Value max = b.reduceMax(x, {1}, /*keep=*/true);
  auto none = [](Scalar s) { return abs(s) <= 1e-7; };
  Value e = b.map({x, max}, [&](ArrayRef<Scalar> s) {
    return select(none(s[0]), s[0] * exp(-s[1]), exp(s[0] - s[1]));
  });
  Value counted = b.map({x, e}, [&](ArrayRef<Scalar> s) { return select(none(s[0]), s[1].like(0), s[1]); });
  return b.map({e, b.reduceSum(counted, {1}, /*keep=*/true)}, [](ArrayRef<Scalar> s) { return s[0] / s[1]; });
}

FailureOr<Value> transformed(MlTreeEnsembleClassifierOp op, Value scores, CoreBuilder &b) {
  StringRef name = op.getPostTransform();
  if (name == "NONE")
    return scores;
  if (name == "SOFTMAX")
    return softmax(b, scores, 1);
  if (name == "LOGISTIC")
    return b.map(scores, sigmoid);
  if (name == "SOFTMAX_ZERO")
    return softmaxZero(b, scores);
  if (name == "PROBIT")
    return b.map(scores, probit);
  return op.emitOpError("post_transform is '") << name << "', which is not known", failure();
}

/// One column of the scores, [rows].
Value column(CoreBuilder &b, Value scores, int64_t i) {
  Dim rows = b.dimOf(scores, 0);
  Value part = b.slice(scores, {b.dim(0), b.dim(i)}, {rows, b.dim(1)}, {b.dim(1), b.dim(1)});
  return b.reshape(part, {rows});
}

/// [a, b] for each row.
Value pairs(CoreBuilder &b, Value x, function_ref<Scalar(Scalar)> first, function_ref<Scalar(Scalar)> second) {
  Dims dims{b.dimOf(x, 0), b.dim(1)};
  return b.concat({b.reshape(b.map(x, first), dims), b.reshape(b.map(x, second), dims)}, 1);
}

/// Of two classes the second wins by its score alone; ONNX Runtime's rules.
/// Where all weights are the first class's, its score stands for the second: a
/// probability if no weight is negative, else a number around 0. Labels are those
/// of the model, also where ONNX Runtime gives 0 and 1 (both classes have weights).
Result binary(MlTreeEnsembleClassifierOp op, Value sums, const Weights &w, ArrayRef<double> base, Value labels,
              CoreBuilder &b) {
  bool one = w.classes.size() <= 1, first = !w.classes.contains(1);
  double limit = one && w.positive ? 0.5 : 0;
  auto labelOf = [&](Value score) {
    return b.map(score, [&](Scalar s) { return b.load(labels, {cast(s > limit, b.getIndexType())}); });
  };
  Value s0 = column(b, sums, 0), s1 = column(b, sums, 1);
  auto plus = [&](Value x, double n) { return n == 0 ? x : b.map(x, [&](Scalar s) { return s + n; }); };
  if (first && base.size() < 2) {
    Value score = plus(s0, base.empty() ? 0 : base[0]);
    StringRef transform = op.getPostTransform();
    if (transform == "PROBIT")
      return op.emitOpError("post_transform PROBIT of a single score is not supported");
    if (transform == "LOGISTIC")
      return {labelOf(score), pairs(b, score, [](Scalar s) { return sigmoid(-s); }, sigmoid)};
    if (w.positive)
      return {labelOf(score), pairs(b, score, [](Scalar s) { return 1.0 - s; }, [](Scalar s) { return s; })};
    return {labelOf(score), pairs(b, score, [](Scalar s) { return -s; }, [](Scalar s) { return s; })};
  }
  // A class without weights has the score 0, whatever its base value.
  bool second = !first && one;
  if (base.size() == 2 && !first) {
    s1 = plus(s0, base[1]);
    s0 = second ? s0 : b.map(s1, [](Scalar s) { return -s; });
  } else if (!second) {
    s0 = plus(s0, base.empty() ? 0 : base[0]);
  }
  Dims dims{b.dimOf(sums, 0), b.dim(1)};
  FailureOr<Value> scores = transformed(op, b.concat({b.reshape(s0, dims), b.reshape(s1, dims)}, 1), b);
  if (failed(scores))
    return failure();
  return {labelOf(first ? s0 : s1), *scores};
}

Result treeEnsembleClassifier(MlTreeEnsembleClassifierOp op, CoreBuilder &b) {
  Value x = op.getX();
  auto ids = op.getClasslabelsInt64s();
  if (!ids || ids->size() < 2 || op.getClasslabelsStrings())
    return op.emitOpError("needs two or more class labels in classlabels_int64s");
  if (b.rankOf(x) == 1)
    x = b.reshape(x, {b.dim(1), b.dimOf(x, 0)});
  if (b.rankOf(x) != 2)
    return op.emitOpError("the input has type ") << x.getType() << ", expected rank 2";
  int64_t classes = ids->size();
  FailureOr<Forest> forest = readForest(op);
  if (failed(forest))
    return failure();
  FailureOr<Weights> weights = readWeights(op, *forest, classes);
  SmallVector<double> base = numbers(op.getBaseValues(), op.getBaseValuesAsTensor());
  if (failed(weights))
    return failure();
  if (int64_t(base.size()) > classes)
    return op.emitOpError("has ") << base.size() << " base values for " << classes << " classes";
  int64_t features = *llvm::max_element(forest->feature) + 1;
  if (auto n = b.constant(b.dimOf(x, 1)); n && *n < features)
    return op.emitOpError("the input has ") << *n << " features, expected " << features << " or more";
  b.require(b.index(b.dimOf(x, 1)) >= features, "the input has too few features");

  Type f32 = b.getF32Type(), type = b.elementOf(x).isF64() ? b.elementOf(x) : f32;
  Value leaves = leavesOf(b, x, *forest, type);
  Value rows = table<double>(b, weights->table, type, {forest->leaves, classes});
  Dims sizes{b.dimOf(x, 0), b.dim(classes), b.dimOf(leaves, 1)};
  AffineMap read = AffineMap::get(3, 0, {b.getAffineDimExpr(0), b.getAffineDimExpr(2)}, b.getContext());
  Value sums = b.accumulate(
      leaves, read, sizes, 2, [&](auto &b) { return constantOf(b, type, 0); },
      [&](ArrayRef<Scalar> s) {
        Scalar kind(b, linalg::IndexOp::create(b, 1));
        return s[1] + b.load(rows, {cast(s[0], b.getIndexType()), kind});
      });
  Value labels = table<int64_t>(b, *ids, b.getI64Type());
  if (classes == 2) {
    Result both = binary(op, sums, *weights, base, labels, b);
    if (succeeded(both.values))
      (*both.values)[1] = b.convert((*both.values)[1], f32);
    return both;
  }
  if (!base.empty()) {
    base.resize(classes, 0);
    sums = b.map({sums, table<double>(b, base, type)}, [](ArrayRef<Scalar> s) { return s[0] + s[1]; });
  }
  Value label = b.generate({b.dimOf(x, 0)}, [&](ArrayRef<Scalar> i) {
    Scalar best = b.fold(b.index(classes), b.index(0), [&](Scalar k, Scalar best) {
      return select(b.load(sums, {i[0], k}) > b.load(sums, {i[0], best}), k, best);
    });
    return b.load(labels, {best});
  });
  FailureOr<Value> scores = transformed(op, sums, b);
  if (failed(scores))
    return failure();
  return {label, b.convert(*scores, f32)};
}

} // namespace

void addTreeRecipes(RecipeTable &table) { table.add<treeEnsembleClassifier>(); }

} // namespace coil
