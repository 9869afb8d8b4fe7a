// In: a node and the opset it was written for. Out: the same computation in the
// newest form of its operator. Beyond this table no opset number exists.

#include "lib/import/Upgrade.h"

using namespace mlir;

namespace coil::importer {

namespace {
struct Upgrade {
  llvm::StringRef domain, opType; // "*" is any operator
  int64_t upTo;                   // the last opset whose form the row is for
  LogicalResult (*apply)(Edit &);
};
} // namespace

static constexpr int64_t always = INT64_MAX;

// Rows of one operator are applied in order, oldest form first. A form that
// differs only in element types, or in attributes with a default, needs no row.
static constexpr Upgrade upgrades[] = {
    {"", "*", 5, drop<"consumed_inputs">},
    {"", "Add", 6, alignBroadcast},
    {"", "And", 6, alignBroadcast},
    {"", "BatchNormalization", 6, drop<"is_test">},
    {"", "BatchNormalization", 8, refusePerActivation},
    {"", "BatchNormalization", 13, markTraining},
    {"", "Cast", 5, castTypeByNumber},
    {"", "Clip", 10, clipBoundsToInputs},
    {"", "Concat", 3, defaultInt<"axis", 1>},
    {"", "Constant", always, unifyConstant},
    {"", "DFT", 19, dftAxisToInput},
    {"", "Div", 6, alignBroadcast},
    {"", "Dropout", 6, drop<"is_test">},
    {"", "Dropout", 11, dropoutRatioToInput},
    {"", "DynamicSlice", always, rename<"Slice">},
    {"", "Equal", 6, alignBroadcast},
    {"", "GRU", 6, drop<"output_sequence">},
    {"", "Gemm", 6, drop<"broadcast">},
    {"", "GlobalLpPool", 1, lpNormToInt},
    {"", "Greater", 6, alignBroadcast},
    {"", "GridSample", 19, renameGridSampleMode},
    {"", "GroupNormalization", 20, groupScalesToChannels},
    {"", "Hardmax", 12, flattenAroundAxis},
    {"", "LSTM", 6, drop<"output_sequence">},
    {"", "Less", 6, alignBroadcast},
    {"", "LogSoftmax", 12, flattenAroundAxis},
    {"", "LpPool", 1, lpNormToInt},
    {"", "Mul", 6, alignBroadcast},
    {"", "Or", 6, alignBroadcast},
    {"", "PRelu", 6, alignSlope},
    {"", "Pad", 10, padsToInputs},
    {"", "Pow", 6, alignBroadcast},
    {"", "RNN", 6, drop<"output_sequence">},
    {"", "ReduceL1", 17, intsToInput<"axes", 1>},
    {"", "ReduceL2", 17, intsToInput<"axes", 1>},
    {"", "ReduceLogSum", 17, intsToInput<"axes", 1>},
    {"", "ReduceLogSumExp", 17, intsToInput<"axes", 1>},
    {"", "ReduceMax", 17, intsToInput<"axes", 1>},
    {"", "ReduceMean", 17, intsToInput<"axes", 1>},
    {"", "ReduceMin", 17, intsToInput<"axes", 1>},
    {"", "ReduceProd", 17, intsToInput<"axes", 1>},
    {"", "ReduceSum", 12, intsToInput<"axes", 1>},
    {"", "ReduceSumSquare", 17, intsToInput<"axes", 1>},
    {"", "Reshape", 4, intsToInput<"shape", 1>},
    {"", "Resize", 10, resizeFromScales},
    {"", "Resize", 12, resizePreferSizes},
    {"", "RoiAlign", 15, roiAlignCoordinates},
    {"", "Scan", 8, nestScan8},
    {"", "Scatter", always, rename<"ScatterElements">},
    {"", "Selu", 5, selu1Defaults},
    {"", "Slice", 9, intsToInput<"starts", 1>},
    {"", "Slice", 9, intsToInput<"ends", 2>},
    {"", "Slice", 9, intsToInput<"axes", 3>},
    {"", "Softmax", 12, flattenAroundAxis},
    {"", "Split", 12, intsToInput<"split", 1>},
    {"", "Split", 17, countSplits},
    {"", "Squeeze", 12, intsToInput<"axes", 1>},
    {"", "Sub", 6, alignBroadcast},
    {"", "Tile", 5, tileRepeats},
    {"", "TopK", 9, topKToInput},
    {"", "Unsqueeze", 12, intsToInput<"axes", 1>},
    {"", "Upsample", always, upsampleToResize},
    {"", "Xor", 6, alignBroadcast},
};

bool isUpgraded(llvm::StringRef domain, llvm::StringRef opType) {
  return llvm::any_of(upgrades, [&](const Upgrade &row) {
    return row.domain == domain && row.opType == opType;
  });
}

FailureOr<std::optional<std::vector<pb::NodeProto>>>
upgrade(pb::NodeProto &node, int64_t version, Location loc) {
  std::optional<Edit> edit;
  const std::string domain = canonicalDomain(node.domain()).str(),
                    opType = node.op_type();
  for (const Upgrade &row : upgrades) {
    if (row.domain != domain || version > row.upTo ||
        (row.opType != opType && row.opType != "*"))
      continue;
    if (!edit)
      edit.emplace(std::move(node), version, loc);
    if (failed(row.apply(*edit)))
      return failure();
  }
  if (!edit)
    return std::optional<std::vector<pb::NodeProto>>();
  return std::optional(std::move(*edit).finish());
}

//===----------------------------------------------------------------------===//
// Edit
//===----------------------------------------------------------------------===//

static auto findAttribute(auto &attributes, llvm::StringRef name) {
  return llvm::find_if(attributes, [&](const pb::AttributeProto &a) {
    return a.name() == name;
  });
}

const pb::AttributeProto *Edit::find(llvm::StringRef name) const {
  auto it = findAttribute(node.attribute(), name);
  return it == node.attribute().end() ? nullptr : &*it;
}

std::optional<pb::AttributeProto> Edit::take(llvm::StringRef name) {
  auto &attributes = *node.mutable_attribute();
  auto it = findAttribute(attributes, name);
  if (it == attributes.end())
    return std::nullopt;
  pb::AttributeProto taken;
  taken.Swap(&*it);
  attributes.erase(it);
  return taken;
}

int64_t Edit::takeInt(llvm::StringRef name, int64_t otherwise) {
  auto taken = take(name);
  return taken ? taken->i() : otherwise;
}

std::string Edit::takeString(llvm::StringRef name, llvm::StringRef otherwise) {
  auto taken = take(name);
  return taken ? taken->s() : otherwise.str();
}

void Edit::set(pb::AttributeProto attribute) {
  take(attribute.name());
  node.add_attribute()->Swap(&attribute);
}

void Edit::setInput(int index, const std::string &value) {
  while (node.input_size() <= index)
    node.add_input("");
  node.set_input(index, value);
}

std::string Edit::releaseOutput(int index) {
  std::string old = node.output(index);
  node.set_output(index, freshName());
  return old;
}

std::string Edit::freshName() {
  // A value of the model has one maker, so no other node makes such names.
  return (node.output_size() ? node.output(0) : node.name()) + "/upgraded." +
         std::to_string(fresh++);
}

static pb::NodeProto makeNode(const std::string &name, llvm::StringRef opType,
                              std::vector<std::string> &inputs,
                              const std::string &output,
                              std::vector<pb::AttributeProto> &attributes) {
  pb::NodeProto node;
  node.set_name(name);
  node.set_op_type(opType.str());
  for (std::string &input : inputs)
    node.add_input(std::move(input));
  node.add_output(output);
  for (pb::AttributeProto &attribute : attributes)
    node.add_attribute()->Swap(&attribute);
  return node;
}

std::string Edit::emit(llvm::StringRef opType, std::vector<std::string> inputs,
                       std::vector<pb::AttributeProto> attributes) {
  std::string output = freshName();
  before.push_back(makeNode(node.name(), opType, inputs, output, attributes));
  return output;
}

void Edit::emitAfter(llvm::StringRef opType, std::vector<std::string> inputs,
                     const std::string &output,
                     std::vector<pb::AttributeProto> attributes) {
  after.push_back(makeNode(node.name(), opType, inputs, output, attributes));
}

std::string Edit::constant(llvm::ArrayRef<int64_t> values) {
  return emit("Constant", {}, {attribute("value", makeTensor(values))});
}

std::string Edit::constant(float value) {
  return emit("Constant", {}, {attribute("value", makeTensor(value))});
}

std::string Edit::constantLike(float value, const std::string &like) {
  return emit("CastLike", {constant(value), like});
}

std::vector<pb::NodeProto> Edit::finish() && {
  std::vector<pb::NodeProto> nodes = std::move(before);
  nodes.push_back(std::move(node));
  llvm::append_range(nodes, after);
  return nodes;
}

//===----------------------------------------------------------------------===//
// Making attributes
//===----------------------------------------------------------------------===//

static pb::AttributeProto
makeAttribute(llvm::StringRef name, pb::AttributeProto::AttributeType type) {
  pb::AttributeProto attribute;
  attribute.set_name(name.str());
  attribute.set_type(type);
  return attribute;
}

pb::AttributeProto attribute(llvm::StringRef name, int64_t value) {
  pb::AttributeProto attribute = makeAttribute(name, pb::AttributeProto::INT);
  attribute.set_i(value);
  return attribute;
}

pb::AttributeProto attribute(llvm::StringRef name, float value) {
  pb::AttributeProto attribute = makeAttribute(name, pb::AttributeProto::FLOAT);
  attribute.set_f(value);
  return attribute;
}

pb::AttributeProto attribute(llvm::StringRef name, llvm::StringRef value) {
  pb::AttributeProto attribute =
      makeAttribute(name, pb::AttributeProto::STRING);
  attribute.set_s(value.str());
  return attribute;
}

pb::AttributeProto attribute(llvm::StringRef name, pb::TensorProto value) {
  pb::AttributeProto attribute =
      makeAttribute(name, pb::AttributeProto::TENSOR);
  attribute.mutable_t()->Swap(&value);
  return attribute;
}

pb::TensorProto makeTensor(llvm::ArrayRef<int64_t> values) {
  pb::TensorProto tensor;
  tensor.set_data_type(pb::TensorProto::INT64);
  tensor.add_dims(values.size());
  tensor.mutable_int64_data()->Add(values.begin(), values.end());
  return tensor;
}

pb::TensorProto makeTensor(float value) {
  pb::TensorProto tensor;
  tensor.set_data_type(pb::TensorProto::FLOAT);
  tensor.add_float_data(value);
  return tensor;
}

} // namespace coil::importer
