// In: a node and the declaration of its operator. Out: what onnx.custom.Call
// says of it. Attributes have their values here, so that sizes of outputs are
// expressions of nothing but the inputs' dimensions.

#include "lib/import/CustomNode.h"
#include "lib/import/Attributes.h"
#include "lib/import/SizeParser.h"
#include "lib/import/Types.h"

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace mlir;

namespace coil::importer {
namespace {

class Reader {
public:
  Reader(const CustomOperator &op, const pb::NodeProto &node, Tensors &tensors,
         Location loc)
      : op(op), node(node), tensors(tensors), loc(loc), b(loc.getContext()) {}

  FailureOr<NamedAttrList> read();

private:
  InFlightDiagnostic error() {
    return emitError(loc) << "operator '" << op.name << "' ";
  }
  LogicalResult checkCounts();
  FailureOr<DictionaryAttr> readAttributes();
  FailureOr<Attribute> readAttribute(const pb::AttributeProto &attribute);
  Attribute defaultOf(const CustomOperator::AttributeKind &attribute);
  FailureOr<TypeAttr> typeOf(int64_t number);
  FailureOr<DictionaryAttr> readInput(const CustomOperator::Input &input,
                                      bool variadic);
  FailureOr<DictionaryAttr> readOutput(const CustomOperator::Output &output);
  LogicalResult readSizes(ArrayRef<std::string> sizes, NamedAttrList &output);

