//===- Emit.h - from the llvm dialect to machine code ---------------------===//
#ifndef COIL_LIB_EMIT_EMIT_H
#define COIL_LIB_EMIT_EMIT_H

#include "lib/package/Signature.h"
#include "lib/target/Target.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/ThreadPool.h"
#include "mlir/IR/BuiltinOps.h"

#include <vector>

namespace coil {

/// Where a model's weights are.
struct WeightPlace {
  std::string embed; // the file to embed; empty: in a file beside the library
  std::string file;  // the name of that file
  int64_t bytes = 0;
  uint64_t hash = 0;
};

enum class CodeKind { Object, Assembly, LlvmIr };

/// What is emitted of a model.
struct Emission {
  const Signature &signature;
  const WeightPlace &weights;
  const Target &target;
  CodeKind kind;
  int optLevel;
};

/// What came of it, a text or an object for each part, and the milliseconds
/// that all parts together took.
struct Code {
  std::vector<llvm::SmallString<0>> parts;
  double translate = 0, optimize = 0, generate = 0;
};

/// Emits the parts of a lowered module, side by side where there is a pool. The
/// first has the entry, and gets the model's descriptor, the one symbol that a
/// model exports.
llvm::Expected<Code> emitParts(llvm::ArrayRef<mlir::ModuleOp> parts, const Emission &emission,
                               llvm::ThreadPoolInterface *pool);

} // namespace coil

#endif // COIL_LIB_EMIT_EMIT_H
