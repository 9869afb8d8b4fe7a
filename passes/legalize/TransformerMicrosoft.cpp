//===- TransformerMicrosoft.cpp - ONNX Runtime's transformer operators ----===//
//
// Normalizations with the additions before them, and GELU (arXiv:1606.08415)
// in its forms. Narrow floats are computed in f32 throughout.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Normalize.h"
#include "passes/legalize/Quantize.h"

using namespace coil::onnx;

namespace coil {
namespace {

//===----------------------------------------------------------------------===//
// GELU
//===----------------------------------------------------------------------===//

/// x/2 * (1 + erf(x / sqrt(2)))
Scalar gelu(Scalar x) { return 0.5 * x * (1.0 + erf(x * M_SQRT1_2)); }

/// x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))
Scalar fastGelu(Scalar x) { return 0.5 * x * (1.0 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))); }

/// formula(x + bias)
Value biased(CoreBuilder &b, Value x, Value bias, function_ref<Scalar(Scalar)> formula) {
  SmallVector<Value> inputs{x};
  if (bias && given(bias))
    inputs.push_back(bias);
  Type element = b.elementOf(x), type = sumType(element);
  return b.map(inputs, [&](ArrayRef<Scalar> s) {
    Scalar sum = cast(s[0], type);
    return cast(formula(s.size() == 2 ? sum + cast(s[1], type) : sum), element);
  });
}

Result msGelu(MsGeluOp op, CoreBuilder &b) { return biased(b, op.getX(), {}, gelu); }
Result msBiasGelu(MsBiasGeluOp op, CoreBuilder &b) { return biased(b, op.getA(), op.getB(), gelu); }
Result msFastGelu(MsFastGeluOp op, CoreBuilder &b) { return biased(b, op.getX(), op.getBias(), fastGelu); }

/// x * sigmoid(alpha * x)
Result msQuickGelu(MsQuickGeluOp op, CoreBuilder &b) {
  double alpha = op.getAlpha().convertToDouble();
  return biased(b, op.getX(), {}, [&](Scalar x) { return x * sigmoid(alpha * x); });
}

/// l * gelu(r), where l and r are the halves of x + bias.
Result msBiasSplitGelu(MsBiasSplitGeluOp op, CoreBuilder &b) {
  Value x = op.getA(), bias = op.getB();
  Dims dims = b.dimsOf(x);
  if (dims.empty())
    return op.emitOpError("the operand has type ") << x.getType() << ", expected rank 1 or more";
  if (auto n = b.constant(dims.back()); n && *n % 2)
    return op.emitOpError("the operand has type ") << x.getType() << ", expected an even last dimension";
  if (failed(haveRank(op, bias, 1)))
    return failure();
  b.require(b.index(dims.back()) % 2 == 0, "the last dimension is odd");
  b.requireSame(dims.back(), b.dimOf(bias, 0), "the last dimension and the length of the bias");
  if (b.facts.failed)
    return failure();
  Dims half = dims, offsets(dims.size(), b.dim(0)), ones(dims.size(), b.dim(1));
  half.back() = b.dim(b.index(dims.back()) / 2);
  auto part = [&](Dim from) {
    offsets.back() = from;
    Value own = b.slice(bias, {from}, {half.back()}, {b.dim(1)});
    return std::pair(b.slice(x, offsets, half, ones), own);
  };
  auto [left, leftBias] = part(b.dim(0));
  auto [right, rightBias] = part(half.back());
  Type element = b.elementOf(x), type = sumType(element);
  return b.map({left, leftBias, right, rightBias}, [&](ArrayRef<Scalar> s) {
    Scalar l = cast(s[0], type) + cast(s[1], type), r = cast(s[2], type) + cast(s[3], type);
    return cast(l * gelu(r), element);
  });
}

//===----------------------------------------------------------------------===//
// Normalizations
//===----------------------------------------------------------------------===//

int64_t lastAxis(CoreBuilder &b, Value x) { return b.rankOf(x) - 1; }

