//===- BindEntry.cpp - the entry function meets the runtime's frame -------===//
//
// Comes in: @main on tensors, with the model's names as attributes. Goes out:
// @main(!rt.frame) that reads and writes buffers of the frame, everything else
// still on tensors. Before bufferization, because destinations chosen here are
// copies saved there.
//
//===----------------------------------------------------------------------===//

#include "passes/bufferize/Passes.h"

#include "dialects/coil/Core.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/support/Machine.h"
#include "passes/support/Share.h"

namespace coil {
#define GEN_PASS_DEF_BINDENTRYPASS
#include "passes/bufferize/Passes.h.inc"

static constexpr int64_t kWeightAlignment = 64;

namespace {
class Binding {
public:
  Binding(func::FuncOp main, bool writesDirectly)
      : main(main), writesDirectly(writesDirectly), b(main.getLoc(), OpBuilder::atBlockBegin(&main.front())) {}

  void run() {
    Block &entry = main.front();
    frame = entry.addArgument(rt::FrameType::get(b.getContext()), main.getLoc());
    recordSignature();
    findEntangled();
    zero = arith::ConstantIndexOp::create(b, 0);
    bindSymbols();
    bindInputs();
    bindWeights();
    bindOutputs();
    main.walk([&](core::DrawOp op) {
      OpBuilder at(op);
      op.getNumber().replaceAllUsesWith(rt::DrawOp::create(at, op.getLoc(), at.getI64Type(), frame));
      op.erase();
    });
    bindCalls();
    main.walk([&](core::RequireOp op) {
      OpBuilder at(op);
      rt::RequireOp::create(at, op.getLoc(), frame, op.getCondition(), op.getMessage(), op.getNumbers());
      op.erase();
    });
    // Not earlier: the builder stands before one of them.
    for (Operation *op : replaced)
      op->erase();
    handFrameToKernels();
    entry.eraseArguments(0, entry.getNumArguments() - 1);
    main.setType(b.getFunctionType({frame.getType()}, {}));
    main.setAllArgAttrs(ArrayRef<DictionaryAttr>{DictionaryAttr::get(b.getContext())});
    main.setAllResultAttrs(ArrayRef<DictionaryAttr>{});
  }

private:
  /// A kernel that runs in parts needs the context's threads.
  void handFrameToKernels() {
    ModuleOp module = main->getParentOfType<ModuleOp>();
    for (auto func : module.getOps<func::FuncOp>())
      if (func != main && !func.isDeclaration())
        (void)func.insertArgument(0, frame.getType(), {}, func.getLoc());
    main.walk([&](func::CallOp call) { call->insertOperands(0, frame); });
  }

  /// Names, types and dimensions, for who packages the model.
  void recordSignature() {
    auto values = [&](auto count, auto attr) {
      SmallVector<Attribute> list;
      for (unsigned i = 0; i < count; ++i)
        list.push_back(b.getDictionaryAttr({b.getNamedAttr("name", attr(i, "onnx.name")),
                                            b.getNamedAttr("type", attr(i, "onnx.type")),
                                            b.getNamedAttr("dims", attr(i, "onnx.dims"))}));
      return b.getArrayAttr(list);
    };
    SmallVector<Attribute> shares;
    for (unsigned i = 0; i < main.getNumResults(); ++i)
      if (auto share = shareOfOutput(main, i))
        shares.push_back(b.getDenseI64ArrayAttr({i, share->input, share->axis, share->capacity}));
    ModuleOp module = main->getParentOfType<ModuleOp>();
    if (!shares.empty())
      module->setAttr("coil.shares", b.getArrayAttr(shares));
    module->setAttr("coil.inputs", values(main.getNumArguments(), [&](unsigned i, StringRef name) {
                      return main.getArgAttr(i, name);
                    }));
    module->setAttr("coil.outputs", values(main.getNumResults(), [&](unsigned i, StringRef name) {
                      return main.getResultAttr(i, name);
                    }));
    for (unsigned i = 0; i < main.getNumArguments(); ++i) {
      auto names = main.getArgAttrOfType<ArrayAttr>(i, "onnx.dims");
      for (auto name : names.getAsRange<StringAttr>())
        if (!name.empty() && !llvm::is_contained(symbols, name))
          symbols.push_back(name);
    }
    if (auto strings = main->removeAttr("coil.strings"))
      module->setAttr("coil.strings", strings);
    module->setAttr("coil.symbols", b.getArrayAttr(SmallVector<Attribute>(symbols.begin(), symbols.end())));
  }

