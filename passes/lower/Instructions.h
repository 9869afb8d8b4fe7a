//===- Instructions.h - ops that are instructions of a machine ------------===//
#ifndef COIL_PASSES_LOWER_INSTRUCTIONS_H
#define COIL_PASSES_LOWER_INSTRUCTIONS_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/PatternMatch.h"

namespace coil {
using namespace mlir;

/// coil.dot and coil.lookup, as the machine of `module` does them.
void populateInstructionPatterns(LLVMTypeConverter &types, ModuleOp module, RewritePatternSet &patterns);

} // namespace coil

#endif // COIL_PASSES_LOWER_INSTRUCTIONS_H
