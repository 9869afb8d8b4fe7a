#ifndef COIL_PASSES_LOWER_PASSES_H
#define COIL_PASSES_LOWER_PASSES_H

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Pass/Pass.h"

namespace coil {
using namespace mlir;
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/lower/Passes.h.inc"
} // namespace coil

#endif // COIL_PASSES_LOWER_PASSES_H
