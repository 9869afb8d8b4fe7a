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
#include "mlir/IR/Iterators.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/lower/Instructions.h"
#include "passes/lower/Reloads.h"

namespace coil {
#define GEN_PASS_DEF_LOWERTOLLVMPASS
#include "passes/lower/Passes.h.inc"

/// Marks the functions that can be called with nothing but a pointer for each
/// buffer: those whose buffers have their sizes and strides in their types. A
/// buffer of four dimensions otherwise is eleven arguments, of each call.
static void markBarePointers(ModuleOp module) {
  for (auto func : module.getOps<func::FuncOp>())
    if (llvm::all_of(func.getArgumentTypes(), [](Type type) {
          auto buffer = dyn_cast<BaseMemRefType>(type);
          return !buffer || LLVMTypeConverter::canConvertToBarePtr(buffer);
        }))
      func->setAttr("llvm.bareptr", UnitAttr::get(module.getContext()));
}

/// Buffers' descriptors were put together and taken apart op by op: takes what
/// was put in, then drops what nobody asks for. One walk each, where a general
/// simplification of the whole program would cost more than the conversion.
static void dropDescriptors(ModuleOp module) {
  module.walk([](LLVM::ExtractValueOp op) {
    auto value = dyn_cast_if_present<Value>(op.fold(LLVM::ExtractValueOp::FoldAdaptor({Attribute()}, op)));
    if (value && value != op) // else it looks into an earlier form of the descriptor now
      op.replaceAllUsesWith(value);
  });
  module.walk<WalkOrder::PostOrder, ReverseIterator>([](Operation *op) {
    if (isOpTriviallyDead(op))
      op->erase();
  });
}

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
    lowerReloads(getOperation());
    LowerToLLVMOptions options(context);
    LLVMTypeConverter types(context, options);
    types.addConversion([&](rt::FrameType) { return LLVM::LLVMPointerType::get(context); });
    types.addConversion([&](rt::ListType) { return LLVM::LLVMPointerType::get(context); });

    markBarePointers(getOperation());
    SymbolTableCollection symbols;
    RewritePatternSet patterns(context);
    populateAffineToStdConversionPatterns(patterns);
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    arith::populateArithToLLVMConversionPatterns(types, patterns);
    // An intrinsic first: libm has a function for what is one instruction, too,
    // and that is called for each element.
    populateMathToLLVMConversionPatterns(types, patterns, /*approximateLog1p=*/true, /*benefit=*/2);
    populateMathToLibmConversionPatterns(patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(types, patterns);
    populateVectorToLLVMConversionPatterns(types, patterns);
    populateInstructionPatterns(types, getOperation(), patterns);
    index::populateIndexToLLVMConversionPatterns(types, patterns);
    ub::populateUBToLLVMConversionPatterns(types, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(types, patterns);
    populateFuncToLLVMConversionPatterns(types, patterns, &symbols);

    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp>();
    ConversionConfig config;
    config.allowPatternRollback = false; // half the time; what fails is a mistake in the table above, not a model
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns), config)))
      return signalPassFailure();
    SmallVector<UnrealizedConversionCastOp> casts;
    getOperation().walk([&](UnrealizedConversionCastOp op) { casts.push_back(op); });
    reconcileUnrealizedCasts(casts);
    dropDescriptors(getOperation());

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
