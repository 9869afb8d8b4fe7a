//===- PackedInput.cpp - an input is turned while its panel is computed ---===//
//
// A product of two tensors that a run computes, as of queries and keys, reads both
// side by side along the sum. The lanes shall run across the result, though: no
// vector need then be added up, and one load serves a whole row of products. So
// the part of the input that a strip of tiles reads is transposed first, squares
// of vectors at a time, into a buffer that stays in the first cache. Where the
// input lies side by side along the lanes already, but its terms far apart, the
// part is copied there.
//
//===----------------------------------------------------------------------===//

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/vectorize/NestEmitter.h"
#include "passes/vectorize/StackBuffer.h"

namespace coil {

Value NestEmitter::buffer(ArrayRef<int64_t> shape, Type element) {
  return stackBuffer(b, b.getLoc(), shape, element);
}

void NestEmitter::emitStrips(unsigned i, const Piece &row, const Piece &column) {
  auto number = [&](int64_t n) { return value(b.getIndexAttr(n)); };
  auto groups = scf::ForOp::create(b, value(column.begin), value(column.end), number(column.step * plan.packedStrips));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(groups.getBody());
  Value begin = groups.getInductionVar();
  Value end = arith::MinUIOp::create(b, plus(begin, column.step * plan.packedStrips), value(column.end));
  packStrips(column, begin, end);
  Piece strips = column;
  strips.begin = begin, strips.end = end;
  loop(strips, plan.lane, {}, [&](ValueRange) {
    packedStrip = arith::DivUIOp::create(b, arith::SubIOp::create(b, indices[plan.lane], begin), number(column.step));
    emitLevel(i, row, column);
    return Carried();
  });
  packedStrip = packedBuffer = Value();
}

void NestEmitter::packStrips(const Piece &column, Value begin, Value end) {
  OpOperand *operand = op.getDpsInputOperand(*plan.packed);
  AffineMap map = op.getMatchingIndexingMap(operand);
  Type element = getElementTypeOrSelf(operand->get());
  unsigned sum = reductions[0];
  int64_t terms = *getConstantIntValue(sizes[sum]), lanes = column.lanes;
  auto vector = VectorType::get(lanes, element);
  auto number = [&](int64_t n) { return value(b.getIndexAttr(n)); };
  packedBuffer = buffer({plan.packedStrips, terms, column.step}, element);
  // One strip of one term.
  auto copy = [&](Value term, Value first, Value strip) {
    for (int64_t at = 0; at < column.step; at += lanes) {
      SmallVector<Value> from;
      for (AffineExpr e : map.getResults()) {
        unsigned loop = cast<AffineDimExpr>(e).getPosition();
        from.push_back(loop == sum ? term : loop == plan.lane ? plus(first, at) : indices[loop]);
      }
      vector::StoreOp::create(b, vector::LoadOp::create(b, vector, operand->get(), from), packedBuffer, ValueRange{strip, term, number(at)});
    }
  };
  auto forTerms = [&](function_ref<void(Value)> body) {
    auto loop = scf::ForOp::create(b, number(0), number(terms), number(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  };
  int64_t all = plan.packedStrips * column.step;
  Value left = arith::SubIOp::create(b, end, begin);
  Value isFull = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, left, number(all));
  auto choice = scf::IfOp::create(b, isFull, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(choice.thenYield());
  forTerms([&](Value term) {
    for (int64_t strip = 0; strip < plan.packedStrips; ++strip)
      copy(term, plus(begin, strip * column.step), number(strip));
  });
  b.setInsertionPoint(choice.elseYield());
  forTerms([&](Value term) {
    auto loop = scf::ForOp::create(b, begin, end, number(column.step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value first = loop.getInductionVar();
    copy(term, first, arith::DivUIOp::create(b, arith::SubIOp::create(b, first, begin), number(column.step)));
  });
}

Value NestEmitter::packInput(const Piece &column) {
  OpOperand *operand = op.getDpsInputOperand(*plan.packed);
  AffineMap map = op.getMatchingIndexingMap(operand);
  Type element = getElementTypeOrSelf(operand->get());
  unsigned sum = reductions[0];
  int64_t terms = *getConstantIntValue(sizes[sum]), lanes = column.lanes;
  Value packed = buffer({terms, column.count * lanes}, element);
  auto vector = VectorType::get(lanes, element);
  Value zero = value(b.getIndexAttr(0)), nothing = arith::ConstantOp::create(b, b.getZeroAttr(vector));

  auto subscripts = [&](Value term, int64_t lane) {
    SmallVector<Value> index;
    for (AffineExpr e : map.getResults()) {
      unsigned loop = cast<AffineDimExpr>(e).getPosition();
      index.push_back(loop == sum ? term : loop == plan.lane ? plus(indices[loop], lane) : indices[loop]);
    }
    return index;
  };
  // `n` elements from `at`; the lanes beyond them are zero.
  auto load = [&](ValueRange at, int64_t n) -> Value {
    if (n == lanes)
      return vector::LoadOp::create(b, vector, operand->get(), at);
    return vector::MaskedLoadOp::create(b, vector, operand->get(), at, firstLanes(b, lanes, n), nothing);
  };
  // One vector of one term, as it lies.
  auto copy = [&](Value term, int64_t at, int64_t valid) {
    vector::StoreOp::create(b, load(subscripts(term, at * lanes), valid), packed, ValueRange{term, plus(zero, at * lanes)});
  };
  // One square: `n` terms from `first` on, of the lanes of one vector.
  auto square = [&](Value first, int64_t n, int64_t at, int64_t valid) {
    SmallVector<Value> rows(lanes, nothing);
    for (int64_t lane = 0; lane < valid; ++lane)
      rows[lane] = load(subscripts(first, at * lanes + lane), n);
    transpose(rows, b);
    for (int64_t term = 0; term < n; ++term)
      vector::StoreOp::create(b, rows[term], packed, ValueRange{plus(first, term), plus(zero, at * lanes)});
  };
  if (isContiguous(map, plan.lane, cast<MemRefType>(operand->get().getType()))) {
    auto loop = scf::ForOp::create(b, zero, value(b.getIndexAttr(terms)), value(b.getIndexAttr(1)));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    for (int64_t at = 0; at < column.count; ++at)
      copy(loop.getInductionVar(), at, column.valid && at == column.count - 1 ? column.valid : lanes);
    return packed;
  }
  auto squares = [&](Value first, int64_t n) {
    for (int64_t at = 0; at < column.count; ++at)
      square(first, n, at, column.valid && at == column.count - 1 ? column.valid : lanes);
  };
  if (int64_t full = terms / lanes * lanes) {
    auto loop = scf::ForOp::create(b, zero, value(b.getIndexAttr(full)), value(b.getIndexAttr(lanes)));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    squares(loop.getInductionVar(), lanes);
  }
  if (int64_t rest = terms % lanes)
    squares(value(b.getIndexAttr(terms - rest)), rest);
  return packed;
}

} // namespace coil
