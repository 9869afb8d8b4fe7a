//===- Files.cpp - outputs appear whole or not at all ---------------------===//

#include "lib/package/Files.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

using namespace llvm;

namespace coil {

static Error cannotWrite(StringRef path, std::error_code code) {
  return createStringError("cannot write '" + path + "': " + code.message());
}

OutputFiles::~OutputFiles() {
  for (const Entry &entry : entries) {
    sys::fs::remove(entry.temporary);
    sys::DontRemoveFileOnSignal(entry.temporary);
  }
}

Expected<std::string> OutputFiles::reserve(StringRef path) {
  if (sys::fs::is_directory(path))
    return cannotWrite(path, std::make_error_code(std::errc::is_a_directory));
  // A device or a pipe would be replaced by a file.
  if (sys::fs::exists(path) && !sys::fs::is_regular_file(path))
    return createStringError("cannot write '" + path + "': not a regular file");
  SmallString<128> temporary;
  int fd;
  if (std::error_code code = sys::fs::createUniqueFile(path + ".%%%%%%%%", fd, temporary,
                                                       sys::fs::OF_None, sys::fs::all_read | sys::fs::all_write))
    return cannotWrite(path, code);
  sys::fs::file_t file = sys::fs::convertFDToNativeFile(fd);
  sys::fs::closeFile(file);
  sys::RemoveFileOnSignal(temporary);
  entries.push_back({temporary.str().str(), path.str()});
  return temporary.str().str();
}

Error OutputFiles::write(StringRef path, function_ref<Error(raw_pwrite_stream &)> writer) {
  auto temporary = reserve(path);
  if (!temporary)
    return temporary.takeError();
  std::error_code code;
  raw_fd_ostream os(*temporary, code);
  if (code)
    return cannotWrite(path, code);
  if (Error error = writer(os)) {
    os.close();
    os.clear_error();
    return error;
  }
  os.close();
  if (os.has_error()) {
    code = os.error();
    os.clear_error();
    return cannotWrite(path, code);
  }
  return Error::success();
}

Expected<std::string> OutputFiles::scratch(StringRef suffix) {
  SmallString<128> path;
  if (std::error_code code = sys::fs::createTemporaryFile("coil", suffix, path))
    return cannotWrite("temporary file", code);
  sys::RemoveFileOnSignal(path);
  entries.push_back({path.str().str(), ""});
  return path.str().str();
}

Error OutputFiles::commit() {
  for (Entry &entry : entries) {
    if (entry.final.empty())
      continue;
    if (std::error_code code = sys::fs::rename(entry.temporary, entry.final))
      return cannotWrite(entry.final, code);
    sys::DontRemoveFileOnSignal(entry.temporary);
    entry.temporary = entry.final;
  }
  llvm::erase_if(entries, [](const Entry &entry) { return entry.temporary == entry.final; });
  return Error::success();
}

} // namespace coil
