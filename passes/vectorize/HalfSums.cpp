//===- HalfSums.cpp - sums of products of f16, some terms at a time -------===//
//
// Three sums, one inside the other: a run of products in f16; some runs in f16;
// all of those in f32, which is in memory. A rounding to f16 is as large as the
// sum that is rounded, so a short run keeps it small, and a conversion to f32,
// which takes as long as several products, is made once for many terms.
//
// A sum that leaves f16's range on its way is infinite from there on, or no number,
// and so is the one in f32: that tile is summed up again, each product in f32.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/HalfSums.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace coil {

//===----------------------------------------------------------------------===//
// Sums in memory
//===----------------------------------------------------------------------===//

NestEmitter::SumsInMemory::SumsInMemory(NestEmitter &nest, int64_t count, Type type)
    : b(nest.b), sumType(type), count(count) {
  auto vector = dyn_cast<VectorType>(type);
  memory = nest.buffer({2, count, vector ? vector.getNumElements() : 1}, getElementTypeOrSelf(type));
}

Value NestEmitter::SumsInMemory::number(int64_t n) { return arith::ConstantIndexOp::create(b, n); }

Value NestEmitter::SumsInMemory::other(Value half) { return arith::SubIOp::create(b, number(1), half); }

Value NestEmitter::SumsInMemory::get(Value half, int64_t n) {
  if (auto vector = dyn_cast<VectorType>(sumType))
    return vector::LoadOp::create(b, vector, memory, at(half, n));
  return memref::LoadOp::create(b, memory, at(half, n));
}

void NestEmitter::SumsInMemory::put(Value sum, Value half, int64_t n) {
  if (isa<VectorType>(sumType))
    vector::StoreOp::create(b, sum, memory, at(half, n));
  else
    memref::StoreOp::create(b, sum, memory, at(half, n));
}

NestEmitter::Carried NestEmitter::SumsInMemory::load(Value half) {
  Carried sums;
  for (int64_t n = 0; n < count; ++n)
    sums.push_back(get(half, n));
  return sums;
}

Value NestEmitter::SumsInMemory::store(Value half, ArrayRef<Value> sums) {
  Value to = other(half);
  for (auto [n, sum] : llvm::enumerate(sums))
    put(sum, to, n);
  return to;
}

