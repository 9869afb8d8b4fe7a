// The door: bytes that nobody vouches for come in, a module of the `onnx`
// dialect in its newest forms goes out.
#ifndef COIL_LIB_IMPORT_IMPORT_H
#define COIL_LIB_IMPORT_IMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>
#include <vector>

namespace coil {

class CustomOps;

struct ImportOptions {
  /// The model's name in every symbol; the file's stem when empty.
  std::string name;
  /// Symbolic dimensions to fix, by their name in the model.
  llvm::StringMap<int64_t> dims;
  /// Lengths of inputs that are sequences, to fix.
  llvm::StringMap<int64_t> lengths;
  /// If not null, what the user has declared. A declaration counts more than an
  /// operator of COIL's or a function of the model.
  const CustomOps *customOps = nullptr;
  /// If not null, gets the files of external data that are mapped.
  std::vector<std::shared_ptr<llvm::MemoryBuffer>> *mapped = nullptr;
  /// Goes on after an error, so that all of them are said. What was refused is
  /// then a value without a type, and the module is good for nothing but
  /// finding out what else is wrong.
  bool allErrors = false;
};

/// Reads the ONNX model at `path` into a module with one function `main`.
/// Null after an error, which the context's diagnostic handlers have seen.
/// Weights stay in the file (or its external data), mapped into memory for as
/// long as `context` lives.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(llvm::StringRef path,
                                             mlir::MLIRContext *context,
                                             const ImportOptions &options = {});

/// Gives back the memory of bytes of a mapped file that have been read: who
/// reads them again gets them from the file. Other bytes stay.
void dropPages(const llvm::MemoryBuffer &file, llvm::ArrayRef<char> bytes);

} // namespace coil

#endif // COIL_LIB_IMPORT_IMPORT_H
