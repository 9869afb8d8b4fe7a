//===- Machine.cpp - how large a tile of registers is best ----------------===//

#include "passes/support/Machine.h"

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"

namespace coil {

Machine Machine::of(Operation *op) {
  Machine machine;
  auto module = isa<ModuleOp>(op) ? cast<ModuleOp>(op) : op->getParentOfType<ModuleOp>();
  auto target = module ? module->getAttrOfType<DictionaryAttr>("coil.target") : DictionaryAttr();
  if (!target)
    return machine;
  if (auto bytes = target.getAs<IntegerAttr>("vector_bytes"))
    machine.vectorBytes = bytes.getInt();
  if (auto registers = target.getAs<IntegerAttr>("vector_registers"))
    machine.registers = registers.getInt();
  if (auto byLane = target.getAs<BoolAttr>("multiply_by_lane"))
    machine.byLane = byLane.getValue();
  if (auto dot = target.getAs<StringAttr>("dot_product"))
    machine.dot = dot.getValue() == "u8s8"   ? UnsignedBySigned
                  : dot.getValue() == "s8s8" ? SignedBySigned
                                             : NoDot;
  if (auto mixed = target.getAs<BoolAttr>("mixed_signs"))
    machine.mixedSigns = mixed.getValue();
  if (auto pairs = target.getAs<BoolAttr>("bf16_pairs"))
    machine.bf16Pairs = pairs.getValue();
  if (auto halves = target.getAs<BoolAttr>("half_arithmetic"))
    machine.halves = halves.getValue();
  if (auto bytes = target.getAs<IntegerAttr>("l2_bytes"))
    machine.l2Bytes = bytes.getInt();
  if (auto cores = target.getAs<IntegerAttr>("cores"))
    machine.cores = cores.getInt();
  return machine;
}

unsigned elementBits(ShapedType type) {
  return type.getElementType().isIndex() ? 64 : type.getElementTypeBitWidth();
}

int64_t laneCount(linalg::GenericOp op, const Machine &machine) {
  int64_t widest = 1;
  auto consider = [&](Type type) {
    if (type.isIntOrFloat())
      widest = std::max<int64_t>(widest, type.getIntOrFloatBitWidth() / 8);
  };
  for (BlockArgument arg : op.getBody()->getArguments())
    consider(arg.getType());
  for (Operation &inner : *op.getBody())
    for (Type type : inner.getResultTypes())
      consider(type);
  return std::max<int64_t>(1, machine.vectorBytes / widest);
}

Machine forRows(Machine machine, linalg::GenericOp op, unsigned lane) {
  constexpr double kFirstCache = 64 << 10, kUnknown = 1024;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    auto type = dyn_cast<ShapedType>(operand->get().getType());
    if (!type || !type.getElementType().isF32() || op.getMatchingIndexingMap(operand).isFunctionOfDim(lane))
      continue;
    double bytes = 4;
    for (int64_t size : type.getShape())
      bytes *= ShapedType::isDynamic(size) ? kUnknown : size;
    machine.rowsAreNear &= bytes <= kFirstCache;
  }
  return machine;
}

int64_t mostVectors(linalg::GenericOp op, bool isDot) {
  int64_t length = op.getBody()->getOperations().size();
  return isDot ? 32 : std::max<int64_t>(1, 48 / std::max<int64_t>(2, length - 2));
}

/// In the place of a size that only a run knows.
static constexpr int64_t kLarge = 4096;

/// Cycles of one term of the sum in one tile: two products and two loads a
/// cycle, and no sum can be added to before the last product has arrived.
static double termCost(const Machine &machine, int64_t rows, int64_t columns) {
  double products = rows * columns / 2.0, latency = 4;
  double read = columns + (machine.byLane ? rows / 4.0 : rows);
  // What lies along the lanes comes from a cache further away than the rows; and
  // where each load of a row serves one term, there are many.
  // Rows of more than a first cache come from the second one, once for each strip.
  double further = 0.15 * columns + (!machine.byLane ? 0.1 : machine.rowsAreNear ? 0 : 0.022) * rows;
  return std::max({products, read / 2.0, latency}) + further + 0.25; // and what goes around
}

