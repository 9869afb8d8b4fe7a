// coil-lsp-server: an editor's help with IR of any stage.

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "passes/Pipeline.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  coil::registerStageDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
