//===- LoopPlan.cpp - which loop becomes vectors --------------------------===//

#include "passes/vectorize/LoopPlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace coil {

/// Of a tile of dot products: more than registers hold.
static constexpr int64_t kMostVectors = 32;

static bool hasUnitStride(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  return type.getRank() > 0 && succeeded(type.getStridesAndOffset(strides, offset)) && strides.back() == 1;
}

/// The coefficient of a loop in a linear expression; none if it is not linear.
static std::optional<int64_t> coefficient(AffineExpr e, unsigned loop) {
  if (!e.isFunctionOfDim(loop))
    return 0;
  if (isa<AffineDimExpr>(e))
    return 1;
  auto binary = dyn_cast<AffineBinaryOpExpr>(e);
  if (!binary)
    return std::nullopt;
  auto left = coefficient(binary.getLHS(), loop), right = coefficient(binary.getRHS(), loop);
  if (!left || !right)
    return std::nullopt;
  if (e.getKind() == AffineExprKind::Add)
    return *left + *right;
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (e.getKind() == AffineExprKind::Mul && factor)
    return *left * factor.getValue();
  return std::nullopt;
}

bool isContiguous(AffineMap map, unsigned loop, MemRefType type) {
  if (!type || map.getNumResults() == 0 || !hasUnitStride(type))
    return false;
  if (panelAlong(map, loop))
    return true;
  for (AffineExpr e : map.getResults().drop_back())
    if (e.isFunctionOfDim(loop))
      return false;
  return coefficient(map.getResults().back(), loop) == 1;
}

namespace {
/// The loops of one op, with what is known of them.
struct Nest {
  explicit Nest(linalg::GenericOp op) : op(op), maps(op.getIndexingMapsArray()), sizes(op.getStaticLoopRanges()) {
    for (Value operand : op->getOperands())
      types.push_back(dyn_cast<MemRefType>(operand.getType())); // null: a scalar
  }
  bool isReduction(unsigned loop) const {
    return const_cast<linalg::GenericOp &>(op).getIteratorTypesArray()[loop] == utils::IteratorType::reduction;
  }
  bool depends(unsigned operand, unsigned loop) const { return maps[operand].isFunctionOfDim(loop); }
  unsigned result() const { return maps.size() - 1; }
  unsigned loops() const { return maps.front().getNumDims(); }

  /// Whether the lanes of dot products can run along the loop: four at least,
  /// the smallest vector that every machine with such an instruction has.
  bool dotFits(unsigned loop) const {
    auto panel = dot ? panelAlong(maps[dot->w], loop, /*quads=*/true) : std::nullopt;
    return panel && *panel >= 4 && hasUnitStride(types[dot->w]) && hasUnitStride(types[dot->x]) &&
           !depends(dot->x, loop) && !ShapedType::isDynamic(sizes[loop]) && sizes[loop] >= 4;
  }
  /// Inputs along the loop are read side by side, or are one value.
  bool inputsFit(unsigned loop) const {
    for (unsigned i = 0; i < result(); ++i)
      if (isRead(i) && depends(i, loop) && !isContiguous(maps[i], loop, types[i]) &&
          !(dot && i == dot->w && dotFits(loop)))
        return false;
    return true;
  }
  bool isRead(unsigned operand) const {
    return !const_cast<linalg::GenericOp &>(op).getBody()->getArgument(operand).use_empty();
  }

  linalg::GenericOp op;
  SmallVector<AffineMap> maps;
  SmallVector<int64_t> sizes;
  SmallVector<MemRefType> types;
  std::optional<Dot> dot;
};
} // namespace

/// A load in the body must be one value, or side by side along the loop: each
/// index uniform but the last, which is the loop itself plus something uniform.
static bool bodyFits(linalg::GenericOp op, unsigned loop) {
  DenseMap<Value, int> kind; // 0 uniform, 1 loop + uniform, 2 varying
  for (auto [i, arg] : llvm::enumerate(op.getBody()->getArguments()))
    kind[arg] = op.getIndexingMapsArray()[i].isFunctionOfDim(loop) || i + 1 == op.getBody()->getNumArguments() ? 2 : 0;
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (inner.getNumRegions() || inner.getNumResults() != 1)
      return false;
    int worst = 0, moving = 0;
    for (Value operand : inner.getOperands()) {
      int k = kind.lookup(operand);
      worst = std::max(worst, k);
      moving += k != 0;
    }
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      worst = index.getDim() == loop ? 1 : 0;
    } else if (auto load = dyn_cast<memref::LoadOp>(inner)) {
      auto indices = load.getIndices();
      bool uniformHead = indices.empty() || llvm::all_of(indices.drop_back(), [&](Value v) { return kind.lookup(v) == 0; });
      int last = indices.empty() ? 0 : kind.lookup(indices.back());
      if (!uniformHead || last == 2 || (last == 1 && !hasUnitStride(load.getMemRefType())))
        return false;
      worst = last == 0 ? 0 : 2;
    } else if (worst == 1) {
      bool stays = isa<arith::AddIOp>(inner) && moving == 1;
      stays |= isa<arith::SubIOp>(inner) && kind.lookup(inner.getOperand(1)) == 0;
      stays |= isa<arith::IndexCastOp>(inner);
      worst = stays ? 1 : 2;
    }
    if (worst == 2 && !isa<memref::LoadOp>(inner) && !OpTrait::hasElementwiseMappableTraits(&inner) &&
        !isa<linalg::IndexOp>(inner))
      return false;
    kind[inner.getResult(0)] = worst;
  }
  return true;
}

