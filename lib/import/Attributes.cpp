// In: AttributeProtos. Out: a NamedAttrList that the operation accepts. There
// is no table of attributes: the kind follows from what the node holds, and
// whether that is right is asked of the operation's own constraints.

#include "lib/import/Attributes.h"
#include "lib/import/Types.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;

namespace coil::importer {

using AP = pb::AttributeProto;

AP::AttributeType attributeType(const AP &a) {
  if (a.type() != AP::UNDEFINED)
    return a.type();
  // IR versions below 4 allowed the type to be missing.
  return a.has_f()              ? AP::FLOAT
         : a.has_i()            ? AP::INT
         : a.has_s()            ? AP::STRING
         : a.has_t()            ? AP::TENSOR
         : a.has_g()            ? AP::GRAPH
         : a.floats_size() > 0  ? AP::FLOATS
         : a.ints_size() > 0    ? AP::INTS
         : a.strings_size() > 0 ? AP::STRINGS
                                : AP::UNDEFINED;
}

Attribute importAttribute(const AP &a, Tensors &tensors, Location loc) {
  Builder b(loc.getContext());
  std::string what = "attribute '" + a.name() + "'";
  if (!a.ref_attr_name().empty()) {
    emitError(loc) << what << " refers to one of a function, outside of any";
    return {};
  }
  switch (attributeType(a)) {
  case AP::FLOAT:
    return b.getF32FloatAttr(a.f());
  case AP::INT:
    return b.getI64IntegerAttr(a.i());
  case AP::STRING:
    return b.getStringAttr(a.s());
  case AP::FLOATS:
    return b.getDenseF32ArrayAttr({a.floats().data(), size_t(a.floats_size())});
  case AP::INTS:
    return b.getDenseI64ArrayAttr({a.ints().data(), size_t(a.ints_size())});
  case AP::STRINGS:
    return b.getStrArrayAttr(llvm::to_vector_of<llvm::StringRef>(a.strings()));
  case AP::TENSOR:
    return tensors.import(a.t(), what, loc);
  case AP::SPARSE_TENSOR:
    return tensors.import(a.sparse_tensor(), what, loc);
  default:
    emitError(loc) << what << " is of a kind that is not supported";
    return {};
  }
}

/// Whether the operation's constraint on this attribute holds. What ODS has to
/// say if not is kept quiet: `append` says it in words of ONNX.
static bool accepts(RegisteredOperationName op, StringAttr name,
                    Attribute value) {
  ScopedDiagnosticHandler quiet(name.getContext(),
                                [](Diagnostic &) { return success(); });
  NamedAttrList attrs;
  attrs.append(name, value);
  return succeeded(op.verifyInherentAttrs(
      attrs, [&] { return emitError(UnknownLoc::get(name.getContext())); }));
}

/// Appends `attribute`; where the operation wants an element type instead of a
/// number, its type, and nothing for 0, which is ONNX's "undefined".
static LogicalResult append(const AP &attribute, RegisteredOperationName op,
                            Tensors &tensors, NamedAttrList &attrs,
                            Location loc) {
  Builder b(loc.getContext());
  StringAttr name = b.getStringAttr(attribute.name());
  if (!llvm::is_contained(op.getAttributeNames(), name))
    return emitError(loc) << "has an attribute '" << attribute.name()
                          << "', which the operator has not";
  Attribute value = importAttribute(attribute, tensors, loc);
  if (!value)
    return failure();
  if (auto number = dyn_cast<IntegerAttr>(value);
      number && !accepts(op, name, value)) {
    if (number.getInt() == 0)
      return success();
    Type type = elementType(number.getInt(), b.getContext());
    if (!type)
      return emitError(loc)
             << "attribute '" << attribute.name() << "': element type "
             << elementTypeName(number.getInt()) << " is not supported";
    value = TypeAttr::get(type);
  }
  if (!accepts(op, name, value))
    return emitError(loc) << "attribute '" << attribute.name()
                          << "' has the wrong kind: " << value;
  if (attrs.set(name, value))
    return emitError(loc) << "has two attributes '" << attribute.name() << "'";
  return success();
}

FailureOr<NamedAttrList> importAttributes(const pb::NodeProto &node,
                                          RegisteredOperationName op,
                                          Tensors &tensors, Location loc) {
  NamedAttrList attrs;
  for (const AP &attribute : node.attribute())
    // What a type says, values know better.
    if (attributeType(attribute) != AP::GRAPH && attributeType(attribute) != AP::TYPE_PROTO &&
        failed(append(attribute, op, tensors, attrs, loc)))
      return failure();
  return attrs;
}

} // namespace coil::importer
