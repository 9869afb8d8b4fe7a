//===- OutlineCopies.cpp - strided copies become kernels ------------------===//
//
// Comes in: memref.copy as bufferization left it. Goes out: calls of copy
// kernels, and copies that are one memcpy.
//
//===----------------------------------------------------------------------===//

#include "passes/bufferize/Passes.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

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
struct OutlineCopiesPass : impl::OutlineCopiesPassBase<OutlineCopiesPass> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.getNumArguments() != 1)
      return;
    Value frame = main.getArgument(0);
    SmallVector<memref::CopyOp> copies;
    main.walk([&](memref::CopyOp op) {
      if (!isMemcpy(op))
        copies.push_back(op);
    });
    DenseMap<std::pair<Type, Type>, func::FuncOp> kernels;
    for (memref::CopyOp op : copies) {
      if (op.getSource() == op.getTarget()) { // written in place
        op.erase();
        continue;
      }
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
      func::CallOp::create(b, kernel, ValueRange{frame, pass(op.getSource(), source), pass(op.getTarget(), target)});
      op.erase();
    }
  }
};
} // namespace
} // namespace coil