/// acc' = acc (op) term, for an op whose order does not matter.
static bool isSum(linalg::GenericOp op) {
  Value acc = op.getBody()->getArguments().back(), result = op.getBody()->getTerminator()->getOperand(0);
  Operation *combine = result.getDefiningOp();
  if (!combine || !acc.hasOneUse() || *acc.getUsers().begin() != combine)
    return false;
  return isa<arith::AddFOp, arith::AddIOp, arith::MulFOp, arith::MulIOp, arith::MaximumFOp, arith::MinimumFOp,
             arith::MaxSIOp, arith::MinSIOp, arith::MaxUIOp, arith::MinUIOp, arith::AndIOp, arith::OrIOp,
             arith::XOrIOp>(combine);
}

/// The share of a loop that steps of `n` cover; unknown sizes count as covered.
static double covered(int64_t size, int64_t n) {
  return ShapedType::isDynamic(size) || size == 0 ? 1.0 : double(size / n * n) / size;
}

/// The size of the blocks in which an input is packed along a loop.
static std::optional<int64_t> panelOf(const Nest &nest, unsigned lane) {
  for (unsigned i = 0; i < nest.result(); ++i)
    if (auto size = panelAlong(nest.maps[i], lane, nest.dot.has_value()))
      return size;
  return std::nullopt;
}

/// Whether lanes without an element may be computed: a quotient of integers
/// must not be, there may be a zero.
static bool mayPad(linalg::GenericOp op) {
  return !op || !op.getBody()
                     ->walk([](Operation *inner) {
                       return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::CeilDivSIOp,
                                  arith::CeilDivUIOp, arith::FloorDivSIOp>(inner)
                                  ? WalkResult::interrupt()
                                  : WalkResult::advance();
                     })
                     .wasInterrupted();
}

/// Whether steps of `loop` share something that is read along the lanes.
static bool sharesLanes(const Nest &nest, unsigned loop, unsigned lane) {
  for (unsigned i = 0; i < nest.result(); ++i)
    if (nest.isRead(i) && nest.depends(i, lane) && !nest.depends(i, loop))
      return true;
  return false;
}

/// Rows and columns: the loop and the tile that cost least for an element.
static void chooseRowsAndColumns(LoopPlan &plan, const Nest &nest, const Machine &machine) {
  std::optional<int64_t> panel = panelOf(nest, plan.lane), columns;
  if (panel)
    columns = *panel / plan.lanes;
  // A long body has its code once for each vector of the tile.
  int64_t most = nest.dot ? kMostVectors : std::max<int64_t>(1, 48 / std::max<int64_t>(2, const_cast<linalg::GenericOp &>(nest.op).getBody()->getOperations().size() - 2));
  SmallVector<std::pair<unsigned, int64_t>> candidates;
  for (unsigned loop = 0; loop < nest.loops(); ++loop)
    if (loop != plan.lane && !nest.isReduction(loop) && nest.sizes[loop] != 1 && sharesLanes(nest, loop, plan.lane))
      candidates.emplace_back(loop, nest.sizes[loop]);
  Rows best = chooseRows(machine, candidates, nest.sizes[plan.lane], plan.lanes, plan.padded, most, columns);
  plan.row = best.loop;
  plan.rows = best.tile.rows;
  plan.columns = best.tile.columns;
}

/// The innermost sum whose terms lie side by side in an input that is the same
/// for all lanes, where the machine multiplies by one lane of such a vector.
static void chooseTerms(LoopPlan &plan, const Nest &nest, const Machine &machine) {
  if (!machine.byLane || plan.lanes < 2)
    return;
  for (unsigned loop = 0; loop < nest.loops(); ++loop) {
    if (!nest.isReduction(loop) || nest.dot || (!ShapedType::isDynamic(nest.sizes[loop]) && nest.sizes[loop] < plan.lanes))
      continue;
    for (unsigned i = 0; i < nest.result(); ++i)
      if (nest.isRead(i) && !nest.depends(i, plan.lane) && isContiguous(nest.maps[i], loop, nest.types[i])) {
        plan.unrolled = loop;
        plan.terms = plan.lanes;
      }
  }
}

