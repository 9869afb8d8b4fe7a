//===- PackWeights.cpp - weights in the order in which they are read ------===//
//
// Comes in: sums over a constant tensor that changes along the lanes of the
// result: matrix products, convolutions. Goes out: the same with that constant
// in panels, so that a tile of the result reads it from the panel's beginning
// to its end: [M, C, H, W] becomes [M / n][H][W][C][n], n being the columns of
// the tile. What is missing in the last panel is zero.
//
// After layouts and fusion, which decide the order of the loops; before
// constants are folded, which carries the packing out; before kernels are cut.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "passes/support/Bytes.h"
#include "passes/support/Halves.h"
#include "passes/support/Tuning.h"

namespace coil {
#define GEN_PASS_DEF_PACKWEIGHTSPASS
#include "passes/structure/Passes.h.inc"

namespace {
struct PackWeightsPass : impl::PackWeightsPassBase<PackWeightsPass> {
  void runOnOperation() override {
    machine = Machine::of(getOperation());
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops)
      if (OpOperand *weight = weightOf(op))
        pack(op, *weight, groupOf(op, *weight));
  }

  /// The loop along which results lie side by side.
  static std::optional<unsigned> laneOf(linalg::GenericOp op) {
    AffineMap result = op.getIndexingMapsArray().back();
    if (result.getNumResults() == 0)
      return std::nullopt;
    auto last = dyn_cast<AffineDimExpr>(result.getResults().back());
    if (!last || op.getStaticLoopRanges()[last.getPosition()] < 2 ||
        op.getIteratorTypesArray()[last.getPosition()] == utils::IteratorType::reduction)
      return std::nullopt;
    return last.getPosition();
  }

  /// The only constant that changes along the lanes, if all other inputs are
  /// then read one value or side by side.
  static OpOperand *weightOf(linalg::GenericOp op) {
    auto lane = laneOf(op);
    if (!lane || op.getNumReductionLoops() == 0 || op.getNumResults() != 1)
      return nullptr;
    OpOperand *weight = nullptr;
    if (llvm::all_of(op.getDpsInputs(), [](Value input) { return matchPattern(input, m_Constant()); }))
      return nullptr; // a constant itself, once it is folded
    for (OpOperand *operand : op.getDpsInputOperands()) {
      AffineMap map = op.getMatchingIndexingMap(operand);
      if (!map.isFunctionOfDim(*lane) || op.getMatchingBlockArgument(operand).use_empty())
        continue;
      Attribute value;
      bool constant = matchPattern(operand->get(), m_Constant(&value)) && !isa<SplatElementsAttr>(value);
      auto type = cast<RankedTensorType>(operand->get().getType());
      if (!weight && constant && type.hasStaticShape() && map.isProjectedPermutation() && reduces(op, map)) {
        weight = operand;
        continue;
      }
      if (panelAlong(map, *lane) || map.getResults().back() != getAffineDimExpr(*lane, op.getContext()))
        return nullptr;
      for (AffineExpr e : map.getResults().drop_back())
        if (e.isFunctionOfDim(*lane))
          return nullptr;
    }
    return weight;
  }

  static bool reduces(linalg::GenericOp op, AffineMap map) {
    for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
      if (kind == utils::IteratorType::reduction && map.isFunctionOfDim(loop))
        return true;
    return false;
  }

  /// The sum of which a lane takes several terms.
  struct Group {
    unsigned loop;
    int64_t terms;
  };

  /// Elements of a panel: the columns of the tile for the loop that suits best, or
  /// those that a tuning says.
  int64_t panelSize(linalg::GenericOp op, AffineMap weight, unsigned lane, std::optional<Group> group) {
    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    auto half = halfProduct(op, machine);
    bool halves = half && half->lane == lane;
    int64_t widest = halves ? machine.vectorBytes / 2 : laneCount(op, machine), lanes = widest;
    while (lanes / 2 >= sizes[lane])
      lanes /= 2;
    if (auto columns = tuned(op, "columns")) {
      int64_t wide = tuned(op, "lanes").value_or(lanes);
      bool fits = wide >= 2 && wide <= widest && llvm::isPowerOf2_64(wide);
      if (fits && *columns >= 1 && *columns <= std::min<int64_t>(kMostColumns, llvm::divideCeil(sizes[lane], wide)))
        return *columns * wide;
      op.emitWarning("its tuning does not apply: ") << *columns << " columns of " << wide << " lanes for weights of "
                                                    << sizes[lane] << " columns, in vectors of " << widest << "; at most "
                                                    << kMostColumns << " vectors are side by side";
    }
    SmallVector<std::pair<unsigned, int64_t>> candidates;
    for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
      if (kind == utils::IteratorType::parallel && !weight.isFunctionOfDim(loop) && sizes[loop] != 1)
        candidates.emplace_back(loop, sizes[loop]);
    Machine its = halves ? forHalfSums(machine) : group && group->terms == 2 ? forPairs(machine) : machine;
    Rows rows = chooseRows(forRows(its, op, lane), candidates, sizes[lane], lanes, /*padded=*/true, mostVectors(op, group || halves));
    return rows.tile.columns * lanes;
  }

