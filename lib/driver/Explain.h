//===- Explain.h - what became of a model, for who reads it ---------------===//
#ifndef COIL_LIB_DRIVER_EXPLAIN_H
#define COIL_LIB_DRIVER_EXPLAIN_H

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"

#include <string>
#include <vector>

namespace coil {

/// Collects, while a model is compiled, what `--remarks` tells at the end: which
/// nodes became one kernel, how its loops go, what is copied, and the sums.
class Explanation {
public:
  /// Takes in each remark of a pass, which then is a diagnostic in plain words.
  llvm::LogicalResult listen(mlir::MLIRContext &context);
  /// A remark in plain words.
  std::string note(const mlir::remark::detail::Remark &remark);
  void afterStage(llvm::StringRef stage, mlir::ModuleOp module);
  void print(llvm::raw_ostream &os) const;

private:
  struct Call {
    std::string kernel, nodes, why;
  };
  std::vector<Call> calls;
  llvm::StringMap<std::string> loops;    // of a kernel
  llvm::StringMap<std::string> blocks;   // of rows, of a kernel that goes by them
  llvm::StringMap<int64_t> regions;      // of a kernel
  llvm::StringMap<int64_t> notes;        // how often a pass acted
  llvm::StringMap<int64_t> sums;         // of "PASS.metric"
  int64_t plainCopies = 0; // by memcpy
};

} // namespace coil

#endif // COIL_LIB_DRIVER_EXPLAIN_H
