#ifndef COIL_PASSES_BUFFERIZE_PASSES_H
#define COIL_PASSES_BUFFERIZE_PASSES_H

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace coil {
using namespace mlir;
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/bufferize/Passes.h.inc"
} // namespace coil

#endif // COIL_PASSES_BUFFERIZE_PASSES_H
