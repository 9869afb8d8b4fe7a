//===- RowBlocks.cpp - how many rows go at once ---------------------------===//
//
// Comes in: ops that go row by row. Goes out: what lies between them, and a size of
// block for each loop over rows. A block is what stays in the first cache while all
// ops are done to it. Rows in one piece are taken as they are, some of the last loop.
// If the last dimension goes over rows and others do not, a block is in pieces, as
// many as a row has elements: they should be lines of the cache, several, and not
// fall into the same sets of it.
//
//===----------------------------------------------------------------------===//

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/support/Sizes.h"
#include "passes/vectorize/RowTiler.h"
#include "passes/vectorize/ThreadPlan.h"

namespace coil {

/// Half of the first cache of the machines we know.
static constexpr int64_t kCacheBytes = 1 << 15;

/// Floats in a line of the cache: the least that is read of a piece.
static constexpr int64_t kLine = 16;

/// Bytes of one row of a buffer, none where only a run knows.
static std::optional<int64_t> rowBytes(MemRefType type, ArrayRef<std::pair<unsigned, unsigned>> axes) {
  int64_t bytes = elementBits(type) / 8;
  for (auto [axis, size] : llvm::enumerate(type.getShape())) {
    if (llvm::is_contained(llvm::make_first_range(axes), axis))
      continue;
    if (ShapedType::isDynamic(size))
      return std::nullopt;
    bytes *= std::min(size, kMostRowBytes + 1);
    bytes = std::min(bytes, kMostRowBytes + 1);
  }
  return bytes;
}

/// Whether a row of what lies between ops has a size, and a small one.
bool RowTiler::isShort(Value buffer) {
  auto bytes = rowBytes(cast<MemRefType>(buffer.getType()), inBuffer[buffer]);
  return bytes && *bytes * (inPieces ? kLine : 1) <= kMostRowBytes;
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
  auto bytes = rowBytes(type, axes);
  if (axes.empty() || !bytes || *bytes * kLine > kMostRowBytes)
    return false; // too long for the stack
  for (auto [axis, stride] : llvm::enumerate(strides))
    if (!llvm::is_contained(llvm::make_first_range(axes), axis) && type.getDimSize(axis) > kLines && !ShapedType::isDynamic(stride) &&
        stride * elementBits(type) / 8 % kApart == 0)
      return true;
  return false;
}

/// Inputs of which a block is copied before it is read: it is more than once, and
/// would not stay in the first cache. As many as the stack has room for.
void RowTiler::findCopies() {
  int64_t bytes = 0;
  for (linalg::GenericOp op : ops)
    for (OpOperand *operand : op.getDpsInputOperands()) {
      Value input = operand->get();
      auto reads = [&](linalg::GenericOp other) { return llvm::is_contained(other->getOperands(), input); };
      auto writes = [&](linalg::GenericOp other) { return other.getDpsInits()[0] == input; };
      if (inBuffer.contains(input) || llvm::is_contained(copied, input) || !collides(*operand) || llvm::count_if(ops, reads) < 2 || llvm::any_of(ops, writes))
        continue;
      bytes += *rowBytes(cast<MemRefType>(input.getType()), axesOf(op.getMatchingIndexingMap(operand), rowsOf(op)));
      if (bytes * kLine <= kMostRowBytes)
        copied.push_back(input);
    }
}

bool RowTiler::isCopied(OpOperand &operand) { return llvm::is_contained(copied, operand.get()) && collides(operand); }

void RowTiler::chooseBlocks() {
  // Bytes of one row, of each buffer once.
  int64_t bytes = 0, onStack = 0;
  llvm::SmallDenseSet<Value> seen;
  for (linalg::GenericOp op : ops)
    for (OpOperand &operand : op->getOpOperands()) {
      auto type = dyn_cast<MemRefType>(operand.get().getType());
      Axes axes = axesOf(op.getMatchingIndexingMap(&operand), rowsOf(op));
      if (!type || axes.empty() || operand.get() == inResult || !seen.insert(operand.get()).second)
        continue;
      int64_t own = elementBits(type) / 8;
      for (auto [axis, size] : llvm::enumerate(type.getShape()))
        if (!llvm::is_contained(llvm::make_first_range(axes), axis))
          own *= ShapedType::isDynamic(size) ? 1024 : std::min(size, kCacheBytes);
      bytes += own;
      if (llvm::is_contained(buffers, operand.get()) || isCopied(operand))
        onStack += own;
    }
  for (linalg::GenericOp op : ops)
    cycles += cyclesOf(op, machine);
  auto func = last->getParentOfType<func::FuncOp>();
  bool mayShare = func && func.getNumArguments() > 0 && isa<rt::FrameType>(func.getArgumentTypes()[0]);
  isShared = mayShare && cycles >= 2 * wakeCycles(machine);
  int64_t most = std::max<int64_t>(1, kCacheBytes / std::max<int64_t>(bytes, 1));
  if (inPieces) // what lies between ops, and as much of copies
    most = std::max(most, std::clamp<int64_t>(2 * kMostRowBytes / std::max<int64_t>(onStack, 1), 1, kPiece));
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

} // namespace coil
