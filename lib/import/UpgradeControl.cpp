// Constant in its many spellings, and Scan with a batch.

#include "lib/import/Upgrade.h"

using namespace mlir;

namespace coil::importer {

/// Every spelling of Constant becomes `value`.
LogicalResult unifyConstant(Edit &edit) {
  if (edit.find("value"))
    return success();
  if (auto sparse = edit.take("sparse_value")) {
    sparse->set_name("value"); // the importer makes it dense
    edit.set(std::move(*sparse));
    return success();
  }
  pb::TensorProto tensor;
  auto listOf = [&](int32_t type, int size) {
    tensor.set_data_type(type);
    tensor.add_dims(size);
  };
  if (auto ints = edit.take("value_ints")) {
    listOf(pb::TensorProto::INT64, ints->ints_size());
    tensor.mutable_int64_data()->Swap(ints->mutable_ints());
  } else if (auto floats = edit.take("value_floats")) {
    listOf(pb::TensorProto::FLOAT, floats->floats_size());
    tensor.mutable_float_data()->Swap(floats->mutable_floats());
  } else if (auto integer = edit.take("value_int")) {
    tensor.set_data_type(pb::TensorProto::INT64);
    tensor.add_int64_data(integer->i());
  } else if (auto real = edit.take("value_float")) {
    tensor = makeTensor(real->f());
  } else if (auto texts = edit.take("value_strings")) {
    listOf(pb::TensorProto::STRING, texts->strings_size());
    tensor.mutable_string_data()->Swap(texts->mutable_strings());
  } else if (auto text = edit.take("value_string")) {
    tensor.set_data_type(pb::TensorProto::STRING);
    tensor.add_string_data(text->s());
  } else {
    return success();
  }
  edit.set(attribute("value", std::move(tensor)));
  return success();
}

/// Scan-8 has a batch: every state and scan input has a first axis over which
/// whole scans run side by side. That is a scan over the batch, without state,
/// of a scan over the sequence.
LogicalResult nestScan8(Edit &edit) {
  // The inner scan is of the newest form, and told by an attribute that
  // Scan-8 has not.
  if (edit.find("scan_input_axes"))
    return success();
  if (edit.hasInput(0))
    return edit.error()
           << "uses 'sequence_lens' of Scan-8, which is not supported";
  pb::NodeProto inner = edit.node;
  inner.mutable_input()->Clear();
  inner.mutable_attribute()->Clear();
  for (pb::AttributeProto &a : *edit.node.mutable_attribute()) {
    if (a.name() == "directions")
      a.set_name("scan_input_directions");
    *inner.add_attribute() = a;
  }
  int64_t scans = edit.takeInt("num_scan_inputs", 0);
  pb::AttributeProto axes;
  axes.set_name("scan_input_axes");
  axes.set_type(pb::AttributeProto::INTS);
  for (int64_t i = 0; i < scans && i < edit.node.input_size(); ++i)
    axes.add_ints(0);
  *inner.add_attribute() = axes;

  edit.node.mutable_input()->DeleteSubrange(0, edit.node.input_size() ? 1 : 0);
  pb::AttributeProto body;
  body.set_name("body");
  body.set_type(pb::AttributeProto::GRAPH);
  for (const std::string &input : edit.node.input()) {
    inner.add_input(input + "/slice");
    body.mutable_g()->add_input()->set_name(input + "/slice");
  }
  for (std::string &output : *inner.mutable_output()) {
    output += "/slice";
    body.mutable_g()->add_output()->set_name(output);
  }
  *body.mutable_g()->add_node() = inner;

  axes.mutable_ints()->Clear();
  axes.mutable_ints()->Resize(edit.node.input_size(), 0);
  edit.node.mutable_attribute()->Clear();
  edit.set(std::move(body));
  edit.set(std::move(axes));
  edit.set(attribute("num_scan_inputs", int64_t(edit.node.input_size())));
  return success();
}

} // namespace coil::importer
