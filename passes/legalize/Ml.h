//===- Ml.h - what the operators of ai.onnx.ml share ----------------------===//
#ifndef COIL_PASSES_LEGALIZE_ML_H
#define COIL_PASSES_LEGALIZE_ML_H

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

namespace coil {

/// Numbers of an attribute as a constant.
template <typename List> Value table(CoreBuilder &b, const List &numbers, Type element, ArrayRef<int64_t> shape = {}) {
  int64_t size = numbers.size();
  auto type = RankedTensorType::get(shape.empty() ? ArrayRef(size) : shape, element);
  SmallVector<Attribute> values;
  for (auto n : numbers)
    values.push_back(isa<FloatType>(element) ? Attribute(b.getFloatAttr(element, double(n)))
                                             : Attribute(b.getIntegerAttr(element, int64_t(n))));
  return b.literal(DenseElementsAttr::get(type, values));
}

/// The numbers of a tensor that is an attribute, of whatever size.
SmallVector<double> numbers(ElementsAttr tensor);
/// Numbers of an attribute that is a list of floats or a tensor.
SmallVector<double> numbers(std::optional<ArrayRef<float>> list, std::optional<ElementsAttr> tensor);

/// x as [rows, features], one row if it has rank 1; an error at `op` otherwise.
FailureOr<Value> rowsOf(Operation *op, Value x, CoreBuilder &b);
/// The type in which scores of x are computed: f32, or f64 for doubles.
Type scoreType(Value x);

/// The scores [rows, n] after what an attribute post_transform names.
FailureOr<Value> transformed(Operation *op, StringRef name, Value scores, CoreBuilder &b);
/// [-x, x] for each row of [rows, 1]: two classes of which one has a score.
Value bothClasses(CoreBuilder &b, Value x);

/// Strings of an attribute as a constant.
Value table(CoreBuilder &b, ArrayAttr strings);
/// Labels as a constant, integers or strings; an error at `op` where there are none.
FailureOr<Value> labelsOf(Operation *op, std::optional<ArrayRef<int64_t>> ints, std::optional<ArrayAttr> strings,
                          CoreBuilder &b);
inline int64_t countOf(Value list) { return CoreBuilder::typeOf(list).getNumElements(); }
/// The label of the greatest score in each row, the first of equal ones.
Value greatest(CoreBuilder &b, Value scores, Value labels);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_ML_H
