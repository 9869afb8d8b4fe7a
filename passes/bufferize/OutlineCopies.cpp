//===- OutlineCopies.cpp - strided copies become kernels ------------------===//
//
// Comes in: memref.copy as bufferization left it. Goes out: calls of copy
// kernels, and copies that are one memcpy; each with `coil.why`: where it copies
// from and to, which says why it was not written there at once.
//
//===----------------------------------------------------------------------===//

#include "passes/bufferize/Passes.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "passes/support/Machine.h"

namespace coil {
#define GEN_PASS_DEF_OUTLINECOPIESPASS
#include "passes/bufferize/Passes.h.inc"

/// Where a buffer begins is no matter to the kernel.
static MemRefType anyOffset(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (type.getLayout().isIdentity() || failed(type.getStridesAndOffset(strides, offset)))
    return type;
  return MemRefType::get(type.getShape(), type.getElementType(),
                         StridedLayoutAttr::get(type.getContext(), ShapedType::kDynamic, strides));
}

static bool isMemcpy(memref::CopyOp op) {
  return cast<MemRefType>(op.getSource().getType()).getLayout().isIdentity() &&
         cast<MemRefType>(op.getTarget().getType()).getLayout().isIdentity();
}

static func::FuncOp buildKernel(MemRefType from, MemRefType to, const Twine &name, OpBuilder &b) {
  auto func = func::FuncOp::create(b, b.getUnknownLoc(), name.str(), b.getFunctionType({rt::FrameType::get(b.getContext()), from, to}, {}));
  func.setPrivate();
  ImplicitLocOpBuilder body(b.getUnknownLoc(), OpBuilder::atBlockBegin(func.addEntryBlock()));
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(to.getRank()));
  SmallVector<utils::IteratorType> loops(to.getRank(), utils::IteratorType::parallel);
  linalg::GenericOp::create(body, func.getArgument(1), func.getArgument(2), maps, loops,
                            [](OpBuilder &b, Location loc, ValueRange args) { linalg::YieldOp::create(b, loc, args[0]); });
  func::ReturnOp::create(body);
  return func;
}

namespace {
/// Where a tensor lies: the op that got its memory, and whether it is all of it.
struct Place {
  explicit Place(Value v) {
    while (auto view = v.getDefiningOp<ViewLikeOpInterface>()) {
      isPart |= isa<memref::SubViewOp>(view);
      v = view.getViewSource();
    }
    memory = v;
  }
  template <typename Op> bool is() const { return memory.getDefiningOp<Op>(); }

  Value memory;
  bool isPart = false;
};
} // namespace

/// Whether somebody but `copy` reads a buffer. Kernels have their destination last.
static bool isReadToo(Value memory, Operation *copy) {
  return llvm::any_of(memory.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (auto view = dyn_cast<ViewLikeOpInterface>(user))
      return isReadToo(view->getResult(0), copy);
    return user != copy && use.getOperandNumber() + 1 < user->getNumOperands();
  });
}

static std::string reasonOf(memref::CopyOp op) {
  Place from(op.getSource()), to(op.getTarget());
  StringRef source = "from a buffer of its own", target = "to a buffer without gaps";
  if (from.is<rt::InputOp>())
    source = "from an input, which stays the app's,";
  else if (from.is<rt::WeightsOp>())
    source = "from a constant";
  else if (from.is<rt::OutputOp>())
    source = "from an output, which has it too,";
  else if (!from.is<memref::AllocOp>())
    source = "from what only a run knows";
  else if (isReadToo(from.memory, op))
    source = from.isPart ? "from its part of another buffer, which is read too," : "from a buffer that is read too,";
  else if (from.isPart)
    source = "from its part of another buffer";
  if (to.is<rt::OutputOp>())
    target = to.isPart ? "to its part of an output" : "to an output";
  else if (to.isPart)
    target = "to its part of a larger buffer";
  return (source + " " + target).str();
}

namespace {
struct OutlineCopiesPass : impl::OutlineCopiesPassBase<OutlineCopiesPass> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.getNumArguments() != 1)
      return;
    Value frame = main.getArgument(0);
    SmallVector<memref::CopyOp> copies;
    main.walk([&](memref::CopyOp op) { copies.push_back(op); });
    DenseMap<std::pair<Type, Type>, func::FuncOp> kernels;
    for (memref::CopyOp op : copies) {
      if (op.getSource() == op.getTarget()) { // written in place
        op.erase();
        continue;
      }
      explain(op);
      if (isMemcpy(op))
        continue;
      ImplicitLocOpBuilder b(op.getLoc(), op);
      auto from = cast<MemRefType>(op.getSource().getType()), to = cast<MemRefType>(op.getTarget().getType());
      MemRefType source = anyOffset(from), target = anyOffset(to);
      func::FuncOp &kernel = kernels[{source, target}];
      if (!kernel) {
        OpBuilder end = OpBuilder::atBlockEnd(getOperation().getBody());
        kernel = buildKernel(source, target, "copy_" + Twine(kernels.size() - 1), end);
      }
      auto pass = [&](Value v, MemRefType type) {
        return v.getType() == type ? v : memref::CastOp::create(b, type, v).getResult();
      };
      auto call = func::CallOp::create(b, kernel, ValueRange{frame, pass(op.getSource(), source), pass(op.getTarget(), target)});
      call->setAttr(core::kCopyReasonAttr, op->getAttr(core::kCopyReasonAttr));
      op.erase();
    }
  }

  void explain(memref::CopyOp op) {
    std::string reason = reasonOf(op);
    op->setAttr(core::kCopyReasonAttr, StringAttr::get(op.getContext(), reason));
    auto type = cast<MemRefType>(op.getSource().getType());
    int64_t bytes = type.hasStaticShape() ? type.getNumElements() * elementBits(type) / 8 : -1;
    remark::missed(op.getLoc(), remark::RemarkOpts::name("OutlineCopies").category("bufferize").function("main"))
        << remark::metric("bytes", bytes) << "copied " + reason;
  }
};
} // namespace
} // namespace coil
