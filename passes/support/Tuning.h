//===- Tuning.h - choices that were measured, in place of the model's -----===//
#ifndef COIL_PASSES_SUPPORT_TUNING_H
#define COIL_PASSES_SUPPORT_TUNING_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

#include <optional>

namespace coil {
using namespace mlir;

/// On the module: a dictionary of kernels, by name, each a dictionary of the
/// fields below. On an op: those of its kernel, and the name.
inline constexpr llvm::StringLiteral kTuningAttr = "coil.tuning";
inline constexpr llvm::StringLiteral kTunedKernel = "kernel";

/// A field that a tuning may have. All mean what they mean in `coil.loops`; a
/// `shared_loop` of -1 is a kernel of one thread.
struct TuningField {
  llvm::StringLiteral name;
  bool isList;
};
llvm::ArrayRef<TuningField> tuningFields();

/// What the tuning of an op says of a field.
std::optional<int64_t> tuned(Operation *op, StringRef field);
std::optional<llvm::ArrayRef<int64_t>> tunedList(Operation *op, StringRef field);

} // namespace coil

#endif // COIL_PASSES_SUPPORT_TUNING_H
