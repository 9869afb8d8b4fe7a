//===- NestEmitter.cpp - the loops around a tile of registers -------------===//

#include "passes/vectorize/HalfSums.h"

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace coil {

/// Operations on a tile from which on an epilogue is a loop over its rows.
static constexpr int64_t kLongEpilogue = 160;

NestEmitter::NestEmitter(linalg::GenericOp op, const LoopPlan &plan, Value init, OpOperand *consumer,
                         std::optional<BlockSum> blocks, const Machine &machine)
    : op(op), plan(plan), b(op.getLoc(), op), init(init), blocks(blocks), machine(machine), indices(op.getNumLoops()),
      key(op.getNumLoops(), 0), whole(op.getNumLoops()) {
  for (unsigned loop : plan.order) {
    bool isSum = op.getIteratorTypesArray()[loop] == utils::IteratorType::reduction;
    // What is vectorized goes innermost, by itself; quads are one operation.
    if (isSum && !(plan.kind == LoopPlan::Along && plan.lane == loop) && !(plan.dot && plan.dot->quad == loop))
      reductions.push_back(loop);
    if (!isSum)
      levels.push_back(loop);
  }
  if (consumer) {
    epilogue = cast<linalg::GenericOp>(consumer->getOwner());
    b.setInsertionPoint(epilogue);
    epilogueOperand = consumer->getOperandNumber();
    AffineMap reads = epilogue.getMatchingIndexingMap(consumer), writes = op.getIndexingMapsArray().back();
    epilogueLoop.resize(epilogue.getNumLoops());
    for (auto [from, to] : llvm::zip(reads.getResults(), writes.getResults()))
      epilogueLoop[cast<AffineDimExpr>(from).getPosition()] = cast<AffineDimExpr>(to).getPosition();
  }
  findSizes();
}

void NestEmitter::run() {
  if (plan.shared)
    return emitParts(*plan.shared, plan.sharedInner);
  emitBlocks();
}

//===----------------------------------------------------------------------===//
// Sizes and pieces
//===----------------------------------------------------------------------===//

void NestEmitter::findSizes() {
  SmallVector<int64_t> fixed = op.getStaticLoopRanges();
  AffineMap shapes = op.getShapesToLoopsMap();
  SmallVector<std::pair<Value, int64_t>> dims;
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<MemRefType>(operand.getType()))
      for (int64_t i = 0; i < type.getRank(); ++i)
        dims.emplace_back(operand, i);
  for (auto [loop, size] : llvm::enumerate(fixed)) {
    if (!ShapedType::isDynamic(size)) {
      sizes.push_back(b.getIndexAttr(size));
      continue;
    }
    auto [memory, axis] = dims[shapes.getDimPosition(loop)];
    sizes.push_back(b.createOrFold<memref::DimOp>(memory, axis));
  }
  begins.assign(sizes.size(), b.getIndexAttr(0));
  ends = sizes;
}

Value NestEmitter::plus(Value index, int64_t n) {
  if (n == 0)
    return index;
  return b.createOrFold<arith::AddIOp>(index, arith::ConstantIndexOp::create(b, n));
}

/// The end of the steps of `step` that fit between two indices.
OpFoldResult NestEmitter::multipleBelow(OpFoldResult begin, OpFoldResult end, int64_t step, bool isWhole) {
  auto from = getConstantIntValue(begin), to = getConstantIntValue(end);
  if (from && to)
    return b.getIndexAttr(*from + (*to - *from) / step * step);
  if (isWhole || step == 1)
    return end;
  Value left = arith::SubIOp::create(b, value(end), value(begin));
  Value over = arith::RemUIOp::create(b, left, arith::ConstantIndexOp::create(b, step));
  return arith::SubIOp::create(b, value(end), over).getResult();
}

static bool isEmpty(OpFoldResult begin, OpFoldResult end) {
  auto from = getConstantIntValue(begin), to = getConstantIntValue(end);
  return from && to && *from == *to;
}

