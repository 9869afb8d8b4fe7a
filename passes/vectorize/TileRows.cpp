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
#include "passes/vectorize/FusedOps.h"
#include "passes/vectorize/StackBuffer.h"
#include "passes/vectorize/ThreadPlan.h"

namespace coil {
#define GEN_PASS_DEF_TILEROWSPASS
#include "passes/vectorize/Passes.h.inc"

/// Half of the first cache of the machines we know.
static constexpr int64_t kCacheBytes = 1 << 15;

namespace {
class RowTiler {
public:
  RowTiler(ArrayRef<linalg::GenericOp> ops, const Machine &machine)
      : ops(ops), last(ops.back()), machine(machine), b(last.getLoc(), last) {
    for (linalg::GenericOp op : ops)
      if (linalg::FillOp fill = fillBefore(op))
        fills[op] = fill;
  }

  LogicalResult run() {
    if (failed(check()))
      return failure();
    if (failed(findFrames()))
      return failure();
    findBuffers();
    for (Value buffer : buffers)
      if (buffer != inResult && !isShort(buffer))
        return last.emitOpError("reads row by row what is longer than a run's stack may hold: ") << buffer.getType();
    chooseBlock();
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

  int64_t block = 1; // rows of the last loop that are done at once
  bool isShared = false;

private:
  /// A dimension of a buffer that goes over rows, and which of the loops.
  using Axes = SmallVector<std::pair<unsigned, unsigned>>;

  static ArrayRef<int64_t> rowsOf(linalg::GenericOp op) {
    return op->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr).asArrayRef();
  }
  static Axes axesOf(AffineMap map, ArrayRef<int64_t> rows) {
    Axes axes;
    for (auto [axis, e] : llvm::enumerate(map.getResults()))
      if (auto dim = dyn_cast<AffineDimExpr>(e))
        if (auto row = llvm::find(rows, int64_t(dim.getPosition())); row != rows.end())
          axes.emplace_back(axis, row - rows.begin());
    return axes;
  }

  /// Whether a row of what lies between ops has a size, and a small one.
  bool isShort(Value buffer) {
    int64_t bytes = elementBits(cast<MemRefType>(buffer.getType())) / 8;
    for (auto [axis, size] : llvm::enumerate(cast<MemRefType>(buffer.getType()).getShape()))
      if (llvm::none_of(inBuffer[buffer], [&, axis = axis](auto &pair) { return pair.first == axis; }))
        bytes = ShapedType::isDynamic(size) || bytes > kMostRowBytes ? kMostRowBytes + 1 : bytes * size;
    return bytes <= kMostRowBytes;
  }

  /// A padded tensor: filled once, for all rows, of which each is then written to
  /// the inside.
  struct Frame {
    linalg::FillOp fill;
    memref::SubViewOp inside;
    Value onStack;

    Value memory() { return fill.getOutputs()[0]; }
  };
  Frame *frameOf(Value buffer) {
    return llvm::find_if(frames, [&](Frame &f) { return f.memory() == buffer || f.inside.getResult() == buffer; });
  }

  LogicalResult check();
  LogicalResult findFrames();
  void findBuffers();
  void chooseBlock();
  void emit();
  void emitBlocks(Value begin, Value end);
  void emitBlock();
  OpFoldResult stepsOf(unsigned loop);
  Value grain();
  Value value(OpFoldResult n) { return getValueOrCreateConstantIndexOp(b, b.getLoc(), n); }
  Value place(Value buffer, const Axes &axes);
  Value onStack(Value buffer, const Axes &axes);
  Value inFrame(Frame &frame, Value buffer, const Axes &axes);

