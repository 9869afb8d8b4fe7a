//===- LowerToLlvm.cpp - the llvm dialect, in one conversion --------------===//
//
// Comes in: control flow graphs of arith, math, memref, vector and func ops.
// Goes out: llvm only. Last pass of the compiler.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Passes.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace coil {
#define GEN_PASS_DEF_LOWERTOLLVMPASS
#include "passes/lower/Passes.h.inc"

/// x86-64 rounds to bf16 by a function of the compiler's own library, which
/// models do not link, or by an instruction that makes subnormals zero.
static void expandBrainFloats(ModuleOp module) {
  auto target = module->getAttrOfType<DictionaryAttr>("coil.target");
  auto converts = target ? target.getAs<BoolAttr>("rounds_to_bf16") : BoolAttr();
  if (!converts || converts.getValue())
    return;
  SmallVector<Operation *> ops;
  module.walk([&](arith::TruncFOp op) {
    if (getElementTypeOrSelf(op.getType()).isBF16())
      ops.push_back(op);
  });
  RewritePatternSet patterns(module.getContext());
  arith::populateExpandBFloat16Patterns(patterns);
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingOps);
  (void)applyOpPatternsGreedily(ops, std::move(patterns), config);
}

namespace {
struct LowerToLlvmPass : impl::LowerToLlvmPassBase<LowerToLlvmPass> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    expandBrainFloats(getOperation());
    LowerToLLVMOptions options(context);
    LLVMTypeConverter types(context, options);
    types.addConversion([&](rt::FrameType) { return LLVM::LLVMPointerType::get(context); });

    RewritePatternSet patterns(context);
    populateAffineToStdConversionPatterns(patterns);
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    arith::populateArithToLLVMConversionPatterns(types, patterns);
    populateMathToLLVMConversionPatterns(types, patterns);
    populateMathToLibmConversionPatterns(patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(types, patterns);
    populateVectorToLLVMConversionPatterns(types, patterns);
    index::populateIndexToLLVMConversionPatterns(types, patterns);
    ub::populateUBToLLVMConversionPatterns(types, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(types, patterns);
    populateFuncToLLVMConversionPatterns(types, patterns);

    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp>();
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns))))
      return signalPassFailure();

    // Kernels stay kernels: they are called from several places, a profile
    // names them, and the entry stays small.
    for (auto func : getOperation().getOps<LLVM::LLVMFuncOp>())
      if (!func.isExternal()) {
        func.setLinkage(LLVM::Linkage::Internal);
        if (func.getName() != "main")
          func.setNoInline(true);
      }
  }
};
} // namespace
} // namespace coil
