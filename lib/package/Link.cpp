//===- Link.cpp - lld in this process, no sysroot -------------------------===//
//
// The runtime's archive and stubs of libc and libm travel with the compiler, so
// that a library for AArch64 links on a machine that has never seen one.
//
//===----------------------------------------------------------------------===//

#include "lib/package/Package.h"

#include "lld/Common/Driver.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileSystem.h"

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace coil {

static Error needs(StringRef path) {
  if (sys::fs::exists(path))
    return Error::success();
  return createStringError("the compiler's installation lacks '" + path + "'");
}

Error linkShared(ArrayRef<std::string> objects, StringRef archDir, const Target &target, StringRef soname,
                 StringRef output) {
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
  for (const std::string &object : objects)
    arguments.push_back(object.c_str());
  arguments.insert(arguments.end(), {runtime.c_str(), libc.c_str(), libm.c_str()});
  std::string messages;
  raw_string_ostream os(messages);
  const lld::DriverDef drivers[] = {{lld::Gnu, &lld::elf::link}};
  lld::Result result = lld::lldMain(arguments, os, os, drivers);
  if (result.retCode != 0)
    return createStringError("linking failed: " + messages);
  return Error::success();
}

Error writeArchive(ArrayRef<std::string> objects, StringRef name, StringRef archDir, StringRef output) {
  std::string runtime = (archDir + "/libcoil_rt.a").str();
  if (Error error = needs(runtime))
    return error;
  std::vector<NewArchiveMember> members;
  std::vector<std::string> names; // members do not own theirs
  for (size_t i = 0; i < objects.size(); ++i)
    names.push_back(name.str() + (i ? "." + std::to_string(i) : "") + ".o");
  for (auto [object, memberName] : llvm::zip(objects, names)) {
    auto own = NewArchiveMember::getFile(object, /*Deterministic=*/true);
    if (!own)
      return own.takeError();
    own->MemberName = memberName;
    members.push_back(std::move(*own));
  }

  auto buffer = MemoryBuffer::getFile(runtime);
  if (!buffer)
    return createStringError("cannot read '" + runtime + "': " + buffer.getError().message());
  auto archive = object::Archive::create((*buffer)->getMemBufferRef());
  if (!archive)
    return archive.takeError();
  Error failure = Error::success();
  for (const object::Archive::Child &child : (*archive)->children(failure)) {
    auto member = NewArchiveMember::getOldMember(child, /*Deterministic=*/true);
    if (!member)
      return member.takeError();
    members.push_back(std::move(*member));
  }
  if (failure)
    return failure;
  return llvm::writeArchive(output, members, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU,
                            /*Deterministic=*/true, /*Thin=*/false);
}

} // namespace coil
