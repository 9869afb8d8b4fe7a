//===- KernelLayouts.h - kernels are told how their buffers lie -----------===//
#ifndef COIL_PASSES_BUFFERIZE_KERNELLAYOUTS_H
#define COIL_PASSES_BUFFERIZE_KERNELLAYOUTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace coil {

/// Clones each kernel that `main` hands a buffer with rows apart, and that takes
/// one without gaps: once for each way. What nobody calls any more goes.
void tellLayouts(mlir::ModuleOp module, mlir::func::FuncOp main);

} // namespace coil

#endif // COIL_PASSES_BUFFERIZE_KERNELLAYOUTS_H
