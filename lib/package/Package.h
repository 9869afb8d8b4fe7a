//===- Package.h - what goes around a model's code ------------------------===//
#ifndef COIL_LIB_PACKAGE_PACKAGE_H
#define COIL_LIB_PACKAGE_PACKAGE_H

#include "lib/package/Files.h"
#include "lib/package/Signature.h"
#include "lib/target/Target.h"

namespace coil {

/// The model's C header: the runtime's interface and typed wrappers.
/// `runtimeHeader` is the text of include/coil/runtime.h.
void writeHeader(const Signature &signature, llvm::StringRef runtimeHeader, llvm::raw_ostream &os);

/// What tools want to know without loading the library, as JSON.
void writeManifest(const Signature &signature, llvm::StringRef weightsFile, llvm::raw_ostream &os);

/// Links objects with the runtime of `archDir` into a shared library that needs
/// libc and libm and nothing else.
llvm::Error linkShared(llvm::ArrayRef<std::string> objects, llvm::StringRef archDir, const Target &target,
                       llvm::StringRef soname, llvm::StringRef output);

/// Puts objects, as NAME.o, NAME.1.o and so on, and the members of the runtime's
/// archive into a new archive.
llvm::Error writeArchive(llvm::ArrayRef<std::string> objects, llvm::StringRef name, llvm::StringRef archDir,
                         llvm::StringRef output);

} // namespace coil

#endif // COIL_LIB_PACKAGE_PACKAGE_H