/// Cuts a loop into pieces of falling steps; the last must be 1.
SmallVector<NestEmitter::Piece> NestEmitter::falling(unsigned index, ArrayRef<int64_t> steps) {
  SmallVector<Piece> pieces;
  OpFoldResult begin = begins[index], size = ends[index];
  if (whole[index] && steps.front() == plan.unitOf(index))
    return {{begin, size, steps.front()}};
  for (int64_t step : steps) {
    OpFoldResult end = multipleBelow(begin, size, step, false);
    if (isEmpty(begin, end))
      continue;
    pieces.push_back({begin, end, step});
    begin = end;
    if (isEmpty(begin, size))
      break;
  }
  return pieces;
}

/// Full tiles, then what is left over: at once where its size is known.
SmallVector<NestEmitter::Piece> NestEmitter::rowPieces() {
  unsigned row = *plan.row;
  SmallVector<Piece> pieces;
  auto size = getConstantIntValue(sizes[row]);
  if (!size) {
    SmallVector<int64_t> steps{tileRows()};
    if (steps.front() > 4)
      steps.push_back(4);
    if (steps.front() > 1)
      steps.push_back(1);
    pieces = falling(row, steps);
    for (Piece &piece : pieces)
      piece.count = piece.step;
    return pieces;
  }
  OpFoldResult full = multipleBelow(begins[row], ends[row], plan.rows, whole[row]);
  if (!isEmpty(begins[row], full))
    pieces.push_back({begins[row], full, plan.rows, plan.rows});
  if (int64_t rest = *size % plan.rows)
    pieces.push_back({full, ends[row], rest, rest});
  return pieces;
}

/// Whether elements may be computed twice, to the same: they are sums from their
/// beginning, and what else is read is not where they are written. A sum's own inputs
/// never are; another of an elementwise op may be, but not on the stack.
bool NestEmitter::mayOverlap() {
  linalg::GenericOp last = epilogue ? epilogue : op;
  Value memory = last.getDpsInits()[0];
  while (auto view = memory.getDefiningOp<memref::SubViewOp>())
    memory = view.getSource();
  bool strips = plan.packedStrips > 1 && plan.columns == 1; // several single vectors at once
  if (!init || !plan.packed || strips || plan.lanes <= 1)
    return false;
  if (epilogue && epilogue.payloadUsesValueFromOperand(epilogue.getDpsInitOperand(0)))
    return false;
  return !epilogue || epilogue.getNumDpsInputs() == 1 || memory.getDefiningOp<memref::AllocaOp>();
}

/// Full tiles, then what is left over: packed data by vectors of which some
/// lanes stand for nothing, other data by single and ever shorter vectors, or by one
/// that begins before, among those that are done.
SmallVector<NestEmitter::Piece> NestEmitter::lanePieces() {
  int64_t step = plan.columns * plan.lanes;
  auto size = getConstantIntValue(sizes[plan.lane]);
  SmallVector<Piece> pieces;
  if (plan.padded && size) {
    OpFoldResult begin = begins[plan.lane], end = ends[plan.lane];
    OpFoldResult full = multipleBelow(begin, end, step, whole[plan.lane]);
    if (!isEmpty(begin, full))
      pieces.push_back({begin, full, step, plan.columns, plan.lanes});
    if (int64_t rest = *size % step)
      pieces.push_back({full, end, rest, int64_t(llvm::divideCeil(rest, plan.lanes)), plan.lanes, rest % plan.lanes});
    return pieces;
  }
  SmallVector<int64_t> steps;
  if (plan.columns > 1)
    steps.push_back(step);
  if (!size && mayOverlap()) {
    Value begin = value(begins[plan.lane]), end = value(ends[plan.lane]), lanes = value(b.getIndexAttr(plan.lanes));
    OpFoldResult full = begin;
    if (plan.columns > 1) {
      full = multipleBelow(begin, end, step, false);
      pieces.push_back({begin, full, step, plan.columns, plan.lanes});
    }
    Value fits = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, arith::SubIOp::create(b, end, begin), lanes);
    Value over = arith::SelectOp::create(b, fits, end, value(full));
    pieces.push_back({full, over, plan.lanes, 1, plan.lanes, 0, arith::SubIOp::create(b, end, lanes)});
    for (int64_t n = std::max<int64_t>(plan.lanes / 4, 1);; n = std::max<int64_t>(n / 4, 1)) {
      OpFoldResult to = multipleBelow(over, end, n, false);
      pieces.push_back({over, to, n, 1, n});
      over = value(to);
      if (n == 1)
        break;
    }
    return pieces;
  }
  for (int64_t n = plan.lanes; n > 1; n = size ? n / 2 : n / 4)
    steps.push_back(n);
  steps.push_back(1);
  pieces = falling(plan.lane, steps);
  for (Piece &piece : pieces) {
    piece.lanes = std::min(piece.step, plan.lanes);
    piece.count = piece.step / piece.lanes;
  }
  return pieces;
}

