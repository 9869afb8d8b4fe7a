//===- Rows.h - ops that are done row by row ------------------------------===//
#ifndef COIL_PASSES_SUPPORT_ROWS_H
#define COIL_PASSES_SUPPORT_ROWS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace coil {

/// Of an op that goes row by row with the others of its kernel: its loops over
/// rows, an array of their numbers in the same order for all. They are dimensions
/// of the last op's result, in this order.
inline constexpr llvm::StringLiteral kRowsAttr = "coil.rows";
/// Which ops these are, until they are a kernel: a number.
inline constexpr llvm::StringLiteral kGroupAttr = "coil.group";

/// What lies between the ops of one row may have so many bytes: it is on the
/// stack of a thread, and should stay in its first cache.
inline constexpr int64_t kMostRowBytes = 1 << 16;

/// Where the last dimension goes over rows, and others do not, a row is an element
/// here and there: so many rows are a piece worth going to memory for, and a block
/// of so many rows may have so many elements, for the second cache.
inline constexpr int64_t kPiece = 64, kMostInPieces = 1 << 13;

/// Whether a tensor is read, or written, at a row's own place wherever rows are
/// among its indices: not one further, or one of several.
inline bool readsWholeRows(mlir::AffineMap map, llvm::ArrayRef<int64_t> rows) {
  return llvm::all_of(map.getResults(), [&](mlir::AffineExpr e) {
    return mlir::isa<mlir::AffineDimExpr>(e) || llvm::none_of(rows, [&](int64_t row) { return e.isFunctionOfDim(row); });
  });
}

/// Whether the body of an op asks which row it is at: on a view of some rows that is
/// another number.
inline bool asksForRow(mlir::linalg::LinalgOp op, llvm::ArrayRef<int64_t> rows) {
  return op.getBlock()
      ->walk([&](mlir::linalg::IndexOp index) {
        return llvm::is_contained(rows, int64_t(index.getDim())) ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
      })
      .wasInterrupted();
}

} // namespace coil

#endif // COIL_PASSES_SUPPORT_ROWS_H
