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

  SmallVector<int64_t> blocks; // of each loop over rows: steps that are done at once
  bool isShared = false;

  int64_t rowsOfBlock() { return llvm::product_of(blocks); }

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
  LogicalResult checkPlaces();
  LogicalResult findFrames();
  void findBuffers();
  bool collides(OpOperand &operand);
  bool isCopied(OpOperand &operand);
  Value copy(Value place, const Axes &axes);
  void chooseBlocks();
  void chooseRows(int64_t most);
  void choosePieces(int64_t most);
  bool isWhole(unsigned loop) { return getConstantIntValue(sizes[loop]) == blocks[loop]; }
  unsigned blockLoop();
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
  SmallVector<unsigned> resultAxes; // of the loops over rows, in the last op's result
  SmallVector<OpFoldResult> sizes;  // of these loops
  double cycles = 0;               // of all, on one thread
  bool inPieces = false;           // the last dimension goes over rows, others do not
  // Of the block that is being emitted.
  SmallVector<OpFoldResult> offsets;
  SmallVector<OpFoldResult> counts;
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

/// What only these ops use, and where in it rows are; one may be the result's. Not
/// a sum that the last op finishes on registers.
void RowTiler::findBuffers() {
  for (linalg::GenericOp op : ops)
    for (AffineMap map : op.getIndexingMapsArray()) {
      Axes axes = axesOf(map, rowsOf(op));
      inPieces |= !axes.empty() && axes.back().first + 1 == map.getNumResults() && axes.size() < map.getNumResults();
    }
  Value result = last.getDpsInits()[0];
  bool mayLieInResult = last.getNumReductionLoops() == 0 && !collides(*last.getDpsInitOperand(0));
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
    if (!inResult && mayLieInResult && !(onRegisters && onRegisters->get() == buffer) && cast<MemRefType>(buffer.getType()).getShape() == cast<MemRefType>(result.getType()).getShape() &&
        getElementTypeOrSelf(buffer) == getElementTypeOrSelf(result))
      for (OpOperand *operand : last.getDpsInputOperands())
        if (operand->get() == buffer && last.getMatchingIndexingMap(operand) == writes)
          inResult = buffer;
  }
}

/// Whether the pieces of a block fall into the same sets of a cache: they are a
/// multiple of a page apart, and more than a set has lines.
bool RowTiler::collides(OpOperand &operand) {
  constexpr int64_t kApart = 4096, kLines = 4;
  auto op = cast<linalg::GenericOp>(operand.getOwner());
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!inPieces || !type || failed(type.getStridesAndOffset(strides, offset)))
    return false;
  Axes axes = axesOf(op.getMatchingIndexingMap(&operand), rowsOf(op));
  for (auto [axis, stride] : llvm::enumerate(strides))
    if (llvm::none_of(axes, [&, axis = axis](auto &pair) { return pair.first == axis; }) && type.getDimSize(axis) > kLines &&
        !axes.empty() && !ShapedType::isDynamic(stride) && stride * elementBits(type) / 8 % kApart == 0)
      return true;
  return false;
}

/// Whether a block of an input is copied before it is read: it is more than once,
/// and would not stay in the first cache.
bool RowTiler::isCopied(OpOperand &operand) {
  return !inBuffer.contains(operand.get()) && collides(operand) &&
         llvm::count_if(ops, [&](linalg::GenericOp op) { return llvm::is_contained(op->getOperands(), operand.get()); }) > 1 &&
         llvm::none_of(ops, [&](linalg::GenericOp op) { return op.getDpsInits()[0] == operand.get(); });
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

void RowTiler::chooseBlocks() {
  // Bytes of one row, of each buffer once.
  int64_t bytes = 0, mostOnStack = 1;
  llvm::SmallDenseSet<Value> seen;
  for (linalg::GenericOp op : ops)
    for (OpOperand &operand : op->getOpOperands()) {
      auto type = dyn_cast<MemRefType>(operand.get().getType());
      Axes axes = axesOf(op.getMatchingIndexingMap(&operand), rowsOf(op));
      if (!type || axes.empty() || operand.get() == inResult || !seen.insert(operand.get()).second)
        continue;
      int64_t own = elementBits(type) / 8;
      for (auto [axis, size] : llvm::enumerate(type.getShape()))
        if (llvm::none_of(axes, [&, axis = axis](auto &pair) { return pair.first == axis; }))
          own *= ShapedType::isDynamic(size) ? 1024 : std::min(size, kCacheBytes);
      bytes += own;
      if (llvm::is_contained(buffers, operand.get()))
        mostOnStack = std::max(mostOnStack, own);
    }
  for (linalg::GenericOp op : ops)
    cycles += cyclesOf(op, machine);
  auto func = last->getParentOfType<func::FuncOp>();
  bool mayShare = func && func.getNumArguments() > 0 && isa<rt::FrameType>(func.getArgumentTypes()[0]);
  isShared = mayShare && cycles >= 2 * wakeCycles(machine);
  int64_t most = std::max<int64_t>(1, kCacheBytes / std::max<int64_t>(bytes, 1));
  if (inPieces)
    most = std::max(most, std::clamp<int64_t>(kMostRowBytes / mostOnStack, 1, kPiece));
  if (isShared) { // for each core some
    int64_t rows = 1;
    auto shape = cast<MemRefType>(last.getDpsInits()[0].getType()).getShape();
    for (auto [loop, axis] : llvm::enumerate(resultAxes))
      rows *= likelySize(shape[axis], loop == 0 && resultAxes.size() > 1);
    most = std::min(most, std::max<int64_t>(inPieces ? kPiece : 1, llvm::divideCeil(rows, machine.cores)));
  }
  blocks.assign(sizes.size(), 1);
  inPieces ? choosePieces(most) : chooseRows(most);
}

/// As many rows of the last loop, but whole blocks if that does not halve them.
void RowTiler::chooseRows(int64_t most) {
  auto size = getConstantIntValue(sizes.back());
  int64_t &block = blocks.back();
  block = size ? std::min(most, std::max<int64_t>(*size, 1)) : llvm::bit_floor<uint64_t>(std::min<int64_t>(most, 4));
  for (int64_t n = block; size && n > 0 && 2 * n > block; --n)
    if (*size % n == 0) {
      block = n;
      break;
    }
}

/// Lines of the cache along the last loop, then steps of the next one, while all of
/// a loop fits; of equal size, as far as can be.
void RowTiler::choosePieces(int64_t most) {
  constexpr int64_t kLine = 16; // floats in a line of the cache
  for (unsigned loop = sizes.size(); loop-- > 0;) {
    int64_t unit = loop + 1 == sizes.size() ? kLine : 1;
    int64_t steps = std::max(most / unit, int64_t(1)) * unit;
    auto size = getConstantIntValue(sizes[loop]);
    if (!size || *size > steps) {
      int64_t even = size ? llvm::divideCeil(*size, llvm::divideCeil(*size, steps)) : steps;
      blocks[loop] = llvm::alignTo(even, unit);
      return;
    }
    blocks[loop] = std::max<int64_t>(*size, 1);
    most /= blocks[loop];
  }
}

/// The loop whose last block may have fewer steps.
unsigned RowTiler::blockLoop() {
  unsigned loop = sizes.size() - 1;
  while (inPieces && loop > 0 && isWhole(loop))
    --loop;
  return loop;
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
  Value isWhole = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, next, value(sizes[inner]));
  auto branch = scf::IfOp::create(b, isWhole, /*withElseRegion=*/true);
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
