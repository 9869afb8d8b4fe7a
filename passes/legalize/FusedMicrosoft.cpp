//===- FusedMicrosoft.cpp - products and convolutions with something fused ===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Conv.h"
#include "passes/legalize/Linear.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// An activation by its ONNX name, with its parameters in the order in which
/// the operator of that name declares them.
FailureOr<std::function<Scalar(Scalar)>> activationOf(Operation *op, StringRef name, ArrayRef<float> given) {
  auto parameter = [&](size_t i, double otherwise) { return i < given.size() ? double(given[i]) : otherwise; };
  using Function = std::function<Scalar(Scalar)>;
  if (name.empty())
    return Function([](Scalar x) { return x; });
  if (name == "Relu")
    return Function([](Scalar x) { return max(x, x.like(0)); });
  if (name == "Tanh")
    return Function([](Scalar x) { return tanh(x); });
  if (name == "Sigmoid")
    return Function([](Scalar x) { return sigmoid(x); });
  double a = parameter(0, 0.01), low = parameter(0, 0), high = parameter(1, 0);
  if (name == "LeakyRelu")
    return Function([=](Scalar x) { return select(x < 0, x * a, x); });
  if (name == "Clip")
    return Function([=](Scalar x) { return clamp(x, x.like(low), x.like(high)); });
  double slope = parameter(0, 0.2), shift = parameter(1, 0.5);
  if (name == "HardSigmoid")
    return Function([=](Scalar x) { return clamp(x * slope + shift, x.like(0), x.like(1)); });
  return op->emitOpError("the activation '") << name << "' is not supported", failure();
}

/// activation(conv(x, w) + b + z)
Result fusedConv(MsFusedConvOp op, CoreBuilder &b) {
  auto activation = activationOf(op, op.getActivation().value_or(""), op.getActivationParams().value_or(ArrayRef<float>()));
  auto window = convWindow(op, b);
  if (failed(activation) || failed(window))
    return failure();
  FailureOr<Value> y = convolveFloats(op, b, op.getX(), op.getW(), op.getB(), *window, op.getGroup());
  if (failed(y))
    return failure();
  if (given(op.getZ()))
    y = b.map({*y, op.getZ()}, [](ArrayRef<Scalar> s) { return s[0] + s[1]; });
  return b.map(*y, *activation);
}

/// activation(gemm(a, b, c))
Result fusedGemm(MsFusedGemmOp op, CoreBuilder &b) {
  SmallVector<float> parameters;
  for (auto p : {op.getActivationAlpha(), op.getActivationBeta()})
    if (p)
      parameters.push_back(p->convertToFloat());
  auto activation = activationOf(op, op.getActivation().value_or(""), parameters);
  FailureOr<Value> y = gemmOf(op, b);
  if (failed(activation) || failed(y))
    return failure();
  return b.map(*y, *activation);
}

/// The last two dimensions swapped, after the first one went behind the batch.
Value arranged(Value x, bool transposeBatch, bool transpose, CoreBuilder &b) {
  int64_t rank = b.rankOf(x);
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (transposeBatch)
    std::rotate(axes.begin(), axes.begin() + 1, axes.end() - 1);
  if (transpose && rank > 1)
    std::swap(axes[rank - 1], axes[rank - 2]);
  return b.transpose(x, axes);
}

/// alpha * a * b, each transposed as the attributes say.
Result fusedMatMul(MsFusedMatMulOp op, CoreBuilder &b) {
  for (Value x : {op.getA(), op.getB()})
    if (b.rankOf(x) == 0 || ((op.getTransBatchA() || op.getTransBatchB()) && b.rankOf(x) < 3))
      return op.emitOpError("an operand has type ") << x.getType() << ", expected a higher rank";
  Value left = arranged(op.getA(), op.getTransBatchA(), op.getTransA(), b);
  Value right = arranged(op.getB(), op.getTransBatchB(), op.getTransB(), b);
  double alpha = op.getAlpha().convertToDouble();
  Value y = b.matmul(left, right);
  return alpha == 1 ? y : b.map(y, [&](Scalar s) { return s * alpha; });
}

} // namespace

void addFusedMicrosoftRecipes(RecipeTable &table) { table.add<fusedConv, fusedGemm, fusedMatMul>(); }

} // namespace coil
