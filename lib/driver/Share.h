//===- Share.h - outputs that the user wants in an input's buffer ---------===//
#ifndef COIL_LIB_DRIVER_SHARE_H
#define COIL_LIB_DRIVER_SHARE_H

#include "llvm/Support/Error.h"
#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace coil {

/// Marks the results of @main that --share=OUTPUT=INPUT[:CAPACITY] names; a `*` in
/// OUTPUT stands for any text, and one in INPUT for the same. Whether it can be,
/// stage `structure` says.
llvm::Error applySharing(mlir::ModuleOp module, const std::vector<std::string> &texts);

} // namespace coil

#endif // COIL_LIB_DRIVER_SHARE_H
