//===- UserFile.h - what a user gives to be linked ------------------------===//
#ifndef COIL_LIB_PACKAGE_USERFILE_H
#define COIL_LIB_PACKAGE_USERFILE_H

#include "lib/target/Target.h"
#include "llvm/BinaryFormat/Magic.h"

namespace coil {

/// What a file is that goes into a library (`shared`) or an archive: an object,
/// an archive of objects, or, of a library, another one. Refuses anything else,
/// what is damaged and what is for another machine.
llvm::Expected<llvm::file_magic> checkUserFile(llvm::StringRef path, const Target &target, bool shared);

} // namespace coil

#endif // COIL_LIB_PACKAGE_USERFILE_H
