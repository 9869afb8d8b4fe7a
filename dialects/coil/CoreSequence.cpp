// Sequences and optional values: what their types may say, and what follows
// from how one was made.

#include "dialects/coil/Core.h"

using namespace mlir;

namespace coil::core {

/// The element type of tensors of which this much is known; null for `none`.
static Type scalarOf(Type element) {
  if (auto tensor = dyn_cast<TensorType>(element))
    return tensor.getElementType();
  return isa<NoneType>(element) ? Type() : element;
}

Type joinElements(Type a, Type b) {
  if (a == b || isa<NoneType>(b))
    return a;
  if (isa<NoneType>(a))
    return b;
  if (scalarOf(a) != scalarOf(b))
    return {};
  if (!isa<TensorType>(a))
    return b;
  if (!isa<TensorType>(b))
    return a;
  auto p = dyn_cast<RankedTensorType>(a), q = dyn_cast<RankedTensorType>(b);
  if (!p || !q || p.getRank() != q.getRank())
    return UnrankedTensorType::get(scalarOf(a));
  SmallVector<int64_t> shape;
  for (auto [d, e] : llvm::zip(p.getShape(), q.getShape()))
    shape.push_back(d == e ? d : ShapedType::kDynamic);
  return RankedTensorType::get(shape, scalarOf(a));
}

Type joinContainers(Type a, Type b) {
  if (auto p = dyn_cast<SequenceType>(a), q = dyn_cast<SequenceType>(b); p && q) {
    Type element = joinElements(p.getElement(), q.getElement());
    return element ? SequenceType::get(element) : Type();
  }
  auto p = dyn_cast<OptionalType>(a), q = dyn_cast<OptionalType>(b);
  if (!p || !q)
    return {};
  Type x = p.getElement(), y = q.getElement();
  bool sequences = isa<SequenceType>(x) || isa<SequenceType>(y);
  Type element = isa<NoneType>(x)  ? y
                 : isa<NoneType>(y) ? x
                 : sequences        ? joinContainers(x, y)
                                    : joinElements(x, y);
  return element ? OptionalType::get(element) : Type();
}

static LogicalResult verifyElement(function_ref<InFlightDiagnostic()> emitError, Type element) {
  if (isa<RankedTensorType, UnrankedTensorType, NoneType, FloatType, IntegerType, StringType>(element))
    return success();
  return emitError() << "has elements of type " << element << ", expected tensors";
}

LogicalResult SequenceType::verify(function_ref<InFlightDiagnostic()> emitError, Type element) {
  return verifyElement(emitError, element);
}

LogicalResult OptionalType::verify(function_ref<InFlightDiagnostic()> emitError, Type element) {
  return isa<SequenceType>(element) ? success() : verifyElement(emitError, element);
}

/// A tensor of this type may be one of these elements.
static LogicalResult verifyMember(Operation *op, Type tensor, Type element) {
  Type joined = joinElements(tensor, element);
  auto known = dyn_cast<RankedTensorType>(element), own = cast<RankedTensorType>(tensor);
  if (joined && (!known || known.getRank() == own.getRank()))
    return success();
  return op->emitOpError("has an element of type ") << tensor << " where " << element << " is known of them";
}

LogicalResult SequenceAtOp::verify() {
  return verifyMember(*this, getElement().getType(), getSequence().getType().getElement());
}

LogicalResult SequenceInsertOp::verify() {
  return verifyMember(*this, getElement().getType(), getSequence().getType().getElement());
}

static LogicalResult verifyContent(Operation *op, Type content, Type element) {
  if (isa<SequenceType>(content) == isa<SequenceType>(element)) {
    if (!isa<SequenceType>(content))
      return verifyMember(op, content, element);
    if (joinContainers(content, element))
      return success();
  }
  return op->emitOpError("has content of type ") << content << " where " << element << " is known of it";
}

LogicalResult OptionalSomeOp::verify() {
  return verifyContent(*this, getContent().getType(), getOptional().getType().getElement());
}

LogicalResult OptionalGetOp::verify() {
  return verifyContent(*this, getContent().getType(), getOptional().getType().getElement());
}

OpFoldResult SequenceCastOp::fold(FoldAdaptor) {
  return getFrom().getType() == getTo().getType() ? OpFoldResult(getFrom()) : OpFoldResult();
}

} // namespace coil::core
