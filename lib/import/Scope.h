// The names of a graph while its nodes are imported.
#ifndef COIL_LIB_IMPORT_SCOPE_H
#define COIL_LIB_IMPORT_SCOPE_H

#include "lib/import/Reader.h"

#include "mlir/IR/Block.h"
#include "mlir/IR/Diagnostics.h"

namespace coil::importer {

/// Graphs see the names of the graphs around them, and may hide them.
struct Scope {
  Scope(Scope *outer, pb::GraphProto &graph, mlir::Block *block);

  bool isInitializer(llvm::StringRef name) const {
    return dense.contains(name) || sparse.contains(name);
  }
  /// Fails after an error at `loc` when the graph defines the name already.
  mlir::LogicalResult define(llvm::StringRef name, mlir::Value value,
                             mlir::Location loc);
  /// Says why `name`, which `node` uses, has no value.
  mlir::LogicalResult reportUndefined(llvm::StringRef name,
                                      const pb::NodeProto &node,
                                      mlir::Location loc) const;

  /// The rank that the graph states of a tensor that it makes.
  std::optional<int64_t> statedRank(llvm::StringRef name);

  Scope *outer;
  pb::GraphProto &graph;
  mlir::Block *block;
  /// The constants of initializers stand first in the block.
  mlir::Operation *lastConstant = nullptr;
  llvm::StringMap<mlir::Value> values;
  llvm::StringMap<const pb::TensorProto *> dense;
  llvm::StringMap<const pb::SparseTensorProto *> sparse;

private:
  std::optional<llvm::StringMap<int64_t>> ranks; // when somebody has asked
};

} // namespace coil::importer

#endif // COIL_LIB_IMPORT_SCOPE_H
