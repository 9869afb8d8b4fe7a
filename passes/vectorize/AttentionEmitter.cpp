//===- AttentionEmitter.cpp - the loops of an attention -------------------===//
//
// A block of queries meets a block of keys at a time. The ops on it are those of
// the kernel, on views, for which the passes after this one choose loops as for
// any other; only what a softmax needs to go by blocks of keys is new: the greatest
// of a row and its total are of the keys so far, and when a greater one is met, the
// total and the sum of values are corrected.
//
// A row of which nothing is left by its mask has -inf for its greatest until a key is
// left: powers are then of -inf - 0, not of -inf + inf.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/AttentionEmitter.h"

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/support/Rows.h"
#include "passes/support/Sizes.h"
#include "passes/support/Widen.h"
#include "passes/vectorize/FusedOps.h"
#include "passes/vectorize/StackBuffer.h"
#include "passes/vectorize/ThreadPlan.h"

namespace coil {


static Value written(linalg::GenericOp op) { return op.getDpsInits()[0]; }

SmallVector<linalg::GenericOp> AttentionOps::all() const {
  SmallVector<linalg::GenericOp> list;
  for (linalg::GenericOp op : {products, scores, greatest, powers, total, shares, values, result})
    if (op)
      list.push_back(op);
  llvm::append_range(list, rows);
  return list;
}

AttentionEmitter::AttentionEmitter(const AttentionOps &found, const Machine &machine)
    : ops(found), machine(machine), b(found.last().getLoc(), found.last()) {
  // A fill and its sum stay side by side.
  if (linalg::FillOp fill = ops.last().getNumReductionLoops() ? fillBefore(ops.last()) : linalg::FillOp())
    b.setInsertionPoint(fill);
  findSizes();
  if (ops.scores)
    hidden = HiddenKeys(ops.scores, written(ops.products));
  // Which rows' values the powers need.
  llvm::SmallDenseSet<Value> needed;
  needed.insert_range(ops.powers.getDpsInputs());
  for (linalg::GenericOp op : llvm::reverse(ops.rows)) {
    bool isNeeded = needed.contains(written(op));
    if (isNeeded)
      needed.insert_range(op.getDpsInputs());
    auto &list = isNeeded ? before : after;
    list.insert(list.begin(), op);
  }
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

void AttentionEmitter::findSizes() {
  AffineMap writes = ops.last().getIndexingMapsArray().back();
  for (int64_t row : rowLoops(ops.last()))
    sizes.push_back(memref::getMixedSize(b, b.getLoc(), written(ops.last()), *writes.getResultPosition(b.getAffineDimExpr(row))));
  int64_t loop = ops.products->getAttrOfType<IntegerAttr>(kKeysAttr).getInt();
  for (OpOperand *operand : ops.products.getDpsInputOperands())
    if (auto axis = ops.products.getMatchingIndexingMap(operand).getResultPosition(b.getAffineDimExpr(loop)))
      keys = memref::getMixedSize(b, b.getLoc(), operand->get(), *axis);
  head = cast<MemRefType>(written(ops.values).getType()).getShape().back();
  for (linalg::GenericOp op : ops.all())
    cycles += cyclesOf(op, machine);
  auto func = ops.last()->getParentOfType<func::FuncOp>();
  bool mayShare = func.getNumArguments() > 0 && isa<rt::FrameType>(func.getArgumentTypes()[0]);
  isShared = mayShare && cycles >= 2 * wakeCycles(machine);
}

static int64_t staticSize(OpFoldResult size) { return getConstantIntValue(size).value_or(ShapedType::kDynamic); }

//===----------------------------------------------------------------------===//
// From all of it to a block of rows and keys
//===----------------------------------------------------------------------===//

void AttentionEmitter::run() {
  if (getConstantIntValue(keys))
    return emitWhole();
  // A sum of no values is nothing, but no quotient by their total.
  Value isNone = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, value(keys), number(0));
  auto branch = scf::IfOp::create(b, isNone, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  Value nothing = fillBefore(ops.values).getInputs()[0];
  if (Type element = getElementTypeOrSelf(written(ops.last())); element != nothing.getType())
    nothing = b.createOrFold<arith::TruncFOp>(element, nothing);
  linalg::FillOp::create(b, ValueRange{nothing}, ValueRange{written(ops.last())});
  b.setInsertionPointToStart(branch.elseBlock());
  emitWhole();
}

void AttentionEmitter::emitWhole() {
  // Heads that share their keys: rows of which products and values read the same.
  unsigned last = sizes.size() - 1;
  auto sharesKeys = [&](unsigned row) {
    for (linalg::GenericOp op : {ops.products, ops.values}) {
      auto reads = [&](OpOperand *operand) { return op.getMatchingIndexingMap(operand).isFunctionOfDim(rowLoops(op)[row]); };
      if (llvm::all_of(op.getDpsInputOperands(), reads))
        return false;
    }
    return staticSize(sizes[row]) > 1;
  };
  // Not where cores would be left without a head: they share the last cache, too.
  int64_t heads = 1;
  for (unsigned row = 0; row + 1 < last; ++row)
    heads *= std::max<int64_t>(1, likelySize(staticSize(sizes[row]), row == 0));
  bool grouped = last > 0 && sharesKeys(last - 1) && (!isShared || heads >= machine.cores || keyParts(last - 1, staticSize(sizes[last - 1])) * heads >= machine.cores / 2);
  auto one = [&] { grouped ? emitLoops(last - 1, sizes[last - 1]) : emitLoops(last, b.getIndexAttr(1)); };
  if (auto size = getConstantIntValue(sizes[last])) {
    *size == 1 ? one() : emitLoops(last, sizes[last]);
    return;
  }
  Value isOne = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, value(sizes[last]), number(1));
  auto branch = scf::IfOp::create(b, isOne, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  one();
  b.setInsertionPointToStart(branch.elseBlock());
  emitLoops(last, sizes[last]);
}

/// All of it, several steps of `row` at a time.
void AttentionEmitter::emitLoops(unsigned row, OpFoldResult size) {
  axis = row;
  int64_t known = staticSize(size), others = 1;
  for (auto [i, other] : llvm::enumerate(sizes))
    others *= i == row ? 1 : std::max<int64_t>(1, likelySize(staticSize(other), i == 0));
  now = chooseAttentionTile(machine, known, staticSize(keys), others, masksRows());
  tile = now.rows >= tile.rows ? now : tile;
  isOnline = ShapedType::isDynamic(staticSize(keys)) || staticSize(keys) > now.keys;
  even = !ShapedType::isDynamic(known) && known % now.rows == 0;
  each = b.getIndexAttr(now.rows);
  blocks = b.getIndexAttr(llvm::divideCeil(std::max<int64_t>(known, 0), now.rows));
  if (ShapedType::isDynamic(known)) {
    // Blocks of about the same length, in whole tiles.
    constexpr int64_t kUnit = 8;
    Value most = number(now.rows), parts = arith::CeilDivUIOp::create(b, value(size), most);
    Value length = arith::CeilDivUIOp::create(b, value(size), arith::MaxUIOp::create(b, parts, number(1)));
    Value whole = arith::MulIOp::create(b, arith::CeilDivUIOp::create(b, length, number(kUnit)), number(kUnit));
    each = arith::MaxUIOp::create(b, arith::MinUIOp::create(b, whole, most), number(1)).getResult();
    blocks = arith::CeilDivUIOp::create(b, value(size), value(each)).getResult();
  }
  int64_t parts = getConstantIntValue(blocks) == 1 && known == now.rows && isOnline ? keyParts(row, now.rows) : 1;
  if (parts > 1) {
    isSplit = true;
    return emitParts(parts);
  }
  Value all = value(blocks);
  for (auto [i, other] : llvm::enumerate(sizes))
    if (i != row)
      all = b.createOrFold<arith::MulIOp>(all, value(other));
  if (!isShared)
    return emitBlocks(number(0), all);
  Value frame = ops.last()->getParentOfType<func::FuncOp>().getArgument(0);
  auto parallel = rt::ParallelOp::create(b, frame, all, grain(now.rows, value(keys)));
  OpBuilder::InsertionGuard guard(b);
  mlir::Block *body = b.createBlock(&parallel.getBody(), {}, {b.getIndexType(), b.getIndexType()}, {b.getLoc(), b.getLoc()});
  emitBlocks(body->getArgument(0), body->getArgument(1));
}

/// How many blocks repay waking a thread.
Value AttentionEmitter::grain(int64_t rows, Value keys) {
  double steps = std::clamp<double>(std::ceil(stepCount(ops.products) * wakeCycles(machine) / cycles), 1, kMostGrain);
  int64_t loop = ops.products.getStaticLoopRanges().back();
  Value work = b.createOrFold<arith::MulIOp>(number(rows * std::max<int64_t>(loop, 1)), keys);
  work = b.createOrFold<arith::MaxUIOp>(work, number(1));
  return b.createOrFold<arith::CeilDivUIOp>(number(int64_t(steps)), work);
}

void AttentionEmitter::makeBuffers() {
  scoreBuffer = buffer({now.rows, now.keys});
  rowBuffers.clear();
  for (linalg::GenericOp op : ops.rows)
    rowBuffers[written(op)] = buffer({now.rows});
  for (linalg::GenericOp op : {ops.greatest, ops.total})
    rowBuffers[written(op)] = buffer({now.rows});
  sumBuffer = buffer({now.rows, head});
  if (isOnline)
    for (Value *row : {&oldGreatest, &shift, &oldShift, &correction})
      *row = buffer({now.rows});
  makeWide();
  passesOver |= isOnline && hidden.may();
  if (isOnline && hidden.may())
    flag = stackBuffer(b, b.getLoc(), {}, b.getI32Type());
}

void AttentionEmitter::emitBlocks(Value begin, Value end) {
  makeBuffers();
  auto steps = scf::ForOp::create(b, begin, end, number(1));
  steps->setAttr(kRowsAttr, b.getUnitAttr()); // threads share nothing in it
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(steps.getBody());
  findOffsets(steps.getInductionVar());
  count = each;
  if (getConstantIntValue(blocks) != 1) {
    Value block = value(offsets[axis]);
    if (isShared && isOnline && masksRows()) {
      // The first, the last, the second, ...: neighbours have as much to do as others.
      Value half = arith::ShRUIOp::create(b, block, number(1)), isOdd = arith::TruncIOp::create(b, b.getI1Type(), arith::IndexCastOp::create(b, b.getI64Type(), block));
      Value fromEnd = arith::SubIOp::create(b, b.createOrFold<arith::SubIOp>(value(blocks), number(1)), half);
      block = arith::SelectOp::create(b, isOdd, fromEnd, half);
    }
    Value first = b.createOrFold<arith::MulIOp>(block, value(each));
    offsets[axis] = first;
    if (!even) {
      Value left = arith::SubIOp::create(b, value(sizes[axis]), first);
      count = arith::MinUIOp::create(b, left, value(each)).getResult();
    }
  }
  emitBlock();
}

/// Where a step's rows are.
void AttentionEmitter::findOffsets(Value rest) {
  offsets.assign(sizes.size(), b.getIndexAttr(0));
  // The blocks of one head follow each other: its keys stay near.
  SmallVector<unsigned> order;
  for (unsigned i = 0; i < sizes.size(); ++i)
    if (i != axis)
      order.push_back(i);
  order.push_back(axis);
  for (unsigned i : llvm::reverse(order)) {
    OpFoldResult size = i == axis ? blocks : sizes[i];
    if (getConstantIntValue(size) == 1)
      continue;
    if (i == order.front()) {
      offsets[i] = rest;
      break;
    }
    offsets[i] = b.createOrFold<arith::RemUIOp>(rest, value(size));
    rest = b.createOrFold<arith::DivUIOp>(rest, value(size));
  }
}

void AttentionEmitter::emitBlock() {
  if (isOnline) {
    emitSums(b.getIndexAttr(0), keys);
  } else {
    beginSums();
    emitWide(ops.products, /*ofKeys=*/false);
    emitKeys(b.getIndexAttr(0), keys);
  }
  for (linalg::GenericOp op : after)
    emit(op);
  emitResult(/*fresh=*/!isOnline);
}

/// Memory of these rows, with nothing in it yet if there are several blocks.
void AttentionEmitter::beginSums() {
  here.clear();
  wide.clear();
  for (auto [memory, row] : rowBuffers)
    here[memory] = cut(row, {count});
  Value sums = cut(sumBuffer, {count, b.getIndexAttr(head)});
  here[written(ops.values)] = sums;
  if (!isOnline)
    return;
  fill(here[written(ops.greatest)], ops.greatest);
  fill(here[written(ops.total)], ops.total);
  fill(sums, ops.values);
}

/// Of some keys, in blocks.
void AttentionEmitter::emitSums(OpFoldResult begin, OpFoldResult end) {
  beginSums();
  emitWide(ops.products, /*ofKeys=*/false);
  linalg::FillOp::create(b, ValueRange{arith::ConstantOp::create(b, b.getF32FloatAttr(0))}, ValueRange{cut(shift, {count})});
  // What is made of it, also where the mask leaves no block.
  if (hidden.may())
    for (linalg::GenericOp op : before)
      emit(op);
  again = {};
  if (!hidden.may() || hidden.areExact())
    return emitAllKeys(begin, end);
  // Low scores are the greatest where there are no others: then they count.
  auto turns = scf::ForOp::create(b, number(0), number(2), number(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(turns.getBody());
  again = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, turns.getInductionVar(), number(0));
  auto first = arith::XOrIOp::create(b, again, arith::ConstantOp::create(b, b.getBoolAttr(true)));
  auto turn = scf::IfOp::create(b, arith::OrIOp::create(b, first, emitIsLow()));
  b.setInsertionPointToStart(turn.thenBlock());
  emitAllKeys(begin, end);
}

/// Block by block of keys.
void AttentionEmitter::emitAllKeys(OpFoldResult begin, OpFoldResult end) {
  auto from = getConstantIntValue(begin), to = getConstantIntValue(end);
  auto size = from && to ? std::optional(*to - *from) : std::nullopt;
  Value step = number(now.keys), full;
  if (size) {
    full = number(*from + *size / now.keys * now.keys);
  } else {
    Value all = b.createOrFold<arith::SubIOp>(value(end), value(begin));
    full = arith::SubIOp::create(b, value(end), arith::RemUIOp::create(b, all, step));
  }
  auto loop = scf::ForOp::create(b, value(begin), full, step);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    emitUnlessHidden(loop.getInductionVar(), b.getIndexAttr(now.keys));
  }
  if (size && *size % now.keys) {
    emitUnlessHidden(full, b.getIndexAttr(*size % now.keys));
  } else if (!size) {
    Value left = arith::SubIOp::create(b, value(end), full);
    auto some = scf::IfOp::create(b, arith::CmpIOp::create(b, arith::CmpIPredicate::ne, left, number(0)));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(some.thenBlock());
    emitUnlessHidden(full, left);
  }
}

/// A block of keys; where it is not the only one, on top of those before it.
void AttentionEmitter::emitKeys(OpFoldResult first, OpFoldResult number) {
  firstKey = first;
  keyCount = number;
  // Powers lie where the scores were, and values are multiplied by them.
  Value tile = cut(scoreBuffer, {count, number});
  for (linalg::GenericOp op : {ops.modified(), ops.powers, ops.shares})
    here[written(op)] = tile;
  emitWide(ops.products, /*ofKeys=*/true);
  emitWide(ops.values, /*ofKeys=*/true);
  emitScores(number);
  Value greatest = here[written(ops.greatest)];
  if (!isOnline) {
    emitFrom(ops.greatest);
    for (linalg::GenericOp op : before)
      emit(op);
    emit(ops.powers);
    emitFrom(ops.total);
    return;
  }
  auto same = [](OpBuilder &, Location, ValueRange args) { return args[0]; };
  emitElementwise({rowsOf(greatest)}, rowsOf(cut(oldGreatest, {count})), same);
  emitElementwise({rowsOf(cut(shift, {count}))}, rowsOf(cut(oldShift, {count})), same);
  emit(ops.greatest);
  for (linalg::GenericOp op : before)
    emit(op);
  auto outside = here;
  correct();
  emit(ops.powers);
  emit(ops.total);
  emit(ops.values);
  here = outside;
}

static Value isLeast(OpBuilder &b, Location loc, Value x) {
  auto least = b.getFloatAttr(b.getF32Type(), -std::numeric_limits<float>::infinity());
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, x, arith::ConstantOp::create(b, loc, least));
}

static Value zero(OpBuilder &b, Location loc) { return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0)); }

