//===- Tree.cpp - ensembles of decision trees -----------------------------===//
//
// What the leaves say becomes scores, and of a classifier the label of the best.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/TreeTables.h"

using namespace coil::onnx;

namespace coil {
namespace {

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

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
  FailureOr<Value> scores = transformed(op, op.getPostTransform(), b.concat({b.reshape(s0, dims), b.reshape(s1, dims)}, 1), b);
  if (failed(scores))
    return failure();
  return {labelOf(first ? s0 : s1), *scores};
}

Result treeEnsembleClassifier(MlTreeEnsembleClassifierOp op, CoreBuilder &b) {
  auto ids = labelsOf(op, op.getClasslabelsInt64s(), op.getClasslabelsStrings(), b);
  if (failed(ids))
    return failure();
  if (countOf(*ids) < 2)
    return op.emitOpError("needs two or more class labels");
  auto x = rowsOf(op, op.getX(), b);
  if (failed(x))
    return failure();
  int64_t classes = countOf(*ids);
  FailureOr<Forest> forest = readForest(op);
  if (failed(forest))
    return failure();
  auto list = [](std::optional<ArrayRef<int64_t>> l) { return l.value_or(ArrayRef<int64_t>()); };
  FailureOr<Weights> weights = readWeights(
      op,
      {list(op.getClassTreeids()), list(op.getClassNodeids()), list(op.getClassIds()),
       numbers(op.getClassWeights(), op.getClassWeightsAsTensor())},
      *forest, classes, Aggregate::Sum);
  SmallVector<double> base = numbers(op.getBaseValues(), op.getBaseValuesAsTensor());
  if (failed(weights) || failed(requireFeatures(op, *x, *forest, b)))
    return failure();
  if (int64_t(base.size()) > classes)
    return op.emitOpError("has ") << base.size() << " base values for " << classes << " classes";

  Type f32 = b.getF32Type(), type = scoreType(*x);
  Value sums = aggregated(b, leavesOf(b, *x, *forest, type), *weights, classes, Aggregate::Sum, type);
  if (classes == 2) {
    Result both = binary(op, sums, *weights, base, *ids, b);
    if (succeeded(both.values))
      (*both.values)[1] = b.convert((*both.values)[1], f32);
    return both;
  }
  if (!base.empty()) {
    base.resize(classes, 0);
    sums = b.map({sums, table(b, base, type)}, [](ArrayRef<Scalar> s) { return s[0] + s[1]; });
  }
  FailureOr<Value> scores = transformed(op, op.getPostTransform(), sums, b);
  if (failed(scores))
    return failure();
  return {greatest(b, sums, *ids), b.convert(*scores, f32)};
}

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

/// More than a table of weights would have memory for.
constexpr int64_t kMostTargets = 1 << 16;

/// n_targets, or as many as occur; an error at `op` for a number that cannot be.
FailureOr<int64_t> targetsOf(Operation *op, std::optional<uint64_t> stated, ArrayRef<int64_t> ids) {
  int64_t last = stated ? int64_t(*stated - 1) : ids.empty() ? 0 : *llvm::max_element(ids);
  if (last < 0 || last >= kMostTargets)
    return op->emitOpError("has the target ") << last << ", expected 0 to " << kMostTargets - 1, failure();
  return last + 1;
}

Result treeEnsembleRegressor(MlTreeEnsembleRegressorOp op, CoreBuilder &b) {
  auto list = [](std::optional<ArrayRef<int64_t>> l) { return l.value_or(ArrayRef<int64_t>()); };
  auto how = llvm::StringSwitch<std::optional<Aggregate>>(op.getAggregateFunction())
                 .Case("AVERAGE", Aggregate::Average)
                 .Case("SUM", Aggregate::Sum)
                 .Case("MIN", Aggregate::Min)
                 .Case("MAX", Aggregate::Max)
                 .Default(std::nullopt);
  if (!how)
    return op.emitOpError("aggregate_function is '") << op.getAggregateFunction()
           << "', expected 'AVERAGE', 'SUM', 'MIN' or 'MAX'";
  FailureOr<int64_t> stated = targetsOf(op, op.getNTargets(), list(op.getTargetIds()));
  if (failed(stated))
    return failure();
  int64_t targets = *stated;
  auto x = rowsOf(op, op.getX(), b);
  FailureOr<Forest> forest = failed(x) ? FailureOr<Forest>() : readForest(op);
  if (failed(forest))
    return failure();
  FailureOr<Weights> weights = readWeights(
      op,
      {list(op.getTargetTreeids()), list(op.getTargetNodeids()), list(op.getTargetIds()),
       numbers(op.getTargetWeights(), op.getTargetWeightsAsTensor())},
      *forest, targets, *how);
  if (failed(weights) || failed(requireFeatures(op, *x, *forest, b)))
    return failure();
  SmallVector<double> base = numbers(op.getBaseValues(), op.getBaseValuesAsTensor());
  if (!base.empty() && int64_t(base.size()) != targets)
    return op.emitOpError("has ") << base.size() << " base values for " << targets << " targets";

  Type type = scoreType(*x);
  Value sums = aggregated(b, leavesOf(b, *x, *forest, type), *weights, targets, *how, type);
  if (!base.empty())
    sums = b.map({sums, table(b, base, type)}, [](ArrayRef<Scalar> s) { return s[0] + s[1]; });
  FailureOr<Value> y = transformed(op, op.getPostTransform(), sums, b);
  if (failed(y))
    return failure();
  return b.convert(*y, b.getF32Type());
}

Result treeEnsemble(MlTreeEnsembleOp op, CoreBuilder &b) {
  static constexpr StringLiteral transforms[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};
  uint64_t how = op.getAggregateFunction(), transform = op.getPostTransform();
  if (how > uint64_t(Aggregate::Max) || transform >= std::size(transforms))
    return op.emitOpError("aggregate_function is ") << how << " and post_transform " << transform
           << ", expected at most " << int(Aggregate::Max) << " and " << std::size(transforms) - 1;
  auto x = rowsOf(op, op.getX(), b);
  FailureOr<Forest> forest = failed(x) ? FailureOr<Forest>() : readForest(op);
  if (failed(forest))
    return failure();
  FailureOr<int64_t> stated = targetsOf(op, op.getNTargets(), op.getLeafTargetids());
  if (failed(stated))
    return failure();
  int64_t targets = *stated;
  FailureOr<Weights> weights = readWeights(op, targets, Aggregate(how));
  if (failed(weights) || failed(requireFeatures(op, *x, *forest, b)))
    return failure();
  Type type = scoreType(*x);
  Value leaves = leavesOf(b, *x, *forest, type);
  FailureOr<Value> y =
      transformed(op, transforms[transform], aggregated(b, leaves, *weights, targets, Aggregate(how), type), b);
  if (failed(y))
    return failure();
  return b.convert(*y, b.elementOf(*x));
}

} // namespace

void addTreeRecipes(RecipeTable &table) {
  table.add<treeEnsembleClassifier, treeEnsembleRegressor, treeEnsemble>();
}

} // namespace coil
