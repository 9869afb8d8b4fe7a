// Model-local functions: calls become copies of the body.
#ifndef COIL_LIB_IMPORT_FUNCTION_H
#define COIL_LIB_IMPORT_FUNCTION_H

#include "lib/import/Reader.h"

#include "mlir/IR/Location.h"

#include <vector>

namespace coil::importer {

/// A model-local function and the operator sets that its body is written in.
struct Function {
  const pb::FunctionProto *proto;
  Opsets opsets;
};

class Functions {
public:
  explicit Functions(const pb::ModelProto &model);
  /// The function that `node` calls, or null.
  const Function *find(const pb::NodeProto &node) const;
  /// The body with the call's values and attributes in place; names that the
  /// body makes are prefixed by `prefix`.
  static std::vector<pb::NodeProto> instantiate(const Function &function,
                                                const pb::NodeProto &call,
                                                const std::string &prefix);

private:
  llvm::StringMap<Function> functions;
};

} // namespace coil::importer

#endif // COIL_LIB_IMPORT_FUNCTION_H
