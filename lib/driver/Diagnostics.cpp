//===- Diagnostics.cpp - errors as users read them ------------------------===//

#include "lib/driver/Diagnostics.h"

#include "llvm/ADT/StringExtras.h"
#include "mlir/IR/Location.h"
#include "passes/support/Nodes.h"

using namespace mlir;

namespace coil {

static StringRef severity(DiagnosticSeverity kind) {
  switch (kind) {
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  return "error";
}

StringRef nodeName(Location loc) {
  auto name = loc->findInstanceOf<NameLoc>();
  return name ? name.getName().getValue() : "";
}

/// "model.onnx: node 'conv_1': " from what a location knows.
static void printPlace(Location loc, StringRef file, llvm::raw_ostream &os) {
  if (auto line = loc->findInstanceOf<FileLineColLoc>(); line && line.getFilename().getValue().ends_with(".mlir"))
    os << line.getFilename().getValue() << ":" << line.getLine() << ":" << line.getColumn() << ": ";
  else
    os << file << ": ";
  if (StringRef name = nodeName(loc); !name.empty())
    os << "node '" << inOneLine(name) << "': ";
}

DiagnosticPrinter::DiagnosticPrinter(MLIRContext &context, StringRef file, llvm::raw_ostream &log, bool remarks)
    : ScopedDiagnosticHandler(&context) {
  setHandler([&log, file = file.str(), remarks](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Remark && !remarks)
      return success();
    std::string message = diagnostic.str();
    // The importer names file and node itself.
    log << "coilc: " << severity(diagnostic.getSeverity()) << ": ";
    if (!StringRef(message).contains(file))
      printPlace(diagnostic.getLocation(), file, log);
    log << message << "\n";
    for (Diagnostic &note : diagnostic.getNotes())
      if (!StringRef(note.str()).starts_with("see current operation"))
        log << "coilc: note: " << note.str() << "\n";
    return success();
  });
}

} // namespace coil