/// What is subtracted from scores now.
void AttentionEmitter::emitShift() {
  Value current;
  for (OpOperand *operand : ops.powers.getDpsInputOperands())
    if (operand->get() != written(ops.modified()))
      current = here[operand->get()];
  emitElementwise({rowsOf(current)}, rowsOf(cut(shift, {count})), [](OpBuilder &b, Location loc, ValueRange args) -> Value {
    return arith::SelectOp::create(b, loc, isLeast(b, loc, args[0]), zero(b, loc), args[0]);
  });
}

/// Of sums by their greatest score, what was subtracted from scores and what is now.
Value AttentionEmitter::correctionOf(OpBuilder &b, Location loc, ValueRange args) {
  Value power = math::ExpOp::create(b, loc, arith::SubFOp::create(b, loc, args[1], args[2]));
  return arith::SelectOp::create(b, loc, isLeast(b, loc, args[0]), zero(b, loc), power);
}

/// The sums so far, for what is subtracted now.
void AttentionEmitter::correct() {
  emitShift();
  Part shifts = rowsOf(cut(shift, {count})), factors = rowsOf(cut(correction, {count}));
  emitElementwise({rowsOf(cut(oldGreatest, {count})), rowsOf(cut(oldShift, {count})), shifts}, factors, correctionOf);
  auto product = [](OpBuilder &b, Location loc, ValueRange args) -> Value { return arith::MulFOp::create(b, loc, args[0], args[1]); };
  Part total = rowsOf(here[written(ops.total)]), sums = whole(here[written(ops.values)]);
  emitElementwise({total, factors}, total, product);
  emitElementwise({sums, {factors.memory, AffineMap::get(2, 0, b.getAffineDimExpr(0))}}, sums, product);
  // Powers take what was made of it.
  for (OpOperand *operand : ops.powers.getDpsInputOperands())
    if (operand->get() != written(ops.modified()))
      here[operand->get()] = shifts.memory;
}

