//===- KeyParts.cpp - threads share the keys of a few rows ----------------===//
//
// Comes in: an attention of a decoder, with fewer heads than cores. Goes out: a part
// of the keys for each thread, which leaves the greatest, what it subtracted, the
// total and the sum of values of its keys; then, on one thread, what these make
// together: sums of parts are corrected for each other as sums of blocks are
// (flash-decoding: Dao et al. 2023).
//
//===----------------------------------------------------------------------===//

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/support/Rows.h"
#include "passes/vectorize/AttentionEmitter.h"

namespace coil {

/// A part has so many keys at least: what a part costs by itself is then little.
static constexpr int64_t kKeysOfPart = 256;
/// What parts leave is on the stack of the caller.
static constexpr int64_t kMostPartBytes = 1 << 16;

int64_t AttentionEmitter::keyParts(unsigned row, int64_t rows) const {
  int64_t others = 1;
  for (auto [i, size] : llvm::enumerate(sizes)) {
    auto known = getConstantIntValue(size);
    if (i != row && !known)
      return 1;
    others *= i == row ? 1 : *known;
  }
  auto known = getConstantIntValue(keys);
  if (!isShared || others == 0 || (known && *known <= 2 * kKeysOfPart))
    return 1;
  int64_t room = kMostPartBytes / (others * rows * (head + 3) * 4);
  int64_t most = known ? *known / kKeysOfPart : machine.cores;
  return std::max<int64_t>(1, std::min({machine.cores / others, room, most}));
}

void AttentionEmitter::emitParts(int64_t most) {
  int64_t rows = now.rows, others = 1;
  for (auto [i, size] : llvm::enumerate(sizes))
    others *= i == axis ? 1 : *getConstantIntValue(size);
  Value parts = b.createOrFold<arith::DivUIOp>(value(keys), number(kKeysOfPart));
  parts = b.createOrFold<arith::MinUIOp>(b.createOrFold<arith::MaxUIOp>(parts, number(1)), number(most));
  Value length = b.createOrFold<arith::CeilDivUIOp>(value(keys), parts);
  length = b.createOrFold<arith::MulIOp>(b.createOrFold<arith::CeilDivUIOp>(length, number(kPartUnit)), number(kPartUnit));
  // Of each part: what it leaves of a row.
  Value greatest = buffer({others * most, rows}), shifts = buffer({others * most, rows}), totals = buffer({others * most, rows});
  Value sums = buffer({others * most, rows, head});
  auto at = [&](Value memory, Value first, OpFoldResult count) {
    auto type = cast<MemRefType>(memory.getType());
    SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0)), steps(type.getRank(), b.getIndexAttr(1));
    SmallVector<OpFoldResult> extents = memref::getMixedSizes(b, b.getLoc(), memory);
    offsets[0] = first;
    extents[0] = count;
    if (getConstantIntValue(count) != 1)
      return memref::SubViewOp::create(b, memory, offsets, extents, steps).getResult();
    auto reduced = memref::SubViewOp::inferRankReducedResultType(type.getShape().drop_front(), type, offsets, extents, steps);
    return memref::SubViewOp::create(b, cast<MemRefType>(reduced), memory, offsets, extents, steps).getResult();
  };

  Value frame = ops.last()->getParentOfType<func::FuncOp>().getArgument(0);
  Value all = b.createOrFold<arith::MulIOp>(number(others), parts);
  auto parallel = rt::ParallelOp::create(b, frame, all, grain(rows, length));
  {
    OpBuilder::InsertionGuard guard(b);
    mlir::Block *body = b.createBlock(&parallel.getBody(), {}, {b.getIndexType(), b.getIndexType()}, {b.getLoc(), b.getLoc()});
    makeBuffers();
    auto steps = scf::ForOp::create(b, body->getArgument(0), body->getArgument(1), number(1));
    steps->setAttr(kRowsAttr, b.getUnitAttr());
    b.setInsertionPointToStart(steps.getBody());
    Value step = steps.getInductionVar();
    findOffsets(arith::DivUIOp::create(b, step, parts));
    count = b.getIndexAttr(rows);
    Value part = arith::RemUIOp::create(b, step, parts);
    Value begin = arith::MinUIOp::create(b, arith::MulIOp::create(b, part, length), value(keys));
    Value end = arith::MinUIOp::create(b, arith::AddIOp::create(b, begin, length), value(keys));
    emitSums(begin, end);
    Value place = arith::AddIOp::create(b, arith::MulIOp::create(b, arith::DivUIOp::create(b, step, parts), number(most)), part);
    auto keep = [&](Part from, Value to) {
      emitElementwise({from}, {at(to, place, b.getIndexAttr(1)), from.map}, [](OpBuilder &, Location, ValueRange args) { return args[0]; });
    };
    keep(rowsOf(here[ops.greatest.getDpsInits()[0]]), greatest);
    keep(rowsOf(shift), shifts);
    keep(rowsOf(here[ops.total.getDpsInits()[0]]), totals);
    keep(whole(here[ops.values.getDpsInits()[0]]), sums);
  }

  makeBuffers();
  Value factors = buffer({most, rows});
  auto steps = scf::ForOp::create(b, number(0), number(others), number(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(steps.getBody());
  findOffsets(steps.getInductionVar());
  count = b.getIndexAttr(rows);
  beginSums();
  Value first = arith::MulIOp::create(b, steps.getInductionVar(), number(most));
  auto those = [&](Value memory) { return at(memory, first, parts); };
  auto dim = [&](ArrayRef<unsigned> loops, unsigned n) {
    SmallVector<AffineExpr> exprs;
    for (unsigned loop : loops)
      exprs.push_back(b.getAffineDimExpr(loop));
    return AffineMap::get(n, 0, exprs, b.getContext());
  };
  auto reduce = [&](ArrayRef<Part> inputs, Part output, unsigned loops, function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
    emitElementwise(inputs, output, body);
    auto made = cast<linalg::GenericOp>(*std::prev(b.getInsertionPoint()));
    SmallVector<Attribute> kinds(loops, linalg::IteratorTypeAttr::get(b.getContext(), utils::IteratorType::parallel));
    kinds.back() = linalg::IteratorTypeAttr::get(b.getContext(), utils::IteratorType::reduction);
    made.setIteratorTypesAttr(b.getArrayAttr(kinds));
  };
  // Loops: row, part; row, element, part.
  Part most0{here[ops.greatest.getDpsInits()[0]], dim({0}, 2)};
  reduce({{those(greatest), dim({1, 0}, 2)}}, most0, 2, [](OpBuilder &b, Location loc, ValueRange args) -> Value {
    return arith::MaximumFOp::create(b, loc, args[1], args[0]);
  });
  for (linalg::GenericOp op : before)
    emit(op);
  emitShift();
  Value theirs = at(factors, number(0), parts);
  emitElementwise({{those(greatest), dim({0, 1}, 2)}, {those(shifts), dim({0, 1}, 2)}, {shift, dim({1}, 2)}}, {theirs, dim({0, 1}, 2)}, correctionOf);
  reduce({{those(totals), dim({1, 0}, 2)}, {theirs, dim({1, 0}, 2)}}, {here[ops.total.getDpsInits()[0]], dim({0}, 2)}, 2,
         [](OpBuilder &b, Location loc, ValueRange args) -> Value {
           return arith::AddFOp::create(b, loc, args[2], arith::MulFOp::create(b, loc, args[0], args[1]));
         });
  reduce({{those(sums), dim({2, 0, 1}, 3)}, {theirs, dim({2, 0}, 3)}}, {here[ops.values.getDpsInits()[0]], dim({0, 1}, 3)}, 3,
         [](OpBuilder &b, Location loc, ValueRange args) -> Value {
           return arith::AddFOp::create(b, loc, args[2], arith::MulFOp::create(b, loc, args[0], args[1]));
         });
  for (linalg::GenericOp op : after)
    emit(op);
  emitResult(/*fresh=*/false);
}

} // namespace coil
