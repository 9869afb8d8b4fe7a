// Old nodes become nodes of the newest form. The table is in Upgrade.cpp; this
// is what its functions are written with.
#ifndef COIL_LIB_IMPORT_UPGRADE_H
#define COIL_LIB_IMPORT_UPGRADE_H

#include "lib/import/Reader.h"

#include "mlir/IR/Diagnostics.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace coil::importer {

/// One node on its way to its newest form. Nodes that `emit` adds come before
/// it, those that `emitAfter` adds follow it; both are of the newest form
/// already.
class Edit {
public:
  Edit(pb::NodeProto &&node, int64_t version, mlir::Location loc)
      : node(std::move(node)), version(version), loc(loc) {}

  pb::NodeProto node;
  const int64_t version; // of the operator set the node was written for

  mlir::InFlightDiagnostic error() const { return mlir::emitError(loc); }

  //===-- Attributes ------------------------------------------------------===//
  const pb::AttributeProto *find(llvm::StringRef name) const;
  /// Removes an attribute and returns it.
  std::optional<pb::AttributeProto> take(llvm::StringRef name);
  int64_t takeInt(llvm::StringRef name, int64_t otherwise);
  std::string takeString(llvm::StringRef name, llvm::StringRef otherwise);
  void set(pb::AttributeProto attribute);

  //===-- Inputs and outputs ----------------------------------------------===//
  bool hasInput(int index) const {
    return index < node.input_size() && !node.input(index).empty();
  }
  void setInput(int index, const std::string &value);
  /// Gives the node a new name for its output; returns the old one.
  std::string releaseOutput(int index);

  //===-- Other nodes -----------------------------------------------------===//
  std::string emit(llvm::StringRef opType, std::vector<std::string> inputs,
                   std::vector<pb::AttributeProto> attributes = {});
  std::string constant(llvm::ArrayRef<int64_t> values);
  std::string constant(float value);
  /// A scalar with the element type of `like`.
  std::string constantLike(float value, const std::string &like);
  void emitAfter(llvm::StringRef opType, std::vector<std::string> inputs,
                 const std::string &output,
                 std::vector<pb::AttributeProto> attributes = {});

  /// The nodes that replace the original, in order.
  std::vector<pb::NodeProto> finish() &&;

private:
  std::string freshName();

  mlir::Location loc;
  std::vector<pb::NodeProto> before, after;
  int fresh = 0;
};

pb::AttributeProto attribute(llvm::StringRef name, int64_t value);
pb::AttributeProto attribute(llvm::StringRef name, llvm::StringRef value);
pb::AttributeProto attribute(llvm::StringRef name, float value);
pb::AttributeProto attribute(llvm::StringRef name, pb::TensorProto value);
/// A one-dimensional tensor.
pb::TensorProto makeTensor(llvm::ArrayRef<int64_t> values);
/// A scalar.
pb::TensorProto makeTensor(float value);

//===----------------------------------------------------------------------===//
// What many rows of the table do
//===----------------------------------------------------------------------===//

/// A string as a template argument.
template <size_t size> struct Name {
  char text[size];
  constexpr Name(const char (&literal)[size]) {
    std::copy_n(literal, size, text);
  }
};
template <size_t size> Name(const char (&)[size]) -> Name<size>;

template <Name name> mlir::LogicalResult drop(Edit &edit) {
  edit.take(name.text);
  return mlir::success();
}

template <Name opType> mlir::LogicalResult rename(Edit &edit) {
  edit.node.set_op_type(opType.text);
  return mlir::success();
}

template <Name name, int64_t value> mlir::LogicalResult defaultInt(Edit &edit) {
  if (!edit.find(name.text))
    edit.set(attribute(name.text, value));
  return mlir::success();
}

/// A list of integers that was an attribute is an input.
template <Name name, int input> mlir::LogicalResult intsToInput(Edit &edit) {
  if (auto ints = edit.take(name.text))
    edit.setInput(
        input, edit.constant({ints->ints().data(), size_t(ints->ints_size())}));
  return mlir::success();
}

//===----------------------------------------------------------------------===//
// Rows with a function of their own, by the file they are in
//===----------------------------------------------------------------------===//

// UpgradeControl.cpp
mlir::LogicalResult unifyConstant(Edit &edit);
mlir::LogicalResult nestScan8(Edit &edit);
// UpgradeInputs.cpp
mlir::LogicalResult clipBoundsToInputs(Edit &edit);
mlir::LogicalResult dropoutRatioToInput(Edit &edit);
mlir::LogicalResult dftAxisToInput(Edit &edit);
mlir::LogicalResult padsToInputs(Edit &edit);
mlir::LogicalResult topKToInput(Edit &edit);
// UpgradeMath.cpp
mlir::LogicalResult alignBroadcast(Edit &edit);
mlir::LogicalResult alignSlope(Edit &edit);
mlir::LogicalResult flattenAroundAxis(Edit &edit);
mlir::LogicalResult selu1Defaults(Edit &edit);
// UpgradeNn.cpp
mlir::LogicalResult refusePerActivation(Edit &edit);
mlir::LogicalResult markTraining(Edit &edit);
mlir::LogicalResult groupScalesToChannels(Edit &edit);
mlir::LogicalResult lpNormToInt(Edit &edit);
mlir::LogicalResult roiAlignCoordinates(Edit &edit);
mlir::LogicalResult renameGridSampleMode(Edit &edit);
mlir::LogicalResult resizeFromScales(Edit &edit);
mlir::LogicalResult resizePreferSizes(Edit &edit);
mlir::LogicalResult upsampleToResize(Edit &edit);
// UpgradeShape.cpp
mlir::LogicalResult castTypeByNumber(Edit &edit);
mlir::LogicalResult countSplits(Edit &edit);
mlir::LogicalResult tileRepeats(Edit &edit);

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

/// Whether the table knows an operator that the dialect need not know.
bool isUpgraded(llvm::StringRef domain, llvm::StringRef opType);
/// The nodes that stand for `node`, which moves into them (it may hold a large
/// constant); nothing when it has its newest form, and is left alone.
mlir::FailureOr<std::optional<std::vector<pb::NodeProto>>>
upgrade(pb::NodeProto &node, int64_t version, mlir::Location loc);

} // namespace coil::importer

#endif // COIL_LIB_IMPORT_UPGRADE_H
