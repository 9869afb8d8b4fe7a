//===- AttentionMicrosoft.cpp - ONNX Runtime's attention operators --------===//
//
// Attention, MultiHeadAttention and GroupQueryAttention differ in how they take
// queries, keys and values and in how they say what is masked; the rest is one.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Attention.h"
#include "passes/legalize/Quantize.h"

using namespace coil::onnx;

namespace coil {
namespace {

std::optional<double> number(std::optional<APFloat> f) {
  if (!f || f->isZero()) // 0 asks for the default, too
    return std::nullopt;
  return f->convertToDouble();
}

/// Parts of the last dimension, one after the other.
SmallVector<Value> splitLast(Value x, ArrayRef<Dim> sizes, CoreBuilder &b) {
  Dims part = b.dimsOf(x), offsets(part.size(), b.dim(0)), ones(part.size(), b.dim(1));
  SmallVector<Value> parts;
  for (Dim size : sizes) {
    part.back() = size;
    parts.push_back(b.slice(x, offsets, part, ones));
    offsets.back() = b.sum(offsets.back(), size);
  }
  return parts;
}

//===----------------------------------------------------------------------===//
// Masks by a large negative bias
//===----------------------------------------------------------------------===//

/// Whether key t is masked for row s of a batch, by an operand that is
///   [B] or [2 * B]    the ends of the keys, then their starts,
///   [B, T] or [B, S, T]    0 where a key is masked.
struct KeyMask {
  Value mask;

  static LogicalResult check(Operation *op, Value mask, const Dims &bst, CoreBuilder &b) {
    int64_t rank = b.rankOf(mask);
    if (rank < 1 || rank > 3 || !isa<IntegerType>(b.elementOf(mask)))
      return op->emitOpError("a mask has type ") << mask.getType() << ", expected integers of rank 1 to 3";
    Dims dims = b.dimsOf(mask);
    if (rank == 1) {
      auto n = b.constant(dims[0]), batch = b.constant(bst[0]);
      if (!(n && batch && *n == 2 * *batch))
        b.requireSame(dims[0], bst[0], "the batch and the length of a mask");
      return success();
    }
    b.requireSame(dims[0], bst[0], "the batches of a mask and of the queries");
    b.requireSame(dims.back(), bst[2], "the keys of a mask and of the attention");
    if (rank == 3)
      b.requireSame(dims[1], bst[1], "the rows of a mask and the queries");
    return success();
  }

  Scalar hides(CoreBuilder &b, Scalar batch, Scalar row, Scalar key, const Dims &bst) const {
    auto at = [&](ArrayRef<Scalar> i) { return cast(b.load(mask, i), b.getIndexType()); };
    if (b.rankOf(mask) == 2)
      return at({batch, key}) <= 0;
    if (b.rankOf(mask) == 3)
      return at({batch, row, key}) <= 0;
    Scalar hidden = key >= at({batch});
    if (b.same(b.dimOf(mask, 0), bst[0]) || !b.constant(b.dimOf(mask, 0)))
      return hidden;
    return hidden | (key < at({batch + b.index(bst[0])}));
  }
};

/// What is added to the scores: `filter` where the mask hides a key, the least
/// number where the key comes after the query.
FailureOr<Value> maskBias(Operation *op, Value mask, double filter, bool causal, Dim past, const Dims &bst,
                          CoreBuilder &b) {
  if (!given(mask) && !causal)
    return Value();
  if (given(mask) && failed(KeyMask::check(op, mask, bst, b)))
    return failure();
  if (b.facts.failed)
    return failure();
  bool rows = causal || (given(mask) && b.rankOf(mask) == 3);
  Dims dims{given(mask) ? bst[0] : b.dim(1), b.dim(1), rows ? bst[1] : b.dim(1), bst[2]};
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar bias = constantOf(b, b.getF32Type(), 0);
    if (given(mask))
      bias = select(KeyMask{mask}.hides(b, i[0], i[2], i[3], bst), bias.like(filter), bias);
    if (causal)
      bias = select(i[3] > i[2] + b.index(past), bias.like(-double(std::numeric_limits<float>::max())), bias);
    return bias;
  });
}

/// The sum of what is given of two biases.
Value addBias(Value mask, Value bias, CoreBuilder &b) {
  if (!bias || !given(bias))
    return mask;
  if (!mask)
    return bias;
  return b.map({mask, bias}, [](ArrayRef<Scalar> s) { return s[0] + cast(s[1], s[0].type()); });
}

//===----------------------------------------------------------------------===//
// Attention: one product makes queries, keys and values
//===----------------------------------------------------------------------===//

/// Layer `i` of a past [2, B, H, P, D].
Value layer(Value past, int64_t i, CoreBuilder &b) {
  Dims sizes = b.dimsOf(past), offsets(5, b.dim(0)), ones(5, b.dim(1));
  sizes[0] = b.dim(1);
  offsets[0] = b.dim(i);
  Value one = b.slice(past, offsets, sizes, ones);
  return b.reshape(one, Dims(sizes.begin() + 1, sizes.end()));
}

