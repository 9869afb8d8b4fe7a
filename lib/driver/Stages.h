//===- Stages.h - what the stages are told ---------------------------------===//
#ifndef COIL_LIB_DRIVER_STAGES_H
#define COIL_LIB_DRIVER_STAGES_H

#include "lib/target/Target.h"
#include "mlir/IR/BuiltinOps.h"

namespace coil {

/// Every dialect that occurs in some stage.
mlir::DialectRegistry stageDialects();
/// Puts the machine on the module, where passes read it.
llvm::Error setTarget(mlir::ModuleOp module, const Target &target);

} // namespace coil

#endif // COIL_LIB_DRIVER_STAGES_H
