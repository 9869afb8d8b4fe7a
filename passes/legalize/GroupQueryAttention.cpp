//===- GroupQueryAttention.cpp - com.microsoft's attention over a cache ---===//
//
// Queries, keys and values of a few new tokens and a cache of earlier keys and
// values, [B, N, P, D]. The batch may hold sequences of different lengths:
// seqlens_k[i] + 1 tokens of sequence i count, the new ones last. Either all
// tokens are new (total_sequence_length is the length of the input; sequences
// are padded at their end) or the new ones follow seqlens_k[i] + 1 - S in the
// cache. The cache that comes out is as long as the longer of the one that came
// in and total_sequence_length.
// Where the output shares the buffer of the input (coilc --share), the new ones are
// written into it, and what lies behind them is what was there.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Attention.h"
#include "passes/legalize/Cache.h"

using namespace coil::onnx;

namespace coil {
namespace {

struct Step {
  Value q, k, v; // [B, heads, S, D]
  Value past = {};   // [B]: how many tokens of the cache come before the new ones
  Scalar first = {}; // whether all tokens are new
  Dim cached = {};   // P
  Dim present = {};  // the length of the cache that comes out
  std::optional<int64_t> capacity = {}; // of both caches' buffers, if outputs share them
};

LogicalResult check(MsGroupQueryAttentionOp op, CoreBuilder &b) {
  if (op.getKQuantType() != "NONE" || op.getVQuantType() != "NONE" || given(op.getKScale()) || given(op.getVScale()))
    return op.emitOpError("quantized caches are not supported");
  if (op.getQkOutput() || !op.getOutputQk().use_empty())
    return op.emitOpError("the output of scores is not supported");
  if (given(op.getKey()) != given(op.getValue()) || given(op.getPastKey()) != given(op.getPastValue()))
    return op.emitOpError("keys and values must be given together");
  if (op.getDoRotary() && (!given(op.getCosCache()) || !given(op.getSinCache())))
    return op.emitOpError("do_rotary needs cos_cache and sin_cache");
  int64_t heads = op.getNumHeads(), kv = op.getKvNumHeads();
  if (heads <= 0 || kv <= 0 || heads % kv != 0)
    return op.emitOpError("num_heads is ") << heads << " and kv_num_heads " << kv << ", expected a multiple";
  if (given(op.getPastKey()) && (b.rankOf(op.getPastKey()) != 4 || b.rankOf(op.getPastValue()) != 4))
    return op.emitOpError("past_key has type ") << op.getPastKey().getType() << ", expected rank 4";
  if (b.rankOf(op.getQuery()) != 3)
    return op.emitOpError("the query has type ") << op.getQuery().getType() << ", expected rank 3";
  Value integers[] = {op.getSeqlensK(), op.getTotalSequenceLength(), op.getPositionIds()};
  if (failed(areIntegers(op, integers)) || failed(haveRank(op, op.getPositionIds(), 2)) ||
      failed(haveRank(op, {op.getCosCache(), op.getSinCache()}, 2)) || failed(haveRank(op, op.getHeadSink(), 1)))
    return failure();
  return sameElements(op, {op.getQuery(), op.getKey(), op.getValue(), op.getPastKey(), op.getPastValue()});
}

/// Queries, keys and values, which may come packed in one tensor.
FailureOr<Step> newTokens(MsGroupQueryAttentionOp op, CoreBuilder &b) {
  int64_t heads = op.getNumHeads(), kv = op.getKvNumHeads();
  Value q = op.getQuery(), k = op.getKey(), v = op.getValue();
  if (!given(k)) {
    FailureOr<Value> all = splitHeads(op, q, heads + 2 * kv, b);
    if (failed(all))
      return failure();
    Dims sizes = b.dimsOf(*all), at(4, b.dim(0)), ones(4, b.dim(1));
    Value parts[3];
    int64_t first = 0;
    const int64_t counts[3] = {heads, kv, kv};
    for (auto [part, count] : llvm::zip(parts, counts)) {
      at[1] = b.dim(first);
      sizes[1] = b.dim(count);
      part = b.slice(*all, at, sizes, ones);
      first += count;
    }
    return Step{parts[0], parts[1], parts[2]};
  }
  FailureOr<Value> parts[] = {splitHeads(op, q, heads, b), splitHeads(op, k, kv, b), splitHeads(op, v, kv, b)};
  if (failed(parts[0]) || failed(parts[1]) || failed(parts[2]))
    return failure();
  b.requireSame(b.dimOf(*parts[0], 2), b.dimOf(*parts[1], 2), "the lengths of queries and keys");
  return Step{*parts[0], *parts[1], *parts[2]};
}

/// Where the new tokens of each sequence go.
void place(MsGroupQueryAttentionOp op, Step &step, CoreBuilder &b) {
  Dims dims = b.dimsOf(step.q);
  Dim total = b.dim(cast(b.itemOf(op.getTotalSequenceLength()), b.getIndexType()));
  step.cached = given(op.getPastKey()) ? b.dimOf(op.getPastKey(), 2) : b.dim(0);
  if (given(op.getPastKey()) && sharedCapacity(op.getPastKey()) == sharedCapacity(op.getPastValue()))
    step.capacity = sharedCapacity(op.getPastKey());
  step.present = b.constant(step.cached) == 0 ? total : b.dim({step.cached, total}, [](auto d) { return max(d[0], d[1]); });
  if (step.capacity == 0) {
    b.require(b.index(total) <= b.index(step.cached), "the cache has room for {0} tokens, total_sequence_length is {1}",
              {b.index(step.cached), b.index(total)});
    step.present = step.cached;
  }
  Scalar news = b.index(dims[2]);
  step.first = b.index(total) == news;
  b.require(news <= b.index(total), "total_sequence_length is less than the length of the input");
  b.requireRange(op.getSeqlensK(), b.index(0), b.index(step.present), "seqlens_k is out of range");
  Value lengths = b.reshape(op.getSeqlensK(), {dims[0]});
  step.past = b.map(lengths, [&](Scalar length) {
    return cast(select(step.first, b.index(0), cast(length, b.getIndexType()) + 1 - news), b.getI64Type());
  });
  b.requireRange(step.past, b.index(0), b.index(step.cached) + 1, "seqlens_k does not fit the cache");
}

/// Rotates queries and keys by the positions of the new tokens: where they go,
/// or as position_ids says. If all tokens are new its first number is that of the
/// first token of each sequence, and the others do not count.
void rotateTokens(MsGroupQueryAttentionOp op, Step &step, CoreBuilder &b) {
  Dims dims = b.dimsOf(step.q);
  Value ids = op.getPositionIds();
  if (given(ids)) {
    b.requireSame(b.dimOf(ids, 0), dims[0], "the batches of position_ids and of the queries");
    b.requireSame(b.dimOf(ids, 1), dims[2], "the lengths of position_ids and of the queries");
  }
  Value positions = b.generate({dims[0], dims[2]}, [&](ArrayRef<Scalar> i) {
    Scalar at = cast(i[1], b.getI64Type());
    if (!given(ids))
      return b.load(step.past, {i[0]}) + at;
    Scalar own = cast(b.load(ids, i), b.getI64Type()), start = cast(b.load(ids, {b.index(0), b.index(0)}), b.getI64Type());
    return select(step.first, start + at, own);
  });
  auto angles = [&](Value cache) {
    Value rows = rowsAt(b, cache, positions);
    Dims shape = b.dimsOf(rows);
    shape.insert(shape.begin() + 1, b.dim(1));
    return b.reshape(rows, shape);
  };
  Value cos = angles(op.getCosCache()), sin = angles(op.getSinCache());
  step.q = rotate(b, step.q, cos, sin, op.getRotaryInterleaved());
  step.k = rotate(b, step.k, cos, sin, op.getRotaryInterleaved());
}

/// The cache with the new tokens in it; what lies behind them is 0.
Value append(const Step &step, Value past, Value x, CoreBuilder &b) {
  Dims dims = b.dimsOf(x);
  Scalar news = b.index(dims[2]), zero = constantOf(b, b.elementOf(x), 0);
  dims[2] = step.present;
  if (step.capacity) {
    Value cache = past;
    if (*step.capacity > 0) {
      cache = b.remember(tensor::EmptyOp::create(b, dims, b.elementOf(x)), dims);
      cache = b.insert(past, cache, Dims(dims.size(), b.dim(0)));
    }
    return putRows(b, cache, x, 2, [&](Scalar batch) { return cast(b.load(step.past, {batch}), b.getIndexType()); }, false);
  }
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar before = cast(b.load(step.past, {i[0]}), b.getIndexType()), at = i[2] - before;
    Scalar fresh = b.loadIf(inRange(at, news), x, {i[0], i[1], at, i[3]}, zero);
    return given(past) ? b.loadIf(i[2] < before, past, i, fresh) : fresh;
  });
}

