// Broadcasting before opset 7, softmax before opset 13. Ranks are not known
// here, so shapes are computed by nodes, which dissolve when types are known.

#include "lib/import/Upgrade.h"

using namespace mlir;

namespace coil::importer {

/// The rank of `value` as a tensor of one element.
static std::string rankOf(Edit &edit, const std::string &value) {
  return edit.emit("Shape", {edit.emit("Shape", {value})});
}

/// `value` with `count` axes of size 1 appended.
static std::string appendAxes(Edit &edit, const std::string &value,
                              const std::string &count) {
  std::string ones =
      edit.emit("ConstantOfShape", {count},
                {attribute("value", makeTensor(llvm::ArrayRef<int64_t>{1}))});
  std::string shape = edit.emit("Concat", {edit.emit("Shape", {value}), ones},
                                {attribute("axis", int64_t(0))});
  return edit.emit("Reshape", {value, shape});
}

/// `b`, whose first axis lies at `axis` of `a`, as broadcasting aligns it: from
/// the last axis.
static std::string alignAt(Edit &edit, const std::string &a,
                           const std::string &b, int64_t axis) {
  std::string end =
      edit.constant(llvm::ArrayRef<int64_t>(axis < 0 ? -axis : axis));
  if (axis >= 0)
    end = edit.emit("Sub", {rankOf(edit, a), end});
  return appendAxes(edit, b, edit.emit("Sub", {end, rankOf(edit, b)}));
}

/// Before opset 7, `b` was broadcast to `a` on request, and could say where.
LogicalResult alignBroadcast(Edit &edit) {
  edit.take("broadcast");
  auto axis = edit.take("axis");
  if (axis && edit.hasInput(0) && edit.hasInput(1))
    edit.setInput(
        1, alignAt(edit, edit.node.input(0), edit.node.input(1), axis->i()));
  return success();
}

/// PRelu's slope was one a channel, and channels are axis 1.
LogicalResult alignSlope(Edit &edit) {
  if (edit.hasInput(0) && edit.hasInput(1))
    edit.setInput(1, alignAt(edit, edit.node.input(0), edit.node.input(1), 1));
  return success();
}

/// Softmax and its kin saw a matrix: those from `axis` on were columns, which were
/// normalized together. They become one axis; those before it stay what they are,
/// so that nothing is reshaped where `axis` is the last.
LogicalResult flattenAroundAxis(Edit &edit) {
  int64_t axis = edit.takeInt("axis", 1);
  edit.set(attribute("axis", int64_t(-1)));
  if (axis == -1 || !edit.hasInput(0) || edit.node.output_size() == 0)
    return success();
  std::string x = edit.node.input(0);
  std::string shape = edit.emit("Shape", {x});
  // Flatten refuses what is no axis, too.
  std::string flat = edit.emit("Flatten", {x}, {attribute("axis", axis)});
  std::string columns = edit.emit("Shape", {flat}, {attribute("start", int64_t(1))});
  std::string before = edit.emit("Shape", {x}, {attribute("end", axis)});
  std::string rows = edit.emit("Concat", {before, columns}, {attribute("axis", int64_t(0))});
  edit.setInput(0, edit.emit("Reshape", {x, rows}, {attribute("allowzero", int64_t(1))}));
  std::string y = edit.releaseOutput(0);
  edit.emitAfter("Reshape", {edit.node.output(0), shape}, y,
                 {attribute("allowzero", int64_t(1))});
  return success();
}

LogicalResult selu1Defaults(Edit &edit) {
  if (!edit.find("alpha"))
    edit.set(attribute("alpha", 1.6732f));
  if (!edit.find("gamma"))
    edit.set(attribute("gamma", 1.0507f));
  return success();
}

} // namespace coil::importer
