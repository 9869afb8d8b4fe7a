//===- Attention.cpp - ONNX's Attention, opset 23 to 25 -------------------===//

#include "passes/legalize/Attention.h"

#include "dialects/onnx/Onnx.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// The frontier of row s is the last key that it may see: s + offset, where the
/// offset is the number of keys before the queries. It is the same for all of
/// the batch after a `past`, and nonpad_kv_seqlen - S with a cache from outside.
struct Frontier {
  Dim past;
  Value lengths; // nonpad_kv_seqlen, or none
  Dim queries;

  Scalar offset(CoreBuilder &b, Scalar batch) const {
    if (!lengths)
      return b.index(past);
    return cast(b.load(lengths, {batch}), b.getIndexType()) - b.index(queries);
  }
};

/// What is_causal, the window and nonpad_kv_seqlen leave, as [B, 1, S, T].
Value allowedOf(AttentionOp op, const Frontier &frontier, const Dims &dims, CoreBuilder &b) {
  int64_t left = op.getLeftWindowSize(), right = op.getRightWindowSize();
  bool padded = given(op.getNonpadKvSeqlen());
  if (!op.getIsCausal() && left < 0 && right < 0 && !padded)
    return {};
  Dims size{padded ? dims[0] : b.dim(1), b.dim(1), dims[1], dims[2]};
  return b.generate(size, [&](ArrayRef<Scalar> i) {
    Scalar key = i[3], last = i[2] + frontier.offset(b, i[0]);
    Scalar yes = constantOf(b, b.getI1Type(), 1);
    if (op.getIsCausal())
      yes = yes & (key <= last);
    if (left >= 0)
      yes = yes & (last - key <= left);
    if (right >= 0)
      yes = yes & (key - last <= right);
    if (padded)
      yes = yes & (key < cast(b.load(op.getNonpadKvSeqlen(), {i[0]}), b.getIndexType()));
    return yes;
  });
}

/// attn_mask as a bias or, of booleans, as what is allowed. Keys past its end
/// are masked.
LogicalResult applyMask(AttentionOp op, AttentionOf &a, Dim keys, CoreBuilder &b) {
  Value mask = op.getAttnMask();
  if (!given(mask))
    return success();
  int64_t rank = b.rankOf(mask);
  if (rank < 1 || rank > 4)
    return op.emitOpError("attn_mask has type ") << mask.getType() << ", expected rank 1 to 4";
  Type element = b.elementOf(mask);
  if (element.isInteger(1)) {
    mask = widenLast(mask, keys, constantOf(b, element, 0), b);
    a.allowed = a.allowed ? b.map({a.allowed, mask}, [](ArrayRef<Scalar> s) { return s[0] & s[1]; }) : mask;
    return success();
  }
  if (!isa<FloatType>(element))
    return op.emitOpError("attn_mask has elements of type ") << element << ", expected i1 or floats";
  a.bias = widenLast(mask, keys, lowest(constantOf(b, element, 0)), b);
  return success();
}

Result attention(AttentionOp op, CoreBuilder &b) {
  Value q = op.getQ(), k = op.getK(), v = op.getV();
  bool flat = b.rankOf(q) == 3;
  for (Value x : {q, k, v})
    if (b.rankOf(x) != b.rankOf(q) || (!flat && b.rankOf(x) != 4))
      return op.emitOpError("an input has type ") << x.getType() << ", expected rank 3 or 4 for all";
  if (flat) {
    if (!op.getQNumHeads() || !op.getKvNumHeads())
      return op.emitOpError("inputs of rank 3 need q_num_heads and kv_num_heads");
    FailureOr<Value> heads[] = {splitHeads(op, q, *op.getQNumHeads(), b), splitHeads(op, k, *op.getKvNumHeads(), b),
                                splitHeads(op, v, *op.getKvNumHeads(), b)};
    if (failed(heads[0]) || failed(heads[1]) || failed(heads[2]))
      return failure();
    q = *heads[0], k = *heads[1], v = *heads[2];
  }
  if (given(op.getPastKey()) != given(op.getPastValue()))
    return op.emitOpError("past_key and past_value must be given together");
  if (failed(haveRank(op, {op.getPastKey(), op.getPastValue()}, 4)) ||
      failed(haveRank(op, op.getNonpadKvSeqlen(), 1)) || failed(areIntegers(op, op.getNonpadKvSeqlen())))
    return failure();
  bool hasPast = given(op.getPastKey());
  k = appendTo(op.getPastKey(), k, b);
  v = appendTo(op.getPastValue(), v, b);
  if (b.facts.failed)
    return failure();

  Value lengths = given(op.getNonpadKvSeqlen()) && !hasPast ? op.getNonpadKvSeqlen() : Value();
  Frontier frontier{hasPast ? b.dimOf(op.getPastKey(), 2) : b.dim(0), lengths, b.dimOf(q, 2)};
  Dims dims{b.dimOf(q, 0), b.dimOf(q, 2), b.dimOf(k, 2)};
  if (given(op.getNonpadKvSeqlen()))
    b.requireSame(b.dimOf(op.getNonpadKvSeqlen(), 0), dims[0], "the batch and the length of nonpad_kv_seqlen");

  AttentionOf a{q, k, v};
  if (op.getScale())
    a.scale = op.getScale()->convertToDouble();
  a.softcap = op.getSoftcap().convertToDouble();
  a.allowed = allowedOf(op, frontier, dims, b);
  Type wide = b.getF32Type();
  if (b.elementOf(q).isF64() || op.getSoftmaxPrecision().value_or(wide).isF64())
    a.precision = b.getF64Type();
  if (failed(applyMask(op, a, dims[2], b)) || b.facts.failed)
    return failure();

  AttentionValues out = attend(b, a);
  if (b.facts.failed)
    return failure();
  Value modes[] = {out.scores, out.capped, out.masked, out.weights};
  uint64_t mode = op.getQkMatmulOutputMode();
  if (mode > 3)
    return op.emitOpError("qk_matmul_output_mode is ") << op.getQkMatmulOutputMode() << ", expected 0 to 3";
  Value y = flat ? joinHeads(out.y, b) : out.y;
  return {y, k, v, b.convert(modes[mode], b.elementOf(q))};
}

} // namespace

void addAttentionRecipes(RecipeTable &table) { table.add<attention>(); }

} // namespace coil
