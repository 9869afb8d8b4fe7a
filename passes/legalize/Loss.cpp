//===- Loss.cpp - losses ---------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// What both losses say about their labels.
struct Labels {
  Value target, weight; // target [N, ...]; weight [C] or null
  std::optional<int64_t> ignored;
  StringRef reduction;
};

/// -weight[t] * logs[n, t, ...] with t = target[n, ...], 0 where t is ignored.
/// `mean` divides by the weights that count.
Result likelihood(Operation *op, CoreBuilder &b, Value logs, const Labels &labels) {
  if (b.rankOf(logs) < 2 || b.rankOf(labels.target) != b.rankOf(logs) - 1)
    return op->emitOpError("the input has type ") << logs.getType() << " and the target " << labels.target.getType()
                                                  << ", expected rank 2 or more and one less";
  if (!llvm::is_contained({"none", "sum", "mean"}, labels.reduction))
    return op->emitOpError("reduction is '") << labels.reduction << "', expected 'none', 'sum' or 'mean'";
  Type element = b.elementOf(logs), type = sumType(element);
  Dim classes = b.dimOf(logs, 1);
  auto label = [&](ArrayRef<Scalar> i) { return cast(b.load(labels.target, i), b.getIndexType()); };
  auto counts = [&](Scalar t) { return labels.ignored ? t != *labels.ignored : t == t; };
  auto inside = [&](Scalar t) { return max(min(t, b.index(classes) - 1), b.index(0)); };
  auto weightOf = [&](Scalar t) {
    Scalar one = constantOf(b, type, 1), zero = constantOf(b, type, 0);
    return select(counts(t), labels.weight ? cast(b.load(labels.weight, inside(t)), type) : one, zero);
  };
  // A label is a class or ignored.
  Value wrong = b.map(labels.target, [&](Scalar v) {
    Scalar t = cast(v, b.getIndexType());
    return cast(counts(t) & ((t < 0) | (t >= b.index(classes))), b.getI64Type());
  });
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, b.rankOf(labels.target)));
  b.require(b.itemOf(b.reduceSum(wrong, axes, /*keep=*/false)) == 0, "a label is no class");
  Dims dims = b.dimsOf(labels.target);
  Value loss = b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar t = label(i);
    SmallVector<Scalar> at(i);
    at.insert(at.begin() + 1, inside(t));
    return -(weightOf(t) * cast(b.load(logs, at), type));
  });
  if (labels.reduction == "none")
    return b.convert(loss, element);
  Value sum = b.reduceSum(loss, axes, /*keep=*/false);
  if (labels.reduction == "mean") {
    Value weights = b.generate(dims, [&](ArrayRef<Scalar> i) { return weightOf(label(i)); });
    sum = b.map({sum, b.reduceSum(weights, axes, false)}, [](ArrayRef<Scalar> s) { return s[0] / s[1]; });
  }
  return b.convert(sum, element);
}

Result negativeLogLikelihood(NegativeLogLikelihoodLossOp op, CoreBuilder &b) {
  Value weight = given(op.getWeight()) ? op.getWeight() : Value();
  return likelihood(op, b, op.getInput(), {op.getTarget(), weight, op.getIgnoreIndex(), op.getReduction()});
}

/// The same of logSoftmax(scores), which is the second result.
Result softmaxCrossEntropy(SoftmaxCrossEntropyLossOp op, CoreBuilder &b) {
  if (b.rankOf(op.getScores()) < 2)
    return op.emitOpError("the scores have type ") << op.getScores().getType() << ", expected rank 2 or more";
  Value weight = given(op.getWeights()) ? op.getWeights() : Value();
  Value logs = logSoftmax(b, op.getScores(), 1);
  Result loss = likelihood(op, b, logs, {op.getLabels(), weight, op.getIgnoreIndex(), op.getReduction()});
  if (failed(loss.values))
    return loss;
  return {loss.values->front(), logs};
}

} // namespace

void addLossRecipes(RecipeTable &table) {
  table.add<negativeLogLikelihood, softmaxCrossEntropy>();
}

} // namespace coil
