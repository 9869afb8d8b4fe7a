//===- Instructions.cpp - ops that are instructions of a machine ----------===//
//
// Comes in: coil.dot and coil.lookup. Goes out: LLVM's intrinsics for them; a
// lookup is one load a lane where the machine has no table in registers.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Instructions.h"

#include "dialects/coil/Core.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace coil {
namespace {

/// The instruction of the machine. Its signs are those of the op, or the op
/// would not be there.
struct LowerDot : ConvertOpToLLVMPattern<core::DotOp> {
  LowerDot(LLVMTypeConverter &types, bool byLane) : ConvertOpToLLVMPattern(types), byLane(byLane) {}

  LogicalResult matchAndRewrite(core::DotOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    int64_t bits = 32 * op.getType().getNumElements();
    bool isReal = op.getX().getType().getElementType().isBF16();
    // Without a target signs tell.
    bool isNeon = byLane && (isReal || bits <= 128), fits = isNeon ? bits == 64 || bits == 128 : llvm::isPowerOf2_64(bits) && bits >= 128 && bits <= 512;
    if (!fits || (!isNeon && !isReal && !op.getXUnsigned()))
      return rewriter.notifyMatchFailure(op, "no instruction of this width and these signs");
    std::string name = isNeon ? (isReal              ? "llvm.aarch64.neon.bfdot"
                                 : op.getXUnsigned() ? "llvm.aarch64.neon.usdot"
                                                     : "llvm.aarch64.neon.sdot")
                              : (isReal ? "llvm.x86.avx512bf16.dpbf16ps." : "llvm.x86.avx512.vpdpbusd.") + std::to_string(bits);
    SmallVector<Value> operands(adaptor.getOperands());
    // NEON's takes a lane's terms from any lane of its last operand, which is where
    // `x` comes from; where signs are equal the factors may change places, and
    // LLVM has an instruction for the others.
    if (isNeon && !op.getXUnsigned())
      std::swap(operands[1], operands[2]);
    auto call = LLVM::CallIntrinsicOp::create(rewriter, op.getLoc(), op.getType(), rewriter.getStringAttr(name), operands);
    rewriter.replaceOp(op, call.getResult(0));
    return success();
  }

private:
  bool byLane;
};

struct LowerLookup : ConvertOpToLLVMPattern<core::LookupOp> {
  LowerLookup(LLVMTypeConverter &types, StringRef instruction) : ConvertOpToLLVMPattern(types), instruction(instruction) {}

  LogicalResult matchAndRewrite(core::LookupOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    int64_t lanes = op.getType().getNumElements();
    Value zero = LLVM::ConstantOp::create(b, b.getI64Type(), b.getI64IntegerAttr(0));
    Value table = getStridedElementPtr(rewriter, op.getLoc(), op.getTable().getType(), adaptor.getTable(), zero);
    Value at = adaptor.getAt();
    if (instruction == "vbmi" && lanes >= 8)
      rewriter.replaceOp(op, permuted(b, table, at, lanes));
    else if (instruction == "tbl" && lanes >= 8 && lanes <= 16)
      rewriter.replaceOp(op, tabled(b, table, at, lanes));
    else
      rewriter.replaceOp(op, loaded(b, table, at, lanes));
    return success();
  }

private:
  static VectorType bytes(ImplicitLocOpBuilder &b, int64_t n) { return VectorType::get(n, b.getI8Type()); }

  static Value call(ImplicitLocOpBuilder &b, StringRef name, Type type, ValueRange operands) {
    return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(name), operands).getResult(0);
  }

  /// The `n`-th part of the table, a register.
  static Value part(ImplicitLocOpBuilder &b, Value table, int32_t n, int64_t size) {
    Value from = LLVM::GEPOp::create(b, table.getType(), b.getI8Type(), table, LLVM::GEPArg(int32_t(n * size)));
    return LLVM::LoadOp::create(b, bytes(b, size), from, /*alignment=*/1);
  }

  static Value resized(ImplicitLocOpBuilder &b, Value v, int64_t from, int64_t to) {
    if (from == to)
      return v;
    SmallVector<int32_t> lanes;
    for (int64_t i = 0; i < to; ++i)
      lanes.push_back(i < from ? i : -1);
    return LLVM::ShuffleVectorOp::create(b, v, v, lanes);
  }

  /// Two registers hold 128 bytes; the highest bit says which of two such tables.
  static Value permuted(ImplicitLocOpBuilder &b, Value table, Value at, int64_t lanes) {
    constexpr int64_t kWidth = 64;
    VectorType type = bytes(b, kWidth);
    at = resized(b, at, lanes, kWidth);
    auto half = [&](int32_t first) {
      return call(b, "llvm.x86.avx512.vpermi2var.qi.512", type,
                  {part(b, table, first, kWidth), at, part(b, table, first + 1, kWidth)});
    };
    Value low = half(0), high = half(2);
    Value none = LLVM::ConstantOp::create(b, type, b.getZeroAttr(type));
    Value isHigh = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::slt, at, none);
    return resized(b, LLVM::SelectOp::create(b, isHigh, high, low), kWidth, lanes);
  }

  /// Four registers hold 64 bytes; what lies outside of them stays as it is.
  static Value tabled(ImplicitLocOpBuilder &b, Value table, Value at, int64_t lanes) {
    constexpr int64_t kWidth = 16, kHeld = 64;
    VectorType type = bytes(b, lanes);
    std::string suffix = lanes == 16 ? "v16i8" : "v8i8";
    Value step = LLVM::ConstantOp::create(b, type, DenseElementsAttr::get(type, b.getI8IntegerAttr(kHeld)));
    Value result;
    for (int32_t quarter = 0; quarter < 4; ++quarter) {
      SmallVector<Value> operands;
      if (quarter)
        operands.push_back(result);
      for (int32_t i = 0; i < 4; ++i)
        operands.push_back(part(b, table, 4 * quarter + i, kWidth));
      operands.push_back(at);
      result = call(b, (quarter ? "llvm.aarch64.neon.tbx4." : "llvm.aarch64.neon.tbl4.") + suffix, type, operands);
      at = LLVM::SubOp::create(b, at, step);
    }
    return result;
  }

  static Value loaded(ImplicitLocOpBuilder &b, Value table, Value at, int64_t lanes) {
    Value result = LLVM::PoisonOp::create(b, bytes(b, lanes));
    for (int64_t i = 0; i < lanes; ++i) {
      Value lane = LLVM::ConstantOp::create(b, b.getI64Type(), b.getI64IntegerAttr(i));
      Value index = LLVM::ZExtOp::create(b, b.getI64Type(), LLVM::ExtractElementOp::create(b, at, lane));
      Value from = LLVM::GEPOp::create(b, table.getType(), b.getI8Type(), table, LLVM::GEPArg(index));
      result = LLVM::InsertElementOp::create(b, result, LLVM::LoadOp::create(b, b.getI8Type(), from), lane);
    }
    return result;
  }

  StringRef instruction;
};
} // namespace

void populateInstructionPatterns(LLVMTypeConverter &types, ModuleOp module, RewritePatternSet &patterns) {
  auto target = module->getAttrOfType<DictionaryAttr>("coil.target");
  auto table = target ? target.getAs<StringAttr>("byte_table") : StringAttr();
  auto byLane = target ? target.getAs<BoolAttr>("multiply_by_lane") : BoolAttr();
  patterns.add<LowerDot>(types, !byLane || byLane.getValue());
  patterns.add<LowerLookup>(types, table ? table.getValue() : "");
}

} // namespace coil
