//===- Rotary.cpp - rotary position embeddings (arXiv:2104.09864) ---------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Attention.h"

using namespace coil::onnx;

namespace coil {

/// Part [from, from + size) of the last dimension.
static Value part(CoreBuilder &b, Value x, Dim from, Dim size) {
  Dims sizes = b.dimsOf(x), offsets(sizes.size(), b.dim(0)), ones(sizes.size(), b.dim(1));
  sizes.back() = size;
  offsets.back() = from;
  return b.slice(x, offsets, sizes, ones);
}

Value rotate(CoreBuilder &b, Value x, Value cos, Value sin, bool interleaved) {
  Dims dims = b.dimsOf(x);
  Dim pairs = b.dimsOf(cos).back(), turned = b.product({pairs, b.dim(2)});
  Value first, second;
  if (interleaved) {
    // [..., 2R] as [..., R, 2]
    Dims paired(dims);
    paired.back() = pairs;
    Value head = part(b, x, b.dim(0), turned);
    paired.push_back(b.dim(2));
    head = b.reshape(head, paired);
    paired.pop_back();
    first = b.reshape(part(b, head, b.dim(0), b.dim(1)), paired);
    second = b.reshape(part(b, head, b.dim(1), b.dim(1)), paired);
  } else {
    first = part(b, x, b.dim(0), pairs);
    second = part(b, x, pairs, pairs);
  }
  Type type = b.elementOf(x), wide = type.isF64() ? type : b.getF32Type();
  auto combine = [&](Value a, Value c, double sign) {
    return b.map({a, c, cos, sin}, [&](ArrayRef<Scalar> s) {
      Scalar x = cast(s[0], wide), y = cast(s[1], wide);
      return cast(x * cast(s[2], wide) + sign * y * cast(s[3], wide), type);
    });
  };
  SmallVector<Value> results{combine(first, second, -1), combine(second, first, 1)};
  if (interleaved) {
    Dims column = b.dimsOf(results[0]), joined = column;
    column.push_back(b.dim(1));
    for (Value &r : results)
      r = b.reshape(r, column);
    joined.back() = turned;
    results = {b.reshape(b.concat(results, column.size() - 1), joined)};
  }
  if (!b.same(turned, dims.back()))
    results.push_back(part(b, x, turned, b.dim({dims.back(), turned}, [](auto d) { return d[0] - d[1]; })));
  Value y = b.concat(results, dims.size() - 1);
  return b.remember(b.retype(y, b.tensorOf(dims, type)), dims);
}

Value rowsAt(CoreBuilder &b, Value table, Value positions) {
  b.requireRange(positions, b.index(0), b.index(b.dimOf(table, 0)), "a position is out of range");
  Dims dims = b.dimsOf(positions);
  dims.push_back(b.dimOf(table, 1));
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar row = cast(b.load(positions, i.drop_back()), b.getIndexType());
    return b.load(table, {row, i.back()});
  });
}

namespace {

/// The input as [B, S, heads, D] or [B, heads, S, D], the caches as [B, S, R]:
/// rotated and in the input's shape again.
Result rotated(Operation *op, Value x, int64_t heads, int64_t rotaryDim, Value cos, Value sin,
               bool interleaved, CoreBuilder &b) {
  Dims dims = b.dimsOf(x);
  if (dims.size() == 3) {
    // Without a number of heads, the caches turn all of a head.
    Dim hidden = dims[2], size = b.product({b.dimsOf(cos).back(), b.dim(2)});
    if (heads)
      size = b.dim(hidden, [&](auto d) { return d[0] / heads; });
    auto n = b.constant(hidden), m = b.constant(size);
    if (heads < 0 || (n && m && (*m == 0 || *n % *m != 0 || (heads && *n % heads != 0))))
      return op->emitOpError("the input has type ") << x.getType() << ", which is not a number of heads";
    Dim count = heads ? b.dim(heads) : b.dim({hidden, size}, [](auto d) { return d[0] / d[1]; });
    b.require((b.index(count) * b.index(size)) == b.index(hidden), "the hidden size is not a number of heads");
    x = b.reshape(x, {dims[0], dims[1], count, size});
  }
  Dim expected = b.dim({rotaryDim ? b.dim(rotaryDim) : b.dimOf(x, 3)}, [](auto d) { return d[0] / 2; });
  b.requireSame(b.dimsOf(cos).back(), expected, "the caches' last dimension and half of the rotary dimension");
  Dims angles = b.dimsOf(cos);
  angles.insert(angles.begin() + (dims.size() == 3 ? 2 : 1), b.dim(1));
  if (b.facts.failed)
    return failure();
  return b.reshape(rotate(b, x, b.reshape(cos, angles), b.reshape(sin, angles), interleaved), dims);
}

LogicalResult checkRanks(Operation *op, Value x, Value cos, Value sin, int64_t cacheRank, CoreBuilder &b) {
  if (b.rankOf(x) != 3 && b.rankOf(x) != 4)
    return op->emitOpError("the input has type ") << x.getType() << ", expected rank 3 or 4";
  if (failed(sameElements(op, {x, cos, sin})))
    return failure();
  for (Value cache : {cos, sin})
    if (b.rankOf(cache) != cacheRank)
      return op->emitOpError("a cache has type ") << cache.getType() << ", expected rank " << cacheRank;
  return success();
}

/// Without position_ids the caches are those of each position: [B, S, R].
Result rotaryEmbedding(RotaryEmbeddingOp op, CoreBuilder &b) {
  Value cos = op.getCosCache(), sin = op.getSinCache(), positions = op.getPositionIds();
  if (failed(checkRanks(op, op.getX(), cos, sin, given(positions) ? 2 : 3, b)))
    return failure();
  if (given(positions)) {
    if (b.rankOf(positions) != 2)
      return op.emitOpError("position_ids has type ") << positions.getType() << ", expected rank 2";
    cos = rowsAt(b, cos, positions);
    sin = rowsAt(b, sin, positions);
  }
  return rotated(op, op.getX(), op.getNumHeads(), op.getRotaryEmbeddingDim(), cos, sin, op.getInterleaved(), b);
}

/// position_ids is [B, S], or [1]: that of the first in each sequence.
Result rotaryMicrosoft(MsRotaryEmbeddingOp op, CoreBuilder &b) {
  if (failed(checkRanks(op, op.getInput(), op.getCosCache(), op.getSinCache(), 2, b)))
    return failure();
  if (op.getIsPackedBatching())
    return op.emitOpError("is_packed_batching is ") << op.getIsPackedBatching() << ", expected 0";
  if (op.getScale().convertToDouble() != 1)
    return op.emitOpError("scale is ") << op.getScale().convertToDouble() << ", expected 1";
  Value x = op.getInput(), positions = op.getPositionIds();
  Dims dims = b.dimsOf(x);
  if (b.rankOf(positions) == 1) {
    Scalar first = cast(b.itemOf(positions), b.getI64Type());
    positions = b.generate({dims[0], dims[dims.size() - 2]},
                           [&](ArrayRef<Scalar> i) { return first + cast(i[1], b.getI64Type()); });
  } else if (b.rankOf(positions) != 2) {
    return op.emitOpError("position_ids has type ") << positions.getType() << ", expected rank 1 or 2";
  }
  return rotated(op, x, op.getNumHeads(), op.getRotaryEmbeddingDim(), rowsAt(b, op.getCosCache(), positions),
                 rowsAt(b, op.getSinCache(), positions), op.getInterleaved(), b);
}

} // namespace

void addRotaryRecipes(RecipeTable &table) { table.add<rotaryEmbedding, rotaryMicrosoft>(); }

} // namespace coil
