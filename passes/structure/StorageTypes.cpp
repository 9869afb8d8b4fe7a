//===- StorageTypes.cpp - element types as memory has them ----------------===//
//
// Comes in: tensors of ONNX element types. Goes out: signless integers of at
// least a byte, and floats of at least 16 bits; a string is its number. Runs first in its stage: fusion
// and everything after it then meets one kind of integer, and no vector of i1
// reaches memory, where LLVM would pack it by the bit.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace coil {
#define GEN_PASS_DEF_STORAGETYPESPASS
#include "passes/structure/Passes.h.inc"

/// The element type in memory.
static Type stored(Type element) {
  if (auto type = dyn_cast<FloatType>(element))
    return type.getWidth() < 16 ? IntegerType::get(type.getContext(), 8) : element;
  if (auto type = dyn_cast<IntegerType>(element))
    return IntegerType::get(type.getContext(), std::max(8u, type.getWidth()));
  if (isa<core::StringType>(element))
    return IntegerType::get(element.getContext(), 64);
  return element;
}

/// A scalar keeps its type, unless it is a string: formulas have numbers only.
/// What a sequence or an optional value holds is stored like any tensor.
static Type storedTensor(Type type) {
  if (auto tensor = dyn_cast<TensorType>(type))
    return tensor.clone(stored(tensor.getElementType()));
  auto inside = [](Type element) { return isa<FloatType, IntegerType>(element) ? stored(element) : storedTensor(element); };
  if (auto sequence = dyn_cast<core::SequenceType>(type))
    return core::SequenceType::get(inside(sequence.getElement()));
  if (auto optional = dyn_cast<core::OptionalType>(type))
    return core::OptionalType::get(inside(optional.getElement()));
  return isa<core::StringType>(type) ? stored(type) : type;
}

static ElementsAttr storedConstant(ElementsAttr attr) {
  auto type = cast<RankedTensorType>(storedTensor(attr.getType()));
  if (type == attr.getType())
    return attr;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  if (auto floats = dyn_cast<DenseFPElementsAttr>(attr))
    return floats.mapValues(type.getElementType(), [](const APFloat &f) { return f.bitcastToAPInt().zext(8); });
  auto integers = cast<DenseIntElementsAttr>(attr);
  unsigned width = type.getElementTypeBitWidth();
  bool hasSign = attr.getElementType().isSignlessInteger() && !attr.getElementType().isInteger(1);
  return integers.mapValues(type.getElementType(),
                            [&](const APInt &n) { return hasSign ? n.sextOrTrunc(width) : n.zextOrTrunc(width); });
}

/// The scalar as memory holds it, made in front of `user`. An element of fewer
/// bits than a byte has it to itself, a signed one with its sign.
static Value toStored(Value scalar, Operation *user) {
  Type from = scalar.getType(), type = stored(from);
  if (type == from)
    return scalar;
  ImplicitLocOpBuilder b(user->getLoc(), user);
  Type bits = b.getIntegerType(from.getIntOrFloatBitWidth());
  if (isa<FloatType>(from))
    scalar = b.createOrFold<arith::BitcastOp>(bits, scalar);
  else if (from != bits)
    scalar = core::SignOp::create(b, bits, scalar);
  if (bits == type)
    return scalar;
  bool hasSign = from.isSignlessInteger() && !from.isInteger(1);
  return hasSign ? b.createOrFold<arith::ExtSIOp>(type, scalar) : b.createOrFold<arith::ExtUIOp>(type, scalar);
}

/// Makes `loaded`, which had type `from`, what memory gives, and its users see
/// what they saw before. Of a byte with fewer bits in it only those are read.
static void fromStored(Value loaded, Type from, OpBuilder &builder) {
  Type type = stored(from);
  if (type == from)
    return;
  ImplicitLocOpBuilder b(loaded.getLoc(), builder);
  // The users, before there are more.
  auto uses = llvm::map_to_vector(loaded.getUses(), [](OpOperand &use) { return &use; });
  loaded.setType(type);
  Value seen = loaded;
  Type bits = b.getIntegerType(from.getIntOrFloatBitWidth());
  if (from.isInteger(1))
    seen = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, loaded, arith::ConstantIntOp::create(b, type, 0));
  else if (bits != type)
    seen = arith::TruncIOp::create(b, bits, loaded);
  if (isa<FloatType>(from))
    seen = arith::BitcastOp::create(b, from, seen);
  else if (bits != from)
    seen = core::SignOp::create(b, from, seen);
  for (OpOperand *use : uses)
    use->set(seen);
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

/// A body that gives one value and reads nothing is a fill: linalg has none for
/// unsigned integers, and these are gone now.
static void makeFill(linalg::GenericOp op) {
  Value value = op.getBody()->getTerminator()->getOperand(0);
  if (op.getNumDpsInputs() != 0 || op.getNumResults() != 1 || op.getBody()->getOperations().size() != 1 ||
      value.getParentBlock() == op.getBody())
    return;
  OpBuilder b(op);
  op.replaceAllUsesWith(linalg::FillOp::create(b, op.getLoc(), value, op.getDpsInits()[0])->getResults());
  op.erase();
}

namespace {
struct StorageTypesPass : impl::StorageTypesPassBase<StorageTypesPass> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    // What is a string and what is its number has been said.
    func.walk([&](core::HandleOp op) {
      op.getResult().replaceAllUsesWith(op.getIn());
      op.erase();
    });
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
    llvm::for_each(generics, makeFill);
    func.setType(FunctionType::get(&getContext(), func.front().getArgumentTypes(),
                                   func.front().getTerminator()->getOperandTypes()));
  }
};
} // namespace
} // namespace coil
