//===- LowerRt.cpp - rt ops become loads and calls ------------------------===//
//
// Comes in: rt ops in a control flow graph. Goes out: llvm loads of the fields
// of coil_frame and calls of runtime/rt.h. After scf is gone, because a failed
// check leaves the function from wherever it stands.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Passes.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/lower/CallRecord.h"

namespace coil {
#define GEN_PASS_DEF_LOWERRTPASS
#include "passes/lower/Passes.h.inc"

static constexpr int32_t kErrorData = 7; // COIL_ERROR_DATA

namespace {
/// Fields of coil_frame by position.
enum Field : int32_t { kInputs, kSymbols, kWeights, kContext, kDraws };
/// Where a coil_tensor has its dimensions, in words; its data comes first.
constexpr int64_t kTensorDims = 3;

class Lowering {
public:
  explicit Lowering(ModuleOp module)
      : module(module), ptr(LLVM::LLVMPointerType::get(module.getContext())),
        i64(IntegerType::get(module.getContext(), 64)), i32(IntegerType::get(module.getContext(), 32)) {}

  void run(func::FuncOp func) {
    frame = func.getArgument(0);
    failure = nullptr;
    SmallVector<Operation *> ops;
    func.walk([&](Operation *op) {
      if (isa<rt::RtDialect>(op->getDialect()))
        ops.push_back(op);
    });
    ImplicitLocOpBuilder b(func.getLoc(), OpBuilder::atBlockBegin(&func.front()));
    base = UnrealizedConversionCastOp::create(b, ptr, ValueRange(frame)).getResult(0);
    for (Operation *op : ops)
      lower(op);
    finish(func);
  }

private:
  void lower(Operation *op) {
    ImplicitLocOpBuilder b(op->getLoc(), op);
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](rt::SymbolOp s) {
          Value size = LLVM::LoadOp::create(b, i64, at(b, field(b, kSymbols), i64, s.getIndex()));
          op->replaceAllUsesWith(arith::IndexCastOp::create(b, b.getIndexType(), size));
        })
        .Case([&](rt::DrawOp) {
          Value place = at(b, base, i64, kDraws), number = LLVM::LoadOp::create(b, i64, place);
          Value one = LLVM::ConstantOp::create(b, i64, b.getI64IntegerAttr(1));
          LLVM::StoreOp::create(b, LLVM::AddOp::create(b, number, one), place);
          op->replaceAllUsesWith(ValueRange(number));
        })
        .Case([&](rt::InputOp s) {
          bytes(b, op, LLVM::LoadOp::create(b, ptr, at(b, field(b, kInputs), ptr, s.getIndex())));
        })
        .Case([&](rt::WeightsOp) { bytes(b, op, field(b, kWeights)); })
        .Case([&](rt::ArenaOp s) { allocation(b, op, "coil_rt_arena", s.getSize()); })
        .Case([&](rt::AllocOp s) {
          allocation(b, op, s.getLocal() ? "coil_rt_alloc_local" : "coil_rt_alloc", s.getSize());
        })
        .Case([&](rt::MarkOp) { op->replaceAllUsesWith(ValueRange(call(b, "coil_rt_mark", i64, base))); })
        .Case([&](rt::ReleaseOp s) { call(b, "coil_rt_release", {}, {base, s.getMark()}); })
        .Case([&](rt::OutputOp s) { output(b, s); })
        .Case([&](rt::CallOp s) { callRuntime(b, s); })
        .Case([&](rt::CustomOp s) { custom(b, s); })
        .Case([&](rt::CustomShapeOp s) { customShape(b, s); })
        .Case([&](rt::RequireOp s) { require(b, s); })
        .Case([&](rt::ListInputOp s) { list(b, op, "coil_rt_list_input", {number32(b, s.getIndex())}); })
        .Case([&](rt::ListOutputOp s) {
          Value index = number32(b, s.getIndex());
          Value done = call(b, "coil_rt_list_output", i32, {base, index, pointer(b, s.getList())});
          Value zero = number32(b, 0);
          continueIf(b, LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ne, done, zero));
        })
        .Case([&](rt::ListEmptyOp) { constantList(b, op, "coil_rt_list_empty"); })
        .Case([&](rt::ListAbsentOp) { constantList(b, op, "coil_rt_list_absent"); })
        .Case([&](rt::ListLengthOp s) {
          Value length = LLVM::LoadOp::create(b, i64, pointer(b, s.getList()));
          op->replaceAllUsesWith(arith::IndexCastOp::create(b, b.getIndexType(), length));
        })
        .Case([&](rt::ListElementOp s) { element(b, s); })
        .Case([&](rt::ListInsertOp s) {
          Value memory = memref::ExtractAlignedPointerAsIndexOp::create(b, s.getBytes());
          Value data = LLVM::IntToPtrOp::create(b, ptr, number(b, memory));
          Value rank = number32(b, s.getDims().size());
          Value position = number(b, s.getPosition()), size = number(b, s.getSize());
          list(b, op, "coil_rt_list_insert",
               {pointer(b, s.getList()), position, data, size, rank, array(b, s.getDims())});
        })
        .Case([&](rt::ListEraseOp s) {
          list(b, op, "coil_rt_list_erase", {pointer(b, s.getList()), number(b, s.getPosition())});
        })
        .Case([&](rt::SiteOp s) {
          Value site = LLVM::ConstantOp::create(b, i32, b.getI32IntegerAttr(s.getSite()));
          call(b, "coil_rt_site", {}, {base, site});
        });
    op->erase();
  }

  Value field(ImplicitLocOpBuilder &b, Field index) {
    return LLVM::LoadOp::create(b, ptr, at(b, base, ptr, index));
  }
  Value at(ImplicitLocOpBuilder &b, Value pointer, Type element, int64_t index) {
    return LLVM::GEPOp::create(b, ptr, element, pointer, ArrayRef<LLVM::GEPArg>{int32_t(index)});
  }
  Value number(ImplicitLocOpBuilder &b, Value index) { return arith::IndexCastOp::create(b, i64, index); }

  void bytes(ImplicitLocOpBuilder &b, Operation *op, Value data) {
    op->replaceAllUsesWith(ValueRange(descriptor(b, data, op->getResultTypes()[0])));
  }

  /// The descriptor of `data` as a memref<?xi8>. Views carry the sizes that
  /// matter; this one's is never read.
  Value descriptor(ImplicitLocOpBuilder &b, Value data, Type type) {
    Type pair = LLVM::LLVMArrayType::get(i64, 1);
    Type descriptor = LLVM::LLVMStructType::getLiteral(b.getContext(), {ptr, ptr, i64, pair, pair});
    Value zero = LLVM::ConstantOp::create(b, i64, b.getI64IntegerAttr(0));
    Value one = LLVM::ConstantOp::create(b, i64, b.getI64IntegerAttr(1));
    Value d = LLVM::PoisonOp::create(b, descriptor);
    d = LLVM::InsertValueOp::create(b, d, data, ArrayRef<int64_t>{0});
    d = LLVM::InsertValueOp::create(b, d, data, ArrayRef<int64_t>{1});
    d = LLVM::InsertValueOp::create(b, d, zero, ArrayRef<int64_t>{2});
    d = LLVM::InsertValueOp::create(b, d, zero, ArrayRef<int64_t>{3, 0});
    d = LLVM::InsertValueOp::create(b, d, one, ArrayRef<int64_t>{4, 0});
    return UnrealizedConversionCastOp::create(b, type, d).getResult(0);
  }

  void allocation(ImplicitLocOpBuilder &b, Operation *op, StringRef function, Value size) {
    bytes(b, op, checked(b, call(b, function, ptr, {base, number(b, size)})));
  }

  /// Numbers go through memory of the entry block, so that a loop does not grow
  /// the stack.
  Value array(ImplicitLocOpBuilder &b, ValueRange numbers) {
    ImplicitLocOpBuilder entry(b.getLoc(), OpBuilder::atBlockBegin(base.getParentBlock()));
    Value count = LLVM::ConstantOp::create(entry, i64, b.getI64IntegerAttr(std::max<size_t>(numbers.size(), 1)));
    Value memory = LLVM::AllocaOp::create(entry, ptr, i64, count);
    for (auto [i, n] : llvm::enumerate(numbers))
      LLVM::StoreOp::create(b, number(b, n), at(b, memory, i64, i));
    return memory;
  }

  void output(ImplicitLocOpBuilder &b, rt::OutputOp op) {
    Value dims = array(b, op.getDims());
    Value index = LLVM::ConstantOp::create(b, i32, b.getI32IntegerAttr(op.getIndex()));
    bytes(b, op, checked(b, call(b, "coil_rt_output", ptr, {base, index, dims})));
  }

  Value number32(ImplicitLocOpBuilder &b, int64_t n) {
    return LLVM::ConstantOp::create(b, i32, b.getI32IntegerAttr(n));
  }
  Value pointer(ImplicitLocOpBuilder &b, Value list) {
    return UnrealizedConversionCastOp::create(b, ptr, list).getResult(0);
  }
  void replaceList(ImplicitLocOpBuilder &b, Operation *op, Value list) {
    op->replaceAllUsesWith(UnrealizedConversionCastOp::create(b, op->getResultTypes(), list));
  }
  void constantList(ImplicitLocOpBuilder &b, Operation *op, StringRef function) {
    replaceList(b, op, call(b, function, ptr, base));
  }
  void list(ImplicitLocOpBuilder &b, Operation *op, StringRef function, ArrayRef<Value> operands) {
    SmallVector<Value> all{base};
    llvm::append_range(all, operands);
    replaceList(b, op, checked(b, call(b, function, ptr, all)));
  }

  /// Fields of the coil_tensor that is the element.
  void element(ImplicitLocOpBuilder &b, rt::ListElementOp op) {
    Value position = number(b, op.getPosition()), rank = number32(b, op.getDims().size());
    Value tensor = checked(b, call(b, "coil_rt_list_element", ptr, {base, pointer(b, op.getList()), position, rank}));
    for (auto [i, d] : llvm::enumerate(op.getDims())) {
      Value size = LLVM::LoadOp::create(b, i64, at(b, tensor, i64, kTensorDims + i));
      d.replaceAllUsesWith(arith::IndexCastOp::create(b, b.getIndexType(), size));
    }
    op.getBytes().replaceAllUsesWith(descriptor(b, LLVM::LoadOp::create(b, ptr, tensor), op.getBytes().getType()));
  }

  /// Pointers for buffers, which have no gaps, and the node's name if it is told.
  void callRuntime(ImplicitLocOpBuilder &b, rt::CallOp op) {
    SmallVector<Value> arguments{base};
    for (Value value : llvm::concat<Value>(SmallVector<Value>(op.getIns()), SmallVector<Value>(op.getOuts()))) {
      if (isa<MemRefType>(value.getType())) {
        Value address = number(b, memref::ExtractAlignedPointerAsIndexOp::create(b, value));
        value = LLVM::IntToPtrOp::create(b, ptr, address);
      } else if (value.getType().isIndex()) {
        value = number(b, value);
      }
      arguments.push_back(value);
    }
    if (op.getNode())
      arguments.push_back(text(b, *op.getNode()));
    Value code = call(b, op.getCallee(), i32, arguments);
    Value ok = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::eq, code, LLVM::ConstantOp::create(b, i32, b.getI32IntegerAttr(0)));
    continueIf(b, ok);
  }

  template <typename Op> CallRecord record(ImplicitLocOpBuilder &b, Op op, size_t outputs) {
    CallRecord::Callee callee{op.getFunction(), op.getOperatorName(), op.getTypes(), op.getValues()};
    return CallRecord(b, base.getParentBlock(), callee, outputs,
                      [this](ImplicitLocOpBuilder &in, StringRef string) { return text(in, string); });
  }

  /// Calls the user's function by way of the runtime, which says what went wrong.
  void invoke(ImplicitLocOpBuilder &b, StringRef function, CallRecord &record) {
    Value address = LLVM::AddressOfOp::create(b, ptr, declareCustom(b, function));
    Value status = call(b, "coil_rt_custom", i32, {base, address, text(b, function), record.getPointer()});
    Value zero = LLVM::ConstantOp::create(b, i32, b.getI32IntegerAttr(0));
    continueIf(b, LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::eq, status, zero));
  }

  void custom(ImplicitLocOpBuilder &b, rt::CustomOp op) {
    CallRecord call = record(b, op, op.getOutputs().size());
    call.setInputs(op.getInputs());
    for (auto [i, output] : llvm::enumerate(op.getOutputs()))
      call.setOutput(i, output);
    invoke(b, op.getFunction(), call);
  }

  void customShape(ImplicitLocOpBuilder &b, rt::CustomShapeOp op) {
    CallRecord call = record(b, op, op.getRanks().size());
    call.setInputs(op.getInputs());
    ValueRange sizes = op.getSizes();
    for (auto [i, rank] : llvm::enumerate(op.getRanks())) {
      call.setShape(i, sizes.take_front(rank));
      sizes = sizes.drop_front(rank);
    }
    invoke(b, op.getFunction(), call);
    auto result = op.getTold().begin();
    for (auto [i, rank] : llvm::enumerate(op.getRanks()))
      for (int64_t axis = 0; axis < rank; ++axis)
        (*result++).replaceAllUsesWith(call.loadSize(i, axis));
  }

  void require(ImplicitLocOpBuilder &b, rt::RequireOp op) {
    ImplicitLocOpBuilder fail(op.getLoc(), branch(b, op.getCondition()));
    Value status = LLVM::ConstantOp::create(fail, i32, b.getI32IntegerAttr(kErrorData));
    Value message = text(fail, op.getMessage());
    if (op.getNumbers().empty()) {
      call(fail, "coil_rt_fail", {}, {base, status, message});
    } else {
      Value first = number(fail, op.getNumbers().front()), last = number(fail, op.getNumbers().back());
      call(fail, "coil_rt_fail_numbers", {}, {base, status, message, first, last});
    }
    fail.setInsertionPointToEnd(fail.getInsertionBlock());
    cf::BranchOp::create(fail, exit());
  }

  /// Continues after `pointer` is known not to be null.
  Value checked(ImplicitLocOpBuilder &b, Value pointer) {
    Value null = LLVM::ZeroOp::create(b, ptr);
    Value ok = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ne, pointer, null);
    continueIf(b, ok);
    return pointer;
  }

  /// What follows runs if `ok`; else the run ends with what has been recorded.
  void continueIf(ImplicitLocOpBuilder &b, Value ok) {
    Block *here = b.getInsertionBlock(), *next = here->splitBlock(b.getInsertionPoint());
    OpBuilder end = OpBuilder::atBlockEnd(here);
    cf::CondBranchOp::create(end, b.getLoc(), ok, next, exit());
    b.setInsertionPointToStart(next);
  }

  /// Splits the block: what follows runs if `condition` holds. Returns a
  /// builder in the block for the other case.
  OpBuilder branch(ImplicitLocOpBuilder &b, Value condition) {
    Block *here = b.getInsertionBlock(), *next = here->splitBlock(b.getInsertionPoint());
    Block *fail = new Block;
    here->getParent()->push_back(fail);
    OpBuilder end = OpBuilder::atBlockEnd(here);
    cf::CondBranchOp::create(end, b.getLoc(), condition, next, fail);
    return OpBuilder::atBlockBegin(fail);
  }

  /// The block that returns a failure.
  Block *exit() {
    if (!failure) {
      failure = new Block;
      base.getParentRegion()->push_back(failure);
      OpBuilder b = OpBuilder::atBlockBegin(failure);
      Value one = arith::ConstantOp::create(b, module.getLoc(), b.getI32IntegerAttr(1));
      func::ReturnOp::create(b, module.getLoc(), one);
    }
    return failure;
  }

  void finish(func::FuncOp func) {
    func.walk([&](func::ReturnOp op) {
      if (op.getNumOperands())
        return;
      OpBuilder b(op);
      op->setOperands(Value(arith::ConstantOp::create(b, op.getLoc(), b.getI32IntegerAttr(0))));
    });
    func.setType(FunctionType::get(func.getContext(), func.getArgumentTypes(), i32));
  }

  Value call(ImplicitLocOpBuilder &b, StringRef name, ArrayRef<Type> results, ValueRange operands) {
    auto callee = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
    if (!callee) {
      Type result = results.empty() ? LLVM::LLVMVoidType::get(b.getContext()) : results.front();
      OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
      callee = LLVM::LLVMFuncOp::create(
          top, module.getLoc(), name,
          LLVM::LLVMFunctionType::get(result, llvm::to_vector(operands.getTypes())));
    }
    auto op = LLVM::CallOp::create(b, callee, operands);
    return results.empty() ? Value() : op.getResult();
  }

  /// The user's function, which the linker or the loader finds. Its name may not
  /// be one of this program's.
  StringRef declareCustom(ImplicitLocOpBuilder &b, StringRef name) {
    Operation *known = module.lookupSymbol(name);
    if (!known) {
      OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
      auto callee = LLVM::LLVMFuncOp::create(top, module.getLoc(), name, LLVM::LLVMFunctionType::get(i32, {ptr}));
      callee->setAttr("coil.custom", b.getUnitAttr());
    } else if (!known->hasAttr("coil.custom")) {
      emitError(b.getLoc()) << "function '" << name << "' has a name that the model's own code uses";
      clash = true;
    }
    return name;
  }

  /// A C string; equal ones share a global.
  Value text(ImplicitLocOpBuilder &b, StringRef message) {
    StringAttr &name = texts[message];
    std::string bytes = (message + StringRef("\0", 1)).str();
    auto type = LLVM::LLVMArrayType::get(b.getI8Type(), bytes.size());
    if (!name) {
      OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
      name = b.getStringAttr("text_" + Twine(texts.size() - 1));
      LLVM::GlobalOp::create(top, module.getLoc(), type, /*isConstant=*/true, LLVM::Linkage::Internal, name,
                             b.getStringAttr(bytes));
    }
    return LLVM::AddressOfOp::create(b, ptr, name);
  }

  ModuleOp module;
  Type ptr, i64, i32;
  Value frame, base;
  Block *failure = nullptr;
  llvm::StringMap<StringAttr> texts;

public:
  bool clash = false; // of a user's function with a name of the program
};

struct LowerRtPass : impl::LowerRtPassBase<LowerRtPass> {
  void runOnOperation() override {
    Lowering lowering(getOperation());
    for (auto func : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (func.getNumArguments() == 1 && isa<rt::FrameType>(func.getArgumentTypes()[0]))
        lowering.run(func);
    if (lowering.clash)
      signalPassFailure();
  }
};
} // namespace
} // namespace coil
