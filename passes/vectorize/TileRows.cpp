//===- TileRows.cpp - a kernel goes row by row ----------------------------===//
//
// Comes in: kernels on buffers whose ops say which of their loops go over rows.
// Goes out: one loop over blocks of rows with all these ops in it, on views; what
// lies between them has the size of a block. First of its stage: the ops in the
// loop are planned and emitted like any other.
//
// On buffers and not on tensors: an op on a part of its buffers is the op on views
// of them, whatever it computes, and what is handed on needs no other place.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/Passes.h"

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"
#include "passes/support/Rows.h"
#include "passes/support/Sizes.h"
#include "passes/vectorize/RowTiler.h"
#include "passes/vectorize/StackBuffer.h"
#include "passes/vectorize/ThreadPlan.h"

namespace coil {
#define GEN_PASS_DEF_TILEROWSPASS
#include "passes/vectorize/Passes.h.inc"

/// Puts the ops into their loop.
LogicalResult RowTiler::run() {
  if (failed(check()))
    return failure();
  if (failed(findFrames()))
    return failure();
  findBuffers();
  findCopies();
  for (Value buffer : buffers)
    if (buffer != inResult && !isShort(buffer))
      return last.emitOpError("reads row by row what is longer than a run's stack may hold: ") << buffer.getType();
  if (failed(checkPlaces()))
    return failure();
  chooseBlocks();
  emit();
  for (linalg::GenericOp op : llvm::reverse(ops)) {
    op.erase();
    if (Operation *fill = fills.lookup(op))
      fill->erase();
  }
  for (Frame &frame : frames) {
    frame.inside.erase();
    frame.fill.erase();
  }
  for (Value buffer : buffers)
    buffer.getDefiningOp()->erase();
  return success();
}

LogicalResult RowTiler::check() {
  AffineMap result = last.getIndexingMapsArray().back();
  size_t count = rowsOf(last).size();
  for (linalg::GenericOp op : ops) {
    auto kinds = op.getIteratorTypesArray();
    ArrayRef<int64_t> rows = rowsOf(op);
    bool valid = rows.size() == count && count > 0 && op.getNumDpsInits() == 1 && op->getBlock() == last->getBlock() &&
                 llvm::all_of(rows, [&](int64_t row) {
                   return row >= 0 && row < int64_t(kinds.size()) && kinds[row] == utils::IteratorType::parallel;
                 });
    if (!valid)
      return op.emitOpError("'") << kRowsAttr << "' must name " << count << " parallel loops of it, as of the last op";
    if (llvm::any_of(op.getIndexingMapsArray(), [&](AffineMap map) { return !readsWholeRows(map, rows); }))
      return op.emitOpError("reads a row by another index than its own");
    if (asksForRow(op, rows))
      return op.emitOpError("asks for the number of its row, which it has not on a view of some");
  }
  for (int64_t row : rowsOf(last)) {
    auto axis = result.getResultPosition(getAffineDimExpr(row, last.getContext()));
    if (!axis || (!resultAxes.empty() && *axis <= resultAxes.back()))
      return last.emitOpError("'") << kRowsAttr << "' must be dimensions of the result, in order";
    resultAxes.push_back(*axis);
    sizes.push_back(memref::getMixedSize(b, b.getLoc(), last.getDpsInits()[0], *axis));
  }
  for (linalg::GenericOp op : ops)
    for (auto [row, size] : llvm::zip(rowsOf(op), sizes))
      if (auto known = getConstantIntValue(size), own = std::optional(op.getStaticLoopRanges()[row]); known && !ShapedType::isDynamic(*own) && *own != *known)
        return op.emitOpError("has ") << *own << " rows, the last op " << *known;
  return success();
}

/// What an op writes is read by the same rows as it is written, or on a view of some
/// there would be something else.
LogicalResult RowTiler::checkPlaces() {
  DenseMap<Value, Axes> written = inBuffer;
  for (linalg::GenericOp op : ops)
    written[op.getDpsInits()[0]] = axesOf(op.getIndexingMapsArray().back(), rowsOf(op));
  for (linalg::GenericOp op : ops)
    for (OpOperand &operand : op->getOpOperands())
      if (auto at = written.find(operand.get()); at != written.end() && at->second != axesOf(op.getMatchingIndexingMap(&operand), rowsOf(op)))
        return op.emitOpError("reads by other rows what is written row by row: ") << operand.get().getType();
  return success();
}

/// Frames are filled by ops with `coil.rows`.
LogicalResult RowTiler::findFrames() {
  LogicalResult result = success();
  last->getParentOfType<func::FuncOp>().walk([&](linalg::FillOp fill) {
    auto rows = fill->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr);
    if (!rows)
      return;
    Frame frame{fill, {}, {}};
    Value memory = frame.memory();
    int64_t rank = cast<MemRefType>(memory.getType()).getRank();
    bool valid = memory.getDefiningOp<memref::AllocOp>() && rows.size() == int64_t(rowsOf(last).size()) && fill->getBlock() == last->getBlock() &&
                 llvm::all_of(rows.asArrayRef(), [&](int64_t axis) { return axis >= 0 && axis < rank; });
    for (Operation *user : memory.getUsers()) {
      if (auto inside = dyn_cast<memref::SubViewOp>(user); inside && !frame.inside)
        frame.inside = inside;
      else
        valid &= user == fill || llvm::is_contained(ops, user);
    }
    // Of all rows the same, one after the other.
    valid &= frame.inside && !frame.inside.getDroppedDims().any() && llvm::all_of(frame.inside.getMixedStrides(), isOneInteger) &&
             llvm::all_of(frame.inside->getUsers(), [&](Operation *user) { return llvm::is_contained(ops, user); });
    for (auto [axis, at] : llvm::enumerate(valid ? frame.inside.getMixedOffsets() : SmallVector<OpFoldResult>()))
      valid &= llvm::is_contained(rows.asArrayRef(), int64_t(axis))
                   ? isZeroInteger(at)
                   : getConstantIntValue(at) && getConstantIntValue(frame.inside.getMixedSizes()[axis]);
    if (!valid) {
      result = fill.emitOpError("with '") << kRowsAttr << "' must fill a frame of " << rowsOf(last).size()
               << " dimensions over rows that only ops with '" << kRowsAttr << "' use, and its inside, side by side";
      return;
    }
    inBuffer[memory] = {};
    for (auto [row, axis] : llvm::enumerate(rows.asArrayRef()))
      inBuffer[memory].emplace_back(axis, row);
    llvm::sort(inBuffer[memory]);
    frames.push_back(frame);
    buffers.push_back(memory);
  });
  return result;
}

