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

/// What a library is made of: the model's objects, and objects, archives and
/// libraries of the user's.
struct LinkInputs {
  llvm::ArrayRef<std::string> objects, users;
  llvm::StringRef model;
};

/// Links objects with the runtime of `archDir` into a shared library that needs
/// libc, libm, the user's libraries and nothing else, and exports the model alone.
llvm::Error linkShared(const LinkInputs &inputs, llvm::StringRef archDir, const Target &target, llvm::StringRef soname,
                       llvm::StringRef output);

/// Puts objects, as MODEL.o, MODEL.1.o and so on, the user's objects and the
/// members of the user's and the runtime's archives into a new archive. Whoever
/// links that would learn too late of what is no object for the target: it is
/// refused.
llvm::Error writeArchive(const LinkInputs &inputs, llvm::StringRef archDir, const Target &target, llvm::StringRef output);

} // namespace coil

#endif // COIL_LIB_PACKAGE_PACKAGE_H