/// A loop over a piece, with values carried around it.
NestEmitter::Carried NestEmitter::loop(const Piece &piece, unsigned index, ValueRange carried,
                                       function_ref<Carried(ValueRange)> body) {
  auto from = getConstantIntValue(piece.begin), to = getConstantIntValue(piece.end);
  if (from && to && *to - *from == piece.step) {
    indices[index] = value(piece.begin);
    return body(carried);
  }
  auto forOp = scf::ForOp::create(b, value(piece.begin), value(piece.end), arith::ConstantIndexOp::create(b, piece.step),
                                  carried);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  indices[index] = forOp.getInductionVar();
  Carried results = body(forOp.getRegionIterArgs());
  if (carried.empty()) // the builder has made the terminator
    return {};
  scf::YieldOp::create(b, results);
  return forOp.getResults();
}

//===----------------------------------------------------------------------===//
// Parts for threads
//===----------------------------------------------------------------------===//

/// Steps of a loop by its unit.
OpFoldResult NestEmitter::partsOf(unsigned loop) {
  return b.createOrFold<arith::CeilDivUIOp>(value(sizes[loop]), value(b.getIndexAttr(plan.unitOf(loop))));
}

/// From here on the loop goes over these steps by its unit.
void NestEmitter::setPart(unsigned loop, Value begin, Value end) {
  int64_t unit = plan.unitOf(loop);
  Value step = value(b.getIndexAttr(unit));
  auto size = getConstantIntValue(sizes[loop]);
  whole[loop] = size && *size % unit == 0;
  begins[loop] = b.createOrFold<arith::MulIOp>(begin, step);
  Value last = b.createOrFold<arith::MulIOp>(end, step);
  ends[loop] = whole[loop] ? last : b.createOrFold<arith::MinUIOp>(last, value(sizes[loop]));
}

