//===- LoopNest.cpp - along which loops a vector may run ------------------===//

#include "passes/vectorize/LoopNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/support/Lookup.h"

namespace coil {

static bool hasUnitStride(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  return type.getRank() > 0 && succeeded(type.getStridesAndOffset(strides, offset)) && strides.back() == 1;
}

std::optional<int64_t> coefficient(AffineExpr e, unsigned loop) {
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

std::optional<int64_t> strideAlong(AffineMap map, unsigned loop, MemRefType type) {
  if (!type || map.getNumResults() == 0 || !hasUnitStride(type))
    return std::nullopt;
  for (AffineExpr e : map.getResults().drop_back())
    if (e.isFunctionOfDim(loop))
      return std::nullopt;
  std::optional<int64_t> stride = coefficient(map.getResults().back(), loop);
  return stride && *stride > 0 ? stride : std::nullopt;
}

std::optional<int64_t> laneStride(AffineMap map, unsigned loop, MemRefType type) {
  auto stride = strideAlong(map, loop, type);
  return stride && *stride > 1 && *stride <= kMostLaneStride && elementBits(type) >= 16 ? stride : std::nullopt;
}

LoopNest::LoopNest(linalg::GenericOp op, const Machine &machine)
    : op(op), maps(op.getIndexingMapsArray()), kinds(op.getIteratorTypesArray()), sizes(op.getStaticLoopRanges()),
      dot(dotOf(op, machine)), blocks(blocksBefore(op)), machine(machine) {
  for (Value operand : op->getOperands())
    types.push_back(dyn_cast<MemRefType>(operand.getType()));
  // Panels are of constants: of what a run computes products stay in f32.
  if (auto found = halfProduct(op, machine); found && panelAlong(maps[found->w], found->lane))
    half = found;
}

bool LoopNest::isRead(unsigned operand) const {
  linalg::GenericOp op = this->op;
  return !op.getBody()->getArgument(operand).use_empty();
}

bool LoopNest::mayGoAcross(unsigned loop) const {
  return !isReduction(loop) && isContiguous(maps.back(), loop, types.back()) && inputsFit(loop, {}, /*mayStride=*/true) && bodyFits(loop);
}

std::optional<unsigned> LoopNest::smallSum() const {
  if (llvm::count(kinds, utils::IteratorType::reduction) != 1 || dot)
    return std::nullopt;
  unsigned sum = llvm::find(kinds, utils::IteratorType::reduction) - kinds.begin();
  constexpr int64_t kMostBytes = 32 << 10; // of one vector for each term
  bool small = !ShapedType::isDynamic(sizes[sum]) && sizes[sum] * machine.vectorBytes <= kMostBytes;
  return small ? std::optional(sum) : std::nullopt;
}

std::optional<unsigned> LoopNest::mayGather(unsigned loop) const {
  auto sum = smallSum();
  if (!sum || !mayGoAcross(loop) || panel(loop))
    return std::nullopt;
  constexpr int64_t kFar = 512; // bytes: terms fall into few sets of a cache
  for (unsigned i = 0; i < result(); ++i) {
    SmallVector<int64_t> strides;
    int64_t offset;
    if (!isRead(i) || !depends(i, loop) || !depends(i, *sum) || !maps[i].isProjectedPermutation() ||
        failed(types[i].getStridesAndOffset(strides, offset)))
      continue;
    int64_t stride = strides[*maps[i].getResultPosition(getAffineDimExpr(*sum, maps[i].getContext()))];
    if (elementBits(types[i]) >= 16 && !ShapedType::isDynamic(stride) &&
        stride * elementBits(types[i]) / 8 >= kFar)
      return i;
  }
  return std::nullopt;
}

std::optional<unsigned> LoopNest::mayPack(unsigned loop) const {
  auto small = smallSum();
  if (!small || isReduction(loop) || !isContiguous(maps.back(), loop, types.back()) || !bodyFits(loop))
    return std::nullopt;
  unsigned sum = *small;
  for (unsigned i = 0; i < result(); ++i) {
    if (!isRead(i) || !depends(i, loop) || isContiguous(maps[i], loop, types[i]))
      continue;
    bool turned = types[i] && elementBits(types[i]) >= 16 && maps[i].isProjectedPermutation() &&
                  maps[i].getResults().back() == getAffineDimExpr(sum, maps[i].getContext()) && hasUnitStride(types[i]);
    return turned && inputsFit(loop, i) ? std::optional(i) : std::nullopt;
  }
  return std::nullopt;
}

bool LoopNest::hasStridedLanes(unsigned operand, unsigned loop) const {
  return reduces() && !dot && !blocks && laneStride(maps[operand], loop, types[operand]);
}

bool LoopNest::mayCollectAcross(unsigned loop) const {
  return !reduces() && isContiguous(maps.back(), loop, types.back()) && !panelAlong(maps.back(), loop) && bodyFits(loop);
}

bool LoopNest::isTransposed(unsigned lane, unsigned row) const {
  for (unsigned i = 0; i < result(); ++i)
    if (isRead(i) && depends(i, lane) && !isContiguous(maps[i], lane, types[i]) &&
        strideAlong(maps[i], row, types[i]) != 1)
      return false;
  return true;
}

bool LoopNest::hasRowsTogether(unsigned lane, unsigned row) const {
  for (unsigned i = 0; i < result(); ++i)
    if (auto stride = isRead(i) && !depends(i, lane) ? strideAlong(maps[i], row, types[i]) : std::nullopt)
      if (*stride <= kMostRowStride)
        return true;
  return false;
}

bool LoopNest::mayGoAlong(unsigned loop) const {
  return isReduction(loop) && isSum() && inputsFit(loop) && bodyFits(loop);
}

bool LoopNest::mayPad() const {
  linalg::GenericOp op = this->op;
  return !op.getBody()
              ->walk([](Operation *inner) {
                return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::CeilDivSIOp,
                           arith::CeilDivUIOp, arith::FloorDivSIOp>(inner)
                           ? WalkResult::interrupt()
                           : WalkResult::advance();
              })
              .wasInterrupted();
}

bool LoopNest::dotFits(unsigned loop) const {
  auto size = dot ? panelAlong(maps[dot->w], loop, /*quads=*/true) : std::nullopt;
  return size && *size >= 4 && hasUnitStride(types[dot->w]) && hasUnitStride(types[dot->x]) &&
         !depends(dot->x, loop) && !ShapedType::isDynamic(sizes[loop]) && sizes[loop] >= 4;
}

std::optional<unsigned> LoopNest::nextQuad() const {
  ArrayRef<AffineExpr> at = maps[dot->x].getResults();
  auto next = dyn_cast<AffineDimExpr>(at[at.size() - 2]);
  return next && isReduction(next.getPosition()) ? std::optional(next.getPosition()) : std::nullopt;
}

std::optional<int64_t> LoopNest::windowAlong(AffineExpr e, unsigned loop) const {
  bool sums = false;
  int64_t extent = 1;
  for (unsigned other = 0; other < loops(); ++other) {
    if (!isReduction(other) || !e.isFunctionOfDim(other))
      continue;
    auto step = coefficient(e, other);
    if (!step || ShapedType::isDynamic(sizes[other]))
      return std::nullopt;
    sums |= sizes[other] > 1;
    extent += std::abs(*step) * (sizes[other] - 1);
  }
  return sums && e.isFunctionOfDim(loop) ? std::optional(extent) : std::nullopt;
}

std::optional<unsigned> LoopNest::windowInput(unsigned lane) const {
  linalg::GenericOp op = this->op;
  if (dot || blocks || op.getBody()->getOperations().size() > 5)
    return std::nullopt;
  for (unsigned i = 0; i < result(); ++i) {
    if (!isRead(i) || !depends(i, lane) || panelAlong(maps[i], lane) || (!isContiguous(maps[i], lane, types[i]) && !hasStridedLanes(i, lane)))
      continue;
    bool moves = false, linear = true;
    for (AffineExpr e : maps[i].getResults())
      for (unsigned loop = 0; loop < loops(); ++loop) {
        moves |= !isReduction(loop) && windowAlong(e, loop).has_value();
        linear &= coefficient(e, loop).has_value();
      }
    if (moves && linear)
      return i;
  }
  return std::nullopt;
}

std::optional<LoopNest::WindowRows> LoopNest::windowRows(unsigned lane) const {
  for (unsigned i = 0; i < result(); ++i) {
    if (!isRead(i) || !depends(i, lane) || panelAlong(maps[i], lane) || !isContiguous(maps[i], lane, types[i]))
      continue;
    for (auto [axis, e] : llvm::enumerate(maps[i].getResults().drop_back()))
      for (unsigned loop = 0; loop < loops(); ++loop) {
        auto extent = isReduction(loop) || sizes[loop] == 1 ? std::nullopt : windowAlong(e, loop);
        if (!extent)
          continue;
        if (auto step = coefficient(e, loop); !step || 2 * std::abs(*step) > *extent)
          return std::nullopt; // most of it is new
        WindowRows rows{loop, *extent * elementBits(types[i]) / 8};
        for (int64_t size : types[i].getShape().drop_back().drop_front(axis + 1))
          rows.bytes *= ShapedType::isDynamic(size) ? 1 : size;
        return rows;
      }
  }
  return std::nullopt;
}

std::optional<int64_t> LoopNest::panel(unsigned lane) const {
  if (blocks && maps[blocks->terms].getResults().back() == getAffineDimExpr(lane, const_cast<linalg::GenericOp &>(op).getContext()))
    return fewBitsProduct(blocks->inner)->panel;
  for (unsigned i = 0; i < result(); ++i)
    if (auto size = panelAlong(maps[i], lane, dot.has_value()))
      return size;
  return std::nullopt;
}

bool LoopNest::mayUnpack(int64_t panel) const {
  if (!blocks || !blockTerm(op, blocks->terms))
    return false;
  linalg::GenericOp inner = blocks->inner;
  FewBitsProduct product = *fewBitsProduct(inner);
  // Bytes for a dot product lie there as they are.
  if (!product.isReal && (product.bits == 8 || !hasDot(product, machine)))
    return false;
  double bytes = panel * (product.isReal ? 4 : 1);
  for (auto [size, kind] : llvm::zip(inner.getStaticLoopRanges(), inner.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction)
      bytes *= size;
  for (unsigned loop = 0; loop < loops(); ++loop)
    if (isReduction(loop))
      bytes *= ShapedType::isDynamic(sizes[loop]) ? 1e9 : sizes[loop];
  constexpr double kMostBytes = 256 << 10;
  return bytes <= kMostBytes;
}

int64_t LoopNest::packedBytes(unsigned lane) const {
  int64_t bytes = 0;
  for (unsigned i = 0; i < result(); ++i)
    if (panelAlong(maps[i], lane, dot.has_value()) && types[i].hasStaticShape())
      bytes += types[i].getNumElements() * elementBits(types[i]) / 8;
  if (blocks) {
    linalg::GenericOp inner = blocks->inner;
    bytes += cast<MemRefType>(inner.getDpsInputs()[fewBitsProduct(inner)->w].getType()).getNumElements();
  }
  return bytes;
}

bool LoopNest::ownsPacked(unsigned loop, unsigned lane) const {
  for (unsigned i = 0; i < result(); ++i)
    if (panelAlong(maps[i], lane, dot.has_value()) && depends(i, loop))
      return true;
  return false;
}

bool LoopNest::sharesLanes(unsigned loop, unsigned lane) const {
  for (unsigned i = 0; i < result(); ++i)
    if (isRead(i) && depends(i, lane) && !depends(i, loop))
      return true;
  return false;
}

/// Inputs along the loop are read side by side, or are one value.
bool LoopNest::inputsFit(unsigned loop, std::optional<unsigned> except, bool mayStride) const {
  for (unsigned i = 0; i < result(); ++i)
    if (i != except && isRead(i) && depends(i, loop) && !isContiguous(maps[i], loop, types[i]) &&
        !(dot && i == dot->w && dotFits(loop)) && !(mayStride && hasStridedLanes(i, loop)))
      return false;
  return true;
}

/// Of a value of the body: 0 uniform, 1 loop + uniform, 2 varying.
using Kinds = DenseMap<Value, int>;
static bool blockFits(Block &block, unsigned loop, Kinds &kind);

/// A load in the body must be one value, or side by side along the loop: each
/// index uniform but the last, which is the loop itself plus something uniform.
bool LoopNest::bodyFits(unsigned loop) const {
  linalg::GenericOp op = this->op;
  Kinds kinds;
  for (auto [i, arg] : llvm::enumerate(op.getBody()->getArguments()))
    kinds[arg] = maps[i].isFunctionOfDim(loop) || i + 1 == op.getBody()->getNumArguments() ? 2 : 0;
  return blockFits(*op.getBody(), loop, kinds);
}

/// A choice that is the same for all lanes is made once.
static bool branchFits(scf::IfOp branch, unsigned loop, Kinds &kind) {
  if (branch.getNumResults() != 1 || branch.getElseRegion().empty() || kind.lookup(branch.getCondition()) != 0 ||
      !blockFits(*branch.thenBlock(), loop, kind) || !blockFits(*branch.elseBlock(), loop, kind))
    return false;
  kind[branch.getResult(0)] = 2 * (kind.lookup(branch.thenYield().getOperand(0)) || kind.lookup(branch.elseYield().getOperand(0)));
  return true;
}

static bool blockFits(Block &block, unsigned loop, Kinds &kind) {
  for (Operation &inner : block.without_terminator()) {
    if (auto branch = dyn_cast<scf::IfOp>(inner)) {
      if (!branchFits(branch, loop, kind))
        return false;
      continue;
    }
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
    } else if (auto load = dyn_cast<memref::LoadOp>(inner); load && lookupByte(load.getMemRef(), load.getIndices())) {
      // A byte from a table, for each lane.
    } else if (load) {
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
bool LoopNest::isSum() const {
  linalg::GenericOp op = this->op;
  Value acc = op.getBody()->getArguments().back(), result = op.getBody()->getTerminator()->getOperand(0);
  Operation *combine = result.getDefiningOp();
  if (!combine || !acc.hasOneUse() || *acc.getUsers().begin() != combine)
    return false;
  return isa<arith::AddFOp, arith::AddIOp, arith::MulFOp, arith::MulIOp, arith::MaximumFOp, arith::MinimumFOp,
             arith::MaxSIOp, arith::MinSIOp, arith::MaxUIOp, arith::MinUIOp, arith::AndIOp, arith::OrIOp,
             arith::XOrIOp>(combine);
}

} // namespace coil
