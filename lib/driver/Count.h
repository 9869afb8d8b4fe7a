//===- Count.h - how much a program computes -------------------------------===//
#ifndef COIL_LIB_DRIVER_COUNT_H
#define COIL_LIB_DRIVER_COUNT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coil {

/// What a run computes.
struct Work {
  /// Additions, multiplications, functions, one each, on floats and on integers
  /// that are data: a multiply-add is 2. Not: conversions, comparisons, choices,
  /// and the arithmetic of indices.
  uint64_t operations = 0;
  /// The program has a loop whose length only the data tells; it counts once.
  bool atLeast = false;
};

/// The work of a program after `legalize`, without what only constants go into,
/// which the compiler does. An unknown dimension counts as 1.
Work countWork(mlir::func::FuncOp func);

/// The numbers that the constants of an imported model hold.
struct Parameters {
  uint64_t count = 0, bytes = 0;
};
Parameters countParameters(mlir::func::FuncOp func);

} // namespace coil

#endif // COIL_LIB_DRIVER_COUNT_H