void AttentionEmitter::emitScores(OpFoldResult number) {
  if (!ops.scores) {
    emitFrom(ops.products);
    return;
  }
  // In registers, if what follows can be done there; else where the scores will be.
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamic;
  for (OpFoldResult size : {count, number}) {
    shape.push_back(staticSize(size));
    if (!getConstantIntValue(size))
      dynamic.push_back(value(size));
  }
  auto own = memref::AllocaOp::create(b, MemRefType::get(shape, b.getF32Type()), dynamic);
  here[written(ops.products)] = own;
  Block modified = blockOf(ops.scores); // views first: the ops are to stand side by side
  emitFrom(ops.products);
  if (linalg::GenericOp op = emit(modified); !resultBefore(op)) {
    own.replaceAllUsesWith(here[written(ops.scores)]);
    own.erase();
  }
}

/// The sum of values times what rows are divided by. `fresh`: the sum is not there yet.
void AttentionEmitter::emitResult(bool fresh) {
  memref::AllocaOp own;
  Value inMemory = here[written(ops.values)];
  linalg::GenericOp last = ops.last();
  here.erase(written(last)); // what it is outside
  Part output = partOf(last, last.getDpsInitsMutable()[0]);
  here[written(ops.values)] = inMemory;
  if (fresh) {
    SmallVector<Value> dynamic;
    if (!getConstantIntValue(count))
      dynamic.push_back(value(count));
    own = memref::AllocaOp::create(b, MemRefType::get({staticSize(count), head}, b.getF32Type()), dynamic);
    here[written(ops.values)] = own;
  }
  Block block{ops.shares, {}, output, 2, 0};
  for (OpOperand *operand : ops.shares.getDpsInputOperands())
    block.inputs.push_back(operand->get() == written(ops.powers) ? whole(here[written(ops.values)]) : partOf(ops.shares, *operand));
  if (fresh)
    emitFrom(ops.values);
  linalg::GenericOp op = emit(block);
  // What the result is of it, as in the type in which it is stored.
  if (ops.result) {
    op.getBody()->getArguments().back().setType(getElementTypeOrSelf(output.memory));
    Operation *yield = op.getBody()->getTerminator();
    OpBuilder inner(yield);
    IRMapping given;
    given.map(last.getBody()->getArgument(0), yield->getOperand(0));
    for (Operation &conversion : last.getBody()->without_terminator())
      inner.clone(conversion, given);
    yield->setOperand(0, given.lookup(last.getBody()->getTerminator()->getOperand(0)));
  }
  if (own && !resultBefore(op)) {
    own.replaceAllUsesWith(inMemory);
    own.erase();
  }
}