  ArrayRef<linalg::GenericOp> ops;
  linalg::GenericOp last;
  const Machine &machine;
  ImplicitLocOpBuilder b;
  DenseMap<Operation *, Operation *> fills;
  SmallVector<Frame> frames;
  SmallVector<Value> buffers;   // between the ops
  DenseMap<Value, Axes> inBuffer;
  Value inResult;               // of these the one that lies where the result will
  SmallVector<OpFoldResult> sizes; // of the loops over rows
  double cycles = 0;               // of all, on one thread
  // Of the block that is being emitted.
  SmallVector<OpFoldResult> offsets;
  SmallVector<int64_t> counts;
};
} // namespace

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
  for (size_t i = 0; i < count; ++i)
    if (i >= result.getNumResults() || result.getResult(i) != getAffineDimExpr(rowsOf(last)[i], last.getContext()))
      return last.emitOpError("'") << kRowsAttr << "' must be the first dimensions of the result, in order";
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
    valid &= frame.inside && !frame.inside.getDroppedDims().any() &&
             llvm::all_of(frame.inside->getUsers(), [&](Operation *user) { return llvm::is_contained(ops, user); });
    for (auto [axis, at] : llvm::enumerate(valid ? frame.inside.getMixedOffsets() : SmallVector<OpFoldResult>()))
      valid &= llvm::is_contained(rows.asArrayRef(), int64_t(axis))
                   ? isZeroInteger(at)
                   : getConstantIntValue(at) && getConstantIntValue(frame.inside.getMixedSizes()[axis]);
    if (!valid) {
      result = fill.emitOpError("with '") << kRowsAttr << "' must fill a frame of " << rowsOf(last).size()
               << " dimensions over rows that only ops with '" << kRowsAttr << "' use, and its inside";
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

/// What only these ops use, and where in it rows are; one may be the result's. Not
/// a sum that the last op finishes on registers.
void RowTiler::findBuffers() {
  Value result = last.getDpsInits()[0];
  OpOperand *onRegisters = resultBefore(last);
  AffineMap writes = last.getIndexingMapsArray().back();
  for (linalg::GenericOp op : ops.drop_back()) {
    Value buffer = op.getDpsInits()[0];
    auto isOurs = [&](Operation *user) {
      return llvm::is_contained(ops, user) || llvm::any_of(fills, [&](auto &pair) { return pair.second == user; });
    };
    if (!buffer.getDefiningOp<memref::AllocOp>() || llvm::is_contained(buffers, buffer) || !llvm::all_of(buffer.getUsers(), isOurs))
      continue;
    buffers.push_back(buffer);
    inBuffer[buffer] = axesOf(op.getIndexingMapsArray().back(), rowsOf(op));
    if (!inResult && last.getNumReductionLoops() == 0 && !(onRegisters && onRegisters->get() == buffer) && cast<MemRefType>(buffer.getType()).getShape() == cast<MemRefType>(result.getType()).getShape() &&
        getElementTypeOrSelf(buffer) == getElementTypeOrSelf(result))
      for (OpOperand *operand : last.getDpsInputOperands())
        if (operand->get() == buffer && last.getMatchingIndexingMap(operand) == writes)
          inResult = buffer;
  }
  for (unsigned axis = 0; axis < rowsOf(last).size(); ++axis)
    sizes.push_back(memref::getMixedSize(b, b.getLoc(), result, axis));
}

void RowTiler::chooseBlock() {
  // Bytes of one row, of each buffer once.
  int64_t bytes = 0;
  llvm::SmallDenseSet<Value> seen;
  for (linalg::GenericOp op : ops)
    for (OpOperand &operand : op->getOpOperands()) {
      auto type = dyn_cast<MemRefType>(operand.get().getType());
      AffineMap map = op.getMatchingIndexingMap(&operand);
      Axes axes = axesOf(map, rowsOf(op));
      if (!type || axes.empty() || operand.get() == inResult || !seen.insert(operand.get()).second)
        continue;
      int64_t own = elementBits(type) / 8;
      for (auto [axis, size] : llvm::enumerate(type.getShape()))
        if (llvm::none_of(axes, [&, axis = axis](auto &pair) { return pair.first == axis; }))
          own *= ShapedType::isDynamic(size) ? 1024 : std::min(size, kCacheBytes);
      bytes += own;
    }
  auto shape = cast<MemRefType>(last.getDpsInits()[0].getType()).getShape().take_front(sizes.size());
  int64_t others = 1;
  for (auto [i, size] : llvm::enumerate(shape.drop_back()))
    others *= likelySize(size, i == 0);
  int64_t size = shape.back(), likely = likelySize(size, false);
  for (linalg::GenericOp op : ops)
    cycles += cyclesOf(op, machine);
  auto func = last->getParentOfType<func::FuncOp>();
  bool mayShare = func && func.getNumArguments() > 0 && isa<rt::FrameType>(func.getArgumentTypes()[0]);
  isShared = mayShare && cycles >= 2 * wakeCycles(machine);
  int64_t most = std::max<int64_t>(1, kCacheBytes / std::max<int64_t>(bytes, 1));
  if (isShared) // for each core some
    most = std::min(most, std::max<int64_t>(1, llvm::divideCeil(others * likely, machine.cores)));
  block = ShapedType::isDynamic(size) ? llvm::bit_floor<uint64_t>(std::min<int64_t>(most, 4)) : std::min(most, std::max<int64_t>(size, 1));
  // Whole blocks, if that does not halve them.
  for (int64_t n = block; !ShapedType::isDynamic(size) && n > 0 && 2 * n > block; --n)
    if (size % n == 0) {
      block = n;
      break;
    }
}

/// The part of a buffer that belongs to the block.
Value RowTiler::place(Value buffer, const Axes &axes) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<OpFoldResult> at(type.getRank(), b.getIndexAttr(0)), count, steps(type.getRank(), b.getIndexAttr(1));
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    count.push_back(memref::getMixedSize(b, b.getLoc(), buffer, axis));
  for (auto [axis, row] : axes) {
    at[axis] = offsets[row];
    count[axis] = b.getIndexAttr(counts[row]);
  }
  return memref::SubViewOp::create(b, buffer, at, count, steps);
}

/// Memory for a block of what lies between the ops.
Value RowTiler::onStack(Value buffer, const Axes &axes) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> shape(type.getShape());
  for (auto [axis, row] : axes)
    shape[axis] = counts[row];
  return stackBuffer(b, b.getLoc(), shape, type.getElementType());
}