/// Of queries, keys and values side by side, `sizes` wide.
template <typename Op>
Result attentionOf(Op op, Value qkv, const Dims &sizes, Value attentionBias, CoreBuilder &b) {
  if (op.getDoRotary() || op.getPastPresentShareBuffer())
    return op.emitOpError("do_rotary and past_present_share_buffer are not supported");
  b.requireSame(b.dimOf(qkv, 2), b.sum(b.sum(sizes[0], sizes[1]), sizes[2]), "the weights' columns and the hidden sizes");
  if (b.facts.failed)
    return failure();
  Value heads[3];
  for (auto [i, part] : llvm::enumerate(splitLast(qkv, sizes, b))) {
    FailureOr<Value> split = splitHeads(op, part, op.getNumHeads(), b);
    if (failed(split))
      return failure();
    heads[i] = *split;
  }
  auto [q, k, v] = heads;
  Dim past = b.dim(0);
  if (Value both = op.getPast(); given(both)) {
    if (b.rankOf(both) != 5)
      return op.emitOpError("past has type ") << both.getType() << ", expected rank 5";
    b.requireSame(b.dimOf(both, 0), b.dim(2), "the first dimension of past and 2");
    if (b.facts.failed)
      return failure();
    past = b.dimOf(both, 3);
    k = appendTo(layer(both, 0, b), k, b);
    v = appendTo(layer(both, 1, b), v, b);
    if (b.facts.failed)
      return failure();
  }
  Dims bst{b.dimOf(q, 0), b.dimOf(q, 2), b.dimOf(k, 2)};
  FailureOr<Value> mask = maskBias(op, op.getMaskIndex(), op.getMaskFilterValue().convertToDouble(),
                                   op.getUnidirectional(), past, bst, b);
  if (failed(mask))
    return failure();
  AttentionOf a{q, k, v};
  a.scale = number(op.getScale());
  a.bias = addBias(*mask, attentionBias, b);
  AttentionValues out = attend(b, a);
  if (b.facts.failed)
    return failure();
  if (op.getPresent().use_empty())
    return joinHeads(out.y, b);
  auto stacked = [&](Value x) {
    Dims dims = b.dimsOf(x);
    dims.insert(dims.begin(), b.dim(1));
    return b.reshape(x, dims);
  };
  return {joinHeads(out.y, b), b.concat({stacked(k), stacked(v)}, 0)};
}

template <typename Op> LogicalResult checkProjection(Op op, CoreBuilder &b) {
  if (b.rankOf(op.getInput()) != 3 || b.rankOf(op.getWeights()) != 2)
    return op.emitOpError("operands have types ")
           << op.getInput().getType() << " and " << op.getWeights().getType() << ", expected rank 3 and 2";
  return haveRank(op, op.getBias(), 1);
}

Dims thirds(CoreBuilder &b, Value weights) {
  return Dims(3, b.dim(b.dimOf(weights, 1), [](auto d) { return d[0] / 3; }));
}

Result attention(MsAttentionOp op, CoreBuilder &b) {
  if (failed(checkProjection(op, b)) ||
      failed(sameElements(op, {op.getInput(), op.getWeights(), op.getBias(), op.getPast()})))
    return failure();
  Value qkv = b.matmul(op.getInput(), op.getWeights());
  if (given(op.getBias()))
    qkv = b.map({qkv, op.getBias()}, [](ArrayRef<Scalar> s) { return s[0] + s[1]; });
  Dims sizes = thirds(b, op.getWeights());
  if (auto hidden = op.getQkvHiddenSizes()) {
    if (hidden->size() != 3)
      return op.emitOpError("qkv_hidden_sizes has ") << hidden->size() << " elements, expected 3";
    sizes = llvm::map_to_vector<6>(*hidden, [&](int64_t n) { return b.dim(n); });
  }
  return attentionOf(op, qkv, sizes, op.getAttentionBias(), b);
}

/// The same with the product of integers, whose weights may have a scale and a
/// zero point for each column.
Result qAttention(MsQAttentionOp op, CoreBuilder &b) {
  Value x = op.getInput(), w = op.getWeights();
  if (failed(checkProjection(op, b)) || failed(checkQuantized(op, b.elementOf(w))))
    return failure();
  auto ofX = perTensor(op, op.getInputScale(), op.getInputZeroPoint(), b.elementOf(x), b);
  auto ofW = quantizationOf(op, op.getWeightScale(), op.getWeightZeroPoint(), 2, 1, b);
  if (failed(ofX) || failed(ofW))
    return failure();
  Value sum = integerMatmul(b, x, ofX->zeroPoint, w, ofW->zeroPoint);
  Value qkv = b.map({sum, ofX->scale, ofW->scale, op.getBias()}, [](ArrayRef<Scalar> s) {
    return cast(s[0], s[3].type()) * (cast(s[1], s[3].type()) * cast(s[2], s[3].type())) + s[3];
  });
  return b.facts.failed ? Result(failure()) : attentionOf(op, qkv, thirds(b, w), Value(), b);
}

