//===- Emit.h - from the llvm dialect to machine code ---------------------===//
#ifndef COIL_LIB_EMIT_EMIT_H
#define COIL_LIB_EMIT_EMIT_H

#include "lib/package/Signature.h"
#include "lib/target/Target.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/BuiltinOps.h"

namespace coil {

/// Where a model's weights are.
struct WeightPlace {
  std::string embed; // the file to embed; empty: in a file beside the library
  std::string file;  // the name of that file
  int64_t bytes = 0;
  uint64_t hash = 0;
};

/// Translates a lowered module and adds the model's descriptor, the one symbol
/// it exports.
llvm::Expected<std::unique_ptr<llvm::Module>> translate(mlir::ModuleOp module, const Signature &signature,
                                                        const WeightPlace &weights, const Target &target,
                                                        llvm::TargetMachine &machine, llvm::LLVMContext &context);
/// LLVM's optimizations.
void optimize(llvm::Module &module, llvm::TargetMachine &machine, int optLevel);
/// Machine code, or its assembly.
llvm::Error generate(llvm::Module &module, llvm::TargetMachine &machine, bool assembly,
                     llvm::raw_pwrite_stream &os);

} // namespace coil

#endif // COIL_LIB_EMIT_EMIT_H
