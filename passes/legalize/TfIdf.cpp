//===- TfIdf.cpp - counts of n-grams --------------------------------------===//

#include "passes/legalize/Ml.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// The n-grams of one length in the pool.
struct Grams {
  int64_t length, first, count; // `first` in all n-grams
  Value items;                  // [count, length]
};

FailureOr<SmallVector<Grams>> gramsOf(TfIdfVectorizerOp op, CoreBuilder &b) {
  ArrayRef<int64_t> starts = op.getNgramCounts();
  Value pool = b.isString(op.getX()) ? table(b, *op.getPoolStrings()) : table(b, *op.getPoolInt64s(), b.getI64Type());
  int64_t size = countOf(pool);
  SmallVector<Grams> all;
  int64_t first = 0;
  for (auto [i, start] : llvm::enumerate(starts)) {
    int64_t end = i + 1 < starts.size() ? starts[i + 1] : size, length = i + 1;
    if (start < 0 || end < start || end > size || (end - start) % length)
      return op.emitOpError("ngram_counts says that n-grams of ") << length << " lie at " << start << " to " << end
             << " of a pool of " << size, failure();
    int64_t count = (end - start) / length;
    if (count && length >= int64_t(op.getMinGramLength()) && length <= int64_t(op.getMaxGramLength()))
      all.push_back({length, first, count,
                     b.reshape(b.slice(pool, {b.dim(start)}, {b.dim(end - start)}, {b.dim(1)}), {b.dim(count), b.dim(length)})});
    first += count;
  }
  if (first != int64_t(op.getNgramIndexes().size()))
    return op.emitOpError("ngram_indexes has ") << op.getNgramIndexes().size() << " elements, expected one for each of "
           << first << " n-grams", failure();
  return all;
}

/// `counts` [rows, columns] with the places of x [rows, n] added at which an
/// n-gram begins whose items are `distance` apart.
Value counted(CoreBuilder &b, Value counts, Value x, const Grams &grams, Value columns, Scalar distance) {
  Dims dims = b.dimsOf(x);
  Scalar reach = distance * (grams.length - 1);
  Dim starts = b.dim(max(b.index(dims[1]) - reach, b.index(0)));
  return b.loops({dims[0], starts, b.dim(grams.count)}, counts, [&](ArrayRef<Scalar> at, ArrayRef<Value> so) {
    Scalar equal = constantOf(b, b.getI1Type(), 1);
    for (int64_t i = 0; i < grams.length; ++i) {
      Scalar item = b.load(x, {at[0], at[1] + distance * i});
      item = item.isString() ? item : cast(item, b.getI64Type());
      equal = equal & (item == b.load(grams.items, {at[2], b.index(i)}));
    }
    Scalar column = cast(b.load(columns, {at[2] + grams.first}), b.getIndexType());
    Scalar now = b.load(so[0], {at[0], column});
    return SmallVector<Value>{b.store(now + cast(equal, now.type()), so[0], {at[0], column})};
  })[0];
}

/// Counts of n-grams, whose items may be up to max_skip_count + 1 apart; with the
/// weights of the columns, of what occurs at all in mode IDF.
Result tfIdfVectorizer(TfIdfVectorizerOp op, CoreBuilder &b) {
  Value x = op.getX();
  int64_t rank = b.rankOf(x);
  StringRef mode = op.getMode();
  bool fits = b.isString(x) ? op.getPoolStrings().has_value() : op.getPoolInt64s() && isa<IntegerType>(b.elementOf(x));
  if (!fits)
    return op.emitOpError("the operand has type ") << x.getType() << ", expected strings and pool_strings, or integers and pool_int64s";
  if (rank > 2)
    return op.emitOpError("the operand has type ") << x.getType() << ", expected rank 1 or 2";
  if (mode != "TF" && mode != "IDF" && mode != "TFIDF")
    return op.emitOpError("mode is '") << mode << "', expected 'TF', 'IDF' or 'TFIDF'";
  auto all = gramsOf(op, b);
  if (failed(all))
    return failure();
  ArrayRef<int64_t> columns = op.getNgramIndexes();
  if (columns.empty() || llvm::any_of(columns, [](int64_t i) { return i < 0; }))
    return op.emitOpError("ngram_indexes is empty or holds a negative number");
  int64_t width = *llvm::max_element(columns) + 1;
  auto weights = op.getWeights();
  if (weights && int64_t(weights->size()) < width)
    return op.emitOpError("weights has ") << weights->size() << " elements, expected " << width;

  Dims dims = b.dimsOf(x);
  Value rows = rank == 2 ? x : b.reshape(x, {b.dim(1), rank ? dims[0] : b.dim(1)});
  Type f32 = b.getF32Type();
  auto listOf = [&](auto values, Type type) {
    return b.literal(DenseElementsAttr::get(RankedTensorType::get(int64_t(values.size()), type), values));
  };
  Value at = listOf(columns, b.getI64Type());
  Value counts = b.splat({b.dimOf(rows, 0), b.dim(width)}, constantOf(b, f32, 0));
  for (const Grams &grams : *all) {
    int64_t skips = grams.length == 1 ? 1 : int64_t(op.getMaxSkipCount()) + 1;
    counts = b.loop(b.dim(skips), counts, [&](Scalar skip, ArrayRef<Value> so) -> SmallVector<Value> {
      return {counted(b, so[0], rows, grams, at, skip + 1)};
    })[0];
  }
  SmallVector<Value> inputs{counts};
  if (weights && mode != "TF")
    inputs.push_back(listOf(weights->take_front(width), f32));
  Value y = b.map(inputs, [&](ArrayRef<Scalar> s) {
    Scalar times = mode == "IDF" ? cast(s[0] > 0.0, f32) : s[0];
    return s.size() == 2 ? times * s[1] : times;
  });
  return rank == 2 ? y : b.reshape(y, {b.dim(width)});
}

} // namespace

void addTfIdfRecipes(RecipeTable &table) { table.add<tfIdfVectorizer>(); }

} // namespace coil
