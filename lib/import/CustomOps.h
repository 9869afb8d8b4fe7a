// Operators of the user's own: what a declaration says of each, and the C
// function that it is bound to.
#ifndef COIL_LIB_IMPORT_CUSTOMOPS_H
#define COIL_LIB_IMPORT_CUSTOMOPS_H

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <optional>
#include <string>
#include <vector>

namespace coil {

struct CustomOperator {
  struct Input {
    std::string name;
    std::vector<int64_t> types; // of TensorProto.DataType; empty: any
    std::optional<int64_t> rank;
    bool optional = false;
  };
  struct AttributeKind {
    std::string name, kind; // int, float, string, or one of these with an s
    std::optional<llvm::json::Value> byDefault;
  };
  struct Output {
    int64_t type = 0; // of TensorProto.DataType; 0: that of an input
    std::optional<size_t> typeOf;  // the input
    std::optional<size_t> shapeOf; // the input that has the same shape
    std::optional<std::vector<std::string>> sizes; // an expression each
    std::optional<int64_t> rank; // the shape function tells the sizes
  };

  std::string name; // DOMAIN::OPERATOR
  std::string function, shapeFunction;
  std::vector<Input> inputs;
  bool variadic = false; // the last input stands for any number
  std::vector<AttributeKind> attributes;
  bool anyAttributes = false; // whatever a node has
  std::vector<Output> outputs;
  bool stateful = false; // a call is never left out, nor two made one
};

class CustomOps {
public:
  /// Reads a file of declarations (lib/import/README.md).
  llvm::Error addFile(llvm::StringRef path);
  /// DOMAIN::OPERATOR=FUNCTION: any inputs and attributes, one output like
  /// input 0.
  llvm::Error addShort(llvm::StringRef text);
  /// Null if there is none.
  const CustomOperator *find(llvm::StringRef domain,
                             llvm::StringRef opType) const;
  bool empty() const { return operators.empty(); }

private:
  llvm::Error add(CustomOperator op);
  llvm::StringMap<CustomOperator> operators;
};

} // namespace coil

#endif // COIL_LIB_IMPORT_CUSTOMOPS_H
