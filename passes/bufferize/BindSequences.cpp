//===- BindSequences.cpp - sequences become lists of the runtime ----------===//
//
// Comes in: coil ops on sequences and optional values in @main, whose frame is
// bound. Goes out: rt ops on lists; tensors enter one by a copy into memory that
// stays until the run ends, and leave it as a buffer that nobody writes. Before
// bufferization, which then sees nothing but buffers and tensors.
//
//===----------------------------------------------------------------------===//

#include "passes/bufferize/Passes.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"

namespace coil {
#define GEN_PASS_DEF_BINDSEQUENCESPASS
#include "passes/bufferize/Passes.h.inc"

namespace {
class Lists {
public:
  explicit Lists(func::FuncOp main)
      : main(main), frame(main.getArgument(0)), listType(rt::ListType::get(main.getContext())) {}

  /// How many ops there were.
  size_t run() {
    SmallVector<Operation *> ops;
    main.walk([&](Operation *op) {
      auto touches = [](auto types) { return llvm::any_of(types, core::isContainer); };
      if (isa<core::CoreDialect, BuiltinDialect>(op->getDialect()) &&
          (touches(op->getOperandTypes()) || touches(op->getResultTypes())))
        ops.push_back(op);
      for (Region &region : op->getRegions())
        for (BlockArgument arg : region.getArguments())
          if (core::isContainer(arg.getType()))
            arg.setType(listType);
    });
    for (Operation *op : ops) {
      ImplicitLocOpBuilder b(op->getLoc(), op);
      if (Value result = replace(op, b))
        op->getResult(0).replaceAllUsesWith(result);
    }
    for (Operation *op : llvm::reverse(ops))
      op->erase();
    // What a loop or a branch gives.
    main.walk([&](Operation *op) {
      for (Value result : op->getResults())
        if (core::isContainer(result.getType()))
          result.setType(listType);
    });
    return ops.size();
  }

private:
  /// Operands may be lists already, other than the op's accessors take for sure.
  Value replace(Operation *op, ImplicitLocOpBuilder &b) {
    return llvm::TypeSwitch<Operation *, Value>(op)
        .Case([&](core::SequenceEmptyOp) { return rt::ListEmptyOp::create(b, listType, frame); })
        .Case([&](core::SequenceLengthOp) { return rt::ListLengthOp::create(b, b.getIndexType(), op->getOperand(0)); })
        .Case([&](core::SequenceAtOp s) { return element(b, op->getOperand(0), s.getPosition(), s.getType()); })
        .Case([&](core::SequenceInsertOp s) { return insert(b, s.getElement(), op->getOperand(1), s.getPosition()); })
        .Case([&](core::SequenceEraseOp s) {
          return rt::ListEraseOp::create(b, listType, frame, op->getOperand(0), s.getPosition());
        })
        .Case([&](core::OptionalNoneOp) { return rt::ListAbsentOp::create(b, listType, frame); })
        .Case([&](core::OptionalSomeOp) -> Value {
          Value content = op->getOperand(0);
          if (!isa<RankedTensorType>(content.getType()))
            return content;
          Value empty = rt::ListEmptyOp::create(b, listType, frame);
          return insert(b, content, empty, arith::ConstantIndexOp::create(b, 0));
        })
        .Case([&](core::OptionalHasOp) { return has(b, op->getOperand(0)); })
        .Case([&](core::OptionalGetOp) -> Value {
          if (auto tensor = dyn_cast<RankedTensorType>(op->getResult(0).getType()))
            return element(b, op->getOperand(0), arith::ConstantIndexOp::create(b, 0), tensor);
          rt::RequireOp::create(b, frame, has(b, op->getOperand(0)), "an optional value is absent", ValueRange());
          return op->getOperand(0);
        })
        // The same list, seen in another way.
        .Case<core::SequenceCastOp, UnrealizedConversionCastOp>([](Operation *o) { return o->getOperand(0); });
  }

  Value has(ImplicitLocOpBuilder &b, Value list) {
    Value length = rt::ListLengthOp::create(b, b.getIndexType(), list), zero = arith::ConstantIndexOp::create(b, 0);
    return arith::CmpIOp::create(b, arith::CmpIPredicate::sge, length, zero);
  }

  static MemRefType bytesType(OpBuilder &b) { return MemRefType::get(ShapedType::kDynamic, b.getI8Type()); }

  /// `bytes` as a buffer of the tensor's type; `dims` are all its dimensions.
  Value view(ImplicitLocOpBuilder &b, Value bytes, RankedTensorType type, ValueRange dims) {
    SmallVector<Value> dynamic;
    for (auto [size, d] : llvm::zip(type.getShape(), dims))
      if (ShapedType::isDynamic(size))
        dynamic.push_back(d);
    auto memory = MemRefType::get(type.getShape(), type.getElementType());
    return memref::ViewOp::create(b, memory, bytes, arith::ConstantIndexOp::create(b, 0), dynamic);
  }

  Value element(ImplicitLocOpBuilder &b, Value list, Value position, RankedTensorType type) {
    SmallVector<Type> types{bytesType(b)};
    types.append(type.getRank(), b.getIndexType());
    auto op = rt::ListElementOp::create(b, types, ValueRange{frame, list, position});
    Value tensor = bufferization::ToTensorOp::create(b, type, view(b, op.getBytes(), type, op.getDims()), /*restrict=*/true);
    elements[tensor] = op;
    return tensor;
  }

  Value insert(ImplicitLocOpBuilder &b, Value tensor, Value list, Value position) {
    auto type = cast<RankedTensorType>(tensor.getType());
    SmallVector<Value> dims;
    auto element = elements.lookup(tensor); // nobody writes it: lists may share it
    Value size = arith::ConstantIndexOp::create(b, llvm::divideCeil(type.getElementTypeBitWidth(), 8));
    for (int64_t axis = 0; axis < type.getRank(); ++axis) {
      dims.push_back(element ? element.getDims()[axis] : b.createOrFold<tensor::DimOp>(tensor, axis));
      size = b.createOrFold<arith::MulIOp>(size, dims.back());
    }
    if (element)
      return rt::ListInsertOp::create(b, listType, frame, list, position, element.getBytes(), size, dims);
    Value bytes = rt::AllocOp::create(b, bytesType(b), frame, size, /*local=*/false);
    bufferization::MaterializeInDestinationOp::create(b, TypeRange{}, tensor, view(b, bytes, type, dims),
                                                      /*restrict=*/true, /*writable=*/true);
    return rt::ListInsertOp::create(b, listType, frame, list, position, bytes, size, dims);
  }

  func::FuncOp main;
  Value frame;
  Type listType;
  DenseMap<Value, rt::ListElementOp> elements; // by what was taken out
};

struct BindSequencesPass : impl::BindSequencesPassBase<BindSequencesPass> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (!func.isDeclaration() && func.getNumArguments() == 1 && isa<rt::FrameType>(func.getArgumentTypes()[0]))
      if (size_t count = Lists(func).run())
        remark::passed(func.getLoc(), remark::RemarkOpts::name("BindSequences").category("bufferize").function(func.getName()))
            << remark::metric("ops", count);
  }
};
} // namespace
} // namespace coil
