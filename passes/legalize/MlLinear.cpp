//===- MlLinear.cpp - linear models and support vector machines -----------===//
//
// Sums of features, or of kernels of features with support vectors: matrix
// products with what the attributes hold.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/Ml.h"

using namespace coil::onnx;

namespace coil {
namespace {

SmallVector<double> listOf(std::optional<ArrayRef<float>> list) { return numbers(list, std::nullopt); }

/// x [rows, features] in the type of scores, with as many features as `count`
/// numbers give to each of `per`.
FailureOr<Value> features(Operation *op, Value x, size_t count, int64_t per, StringRef of, CoreBuilder &b) {
  auto rows = rowsOf(op, x, b);
  if (failed(rows))
    return failure();
  if (per <= 0 || count == 0 || count % per)
    return op->emitOpError(of) << " has " << count << " elements, expected a multiple of " << per, failure();
  b.requireSame(b.dimOf(*rows, 1), b.dim(int64_t(count) / per), "the numbers of features of the input and of the model");
  if (b.facts.failed)
    return failure();
  return b.convert(*rows, scoreType(*rows));
}

/// A list of rows as a matrix whose columns they are.
Value columns(CoreBuilder &b, ArrayRef<double> list, int64_t rows, Type type) {
  int64_t n = int64_t(list.size()) / rows;
  SmallVector<double> turned(list.size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < n; ++j)
      turned[j * rows + i] = list[i * n + j];
  return table(b, turned, type, {n, rows});
}

Value plus(CoreBuilder &b, Value x, ArrayRef<double> numbers) {
  return b.map({x, table(b, numbers, b.elementOf(x))}, [](ArrayRef<Scalar> s) { return s[0] + s[1]; });
}

/// x . rows^T + offsets, whose number is that of the rows or nothing.
FailureOr<Value> linear(Operation *op, Value x, ArrayRef<double> rows, ArrayRef<double> offsets, int64_t count,
                        CoreBuilder &b) {
  auto in = features(op, x, rows.size(), count, "coefficients", b);
  if (failed(in))
    return failure();
  if (!offsets.empty() && int64_t(offsets.size()) != count)
    return op->emitOpError("has ") << offsets.size() << " intercepts, expected " << count, failure();
  Value y = b.matmul(*in, columns(b, rows, count, b.elementOf(*in)));
  return offsets.empty() ? y : plus(b, y, offsets);
}

/// Scores as an operator gives them: transformed, f32.
Result scores(Operation *op, StringRef transform, Value y, CoreBuilder &b) {
  auto z = transformed(op, transform, y, b);
  if (failed(z))
    return failure();
  return b.convert(*z, b.getF32Type());
}

//===----------------------------------------------------------------------===//
// Linear models
//===----------------------------------------------------------------------===//

Result linearRegressor(MlLinearRegressorOp op, CoreBuilder &b) {
  auto y = linear(op, op.getX(), listOf(op.getCoefficients()), listOf(op.getIntercepts()), op.getTargets(), b);
  return failed(y) ? Result(failure()) : scores(op, op.getPostTransform(), *y, b);
}

/// A row of coefficients for each class; one for two classes is the second's.
/// With one class only, what is its label and what 0, or the empty string, is
/// decided at 0, or, of a transformed score, at 1/2.
Result linearClassifier(MlLinearClassifierOp op, CoreBuilder &b) {
  auto rows = rowsOf(op, op.getX(), b);
  auto labels = failed(rows) ? FailureOr<Value>()
                             : labelsOf(op, op.getClasslabelsInts(), op.getClasslabelsStrings(), b);
  if (failed(labels))
    return failure();
  SmallVector<double> offsets = listOf(op.getIntercepts()), coefficients(op.getCoefficients().begin(), op.getCoefficients().end());
  int64_t classes = countOf(*labels), count = classes;
  if (auto n = b.constant(b.dimOf(*rows, 1)); classes == 2 && n && int64_t(coefficients.size()) == *n)
    count = 1;
  if (!offsets.empty())
    count = offsets.size();
  if (count != classes && !(count == 1 && classes == 2))
    return op.emitOpError("has ") << count << " intercepts for " << classes << " class labels";
  auto y = linear(op, *rows, coefficients, offsets, count, b);
  if (failed(y))
    return failure();
  if (count == 1 && classes == 2)
    y = bothClasses(b, *y);
  auto z = transformed(op, op.getPostTransform(), *y, b);
  if (failed(z))
    return failure();
  Value label;
  if (classes == 1) {
    double limit = op.getPostTransform() == "NONE" ? 0 : 0.5;
    Scalar only = b.itemOf(*labels);
    Value one = b.map(*z, [&](Scalar s) { return select(s >= limit, only, only.like(0)); });
    label = b.reshape(one, {b.dimOf(*z, 0)});
  } else {
    label = greatest(b, *z, *labels);
  }
  return {label, b.convert(*z, b.getF32Type())};
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// kernel(x, v) for each support vector v, [rows, vectors].
FailureOr<Value> kernels(Operation *op, Value x, StringRef kernel, std::optional<ArrayRef<float>> parameters,
                         ArrayRef<double> vectors, int64_t count, CoreBuilder &b) {
  auto in = features(op, x, vectors.size(), count, "support_vectors", b);
  if (failed(in))
    return failure();
  SmallVector<double> p = listOf(parameters);
  if (!p.empty() && p.size() != 3)
    return op->emitOpError("kernel_params has ") << p.size() << " elements, expected gamma, coef0 and degree", failure();
  p.resize(3, 0);
  Type type = b.elementOf(*in);
  Value v = columns(b, vectors, count, type);
  if (kernel == "RBF") {
    Value distance = b.matmul(*in, v, type, [](ArrayRef<Scalar> s) { return (s[0] - s[1]) * (s[0] - s[1]); });
    return b.map(distance, [&](Scalar s) { return exp(-p[0] * s); });
  }
  Value dot = b.matmul(*in, v);
  if (kernel == "LINEAR")
    return dot;
  if (kernel == "POLY")
    return b.map(dot, [&](Scalar s) { return pow(p[0] * s + p[1], s.like(p[2])); });
  if (kernel == "SIGMOID")
    return b.map(dot, [&](Scalar s) { return tanh(p[0] * s + p[1]); });
  return op->emitOpError("kernel_type is '") << kernel << "', expected 'LINEAR', 'POLY', 'RBF' or 'SIGMOID'", failure();
}

Result svmRegressor(MlSVMRegressorOp op, CoreBuilder &b) {
  SmallVector<double> coefficients = listOf(op.getCoefficients()), rho = listOf(op.getRho());
  int64_t count = op.getNSupports();
  if (rho.empty() || coefficients.empty() || (count > 0 && int64_t(coefficients.size()) != count))
    return op.emitOpError("has ") << coefficients.size() << " coefficients and " << rho.size() << " elements of rho, expected "
           << count << " and 1";
  rho.resize(1);
  FailureOr<Value> y;
  if (count > 0) {
    auto k = kernels(op, op.getX(), op.getKernelType(), op.getKernelParams(), listOf(op.getSupportVectors()), count, b);
    if (failed(k))
      return failure();
    y = plus(b, b.matmul(*k, table(b, coefficients, b.elementOf(*k), {count, 1})), rho);
  } else {
    y = linear(op, op.getX(), coefficients, rho, 1, b);
    if (failed(y))
      return failure();
  }
  if (op.getOneClass())
    y = b.map(*y, [](Scalar s) { return select(s > 0, s.like(1), s.like(-1)); });
  return scores(op, op.getPostTransform(), *y, b);
}

//===----------------------------------------------------------------------===//
// A support vector machine for each pair of classes
//===----------------------------------------------------------------------===//

struct Pair {
  int64_t first, second;
};

SmallVector<Pair> pairsOf(int64_t classes) {
  SmallVector<Pair> pairs;
  for (int64_t i = 0; i < classes; ++i)
    for (int64_t j = i + 1; j < classes; ++j)
      pairs.push_back({i, j});
  return pairs;
}

/// How each support vector counts for each pair, [vectors, pairs]. A vector of
/// one class has a coefficient for each other class, and counts where its class
/// is one of the pair.
Value pairWeights(CoreBuilder &b, ArrayRef<double> coefficients, ArrayRef<int64_t> perClass, ArrayRef<Pair> pairs,
                  int64_t vectors, Type type) {
  SmallVector<double> weights(vectors * pairs.size(), 0);
  int64_t v = 0;
  for (auto [c, count] : llvm::enumerate(perClass))
    for (int64_t end = v + count; v < end; ++v)
      for (auto [p, pair] : llvm::enumerate(pairs))
        if (pair.first == int64_t(c))
          weights[v * pairs.size() + p] = coefficients[(pair.second - 1) * vectors + v];
        else if (pair.second == int64_t(c))
          weights[v * pairs.size() + p] = coefficients[pair.first * vectors + v];
  return table(b, weights, type, {vectors, int64_t(pairs.size())});
}

/// How many pairs each class has won, [rows, classes].
Value votes(CoreBuilder &b, Value won, ArrayRef<Pair> pairs, int64_t classes) {
  SmallVector<double> change(pairs.size() * classes, 0), start(classes, 0);
  for (auto [p, pair] : llvm::enumerate(pairs)) {
    change[p * classes + pair.first] = 1;
    change[p * classes + pair.second] = -1;
    ++start[pair.second];
  }
  Type type = b.elementOf(won);
  Value ones = b.map(won, [](Scalar s) { return cast(s > 0, s.type()); });
  return plus(b, b.matmul(ones, table(b, change, type, {int64_t(pairs.size()), classes})), start);
}

/// The probabilities of the classes that fit best to those of the pairs
/// [rows, pairs]: libsvm's iteration, after Wu, Lin and Weng (2004), row by row.
Value coupled(CoreBuilder &b, Value pair, ArrayRef<Pair> pairs, int64_t classes) {
  Type type = b.elementOf(pair), index = b.getIndexType();
  Dim rows = b.dimOf(pair, 0), n = b.dim(classes);
  SmallVector<int64_t> places(classes * classes, 0);
  for (auto [p, ij] : llvm::enumerate(pairs))
    places[ij.first * classes + ij.second] = places[ij.second * classes + ij.first] = p;
  Value place = table(b, places, b.getI64Type(), {classes, classes});
  // Of i against j.
  Value r = b.generate({rows, n, n}, [&](ArrayRef<Scalar> i) {
    Scalar p = b.load(pair, {i[0], cast(b.load(place, {i[1], i[2]}), index)});
    return select(i[1] < i[2], p, 1.0 - p);
  });
  Value q = b.generate({rows, n, n}, [&](ArrayRef<Scalar> i) {
    Scalar diagonal = b.fold(b.index(classes), constantOf(b, type, 0), [&](Scalar j, Scalar sum) {
      Scalar p = b.load(r, {i[0], j, i[1]});
      return select(j == i[1], sum, sum + p * p);
    });
    return select(i[1] == i[2], diagonal, -(b.load(r, {i[0], i[2], i[1]}) * b.load(r, {i[0], i[1], i[2]})));
  });
  auto column = [&](Value x, int64_t from, int64_t count) {
    return b.slice(x, {b.dim(0), b.dim(from)}, {rows, b.dim(count)}, {b.dim(1), b.dim(1)});
  };
  // A row holds p, q p and p q p.
  auto step = [&](Value state) {
    return b.loop(n, state, [&](Scalar t, ArrayRef<Value> so) -> SmallVector<Value> {
      Value s = so[0];
      return {b.generate({rows, b.dim(2 * classes + 1)}, [&](ArrayRef<Scalar> i) {
        Scalar diagonal = b.load(q, {i[0], t, t}), own = b.load(s, {i[0], t + classes});
        Scalar pqp = b.load(s, {i[0], b.index(2 * classes)}), old = b.load(s, {i[0], i[1]});
        Scalar diff = (pqp - own) / diagonal, zero = constantOf(b, type, 0), whole = diff + 1.0;
        Scalar c = i[1] % classes;
        Scalar p = (old + select(i[1] == t, diff, zero)) / whole;
        Scalar qp = (old + diff * b.load(q, {i[0], t, c})) / whole;
        Scalar all = (old + diff * (diff * diagonal + 2.0 * own)) / (whole * whole);
        return select(i[1] < classes, p, select(i[1] == 2 * classes, all, qp));
      })};
    })[0];
  };
  Value p = b.splat({rows, n}, constantOf(b, type, 1.0 / classes));
  Value done = b.splat({rows, b.dim(1)}, constantOf(b, type, 0));
  return b.loop(b.dim(std::max<int64_t>(100, classes)), {p, done}, [&](Scalar, ArrayRef<Value> so) -> SmallVector<Value> {
    Value p = so[0];
    Value qp = b.generate({rows, n}, [&](ArrayRef<Scalar> i) {
      return b.fold(b.index(classes), constantOf(b, type, 0), [&](Scalar j, Scalar sum) {
        return sum + b.load(q, {i[0], i[1], j}) * b.load(p, {i[0], j});
      });
    });
    Value pqp = b.reduceSum(b.map({p, qp}, [](ArrayRef<Scalar> s) { return s[0] * s[1]; }), {1}, /*keep=*/true);
    Value error = b.reduceMax(b.map({qp, pqp}, [](ArrayRef<Scalar> s) { return abs(s[0] - s[1]); }), {1}, /*keep=*/true);
    Value ends = b.map({so[1], error}, [&](ArrayRef<Scalar> s) {
      return max(s[0], cast(s[1] < 0.005 / classes, type));
    });
    Value next = column(step(b.concat({p, qp, pqp}, 1)), 0, classes);
    return {b.map({p, next, ends}, [](ArrayRef<Scalar> s) { return select(s[2] > 0, s[0], s[1]); }), ends};
  })[0];
}

Result svmClassifier(MlSVMClassifierOp op, CoreBuilder &b) {
  auto labels = labelsOf(op, op.getClasslabelsInts(), op.getClasslabelsStrings(), b);
  if (failed(labels))
    return failure();
  SmallVector<double> coefficients = listOf(op.getCoefficients()), rho = listOf(op.getRho()), slope = listOf(op.getProbA()),
                      offset = listOf(op.getProbB());
  SmallVector<int64_t> perClass(op.getVectorsPerClass().value_or(ArrayRef<int64_t>()));
  int64_t classes = countOf(*labels), vectors = 0;
  for (int64_t n : perClass) {
    if (n < 0 || n > int64_t(coefficients.size()))
      return op.emitOpError("vectors_per_class holds ") << n << ", expected 0 to " << coefficients.size();
    vectors += n;
  }
  if (vectors == 0) { // a row of coefficients for each class
    rho.resize(1, 0);
    auto y = linear(op, op.getX(), coefficients, SmallVector<double>(classes, rho[0]), classes, b);
    if (failed(y))
      return failure();
    Result z = scores(op, op.getPostTransform(), *y, b);
    if (failed(z.values))
      return failure();
    return {greatest(b, *y, *labels), (*z.values)[0]};
  }
  int64_t pairCount = classes * (classes - 1) / 2;
  if (int64_t(perClass.size()) != classes || classes < 2)
    return op.emitOpError("vectors_per_class has ") << perClass.size() << " elements for " << classes << " class labels";
  if (int64_t(coefficients.size()) != (classes - 1) * vectors || int64_t(rho.size()) != pairCount)
    return op.emitOpError("has ") << coefficients.size() << " coefficients and " << rho.size() << " elements of rho, expected "
           << (classes - 1) * vectors << " and " << pairCount;
  SmallVector<Pair> pairs = pairsOf(classes);
  if (slope.size() != offset.size() || (!slope.empty() && slope.size() != pairs.size()))
    return op.emitOpError("prob_a and prob_b have ") << slope.size() << " and " << offset.size() << " elements, expected "
           << pairs.size();
  auto k = kernels(op, op.getX(), op.getKernelType(), op.getKernelParams(), listOf(op.getSupportVectors()), vectors, b);
  if (failed(k))
    return failure();
  Type type = b.elementOf(*k);
  Value won = plus(b, b.matmul(*k, pairWeights(b, coefficients, perClass, pairs, vectors, type)), rho);
  Value label = greatest(b, votes(b, won, pairs, classes), *labels), y = won;
  if (!slope.empty()) {
    Value p = b.map({won, table(b, slope, type), table(b, offset, type)}, [](ArrayRef<Scalar> s) {
      return clamp(1.0 - sigmoid(s[0] * s[1] + s[2]), s[0].like(1e-7), s[0].like(1 - 1e-7));
    });
    y = coupled(b, p, pairs, classes);
  } else if (classes == 2) {
    if (op.getPostTransform() == "PROBIT")
      return op.emitOpError("post_transform PROBIT of a single score is not supported");
    y = bothClasses(b, won);
  }
  Result z = scores(op, op.getPostTransform(), y, b);
  if (failed(z.values))
    return failure();
  return {label, (*z.values)[0]};
}

} // namespace

void addMlLinearRecipes(RecipeTable &table) {
  table.add<linearClassifier, linearRegressor, svmClassifier, svmRegressor>();
}

} // namespace coil
