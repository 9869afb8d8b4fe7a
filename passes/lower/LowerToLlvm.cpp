//===- LowerToLlvm.cpp - the llvm dialect, in one conversion --------------===//
//
// Comes in: control flow graphs of arith, math, memref, vector and func ops.
// Goes out: llvm only. Last pass of the compiler.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Passes.h"

#include "dialects/coil/Core.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
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
#include "llvm/ADT/StringSwitch.h"

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
/// The instruction of the machine. Its signs are those of the op, or the op
/// would not be there.
struct LowerDot : ConvertOpToLLVMPattern<core::DotOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(core::DotOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    int64_t bits = 32 * op.getType().getNumElements();
    StringRef name;
    if (!op.getXUnsigned() && (bits == 64 || bits == 128))
      name = "llvm.aarch64.neon.sdot";
    else if (op.getXUnsigned())
      name = StringSwitch<StringRef>(std::to_string(bits))
                 .Case("128", "llvm.x86.avx512.vpdpbusd.128")
                 .Case("256", "llvm.x86.avx512.vpdpbusd.256")
                 .Case("512", "llvm.x86.avx512.vpdpbusd.512")
                 .Default("");
    if (name.empty())
      return rewriter.notifyMatchFailure(op, "no instruction of this width");
    SmallVector<Value> operands(adaptor.getOperands());
    // NEON's takes four bytes from any lane of its last operand, which is
    // where `x` comes from; signs are equal, so the factors may change places.
    if (!op.getXUnsigned())
      std::swap(operands[1], operands[2]);
    auto call = LLVM::CallIntrinsicOp::create(rewriter, op.getLoc(), op.getType(), rewriter.getStringAttr(name), operands);
    rewriter.replaceOp(op, call.getResult(0));
    return success();
  }
};

struct LowerToLlvmPass : impl::LowerToLlvmPassBase<LowerToLlvmPass> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    expandBrainFloats(getOperation());
    LowerToLLVMOptions options(context);
    LLVMTypeConverter types(context, options);
    types.addConversion([&](rt::FrameType) { return LLVM::LLVMPointerType::get(context); });

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
    patterns.add<LowerDot>(types);
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
