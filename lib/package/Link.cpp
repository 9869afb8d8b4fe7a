//===- Link.cpp - lld in this process, no sysroot -------------------------===//
//
// The runtime's archive and stubs of libc and libm travel with the compiler, so
// that a library for AArch64 links on a machine that has never seen one.
//
//===----------------------------------------------------------------------===//

#include "lib/package/Package.h"

#include "lld/Common/Driver.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ObjectFile.h"
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
  for (const std::string &file : inputs.users) // lld takes one for a script that says nothing
    if (uint64_t size = 1; !sys::fs::file_size(file, size) && size == 0)
      return createStringError("'" + file + "' is empty");
  std::string exports;
  if (!inputs.users.empty()) {
    auto path = writeExports(inputs.model, output);
    if (!path)
      return path.takeError();
    exports = "--version-script=" + *path;
    arguments.push_back(exports.c_str());
  }
  for (ArrayRef<std::string> files : {inputs.objects, inputs.users})
    for (const std::string &file : files)
      arguments.push_back(file.c_str());
  arguments.insert(arguments.end(), {runtime.c_str(), libc.c_str(), libm.c_str()});
  std::string messages;
  raw_string_ostream os(messages);
  const lld::DriverDef drivers[] = {{lld::Gnu, &lld::elf::link}};
  lld::Result result = lld::lldMain(arguments, os, os, drivers);
  if (!inputs.users.empty())
    sys::fs::remove(output + ".exports");
  if (result.retCode != 0)
    return createStringError("linking failed: " + messages);
  return Error::success();
}

/// Refuses what is not an object for the target's machine.
static Error checkObject(StringRef name, MemoryBufferRef content, const Target &target) {
  if (identify_magic(content.getBuffer()) != file_magic::elf_relocatable)
    return createStringError("'" + name + "' is no object");
  auto object = object::ObjectFile::createELFObjectFile(content);
  if (!object)
    return createStringError("'" + name + "' is damaged: " + toString(object.takeError()));
  StringRef arch = Triple::getArchTypeName((*object)->getArch());
  if (arch != target.arch())
    return createStringError("'" + name + "' is an object for " + arch + ", the target is " + target.arch());
  return Error::success();
}

/// Appends the members of an archive, whose memory `keep` then owns.
static Error addMembers(StringRef path, const Target &target, std::vector<NewArchiveMember> &members,
                        std::vector<std::unique_ptr<MemoryBuffer>> &keep) {
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
    if (Error error = checkObject((path + "(" + member->MemberName + ")").str(), member->Buf->getMemBufferRef(), target))
      return joinErrors(std::move(failure), std::move(error));
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
    file_magic kind;
    if (std::error_code code = identify_magic(file, kind))
      return createStringError("cannot read '" + file + "': " + code.message());
    if (kind == file_magic::elf_shared_object)
      return createStringError("'" + file + "' is a shared library: that is linked with the app, an archive has objects");
    if (kind != file_magic::archive && kind != file_magic::elf_relocatable)
      return createStringError("'" + file + "' is no object and no archive");
    if (kind == file_magic::archive) {
      if (Error error = addMembers(file, target, members, keep))
        return error;
      continue;
    }
    if (Error error = addFile(file, sys::path::filename(file).str()))
      return error;
    if (Error error = checkObject(file, members.back().Buf->getMemBufferRef(), target))
      return error;
  }
  if (Error error = addMembers(runtime, target, members, keep))
    return error;
  return llvm::writeArchive(output, members, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU,
                            /*Deterministic=*/true, /*Thin=*/false);
}

} // namespace coil