  /// Calls of functions of the runtime's and of the user's end the run when they fail.
  void bindCalls() {
    main.walk([&](Operation *op) {
      OpBuilder at(op);
      Operation *own = nullptr;
      if (auto call = dyn_cast<core::CallOp>(op))
        own = rt::CallOp::create(at, op->getLoc(), op->getResultTypes(), frame, call.getCalleeAttr(), call.getIns(),
                                 call.getOuts(), call.getNodeAttr());
      else if (auto call = dyn_cast<core::CustomOp>(op))
        own = rt::CustomOp::create(at, op->getLoc(), op->getResultTypes(), frame, call.getFunction(), call.getOperatorName(),
                                   call.getTypes(), call.getValues(), call.getInputs(), call.getOutputs());
      else if (auto call = dyn_cast<core::CustomShapeOp>(op))
        own = rt::CustomShapeOp::create(at, op->getLoc(), op->getResultTypes(), frame, call.getFunction(),
                                        call.getOperatorName(), call.getTypes(), call.getValues(), call.getRanks(),
                                        call.getInputs(), call.getSizes());
      if (!own)
        return;
      op->replaceAllUsesWith(own);
      op->erase();
    });
  }

  Value symbol(StringAttr name) {
    Value &value = symbolValues[name];
    if (!value)
      value = rt::SymbolOp::create(b, b.getIndexType(), frame, llvm::find(symbols, name) - symbols.begin());
    return value;
  }

  void bindSymbols() {
    SmallVector<core::SymbolOp> uses;
    main.walk([&](core::SymbolOp op) { uses.push_back(op); });
    for (core::SymbolOp op : uses) {
      op.getResult().replaceAllUsesWith(symbol(op.getNameAttr()));
      replaced.push_back(op);
    }
  }

  /// A tensor of `type` at `offset` of some bytes.
  Value view(ImplicitLocOpBuilder &at, Value bytes, Value offset, RankedTensorType type, ValueRange sizes) {
    auto memory = MemRefType::get(type.getShape(), type.getElementType());
    return memref::ViewOp::create(at, memory, bytes, offset, sizes);
  }
  MemRefType bytesType() { return MemRefType::get(ShapedType::kDynamic, b.getI8Type()); }

  void bindInputs() {
    for (unsigned i = 0; i + 1 < main.front().getNumArguments(); ++i) {
      BlockArgument arg = main.front().getArgument(i);
      if (core::isContainer(arg.getType())) {
        // Also one that nobody reads: the caller is told what is wrong with it.
        Value list = rt::ListInputOp::create(b, rt::ListType::get(b.getContext()), frame, i);
        arg.replaceAllUsesWith(UnrealizedConversionCastOp::create(b, arg.getType(), list).getResult(0));
        continue;
      }
      auto type = cast<RankedTensorType>(arg.getType());
      SmallVector<Value> sizes;
      for (auto [name, size] : llvm::zip(main.getArgAttrOfType<ArrayAttr>(i, "onnx.dims"), type.getShape()))
        if (ShapedType::isDynamic(size))
          sizes.push_back(symbol(cast<StringAttr>(name)));
      auto share = shareOfInput(arg);
      if (arg.use_empty() && !share)
        continue;
      Value bytes = rt::InputOp::create(b, bytesType(), frame, i);
      if (share && share->grows()) {
        bindGrowing(arg, *share, bytes, sizes);
        continue;
      }
      Value memory = view(b, bytes, zero, type, sizes);
      arg.replaceAllUsesWith(bufferization::ToTensorOp::create(b, type, memory, /*restrict=*/true, /*writable=*/share.has_value()));
      if (share)
        sharedMemory[i] = memory;
    }
  }