/// input + skip + bias, kept wide.
template <typename Op> FailureOr<Value> skipSum(Op op, CoreBuilder &b) {
  if (b.rankOf(op.getInput()) < 2)
    return op.emitOpError("the input has type ") << op.getInput().getType() << ", expected rank 2 or more";
  SmallVector<Value> inputs{op.getInput(), op.getSkip()};
  if (given(op.getBias()))
    inputs.push_back(op.getBias());
  Type type = sumType(b.elementOf(op.getInput()));
  return b.map(inputs, [&](ArrayRef<Scalar> s) {
    Scalar sum = cast(s[0], type);
    for (Scalar next : s.drop_front())
      sum = sum + cast(next, type);
    return sum;
  });
}

Result skipLayerNormalization(MsSkipLayerNormalizationOp op, CoreBuilder &b) {
  FailureOr<Value> sum = skipSum(op, b);
  if (failed(sum) || b.facts.failed)
    return failure();
  Type element = b.elementOf(op.getInput());
  Standard s = standardize(b, *sum, lastAxis(b, *sum), op.getEpsilon().convertToDouble());
  Value y = rescale(b, {s.centered, s.inverse, op.getGamma(), op.getBeta()}, element);
  return {y, s.mean, s.inverse, b.convert(*sum, element)};
}

Result skipSimplifiedLayerNormalization(MsSkipSimplifiedLayerNormalizationOp op, CoreBuilder &b) {
  FailureOr<Value> sum = skipSum(op, b);
  if (failed(sum) || b.facts.failed)
    return failure();
  Type element = b.elementOf(op.getInput());
  Value inverse = inverseRoot(b, meanOfSquares(b, *sum, lastAxis(b, *sum)), op.getEpsilon().convertToDouble());
  Value y = rescale(b, {*sum, inverse, op.getGamma()}, element);
  return {y, Value(), inverse, b.convert(*sum, element)};
}

/// x / sqrt(mean(x^2) + epsilon) * scale
Result simplifiedLayerNormalization(MsSimplifiedLayerNormalizationOp op, CoreBuilder &b) {
  FailureOr<int64_t> axis = normalAxis(op, op.getAxis(), b.rankOf(op.getX()));
  if (failed(axis))
    return failure();
  Value x = b.convert(op.getX(), op.getStashType().value_or(b.getF32Type()));
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(*axis, b.rankOf(x)));
  Value inverse = inverseRoot(b, meanOfSquares(b, x, axes), op.getEpsilon().convertToDouble());
  return {rescale(b, {x, inverse, op.getScale()}, b.elementOf(op.getX())), inverse};
}

/// How many of each row's tokens a mask [B, S] leaves; 0 without one.
Value tokensOf(CoreBuilder &b, Value mask, Dim batch) {
  Type i32 = b.getI32Type();
  if (!given(mask))
    return b.splat({batch}, constantOf(b, i32, 0));
  return b.reduce(
      mask, {1}, /*keep=*/false, [&](auto &b) { return constantOf(b, i32, 0); },
      [&](ArrayRef<Scalar> s) { return s[1] + cast(s[0] == 1, i32); });
}

/// Rows of a table, which may be quantized.
struct Embedding {
  Value table;
  std::optional<Quantization> quantization;

  Value rows(CoreBuilder &b, Value indices) const {
    b.requireRange(indices, b.index(0), b.index(b.dimOf(table, 0)), "an index of an embedding is out of range");
    Dims size = b.dimsOf(indices);
    size.push_back(b.dimOf(table, 1));
    Value rows = b.generate(size, [&](ArrayRef<Scalar> i) {
      Scalar row = cast(b.load(indices, i.drop_back()), b.getIndexType());
      return b.load(table, {row, i.back()});
    });
    return quantization ? dequantize(b, rows, *quantization, b.getF32Type()) : rows;
  }
};

