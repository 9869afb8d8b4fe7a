//===- Split.h - a model's functions in parts -----------------------------===//
#ifndef COIL_LIB_EMIT_SPLIT_H
#define COIL_LIB_EMIT_SPLIT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <vector>

namespace coil {

/// Moves functions of a lowered module into others that compile on their own,
/// and returns these; the entry stays. What a part calls of another one has a
/// name of the model's own then, and is hidden from whoever links the model.
std::vector<mlir::OwningOpRef<mlir::ModuleOp>> splitModule(mlir::ModuleOp module, llvm::StringRef model);

} // namespace coil

#endif // COIL_LIB_EMIT_SPLIT_H
