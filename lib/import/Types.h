// ONNX's numbered element types.
#ifndef COIL_LIB_IMPORT_TYPES_H
#define COIL_LIB_IMPORT_TYPES_H

#include "mlir/IR/Types.h"

#include <optional>
#include <string>

namespace coil::importer {

/// The MLIR type of ONNX element type `number`; null where COIL has none.
mlir::Type elementType(int64_t number, mlir::MLIRContext *context);
/// Its name in the ONNX specification, as messages say it.
std::string elementTypeName(int64_t number);
/// The number of a type name, as Cast had it before opset 6.
std::optional<int64_t> elementTypeNumber(llvm::StringRef name);
/// Bytes an element takes in raw data (a bool takes one); of a string, its place in
/// memory.
int64_t elementBytes(mlir::Type type);

/// `name` as a C identifier.
std::string identifier(llvm::StringRef name);

} // namespace coil::importer

#endif // COIL_LIB_IMPORT_TYPES_H
