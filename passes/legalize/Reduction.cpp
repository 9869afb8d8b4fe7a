//===- Reduction.cpp - the part of CoreBuilder that sums ------------------===//

#include "passes/legalize/CoreBuilder.h"

namespace coil {

Value CoreBuilder::reduce(Value x, ArrayRef<int64_t> axes, bool keep,
                          function_ref<Scalar(ImplicitLocOpBuilder &)> init, Formula combine) {
  Dims from = dimsOf(x), sizes, kept;
  SmallVector<AffineExpr> at(from.size());
  unsigned loop = 0;
  for (auto [axis, d] : llvm::enumerate(from)) {
    bool reduced = llvm::is_contained(axes, int64_t(axis));
    if (!reduced) {
      sizes.push_back(d);
      at[axis] = getAffineDimExpr(loop++);
    }
    if (!reduced || keep)
      kept.push_back(reduced ? dim(1) : d);
  }
  int64_t rank = sizes.size();
  for (int64_t axis : axes) {
    sizes.push_back(from[axis]);
    at[axis] = getAffineDimExpr(loop++);
  }
  AffineMap read = AffineMap::get(sizes.size(), 0, at, getContext());
  return reshape(accumulate(x, read, sizes, rank, init, combine), kept);
}

Value CoreBuilder::reduceSum(Value x, ArrayRef<int64_t> axes, bool keep) {
  Type type = sumType(elementOf(x));
  Value sum = reduce(
      x, axes, keep, [&](auto &b) { return constantOf(b, type, 0); },
      [&](ArrayRef<Scalar> s) { return s[1] + coil::cast(s[0], type); });
  return convert(sum, elementOf(x));
}

Value CoreBuilder::reduceMax(Value x, ArrayRef<int64_t> axes, bool keep) {
  Type type = elementOf(x);
  return reduce(
      x, axes, keep, [&](auto &b) { return lowest(constantOf(b, type, 0)); },
      [](ArrayRef<Scalar> s) { return max(s[1], s[0]); });
}

void CoreBuilder::requireRange(Value x, Scalar low, Scalar high, const Twine &message) {
  auto inside = [&](Scalar n) { return (low <= n) & (n < high); };
  if (auto known = integersOf(x); known && low.constant() && high.constant() &&
                                  llvm::all_of(*known, [&](int64_t n) { return *low.constant() <= n && n < *high.constant(); }))
    return;
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rankOf(x)));
  Value all = reduce(
      x, axes, /*keep=*/false, [](auto &b) { return constantOf(b, b.getI1Type(), 1); },
      [&](ArrayRef<Scalar> s) { return s[1] & inside(coil::cast(s[0], getIndexType())); });
  require(itemOf(all), message);
}

Value CoreBuilder::matmul(Value a, Value b) {
  Type type = elementOf(a), sum = sumType(type);
  return convert(matmul(a, b, sum, [&](ArrayRef<Scalar> s) {
    return coil::cast(s[0], sum) * coil::cast(s[1], sum);
  }), type);
}

Value CoreBuilder::matmul(Value a, Value b, Type sum, Formula term, ValueRange parameters) {
  // Vectors become matrices of one row or column, and the result loses it again.
  bool row = rankOf(a) == 1, column = rankOf(b) == 1;
  std::string inner = nameOf(a, rankOf(a) - 1) + " is {0}, " + nameOf(b, column ? 0 : rankOf(b) - 2) + " is {1}";
  if (row)
    a = reshape(a, {dim(1), dimOf(a, 0)});
  if (column)
    b = reshape(b, {dimOf(b, 0), dim(1)});
  Dims da = dimsOf(a), db = dimsOf(b);
  Dims batchA(da.begin(), da.end() - 2), batchB(db.begin(), db.end() - 2);
  Dims sizes = broadcastDims({batchA, batchB}, {a, b});
  if (facts.failed)
    return a;
  unsigned batch = sizes.size();

  // A batch dimension that only a run can tell to be 1 is broadcast first.
  auto align = [&](Value &x, Dims &own) {
    Dims full(sizes.begin() + (batch - own.size()), sizes.end());
    bool known = llvm::all_of(llvm::zip(own, full), [](auto p) {
      return constant(std::get<0>(p)) == 1 || same(std::get<0>(p), std::get<1>(p));
    });
    if (known)
      return;
    Dims dims = dimsOf(x);
    std::copy(full.begin(), full.end(), dims.begin());
    x = broadcast(x, dims);
    own = full;
  };
  align(a, batchA);
  align(b, batchB);

  Dim k = da.back(), k2 = db[db.size() - 2];
  if (!same(k, k2)) {
    auto n = constant(k), m = constant(k2);
    if (n && m) {
      error("the inner dimensions of the product are " + Twine(*n) + " and " + Twine(*m));
      return a;
    }
    require(index(k) == index(k2), "the inner dimensions of the product differ: " + inner, {index(k), index(k2)});
    if (m)
      a = retype(a, tensorOf([&] { Dims d = dimsOf(a); d.back() = k2; return d; }(), elementOf(a)));
    else if (n)
      b = retype(b, tensorOf([&] { Dims d = dimsOf(b); d[d.size() - 2] = k; return d; }(), elementOf(b)));
  }
  sizes.append({da[da.size() - 2], db.back(), constant(k2) ? k2 : k});

  auto read = [&](const Dims &own, unsigned rowLoop, unsigned columnLoop) {
    SmallVector<AffineExpr> at;
    for (auto [i, d] : llvm::enumerate(own)) {
      unsigned loop = batch - own.size() + i;
      bool one = constant(d) == 1 && constant(sizes[loop]) != 1;
      at.push_back(one ? getAffineConstantExpr(0) : getAffineDimExpr(loop));
    }
    at.append({getAffineDimExpr(rowLoop), getAffineDimExpr(columnLoop)});
    return AffineMap::get(batch + 3, 0, at, getContext());
  };
  SmallVector<Value> inputs{a, b};
  SmallVector<AffineMap> maps{read(batchA, batch, batch + 2), read(batchB, batch + 2, batch + 1)};
  Dims result(sizes.begin(), sizes.end() - 1);
  for (Value p : parameters) {
    (void)broadcastDims({result, dimsOf(p)});
    if (facts.failed)
      return a;
    auto [input, map] = broadcastAccess(p, result);
    inputs.push_back(input);
    maps.push_back(AffineMap::get(batch + 3, 0, map.getResults(), getContext()));
  }
  Value product = accumulate(
      inputs, maps, sizes, batch + 2, [&](auto &b) { return constantOf(b, sum, 0); },
      [&](ArrayRef<Scalar> s) { return s.back() + term(s.drop_back()); });
  if (row || column) {
    Dims dims = dimsOf(product);
    if (column)
      dims.pop_back();
    if (row)
      dims.erase(dims.end() - (column ? 1 : 2));
    product = reshape(product, dims);
  }
  return product;
}

} // namespace coil