/// A copy of a block, side by side.
Value RowTiler::copy(Value place, const Axes &axes) {
  auto type = cast<MemRefType>(place.getType());
  Value to = onStack(place, axes);
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> kinds(type.getRank(), utils::IteratorType::parallel);
  linalg::GenericOp::create(b, place, to, maps, kinds, [](OpBuilder &b, Location loc, ValueRange args) { linalg::YieldOp::create(b, loc, args[0]); });
  return to;
}

/// The part of a buffer that belongs to the block.
Value RowTiler::place(Value buffer, const Axes &axes) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<OpFoldResult> at(type.getRank(), b.getIndexAttr(0)), count, steps(type.getRank(), b.getIndexAttr(1));
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    count.push_back(memref::getMixedSize(b, b.getLoc(), buffer, axis));
  for (auto [axis, row] : axes) {
    at[axis] = offsets[row];
    count[axis] = counts[row];
  }
  return memref::SubViewOp::create(b, buffer, at, count, steps);
}

/// Memory for a block of what lies between the ops.
Value RowTiler::onStack(Value buffer, const Axes &axes) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> shape(type.getShape());
  for (auto [axis, row] : axes)
    shape[axis] = getConstantIntValue(counts[row]).value_or(blocks[row]);
  Value memory = stackBuffer(b, b.getLoc(), shape, type.getElementType());
  SmallVector<OpFoldResult> at(type.getRank(), b.getIndexAttr(0)), count = getAsIndexOpFoldResult(b.getContext(), shape), steps(type.getRank(), b.getIndexAttr(1));
  for (auto [axis, row] : axes)
    count[axis] = counts[row];
  return llvm::all_of(count, [](OpFoldResult n) { return getConstantIntValue(n).has_value(); })
             ? memory
             : memref::SubViewOp::create(b, memory, at, count, steps).getResult();
}

