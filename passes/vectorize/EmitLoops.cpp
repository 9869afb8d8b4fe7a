//===- EmitLoops.cpp - linalg ops become loops over vectors ---------------===//
//
// Comes in: kernels of linalg ops on buffers. Goes out: scf loops, vector loads
// and stores, arithmetic on vectors. One general path: any op with one result,
// any indexing. Register tiles of a contraction are rows x columns vectors that
// stay in registers over the whole reduction.
//
// On buffers and not on tensors: a kernel is in destination-passing style, so
// nothing is left that tensors could tell, and no loop needs bufferization.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "passes/vectorize/BodyEmitter.h"
#include "passes/vectorize/LoopPlan.h"

namespace coil {
#define GEN_PASS_DEF_EMITLOOPSPASS
#include "passes/vectorize/Passes.h.inc"

/// Elements that cost about as much as waking a thread.
static constexpr int64_t kWorthwhile = 16384;

namespace {
/// A piece of a loop that is run with one step.
struct Segment {
  OpFoldResult begin, end;
  int64_t step;
};

class NestEmitter {
public:
  NestEmitter(linalg::GenericOp op, const LoopPlan &plan, Value init)
      : op(op), plan(plan), b(op.getLoc(), op), init(init), indices(op.getNumLoops()), key(op.getNumLoops(), 0),
        whole(op.getNumLoops()) {
    for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
      if (kind == utils::IteratorType::reduction)
        reductions.push_back(loop);
      else if (plan.row != loop && !(plan.kind == LoopPlan::Across && plan.lane == loop))
        outer.push_back(loop);
    }
    if (plan.kind == LoopPlan::Along)
      llvm::erase(reductions, plan.lane); // it goes innermost, by itself
    findSizes();
  }

  void run() {
    if (std::optional<unsigned> shared = sharedLoop())
      return emitParts(*shared);
    emitOuter(0);
  }

private:
  //===--------------------------------------------------------------------===//
  // Sizes and pieces
  //===--------------------------------------------------------------------===//