void NestEmitter::emitParts(unsigned loop, std::optional<unsigned> inner) {
  Value frame = op->getParentOfType<func::FuncOp>().getArgument(0), one = value(b.getIndexAttr(1));
  Value count = value(partsOf(loop)), each = inner ? value(partsOf(*inner)) : Value();
  // A part is at least what repays waking a thread.
  Value work = value(b.getIndexAttr(plan.unitOf(loop) * (inner ? plan.unitOf(*inner) : 1)));
  for (auto [other, size] : llvm::enumerate(sizes))
    if (other != loop && other != inner)
      work = b.createOrFold<arith::MulIOp>(work, value(size));
  work = b.createOrFold<arith::MaxUIOp>(work, one);
  Value grain = b.createOrFold<arith::CeilDivUIOp>(value(b.getIndexAttr(plan.grain)), work);
  if (inner)
    count = b.createOrFold<arith::MulIOp>(count, each);
  auto parallel = rt::ParallelOp::create(b, frame, count, grain);
  Block *body = b.createBlock(&parallel.getBody(), {}, {b.getIndexType(), b.getIndexType()}, {b.getLoc(), b.getLoc()});
  Value begin = body->getArgument(0), end = body->getArgument(1);
  if (inner) {
    // Of the outer loop one step after the other, of the inner one what of it is this thread's.
    Value first = arith::DivUIOp::create(b, begin, each), last = arith::CeilDivUIOp::create(b, end, each);
    auto steps = scf::ForOp::create(b, first, last, one);
    b.setInsertionPointToStart(steps.getBody());
    Value step = steps.getInductionVar(), next = arith::AddIOp::create(b, step, one);
    Value from = arith::MulIOp::create(b, step, each), to = arith::MulIOp::create(b, next, each);
    setPart(loop, step, next);
    begin = arith::SubIOp::create(b, arith::MaxUIOp::create(b, begin, from), from);
    end = arith::SubIOp::create(b, arith::MinUIOp::create(b, end, to), from);
  }
  setPart(inner.value_or(loop), begin, end);
  emitBlocks();
  b.setInsertionPointAfter(parallel);
}

//===----------------------------------------------------------------------===//
// From the outer loops to one tile
//===----------------------------------------------------------------------===//

/// All of the nest for some rows, then for the next ones.
void NestEmitter::emitBlocks() {
  if (!plan.block)
    return emitLevel(0, {}, {});
  unsigned row = *plan.row;
  OpFoldResult end = ends[row];
  auto size = getConstantIntValue(sizes[row]);
  auto loop = scf::ForOp::create(b, value(begins[row]), value(end), arith::ConstantIndexOp::create(b, plan.block));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  begins[row] = loop.getInductionVar();
  // A part of a thread's ends with a whole tile, if all do.
  whole[row] = size && *size % plan.rows == 0;
  Value next = b.createOrFold<arith::AddIOp>(loop.getInductionVar(), arith::ConstantIndexOp::create(b, plan.block));
  bool even = size && *size % plan.block == 0 && plan.shared != row;
  ends[row] = even ? next : b.createOrFold<arith::MinUIOp>(next, value(end));
  emitLevel(0, {}, {});
}

void NestEmitter::emitLevel(unsigned i, const Piece &row, const Piece &column) {
  if (i == levels.size())
    return plan.kind == LoopPlan::Along ? emitAlong(row.count) : emitAcross(row, column);
  unsigned index = levels[i];
  bool isRow = plan.row == index, isLane = plan.kind == LoopPlan::Across && plan.lane == index;
  SmallVector<Piece> pieces;
  if (isRow)
    pieces = rowPieces();
  else if (isLane)
    pieces = lanePieces();
  else
    pieces.push_back({begins[index], ends[index], 1});
  for (const Piece &piece : pieces) {
    if (isLane && plan.packedStrips > 1 && piece.step == plan.columns * plan.lanes && !piece.valid) {
      emitStrips(i + 1, row, piece);
      continue;
    }
    loop(piece, index, {}, [&](ValueRange) {
      if (piece.last)
        indices[index] = arith::MinUIOp::create(b, indices[index], piece.last);
      if (isLane) // a single lane reads its terms side by side as it is
        packedBuffer = plan.packed && piece.lanes > 1 ? packInput(piece) : Value();
      if (isLane && plan.unpackFrom)
        emitStrip(i + 1, row, piece);
      else
        emitLevel(i + 1, isRow ? piece : row, isLane ? piece : column);
      return Carried();
    });
  }
}

/// Calls `visit` with the indices of each vector of a tile.
void NestEmitter::forEachVector(int64_t rows, int64_t columns, int64_t lanes,
                                function_ref<void(unsigned, int64_t)> visit) {
  SmallVector<Value> saved = indices;
  unsigned n = 0;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      indices = saved;
      if (plan.row)
        indices[*plan.row] = plus(saved[*plan.row], key[*plan.row] = row);
      if (plan.kind != LoopPlan::Scalar) {
        key[plan.lane] = column;
        indices[plan.lane] = plus(saved[plan.lane], column * lanes);
      }
      visit(n++, column);
    }
  indices = saved;
}