/// The part of a frame, or of its inside, that belongs to the block: the same for all.
Value RowTiler::inFrame(Frame &frame, Value buffer, const Axes &axes) {
  if (buffer == frame.memory() && counts == getAsIndexOpFoldResult(b.getContext(), blocks))
    return frame.onStack;
  auto type = cast<MemRefType>(frame.onStack.getType());
  SmallVector<OpFoldResult> at(type.getRank(), b.getIndexAttr(0)), count, steps(type.getRank(), b.getIndexAttr(1));
  for (int64_t size : type.getShape())
    count.push_back(b.getIndexAttr(size));
  if (buffer == frame.inside.getResult())
    at = frame.inside.getMixedOffsets(), count = frame.inside.getMixedSizes();
  for (auto [axis, row] : axes)
    count[axis] = counts[row];
  return memref::SubViewOp::create(b, frame.onStack, at, count, steps);
}

void RowTiler::emitBlock() {
  // First all places: a fill and its sum stay side by side.
  std::map<std::pair<void *, Axes>, Value> places;
  auto placeOf = [&](linalg::GenericOp op, OpOperand &operand) -> Value & {
    Value buffer = operand.get() == inResult ? last.getDpsInits()[0] : operand.get();
    return places[{buffer.getAsOpaquePointer(), axesOf(op.getMatchingIndexingMap(&operand), rowsOf(op))}];
  };
  for (linalg::GenericOp op : ops)
    for (OpOperand &operand : op->getOpOperands())
      if (Value &found = placeOf(op, operand); !found) {
        Value buffer = operand.get() == inResult ? last.getDpsInits()[0] : operand.get();
        Axes axes = axesOf(op.getMatchingIndexingMap(&operand), rowsOf(op));
        if (Frame *frame = frameOf(buffer); frame != frames.end())
          found = inFrame(*frame, buffer, axes);
        else
          found = llvm::is_contained(buffers, buffer) ? onStack(buffer, axes) : axes.empty() ? buffer : place(buffer, axes);
        if (isCopied(operand))
          found = copy(found, axes);
      }
  for (linalg::GenericOp op : ops) {
    IRMapping map;
    for (OpOperand &operand : op->getOpOperands())
      map.map(operand.get(), placeOf(op, operand));
    if (Operation *fill = fills.lookup(op))
      b.clone(*fill, map);
    b.clone(*op, map)->removeAttr(kRowsAttr);
  }
}

/// The blocks from `begin` to `end`, of all loops over rows, as if they were one.
void RowTiler::emitBlocks(Value begin, Value end) {
  counts = getAsIndexOpFoldResult(b.getContext(), blocks);
  for (Frame &frame : frames) {
    frame.onStack = onStack(frame.memory(), inBuffer[frame.memory()]);
    linalg::FillOp::create(b, frame.fill.getInputs(), frame.onStack);
  }
  Value one = arith::ConstantIndexOp::create(b, 1);
  auto steps = scf::ForOp::create(b, begin, end, one);
  steps->setAttr(kRowsAttr, b.getUnitAttr()); // threads share nothing in it
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(steps.getBody());
  Value rest = steps.getInductionVar();
  unsigned inner = blockLoop();
  for (int64_t loop = sizes.size() - 1; loop >= 0; --loop) {
    offsets[loop] = b.getIndexAttr(0);
    if (loop > inner)
      continue; // all of it
    Value at = rest;
    if (loop > 0) {
      Value size = value(stepsOf(loop));
      at = b.createOrFold<arith::RemUIOp>(rest, size);
      rest = b.createOrFold<arith::DivUIOp>(rest, size);
    }
    offsets[loop] = at;
  }
  int64_t block = blocks[inner];
  auto size = getConstantIntValue(sizes[inner]);
  if (block > 1)
    offsets[inner] = b.createOrFold<arith::MulIOp>(value(offsets[inner]), arith::ConstantIndexOp::create(b, block));
  if (block == 1 || (size && *size % block == 0))
    return emitBlock();
  // A whole block, or, once, the rows that are left: of pieces one shorter, else one by one.
  Value first = value(offsets[inner]), next = arith::AddIOp::create(b, first, arith::ConstantIndexOp::create(b, block));
  Value fits = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, next, value(sizes[inner]));
  auto branch = scf::IfOp::create(b, fits, /*withElseRegion=*/true);
  b.setInsertionPointToStart(branch.thenBlock());
  emitBlock();
  b.setInsertionPointToStart(branch.elseBlock());
  if (inPieces) {
    counts[inner] = size ? OpFoldResult(b.getIndexAttr(*size % block)) : arith::SubIOp::create(b, value(sizes[inner]), first).getResult();
    return emitBlock();
  }
  auto single = scf::ForOp::create(b, first, value(sizes[inner]), one);
  b.setInsertionPointToStart(single.getBody());
  offsets[inner] = single.getInductionVar();
  counts[inner] = b.getIndexAttr(1);
  emitBlock();
}

