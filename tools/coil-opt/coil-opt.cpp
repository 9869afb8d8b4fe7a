// coil-opt: upstream's passes and COIL's on IR of any stage.

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/Pipeline.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  coil::registerStageDialects(registry);
  mlir::registerAllPasses();
  coil::registerStagePasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "COIL's passes, stages and MLIR's own passes\n", registry));
}
