//===- WindowPlan.cpp - a window's tile where loads cost as products do ---===//
//
// On a machine whose products take no factor from memory, a window that reads an
// image along the lanes has a load for each product, unless what two of them read
// is loaded once: then terms of the sum, and lines of the image that several rows
// of the result share, are one piece of code.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/WindowPlan.h"

namespace coil {

/// Products of a tile, at most: each has its code.
static constexpr int64_t kMostProducts = 160;
/// Sums that hide each other's latency; of more LLVM's scheduler loads so much ahead
/// that registers do not hold it.
static constexpr int64_t kMostSums = 8;

namespace {
/// Of a window's image: a loop of the result whose steps read the same lines, by how
/// many lines they are apart, and how many each reads.
struct Lines {
  unsigned loop;
  int64_t step, extent;
};
} // namespace

static std::optional<Lines> sharedLines(const LoopNest &nest, unsigned image, unsigned lane) {
  for (AffineExpr e : nest.maps[image].getResults())
    for (unsigned loop = 0; loop < nest.loops(); ++loop) {
      if (nest.isReduction(loop) || loop == lane || e.isFunctionOfDim(lane) || nest.sizes[loop] == 1)
        continue;
      auto extent = nest.windowAlong(e, loop);
      auto step = coefficient(e, loop);
      if (extent && step && *step > 0 && 2 * *step <= *extent)
        return Lines{loop, *step, *extent};
    }
  return std::nullopt;
}

/// Cycles of a tile: two products, sums or stores a cycle, two loads or stores, and
/// no sum can be added to before the last product has arrived.
static double tileCost(int64_t rows, int64_t columns, int64_t terms, const Lines &lines) {
  double vectors = rows * columns, perLine = double(terms) / lines.extent, latency = 4;
  double arithmetic = vectors * (terms + 2) / 2, loads = columns * perLine * (lines.extent + lines.step * (rows - 1));
  double filters = terms / 4.0 + 1;
  return std::max({arithmetic, (loads + vectors + filters) / 2, terms * latency / 2}) + 2; // and what goes around
}

/// Rows of the result that share lines of the image, and columns.
static void chooseLines(LoopPlan &plan, const LoopNest &nest, const Machine &machine) {
  auto lines = sharedLines(nest, *nest.windowInput(plan.lane), plan.lane);
  int64_t terms = 1;
  for (unsigned loop = 0; loop < nest.loops(); ++loop)
    if (nest.isReduction(loop)) {
      if (ShapedType::isDynamic(nest.sizes[loop]) || nest.sizes[loop] > kMostProducts)
        return;
      terms *= nest.sizes[loop];
    }
  if (!lines || plan.row || 2 * terms > kMostProducts)
    return;
  constexpr int64_t kLarge = 64;
  auto sizeOf = [&](unsigned loop) { return ShapedType::isDynamic(nest.sizes[loop]) ? kLarge : nest.sizes[loop]; };
  int64_t vectors = std::max<int64_t>(1, plan.padded ? llvm::divideCeil(sizeOf(plan.lane), plan.lanes) : sizeOf(plan.lane) / plan.lanes);
  int64_t size = sizeOf(lines->loop);
  double best = 0;
  for (int64_t rows = 1; rows <= std::min<int64_t>(size, 4); ++rows)
    for (int64_t columns = 1; columns <= std::min(vectors, kMostColumns); ++columns) {
      if (rows * columns * terms > kMostProducts || rows * columns > kMostSums)
        continue;
      auto strip = [&](int64_t rows) {
        int64_t left = vectors % columns;
        return vectors / columns * tileCost(rows, columns, terms, *lines) + (left ? tileCost(rows, left, terms, *lines) : 0);
      };
      double cost = size / rows * strip(rows) + (size % rows ? strip(size % rows) : 0);
      if (best != 0 && cost >= best * 0.999)
        continue;
      best = cost;
      plan.row = rows > 1 ? std::optional(lines->loop) : std::nullopt;
      plan.rows = rows;
      plan.columns = columns;
    }
}

bool isSmallWindow(const LoopPlan &plan, const LoopNest &nest) {
  if (!nest.windowInput(plan.lane))
    return false;
  int64_t products = kMostSums;
  for (unsigned loop = 0; loop < nest.loops() && products <= kMostProducts; ++loop)
    if (nest.isReduction(loop))
      products = ShapedType::isDynamic(nest.sizes[loop]) ? kMostProducts + 1 : products * nest.sizes[loop];
  return products <= kMostProducts;
}

void planWindow(LoopPlan &plan, const LoopNest &nest, const Machine &machine) {
  if (!machine.byLane || plan.unrolled || plan.dot || plan.rowsTogether || plan.lanes < 2 || !nest.windowInput(plan.lane))
    return;
  chooseLines(plan, nest, machine);
  int64_t products = plan.rows * plan.columns;
  for (unsigned loop = nest.loops(); loop-- > 0 && nest.isReduction(loop); ++plan.window) {
    if (ShapedType::isDynamic(nest.sizes[loop]) || products * nest.sizes[loop] > kMostProducts)
      return;
    products *= nest.sizes[loop];
  }
}

} // namespace coil