/// Blocks of a loop.
OpFoldResult RowTiler::stepsOf(unsigned loop) {
  if (blocks[loop] == 1)
    return sizes[loop];
  if (auto size = getConstantIntValue(sizes[loop]))
    return b.getIndexAttr(llvm::divideCeil(*size, blocks[loop]));
  return b.createOrFold<arith::CeilDivUIOp>(value(sizes[loop]), arith::ConstantIndexOp::create(b, blocks[loop]));
}

/// How many blocks repay waking a thread: by the steps of the op that has most.
Value RowTiler::grain() {
  linalg::GenericOp widest = ops.front();
  double most = 0;
  for (linalg::GenericOp op : ops)
    if (double steps = stepCount(op); steps > most)
      widest = op, most = steps;
  double steps = std::clamp<double>(std::ceil(most * wakeCycles(machine) / cycles), 1, kMostGrain);
  SmallVector<std::pair<Value, int64_t>> dims;
  for (Value operand : widest->getOperands())
    if (auto type = dyn_cast<MemRefType>(operand.getType()))
      for (int64_t i = 0; i < type.getRank(); ++i)
        dims.emplace_back(operand, i);
  Value work = arith::ConstantIndexOp::create(b, rowsOfBlock());
  for (auto [loop, size] : llvm::enumerate(widest.getStaticLoopRanges())) {
    if (llvm::is_contained(rowsOf(widest), int64_t(loop)))
      continue;
    auto [memory, axis] = dims[widest.getShapesToLoopsMap().getDimPosition(loop)];
    work = b.createOrFold<arith::MulIOp>(work, value(memref::getMixedSize(b, b.getLoc(), memory, axis)));
  }
  work = b.createOrFold<arith::MaxUIOp>(work, arith::ConstantIndexOp::create(b, 1));
  return b.createOrFold<arith::CeilDivUIOp>(arith::ConstantIndexOp::create(b, int64_t(steps)), work);
}

void RowTiler::emit() {
  offsets.resize(sizes.size());
  Value count = value(stepsOf(0));
  for (unsigned loop = 1; loop < sizes.size(); ++loop)
    count = b.createOrFold<arith::MulIOp>(count, value(stepsOf(loop)));
  if (!isShared)
    return emitBlocks(arith::ConstantIndexOp::create(b, 0), count);
  Value frame = last->getParentOfType<func::FuncOp>().getArgument(0);
  auto parallel = rt::ParallelOp::create(b, frame, count, grain());
  Block *body = b.createBlock(&parallel.getBody(), {}, {b.getIndexType(), b.getIndexType()}, {b.getLoc(), b.getLoc()});
  emitBlocks(body->getArgument(0), body->getArgument(1));
}

namespace {
struct TileRowsPass : impl::TileRowsPassBase<TileRowsPass> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) {
      if (op->hasAttr(kRowsAttr))
        ops.push_back(op);
    });
    for (linalg::GenericOp op : ops)
      if (!op->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr)) {
        op.emitOpError("'") << kRowsAttr << "' is " << op->getAttr(kRowsAttr) << ", expected array<i64: ...>";
        return signalPassFailure();
      }
    if (ops.empty())
      return;
    Machine machine = Machine::of(getOperation());
    RowTiler tiler(ops, machine);
    Location loc = ops.back().getLoc();
    int64_t count = ops.size();
    if (failed(tiler.run()))
      return signalPassFailure();
    remark::passed(loc, remark::RemarkOpts::name("TileRows").category("vectorize").function(getOperation().getName()))
        << remark::metric("ops", count) << remark::metric("rows", tiler.rowsOfBlock()) << "go block by block of rows"
        << (tiler.isShared ? ", which threads share" : "");
  }
};
} // namespace
} // namespace coil