  /// An input and the output that it grows to are the first rows of one buffer.
  /// The output's are asked for first of all that writes there, so that a run
  /// that would need more ends before.
  void bindGrowing(BlockArgument arg, Share share, Value bytes, SmallVector<Value> sizes) {
    auto type = cast<RankedTensorType>(arg.getType());
    unsigned output = 0;
    while (shareOfOutput(main, output).value_or(Share{-1, 0, 0}).input != share.input)
      ++output;
    tensor::InsertSliceOp insert = appendTo(main.front().getTerminator()->getOperand(output), arg);
    auto rows = [](ArrayRef<OpFoldResult> sizes, OpBuilder &at) {
      return std::pair(SmallVector<OpFoldResult>(sizes.size(), at.getIndexAttr(0)), SmallVector<OpFoldResult>(sizes.size(), at.getIndexAttr(1)));
    };
    SmallVector<OpFoldResult> own;
    auto dynamic = sizes.begin();
    SmallVector<Value> others;
    for (auto [axis, size] : llvm::enumerate(type.getShape())) {
      own.push_back(ShapedType::isDynamic(size) ? OpFoldResult(*dynamic++) : b.getIndexAttr(size));
      if (ShapedType::isDynamic(size) && int64_t(axis) != share.axis)
        others.push_back(cast<Value>(own.back()));
    }
    SmallVector<int64_t> shape(type.getShape());
    shape[share.axis] = share.capacity;
    auto whole = RankedTensorType::get(shape, type.getElementType());
    Value memory = view(b, bytes, zero, whole, others);
    Value tensor = bufferization::ToTensorOp::create(b, whole, memory, /*restrict=*/true, /*writable=*/true);
    auto [offsets, strides] = rows(own, b);
    arg.replaceAllUsesWith(tensor::ExtractSliceOp::create(b, type, tensor, offsets, own, strides));

    ImplicitLocOpBuilder at(insert.getLoc(), insert);
    SmallVector<OpFoldResult> all = insert.getDest().getDefiningOp<tensor::EmptyOp>().getMixedSizes();
    rt::OutputOp::create(at, bytesType(), frame, output, getValueOrCreateConstantIndexOp(at, at.getLoc(), all));
    insert.replaceAllUsesWith(tensor::ExtractSliceOp::create(at, insert.getType(), tensor, offsets, all, strides).getResult());
    sharedMemory[share.input] = memref::SubViewOp::create(at, memory, offsets, all, strides);
    replaced.push_back(insert);
  }

  /// Outputs that lie in an input's buffer are written there last of all. One that
  /// is, or may be, in the buffer of another is copied before. What grows begins
  /// in its own.
  void findEntangled() {
    for (OpOperand &operand : main.front().getTerminator()->getOpOperands()) {
      auto share = shareOfOutput(main, operand.getOperandNumber());
      if (share && !share->grows() && mayLieInOther(operand.get(), share->input))
        entangled.push_back(&operand);
    }
  }

  /// Whether a value may be made in the buffer of a shared input other than `own`.
  bool mayLieInOther(Value value, int64_t own) {
    SmallVector<Value> work{value};
    DenseSet<Value> seen;
    while (!work.empty()) {
      Value at = work.pop_back_val();
      if (!isa<TensorType>(at.getType()) || !seen.insert(at).second)
        continue;
      if (auto arg = dyn_cast<BlockArgument>(at); arg && arg.getOwner() == &main.front()) {
        if (int64_t(arg.getArgNumber()) != own && shareOfInput(arg))
          return true;
        continue;
      }
      Operation *op = at.getDefiningOp();
      if (OpOperand *destination = destinationOf(at))
        work.push_back(destination->get());
      else if (auto insert = dyn_cast_if_present<tensor::InsertSliceOp>(op))
        work.push_back(insert.getDest());
      else if (op && op->getNumRegions() == 0)
        llvm::append_range(work, op->getOperands());
      else // around a loop, or from a branch: from wherever
        for (BlockArgument arg : main.front().getArguments())
          if (int64_t(arg.getArgNumber()) != own && shareOfInput(arg) && mayReach(arg, op))
            return true;
    }
    return false;
  }

