//===- Files.h - outputs appear whole or not at all -----------------------===//
#ifndef COIL_LIB_PACKAGE_FILES_H
#define COIL_LIB_PACKAGE_FILES_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace coil {

/// The files of one compilation. Each is written beside its place under a
/// temporary name; `commit` moves all into place. What was not committed is
/// removed.
class OutputFiles {
public:
  OutputFiles() = default;
  OutputFiles(const OutputFiles &) = delete;
  OutputFiles &operator=(const OutputFiles &) = delete;
  ~OutputFiles();

  /// The temporary name under which `path` may be written.
  llvm::Expected<std::string> reserve(llvm::StringRef path);
  /// Writes `path` through a stream.
  llvm::Error write(llvm::StringRef path, llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> writer);
  /// A file that is needed on the way and never committed.
  llvm::Expected<std::string> scratch(llvm::StringRef suffix);
  llvm::Error commit();

private:
  struct Entry {
    std::string temporary, final;
  };
  std::vector<Entry> entries;
};

} // namespace coil

#endif // COIL_LIB_PACKAGE_FILES_H
