//===- Nodes.cpp - which ONNX nodes an op comes from ----------------------===//

#include "passes/support/Nodes.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

namespace coil {
using namespace mlir;

std::string nodesOf(Location loc) {
  llvm::SetVector<StringRef> names;
  loc->walk([&](Location part) {
    auto name = dyn_cast<NameLoc>(part);
    if (!name)
      return WalkResult::advance();
    names.insert(name.getName().getValue());
    return WalkResult::skip();
  });
  return llvm::join(names, ", ");
}

} // namespace coil
