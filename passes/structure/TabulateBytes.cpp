//===- TabulateBytes.cpp - functions of a byte become tables --------------===//
//
// Comes in: bodies of a quantized model, in which a byte is made real, taken
// through a function, and rounded to a byte again. Goes out: bodies that look
// the second byte up; the table is an op on the 256 bytes there are, which
// constant folding carries out. It holds what the run would compute, by libm
// and not by the polynomials of vectors.
//
// After fusion, when the whole way from byte to byte is in one body; before
// constants are folded.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "passes/structure/Interpret.h"

namespace coil {
#define GEN_PASS_DEF_TABULATEBYTESPASS
#include "passes/structure/Passes.h.inc"

/// Ops that cost more than a lookup.
static constexpr size_t kLong = 8;

/// The byte or constants only: what an op needs that is not in the body.
static bool isGiven(Value v, Value byte) { return v == byte || matchPattern(v, m_Constant()); }

/// The ops that make `result` of `byte` and of constants alone, in their order;
/// none where they read anything else.
static SmallVector<Operation *> wayFrom(Value byte, Value result, Block *body) {
  SetVector<Operation *> way;
  SmallVector<Value> open{result};
  while (!open.empty()) {
    Value v = open.pop_back_val();
    if (isGiven(v, byte))
      continue;
    Operation *op = v.getDefiningOp();
    if (!op || op->getBlock() != body || op->getNumRegions() || !isMemoryEffectFree(op) || op->getNumResults() != 1 ||
        isa<linalg::IndexOp, tensor::ExtractOp>(op))
      return {};
    if (way.insert(op))
      open.append(op->operand_begin(), op->operand_end());
  }
  SmallVector<Operation *> ordered(way.getArrayRef());
  llvm::sort(ordered, [](Operation *x, Operation *y) { return x->isBeforeInBlock(y); });
  return ordered;
}

namespace {
struct TabulateBytesPass : impl::TabulateBytesPassBase<TabulateBytesPass> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops)
      if (op.hasPureTensorSemantics())
        tabulate(op);
  }

  void tabulate(linalg::GenericOp op) {
    Block *body = op.getBody();
    // From the end: the longest way there is from a byte to this one.
    SmallVector<Operation *> results;
    for (Operation &inner : llvm::reverse(*body))
      if (inner.getNumResults() == 1 && inner.getResult(0).getType().isInteger(8))
        results.push_back(&inner);
    DenseSet<Operation *> done;
    for (Operation *last : results) {
      if (done.contains(last))
        continue;
      for (Value byte : bytesBefore(op, last)) {
        SmallVector<Operation *> way = wayFrom(byte, last->getResult(0), body);
        if (way.size() < kLong)
          continue;
        if (replace(op, byte, way))
          done.insert(way.begin(), way.end());
        break;
      }
    }
    for (Operation &inner : llvm::make_early_inc_range(llvm::reverse(*body)))
      if (isOpTriviallyDead(&inner))
        inner.erase();
  }

  /// Bytes in the body from which the way may begin: inputs, then in order.
  static SmallVector<Value> bytesBefore(linalg::GenericOp op, Operation *last) {
    SmallVector<Value> bytes;
    for (BlockArgument arg : op.getRegionInputArgs())
      if (arg.getType().isInteger(8) && isa<RankedTensorType>(op.getDpsInputs()[arg.getArgNumber()].getType()))
        bytes.push_back(arg);
    for (Operation &inner : *op.getBody()) {
      if (&inner == last)
        break;
      if (inner.getNumResults() == 1 && inner.getResult(0).getType().isInteger(8))
        bytes.push_back(inner.getResult(0));
    }
    return bytes;
  }

  /// Makes the table, and `way`'s last byte one from it.
  bool replace(linalg::GenericOp op, Value byte, ArrayRef<Operation *> way) {
    OpBuilder b(op);
    Location loc = op.getLoc();
    auto type = RankedTensorType::get({256}, b.getI8Type());
    SmallVector<int8_t> all;
    for (int i = 0; i < 256; ++i)
      all.push_back(int8_t(i));
    Value bytes = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, ArrayRef(all)));
    Value empty = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
    auto table = linalg::GenericOp::create(
        b, loc, type, bytes, empty, ArrayRef{b.getMultiDimIdentityMap(1), b.getMultiDimIdentityMap(1)},
        ArrayRef{utils::IteratorType::parallel}, [&](OpBuilder &inner, Location loc, ValueRange args) {
          IRMapping map;
          map.map(byte, args[0]);
          for (Operation *step : way) {
            for (Value operand : step->getOperands()) // constants of the body
              if (Operation *maker = operand.getDefiningOp(); maker && maker->getBlock() == op.getBody() && !map.contains(operand))
                map.map(operand, inner.clone(*maker)->getResult(0));
            inner.clone(*step, map);
          }
          linalg::YieldOp::create(inner, loc, map.lookup(way.back()->getResult(0)));
        });
    if (!canInterpret(table)) {
      table.erase();
      return false;
    }
    b.setInsertionPointAfter(way.back());
    Value index = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), byte);
    Value found = tensor::ExtractOp::create(b, loc, table.getResult(0), index);
    way.back()->getResult(0).replaceAllUsesWith(found);
    remark::passed(loc, remark::RemarkOpts::name("TabulateBytes").category("structure").function(getOperation().getName()))
        << remark::metric("operations", way.size()) << "a function of a byte is looked up";
    return true;
  }
};
} // namespace
} // namespace coil
