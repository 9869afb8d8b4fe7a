//===- OutlineParallel.cpp - parallel bodies become functions -------------===//
//
// Comes in: rt.parallel with its body in place. Goes out: a function for each
// body and a call of coil_rt_parallel.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Passes.h"

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

namespace coil {
#define GEN_PASS_DEF_OUTLINEPARALLELPASS
#include "passes/lower/Passes.h.inc"

namespace {
class Outliner {
public:
  explicit Outliner(ModuleOp module)
      : module(module), types(module.getContext()), ptr(LLVM::LLVMPointerType::get(module.getContext())),
        i64(IntegerType::get(module.getContext(), 64)) {}

  void outline(rt::ParallelOp op) {
    llvm::SetVector<Value> used;
    getUsedValuesDefinedAbove(op->getRegions(), used);
    SmallVector<Value> captured;
    SmallVector<Operation *> constants; // cheaper to make again than to carry
    for (Value v : used) {
      if (Operation *maker = v.getDefiningOp(); maker && matchPattern(maker, m_Constant()))
        constants.push_back(maker);
      else
        captured.push_back(v);
    }
    SmallVector<Type> fields;
    for (Value v : captured)
      fields.push_back(isa<rt::FrameType>(v.getType()) ? ptr : types.convertType(v.getType()));
    Type closure = LLVM::LLVMStructType::getLiteral(module.getContext(), fields);
    func::FuncOp body = buildBody(op, captured, constants, closure);
    buildCall(op, captured, closure, body);
    op.erase();
  }

private:
  func::FuncOp buildBody(rt::ParallelOp op, ArrayRef<Value> captured, ArrayRef<Operation *> constants, Type closure) {
    auto kernel = op->getParentOfType<func::FuncOp>();
    unsigned number = parts[kernel]++;
    std::string name = (kernel.getName() + "_part" + (number ? Twine(number) : Twine())).str();
    OpBuilder after(module.getContext());
    after.setInsertionPointAfter(kernel);
    auto func = func::FuncOp::create(after, op.getLoc(), name, after.getFunctionType({ptr, i64, i64}, {}));
    func.setPrivate();
    ImplicitLocOpBuilder b(op.getLoc(), OpBuilder::atBlockBegin(func.addEntryBlock()));
    IRMapping map;
    for (Operation *constant : constants)
      b.clone(*constant, map);
    Value record = LLVM::LoadOp::create(b, closure, func.getArgument(0));
    for (auto [i, v] : llvm::enumerate(captured)) {
      Value field = LLVM::ExtractValueOp::create(b, record, ArrayRef<int64_t>{int64_t(i)});
      map.map(v, field.getType() == v.getType()
                     ? field
                     : UnrealizedConversionCastOp::create(b, v.getType(), field).getResult(0));
    }
    Block &source = op.getBody().front();
    for (unsigned i : {0, 1})
      map.map(source.getArgument(i), arith::IndexCastOp::create(b, b.getIndexType(), func.getArgument(i + 1)));
    for (Operation &inner : source)
      b.clone(inner, map);
    func::ReturnOp::create(b);
    return func;
  }

  void buildCall(rt::ParallelOp op, ArrayRef<Value> captured, Type closure, func::FuncOp body) {
    ImplicitLocOpBuilder b(op.getLoc(), op);
    auto raw = [&](Value v, Type type) -> Value {
      return v.getType() == type ? v : UnrealizedConversionCastOp::create(b, type, v).getResult(0);
    };
    Value record = LLVM::PoisonOp::create(b, closure);
    auto fields = cast<LLVM::LLVMStructType>(closure).getBody();
    for (auto [i, v] : llvm::enumerate(captured))
      record = LLVM::InsertValueOp::create(b, record, raw(v, fields[i]), ArrayRef<int64_t>{int64_t(i)});
    Block &entry = op->getParentOfType<func::FuncOp>().front();
    ImplicitLocOpBuilder top(op.getLoc(), OpBuilder::atBlockBegin(&entry));
    Value one = LLVM::ConstantOp::create(top, i64, top.getI64IntegerAttr(1));
    Value memory = LLVM::AllocaOp::create(top, ptr, closure, one);
    LLVM::StoreOp::create(b, record, memory);
    Value function = func::ConstantOp::create(b, body.getFunctionType(), body.getSymName());
    auto number = [&](Value index) { return arith::IndexCastOp::create(b, i64, index).getResult(); };
    LLVM::CallOp::create(b, callee(), ValueRange{raw(op.getFrame(), ptr), raw(function, ptr), memory,
                                                 number(op.getCount()), number(op.getGrain())});
  }

  LLVM::LLVMFuncOp callee() {
    static constexpr StringLiteral name = "coil_rt_parallel";
    if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
      return known;
    OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
    Type none = LLVM::LLVMVoidType::get(module.getContext());
    return LLVM::LLVMFuncOp::create(top, module.getLoc(), name,
                                    LLVM::LLVMFunctionType::get(none, {ptr, ptr, ptr, i64, i64}));
  }

  ModuleOp module;
  LLVMTypeConverter types;
  Type ptr, i64;
  DenseMap<Operation *, unsigned> parts;
};

struct OutlineParallelPass : impl::OutlineParallelPassBase<OutlineParallelPass> {
  void runOnOperation() override {
    SmallVector<rt::ParallelOp> ops;
    getOperation().walk([&](rt::ParallelOp op) { ops.push_back(op); });
    Outliner outliner(getOperation());
    for (rt::ParallelOp op : ops)
      outliner.outline(op);
  }
};
} // namespace
} // namespace coil
