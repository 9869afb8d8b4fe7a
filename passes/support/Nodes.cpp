//===- Nodes.cpp - which ONNX nodes an op comes from ----------------------===//

#include "passes/support/Nodes.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

namespace coil {
using namespace mlir;

std::string inOneLine(StringRef name) {
  std::string line;
  for (char c : name)
    if (llvm::isPrint(c) || static_cast<unsigned char>(c) >= 0x80) // also of UTF-8
      line += c;
    else
      line += "\\x" + llvm::toHex(StringRef(&c, 1), /*LowerCase=*/true);
  return line;
}

std::string nodesOf(Location loc) {
  llvm::SetVector<StringRef> names;
  loc->walk([&](Location part) {
    auto name = dyn_cast<NameLoc>(part);
    if (!name)
      return WalkResult::advance();
    names.insert(name.getName().getValue());
    return WalkResult::skip();
  });
  return llvm::join(llvm::map_range(names, inOneLine), ", ");
}

} // namespace coil
