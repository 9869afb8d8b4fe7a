//===- Optimizer.cpp - one step of training -------------------------------===//
//
// The optimizers of ai.onnx.preview.training: each updates any number of tensors
// and their states from their gradients.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

double number(const APFloat &f) { return f.convertToDouble(); }

/// The inputs by their kind: of the i-th tensor, itself, its gradient, its states.
struct Step {
  Scalar rate, count;
  SmallVector<SmallVector<Value>> tensors;
};

template <typename Op> FailureOr<Step> stepOf(Op op, int64_t states, CoreBuilder &b) {
  auto inputs = op.getInputs();
  int64_t kinds = 2 + states, tensors = (int64_t(inputs.size()) - 2) / kinds;
  if (int64_t(inputs.size()) != 2 + tensors * kinds || tensors < 1 ||
      int64_t(op.getNumResults()) != tensors * (kinds - 1))
    return op.emitOpError("has ") << inputs.size() << " inputs and " << op.getNumResults() << " outputs, expected 2 + "
                                  << kinds << " inputs and " << kinds - 1 << " outputs for each tensor", failure();
  Type type = b.elementOf(inputs[2]);
  if (failed(sameElements(op, inputs.drop_front(2))))
    return failure();
  if (!isa<FloatType>(type))
    return op.emitOpError("a tensor has type ") << inputs[2].getType() << ", expected floats", failure();
  Step step{cast(b.itemOf(inputs[0]), type), cast(b.itemOf(inputs[1]), type), {}};
  for (int64_t i = 0; i < tensors; ++i) {
    SmallVector<Value> &own = step.tensors.emplace_back();
    for (int64_t kind = 0; kind < kinds; ++kind) {
      own.push_back(inputs[2 + kind * tensors + i]);
      if (failed(haveRank(op, own.back(), b.rankOf(own.front()))))
        return failure();
      for (auto [d, e] : llvm::zip(b.dimsOf(own.back()), b.dimsOf(own.front())))
        b.requireSame(d, e, "dimensions of a tensor and of its gradient or state");
    }
  }
  return b.facts.failed ? FailureOr<Step>(failure()) : step;
}

/// All tensors, then all states of each kind.
Result byKind(ArrayRef<SmallVector<Value>> updates) {
  SmallVector<Value> results;
  for (size_t kind = 0; kind < updates.front().size(); ++kind)
    for (const SmallVector<Value> &own : updates)
      results.push_back(own[kind]);
  return results;
}

Result momentum(TrainingMomentumOp op, CoreBuilder &b) {
  bool nesterov = op.getMode() == "nesterov";
  if (!nesterov && op.getMode() != "standard")
    return op.emitOpError("mode is '") << op.getMode() << "', expected 'standard' or 'nesterov'";
  auto step = stepOf(op, 1, b);
  if (failed(step))
    return failure();
  double alpha = number(op.getAlpha()), norm = number(op.getNormCoefficient());
  Scalar beta = select(step->count > 0, step->rate.like(number(op.getBeta())), step->rate.like(1));
  SmallVector<SmallVector<Value>> updates;
  for (SmallVector<Value> &own : step->tensors) { // x, gradient, v
    Value g = b.map({own[0], own[1]}, [&](ArrayRef<Scalar> s) { return norm * s[0] + s[1]; });
    Value v = b.map({own[2], g}, [&](ArrayRef<Scalar> s) { return alpha * s[0] + beta * s[1]; });
    Value x = b.map({own[0], v, g}, [&](ArrayRef<Scalar> s) {
      return s[0] - step->rate * (nesterov ? s[2] + alpha * s[1] : s[1]);
    });
    updates.push_back({x, v});
  }
  return byKind(updates);
}

Result adagrad(TrainingAdagradOp op, CoreBuilder &b) {
  auto step = stepOf(op, 1, b);
  if (failed(step))
    return failure();
  double norm = number(op.getNormCoefficient()), epsilon = number(op.getEpsilon());
  Scalar rate = step->rate / (1.0 + step->count * number(op.getDecayFactor()));
  SmallVector<SmallVector<Value>> updates;
  for (SmallVector<Value> &own : step->tensors) { // x, gradient, h
    Value g = b.map({own[0], own[1]}, [&](ArrayRef<Scalar> s) { return norm * s[0] + s[1]; });
    Value h = b.map({own[2], g}, [](ArrayRef<Scalar> s) { return s[0] + s[1] * s[1]; });
    Value x = b.map({own[0], g, h}, [&](ArrayRef<Scalar> s) { return s[0] - rate * s[1] / (sqrt(s[2]) + epsilon); });
    updates.push_back({x, h});
  }
  return byKind(updates);
}

Result adam(TrainingAdamOp op, CoreBuilder &b) {
  auto step = stepOf(op, 2, b);
  if (failed(step))
    return failure();
  double alpha = number(op.getAlpha()), beta = number(op.getBeta()), epsilon = number(op.getEpsilon());
  double norm = number(op.getNormCoefficient()), after = number(op.getNormCoefficientPost());
  // Averages that began at zero are too small at first.
  Scalar t = step->count, raised = step->rate * sqrt(1.0 - pow(t.like(beta), t)) / (1.0 - pow(t.like(alpha), t));
  Scalar rate = select(t > 0, raised, step->rate);
  SmallVector<SmallVector<Value>> updates;
  for (SmallVector<Value> &own : step->tensors) { // x, gradient, v, h
    Value g = b.map({own[0], own[1]}, [&](ArrayRef<Scalar> s) { return norm * s[0] + s[1]; });
    Value v = b.map({own[2], g}, [&](ArrayRef<Scalar> s) { return alpha * s[0] + (1 - alpha) * s[1]; });
    Value h = b.map({own[3], g}, [&](ArrayRef<Scalar> s) { return beta * s[0] + (1 - beta) * s[1] * s[1]; });
    Value x = b.map({own[0], v, h}, [&](ArrayRef<Scalar> s) {
      return (1 - after) * (s[0] - rate * s[1] / (sqrt(s[2]) + epsilon));
    });
    updates.push_back({x, v, h});
  }
  return byKind(updates);
}

} // namespace

void addOptimizerRecipes(RecipeTable &table) { table.add<momentum, adagrad, adam>(); }

} // namespace coil
