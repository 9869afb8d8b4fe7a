//===- Sums.cpp - partial sums in registers -------------------------------===//
//
// A part of NestEmitter: several sums of one element at once, as lanes along a sum
// are, or as hide the latency of a product; and how they become one.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/NestEmitter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace coil {

static Operation *combinerOf(linalg::GenericOp op) { return op.getBody()->getTerminator()->getOperand(0).getDefiningOp(); }

Value NestEmitter::combine(Value x, Value y) {
  Operation *combiner = combinerOf(op);
  OperationState state(b.getLoc(), combiner->getName());
  state.addOperands({x, y});
  state.addTypes(x.getType());
  state.addAttributes(combiner->getAttrs());
  return b.create(state)->getResult(0);
}

Value NestEmitter::neutral() { return arith::ConstantOp::create(b, *arith::getNeutralElement(combinerOf(op))); }

static vector::CombiningKind kindOf(Operation *combiner) {
  using Kind = vector::CombiningKind;
  return llvm::TypeSwitch<Operation *, Kind>(combiner)
      .Case<arith::AddFOp, arith::AddIOp>([](auto) { return Kind::ADD; })
      .Case<arith::MulFOp, arith::MulIOp>([](auto) { return Kind::MUL; })
      .Case([](arith::MaximumFOp) { return Kind::MAXIMUMF; })
      .Case([](arith::MinimumFOp) { return Kind::MINIMUMF; })
      .Case([](arith::MaxSIOp) { return Kind::MAXSI; })
      .Case([](arith::MinSIOp) { return Kind::MINSI; })
      .Case([](arith::MaxUIOp) { return Kind::MAXUI; })
      .Case([](arith::MinUIOp) { return Kind::MINUI; })
      .Case([](arith::AndIOp) { return Kind::AND; })
      .Case([](arith::OrIOp) { return Kind::OR; })
      .Default([](auto) { return Kind::XOR; });
}

/// `vectors` partial sums of one element: halved, as vectors.
Value NestEmitter::addUp(ArrayRef<Value> vectors) {
  SmallVector<Value> left(vectors);
  while (left.size() > 1) {
    SmallVector<Value> half;
    for (size_t i = 0; i + 1 < left.size(); i += 2)
      half.push_back(combine(left[i], left[i + 1]));
    if (left.size() % 2)
      half.push_back(left.back());
    left = half;
  }
  return left.front();
}

/// Halves the lanes of each of some sums that lie one after the other in `x` and,
/// where there is one, in `y`.
Value NestEmitter::halve(Value x, Value y, int64_t sums) {
  int64_t lanes = cast<VectorType>(x.getType()).getNumElements(), width = lanes / sums;
  SmallVector<int64_t> lower, upper;
  for (int64_t from = 0; from < (y ? 2 : 1) * lanes; from += width)
    for (int64_t i = 0; i < width / 2; ++i) {
      lower.push_back(from + i);
      upper.push_back(from + width / 2 + i);
    }
  Value other = y ? y : x;
  return combine(vector::ShuffleOp::create(b, x, other, lower), vector::ShuffleOp::create(b, x, other, upper));
}

/// What the lanes of each vector come to: in any order, for one after the other would
/// take their number of latencies. Wide vectors are halved, those of several sums
/// together; of 128 bits there is an instruction for each.
SmallVector<Value> NestEmitter::totals(ArrayRef<Value> vectors) {
  auto type = cast<VectorType>(vectors.front().getType());
  vector::CombiningKind kind = kindOf(combinerOf(op));
  int64_t lanes = type.getNumElements(), count = vectors.size();
  bool isWide = lanes * elementBits(type) > 128;
  bool isGreatest = kind == vector::CombiningKind::MAXIMUMF || kind == vector::CombiningKind::MINIMUMF;
  if (!isWide || (count == 1 && !isGreatest)) {
    return llvm::map_to_vector(vectors, [&](Value all) -> Value {
      return vector::ReductionOp::create(b, kind, all, arith::FastMathFlags::reassoc);
    });
  }
  // As many at once as there are lanes, a power of two.
  int64_t together = std::min<int64_t>(llvm::bit_floor(uint64_t(count)), lanes), sums = 1;
  SmallVector<Value> left(vectors.take_front(together)), results;
  for (; left.size() > 1; sums *= 2) {
    SmallVector<Value> half;
    for (size_t i = 0; i < left.size(); i += 2)
      half.push_back(halve(left[i], left[i + 1], sums));
    left = half;
  }
  Value all = left.front();
  for (int64_t width = lanes / sums; width > 1; width /= 2)
    all = halve(all, {}, sums);
  for (int64_t i = 0; i < together; ++i)
    results.push_back(vector::ExtractOp::create(b, all, i));
  if (together < count)
    llvm::append_range(results, totals(vectors.drop_front(together)));
  return results;
}

void NestEmitter::emitAlong(int64_t rows) {
  BodyEmitter scalar(op, plan.lane, 1, b), vectors(op, plan.lane, plan.lanes, b);
  // First rows * columns vectors, then one scalar a row for what is left over.
  int64_t count = rows * plan.columns;
  Carried sums(count, vectors.splat(neutral()));
  indices[plan.lane] = value(b.getIndexAttr(0));
  forEachVector(rows, 1, 1, [&](unsigned, int64_t) { sums.push_back(init ? init : scalar.loadResult(indices)); });

  sums = reduce(0, sums, [&](ValueRange carried, int64_t) {
    Carried current(carried);
    SmallVector<int64_t> steps{plan.lanes, 1};
    if (plan.columns > 1)
      steps.insert(steps.begin(), plan.columns * plan.lanes);
    for (const Piece &piece : falling(plan.lane, steps))
      current = loop(piece, plan.lane, current, [&](ValueRange inner) { return emitTerms(piece.step, rows, inner); });
    return current;
  });
  Carried vectorsOfRows;
  for (int64_t row = 0; row < rows; ++row)
    vectorsOfRows.push_back(addUp(ArrayRef(sums).slice(row * plan.columns, plan.columns)));
  Carried all = totals(vectorsOfRows);
  Sink out = sink(1);
  forEachVector(rows, 1, 1, [&](unsigned row, int64_t) { store(out, combine(sums[count + row], all[row]), 1); });
}

/// One step along the sum: `step` terms for each row.
NestEmitter::Carried NestEmitter::emitTerms(int64_t step, int64_t rows, ValueRange carried) {
  Carried next(carried);
  int64_t lanes = step == 1 ? 1 : plan.lanes, columns = step / lanes, scalars = rows * plan.columns;
  BodyEmitter emitter(op, plan.lane, lanes, b);
  forEachVector(rows, columns, lanes, [&](unsigned n, int64_t) {
    unsigned at = step == 1 ? scalars + n : n / columns * plan.columns + n % columns;
    next[at] = emitter.emit(indices, key, carried[at]);
  });
  return next;
}

/// A few vectors, as of one row, would wait for each other's products: terms in turn go
/// to sums of their own.
int64_t NestEmitter::sumsInFlight(int64_t vectors) const {
  constexpr int64_t kInFlight = 8; // two products a cycle, of four cycles each
  if (!plan.unrolled || plan.window || plan.halves || blocks || !LoopNest(op, machine).isSum() ||
      !isa<arith::AddFOp, arith::AddIOp>(combinerOf(op)))
    return 1;
  return std::clamp<int64_t>(llvm::bit_floor(uint64_t(kInFlight / vectors)), 1, llvm::bit_floor(uint64_t(plan.terms)));
}

} // namespace coil