//===----------------------------------------------------------------------===//
// Ops on a block
//===----------------------------------------------------------------------===//

AttentionEmitter::Part AttentionEmitter::partOf(linalg::GenericOp op, OpOperand &operand) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  Value memory = operand.get();
  ArrayRef<int64_t> rows = rowLoops(op);
  auto keysLoop = op->getAttrOfType<IntegerAttr>(kKeysAttr);
  // The row of a block comes first, whatever its number.
  auto numberOf = [&](unsigned loop) {
    unsigned n = 1;
    for (unsigned other = 0; other < loop; ++other)
      n += !llvm::is_contained(rows, int64_t(other));
    return loop == rows[axis] ? 0 : n;
  };
  unsigned loops = op.getNumLoops() - rows.size() + 1;
  SmallVector<AffineExpr> exprs;
  auto type = dyn_cast<MemRefType>(memory.getType());
  SmallVector<OpFoldResult> at, count;
  SmallVector<int64_t> shape;
  for (auto [axisOf, e] : llvm::enumerate(map.getResults())) {
    unsigned loop = cast<AffineDimExpr>(e).getPosition();
    auto row = llvm::find(rows, int64_t(loop));
    bool isOther = row != rows.end() && unsigned(row - rows.begin()) != axis;
    bool isKey = keysLoop && keysLoop.getInt() == int64_t(loop);
    at.push_back(row != rows.end() ? offsets[row - rows.begin()] : isKey ? firstKey : OpFoldResult(b.getIndexAttr(0)));
    count.push_back(isOther           ? OpFoldResult(b.getIndexAttr(1))
                    : row != rows.end() ? this->count
                    : isKey           ? keyCount
                                      : memref::getMixedSize(b, b.getLoc(), memory, axisOf));
    if (isOther)
      continue;
    exprs.push_back(b.getAffineDimExpr(numberOf(loop)));
    shape.push_back(staticSize(count.back()));
  }
  AffineMap reads = AffineMap::get(loops, 0, exprs, b.getContext());
  if (Value found = wide.lookup(&operand))
    return {found, reads};
  if (Value found = here.lookup(memory))
    return {found, reads};
  if (!type || type.getRank() == 0)
    return {memory, reads};
  SmallVector<OpFoldResult> steps(type.getRank(), b.getIndexAttr(1));
  auto viewType = memref::SubViewOp::inferRankReducedResultType(shape, type, at, count, steps);
  return {memref::SubViewOp::create(b, cast<MemRefType>(viewType), memory, at, count, steps), reads};
}

