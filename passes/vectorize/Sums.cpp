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

/// `vectors` partial sums of one element: halved, then added up.
Value NestEmitter::total(ArrayRef<Value> vectors) {
  SmallVector<Value> left(vectors);
  while (left.size() > 1) {
    SmallVector<Value> half;
    for (size_t i = 0; i + 1 < left.size(); i += 2)
      half.push_back(combine(left[i], left[i + 1]));
    if (left.size() % 2)
      half.push_back(left.back());
    left = half;
  }
  // The lanes too in any order: one after the other would take their number of
  // latencies. Beyond 128 bits no machine has one instruction for the greatest.
  Value all = left.front();
  vector::CombiningKind kind = kindOf(combinerOf(op));
  auto type = cast<VectorType>(all.getType());
  bool halves = type.getNumElements() * elementBits(type) > 128 &&
                (kind == vector::CombiningKind::MAXIMUMF || kind == vector::CombiningKind::MINIMUMF);
  for (int64_t n = type.getNumElements() / 2; halves && n > 0; n /= 2) {
    auto lower = llvm::to_vector(llvm::seq<int64_t>(0, n)), upper = llvm::to_vector(llvm::seq<int64_t>(n, 2 * n));
    all = combine(vector::ShuffleOp::create(b, all, all, lower), vector::ShuffleOp::create(b, all, all, upper));
  }
  if (halves)
    return vector::ExtractOp::create(b, all, 0);
  return vector::ReductionOp::create(b, kind, all, arith::FastMathFlags::reassoc);
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
  Sink out = sink(1);
  forEachVector(rows, 1, 1, [&](unsigned row, int64_t) {
    Value vector = total(ArrayRef(sums).slice(row * plan.columns, plan.columns));
    store(out, combine(sums[count + row], vector), 1);
  });
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
