//===- Attend.cpp - scores, mask, softmax, weighted sum -------------------===//

#include "passes/legalize/Attention.h"

namespace coil {

namespace {
/// Builds one attention with the heads of queries as [N, G]: G of them share a
/// key. Dimensions of loops are named b n g s and t.
class Attend {
public:
  Attend(CoreBuilder &b, const AttentionOf &a) : b(b), a(a) {}

  AttentionValues run() {
    check();
    if (b.facts.failed)
      return {};
    Dims q = b.dimsOf(a.q);
    groups = b.dim({q[1], b.dimOf(a.k, 1)}, [](auto d) { return d[0] / d[1]; });
    if (b.same(q[1], b.dimOf(a.k, 1)))
      groups = b.dim(1);
    AttentionValues out;
    Value scores = b.map(products(), [&](Scalar s) { return s * scale(s); });
    Value capped = a.softcap == 0 ? scores : b.map(scores, [&](Scalar s) {
      return a.softcap * tanh(s / a.softcap);
    });
    auto ungrouped = [&](Value x) { return b.reshape(x, {q[0], q[1], q[2], b.dimOf(a.k, 2)}); };
    auto modified = [&](Value x, const std::function<Value(Value)> &by) { return by ? grouped(by(ungrouped(x))) : x; };
    Value masked = modified(mask(capped), a.onScores);
    if (b.facts.failed)
      return {};
    Value weights = modified(softmax(masked), a.onWeights);
    if (b.facts.failed)
      return {};
    out.y = b.reshape(weightedSum(weights), {q[0], q[1], q[2], b.dimOf(a.v, 3)});
    out.scores = ungrouped(scores);
    out.capped = ungrouped(capped);
    out.masked = ungrouped(masked);
    out.weights = ungrouped(weights);
    return out;
  }

private:
  void check() {
    for (Value x : {a.q, a.k, a.v})
      if (!isa<FloatType>(b.elementOf(x)) || b.rankOf(x) != 4)
        return b.error("queries, keys and values must be floats of rank 4");
    if ((a.bias && (b.rankOf(a.bias) > 4 || !isa<FloatType>(b.elementOf(a.bias)))) || (a.allowed && b.rankOf(a.allowed) > 4))
      return b.error("a mask has a rank of more than 4, or is of integers");
    Dims q = b.dimsOf(a.q), k = b.dimsOf(a.k), v = b.dimsOf(a.v);
    b.requireSame(q[0], k[0], "the batches of queries and keys");
    b.requireSame(k[0], v[0], "the batches of keys and values");
    b.requireSame(k[1], v[1], "the heads of keys and values");
    b.requireSame(k[2], v[2], "the lengths of keys and values");
    b.requireSame(q[3], k[3], "the head sizes of queries and keys");
    auto n = b.constant(q[1]), m = b.constant(k[1]);
    if (n && m && (*m == 0 || *n % *m != 0))
      b.error("the " + Twine(*n) + " heads of queries are not a multiple of the " + Twine(*m) + " of keys");
    else if (!b.same(q[1], k[1]))
      b.require(b.index(q[1]) % b.index(k[1]) == 0, "the heads of queries are not a multiple of those of keys");
  }

  Type precision() { return a.precision ? a.precision : b.getF32Type(); }

  Scalar scale(Scalar s) {
    if (a.scale)
      return s.like(*a.scale);
    if (auto size = b.constant(b.dimOf(a.q, 3)))
      return s.like(1 / std::sqrt(double(*size)));
    return 1.0 / sqrt(cast(b.index(b.dimOf(a.q, 3)), s.type()));
  }

  /// Makes a mask's dimension that of the scores, which are not repeated; whether a run
  /// may have to repeat the mask along it.
  bool stretch(Dim &own, Dim size, StringRef what) {
    if (b.constant(own) == 1 || b.same(own, size) || b.facts.failed)
      return false;
    auto n = b.constant(own), m = b.constant(size);
    if (n && m) {
      b.error("a mask is for " + Twine(*n) + " " + what + ", expected 1 or " + Twine(*m));
      return false;
    }
    b.require((b.index(own) == 1) | (b.index(own) == b.index(size)), "a mask is for {0} " + what + ", expected 1 or {1}",
              {b.index(own), b.index(size)});
    own = size;
    return true;
  }

  /// A mask as [B, N, G, S, T], each of them 1 or that of the scores.
  Value fitted(Value mask, const Dims &scores) {
    mask = grouped(mask);
    Dims dims = b.dimsOf(mask);
    bool batch = stretch(dims[0], scores[0], "batches"), queries = stretch(dims[3], scores[3], "queries"),
         keys = stretch(dims[4], scores[4], "keys");
    return batch || queries || keys ? b.broadcast(mask, dims) : mask;
  }

  /// [.., H, x, y] as [.., N, G, x, y]; heads that broadcast stay 1.
  Value grouped(Value x) {
    Dims dims = b.dimsOf(x), full;
    dims.insert(dims.begin(), 4 - dims.size(), b.dim(1));
    x = b.reshape(x, dims);
    bool one = b.constant(dims[1]) == 1;
    if (stretch(dims[1], b.dimOf(a.q, 1), "heads"))
      x = b.broadcast(x, dims);
    full = {dims[0], one ? b.dim(1) : b.dimOf(a.k, 1), one ? b.dim(1) : groups, dims[2], dims[3]};
    return b.reshape(x, full);
  }