Value NestEmitter::SumsInMemory::add(Value half, ArrayRef<Value> values) {
  Value to = other(half);
  int64_t each = values.size() / count;
  // One after the other: the registers are full.
  for (int64_t n = 0; n < count; ++n) {
    Value sum = get(half, n);
    for (Value value : values.slice(n * each, each)) {
      if (value.getType() != sumType)
        value = arith::ExtFOp::create(b, sumType, value);
      sum = arith::AddFOp::create(b, sum, value);
    }
    put(sum, to, n);
  }
  return to;
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

/// Terms that are written out one after the other: a register of the factor that
/// is the same for all lanes.
static constexpr int64_t kWritten = 8;

/// Runs that are summed up side by side for one vector of a tile, so that few
/// vectors too hide how long a product takes.
static int64_t runsOf(int64_t vectors) {
  int64_t runs = 1;
  while (runs * vectors < 8 && runs < 4)
    runs *= 2;
  return runs;
}

SmallVector<int64_t> NestEmitter::stepsOfHalves() {
  SmallVector<int64_t> steps;
  for (int64_t n : {plan.halfTerms, plan.terms, kWritten, int64_t(1)})
    if (steps.empty() || n < steps.back())
      steps.push_back(n);
  return steps;
}

/// The products of `terms` terms, one or more runs for each vector of the tile.
NestEmitter::Carried NestEmitter::emitRun(const TileOfHalves &tile, int64_t terms) {
  int64_t each = runsOf(tile.rows * tile.columns), count = tile.rows * tile.columns * each;
  auto body = [&](ValueRange carried) {
    if (tile.next)
      fetch(*tile.next);
    BodyEmitter emitter(op, plan.lane, tile.lanes, b);
    emitter.startPanel(tile.panel);
    if (plan.row)
      emitter.setRows(*plan.row, tile.rows, plan.rowsTogether);
    emitter.setTerms(*plan.unrolled, kWritten, machine.byLane);
    Carried runs(carried);
    runs.resize(count);
    Value saved = indices[*plan.unrolled];
    for (int64_t term = 0; term < kWritten; ++term) {
      indices[*plan.unrolled] = plus(saved, key[*plan.unrolled] = term);
      forEachVector(tile.rows, tile.columns, tile.lanes, [&](unsigned n, int64_t) {
        Value &run = runs[n * each + term % each];
        run = emitter.emitHalf(*plan.halves, indices, key, run);
      });
    }
    indices[*plan.unrolled] = saved;
    return runs;
  };
  if (terms == kWritten)
    return body({});
  Value first = indices[*plan.unrolled], zero = arith::ConstantOp::create(b, b.getZeroAttr(halfType(tile.lanes)));
  // From 0 on: LLVM then knows how often.
  auto number = [&](int64_t n) { return value(b.getIndexAttr(n)); };
  auto loop = scf::ForOp::create(b, number(0), number(terms), number(kWritten), Carried(count, zero));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  indices[*plan.unrolled] = arith::AddIOp::create(b, first, loop.getInductionVar());
  scf::YieldOp::create(b, body(loop.getRegionIterArgs()));
  indices[*plan.unrolled] = first;
  return Carried(loop.getResults());
}

Type NestEmitter::halfType(int64_t lanes) {
  return lanes > 1 ? Type(VectorType::get(lanes, b.getF16Type())) : Type(b.getF16Type());
}

/// Adds `terms` products, by whole runs, to sums in f16.
NestEmitter::Carried NestEmitter::emitRuns(const TileOfHalves &tile, int64_t terms, ValueRange sums) {
  auto add = [&](ValueRange carried, int64_t n) {
    Carried next(carried), runs = emitRun(tile, n);
    int64_t each = runs.size() / next.size();
    for (auto [i, run] : llvm::enumerate(runs))
      next[i / each] = arith::AddFOp::create(b, next[i / each], run);
    return next;
  };
  if (terms <= plan.terms)
    return add(sums, terms);
  Value first = indices[*plan.unrolled];
  auto number = [&](int64_t n) { return value(b.getIndexAttr(n)); };
  auto loop = scf::ForOp::create(b, number(0), number(terms), number(plan.terms), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  indices[*plan.unrolled] = arith::AddIOp::create(b, first, loop.getInductionVar());
  scf::YieldOp::create(b, add(loop.getRegionIterArgs(), plan.terms));
  indices[*plan.unrolled] = first;
  return Carried(loop.getResults());
}

/// How many of the sums are inside one in f16, from the innermost on: those that
/// together have few enough terms, in whole runs.
unsigned NestEmitter::loopsOfHalves() {
  unsigned loops = 0;
  int64_t terms = 1;
  for (unsigned loop : llvm::reverse(reductions)) {
    auto size = getConstantIntValue(sizes[loop]);
    if (!size || *size * terms > plan.halfTerms || (loops == 0 && *size % kWritten))
      break;
    terms *= *size;
    ++loops;
  }
  return loops;
}

/// The sums of a tile, one term at a time.
NestEmitter::Carried NestEmitter::emitSingly(unsigned level, ValueRange sums, function_ref<Carried(ValueRange)> single) {
  if (level == reductions.size())
    return single(sums);
  unsigned index = reductions[level];
  return loop({b.getIndexAttr(0), sizes[index], 1}, index, sums,
              [&](ValueRange inner) { return emitSingly(level + 1, inner, single); });
}

/// Whether one of the sums is infinite or no number: then so is what they add up
/// to. Of sums near the end of f32 it may be too, for nothing.
static Value isOneInfinite(ArrayRef<Value> sums, ImplicitLocOpBuilder &b) {
  SmallVector<Value> left(sums);
  while (left.size() > 1) {
    for (size_t i = 0, last = left.size() - 1; i < last - i; ++i)
      left[i] = arith::AddFOp::create(b, left[i], left[last - i]);
    left.resize(llvm::divideCeil(left.size(), 2));
  }
  Value all = left[0];
  if (isa<VectorType>(all.getType()))
    all = vector::ReductionOp::create(b, vector::CombiningKind::ADD, all, arith::FastMathFlags::reassoc);
  auto greatest = APFloat::getLargest(cast<FloatType>(all.getType()).getFloatSemantics());
  Value most = arith::ConstantOp::create(b, b.getFloatAttr(all.getType(), greatest));
  return arith::CmpFOp::create(b, arith::CmpFPredicate::UGT, math::AbsFOp::create(b, all), most);
}

/// The sums of a tile that begin with `sums`; what does not fill a run of f16 is
/// left to `single`, which adds one product to each.
NestEmitter::Carried NestEmitter::emitHalfSums(ArrayRef<Value> sums, const TileOfHalves &tile,
                                               function_ref<Carried(ValueRange)> single) {
  SumsInMemory wide(*this, sums.size(), sums[0].getType());
  for (auto [n, sum] : llvm::enumerate(sums))
    wide.put(sum, wide.firstHalf(), n);
  Carried zeros(sums.size(), arith::ConstantOp::create(b, b.getZeroAttr(halfType(tile.lanes))));
  unsigned level = reductions.size() - loopsOfHalves();
  auto body = [&](ValueRange half, int64_t terms) -> Carried {
    if (level < reductions.size())
      return {wide.add(half[0], reduce(level, zeros, [&](ValueRange carried, int64_t n) { return emitRuns(tile, n, carried); }))};
    if (terms == 1)
      return {wide.store(half[0], single(wide.load(half[0])))};
    return {wide.add(half[0], emitRuns(tile, terms, zeros))};
  };
  Value last = reduce(0, wide.firstHalf(), body, level)[0];
  auto again = scf::IfOp::create(b, isOneInfinite(wide.load(last), b), /*withElseRegion=*/false);
  b.setInsertionPointToStart(again.thenBlock());
  for (auto [n, sum] : llvm::enumerate(emitSingly(0, sums, single)))
    wide.put(sum, last, n);
  b.setInsertionPointAfter(again);
  return wide.load(last);
}

} // namespace coil
