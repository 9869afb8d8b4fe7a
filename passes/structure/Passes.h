#ifndef COIL_PASSES_STRUCTURE_PASSES_H
#define COIL_PASSES_STRUCTURE_PASSES_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace coil {
using namespace mlir;
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/structure/Passes.h.inc"
} // namespace coil

#endif // COIL_PASSES_STRUCTURE_PASSES_H
