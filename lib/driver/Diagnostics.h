//===- Diagnostics.h - errors as users read them --------------------------===//
#ifndef COIL_LIB_DRIVER_DIAGNOSTICS_H
#define COIL_LIB_DRIVER_DIAGNOSTICS_H

#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/Diagnostics.h"

namespace coil {

/// Prints what a context diagnoses: "coilc: error: FILE: node 'NAME': ...".
class DiagnosticPrinter : public mlir::ScopedDiagnosticHandler {
public:
  /// `remarks`: they are printed, too.
  DiagnosticPrinter(mlir::MLIRContext &context, llvm::StringRef file, llvm::raw_ostream &log, bool remarks);
};

/// The ONNX node at a location, "" if it is of none.
llvm::StringRef nodeName(mlir::Location loc);

} // namespace coil

#endif // COIL_LIB_DRIVER_DIAGNOSTICS_H
