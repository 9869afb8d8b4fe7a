//===- SequenceResults.cpp - a signature has sequences, no lists ----------===//
//
// Comes in: what a function returns, and the types that the model states of its
// outputs where these are sequences or optional values. Goes out: results of a
// type that a caller can rely on, whatever is known of their lengths.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/Sequence.h"

namespace coil {

/// A type of which all is known that an element type is.
static bool isWhole(Type type) {
  if (auto sequence = dyn_cast<core::SequenceType>(type))
    return !isa<NoneType>(sequence.getElement());
  if (auto optional = dyn_cast<core::OptionalType>(type))
    return !isa<NoneType>(optional.getElement()) && isWhole(optional.getElement());
  return true;
}

/// What an optional value of the run holds, which the model states to be there.
static FailureOr<Value> contentOf(func::FuncOp func, Value optional, std::optional<int64_t> stated, CoreBuilder &b) {
  auto type = contentType(func, optional, stated);
  if (failed(type))
    return failure();
  Value has = core::OptionalHasOp::create(b, b.getI1Type(), optional);
  b.require(Scalar(b, has), "an output that is no optional value has no element");
  return Value(core::OptionalGetOp::create(b, *type, optional));
}

/// As the run has it: no list, and nothing that is only known to be absent.
static FailureOr<Value> resultOf(func::FuncOp func, unsigned i, Value value, CoreBuilder &b) {
  auto named = func.getResultAttrOfType<StringAttr>(i, "onnx.name");
  auto attr = func.getResultAttrOfType<TypeAttr>(i, "onnx.stated");
  Type stated = attr ? attr.getValue() : Type();
  auto error = [&] { return func.emitError("output '") << (named ? named.getValue() : "") << "' "; };
  bool optional = isa_and_present<core::OptionalType>(stated);
  if (!given(value) && !optional)
    return error() << "is an optional value without an element", failure();
  if (isOptional(value) && !optional) {
    auto dims = func.getResultAttrOfType<ArrayAttr>(i, "onnx.dims");
    auto content = contentOf(func, value, dims ? std::optional<int64_t>(dims.size()) : std::nullopt, b);
    if (failed(content))
      return failure();
    value = *content;
  }
  if (isTensor(value) && !optional)
    return value;

  Type type = containerType(value);
  if (optional && !isa<core::OptionalType>(type))
    type = core::OptionalType::get(type);
  if (!isWhole(type) && stated) {
    type = core::joinContainers(type, stated);
    if (!type)
      return error() << "has type " << value.getType() << ", and the model states " << stated, failure();
  }
  if (!isWhole(type))
    return error() << "has elements of an unknown type: nothing says what it holds", failure();
  return asContainer(b, value, type);
}

LogicalResult finishResults(func::FuncOp func, TensorFacts &facts) {
  Operation *exit = func.front().getTerminator();
  OpBuilder builder(exit);
  CoreBuilder b(exit->getLoc(), builder, facts);
  for (auto [i, operand] : llvm::enumerate(exit->getOpOperands())) {
    auto value = resultOf(func, i, operand.get(), b);
    if (failed(value) || facts.failed)
      return failure();
    operand.set(*value);
  }
  eraseUnused(func.front());
  func.setType(FunctionType::get(func.getContext(), func.getArgumentTypes(), exit->getOperandTypes()));
  return success();
}

} // namespace coil
