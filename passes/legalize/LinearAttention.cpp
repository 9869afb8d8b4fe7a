//===- LinearAttention.cpp - attention with a state instead of scores -----===//
//
// One step after another a matrix S [D, E] for each head takes in a key and its
// value, and is read by the queries of the heads that share it. What is
// forgotten, and whether the value is corrected by what S says of the key
// already, is the update rule (Gated Delta Networks, arXiv:2412.06464).
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// [B, T, heads * D] as [T, B, heads..., D].
FailureOr<Value> byStep(Operation *op, StringRef name, Value x, ArrayRef<int64_t> heads, CoreBuilder &b) {
  Dims dims = b.dimsOf(x);
  int64_t count = ShapedType::getNumElements(heads);
  if (auto n = b.constant(dims[2]); n && *n % count)
    return op->emitOpError(name) << " has type " << x.getType() << ", expected a multiple of " << count << " heads";
  Scalar width = b.index(dims[2]);
  b.require(width % count == 0, name + " is no multiple of " + Twine(count) + " heads");
  Dims parts{dims[0], dims[1]};
  for (int64_t n : heads)
    parts.push_back(b.dim(n));
  parts.push_back(b.dim(width / count));
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, parts.size()));
  std::swap(order[0], order[1]);
  return b.transpose(b.reshape(x, parts), order);
}

/// Which of decay and beta a rule has, they have to be given, and no other.
LogicalResult checkRule(LinearAttentionOp op) {
  StringRef rule = op.getUpdateRule();
  if (rule != "linear" && rule != "gated" && rule != "delta" && rule != "gated_delta")
    return op.emitOpError("update_rule is '") << rule << "', expected 'linear', 'gated', 'delta' or 'gated_delta'";
  if (given(op.getDecay()) != rule.starts_with("gated"))
    return op.emitOpError("update_rule '") << rule << (given(op.getDecay()) ? "' has no decay" : "' needs a decay");
  if (given(op.getBeta()) != rule.ends_with("delta"))
    return op.emitOpError("update_rule '") << rule << (given(op.getBeta()) ? "' has no beta" : "' needs a beta");
  int64_t queries = op.getQNumHeads(), keys = op.getKvNumHeads();
  if (keys < 1 || queries < 1 || queries % keys)
    return op.emitOpError("q_num_heads is ") << queries << ", expected a positive multiple of kv_num_heads, " << keys;
  return success();
}

/// What a step reads, all of [T, B, heads, ...].
struct Steps {
  Value q, k, v, decay, beta;
};

/// sum over the reduced dimension 2 of state and 2 or 3 of the other.
Value contract(CoreBuilder &b, Value x, Value state, bool grouped) {
  Dims dims = b.dimsOf(state), sizes{dims[0], dims[1]};
  unsigned rank = grouped ? 5 : 4;
  auto d = [&](unsigned i) { return b.getAffineDimExpr(i); };
  SmallVector<AffineExpr> read{d(0), d(1)};
  if (grouped) {
    sizes.push_back(b.dimOf(x, 2));
    read.push_back(d(2));
  }
  read.push_back(d(rank - 1));
  sizes.append({dims[3], dims[2]});
  SmallVector<AffineExpr> of{d(0), d(1), d(rank - 1), d(rank - 2)};
  Type sum = b.elementOf(state);
  return b.accumulate(
      {x, state}, {AffineMap::get(rank, 0, read, b.getContext()), AffineMap::get(rank, 0, of, b.getContext())}, sizes,
      rank - 1, [&](auto &builder) { return constantOf(builder, sum, 0); },
      [&](ArrayRef<Scalar> s) { return s[2] + cast(s[0], sum) * s[1]; });
}

/// A tensor with a dimension of one more at `axis`.
Value unsqueezed(CoreBuilder &b, Value x, int64_t axis) {
  Dims dims = b.dimsOf(x);
  dims.insert(dims.begin() + axis, b.dim(1));
  return b.reshape(x, dims);
}

/// The state after one step; in f32.
Value next(CoreBuilder &b, const Steps &steps, Value state, Dim t) {
  Type sum = b.elementOf(state);
  if (steps.decay)
    state = b.update(state, unsqueezed(b, b.row(steps.decay, t), 3),
                     [&](ArrayRef<Scalar> s) { return s[1] * exp(cast(s[0], sum)); });
  Value k = b.row(steps.k, t), v = b.convert(b.row(steps.v, t), sum);
  if (steps.beta)
    v = b.map({v, contract(b, k, state, /*grouped=*/false), b.row(steps.beta, t)},
              [&](ArrayRef<Scalar> s) { return cast(s[2], sum) * (s[0] - s[1]); });
  return b.update(state, {unsqueezed(b, k, 3), unsqueezed(b, v, 2)},
                  [&](ArrayRef<Scalar> s) { return s[2] + cast(s[0], sum) * s[1]; });
}

