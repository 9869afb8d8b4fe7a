//===- Strings.cpp - the part of CoreBuilder about strings ----------------===//
//
// A string is its number: constants get theirs here, and what arithmetic on
// numbers cannot say is a call of the runtime on whole tensors.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/CoreBuilder.h"

#include "dialects/coil/Core.h"

namespace coil {

Type CoreBuilder::getStringType() { return core::StringType::get(getContext()); }
bool CoreBuilder::isString(Value tensor) { return isa<core::StringType>(elementOf(tensor)); }

Scalar CoreBuilder::text(StringRef text) {
  return Scalar(*this, arith::ConstantOp::create(*this, getI64IntegerAttr(facts.strings.number(text))), getStringType());
}

Value CoreBuilder::numbered(ArrayRef<StringRef> texts, RankedTensorType type) {
  auto numbers = llvm::map_to_vector(texts, [&](StringRef text) { return facts.strings.number(text); });
  Value constant = arith::ConstantOp::create(*this, DenseElementsAttr::get(type.clone(getI64Type()), ArrayRef(numbers)));
  return core::HandleOp::create(*this, type, constant);
}

Value CoreBuilder::literal(ArrayRef<StringRef> texts) {
  return numbered(texts, RankedTensorType::get(int64_t(texts.size()), getStringType()));
}

Value CoreBuilder::stringLiteral(DenseStringElementsAttr strings) {
  auto type = cast<RankedTensorType>(strings.getType());
  SmallVector<StringRef> texts(strings.getRawStringData());
  // Equal ones are there once.
  texts.resize(type.getNumElements(), texts.empty() ? StringRef() : texts.front());
  return numbered(texts, type);
}

SmallVector<Value> CoreBuilder::callRuntime(StringRef function, ArrayRef<Value> inputs,
                                            ArrayRef<std::pair<Dims, Type>> results, bool named) {
  SmallVector<Value> empty;
  for (auto &[dims, element] : results)
    empty.push_back(tensor::EmptyOp::create(*this, dims, element));
  auto call = core::CallOp::create(*this, TypeRange(ValueRange(empty)), function, inputs, empty,
                                   named ? getStringAttr(nodeName()) : StringAttr());
  for (auto [value, result] : llvm::zip(call.getResults(), results))
    remember(value, result.first);
  return llvm::to_vector_of<Value>(call.getResults());
}

} // namespace coil