  /// Whether an op with regions, or the one around them, has to do with a value.
  static bool mayReach(Value value, Operation *op) {
    return !op || llvm::any_of(value.getUsers(), [&](Operation *user) { return op->isAncestor(user); });
  }

  /// Each different constant has a place among the weights.
  void bindWeights() {
    SmallVector<arith::ConstantOp> constants;
    main.walk([&](arith::ConstantOp op) {
      if (isa<RankedTensorType>(op.getType()))
        constants.push_back(op);
    });
    DenseMap<Attribute, Value> placed;
    SmallVector<Attribute> list;
    SmallVector<int64_t> offsets;
    int64_t end = 0;
    Value weights;
    for (arith::ConstantOp op : constants) {
      Value &tensor = placed[op.getValue()];
      if (!tensor) {
        auto type = cast<RankedTensorType>(op.getType());
        if (!weights)
          weights = rt::WeightsOp::create(b, bytesType(), frame);
        Value offset = arith::ConstantIndexOp::create(b, end);
        tensor = bufferization::ToTensorOp::create(b, type, view(b, weights, offset, type, {}), /*restrict=*/true);
        list.push_back(op.getValue());
        offsets.push_back(end);
        int64_t bytes = type.getNumElements() * llvm::divideCeil(elementBits(type), 8);
        end = llvm::alignTo(end + bytes, kWeightAlignment);
      }
      op.getResult().replaceAllUsesWith(tensor);
      replaced.push_back(op);
    }
    ModuleOp module = main->getParentOfType<ModuleOp>();
    module->setAttr("coil.weights", b.getArrayAttr(list));
    module->setAttr("coil.weight_offsets", b.getDenseI64ArrayAttr(offsets));
    module->setAttr("coil.weight_bytes", b.getI64IntegerAttr(end));
  }

  /// A dimension of a tensor, as early in the function as it can be had.
  Value dimOf(Value tensor, int64_t axis, OpBuilder &at) {
    while (Operation *op = tensor.getDefiningOp()) {
      if (auto call = dyn_cast<func::CallOp>(op))
        tensor = call.getOperand(call.getNumOperands() - call.getNumResults() +
                                 cast<OpResult>(tensor).getResultNumber()); // a kernel's destination
      else if (isa<core::CallOp, core::CustomOp>(op))
        tensor = cast<DestinationStyleOpInterface>(op).getTiedOpOperand(cast<OpResult>(tensor))->get();
      else if (auto cast = dyn_cast<tensor::CastOp>(op))
        tensor = cast.getSource();
      else if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
        tensor = insert.getDest();
      else if (auto loop = dyn_cast<scf::ForOp>(op))
        tensor = loop.getTiedLoopInit(mlir::cast<OpResult>(tensor))->get();
      else
        break;
    }
    if (auto empty = tensor.getDefiningOp<tensor::EmptyOp>())
      return getValueOrCreateConstantIndexOp(at, main.getLoc(), empty.getMixedSizes()[axis]);
    if (auto expand = tensor.getDefiningOp<tensor::ExpandShapeOp>())
      return getValueOrCreateConstantIndexOp(at, main.getLoc(), expand.getMixedOutputShape()[axis]);
    if (auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>();
        slice && slice.getType().getRank() == slice.getSourceType().getRank())
      return getValueOrCreateConstantIndexOp(at, main.getLoc(), slice.getMixedSizes()[axis]);
    return at.createOrFold<tensor::DimOp>(main.getLoc(), tensor, axis);
  }

  void bindOutputs() {
    Operation *ret = main.front().getTerminator();
    for (auto [i, operand] : llvm::enumerate(ret->getOpOperands()))
      if (!shareOfOutput(main, i))
        bindOutput(i, operand.get(), ret);
    for (OpOperand *operand : entangled) {
      auto type = cast<RankedTensorType>(operand->get().getType());
      OpBuilder at(ret);
      operand->set(bufferization::AllocTensorOp::create(at, operand->get().getLoc(), type, ValueRange(), operand->get()));
    }
    for (auto [i, operand] : llvm::enumerate(ret->getOpOperands()))
      if (auto share = shareOfOutput(main, i))
        bindShared(i, operand.get(), *share, ret);
    ret->setOperands({});
  }

