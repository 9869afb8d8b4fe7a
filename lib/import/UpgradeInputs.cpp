// What was an attribute and is an input now, where more is to do than move it.

#include "lib/import/Upgrade.h"

using namespace mlir;

namespace coil::importer {

LogicalResult clipBoundsToInputs(Edit &edit) {
  if (!edit.hasInput(0))
    return success(); // refused later, as any node without its input
  // The attributes are floats whatever the type of the tensor.
  if (auto min = edit.take("min"))
    edit.setInput(1, edit.constantLike(min->f(), edit.node.input(0)));
  if (auto max = edit.take("max"))
    edit.setInput(2, edit.constantLike(max->f(), edit.node.input(0)));
  return success();
}

/// The ratio matters in training alone, which has an input of its own now.
LogicalResult dropoutRatioToInput(Edit &edit) {
  if (auto ratio = edit.take("ratio"))
    edit.setInput(1, edit.constant(ratio->f()));
  return success();
}

LogicalResult dftAxisToInput(Edit &edit) {
  int64_t axis = edit.takeInt("axis", 1);
  edit.setInput(2, edit.emit("Squeeze", {edit.constant(llvm::ArrayRef(axis))}));
  return success();
}

LogicalResult padsToInputs(Edit &edit) {
  auto pads = edit.take("pads");
  if (!pads)
    pads = edit.take("paddings"); // Pad-1
  if (!pads)
    return edit.error() << "has no attribute 'pads'";
  edit.setInput(
      1, edit.constant({pads->ints().data(), size_t(pads->ints_size())}));
  if (auto value = edit.take("value"))
    edit.setInput(2, edit.constantLike(value->f(), edit.node.input(0)));
  return success();
}

LogicalResult topKToInput(Edit &edit) {
  if (auto k = edit.take("k"))
    edit.setInput(1, edit.constant(llvm::ArrayRef(k->i())));
  return success();
}

} // namespace coil::importer
