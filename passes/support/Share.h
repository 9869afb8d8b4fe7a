//===- Share.h - outputs that lie in an input's buffer --------------------===//
#ifndef COIL_PASSES_SUPPORT_SHARE_H
#define COIL_PASSES_SUPPORT_SHARE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <optional>

namespace coil {

/// Of a result of @main: array<i64: input, axis, capacity>. The axis is -1 until
/// `structure-share-buffers` has found it, and where none grows.
inline constexpr llvm::StringLiteral kShareAttr = "coil.share";

/// An output in the buffer of an input. With a capacity the buffer has room for
/// so many along `axis`; both are its first rows.
struct Share {
  int64_t input, axis, capacity;

  bool grows() const { return capacity > 0; }
};

std::optional<Share> shareOfOutput(mlir::func::FuncOp main, unsigned output);
/// The same by the input.
std::optional<Share> shareOfInput(mlir::BlockArgument input);
void setShare(mlir::func::FuncOp main, unsigned output, Share share);

/// Where a tensor is laid out in which `value` then lies, changed in part: what
/// puts `input` into it. Null where nothing does.
mlir::tensor::InsertSliceOp appendTo(mlir::Value value, mlir::BlockArgument input);

/// Whether a value has the strides of a buffer with room to grow.
bool hasRoomToGrow(mlir::Value value);

} // namespace coil

#endif // COIL_PASSES_SUPPORT_SHARE_H