  /// What a kernel, or a function that is no kernel, writes the result into.
  static OpOperand *destinationOf(Value result) {
    if (isa_and_present<core::CallOp, core::CustomOp>(result.getDefiningOp()))
      return result.getDefiningOp<DestinationStyleOpInterface>().getTiedOpOperand(cast<OpResult>(result));
    auto call = result.getDefiningOp<func::CallOp>();
    if (!call || call->getNumOperands() < call->getNumResults())
      return nullptr;
    unsigned others = call->getNumOperands() - call->getNumResults(); // destinations come last
    return &call->getOpOperand(others + cast<OpResult>(result).getResultNumber());
  }

  /// A result that lies in an input's buffer: a copy to there, which folds where it
  /// was made there.
  void bindShared(unsigned i, Value result, Share share, Operation *ret) {
    ImplicitLocOpBuilder at(result.getLoc(), ret);
    Value memory = sharedMemory[share.input];
    auto type = cast<RankedTensorType>(result.getType());
    if (!share.grows()) { // the runtime sees that they are as large as the input
      SmallVector<Value> all;
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        all.push_back(dimOf(result, axis, at));
      rt::OutputOp::create(at, bytesType(), frame, i, all);
    }
    auto own = cast<MemRefType>(memory.getType());
    if (own.getShape() != type.getShape())
      result = tensor::CastOp::create(at, RankedTensorType::get(own.getShape(), type.getElementType()), result);
    bufferization::MaterializeInDestinationOp::create(at, TypeRange{}, result, memory, /*restrict=*/true,
                                                      /*writable=*/true);
  }

  /// The tensor that a result is put together in, part by part.
  static tensor::EmptyOp partsOf(Value result) {
    if (!result.getDefiningOp<tensor::InsertSliceOp>())
      return {};
    Block *block = result.getDefiningOp()->getBlock();
    Value whole = result;
    while (auto insert = result.getDefiningOp<tensor::InsertSliceOp>()) {
      if (result != whole && !insert->hasOneUse()) // a part of another whole, too
        return {};
      result = insert.getDest();
    }
    auto empty = result.getDefiningOp<tensor::EmptyOp>();
    // Kernels write into slices of it; one chain puts them in.
    bool ours = empty && empty->getBlock() == block && llvm::all_of(empty->getUsers(), [](Operation *user) {
                  return isa<tensor::InsertSliceOp, tensor::ExtractSliceOp, tensor::DimOp>(user);
                }) && llvm::count_if(empty->getUsers(), llvm::IsaPred<tensor::InsertSliceOp>) == 1;
    return ours ? empty : tensor::EmptyOp();
  }

  void bindOutput(unsigned i, Value result, Operation *ret) {
    if (core::isContainer(result.getType())) {
      ImplicitLocOpBuilder at(result.getLoc(), ret);
      Type type = rt::ListType::get(b.getContext());
      rt::ListOutputOp::create(at, frame, i, UnrealizedConversionCastOp::create(at, type, result).getResult(0));
      return;
    }
    auto type = cast<RankedTensorType>(result.getType());
    // The kernel that makes the result writes it where it belongs.
    Operation *maker = result.getDefiningOp();
    OpOperand *destination = destinationOf(result);
    bool direct = writesDirectly && destination && maker->getBlock() == ret->getBlock() && destination->get().getType() == type &&
                  destination->get().getDefiningOp<tensor::EmptyOp>();
    tensor::EmptyOp parts = writesDirectly ? partsOf(result) : tensor::EmptyOp();
    bool inParts = parts && parts->getBlock() == ret->getBlock() && parts.getType() == type;
    ImplicitLocOpBuilder at(result.getLoc(), direct ? maker : inParts ? parts : ret);
    SmallVector<Value> all, dynamic;
    for (auto [axis, size] : llvm::enumerate(type.getShape())) {
      all.push_back(dimOf(result, axis, at));
      if (ShapedType::isDynamic(size))
        dynamic.push_back(all.back());
    }
    Value bytes = rt::OutputOp::create(at, bytesType(), frame, i, all);
    Value offset = arith::ConstantIndexOp::create(at, 0);
    Value memory = view(at, bytes, offset, type, dynamic);
    if (inParts) {
      // The sizes are those of the empty tensor, which goes when nobody asks it for them.
      parts.replaceAllUsesWith(bufferization::ToTensorOp::create(at, type, memory, /*restrict=*/true, /*writable=*/true).getResult());
      at.setInsertionPoint(ret);
    }
    if (direct) {
      destination->set(bufferization::ToTensorOp::create(at, type, memory, /*restrict=*/true, /*writable=*/true));
      if (result.hasOneUse())
        return;
      // Others read it too, and one of them might go on writing there: the copy of
      // the buffer to itself, which folds, keeps it until the end.
      at.setInsertionPoint(ret);
    }
    bufferization::MaterializeInDestinationOp::create(at, TypeRange{}, result, memory, /*restrict=*/true,
                                                      /*writable=*/true);
  }