  void findSizes() {
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

  //===--------------------------------------------------------------------===//
  // Parts for threads
  //===--------------------------------------------------------------------===//

  /// The loop whose steps threads share: the outermost that is not a sum.
  std::optional<unsigned> sharedLoop() {
    auto func = op->getParentOfType<func::FuncOp>();
    if (func.getNumArguments() == 0 || !isa<rt::FrameType>(func.getArgumentTypes()[0]))
      return std::nullopt;
    std::optional<unsigned> loop;
    if (!outer.empty())
      loop = outer.front();
    else if (plan.row)
      loop = plan.row;
    else if (plan.kind == LoopPlan::Across)
      loop = plan.lane;
    uint64_t work = 1;
    for (OpFoldResult size : sizes)
      work = llvm::SaturatingMultiply<uint64_t>(work, getConstantIntValue(size).value_or(kWorthwhile));
    if (!loop || work < uint64_t(kWorthwhile) || getConstantIntValue(sizes[*loop]) == 1)
      return std::nullopt;
    return loop;
  }

  /// Steps of the shared loop that stay together, so that tiles stay whole.
  int64_t unitOf(unsigned loop) const {
    if (plan.row == loop)
      return plan.rows;
    return plan.kind == LoopPlan::Across && plan.lane == loop ? plan.columns * plan.lanes : 1;
  }

  void emitParts(unsigned loop) {
    int64_t unit = unitOf(loop);
    Value frame = op->getParentOfType<func::FuncOp>().getArgument(0);
    Value one = arith::ConstantIndexOp::create(b, 1), step = arith::ConstantIndexOp::create(b, unit);
    Value count = b.createOrFold<arith::CeilDivUIOp>(value(sizes[loop]), step);
    // A part is at least what repays waking a thread.
    Value work = step;
    for (auto [other, size] : llvm::enumerate(sizes))
      if (other != loop)
        work = b.createOrFold<arith::MulIOp>(work, value(size));
    work = b.createOrFold<arith::MaxUIOp>(work, one);
    Value grain = b.createOrFold<arith::CeilDivUIOp>(arith::ConstantIndexOp::create(b, kWorthwhile), work);
    auto parallel = rt::ParallelOp::create(b, frame, count, grain);
    Block *body = b.createBlock(&parallel.getBody(), {}, {b.getIndexType(), b.getIndexType()}, {b.getLoc(), b.getLoc()});
    begins[loop] = b.createOrFold<arith::MulIOp>(body->getArgument(0), step);
    Value end = b.createOrFold<arith::MulIOp>(body->getArgument(1), step);
    auto size = getConstantIntValue(sizes[loop]);
    whole[loop] = size && *size % unit == 0;
    ends[loop] = whole[loop] ? end : b.createOrFold<arith::MinUIOp>(end, value(sizes[loop]));
    emitOuter(0);
    b.setInsertionPointAfter(parallel);
  }

  Value value(OpFoldResult n) { return getValueOrCreateConstantIndexOp(b, b.getLoc(), n); }
  Value plus(Value index, int64_t n) {
    if (n == 0)
      return index;
    return b.createOrFold<arith::AddIOp>(index, arith::ConstantIndexOp::create(b, n));
  }

  /// Cuts a loop into pieces of falling steps; the last must be 1.
  SmallVector<Segment> segments(unsigned index, ArrayRef<int64_t> steps) {
    SmallVector<Segment> pieces;
    OpFoldResult begin = begins[index], size = ends[index];
    if (whole[index] && steps.front() == unitOf(index))
      return {{begin, size, steps.front()}};
    for (int64_t step : steps) {
      auto from = getConstantIntValue(begin), to = getConstantIntValue(size);
      OpFoldResult end = size;
      if (from && to) {
        end = b.getIndexAttr(*from + (*to - *from) / step * step);
        if (*getConstantIntValue(end) == *from)
          continue;
      } else if (step > 1) {
        Value left = arith::SubIOp::create(b, value(size), value(begin));
        Value over = arith::RemUIOp::create(b, left, arith::ConstantIndexOp::create(b, step));
        end = arith::SubIOp::create(b, value(size), over).getResult();
      }
      pieces.push_back({begin, end, step});
      begin = end;
      if (to && getConstantIntValue(end) == to)
        break;
    }
    return pieces;
  }

  /// A loop over a piece, with values carried around it.
  SmallVector<Value> loop(const Segment &piece, unsigned index, ValueRange carried,
                          function_ref<SmallVector<Value>(ValueRange)> body) {
    auto from = getConstantIntValue(piece.begin), to = getConstantIntValue(piece.end);
    if (from && to && *to - *from == piece.step) {
      indices[index] = value(piece.begin);
      return body(carried);
    }
    auto forOp = scf::ForOp::create(b, value(piece.begin), value(piece.end),
                                    arith::ConstantIndexOp::create(b, piece.step), carried);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    indices[index] = forOp.getInductionVar();
    SmallVector<Value> results = body(forOp.getRegionIterArgs());
    if (carried.empty()) // the builder has made the terminator
      return {};
    scf::YieldOp::create(b, results);
    return forOp.getResults();
  }

  //===--------------------------------------------------------------------===//
  // From the outer loops to one register tile
  //===--------------------------------------------------------------------===//

  void emitOuter(unsigned i) {
    if (i == outer.size())
      return emitRows();
    loop({begins[outer[i]], ends[outer[i]], 1}, outer[i], {}, [&](ValueRange) {
      emitOuter(i + 1);
      return SmallVector<Value>();
    });
  }

  void emitRows() {
    if (!plan.row)
      return emitColumns(1);
    SmallVector<int64_t> steps{1};
    if (plan.rows > 1)
      steps.insert(steps.begin(), plan.rows);
    for (const Segment &piece : segments(*plan.row, steps))
      loop(piece, *plan.row, {}, [&](ValueRange) {
        emitColumns(piece.step);
        return SmallVector<Value>();
      });
  }

  /// Steps along the lanes: full tiles, single vectors, then ever shorter ones.
  SmallVector<int64_t> laneSteps() const {
    SmallVector<int64_t> steps;
    if (plan.columns > 1)
      steps.push_back(plan.columns * plan.lanes);
    bool fixed = getConstantIntValue(sizes[plan.lane]).has_value();
    for (int64_t n = plan.lanes; n > 1; n = fixed ? n / 2 : n / 4)
      steps.push_back(n);
    steps.push_back(1);
    return steps;
  }

  void emitColumns(int64_t rows) {
    if (plan.kind == LoopPlan::Along)
      return emitAlong(rows);
    if (plan.kind == LoopPlan::Scalar)
      return emitAcross(rows, 1, 1);
    for (const Segment &piece : segments(plan.lane, laneSteps())) {
      int64_t lanes = std::min(piece.step, plan.lanes);
      loop(piece, plan.lane, {}, [&](ValueRange) {
        emitAcross(rows, piece.step / lanes, lanes);
        return SmallVector<Value>();
      });
    }
  }

  /// Calls `visit` with the indices of each vector of a tile.
  void forEachVector(int64_t rows, int64_t columns, int64_t lanes, function_ref<void(unsigned)> visit) {
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
        visit(n++);
      }
    indices = saved;
  }