/// Dot products where what changes along the lanes lies in quads; of the other
/// factor, as many steps at once as a register holds, if the machine takes one
/// of them from there.
static void chooseDots(LoopPlan &plan, const Nest &nest, const Machine &machine) {
  if (!nest.dotFits(plan.lane))
    return;
  plan.dot = nest.dot;
  ArrayRef<AffineExpr> at = nest.maps[nest.dot->x].getResults();
  auto next = dyn_cast<AffineDimExpr>(at[at.size() - 2]);
  int64_t steps = machine.vectorBytes / 4;
  if (machine.byLane && next && nest.isReduction(next.getPosition()) && nest.sizes[next.getPosition()] >= steps) {
    plan.unrolled = next.getPosition();
    plan.terms = steps;
  }
}

/// Bytes of what is packed along the lanes.
static int64_t packedBytes(const Nest &nest, unsigned lane) {
  int64_t bytes = 0;
  for (unsigned i = 0; i < nest.result(); ++i)
    if (panelAlong(nest.maps[i], lane, nest.dot.has_value()) && nest.types[i].hasStaticShape())
      bytes += nest.types[i].getNumElements() * nest.types[i].getElementTypeBitWidth() / 8;
  return bytes;
}

LoopPlan planLoops(linalg::GenericOp op, linalg::GenericOp epilogue, const Machine &machine) {
  LoopPlan plan;
  Nest nest(op);
  nest.dot = dotOf(op, machine);
  int64_t lanes = laneCount(op, machine);
  unsigned loops = nest.loops();
  if (lanes < 2 || op.getNumResults() > 0 || op.getNumDpsInits() != 1)
    return plan;

  auto shorten = [&](int64_t size) {
    int64_t n = lanes;
    while (!ShapedType::isDynamic(size) && n > size && n > 1)
      n /= 2;
    return n;
  };
  AffineMap out = nest.maps.back();
  bool reduces = llvm::any_of(llvm::seq(0u, loops), [&](unsigned l) { return nest.isReduction(l); });
  for (unsigned loop = 0; loop < loops; ++loop)
    if (!nest.isReduction(loop) && isContiguous(out, loop, nest.types.back()) && nest.inputsFit(loop) &&
        bodyFits(op, loop) && shorten(nest.sizes[loop]) >= 2) {
      plan = {LoopPlan::Across, loop};
      auto panel = panelOf(nest, loop);
      plan.padded = !ShapedType::isDynamic(nest.sizes[loop]) && (panel || (mayPad(op) && mayPad(epilogue)));
      if (plan.padded)
        plan.lanes = std::min({lanes, int64_t(llvm::PowerOf2Ceil(nest.sizes[loop])), panel.value_or(lanes)});
      else
        plan.lanes = shorten(nest.sizes[loop]);
      if (!reduces) {
        plan.columns = covered(nest.sizes[loop], 2 * plan.lanes) == 1 && op.getBody()->getOperations().size() < 16 ? 2 : 1;
        continue;
      }
      chooseRowsAndColumns(plan, nest, machine);
      chooseTerms(plan, nest, machine);
      chooseDots(plan, nest, machine);
      plan.laneOutermost = packedBytes(nest, loop) > machine.l2Bytes / 2;
    }
  if (plan.kind != LoopPlan::Scalar || !reduces || !isSum(op))
    return plan;

  // The last loop that fits is the innermost one as recipes write them.
  for (unsigned loop = 0; loop < loops; ++loop)
    if (nest.isReduction(loop) && nest.inputsFit(loop) && bodyFits(op, loop) && shorten(nest.sizes[loop]) >= 2) {
      plan = {LoopPlan::Along, loop};
      plan.lanes = shorten(nest.sizes[loop]);
      for (unsigned row = 0; row < loops; ++row)
        if (!nest.isReduction(row) && nest.sizes[row] != 1 && sharesLanes(nest, row, loop))
          if (!plan.row || ShapedType::isDynamic(nest.sizes[row]) || nest.sizes[row] > nest.sizes[*plan.row])
            plan.row = row;
      int64_t size = plan.row ? nest.sizes[*plan.row] : 1;
      for (int64_t rows : {2, 4})
        if (plan.row && (ShapedType::isDynamic(size) || size >= rows))
          plan.rows = rows;
      // Four sums in flight hide the latency of an addition.
      plan.columns = 4 / plan.rows;
      while (plan.columns > 1 && covered(nest.sizes[loop], plan.columns * plan.lanes) < 0.75)
        plan.columns /= 2;
    }
  return plan;
}

} // namespace coil
