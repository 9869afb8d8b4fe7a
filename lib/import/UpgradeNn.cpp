// Normalizations, pools, resampling.

#include "lib/import/Upgrade.h"

using namespace mlir;

namespace coil::importer {

LogicalResult refusePerActivation(Edit &edit) {
  if (edit.takeInt("spatial", 1) == 0)
    return edit.error()
           << "normalizes per activation (spatial = 0), which is not supported";
  return success();
}

/// Before opset 14 a batch normalization that had the outputs of training was
/// training.
LogicalResult markTraining(Edit &edit) {
  auto extra = llvm::drop_begin(edit.node.output());
  if (edit.node.output_size() > 1 &&
      llvm::any_of(extra,
                   [](const std::string &name) { return !name.empty(); }))
    edit.set(attribute("training_mode", int64_t(1)));
  // The saved statistics, for a backward pass, are no outputs any more.
  while (edit.node.output_size() > 3)
    edit.node.mutable_output()->RemoveLast();
  return success();
}

/// Before opset 21, scale and bias had an element a group, not a channel.
LogicalResult groupScalesToChannels(Edit &edit) {
  const pb::AttributeProto *groups = edit.find("num_groups");
  if (!groups || !edit.hasInput(2))
    return success(); // refused later for what it lacks
  std::string count = edit.constant(llvm::ArrayRef<int64_t>(groups->i()));
  std::string channels =
      edit.emit("Shape", {edit.node.input(0)},
                {attribute("start", int64_t(1)), attribute("end", int64_t(2))});
  std::string shape =
      edit.emit("Concat", {count, edit.emit("Div", {channels, count})},
                {attribute("axis", int64_t(0))});
  for (int input : {1, 2}) {
    std::string column =
        edit.emit("Unsqueeze", {edit.node.input(input),
                                edit.constant(llvm::ArrayRef<int64_t>(1))});
    edit.setInput(
        input,
        edit.emit("Reshape", {edit.emit("Expand", {column, shape}),
                              edit.constant(llvm::ArrayRef<int64_t>(-1))}));
  }
  return success();
}

LogicalResult lpNormToInt(Edit &edit) {
  if (auto p = edit.take("p"))
    edit.set(attribute("p", int64_t(p->f())));
  return success();
}

LogicalResult roiAlignCoordinates(Edit &edit) {
  if (!edit.find("coordinate_transformation_mode"))
    edit.set(attribute("coordinate_transformation_mode",
                       llvm::StringRef("output_half_pixel")));
  return success();
}

LogicalResult renameGridSampleMode(Edit &edit) {
  std::string mode = edit.takeString("mode", "bilinear");
  edit.set(attribute("mode", llvm::StringRef(mode == "bilinear"  ? "linear"
                                             : mode == "bicubic" ? "cubic"
                                                                 : mode)));
  return success();
}

/// What Upsample and Resize-10 did: pixel 0 stays at 0; a larger image rounds
/// down, a smaller one up.
static void setAsymmetric(Edit &edit) {
  edit.set(attribute("coordinate_transformation_mode",
                     llvm::StringRef("asymmetric")));
  edit.set(attribute("nearest_mode", llvm::StringRef("simple")));
}

/// By value: the name may be that of input 1.
static void moveScales(Edit &edit, std::string scales) {
  edit.setInput(1, "");
  edit.setInput(2, scales);
}

LogicalResult resizeFromScales(Edit &edit) {
  if (edit.hasInput(1))
    moveScales(edit, edit.node.input(1));
  setAsymmetric(edit);
  return success();
}

/// Resize-11 wanted scales, if only an empty tensor, beside sizes.
LogicalResult resizePreferSizes(Edit &edit) {
  if (edit.hasInput(3))
    edit.setInput(2, "");
  return success();
}

LogicalResult upsampleToResize(Edit &edit) {
  pb::TensorProto scales;
  scales.set_data_type(pb::TensorProto::FLOAT);
  if (auto list = edit.take("scales")) { // Upsample-7
    scales.mutable_float_data()->Swap(list->mutable_floats());
  } else if (auto height = edit.take("height_scale"),
             width = edit.take("width_scale");
             height && width) { // Upsample-1
    for (float scale : {1.0f, 1.0f, height->f(), width->f()})
      scales.add_float_data(scale);
  }
  if (scales.float_data_size()) {
    scales.add_dims(scales.float_data_size());
    moveScales(edit, edit.emit("Constant", {},
                               {attribute("value", std::move(scales))}));
  } else if (edit.hasInput(1)) { // Upsample-9
    moveScales(edit, edit.node.input(1));
  }
  std::string mode = edit.takeString("mode", "nearest");
  edit.set(
      attribute("mode", llvm::StringRef(mode == "bilinear" ? "linear" : mode)));
  setAsymmetric(edit);
  edit.node.set_op_type("Resize");
  return success();
}

} // namespace coil::importer