/// The part of a frame, or of its inside, that belongs to the block: the same for all.
Value RowTiler::inFrame(Frame &frame, Value buffer, const Axes &axes) {
  if (buffer == frame.memory() && counts.back() == block)
    return frame.onStack;
  auto type = cast<MemRefType>(frame.onStack.getType());
  SmallVector<OpFoldResult> at(type.getRank(), b.getIndexAttr(0)), count, steps(type.getRank(), b.getIndexAttr(1));
  for (int64_t size : type.getShape())
    count.push_back(b.getIndexAttr(size));
  if (buffer == frame.inside.getResult())
    at = frame.inside.getMixedOffsets(), count = frame.inside.getMixedSizes();
  for (auto [axis, row] : axes)
    count[axis] = b.getIndexAttr(counts[row]);
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
  counts.back() = block;
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
  for (int64_t loop = sizes.size() - 1; loop >= 0; --loop) {
    Value at = rest;
    if (loop > 0) {
      Value size = value(stepsOf(loop));
      at = b.createOrFold<arith::RemUIOp>(rest, size);
      rest = b.createOrFold<arith::DivUIOp>(rest, size);
    }
    offsets[loop] = at;
  }
  size_t inner = sizes.size() - 1;
  auto size = getConstantIntValue(sizes[inner]);
  if (block > 1)
    offsets[inner] = b.createOrFold<arith::MulIOp>(value(offsets[inner]), arith::ConstantIndexOp::create(b, block));
  counts[inner] = block;
  if (block == 1 || (size && *size % block == 0))
    return emitBlock();
  // A whole block, or, once, the rows that are left.
  Value first = value(offsets[inner]), next = arith::AddIOp::create(b, first, arith::ConstantIndexOp::create(b, block));
  Value isWhole = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, next, value(sizes[inner]));
  auto branch = scf::IfOp::create(b, isWhole, /*withElseRegion=*/true);
  b.setInsertionPointToStart(branch.thenBlock());
  emitBlock();
  b.setInsertionPointToStart(branch.elseBlock());
  auto single = scf::ForOp::create(b, first, value(sizes[inner]), one);
  b.setInsertionPointToStart(single.getBody());
  offsets[inner] = single.getInductionVar();
  counts[inner] = 1;
  emitBlock();
}

/// Blocks of the last loop, steps of another.
OpFoldResult RowTiler::stepsOf(unsigned loop) {
  if (loop + 1 < sizes.size() || block == 1)
    return sizes[loop];
  if (auto size = getConstantIntValue(sizes[loop]))
    return b.getIndexAttr(llvm::divideCeil(*size, block));
  return b.createOrFold<arith::CeilDivUIOp>(value(sizes[loop]), arith::ConstantIndexOp::create(b, block));
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
  Value work = arith::ConstantIndexOp::create(b, block);
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
  counts.assign(sizes.size(), 1);
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
        << remark::metric("ops", count) << remark::metric("rows", tiler.block) << "go block by block of rows"
        << (tiler.isShared ? ", which threads share" : "");
  }
};
} // namespace
} // namespace coil