  AffineMap read(ArrayRef<unsigned> loops) {
    auto at = llvm::map_to_vector(loops, [&](unsigned i) { return b.getAffineDimExpr(i); });
    return AffineMap::get(6, 0, at, b.getContext());
  }

  Value contract(Value x, AffineMap mx, Value y, AffineMap my, const Dims &sizes) {
    Type type = precision();
    return b.accumulate(
        {x, y}, {mx, my}, sizes, 5, [&](auto &b) { return constantOf(b, type, 0); },
        [&](ArrayRef<Scalar> s) { return s[2] + cast(s[0], type) * cast(s[1], type); });
  }

  Value products() { // loops b n g s t | d
    Value q = grouped(a.q);
    Dims sizes = b.dimsOf(q);
    sizes.insert(sizes.begin() + 4, b.dimOf(a.k, 2));
    return contract(q, read({0, 1, 2, 3, 5}), a.k, read({0, 1, 4, 5}), sizes);
  }

  Value weightedSum(Value weights) { // loops b n g s e | t
    Dims sizes = b.dimsOf(weights);
    sizes.insert(sizes.begin() + 4, b.dimOf(a.v, 3));
    Value y = contract(weights, read({0, 1, 2, 3, 5}), a.v, read({0, 1, 5, 4}), sizes);
    return b.convert(y, b.elementOf(a.q));
  }

  Value mask(Value scores) {
    SmallVector<Value> inputs{scores};
    if (a.bias)
      inputs.push_back(fitted(a.bias, b.dimsOf(scores)));
    if (a.allowed)
      inputs.push_back(fitted(a.allowed, b.dimsOf(scores)));
    if (inputs.size() == 1 || b.facts.failed)
      return scores;
    return b.map(inputs, [&](ArrayRef<Scalar> s) {
      Scalar x = a.bias ? s[0] + cast(s[1], s[0].type()) : s[0];
      return a.allowed ? select(s.back(), x, lowest(x)) : x;
    });
  }

  /// exp(x - max) / sum, where a row of -inf gives zeros.
  Value softmax(Value x) {
    // Rows by themselves, [B, N, G, S], until they meet keys again.
    Value max = b.reduceMax(x, {4}, /*keep=*/false), sink;
    if (a.sink) {
      sink = b.reshape(a.sink, {b.dimOf(a.k, 1), groups, b.dim(1)});
      max = b.map({max, sink}, [](ArrayRef<Scalar> s) { return coil::max(s[0], cast(s[1], s[0].type())); });
    }
    auto ofKeys = [&](Value rows) {
      Dims dims = b.dimsOf(rows);
      dims.push_back(b.dim(1));
      return b.reshape(rows, dims);
    };
    Value shift = b.map(max, [](Scalar m) { return select(m == lowest(m), m.like(0), m); });
    Value e = b.map({x, ofKeys(shift)}, [](ArrayRef<Scalar> s) { return expOfNonpositive(s[0] - s[1]); });
    Value sum = b.reduceSum(e, {4}, /*keep=*/false);
    if (sink)
      sum = b.map({sum, sink, shift}, [](ArrayRef<Scalar> s) { return s[0] + expOfNonpositive(cast(s[1], s[2].type()) - s[2]); });
    return b.map({e, ofKeys(sum)}, [](ArrayRef<Scalar> s) {
      return s[0] / select(s[1] == 0, s[1].like(1), s[1]);
    });
  }

  CoreBuilder &b;
  const AttentionOf &a;
  Dim groups;
};
} // namespace

AttentionValues attend(CoreBuilder &b, const AttentionOf &a) { return Attend(b, a).run(); }

FailureOr<Value> splitHeads(Operation *op, Value x, int64_t heads, CoreBuilder &b) {
  if (b.rankOf(x) != 3)
    return op->emitOpError("an input has type ") << x.getType() << ", expected rank 3";
  Dims dims = b.dimsOf(x);
  auto hidden = b.constant(dims[2]);
  if (heads <= 0 || (hidden && *hidden % heads != 0))
    return op->emitOpError("an input has type ") << x.getType() << ", which " << heads << " heads do not divide";
  Dim size = b.dim({dims[2]}, [&](auto d) { return d[0] / heads; });
  return b.transpose(b.reshape(x, {dims[0], dims[1], b.dim(heads), size}), {0, 2, 1, 3});
}

Value joinHeads(Value x, CoreBuilder &b) {
  Dims dims = b.dimsOf(x);
  return b.reshape(b.transpose(x, {0, 2, 1, 3}), {dims[0], dims[2], b.product({dims[1], dims[3]})});
}

Value widenLast(Value x, Dim size, Scalar fill, CoreBuilder &b) {
  int64_t last = b.rankOf(x) - 1;
  Dim own = b.dimOf(x, last);
  if (b.same(own, size))
    return x;
  Dims low(last + 1, b.dim(0)), high = low;
  high[last] = b.dim({size, own}, [](auto d) { return d[0] - d[1]; });
  auto missing = b.constant(high[last]);
  if (missing && *missing < 0)
    b.error("the last dimension of a mask is longer than the keys");
  else if (!missing)
    b.require(b.index(own) <= b.index(size), "the last dimension of a mask is longer than the keys");
  if (b.facts.failed)
    return x;
  Dims dims = b.dimsOf(x);
  dims[last] = size;
  return b.generate(dims, [&](ArrayRef<Scalar> i) { return b.loadIf(i.back() < b.index(own), x, i, fill); });
}

Value appendTo(Value past, Value x, CoreBuilder &b) {
  return past && given(past) ? b.concat({past, x}, 2) : x;
}

} // namespace coil