AttentionEmitter::Block AttentionEmitter::blockOf(linalg::GenericOp op) {
  Block block{op, {}, {}, unsigned(op.getNumLoops() - rowLoops(op).size() + 1), op.getNumReductionLoops()};
  for (OpOperand *operand : op.getDpsInputOperands())
    block.inputs.push_back(partOf(op, *operand));
  block.output = partOf(op, op.getDpsInitsMutable()[0]);
  return block;
}

/// The body of an op on its part. Sums come last.
linalg::GenericOp AttentionEmitter::emit(const Block &block) {
  SmallVector<Value> memories;
  SmallVector<AffineMap> maps;
  auto mapOf = [&](const Part &part) { return AffineMap::get(block.loops, 0, part.map.getResults(), b.getContext()); };
  for (const Part &input : block.inputs) {
    memories.push_back(input.memory);
    maps.push_back(mapOf(input));
  }
  maps.push_back(mapOf(block.output));
  SmallVector<utils::IteratorType> kinds(block.loops, utils::IteratorType::parallel);
  std::fill(kinds.end() - block.sums, kinds.end(), utils::IteratorType::reduction);
  auto made = linalg::GenericOp::create(b, TypeRange{}, memories, ValueRange{block.output.memory}, maps, kinds);
  IRMapping map;
  linalg::GenericOp(block.op)->getRegion(0).cloneInto(&made.getRegion(), map);
  for (OpOperand *input : made.getDpsInputOperands())
    if (BlockArgument argument = made.getMatchingBlockArgument(input); argument.getType() != getElementTypeOrSelf(input->get()))
      widenArgument(argument);
  return made;
}