  func::FuncOp main;
  bool writesDirectly;
  ImplicitLocOpBuilder b;
  BlockArgument frame;
  Value zero;
  SmallVector<StringAttr> symbols;
  DenseMap<StringAttr, Value> symbolValues;
  SmallVector<OpOperand *> entangled;    // outputs that may lie in the buffer of another
  DenseMap<int64_t, Value> sharedMemory; // by the input: where the output belongs
  SmallVector<Operation *> replaced;
};

/// What the importer and legalization promise of an input or output, and a
/// program that was written by hand may lack. The sizes of an input have names.
LogicalResult check(func::FuncOp main, const Twine &what, Type type, DictionaryAttr attrs, bool named) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor && !core::isContainer(type))
    return main.emitError() << what << " is not a ranked tensor, a sequence or an optional value";
  if (tensor && tensor.getRank() > core::kMaxRank)
    return main.emitError() << what << " has rank " << tensor.getRank() << ", expected at most " << core::kMaxRank;
  auto typeAttr = attrs ? attrs.getAs<TypeAttr>("onnx.type") : TypeAttr();
  auto dims = attrs ? attrs.getAs<ArrayAttr>("onnx.dims") : ArrayAttr();
  if (!attrs || !attrs.getAs<StringAttr>("onnx.name") || !typeAttr || !dims)
    return main.emitError() << what << " lacks onnx.name, onnx.type or onnx.dims";
  if (!tensor)
    return core::isContainer(typeAttr.getValue()) ? success()
                                            : main.emitError() << what << " has an onnx.type of another kind";
  auto onnxType = dyn_cast<RankedTensorType>(typeAttr.getValue());
  if (!onnxType || onnxType.getShape() != tensor.getShape())
    return main.emitError() << what << " has shape and onnx.type that differ";
  if (dims.size() != tensor.getShape().size() || !llvm::all_of(dims, llvm::IsaPred<StringAttr>))
    return main.emitError() << what << " has " << tensor.getRank() << " dimensions, expected a name or \"\" for each in onnx.dims";
  for (auto [name, size] : llvm::zip(dims.getAsRange<StringAttr>(), tensor.getShape()))
    if (named && ShapedType::isDynamic(size) && name.empty())
      return main.emitError() << what << " has a dynamic dimension without a name";
  return success();
}

struct BindEntryPass : impl::BindEntryPassBase<BindEntryPass> {
  using BindEntryPassBase::BindEntryPassBase;

  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isDeclaration()) {
      getOperation().emitError("the module has no function @main");
      return signalPassFailure();
    }
    for (unsigned i = 0; i < main.getNumArguments(); ++i)
      if (failed(check(main, "argument " + Twine(i), main.getArgumentTypes()[i], main.getArgAttrDict(i), /*named=*/true)))
        return signalPassFailure();
    for (unsigned i = 0; i < main.getNumResults(); ++i)
      if (failed(check(main, "result " + Twine(i), main.getResultTypes()[i], main.getResultAttrDict(i), /*named=*/false)))
        return signalPassFailure();
    Binding(main, direct).run();
  }
};
} // namespace
} // namespace coil