  const CustomOperator &op;
  const pb::NodeProto &node;
  Tensors &tensors;
  Location loc;
  Builder b;
  DictionaryAttr attributes;
};

/// ONNX's word for what an attribute holds, as declarations have it.
StringRef kindOf(const pb::AttributeProto &attribute) {
  switch (attributeType(attribute)) {
  case pb::AttributeProto::INT:
    return "int";
  case pb::AttributeProto::FLOAT:
    return "float";
  case pb::AttributeProto::STRING:
    return "string";
  case pb::AttributeProto::INTS:
    return "ints";
  case pb::AttributeProto::FLOATS:
    return "floats";
  case pb::AttributeProto::STRINGS:
    return "strings";
  default:
    return "";
  }
}

LogicalResult Reader::checkCounts() {
  int64_t given = node.input_size(), most = op.inputs.size();
  if (given > most && !op.variadic)
    return error() << "has " << given << " inputs, at most " << most
                   << " are declared";
  for (auto [i, input] : llvm::enumerate(op.inputs)) {
    bool any = input.optional || (op.variadic && i + 1 == op.inputs.size());
    if (!any && (int64_t(i) >= given || node.input(i).empty()))
      return error() << "lacks its input " << i
                     << (input.name.empty() ? "" : " '" + input.name + "'");
  }
  if (node.output_size() > int64_t(op.outputs.size()))
    return error() << "has " << node.output_size() << " outputs, "
                   << op.outputs.size() << " are declared";
  return success();
}

FailureOr<Attribute>
Reader::readAttribute(const pb::AttributeProto &attribute) {
  StringRef kind = kindOf(attribute), name = attribute.name();
  auto declared =
      llvm::find_if(op.attributes, [&](auto &a) { return a.name == name; });
  if (declared == op.attributes.end() && !op.anyAttributes)
    return error() << "has an attribute '" << name
                   << "', which is not declared";
  if (declared != op.attributes.end() && declared->kind != kind)
    return error() << "has an attribute '" << name << "' of kind "
                   << (kind.empty() ? "tensor or graph" : kind)
                   << ", declared is " << declared->kind;
  if (kind.empty())
    return error() << "has an attribute '" << name
                   << "' that is neither numbers nor strings: make it an input";
  Attribute value = importAttribute(attribute, tensors, loc);
  if (!value)
    return failure();
  return value;
}

Attribute Reader::defaultOf(const CustomOperator::AttributeKind &attribute) {
  const llvm::json::Value &value = *attribute.byDefault;
  auto list = [&] { return ArrayRef<llvm::json::Value>(*value.getAsArray()); };
  auto number = [](const llvm::json::Value &v) {
    return float(*v.getAsNumber());
  };
  if (attribute.kind == "int")
    return b.getI64IntegerAttr(*value.getAsInteger());
  if (attribute.kind == "float")
    return b.getF32FloatAttr(number(value));
  if (attribute.kind == "string")
    return b.getStringAttr(*value.getAsString());
  if (attribute.kind == "ints")
    return b.getDenseI64ArrayAttr(
        llvm::map_to_vector(list(), [](auto &v) { return *v.getAsInteger(); }));
  if (attribute.kind == "floats")
    return b.getDenseF32ArrayAttr(llvm::map_to_vector(list(), number));
  return b.getStrArrayAttr(
      llvm::map_to_vector(list(), [](auto &v) { return *v.getAsString(); }));
}

FailureOr<DictionaryAttr> Reader::readAttributes() {
  NamedAttrList values;
  for (const pb::AttributeProto &attribute : node.attribute()) {
    auto value = readAttribute(attribute);
    if (failed(value))
      return failure();
    if (values.set(attribute.name(), *value))
      return error() << "has two attributes '" << attribute.name() << "'";
  }
  for (const auto &attribute : op.attributes) {
    if (values.get(attribute.name))
      continue;
    if (!attribute.byDefault)
      return error() << "lacks its attribute '" << attribute.name
                     << "', which has no default";
    values.set(attribute.name, defaultOf(attribute));
  }
  return values.getDictionary(b.getContext());
}

FailureOr<TypeAttr> Reader::typeOf(int64_t number) {
  Type type = elementType(number, b.getContext());
  if (!type)
    return error() << "is declared with element type "
                   << elementTypeName(number) << ", which is not supported";
  return TypeAttr::get(type);
}

FailureOr<DictionaryAttr> Reader::readInput(const CustomOperator::Input &input,
                                            bool variadic) {
  NamedAttrList attrs;
  if (!input.name.empty())
    attrs.append("name", b.getStringAttr(input.name));
  SmallVector<Attribute> types;
  for (int64_t number : input.types) {
    auto type = typeOf(number);
    if (failed(type))
      return failure();
    types.push_back(*type);
  }
  if (!types.empty())
    attrs.append("types", b.getArrayAttr(types));
  if (input.rank)
    attrs.append("rank", b.getI64IntegerAttr(*input.rank));
  if (variadic)
    attrs.append("variadic", b.getUnitAttr());
  return attrs.getDictionary(b.getContext());
}

/// Whether each constant in a size is one that a dimension may have. Of two such
/// sizes neither product nor sum has a constant that wraps.
bool hasSmallConstants(AffineExpr size) {
  constexpr int64_t most = int64_t(1) << 31;
  return !size
              .walk([](AffineExpr part) {
                auto constant = dyn_cast<AffineConstantExpr>(part);
                return constant && (constant.getValue() > most ||
                                    constant.getValue() < -most)
                           ? WalkResult::interrupt()
                           : WalkResult::advance();
              })
              .wasInterrupted();
}

/// As a map whose symbols are dimensions of inputs; `of` says which, input and
/// dimension in turns.
LogicalResult Reader::readSizes(ArrayRef<std::string> sizes,
                                NamedAttrList &output) {
  SmallVector<int64_t> of;
  auto small = [](AffineExpr size) -> llvm::Expected<AffineExpr> {
    if (hasSmallConstants(size))
      return size;
    return llvm::createStringError("a number in it is beyond 2^31");
  };
  auto name = [&](StringRef name,
                  std::optional<int64_t> index) -> llvm::Expected<AffineExpr> {
    for (auto [i, input] : llvm::enumerate(op.inputs)) {
      if (input.name != name)
        continue;
      for (size_t s = 0; s < of.size(); s += 2)
        if (of[s] == int64_t(i) && of[s + 1] == *index)
          return b.getAffineSymbolExpr(s / 2);
      of.append({int64_t(i), *index});
      return b.getAffineSymbolExpr(of.size() / 2 - 1);
    }
    if (!index)
      return small(b.getAffineConstantExpr(
          attributes.getAs<IntegerAttr>(name).getInt()));
    auto list = attributes.getAs<DenseI64ArrayAttr>(name).asArrayRef();
    if (*index >= int64_t(list.size()))
      return llvm::createStringError("attribute '" + name + "' has " +
                                     Twine(list.size()) + " elements");
    return small(b.getAffineConstantExpr(list[*index]));
  };
  auto combine = [&](char op, AffineExpr x,
                     AffineExpr y) -> llvm::Expected<AffineExpr> {
    if (op == '/') {
      auto divisor = dyn_cast<AffineConstantExpr>(y);
      if (!divisor || divisor.getValue() <= 0)
        return llvm::createStringError("a divisor must be a number above 0");
      return x.floorDiv(y);
    }
    return small(op == '*' ? x * y : op == '+' ? x + y : x - y);
  };
  SmallVector<AffineExpr> exprs;
  for (const std::string &text : sizes) {
    SizeActions<AffineExpr> actions{
        [&](int64_t n) { return b.getAffineConstantExpr(n); }, name, combine};
    auto size = SizeParser<AffineExpr>(text, actions).parse();
    if (!size)
      return error() << "has a shape that cannot be: "
                     << llvm::toString(size.takeError());
    exprs.push_back(*size);
  }
  output.append("sizes", AffineMapAttr::get(AffineMap::get(
                             0, of.size() / 2, exprs, b.getContext())));
  output.append("of", b.getDenseI64ArrayAttr(of));
  return success();
}

FailureOr<DictionaryAttr>
Reader::readOutput(const CustomOperator::Output &output) {
  NamedAttrList attrs;
  if (output.typeOf) {
    attrs.append("type_of", b.getI64IntegerAttr(*output.typeOf));
  } else {
    auto type = typeOf(output.type);
    if (failed(type))
      return failure();
    attrs.append("type", *type);
  }
  if (output.shapeOf)
    attrs.append("shape_of", b.getI64IntegerAttr(*output.shapeOf));
  if (output.rank)
    attrs.append("rank", b.getI64IntegerAttr(*output.rank));
  if (output.sizes && failed(readSizes(*output.sizes, attrs)))
    return failure();
  return attrs.getDictionary(b.getContext());
}

FailureOr<NamedAttrList> Reader::read() {
  if (failed(checkCounts()))
    return failure();
  auto values = readAttributes();
  if (failed(values))
    return failure();
  attributes = *values;
  SmallVector<Attribute> inputs, outputs;
  for (auto [i, input] : llvm::enumerate(op.inputs)) {
    auto attr = readInput(input, op.variadic && i + 1 == op.inputs.size());
    if (failed(attr))
      return failure();
    inputs.push_back(*attr);
  }
  for (const auto &output : op.outputs) {
    auto attr = readOutput(output);
    if (failed(attr))
      return failure();
    outputs.push_back(*attr);
  }
  NamedAttrList attrs;
  attrs.append("operator_name", b.getStringAttr(op.name));
  attrs.append("function", b.getStringAttr(op.function));
  if (!op.shapeFunction.empty())
    attrs.append("shape_function", b.getStringAttr(op.shapeFunction));
  attrs.append("declared_inputs", b.getArrayAttr(inputs));
  attrs.append("declared_outputs", b.getArrayAttr(outputs));
  attrs.append("values", attributes);
  if (op.stateful)
    attrs.append("stateful", b.getUnitAttr());
  return attrs;
}

} // namespace

FailureOr<NamedAttrList> importCustom(const CustomOperator &op,
                                      const pb::NodeProto &node,
                                      Tensors &tensors, Location loc) {
  return Reader(op, node, tensors, loc).read();
}

} // namespace coil::importer
