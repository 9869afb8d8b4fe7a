// Casts, splits, tiles.

#include "lib/import/Types.h"
#include "lib/import/Upgrade.h"

using namespace mlir;

namespace coil::importer {

LogicalResult castTypeByNumber(Edit &edit) {
  const pb::AttributeProto *to = edit.find("to");
  if (!to || !to->has_s())
    return success();
  std::optional<int64_t> number = elementTypeNumber(to->s());
  if (!number)
    return edit.error() << "casts to '" << to->s()
                        << "', which is no element type";
  edit.set(attribute("to", *number));
  return success();
}

/// Equal parts were told from the number of outputs.
LogicalResult countSplits(Edit &edit) {
  if (!edit.hasInput(1))
    edit.set(attribute("num_outputs", int64_t(edit.node.output_size())));
  return success();
}

/// Tile-1 repeated one axis, given as inputs: repeats = ones(rank), [axis] =
/// tiles.
LogicalResult tileRepeats(Edit &edit) {
  if (!edit.hasInput(0) || !edit.hasInput(2))
    return success(); // Tile-6 in a model of an older opset
  auto asList = [&](const std::string &scalar) {
    std::string integer = edit.emit(
        "Cast", {scalar}, {attribute("to", int64_t(pb::TensorProto::INT64))});
    return edit.emit("Reshape",
                     {integer, edit.constant(llvm::ArrayRef<int64_t>(1))});
  };
  std::string rank =
      edit.emit("Shape", {edit.emit("Shape", {edit.node.input(0)})});
  std::string ones =
      edit.emit("ConstantOfShape", {rank},
                {attribute("value", makeTensor(llvm::ArrayRef<int64_t>(1)))});
  std::string tiles = asList(edit.node.input(1)),
              axis = asList(edit.node.input(2));
  edit.setInput(1, edit.emit("ScatterElements", {ones, axis, tiles}));
  edit.node.mutable_input()->DeleteSubrange(2, edit.node.input_size() - 2);
  return success();
}

} // namespace coil::importer
