// Graph inputs and outputs as the signature of a function, with the model's own
// names for what varies.
#ifndef COIL_LIB_IMPORT_SIGNATURE_H
#define COIL_LIB_IMPORT_SIGNATURE_H

#include "lib/import/Import.h"
#include "lib/import/Reader.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSet.h"

namespace coil::importer {

/// Symbolic dimensions: each name of the model becomes one C identifier, or
/// the size that the user fixes it to.
class Symbols {
public:
  explicit Symbols(const ImportOptions &options) : fixed(options.dims) {}

  struct Dim {
    int64_t size;     // ShapedType::kDynamic, or what it was fixed to
    std::string name; // "" when static
  };
  Dim resolve(llvm::StringRef name);
  /// Names the user fixed that no dimension has.
  llvm::SmallVector<llvm::StringRef> unusedFixes() const;

private:
  const llvm::StringMap<int64_t> &fixed;
  llvm::StringSet<> usedFixes, taken;
  llvm::StringMap<std::string> symbols;
};

/// A graph input or output: its type where known, and its attributes.
struct Port {
  mlir::Type type;
  mlir::DictionaryAttr attrs;
};

/// A graph input; null type after an error.
Port importInput(const pb::ValueInfoProto &info, Symbols &symbols,
                 mlir::Builder b, mlir::Location loc);
/// A graph output: `!onnx.value`, since what a model declares of its outputs is
/// a hint, and its names of their dimensions.
Port importOutput(const pb::ValueInfoProto &info, Symbols &symbols,
                  mlir::Builder b);

} // namespace coil::importer

#endif // COIL_LIB_IMPORT_SIGNATURE_H
