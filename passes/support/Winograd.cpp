//===- Winograd.cpp - what a convolution costs, either way ----------------===//

#include "passes/support/Winograd.h"

namespace coil {

SmallVector<SmallVector<double, 3>> filterTransform(int64_t tile) {
  if (tile == 2)
    return {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  WinogradPoints points;
  auto row = [](double point, double other) -> SmallVector<double, 3> {
    double square = point * point, scale = 1 / (2 * square * (square - other * other));
    return {scale, scale * point, scale * square};
  };
  double ab = points.a * points.a * points.b * points.b;
  return {{1 / ab, 0, 0}, row(points.a, points.b), row(-points.a, points.b), row(points.b, points.a),
          row(-points.b, points.a), {0, 0, 1}};
}

/// Bytes a cycle that weights arrive with: those of a whole model come from memory in
/// every run. And what does not stay in the second cache, from the next.
static constexpr double kMemoryBytes = 6, kFurtherBytes = 8;
/// Bytes a cycle of 3 GHz that memory brings to all cores together (Altra: 205 GB/s).
static constexpr double kAllMemoryBytes = 64;
/// Vectors of the body of a product: `acc + x * w`.
static constexpr int64_t kMost = 24;

/// Work and the arrival of weights overlap for the most part.
static double together(double work, double arrival) { return std::max(work, arrival) + 0.25 * std::min(work, arrival); }

double cyclesOfGrowth(const Machine &machine, double bytes) {
  constexpr double kSmall = 1 << 20, kLarge = 8 << 20, kBeyond = 0.1;
  // With all cores at work a byte from memory takes as long as `cores / kAllMemoryBytes`
  // cycles of one of them; how many are at work nobody knows: a quarter of it.
  double shared = machine.cores / kAllMemoryBytes / 4;
  return std::max(0.0, bytes - kSmall) * shared + std::max(0.0, bytes - kLarge) * kBeyond;
}

double costOfWindow(const Machine &machine, const Winograd &shape) {
  // For one step of the loop that becomes the rows.
  Rows rows = chooseRows(machine, {{0, shape.height}, {1, shape.width}}, shape.filters, shape.lanes, /*padded=*/true, kMost);
  double work = double(shape.height * shape.width) * rows.tile.cost * 9 * shape.channels;
  return together(work, 36.0 * shape.channels * shape.filters / kMemoryBytes);
}

static WinogradCost costWith(const Machine &machine, Winograd shape) {
  Tile tile = chooseTile(machine, shape.block, shape.products(), shape.lanes, /*padded=*/true, kMost);
  double blocks = shape.blocks(), places = shape.matrices();
  double work = blocks * places * shape.channels * tile.cost;
  double weights = 4 * places * shape.channels * shape.products(), scratch = 4 * shape.scratch();
  // All but the first block find weights in a cache: the second, if they fit.
  double arrival = weights / kMemoryBytes;
  if (weights + scratch > machine.l2Bytes)
    arrival += (blocks - 1) * weights / kFurtherBytes;
  // Unlike weights, what lies between the steps is not read in the order in which it lies.
  double spilled = scratch > 0.75 * machine.l2Bytes ? 2 * blocks * scratch / kFurtherBytes : 0;
  // Additions, two a cycle; loads and stores; and edges.
  double in = shape.tile == 4 ? 130 : 50, out = shape.tile == 4 ? 130 : 45;
  double around = shape.tiles() * (in * llvm::divideCeil(shape.channels, shape.lanes) + out * (shape.products() / shape.lanes));
  // Each block's three steps are shared, by how many nobody knows: a few.
  double barriers = machine.cores > 1 ? blocks * 3 * wakeCycles(machine) * std::min<double>(machine.cores, 8) : 0;
  return {shape, tile.columns * shape.lanes, together(work, arrival) + spilled + around + barriers,
          weights - 36.0 * shape.channels * shape.filters};
}

WinogradCost costOfWinograd(const Machine &machine, Winograd shape) {
  std::optional<WinogradCost> best;
  for (int64_t blocks = 1; blocks <= shape.tiles(); ++blocks) {
    shape.block = llvm::divideCeil(shape.tiles(), blocks);
    WinogradCost cost = costWith(machine, shape);
    if (!best || cost.cycles < best->cycles)
      best = cost;
    if (shape.block < 4)
      break;
  }
  return *best;
}

} // namespace coil
