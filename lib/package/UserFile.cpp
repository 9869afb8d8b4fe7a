//===- UserFile.cpp - what a user gives to be linked ----------------------===//
//
// Comes in: a path that stands after --link. Goes out: its kind, or an error that
// names the file. Whoever links an archive would learn too late of what is no
// object for the target, and lld takes what it does not know for a script.
//
//===----------------------------------------------------------------------===//

#include "lib/package/UserFile.h"

#include "llvm/Object/Archive.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace coil {

static Error damaged(StringRef path, Error error) {
  return createStringError("'" + path + "' is damaged: " + toString(std::move(error)));
}

static Error checkObject(StringRef name, MemoryBufferRef content, const Target &target) {
  auto object = object::ObjectFile::createELFObjectFile(content);
  if (!object)
    return damaged(name, object.takeError());
  StringRef arch = Triple::getArchTypeName((*object)->getArch());
  if (arch != target.arch())
    return createStringError("'" + name + "' is an object for " + arch + ", the target is " + target.arch());
  return Error::success();
}

static Error checkMember(StringRef path, const object::Archive::Child &child, const Target &target) {
  auto name = child.getName();
  if (!name)
    return damaged(path, name.takeError());
  auto member = child.getMemoryBufferRef();
  if (!member)
    return damaged(path, member.takeError());
  std::string place = (path + "(" + *name + ")").str();
  if (identify_magic(member->getBuffer()) != file_magic::elf_relocatable)
    return createStringError("'" + place + "' is no object");
  return checkObject(place, *member, target);
}

static Error checkMembers(StringRef path, MemoryBufferRef content, const Target &target) {
  auto archive = object::Archive::create(content);
  if (!archive)
    return damaged(path, archive.takeError());
  Error failure = Error::success();
  for (const object::Archive::Child &child : (*archive)->children(failure))
    if (Error error = checkMember(path, child, target))
      return joinErrors(std::move(failure), std::move(error));
  return failure ? damaged(path, std::move(failure)) : Error::success();
}

Expected<file_magic> checkUserFile(StringRef path, const Target &target, bool shared) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError("cannot read '" + path + "': " + buffer.getError().message());
  MemoryBufferRef content = (*buffer)->getMemBufferRef();
  file_magic kind = identify_magic(content.getBuffer());
  if (kind == file_magic::archive) {
    if (Error error = checkMembers(path, content, target))
      return error;
    return kind;
  }
  if (kind == file_magic::elf_shared_object && !shared)
    return createStringError("'" + path + "' is a shared library: that is linked with the app, an archive has objects");
  if (kind != file_magic::elf_relocatable && kind != file_magic::elf_shared_object)
    return createStringError("'" + path + "' is no object" + (shared ? ", no archive and no shared library" : " and no archive"));
  if (Error error = checkObject(path, content, target))
    return error;
  return kind;
}

} // namespace coil