Tile chooseTile(const Machine &machine, int64_t rowSize, int64_t laneSize, int64_t lanes, bool padded,
                int64_t most, std::optional<int64_t> fixedColumns) {
  int64_t m = ShapedType::isDynamic(rowSize) ? kLarge : rowSize;
  int64_t n = ShapedType::isDynamic(laneSize) ? kLarge : laneSize;
  int64_t vectors = padded ? llvm::divideCeil(n, lanes) : n / lanes;
  // What does not fill a vector goes through shorter ones.
  int64_t rest = padded ? 0 : llvm::popcount(uint64_t(n % lanes));
  Tile best;
  for (int64_t rows = 1; rows <= std::min(m, machine.mostRows); ++rows)
    for (int64_t columns = 1; columns <= kMostColumns; ++columns) {
      if (fixedColumns ? columns != *fixedColumns : columns > std::max<int64_t>(vectors, 1))
        continue;
      if (rows * columns > most && rows > 1)
        continue;
      if (columns > most && !fixedColumns)
        continue;
      int64_t used = rows * columns * machine.sumRegisters + columns + (machine.byLane ? rows : 1);
      if (used > machine.registers && rows * columns > 1 && !(fixedColumns && rows == 1))
        continue;
      auto strip = [&](int64_t count) { // one strip of `count` rows
        double cost = double(vectors / columns) * termCost(machine, count, columns);
        if (int64_t left = vectors % columns)
          cost += termCost(machine, count, left);
        return cost + rest * termCost(machine, count, 1);
      };
      double cost = double(m / rows) * strip(rows) + (m % rows ? strip(m % rows) : 0);
      // Batches and lengths are more often powers of two than anything else.
      if (ShapedType::isDynamic(rowSize) && !llvm::isPowerOf2_64(rows))
        cost *= 1.02;
      if (best.cost == 0 || cost < best.cost * 0.999)
        best = {rows, columns, cost};
    }
  return best;
}

Rows chooseRows(const Machine &machine, ArrayRef<std::pair<unsigned, int64_t>> candidates, int64_t laneSize,
                int64_t lanes, bool padded, int64_t most, std::optional<int64_t> columns) {
  constexpr int64_t kFew = 4;
  Rows best{std::nullopt, chooseTile(machine, 1, laneSize, lanes, padded, most, columns)};
  bool sure = llvm::any_of(candidates, [](auto c) { return c.second >= kFew; });
  for (auto [loop, size] : candidates) {
    bool dynamic = ShapedType::isDynamic(size);
    if (dynamic && sure)
      continue;
    Tile tile = chooseTile(machine, size, laneSize, lanes, padded, most, columns);
    tile.cost /= dynamic ? kLarge : size;
    if (tile.cost <= best.tile.cost)
      best = {loop, tile};
  }
  return best;
}

std::optional<int64_t> panelAlong(AffineMap map, unsigned loop, bool quads) {
  if (quads && map.getNumResults() > 1)
    map = map.dropResult(map.getNumResults() - 1);
  if (map.getNumResults() < 2)
    return std::nullopt;
  auto sizeOf = [&](AffineExpr e, AffineExprKind kind) -> std::optional<int64_t> {
    auto binary = dyn_cast<AffineBinaryOpExpr>(e);
    if (!binary || binary.getKind() != kind)
      return std::nullopt;
    auto dim = dyn_cast<AffineDimExpr>(binary.getLHS());
    auto size = dyn_cast<AffineConstantExpr>(binary.getRHS());
    if (!dim || dim.getPosition() != loop || !size)
      return std::nullopt;
    return size.getValue();
  };
  auto size = sizeOf(map.getResults().back(), AffineExprKind::Mod);
  if (!size)
    return std::nullopt;
  for (AffineExpr e : map.getResults().drop_back())
    if (e.isFunctionOfDim(loop) && sizeOf(e, AffineExprKind::FloorDiv) != size)
      return std::nullopt;
  return size;
}

/// Cycles for each level of the tree, which has four children a thread: the
/// transfer of a cache line to another core and back, some of them with the
/// region's data.
static constexpr double kLevelCycles = 600;

double wakeCycles(const Machine &machine) {
  double levels = 1;
  for (int64_t threads = 5; threads < machine.cores; threads = 4 * threads + 1)
    ++levels;
  return kLevelCycles * (1 + levels);
}

} // namespace coil
