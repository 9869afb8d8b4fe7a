//===- Place.h - where in a buffer a tensor is to lie ---------------------===//
#ifndef COIL_PASSES_BUFFERIZE_PLACE_H
#define COIL_PASSES_BUFFERIZE_PLACE_H

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <optional>

namespace coil {

/// A buffer, or what slices and reshapes make of it. It is built when it is needed,
/// and only its sizes must be known then.
class Place {
public:
  Place() = default;
  explicit Place(mlir::MemRefType whole) : type(whole) {}

  /// A slice, with the rank of `part`. None whose lines have gaps in them.
  std::optional<Place> slice(llvm::ArrayRef<mlir::OpFoldResult> offsets, llvm::ArrayRef<mlir::OpFoldResult> sizes,
                             llvm::ArrayRef<mlir::OpFoldResult> strides, mlir::RankedTensorType part) const;
  /// Where the source of a reshape lies, whose result lies here. `sizes` are those
  /// of the source, if they are known.
  std::optional<Place> unshaped(mlir::Operation *reshape, llvm::ArrayRef<mlir::OpFoldResult> sizes) const;

  /// Whether a kernel may write such a tensor there.
  bool holds(mlir::RankedTensorType tensor) const;
  bool isPart() const { return !steps.empty(); }
  llvm::SmallVector<mlir::Value> operands() const;
  mlir::Value build(mlir::ImplicitLocOpBuilder &b, mlir::Value whole) const;

private:
  struct Step {
    mlir::MemRefType type; // after it
    llvm::SmallVector<mlir::OpFoldResult> offsets, sizes, strides;
    llvm::SmallVector<mlir::ReassociationIndices> groups; // of a reshape, which has no strides
    bool expands = false;

    /// Makes `slice` of this slice one of what this is of, if offsets are known.
    bool takes(Step &slice) const;
  };
  mlir::MemRefType type;
  llvm::SmallVector<Step, 0> steps;
};

/// Whether no two of some insertions meet, as far as offsets and sizes tell.
bool areDisjoint(llvm::ArrayRef<mlir::tensor::InsertSliceOp> links);

/// How the memory of a tensor is laid out, as far as the ops around it tell.
mlir::MemRefType memoryTypeOf(mlir::Value tensor);

} // namespace coil

#endif // COIL_PASSES_BUFFERIZE_PLACE_H
