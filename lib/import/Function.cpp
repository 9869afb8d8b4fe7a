// In: a call of a model-local function. Out: its body as nodes of the caller.
// Fields of FunctionProto that libonnx 1.12 does not know yet (attribute_proto,
// overload) are read from protobuf's unknown fields.

#include "lib/import/Function.h"

#include <google/protobuf/unknown_field_set.h>

namespace coil::importer {

// Field numbers in onnx.proto.
static constexpr int nodeOverload = 8, functionOverload = 13,
                     functionAttributeProto = 11;

template <typename Visit>
static void forUnknown(const google::protobuf::Message &message, int number,
                       Visit visit) {
  const google::protobuf::UnknownFieldSet &fields =
      message.GetReflection()->GetUnknownFields(message);
  for (int i = 0; i < fields.field_count(); ++i)
    if (fields.field(i).number() == number &&
        fields.field(i).type() ==
            google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      visit(fields.field(i).length_delimited());
}

static std::string keyOf(llvm::StringRef domain, llvm::StringRef name,
                         const google::protobuf::Message &message,
                         int overloadField) {
  std::string key = (canonicalDomain(domain) + ":" + name + ":").str();
  forUnknown(message, overloadField,
             [&](const std::string &overload) { key += overload; });
  return key;
}

Functions::Functions(const pb::ModelProto &model) {
  for (const pb::FunctionProto &function : model.functions()) {
    std::string key =
        keyOf(function.domain(), function.name(), function, functionOverload);
    functions[key] = {&function, opsetsOf(function.opset_import())};
  }
}

const Function *Functions::find(const pb::NodeProto &node) const {
  auto it =
      functions.find(keyOf(node.domain(), node.op_type(), node, nodeOverload));
  return it == functions.end() ? nullptr : &it->second;
}

namespace {

/// Rewrites copies of a function's nodes for one call.
struct Substitution {
  std::string prefix;
  llvm::StringMap<std::string> values;
  llvm::StringMap<pb::AttributeProto> attributes;

  void rename(std::string &name) const {
    if (name.empty())
      return;
    auto it = values.find(name);
    name = it != values.end() ? it->second : prefix + name;
  }

  void apply(pb::NodeProto &node) const {
    node.set_name(prefix + node.name());
    for (std::string &input : *node.mutable_input())
      rename(input);
    for (std::string &output : *node.mutable_output())
      rename(output);
    google::protobuf::RepeatedPtrField<pb::AttributeProto> kept;
    for (pb::AttributeProto &attribute : *node.mutable_attribute())
      if (resolve(attribute))
        kept.Add()->Swap(&attribute);
    node.mutable_attribute()->Swap(&kept);
  }

  /// Replaces a reference to an attribute of the function; false when the call
  /// leaves that attribute out, and the node is to do so too.
  bool resolve(pb::AttributeProto &attribute) const {
    if (!attribute.ref_attr_name().empty()) {
      auto it = attributes.find(attribute.ref_attr_name());
      if (it == attributes.end())
        return false;
      std::string name = attribute.name();
      attribute = it->second;
      attribute.set_name(name);
      return true; // what the caller wrote is in the caller's names already
    }
    if (attribute.has_g())
      apply(*attribute.mutable_g());
    return true;
  }

  void apply(pb::GraphProto &graph) const {
    for (pb::ValueInfoProto &input : *graph.mutable_input())
      rename(*input.mutable_name());
    for (pb::ValueInfoProto &output : *graph.mutable_output())
      rename(*output.mutable_name());
    for (pb::TensorProto &tensor : *graph.mutable_initializer())
      rename(*tensor.mutable_name());
    for (pb::SparseTensorProto &tensor : *graph.mutable_sparse_initializer())
      rename(*tensor.mutable_values()->mutable_name());
    for (pb::NodeProto &node : *graph.mutable_node())
      apply(node);
  }
};

} // namespace

static pb::NodeProto makeIdentity(const std::string &input,
                                  const std::string &output) {
  pb::NodeProto node;
  node.set_op_type("Identity");
  node.add_input(input);
  node.add_output(output);
  return node;
}

std::vector<pb::NodeProto> Functions::instantiate(const Function &function,
                                                  const pb::NodeProto &call,
                                                  const std::string &prefix) {
  const pb::FunctionProto &proto = *function.proto;
  Substitution substitution{prefix, {}, {}};
  forUnknown(proto, functionAttributeProto, [&](const std::string &bytes) {
    pb::AttributeProto byDefault;
    if (byDefault.ParsePartialFromString(bytes))
      substitution.attributes[byDefault.name()] = byDefault;
  });
  for (const pb::AttributeProto &attribute : call.attribute())
    substitution.attributes[attribute.name()] = attribute;
  for (int i = 0; i < proto.input_size(); ++i)
    substitution.values[proto.input(i)] =
        i < call.input_size() ? call.input(i) : "";

  std::vector<pb::NodeProto> body;
  for (int i = 0; i < proto.output_size() && i < call.output_size(); ++i) {
    if (call.output(i).empty())
      continue;
    // An output that is an input of the function has no node that makes it.
    auto [it, isNew] =
        substitution.values.try_emplace(proto.output(i), call.output(i));
    if (!isNew)
      body.push_back(makeIdentity(it->second, call.output(i)));
  }
  for (const pb::NodeProto &node : proto.node()) {
    body.push_back(node);
    substitution.apply(body.back());
  }
  return body;
}

} // namespace coil::importer
