//===- Check.h - what a compilation would come to --------------------------===//
#ifndef COIL_LIB_DRIVER_CHECK_H
#define COIL_LIB_DRIVER_CHECK_H

#include "lib/driver/Compile.h"

namespace coil {

/// Whether the ONNX model will compile with these options: all that stands in
/// the way, or what a run will cost, to `out`, as text or as JSON. Wrong options
/// go to `log`. True if the model will compile; writes no file.
bool check(const CompileOptions &options, bool json, llvm::raw_ostream &out, llvm::raw_ostream &log);

} // namespace coil

#endif // COIL_LIB_DRIVER_CHECK_H
