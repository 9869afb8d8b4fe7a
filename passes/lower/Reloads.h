//===- Reloads.h - constants that are loaded at each use ------------------===//
#ifndef COIL_PASSES_LOWER_RELOADS_H
#define COIL_PASSES_LOWER_RELOADS_H

#include "mlir/IR/BuiltinOps.h"

namespace coil {
using namespace mlir;

/// Makes each coil.reload a load from a table of the module. LLVM must not know
/// what is in it, or it would keep a constant in a register and copy it from there:
/// functions get the address from an empty piece of assembly.
void lowerReloads(ModuleOp module);

} // namespace coil

#endif // COIL_PASSES_LOWER_RELOADS_H
