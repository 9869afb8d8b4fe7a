//===- CausalConv.cpp - a convolution that sees only what came before -----===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// y[n, c, t] = activation(bias[c] + sum of w[c, k] * padded[n, c, t + k]), where
/// the input stands behind the k - 1 steps before it, which are zeros if no state
/// is given. The last k - 1 steps are the next state.
Result causalConv(CausalConvWithStateOp op, CoreBuilder &b) {
  Value x = op.getInput(), w = op.getWeight(), bias = op.getBias(), past = op.getPastState();
  StringRef activation = op.getActivation();
  if (activation != "none" && activation != "silu" && activation != "swish")
    return op.emitOpError("activation is '") << activation << "', expected 'none', 'silu' or 'swish'";
  if (failed(haveRank(op, {x, w, past}, 3)) || failed(haveRank(op, bias, 1)) ||
      failed(sameElements(op, {x, w, bias, past})))
    return failure();
  Dims dims = b.dimsOf(x), kernel = b.dimsOf(w);
  if (auto one = b.constant(kernel[1]); one && *one != 1)
    return op.emitOpError("the weight has type ") << w.getType() << ", expected one input channel";
  b.require(b.index(kernel[1]) == 1, "the weight has more than one input channel");
  b.requireSame(kernel[0], dims[1], "the channels of the input and of the weight");
  Dim before = b.dim(kernel[2], [](auto k) { return k[0] - 1; });
  if (given(past))
    for (auto [d, e] : llvm::zip(b.dimsOf(past), Dims{dims[0], dims[1], before}))
      b.requireSame(d, e, "dimensions of the state and of the input");
  if (given(bias))
    b.requireSame(b.dimOf(bias, 0), dims[1], "the channels of the input and of the bias");
  if (b.facts.failed)
    return failure();

  Type element = b.elementOf(x), sum = sumType(element);
  Dims none(3, b.dim(0)), more = none;
  more[2] = before;
  Value padded = given(past) ? b.concat({past, x}, 2) : b.pad(x, more, none, constantOf(b, element, 0));
  auto d = [&](unsigned i) { return b.getAffineDimExpr(i); };
  auto mapOf = [&](ArrayRef<AffineExpr> at) { return AffineMap::get(4, 0, at, b.getContext()); };
  Value y = b.accumulate(
      {padded, w}, {mapOf({d(0), d(1), d(2) + d(3)}), mapOf({d(1), b.getAffineConstantExpr(0), d(3)})},
      {dims[0], dims[1], dims[2], kernel[2]}, 3, [&](auto &builder) { return constantOf(builder, sum, 0); },
      [&](ArrayRef<Scalar> s) { return s[2] + cast(s[0], sum) * cast(s[1], sum); });
  SmallVector<Value> inputs{y};
  if (given(bias))
    inputs.push_back(b.reshape(bias, {dims[1], b.dim(1)}));
  y = b.map(inputs, [&](ArrayRef<Scalar> s) {
    Scalar value = s.size() > 1 ? s[0] + cast(s[1], sum) : s[0];
    if (activation == "none")
      return cast(value, element);
    // What is activated was rounded to the element type.
    value = cast(cast(value, element), sum);
    return cast(value * sigmoid(value), element);
  });
  Dims offsets = none, sizes = dims;
  offsets[2] = dims[2];
  sizes[2] = before;
  return {y, b.slice(padded, offsets, sizes, Dims(3, b.dim(1)))};
}

} // namespace

void addCausalConvRecipes(RecipeTable &table) { table.add<causalConv>(); }

} // namespace coil
