//===- Tuning.h - a file of choices that were measured --------------------===//
#ifndef COIL_LIB_DRIVER_TUNING_H
#define COIL_LIB_DRIVER_TUNING_H

#include "lib/target/Target.h"
#include "llvm/Support/JSON.h"
#include "mlir/IR/BuiltinOps.h"

namespace coil {

/// The machine that a tuning is of: a target, for `host` with its CPU.
std::string machineName(const Target &target);

/// Puts the tuning in `path` on the module, as `coil.tuning`. A field that nobody
/// knows is a warning to `log`; a file that is none, or of another machine, an
/// error.
llvm::Error readTuning(llvm::StringRef path, const Target &target, mlir::ModuleOp module, llvm::raw_ostream &log);

/// The kernels of the tuning in `path`, as they stand there: an object of fields for
/// each name. An error where it is none, or of another machine.
llvm::Expected<llvm::json::Object> readKernels(llvm::StringRef path, const Target &target);

/// Writes a tuning: `kernels` has an object of fields for each name. The file is
/// the old one or the new one, never a part.
llvm::Error writeTuning(llvm::StringRef path, const Target &target, const llvm::json::Object &kernels);

} // namespace coil

#endif // COIL_LIB_DRIVER_TUNING_H
