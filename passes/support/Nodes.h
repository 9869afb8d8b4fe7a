//===- Nodes.h - which ONNX nodes an op comes from ------------------------===//
#ifndef COIL_PASSES_SUPPORT_NODES_H
#define COIL_PASSES_SUPPORT_NODES_H

#include "mlir/IR/Location.h"

#include <string>

namespace coil {

/// The names of the ONNX nodes behind a location, each once, in order, with ", "
/// between, as `inOneLine` has them.
std::string nodesOf(mlir::Location loc);

/// A name as it may stand in a line of text: control characters as \xNN.
std::string inOneLine(llvm::StringRef name);

} // namespace coil

#endif // COIL_PASSES_SUPPORT_NODES_H
