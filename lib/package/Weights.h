//===- Weights.h - a model's constants as bytes ---------------------------===//
#ifndef COIL_LIB_PACKAGE_WEIGHTS_H
#define COIL_LIB_PACKAGE_WEIGHTS_H

#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/BuiltinOps.h"

namespace coil {

/// Is told of the bytes of each constant when they have been read.
using WeightsRead = llvm::function_ref<void(llvm::ArrayRef<char>)>;

/// Identifies a model's weights: its weights file must carry the same number.
uint64_t hashWeights(mlir::ModuleOp module, WeightsRead read);

/// Writes all constants at their offsets, one tensor at a time.
void writeWeights(mlir::ModuleOp module, llvm::raw_ostream &os, WeightsRead read);

/// Writes the header that goes before them in a file of their own.
void writeWeightsHeader(int64_t bytes, uint64_t hash, llvm::raw_ostream &os);

} // namespace coil

#endif // COIL_LIB_PACKAGE_WEIGHTS_H
