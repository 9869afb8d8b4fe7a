//===- StorageTypes.cpp - element types as memory has them ----------------===//
//
// Comes in: tensors of ONNX element types. Goes out: signless integers of at
// least a byte, and floats. Runs first in its stage: fusion and everything
// after it then meets one kind of integer, and no vector of i1 reaches memory,
// where LLVM would pack it by the bit.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/DialectResourceBlobManager.h"

namespace coil {
#define GEN_PASS_DEF_STORAGETYPESPASS
#include "passes/structure/Passes.h.inc"

/// The element type in memory.
static Type stored(Type element) {
  auto type = dyn_cast<IntegerType>(element);
  if (!type)
    return element;
  return IntegerType::get(type.getContext(), std::max(8u, type.getWidth()));
}

static Type storedTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? tensor.clone(stored(tensor.getElementType())) : type;
}

static ElementsAttr storedConstant(ElementsAttr attr) {
  auto type = cast<RankedTensorType>(storedTensor(attr.getType()));
  if (type == attr.getType())
    return attr;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  auto integers = cast<DenseIntElementsAttr>(attr);
  unsigned width = type.getElementTypeBitWidth();
  return integers.mapValues(type.getElementType(), [&](const APInt &n) { return n.zextOrTrunc(width); });
}

/// The scalar as memory holds it, made in front of `user`.
static Value toStored(Value scalar, Operation *user) {
  Type type = stored(scalar.getType());
  if (type == scalar.getType())
    return scalar;
  OpBuilder b(user);
  if (scalar.getType().isSignlessInteger(1))
    return arith::ExtUIOp::create(b, user->getLoc(), type, scalar);
  return core::SignOp::create(b, user->getLoc(), type, scalar);
}

/// Makes `loaded`, which had type `from`, what memory gives, and its users see
/// what they saw before.
static void fromStored(Value loaded, Type from, OpBuilder &b) {
  Type type = stored(from);
  if (type == from)
    return;
  loaded.setType(type);
  Value seen;
  if (from.isSignlessInteger(1)) {
    Value zero = arith::ConstantIntOp::create(b, loaded.getLoc(), type, 0);
    seen = arith::CmpIOp::create(b, loaded.getLoc(), arith::CmpIPredicate::ne, loaded, zero);
  } else {
    seen = core::SignOp::create(b, loaded.getLoc(), from, loaded);
  }
  loaded.replaceAllUsesExcept(seen, seen.getDefiningOp());
}

/// Scalars cross into and out of memory here.
static void cross(Operation *op) {
  OpBuilder b(op->getContext());
  b.setInsertionPointAfter(op);
  if (auto extract = dyn_cast<tensor::ExtractOp>(op))
    return fromStored(extract.getResult(), extract.getResult().getType(), b);
  if (auto insert = dyn_cast<tensor::InsertOp>(op))
    return insert.getScalarMutable().assign(toStored(insert.getScalar(), op));
  if (auto fill = dyn_cast<linalg::FillOp>(op)) {
    op->setOperand(0, toStored(fill.getInputs()[0], op));
    Block &body = fill.getRegion().front(); // moves its first argument
    Type type = op->getOperand(0).getType();
    if (body.getArgument(0).getType() != type) {
      for (BlockArgument arg : body.getArguments())
        arg.setType(type);
    }
    return;
  }
  if (isa<tensor::FromElementsOp, tensor::SplatOp>(op))
    for (OpOperand &operand : op->getOpOperands())
      operand.set(toStored(operand.get(), op));
}

/// The body of a generic takes and gives stored elements.
static void crossBody(linalg::GenericOp op) {
  Block &body = op.getRegion().front();
  OpBuilder b = OpBuilder::atBlockBegin(&body);
  for (BlockArgument arg : body.getArguments())
    fromStored(arg, arg.getType(), b);
  Operation *yield = body.getTerminator();
  for (auto [operand, result] : llvm::zip(yield->getOpOperands(), op->getResultTypes()))
    if (operand.get().getType() != cast<RankedTensorType>(result).getElementType())
      operand.set(toStored(operand.get(), yield));
}

namespace {
struct StorageTypesPass : impl::StorageTypesPassBase<StorageTypesPass> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    SmallVector<linalg::GenericOp> generics;
    SmallVector<Operation *> accesses;
    func.walk([&](Operation *op) {
      if (auto constant = dyn_cast<arith::ConstantOp>(op))
        if (auto attr = dyn_cast<ElementsAttr>(constant.getValue()))
          constant.setValueAttr(cast<TypedAttr>(storedConstant(attr)));
      for (Value result : op->getResults())
        result.setType(storedTensor(result.getType()));
      for (Region &region : op->getRegions())
        for (Block &block : region)
          for (BlockArgument arg : block.getArguments())
            arg.setType(storedTensor(arg.getType()));
      if (auto generic = dyn_cast<linalg::GenericOp>(op))
        generics.push_back(generic);
      else if (isa<tensor::ExtractOp, tensor::InsertOp, tensor::FromElementsOp, tensor::SplatOp,
                   linalg::FillOp>(op))
        accesses.push_back(op);
    });
    llvm::for_each(accesses, cross);
    llvm::for_each(generics, crossBody);

    // Signs have done their work: both sides are the same bits now.
    func.walk([&](core::SignOp op) {
      op.getResult().replaceAllUsesWith(op.getIn());
      op.erase();
    });
    func.setType(FunctionType::get(&getContext(), func.front().getArgumentTypes(),
                                   func.front().getTerminator()->getOperandTypes()));
  }
};
} // namespace
} // namespace coil
