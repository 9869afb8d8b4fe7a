//===- Choice.h - how a kernel's loops go, and what lies near -------------===//
#ifndef COIL_LIB_TUNE_CHOICE_H
#define COIL_LIB_TUNE_CHOICE_H

#include "llvm/Support/JSON.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <map>
#include <set>

namespace coil {

/// The fields of a tuning, by name; lists are lists of loops. A choice is
/// complete: what the model chose where nobody else did.
struct Choice {
  std::map<std::string, int64_t> numbers;
  std::vector<int64_t> order;

  auto operator<=>(const Choice &) const = default;
  int64_t get(const char *field, int64_t otherwise) const {
    auto found = numbers.find(field);
    return found == numbers.end() ? otherwise : found->second;
  }
  /// What of it is not `model`'s.
  llvm::json::Object differenceTo(const Choice &model) const;
};

/// A kernel by the name that a tuning knows.
struct TunableKernel {
  std::set<std::string> functions; // that contain it
  Choice choice;                   // in this compilation
  std::vector<int64_t> sizes;      // of its loops; negative: of a run
  std::vector<bool> sums;          // which of them are
};
using TunableKernels = std::map<std::string, TunableKernel>;

/// The kernels of a module after stage `bufferize`, which had a tuning, though it
/// may have been empty. Leaves the plans on the ops, where the next stage takes
/// them.
llvm::Expected<TunableKernels> tunableKernels(mlir::ModuleOp module);

/// Choices one step away: another tile of about as many registers, more or fewer
/// terms at once, other lanes, another order, another loop for threads.
std::vector<Choice> neighbours(const TunableKernel &kernel, const Choice &from, int64_t registers, bool threads);

} // namespace coil

#endif // COIL_LIB_TUNE_CHOICE_H