/// Loops over the reductions, up to `until`, around `body`, which takes so many
/// terms at once.
NestEmitter::Carried NestEmitter::reduce(unsigned i, ValueRange carried, function_ref<Carried(ValueRange, int64_t)> body,
                                         std::optional<unsigned> until) {
  if (i == until.value_or(reductions.size() - plan.window))
    return body(carried, 1);
  unsigned index = reductions[i];
  if (plan.unrolled != index)
    return loop({b.getIndexAttr(0), sizes[index], 1}, index, carried,
                [&](ValueRange inner) { return reduce(i + 1, inner, body, until); });
  Carried current(carried);
  for (const Piece &piece : falling(index, plan.halves ? stepsOfHalves() : SmallVector<int64_t>{plan.terms, 1}))
    current = loop(piece, index, current, [&](ValueRange inner) { return body(inner, piece.step); });
  return current;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// What writes results: the op's own store, or the epilogue.
NestEmitter::Sink NestEmitter::sink(int64_t lanes) {
  if (!epilogue)
    return {BodyEmitter(op, plan.lane, lanes, b), false};
  unsigned lane = llvm::find(epilogueLoop, plan.lane) - epilogueLoop.begin();
  return {BodyEmitter(epilogue, lane == epilogueLoop.size() ? 0 : lane, lanes, b), true};
}

void NestEmitter::store(Sink &sink, Value value, int64_t valid) {
  sink.emitter.setValid(valid);
  if (!sink.isEpilogue)
    return sink.emitter.storeResult(value, indices);
  SmallVector<Value> at;
  SmallVector<int64_t> steps;
  for (unsigned loop : epilogueLoop) {
    at.push_back(indices[loop]);
    steps.push_back(key[loop]);
  }
  sink.emitter.provide(epilogueOperand, value);
  // It may add to what is there.
  Value before = epilogue.getBody()->getArguments().back().use_empty() ? Value() : sink.emitter.loadResult(at);
  sink.emitter.storeResult(sink.emitter.emit(at, steps, before), at);
}

//===----------------------------------------------------------------------===//
// Lanes across the result
//===----------------------------------------------------------------------===//

void NestEmitter::emitAcross(const Piece &row, const Piece &column) {
  int64_t rows = row.count, columns = column.count, lanes = column.lanes;
  Value first = plan.kind == LoopPlan::Scalar ? Value() : indices[plan.lane];
  auto validIn = [&](int64_t n) { return column.valid && n == columns - 1 ? column.valid : lanes; };
  BodyEmitter around(op, plan.lane, lanes, b);
  bool usesResult = !op.getBody()->getArguments().back().use_empty();
  Carried sums;
  Value begin = beginning();
  if (usesResult)
    forEachVector(rows, columns, lanes, [&](unsigned, int64_t n) {
      around.setValid(validIn(n));
      sums.push_back(begin ? around.splat(begin) : around.loadResult(indices));
    });
  int64_t vectors = rows * columns, each = sumsInFlight(vectors);
  if (each > 1)
    sums.append(vectors * (each - 1), around.splat(neutral()));
  std::optional<NextPanel> next = nextPanel(row, column);
  auto body = [&](ValueRange carried, int64_t terms) {
    if (next)
      fetch(*next);
    BodyEmitter emitter(op, plan.lane, lanes, b);
    emitter.startPanel(first);
    if (packedBuffer)
      emitter.setPacked(*plan.packed, packedBuffer, reductions[0], packedStrip);
    if (plan.row && plan.kind == LoopPlan::Across)
      emitter.setRows(*plan.row, rows, plan.rowsTogether);
    if (terms > 1)
      emitter.setTerms(*plan.unrolled, terms, machine.byLane);
    if (plan.dot) {
      emitter.setDot(*plan.dot);
      indices[plan.dot->quad] = value(b.getIndexAttr(0));
    }
    if (blocks)
      return addBlock(emitter, carried, column, rows);
    Carried results(carried);
    results.resize(vectors * each);
    if (plan.window) {
      emitter.setWindow(*LoopNest(op, machine).windowInput(plan.lane), ArrayRef(reductions).take_back(plan.window));
      emitWindow(emitter, rows, columns, lanes, [&](unsigned n, int64_t at) {
        emitter.setValid(validIn(at));
        results[n] = emitter.emit(indices, key, usesResult ? results[n] : Value());
      });
      return results;
    }
    for (int64_t term = 0; term < terms; ++term) {
      Value saved;
      if (plan.unrolled) {
        saved = indices[*plan.unrolled];
        indices[*plan.unrolled] = plus(saved, key[*plan.unrolled] = term);
      }
      forEachVector(rows, columns, lanes, [&](unsigned n, int64_t at) {
        emitter.setValid(validIn(at));
        Value &sum = results[term % each * vectors + n];
        sum = emitter.emit(indices, key, usesResult ? sum : Value());
      });
      if (plan.unrolled)
        indices[*plan.unrolled] = saved;
    }
    return results;
  };
  Carried results;
  if (plan.halves)
    results = emitHalfSums(sums, {rows, columns, lanes, first, next}, [&](ValueRange carried) { return body(carried, 1); });
  else
    results = usesResult ? reduce(0, sums, body) : body({}, 1);
  for (int64_t n = each / 2; n > 0; n /= 2)
    for (int64_t i = 0; i < n * vectors; ++i)
      results[i] = combine(results[i], results[n * vectors + i]);
  if (epilogue && rows > 1 && rows * columns * int64_t(epilogue.getBody()->getOperations().size()) > kLongEpilogue)
    return storeByRows(results, row, column);
  Sink out = sink(lanes);
  forEachVector(rows, columns, lanes, [&](unsigned n, int64_t at) { store(out, results[n], validIn(at)); });
}

/// A long epilogue: from a buffer of the tile's size, a row at a time, so that
/// its code is there once and its values find registers.
void NestEmitter::storeByRows(ArrayRef<Value> results, const Piece &row, const Piece &column) {
  int64_t rows = row.count, columns = column.count, lanes = column.lanes;
  auto vector = dyn_cast<VectorType>(results[0].getType());
  Type element = vector ? vector.getElementType() : results[0].getType();
  Value buffer = this->buffer({rows, columns * lanes}, element);
  Value zero = value(b.getIndexAttr(0));
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c) {
      SmallVector<Value> at{plus(zero, r), plus(zero, c * lanes)};
      if (vector)
        vector::StoreOp::create(b, results[r * columns + c], buffer, at);
      else
        memref::StoreOp::create(b, results[r * columns + c], buffer, at);
    }
  Value first = indices[*plan.row];
  auto rowsLoop = scf::ForOp::create(b, zero, value(b.getIndexAttr(rows)), value(b.getIndexAttr(1)));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(rowsLoop.getBody());
  key[*plan.row] = 0;
  indices[*plan.row] = arith::AddIOp::create(b, first, rowsLoop.getInductionVar());
  Sink out = sink(lanes);
  for (int64_t c = 0; c < columns; ++c) {
    SmallVector<Value> at{rowsLoop.getInductionVar(), plus(zero, c * lanes)}, saved = indices;
    Value sum = vector ? vector::LoadOp::create(b, vector, buffer, at).getResult()
                       : memref::LoadOp::create(b, buffer, at).getResult();
    key[plan.lane] = c;
    indices[plan.lane] = plus(saved[plan.lane], c * lanes);
    store(out, sum, column.valid && c == columns - 1 ? column.valid : lanes);
    indices = saved;
  }
  indices[*plan.row] = first;
}

} // namespace coil