/// Word, position and segment embeddings added up and normalized; the sum too.
template <typename Op>
Result normalizedEmbeddings(Op op, CoreBuilder &b, Value positions, const Embedding &word, const Embedding &position,
                            const Embedding &segment, Value gamma, Value beta) {
  Value ids = op.getInputIds();
  if (b.rankOf(ids) != 2)
    return op.emitOpError("input_ids has type ") << ids.getType() << ", expected rank 2";
  if (given(op.getSegmentIds()) != given(segment.table))
    return op.emitOpError("segment_ids and segment_embedding must be given together");
  if (failed(haveRank(op, {word.table, position.table, segment.table}, 2)))
    return failure();
  Dims dims = b.dimsOf(ids);
  if (!positions || !given(positions))
    positions = b.generate({b.dim(1), dims[1]}, [&](ArrayRef<Scalar> i) { return cast(i[1], b.getI64Type()); });
  SmallVector<Value> parts{word.rows(b, ids), position.rows(b, positions)};
  if (given(op.getSegmentIds()))
    parts.push_back(segment.rows(b, op.getSegmentIds()));
  Type element = b.elementOf(parts.front()), type = sumType(element);
  Value sum = b.map(parts, [&](ArrayRef<Scalar> s) {
    Scalar total = cast(s[0], type);
    for (Scalar next : s.drop_front())
      total = total + cast(next, type);
    return total;
  });
  if (b.facts.failed)
    return failure();
  Standard s = standardize(b, sum, lastAxis(b, sum), op.getEpsilon().convertToDouble());
  Value y = rescale(b, {s.centered, s.inverse, gamma, beta}, element);
  return {y, tokensOf(b, op.getMask(), dims[0]), b.convert(sum, element)};
}

Result embedLayerNormalization(MsEmbedLayerNormalizationOp op, CoreBuilder &b) {
  return normalizedEmbeddings(op, b, op.getPositionIds(), {op.getWordEmbedding(), {}}, {op.getPositionEmbedding(), {}},
                              {op.getSegmentEmbedding(), {}}, op.getGamma(), op.getBeta());
}

Result qEmbedLayerNormalization(MsQEmbedLayerNormalizationOp op, CoreBuilder &b) {
  auto quantized = [&](Value table, Value scale, Value zeroPoint) -> FailureOr<Embedding> {
    if (!given(table))
      return Embedding{table, {}};
    auto q = perTensor(op, scale, zeroPoint, b.elementOf(table), b);
    return failed(q) ? FailureOr<Embedding>(failure()) : Embedding{table, *q};
  };
  auto word = quantized(op.getWordEmbedding(), op.getWordScale(), op.getWordZeroPoint());
  auto position = quantized(op.getPositionEmbedding(), op.getPositionScale(), op.getPositionZeroPoint());
  if (given(op.getSegmentEmbedding()) && !given(op.getSegmentScale()))
    return op.emitOpError("segment_embedding has no scale");
  auto segment = quantized(op.getSegmentEmbedding(), op.getSegmentScale(), op.getSegmentZeroPoint());
  auto gamma = quantized(op.getGamma(), op.getGammaScale(), op.getGammaZeroPoint());
  auto beta = quantized(op.getBeta(), op.getBetaScale(), op.getBetaZeroPoint());
  if (failed(word) || failed(position) || failed(segment) || failed(gamma) || failed(beta))
    return failure();
  auto real = [&](const Embedding &e) { return dequantize(b, e.table, *e.quantization, b.getF32Type()); };
  return normalizedEmbeddings(op, b, {}, *word, *position, *segment, real(*gamma), real(*beta));
}

} // namespace

void addTransformerMicrosoftRecipes(RecipeTable &table) {
  table.add<msGelu, msBiasGelu, msFastGelu, msQuickGelu, msBiasSplitGelu, skipLayerNormalization,
            skipSimplifiedLayerNormalization, simplifiedLayerNormalization, embedLayerNormalization,
            qEmbedLayerNormalization>();
}

} // namespace coil