Result linearAttention(LinearAttentionOp op, CoreBuilder &b) {
  Value past = op.getPastState();
  if (failed(checkRule(op)) ||
      failed(haveRank(op, {op.getQuery(), op.getKey(), op.getValue(), op.getDecay(), op.getBeta()}, 3)) ||
      failed(haveRank(op, past, 4)))
    return failure();
  int64_t heads = op.getKvNumHeads(), group = op.getQNumHeads() / heads;
  FailureOr<Value> q, k, v;
  if (failed(q = byStep(op, "query", op.getQuery(), {heads, group}, b)) ||
      failed(k = byStep(op, "key", op.getKey(), heads, b)) || failed(v = byStep(op, "value", op.getValue(), heads, b)))
    return failure();
  Steps steps{*q, *k, *v, {}, {}};
  Dims dims = b.dimsOf(*v), keys = b.dimsOf(*k); // T, B, heads, E or D
  for (Value x : {*q, *k})
    for (int64_t axis : {0, 1})
      b.requireSame(b.dimOf(x, axis), dims[axis], "dimensions of query, key and value");
  b.requireSame(b.dimOf(*q, 4), keys[3], "the sizes of heads of query and key");
  if (given(op.getDecay())) {
    auto decay = byStep(op, "decay", op.getDecay(), heads, b);
    if (failed(decay))
      return failure();
    if (Dim own = b.dimOf(*decay, 3); b.constant(own))
      b.requireSame(own, b.constant(own) == 1 ? own : keys[3], "the sizes of heads of decay and key");
    else
      b.require((b.index(own) == 1) | (b.index(own) == b.index(keys[3])), "decay has no number for each head or key element");
    steps.decay = *decay;
  }
  if (given(op.getBeta())) {
    Dims own = b.dimsOf(op.getBeta());
    if (auto n = b.constant(own[2]); n && *n != 1 && *n != heads)
      return op.emitOpError("beta has type ") << op.getBeta().getType() << ", expected a last dimension of 1 or " << heads;
    b.require((b.index(own[2]) == 1) | (b.index(own[2]) == heads), "beta has no number for each head");
    own.push_back(b.dim(1));
    steps.beta = b.transpose(b.reshape(op.getBeta(), own), {1, 0, 2, 3});
  }
  Dims place{dims[1], dims[2], keys[3], dims[3]};
  if (given(past))
    for (auto [d, e] : llvm::zip(b.dimsOf(past), place))
      b.requireSame(d, e, "dimensions of the state");
  if (b.facts.failed)
    return failure();

  Type element = b.elementOf(op.getQuery()), sum = sumType(element), kept = given(past) ? b.elementOf(past) : element;
  double stated = op.getScale().convertToDouble();
  Scalar scale = stated ? constantOf(b, sum, stated) : 1.0 / sqrt(cast(b.index(keys[3]), sum));
  Value state = given(past) ? b.convert(past, sum) : b.splat(place, constantOf(b, sum, 0));
  Dims all{dims[0], dims[1], dims[2], b.dim(group), dims[3]};
  Value y = b.remember(tensor::EmptyOp::create(b, all, element), all);
  SmallVector<Value> end = b.loop(dims[0], {state, y}, [&](Scalar i, ArrayRef<Value> carried) -> SmallVector<Value> {
    Dim t = b.dim(i);
    Value after = next(b, steps, carried[0], t);
    Value read = b.map(contract(b, b.row(steps.q, t), after, /*grouped=*/true),
                       [&](Scalar s) { return cast(scale * s, element); });
    Dims at(5, b.dim(0));
    at[0] = t;
    return {after, b.insert(read, carried[1], at)};
  });
  y = b.transpose(end[1], {1, 0, 2, 3, 4});
  return {b.reshape(y, {dims[1], dims[0], b.product({dims[2], b.dim(group), dims[3]})}), b.convert(end[0], kept)};
}

} // namespace

void addLinearAttentionRecipes(RecipeTable &table) { table.add<linearAttention>(); }

} // namespace coil
