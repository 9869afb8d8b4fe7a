//===- Link.cpp - lld in this process, no sysroot -------------------------===//
//
// The runtime's archive and stubs of libc and libm travel with the compiler, so
// that a library for AArch64 links on a machine that has never seen one.
//
//===----------------------------------------------------------------------===//

#include "lib/package/Package.h"
#include "lib/package/UserFile.h"

#include "lld/Common/Driver.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <deque>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace coil {

static Error needs(StringRef path) {
  if (sys::fs::exists(path))
    return Error::success();
  return createStringError("the compiler's installation lacks '" + path + "'");
}

/// Of the user's functions, too, only the model sees what it calls: another
/// library may have others of the same names.
static Expected<std::string> writeExports(StringRef model, StringRef output) {
  std::string path = (output + ".exports").str();
  std::error_code code;
  raw_fd_ostream os(path, code);
  os << "{ global: " << model << "_model; local: *; };\n";
  os.close();
  if (!code && !os.has_error())
    return path;
  os.clear_error();
  return createStringError("cannot write '" + path + "'");
}

Error linkShared(const LinkInputs &inputs, StringRef archDir, const Target &target, StringRef soname, StringRef output) {
  std::string runtime = (archDir + "/libcoil_rt.a").str(), libc = (archDir + "/libc.so.6").str(),
              libm = (archDir + "/libm.so.6").str();
  for (StringRef file : {StringRef(runtime), StringRef(libc), StringRef(libm)})
    if (Error error = needs(file))
      return error;
  std::string soArgument = ("--soname=" + soname).str(), out = output.str();
  bool arm = target.arch() == "aarch64";
  std::vector<const char *> arguments = {
      "ld.lld", "-shared", "-m", arm ? "aarch64linux" : "elf_x86_64", "--gc-sections", "--as-needed", "--icf=safe",
      "--build-id=none", "-z", "defs", "-z", "now", "-z", "relro", "-z", "noexecstack", "--hash-style=gnu",
      "--strip-all", "-O1", "--threads=1", soArgument.c_str(), "-o", out.c_str()};
  std::vector<std::string> users;
  for (const std::string &file : inputs.users) {
    if (auto kind = checkUserFile(file, target, /*shared=*/true); !kind)
      return kind.takeError();
    // lld takes one that begins with - for an option, with @ for a file of options.
    users.push_back(StringRef("-@").contains(file.front()) ? "./" + file : file);
  }
  std::string exports;
  if (!inputs.users.empty()) {
    auto path = writeExports(inputs.model, output);
    if (!path)
      return path.takeError();
    exports = "--version-script=" + *path;
    arguments.push_back(exports.c_str());
  }
  for (ArrayRef<std::string> files : {inputs.objects, ArrayRef<std::string>(users)})
    for (const std::string &file : files)
      arguments.push_back(file.c_str());
  arguments.insert(arguments.end(), {runtime.c_str(), libc.c_str(), libm.c_str()});
  std::string messages;
  raw_string_ostream os(messages);
  const lld::DriverDef drivers[] = {{lld::Gnu, &lld::elf::link}};
  // What is fatal to lld ends the process, where nobody recovers.
  CrashRecoveryContext::Enable();
  lld::Result result = lld::lldMain(arguments, os, os, drivers);
  CrashRecoveryContext::Disable();
  if (!inputs.users.empty())
    sys::fs::remove(output + ".exports");
  if (result.retCode != 0)
    return createStringError("linking failed: " + messages);
  return Error::success();
}

/// Appends the members of an archive, whose memory `keep` then owns.
static Error addMembers(StringRef path, std::vector<NewArchiveMember> &members, std::vector<std::unique_ptr<MemoryBuffer>> &keep) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return createStringError("cannot read '" + path + "': " + buffer.getError().message());
  auto archive = object::Archive::create((*buffer)->getMemBufferRef());
  if (!archive)
    return createStringError("'" + path + "' is damaged: " + toString(archive.takeError()));
  Error failure = Error::success();
  for (const object::Archive::Child &child : (*archive)->children(failure)) {
    auto member = NewArchiveMember::getOldMember(child, /*Deterministic=*/true);
    if (!member)
      return joinErrors(std::move(failure), member.takeError());
    members.push_back(std::move(*member));
  }
  keep.push_back(std::move(*buffer));
  return failure;
}

Error writeArchive(const LinkInputs &inputs, StringRef archDir, const Target &target, StringRef output) {
  std::string runtime = (archDir + "/libcoil_rt.a").str();
  if (Error error = needs(runtime))
    return error;
  std::vector<NewArchiveMember> members;
  std::vector<std::unique_ptr<MemoryBuffer>> keep;
  std::deque<std::string> names; // members do not own theirs
  auto addFile = [&](StringRef path, std::string name) -> Error {
    auto own = NewArchiveMember::getFile(path, /*Deterministic=*/true);
    if (!own)
      return createStringError("cannot read '" + path + "': " + toString(own.takeError()));
    own->MemberName = names.emplace_back(std::move(name));
    members.push_back(std::move(*own));
    return Error::success();
  };
  for (auto [i, object] : llvm::enumerate(inputs.objects))
    if (Error error = addFile(object, inputs.model.str() + (i ? "." + std::to_string(i) : "") + ".o"))
      return error;
  for (const std::string &file : inputs.users) {
    auto kind = checkUserFile(file, target, /*shared=*/false);
    if (!kind)
      return kind.takeError();
    if (Error error = *kind == file_magic::archive ? addMembers(file, members, keep)
                                                   : addFile(file, sys::path::filename(file).str()))
      return error;
  }
  if (Error error = addMembers(runtime, members, keep))
    return error;
  return llvm::writeArchive(output, members, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU,
                            /*Deterministic=*/true, /*Thin=*/false);
}

} // namespace coil