//===----------------------------------------------------------------------===//
// MultiHeadAttention: queries, keys and values are given
//===----------------------------------------------------------------------===//

/// The parts of [B, S, H, parts, D] as [B, H, S, D].
SmallVector<Value> unpack(Value x, int64_t parts, CoreBuilder &b) {
  Dims dims = b.dimsOf(x);
  Value flat = b.reshape(x, {dims[0], dims[1], dims[2], b.product({dims[3], dims[4]})});
  SmallVector<Value> result;
  for (Value part : splitLast(flat, SmallVector<Dim>(parts, dims[4]), b))
    result.push_back(b.transpose(part, {0, 2, 1, 3}));
  return result;
}

/// Adds the parts of a bias [hidden of q, of k, of v] to x [B, H, S, D].
Value addHeadBias(Value x, Value bias, CoreBuilder &b) {
  Dims dims = b.dimsOf(x);
  Value view = b.reshape(bias, {dims[1], b.dim(1), dims[3]});
  return b.map({x, view}, [](ArrayRef<Scalar> s) { return s[0] + s[1]; });
}

/// q, k and v as [B, heads, sequence, D] with their biases.
FailureOr<SmallVector<Value>> headsOf(MsMultiHeadAttentionOp op, CoreBuilder &b) {
  Value q = op.getQuery(), k = op.getKey(), v = op.getValue();
  int64_t heads = op.getNumHeads();
  SmallVector<Value> qkv;
  if (!given(k)) {
    if (b.rankOf(q) != 5)
      return op.emitOpError("the query has type ") << q.getType() << ", expected rank 5 without a key", failure();
    qkv = unpack(q, 3, b);
  } else {
    FailureOr<Value> query = splitHeads(op, q, heads, b);
    if (failed(query))
      return failure();
    qkv = {*query};
    if (!given(v)) {
      if (b.rankOf(k) != 5)
        return op.emitOpError("the key has type ") << k.getType() << ", expected rank 5 without a value", failure();
      qkv.append(unpack(k, 2, b));
    } else {
      for (Value x : {k, v}) {
        FailureOr<Value> split = b.rankOf(x) == 4 ? FailureOr<Value>(x) : splitHeads(op, x, heads, b);
        if (failed(split))
          return failure();
        qkv.push_back(*split);
      }
    }
  }
  if (!given(op.getBias()))
    return qkv;
  Dims sizes = llvm::map_to_vector<6>(qkv, [&](Value x) { return b.product({b.dimOf(x, 1), b.dimOf(x, 3)}); });
  b.requireSame(b.dimOf(op.getBias(), 0), b.sum(b.sum(sizes[0], sizes[1]), sizes[2]), "the bias and the hidden sizes");
  if (b.facts.failed)
    return failure();
  for (auto [x, bias] : llvm::zip(qkv, splitLast(op.getBias(), sizes, b)))
    x = addHeadBias(x, bias, b);
  return qkv;
}

Result multiHeadAttention(MsMultiHeadAttentionOp op, CoreBuilder &b) {
  if (given(op.getPastSequenceLength()) || given(op.getCacheIndirection()))
    return op.emitOpError("past_sequence_length and cache_indirection are not supported");
  if (failed(sameElements(op, {op.getQuery(), op.getKey(), op.getValue(), op.getBias(), op.getPastKey(), op.getPastValue()})) ||
      failed(haveRank(op, op.getBias(), 1)) || failed(haveRank(op, {op.getPastKey(), op.getPastValue()}, 4)))
    return failure();
  auto qkv = headsOf(op, b);
  if (failed(qkv))
    return failure();
  Value q = (*qkv)[0], k = appendTo(op.getPastKey(), (*qkv)[1], b), v = appendTo(op.getPastValue(), (*qkv)[2], b);
  if (b.facts.failed)
    return failure();
  Dim past = given(op.getPastKey()) ? b.dimOf(op.getPastKey(), 2) : b.dim(0);
  Dims bst{b.dimOf(q, 0), b.dimOf(q, 2), b.dimOf(k, 2)};
  FailureOr<Value> mask = maskBias(op, op.getKeyPaddingMask(), op.getMaskFilterValue().convertToDouble(),
                                   op.getUnidirectional(), past, bst, b);
  if (failed(mask))
    return failure();
  AttentionOf a{q, k, v};
  a.scale = number(op.getScale());
  a.bias = addBias(*mask, op.getAttentionBias(), b);
  AttentionValues out = attend(b, a);
  if (b.facts.failed)
    return failure();
  return {joinHeads(out.y, b), k, v, b.convert(out.scores, b.elementOf(q))};
}

} // namespace

void addAttentionMicrosoftRecipes(RecipeTable &table) { table.add<attention, qAttention, multiHeadAttention>(); }

} // namespace coil
