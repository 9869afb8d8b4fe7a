#ifndef COIL_PASSES_VECTORIZE_PASSES_H
#define COIL_PASSES_VECTORIZE_PASSES_H

#include "dialects/coil/Core.h"
#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace coil {
using namespace mlir;
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/vectorize/Passes.h.inc"
} // namespace coil

#endif // COIL_PASSES_VECTORIZE_PASSES_H