Result groupQueryAttention(MsGroupQueryAttentionOp op, CoreBuilder &b) {
  if (failed(check(op, b)))
    return failure();
  FailureOr<Step> step = newTokens(op, b);
  if (failed(step) || b.facts.failed)
    return failure();
  place(op, *step, b);
  if (op.getDoRotary())
    rotateTokens(op, *step, b);
  if (b.facts.failed)
    return failure();
  Value k = append(*step, op.getPastKey(), step->k, b), v = append(*step, op.getPastValue(), step->v, b);

  AttentionOf a{step->q, k, v};
  if (op.getScale() && !op.getScale()->isZero())
    a.scale = op.getScale()->convertToDouble();
  a.softcap = op.getSoftcap().convertToDouble();
  // A token sees itself and those before it, the last `window` of them.
  Dims dims = b.dimsOf(step->q);
  int64_t window = op.getLocalWindowSize();
  a.allowed = b.generate({dims[0], b.dim(1), dims[2], step->present}, [&](ArrayRef<Scalar> i) {
    Scalar last = cast(b.load(step->past, {i[0]}), b.getIndexType()) + i[2];
    Scalar seen = i[3] <= last;
    return window > 0 ? seen & (last - i[3] < window) : seen;
  });
  if (given(op.getAttentionBias()))
    a.bias = widenLast(op.getAttentionBias(), step->present, constantOf(b, b.elementOf(op.getAttentionBias()), 0), b);
  if (given(op.getHeadSink()))
    a.sink = op.getHeadSink();
  else if (op.getSmoothSoftmax())
    a.sink = b.splat({dims[1]}, constantOf(b, b.getF32Type(), 0));
  AttentionValues out = attend(b, a);
  if (b.facts.failed)
    return failure();
  return {joinHeads(out.y, b), k, v};
}

} // namespace

void addGroupQueryAttentionRecipes(RecipeTable &table) { table.add<groupQueryAttention>(); }

} // namespace coil