  /// Of products of bytes or of bf16 the sum whose terms lie side by side in the
  /// other factor, if they can be taken some at a time.
  std::optional<Group> groupOf(linalg::GenericOp op, OpOperand &weight) {
    auto product = dotFactors(op, machine);
    if (!product || weight.getOperandNumber() != product->w ||
        op.getStaticLoopRanges()[*laneOf(op)] < 4)
      return std::nullopt;
    AffineMap x = op.getIndexingMapsArray()[product->x];
    auto last = x.getNumResults() ? dyn_cast<AffineDimExpr>(x.getResults().back()) : AffineDimExpr(nullptr);
    if (!last || x.dropResult(x.getNumResults() - 1).isFunctionOfDim(last.getPosition()))
      return std::nullopt;
    unsigned loop = last.getPosition();
    int64_t size = op.getStaticLoopRanges()[loop];
    bool fits = op.getIteratorTypesArray()[loop] == utils::IteratorType::reduction && !ShapedType::isDynamic(size) &&
                size % product->terms == 0 && op.getMatchingIndexingMap(&weight).isFunctionOfDim(loop);
    return fits ? std::optional(Group{loop, product->terms}) : std::nullopt;
  }

  /// Makes a sum of groups, so many terms each, of one loop; returns the new op.
  static linalg::GenericOp cutGroups(linalg::GenericOp op, unsigned w, AffineMap packed, Value weight, int64_t terms) {
    OpBuilder b(op);
    unsigned x = 1 - w;
    AffineExpr quad = b.getAffineDimExpr(op.getNumLoops());
    SmallVector<AffineMap> maps;
    for (AffineMap map : op.getIndexingMapsArray())
      maps.push_back(AffineMap::get(op.getNumLoops() + 1, 0, map.getResults(), b.getContext()));
    maps[x] = maps[x].insertResult(quad, maps[x].getNumResults());
    maps[w] = packed;
    SmallVector<Value> inputs(op.getDpsInputs());
    inputs[w] = weight;
    auto type = cast<RankedTensorType>(inputs[x].getType());
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, op.getLoc(), inputs[x]);
    SmallVector<int64_t> shape(type.getShape());
    sizes.back() = b.getIndexAttr(shape.back() /= terms);
    sizes.push_back(b.getIndexAttr(terms));
    shape.push_back(terms);
    SmallVector<ReassociationIndices> groups;
    for (int64_t i = 0; i < type.getRank(); ++i)
      groups.push_back({i});
    groups.back().push_back(type.getRank());
    inputs[x] = tensor::ExpandShapeOp::create(b, op.getLoc(), type.clone(shape), inputs[x], groups, sizes);
    auto kinds = op.getIteratorTypesArray();
    kinds.push_back(utils::IteratorType::reduction);
    auto made = linalg::GenericOp::create(b, op.getLoc(), op.getResultTypes(), inputs, op.getDpsInits(), maps, kinds);
    made.getRegion().takeBody(op.getRegion());
    made->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    op.replaceAllUsesWith(made);
    op.erase();
    return made;
  }

  void pack(linalg::GenericOp op, OpOperand &weight, std::optional<Group> group) {
    AffineMap map = op.getMatchingIndexingMap(&weight);
    unsigned lane = *laneOf(op);
    int64_t size = panelSize(op, map, lane, group);
    // Outer dimensions in the order of the loops: first those of the result.
    SmallVector<unsigned> loops;
    for (auto kind : {utils::IteratorType::parallel, utils::IteratorType::reduction})
      for (auto [loop, its] : llvm::enumerate(op.getIteratorTypesArray()))
        if (its == kind && map.isFunctionOfDim(loop))
          loops.push_back(loop);
    OpBuilder b(op);
    SmallVector<int64_t> order;
    SmallVector<AffineExpr> at;
    int64_t lanePosition = 0;
    for (unsigned loop : loops) {
      int64_t position = *map.getResultPosition(b.getAffineDimExpr(loop));
      order.push_back(position);
      at.push_back(b.getAffineDimExpr(loop));
      if (loop == lane) {
        lanePosition = position;
        at.back() = at.back().floorDiv(size);
      }
    }
    at.push_back(b.getAffineDimExpr(lane) % size);
    SmallVector<int64_t> cut{lanePosition};
    SmallVector<OpFoldResult> tiles{b.getIndexAttr(size)};
    if (group) {
      cut.push_back(*map.getResultPosition(b.getAffineDimExpr(group->loop)));
      tiles.push_back(b.getIndexAttr(group->terms));
      at.push_back(b.getAffineDimExpr(op.getNumLoops()));
    }

    auto type = cast<RankedTensorType>(weight.get().getType());
    Value dest = linalg::PackOp::createDestinationTensor(b, op.getLoc(), weight.get(), tiles, cut, order);
    Value zero = arith::ConstantOp::create(b, op.getLoc(), b.getZeroAttr(type.getElementType()));
    Value packed = linalg::PackOp::create(b, op.getLoc(), weight.get(), dest, cut, tiles, zero, order)->getResult(0);
    unsigned input = weight.getOperandNumber();
    AffineMap reads = AffineMap::get(map.getNumDims() + group.has_value(), 0, at, b.getContext());
    if (group) {
      op = cutGroups(op, input, reads, packed, group->terms);
    } else {
      SmallVector<AffineMap> maps = op.getIndexingMapsArray();
      maps[input] = reads;
      weight.set(packed);
      op.setIndexingMapsAttr(b.getAffineMapArrayAttr(maps));
    }
    remark::passed(op.getLoc(), remark::RemarkOpts::name("PackWeights").category("structure").function(getOperation().getName()))
        << remark::metric("panel", size) << remark::metric("elements", type.getNumElements()) << "a weight lies in panels";
  }

  Machine machine;
};
} // namespace
} // namespace coil