/// A sum, from what it begins with.
void AttentionEmitter::emitFrom(linalg::GenericOp op) {
  Block block = blockOf(op);
  fill(block.output.memory, op);
  emit(block);
}

void AttentionEmitter::emitElementwise(ArrayRef<Part> inputs, Part output, function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  SmallVector<Value> memories;
  SmallVector<AffineMap> maps;
  for (const Part &input : inputs) {
    memories.push_back(input.memory);
    maps.push_back(input.map);
  }
  maps.push_back(output.map);
  SmallVector<utils::IteratorType> kinds(output.map.getNumDims(), utils::IteratorType::parallel);
  linalg::GenericOp::create(b, TypeRange{}, memories, ValueRange{output.memory}, maps, kinds,
                            [&](OpBuilder &inner, Location loc, ValueRange args) { linalg::YieldOp::create(inner, loc, body(inner, loc, args)); });
}

/// What a sum begins with.
void AttentionEmitter::fill(Value memory, linalg::GenericOp sum) {
  linalg::FillOp::create(b, ValueRange{fillBefore(sum).getInputs()[0]}, ValueRange{memory});
}

AttentionEmitter::Part AttentionEmitter::rowsOf(Value memory) { return {memory, b.getMultiDimIdentityMap(1)}; }
AttentionEmitter::Part AttentionEmitter::whole(Value memory) { return {memory, b.getMultiDimIdentityMap(2)}; }

Value AttentionEmitter::buffer(ArrayRef<int64_t> shape) {
  return stackBuffer(b, b.getLoc(), shape, b.getF32Type());
}

/// The first elements, each way.
Value AttentionEmitter::cut(Value memory, ArrayRef<OpFoldResult> first) {
  auto type = cast<MemRefType>(memory.getType());
  bool isWhole = llvm::all_of(llvm::zip(first, type.getShape()), [](auto pair) { return staticSize(std::get<0>(pair)) == std::get<1>(pair); });
  if (isWhole)
    return memory;
  SmallVector<OpFoldResult> at(first.size(), b.getIndexAttr(0)), steps(first.size(), b.getIndexAttr(1));
  return memref::SubViewOp::create(b, memory, at, first, steps);
}

} // namespace coil
