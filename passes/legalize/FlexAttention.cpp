//===- FlexAttention.cpp - attention with graphs of the model's own -------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Attention.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// Puts the graph in place, with `x` for its input. It must keep shape and type.
Value applied(PreviewFlexAttentionOp op, StringRef name, Region &graph, Value x, CoreBuilder &b) {
  Block &block = graph.front();
  auto refuse = [&](InFlightDiagnostic &&error) {
    b.facts.failed = true;
    (void)LogicalResult(error);
    return x;
  };
  if (block.getNumArguments() != 1 || block.getTerminator()->getNumOperands() != 1)
    return refuse(op.emitOpError(name) << " has " << block.getNumArguments() << " inputs and "
                                       << block.getTerminator()->getNumOperands() << " outputs, expected one of each");
  block.getArgument(0).replaceAllUsesWith(x);
  block.eraseArgument(0);
  Result results = inlineGraph(op, block, b);
  if (failed(results.values)) {
    b.facts.failed = true;
    return x;
  }
  Value y = results.values->front();
  if (b.rankOf(y) != b.rankOf(x) || b.elementOf(y) != b.elementOf(x))
    return refuse(op.emitOpError(name) << " gives " << y.getType() << ", expected " << x.getType());
  Dims dims = b.dimsOf(x);
  for (auto [d, e] : llvm::zip(b.dimsOf(y), dims))
    b.requireSame(d, e, name + "'s result and its input: dimensions");
  return b.facts.failed ? x : b.remember(b.retype(y, b.typeOf(x)), dims);
}

Result flexAttention(PreviewFlexAttentionOp op, CoreBuilder &b) {
  if (failed(haveRank(op, {op.getQ(), op.getK(), op.getV()}, 4)))
    return failure();
  AttentionOf a{op.getQ(), op.getK(), op.getV()};
  if (op.getScale())
    a.scale = op.getScale()->convertToDouble();
  Type wide = b.getF32Type();
  if (b.elementOf(a.q).isF64() || op.getSoftmaxPrecision().value_or(wide).isF64())
    a.precision = b.getF64Type();
  if (!op.getScoreMod().empty())
    a.onScores = [&](Value x) { return applied(op, "score_mod", op.getScoreMod(), x, b); };
  if (!op.getProbMod().empty())
    a.onWeights = [&](Value x) { return applied(op, "prob_mod", op.getProbMod(), x, b); };
  Value y = attend(b, a).y;
  return b.facts.failed ? Result(failure()) : Result(y);
}

} // namespace

void addFlexAttentionRecipes(RecipeTable &table) { table.add<flexAttention>(); }

} // namespace coil