  /// Loops over the reductions around `body`.
  SmallVector<Value> reduce(unsigned i, ValueRange carried, function_ref<SmallVector<Value>(ValueRange)> body) {
    if (i == reductions.size())
      return body(carried);
    return loop({b.getIndexAttr(0), sizes[reductions[i]], 1}, reductions[i], carried,
                [&](ValueRange inner) { return reduce(i + 1, inner, body); });
  }

  //===--------------------------------------------------------------------===//
  // Lanes across the result
  //===--------------------------------------------------------------------===//

  void emitAcross(int64_t rows, int64_t columns, int64_t lanes) {
    BodyEmitter around(op, plan.lane, lanes, b);
    bool usesResult = !op.getBody()->getArguments().back().use_empty();
    SmallVector<Value> sums;
    if (usesResult)
      forEachVector(rows, columns, lanes, [&](unsigned) {
        sums.push_back(init ? around.splat(init) : around.loadResult(indices));
      });
    auto body = [&](ValueRange carried) {
      BodyEmitter emitter(op, plan.lane, lanes, b);
      SmallVector<Value> results;
      forEachVector(rows, columns, lanes, [&](unsigned n) {
        results.push_back(emitter.emit(indices, key, usesResult ? carried[n] : Value()));
      });
      return results;
    };
    SmallVector<Value> results = usesResult ? reduce(0, sums, body) : body({});
    forEachVector(rows, columns, lanes, [&](unsigned n) { around.storeResult(results[n], indices); });
  }

  //===--------------------------------------------------------------------===//
  // Lanes along a sum
  //===--------------------------------------------------------------------===//

  Operation *combiner() { return op.getBody()->getTerminator()->getOperand(0).getDefiningOp(); }

  Value combine(Value x, Value y) {
    OperationState state(b.getLoc(), combiner()->getName());
    state.addOperands({x, y});
    state.addTypes(x.getType());
    state.addAttributes(combiner()->getAttrs());
    return b.create(state)->getResult(0);
  }

