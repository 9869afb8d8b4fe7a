//===- Ml.cpp - what the operators of ai.onnx.ml share --------------------===//

#include "passes/legalize/Ml.h"

#include "mlir/IR/DialectResourceBlobManager.h"

namespace coil {

SmallVector<double> numbers(ElementsAttr tensor) {
  auto dense = dyn_cast<DenseElementsAttr>(tensor);
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(tensor))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      dense = DenseElementsAttr::getFromRawBuffer(resource.getType(), blob->getData());
  SmallVector<double> result;
  if (auto floats = dyn_cast_or_null<DenseFPElementsAttr>(dense))
    for (APFloat f : floats.getValues<APFloat>()) {
      bool exact;
      f.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &exact);
      result.push_back(f.convertToDouble());
    }
  else if (dense)
    for (APInt n : dense.getValues<APInt>())
      result.push_back(dense.getElementType().isUnsignedInteger() ? n.roundToDouble() : n.signedRoundToDouble());
  return result;
}

SmallVector<double> numbers(std::optional<ArrayRef<float>> list, std::optional<ElementsAttr> tensor) {
  if (list)
    return SmallVector<double>(list->begin(), list->end());
  return tensor ? numbers(*tensor) : SmallVector<double>();
}

FailureOr<Value> rowsOf(Operation *op, Value x, CoreBuilder &b) {
  if (b.rankOf(x) == 1)
    x = b.reshape(x, {b.dim(1), b.dimOf(x, 0)});
  if (b.rankOf(x) != 2)
    return op->emitOpError("the input has type ") << x.getType() << ", expected rank 1 or 2", failure();
  return x;
}

Type scoreType(Value x) {
  Type element = CoreBuilder::elementOf(x);
  return element.isF64() ? element : Float32Type::get(x.getContext());
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// sqrt(2) * erfinv(2 p - 1), with erfinv by Winitzki's approximation (2008).
static Scalar probit(Scalar p) {
  Scalar x = 2.0 * p - 1.0, l = log((1.0 - x) * (1.0 + x));
  Scalar v = 2.0 / (3.14159 * 0.147) + 0.5 * l;
  Scalar root = sqrt(sqrt(v * v - l / 0.147) - v);
  return M_SQRT2 * select(x < 0, -root, root);
}

/// exp(x - max) / sum over what is not zero; zeros stay (almost) zero.
static Value softmaxZero(CoreBuilder &b, Value x) {
  Value max = b.reduceMax(x, {1}, /*keep=*/true);
  auto none = [](Scalar s) { return abs(s) <= 1e-7; };
  Value e = b.map({x, max}, [&](ArrayRef<Scalar> s) {
    return select(none(s[0]), s[0] * exp(-s[1]), exp(s[0] - s[1]));
  });
  Value counted = b.map({x, e}, [&](ArrayRef<Scalar> s) { return select(none(s[0]), s[1].like(0), s[1]); });
  return b.map({e, b.reduceSum(counted, {1}, /*keep=*/true)}, [](ArrayRef<Scalar> s) { return s[0] / s[1]; });
}

FailureOr<Value> transformed(Operation *op, StringRef name, Value scores, CoreBuilder &b) {
  if (name == "NONE")
    return scores;
  if (name == "SOFTMAX")
    return softmax(b, scores, 1);
  if (name == "LOGISTIC")
    return b.map(scores, sigmoid);
  if (name == "SOFTMAX_ZERO")
    return softmaxZero(b, scores);
  if (name == "PROBIT")
    return b.map(scores, probit);
  return op->emitOpError("post_transform is '") << name << "', which is not known", failure();
}

Value bothClasses(CoreBuilder &b, Value x) {
  return b.concat({b.map(x, [](Scalar s) { return -s; }), x}, 1);
}

//===----------------------------------------------------------------------===//
// Labels
//===----------------------------------------------------------------------===//

Value table(CoreBuilder &b, ArrayAttr strings) {
  return b.literal(llvm::map_to_vector(strings.getAsRange<StringAttr>(), [](StringAttr s) { return s.getValue(); }));
}

FailureOr<Value> labelsOf(Operation *op, std::optional<ArrayRef<int64_t>> ints, std::optional<ArrayAttr> strings,
                          CoreBuilder &b) {
  if (strings && !strings->empty())
    return table(b, *strings);
  if (!ints || ints->empty())
    return op->emitOpError("has no class labels"), failure();
  return table(b, *ints, b.getI64Type());
}

Value greatest(CoreBuilder &b, Value scores, Value labels) {
  return b.generate({b.dimOf(scores, 0)}, [&](ArrayRef<Scalar> i) {
    Scalar best = b.fold(b.index(countOf(labels)), b.index(0), [&](Scalar k, Scalar best) {
      return select(b.load(scores, {i[0], k}) > b.load(scores, {i[0], best}), k, best);
    });
    return b.load(labels, {best});
  });
}

} // namespace coil
