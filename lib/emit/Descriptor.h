//===- Descriptor.h - the one symbol that a model exports -----------------===//
#ifndef COIL_LIB_EMIT_DESCRIPTOR_H
#define COIL_LIB_EMIT_DESCRIPTOR_H

#include "lib/emit/Emit.h"

namespace coil {
/// Adds `const coil_model NAME_model` to a module whose entry is @main.
void addDescriptor(llvm::Module &module, const Signature &signature, const WeightPlace &weights);
} // namespace coil

#endif // COIL_LIB_EMIT_DESCRIPTOR_H
