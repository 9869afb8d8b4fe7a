#ifndef COIL_DIALECTS_COIL_CORE_H
#define COIL_DIALECTS_COIL_CORE_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/coil/CoreDialect.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/coil/CoreTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/coil/CoreOps.h.inc"

namespace coil::core {
/// Of what enters or leaves a model, or is held by a sequence: COIL_MAX_RANK, of
/// which the dialects know nothing; the importer asserts that it is.
constexpr int64_t kMaxRank = 8;

/// On a copy: in words, from where to where, and so why it is none less.
inline constexpr llvm::StringLiteral kCopyReasonAttr = "coil.why";

/// What a run has as a list.
inline bool isContainer(mlir::Type type) { return mlir::isa<SequenceType, OptionalType>(type); }
/// What is known of tensors of which either is known: the parameter of a
/// sequence that holds both. Null where their element types differ.
mlir::Type joinElements(mlir::Type a, mlir::Type b);
/// The same of two sequences or two optional values.
mlir::Type joinContainers(mlir::Type a, mlir::Type b);
} // namespace coil::core

#endif // COIL_DIALECTS_COIL_CORE_H