  vector::CombiningKind combiningKind() {
    using Kind = vector::CombiningKind;
    return llvm::TypeSwitch<Operation *, Kind>(combiner())
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
  Value total(ArrayRef<Value> vectors) {
    SmallVector<Value> left(vectors);
    while (left.size() > 1) {
      SmallVector<Value> half;
      for (size_t i = 0; i + 1 < left.size(); i += 2)
        half.push_back(combine(left[i], left[i + 1]));
      if (left.size() % 2)
        half.push_back(left.back());
      left = half;
    }
    return vector::ReductionOp::create(b, combiningKind(), left.front());
  }

  void emitAlong(int64_t rows) {
    BodyEmitter scalar(op, plan.lane, 1, b), vectors(op, plan.lane, plan.lanes, b);
    Value neutral = arith::ConstantOp::create(b, *arith::getNeutralElement(combiner()));
    // First rows * columns vectors, then one scalar a row for what is left over.
    int64_t count = rows * plan.columns;
    SmallVector<Value> sums(count, vectors.splat(neutral));
    indices[plan.lane] = value(b.getIndexAttr(0));
    forEachVector(rows, 1, 1, [&](unsigned) { sums.push_back(init ? init : scalar.loadResult(indices)); });

    sums = reduce(0, sums, [&](ValueRange carried) {
      SmallVector<Value> current(carried);
      SmallVector<int64_t> steps{plan.lanes, 1};
      if (plan.columns > 1)
        steps.insert(steps.begin(), plan.columns * plan.lanes);
      for (const Segment &piece : segments(plan.lane, steps))
        current = loop(piece, plan.lane, current, [&](ValueRange inner) { return emitTerms(piece.step, rows, inner); });
      return current;
    });
    forEachVector(rows, 1, 1, [&](unsigned row) {
      Value vector = total(ArrayRef(sums).slice(row * plan.columns, plan.columns));
      scalar.storeResult(combine(sums[count + row], vector), indices);
    });
  }

  /// One step along the sum: `step` terms for each row.
  SmallVector<Value> emitTerms(int64_t step, int64_t rows, ValueRange carried) {
    SmallVector<Value> next(carried);
    int64_t lanes = step == 1 ? 1 : plan.lanes, columns = step / lanes, scalars = rows * plan.columns;
    BodyEmitter emitter(op, plan.lane, lanes, b);
    forEachVector(rows, columns, lanes, [&](unsigned n) {
      unsigned at = step == 1 ? scalars + n : n / columns * plan.columns + n % columns;
      next[at] = emitter.emit(indices, key, carried[at]);
    });
    return next;
  }

  linalg::GenericOp op;
  const LoopPlan &plan;
  ImplicitLocOpBuilder b;
  Value init; // of every element, where a fill has set it
  SmallVector<OpFoldResult> sizes;        // of each loop
  SmallVector<OpFoldResult> begins, ends; // what this part of it runs over
  SmallVector<unsigned> outer, reductions;
  SmallVector<Value> indices;
  SmallVector<int64_t> key;
  llvm::SmallBitVector whole; // the part is a multiple of its tile
};

/// The fill right before an op that sets all that the op adds to.
linalg::FillOp fillBefore(linalg::GenericOp op) {
  auto fill = dyn_cast_if_present<linalg::FillOp>(op->getPrevNode());
  Value result = op.getDpsInits().front();
  if (!fill || fill.getOutputs()[0] != result || llvm::is_contained(op.getDpsInputs(), result))
    return {};
  return fill;
}

struct EmitLoopsPass : impl::EmitLoopsPassBase<EmitLoopsPass> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    VectorMachine machine = VectorMachine::of(func);
    IRRewriter rewriter(&getContext());
    SmallVector<linalg::LinalgOp> ops;
    func.walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    // From the end: an op takes the fill before it along.
    for (linalg::LinalgOp op : llvm::reverse(ops))
      if (!taken.contains(op))
        emit(op, machine, rewriter);
  }

  void emit(linalg::LinalgOp op, const VectorMachine &machine, IRRewriter &rewriter) {
    rewriter.setInsertionPoint(op);
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (!generic) {
      FailureOr<linalg::GenericOp> general = linalg::generalizeNamedOp(rewriter, op);
      if (failed(general)) {
        op.emitError("has no loops");
        return signalPassFailure();
      }
      generic = *general;
    }
    if (generic.getNumDpsInits() != 1) {
      if (failed(linalg::linalgOpToLoops(rewriter, generic)))
        return signalPassFailure();
      rewriter.eraseOp(generic);
      return;
    }
    LoopPlan plan = planLoops(generic, machine);
    Value init;
    if (linalg::FillOp fill = fillBefore(generic)) {
      init = fill.getInputs()[0];
      taken.insert(fill);
      rewriter.eraseOp(fill);
    }
    remark::passed(generic.getLoc(), remark::RemarkOpts::name("EmitLoops").category("vectorize").function(getOperation().getName()))
        << remark::metric("lanes", plan.lanes) << remark::metric("rows", plan.rows)
        << remark::metric("columns", plan.columns)
        << (plan.kind == LoopPlan::Across ? "across the result"
            : plan.kind == LoopPlan::Along ? "along the sum"
                                           : "element by element");
    NestEmitter(generic, plan, init).run();
    rewriter.eraseOp(generic);
  }

  DenseSet<Operation *> taken;
};
} // namespace
} // namespace coil
