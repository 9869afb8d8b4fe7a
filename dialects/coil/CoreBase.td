// The dialect of the core algebra, and what its ops have in common.
#ifndef COIL_DIALECTS_COIL_COREBASE_TD
#define COIL_DIALECTS_COIL_COREBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Core_Dialect : Dialect {
  let name = "coil";
  let cppNamespace = "::coil::core";
  let summary = "What a model needs beside arith, math, tensor, linalg and scf";
  let useDefaultTypePrinterParser = 1;
}

class Core_Op<string mnemonic, list<Trait> traits = []>
    : Op<Core_Dialect, mnemonic, traits>;

#endif // COIL_DIALECTS_COIL_COREBASE_TD
