//===- LoopPlan.cpp - which loop becomes vectors --------------------------===//

#include "passes/vectorize/LoopPlan.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "passes/support/Tuning.h"
#include "passes/vectorize/ThreadPlan.h"
#include "passes/vectorize/WindowPlan.h"

namespace coil {

/// The share of a loop that steps of `n` cover; unknown sizes count as covered.
static double covered(int64_t size, int64_t n) {
  return ShapedType::isDynamic(size) || size == 0 ? 1.0 : double(size / n * n) / size;
}

/// The registers that a tile may take. Of sums of blocks there are two for each vector
/// of the result, both in registers. But a weight of few bits takes three operations to
/// become a real, which more rows repay even though the sums over blocks then wait on the
/// stack while that of a block is added up.
static Machine machineForBlocks(const LoopNest &nest, const Machine &machine) {
  Machine held = forBlockSums(machine);
  if (machine.byLane && fewBitsProduct(nest.blocks->inner)->isReal)
    held.registers = machine.registers * 13 / 16; // the rest: bits on their way to a factor
  return held;
}

/// Rows and columns: the loop and the tile that cost least for an element.
static void chooseRowsAndColumns(LoopPlan &plan, const LoopNest &nest, const Machine &machine) {
  std::optional<int64_t> panel = nest.panel(plan.lane), columns;
  if (panel)
    columns = *panel / plan.lanes;
  int64_t most = mostVectors(nest.op, nest.dot || nest.blocks || plan.halves.has_value());

  SmallVector<std::pair<unsigned, int64_t>> candidates;
  for (unsigned loop = 0; loop < nest.loops(); ++loop)
    if (loop != plan.lane && !nest.isReduction(loop) && nest.sizes[loop] != 1 && nest.sharesLanes(loop, plan.lane))
      candidates.emplace_back(loop, nest.sizes[loop]);
  Machine held = nest.blocks                        ? machineForBlocks(nest, machine)
                 : plan.halves                      ? forHalfSums(machine)
                 : nest.dot && nest.dot->terms == 2 ? forPairs(machine)
                                                    : machine;
  Rows best = chooseRows(forRows(held, nest.op, plan.lane), candidates, nest.sizes[plan.lane], plan.lanes, plan.padded, most, columns);
  plan.row = best.loop;
  plan.rows = best.tile.rows;
  plan.columns = best.tile.columns;
}

/// Of many rows, each tile would unpack the same weights: from two tiles on a panel is
/// unpacked once for all of them. Of reals, scales are then applied too, and no sum over
/// a block needs registers of its own; not where a product takes a factor from memory, as
/// on x86-64: four times as wide a panel leaves the first cache, and shifts take no
/// product's place there.
static void chooseUnpacking(LoopPlan &plan, const LoopNest &nest, const Machine &machine) {
  if (!nest.blocks || !plan.row || !nest.mayUnpack(plan.columns * plan.lanes))
    return;
  int64_t size = nest.sizes[*plan.row], from = 2 * plan.rows;
  bool dynamic = ShapedType::isDynamic(size), isReal = fewBitsProduct(nest.blocks->inner)->isReal;
  if ((!dynamic && size < from) || (isReal && !machine.byLane))
    return;
  Machine held = isReal ? machine : forBlockSums(machine);
  if (isReal)
    held.registers -= 4; // the next terms of the rows are loaded before the last ones are done
  plan.unpackFrom = from;
  plan.unpackedRows =
      chooseTile(held, size, nest.sizes[plan.lane], plan.lanes, plan.padded, mostVectors(nest.op, /*isDot=*/true), plan.columns).rows;
  if (!dynamic)
    plan.rows = plan.unpackedRows;
}

/// The innermost sum whose terms lie side by side in an input that is the same
/// for all lanes, where the machine multiplies by one lane of such a vector.
static void chooseTerms(LoopPlan &plan, const LoopNest &nest, const Machine &machine) {
  if (!machine.byLane || plan.lanes < 2 || nest.blocks)
    return;
  if (plan.halves) {
    plan.unrolled = plan.halves->terms;
    std::tie(plan.terms, plan.halfTerms) = termsOfRuns(nest.sizes[plan.halves->terms]);
    return;
  }
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

/// Rows that lie side by side in an input that is the same for all lanes, where
/// the machine multiplies by one lane of a vector of them.
static void chooseRowsTogether(LoopPlan &plan, const LoopNest &nest, const Machine &machine) {
  plan.rowsTogether = !nest.blocks && machine.byLane && plan.row && !plan.dot && plan.rows > 1 &&
                      nest.hasRowsTogether(plan.lane, *plan.row);
}

/// Dot products where what changes along the lanes lies in quads; of the other
/// factor, as many steps at once as a register holds, if the machine takes one
/// of them from there.
static void chooseDots(LoopPlan &plan, const LoopNest &nest, const Machine &machine) {
  if (!nest.dotFits(plan.lane))
    return;
  plan.dot = nest.dot;
  auto next = nest.nextQuad();
  int64_t steps = machine.vectorBytes / 4;
  if (machine.byLane && nest.dot->terms > 2 && next && nest.sizes[*next] >= steps) {
    plan.unrolled = next;
    plan.terms = steps;
  }
}

/// Lanes of a loop of known size: no more than it has steps.
static int64_t shorten(int64_t lanes, int64_t size) {
  while (!ShapedType::isDynamic(size) && lanes > size && lanes > 1)
    lanes /= 2;
  return lanes;
}

/// Lanes across the result, along the last loop where that can be.
static void planAcross(LoopPlan &plan, const LoopNest &nest, linalg::GenericOp epilogue, const Machine &machine) {
  linalg::GenericOp op = nest.op;
  for (unsigned loop = 0; loop < nest.loops(); ++loop) {
    int64_t lanes = nest.hasHalves(loop) ? machine.vectorBytes / 2 : laneCount(op, machine);
    int64_t size = nest.sizes[loop], shorter = shorten(lanes, size);
    if (!nest.mayGoAcross(loop) || shorter < 2)
      continue;
    plan = LoopPlan(LoopPlan::Across, loop);
    plan.halves = nest.hasHalves(loop) ? nest.half : std::nullopt;
    auto panel = nest.panel(loop);
    bool mayPad = nest.mayPad() && (!epilogue || LoopNest(epilogue, machine).mayPad());
    plan.padded = !ShapedType::isDynamic(size) && (panel || mayPad);
    plan.lanes = plan.padded ? std::min({lanes, int64_t(llvm::PowerOf2Ceil(size)), panel.value_or(lanes)}) : shorter;
    while (panel && *panel % plan.lanes) // a tuning's
      plan.lanes /= 2;
    if (!nest.reduces()) {
      // A power is a long chain of products: of four, each hides the others' latency,
      // which repays code of its own for what is left over.
      bool isChain = machine.byLane && !op.getBody()->getOps<math::ExpOp>().empty();
      bool isLong = op.getBody()->getOperations().size() >= 16;
      for (int64_t columns : {2, 4})
        if (!isLong && covered(size, columns * plan.lanes) >= (isChain ? 0.75 : 1) && (columns == 2 || isChain))
          plan.columns = columns;
      // What is only moved: as many at once as lie in whole tiles.
      if (llvm::hasSingleElement(*op.getBody()) && !ShapedType::isDynamic(size))
        for (int64_t columns = plan.columns + 1; columns <= kMostColumns; ++columns)
          if (size % (columns * plan.lanes) == 0)
            plan.columns = columns;
      continue;
    }
    chooseRowsAndColumns(plan, nest, machine);
    chooseUnpacking(plan, nest, machine);
    if (plan.halves || !isSmallWindow(plan, nest))
      chooseTerms(plan, nest, machine);
    chooseDots(plan, nest, machine);
    chooseRowsTogether(plan, nest, machine);
    planWindow(plan, nest, machine);
    // Copied where rows enough share what that takes.
    constexpr int64_t kManyRows = 48;
    plan.packed = plan.row && nest.sizes[*plan.row] >= kManyRows ? nest.mayGather(loop) : std::nullopt;
    if (plan.packed && nest.depends(*plan.packed, *plan.row))
      plan.packed.reset();
    // Two lines side by side are on their way together.
    constexpr int64_t kLineBits = 2 * 64 * 8;
    if (plan.packed)
      plan.packedStrips = std::max<int64_t>(1, kLineBits / elementBits(nest.types[*plan.packed]) / (plan.columns * plan.lanes));
  }
}

/// Lanes across the result, and the input that stands in the way transposed, where
/// rows enough share what that takes.
static void planPacked(LoopPlan &plan, const LoopNest &nest, linalg::GenericOp epilogue, const Machine &machine) {
  constexpr int64_t kFewRows = 8;
  int64_t lanes = laneCount(nest.op, machine);
  for (unsigned loop = 0; loop < nest.loops(); ++loop) {
    auto packed = nest.mayPack(loop);
    int64_t size = nest.sizes[loop];
    if (!packed || shorten(lanes, size) < 2)
      continue;
    LoopPlan turned(LoopPlan::Across, loop);
    turned.packed = packed;
    turned.padded = !ShapedType::isDynamic(size) && nest.mayPad() && (!epilogue || LoopNest(epilogue, machine).mayPad());
    turned.lanes = turned.padded ? std::min(lanes, int64_t(llvm::PowerOf2Ceil(size))) : shorten(lanes, size);
    chooseRowsAndColumns(turned, nest, machine);
    if (!turned.row || (!ShapedType::isDynamic(nest.sizes[*turned.row]) && nest.sizes[*turned.row] < kFewRows))
      continue;
    chooseTerms(turned, nest, machine);
    plan = turned;
  }
}

/// Elementwise ops of which some inputs lie side by side along another loop than
/// the result: squares of rows and lanes are transposed in registers. Rows go
/// innermost, and lanes fill a line of the cache, so that each line of the
/// result is written once and those that are read are few.
static void planTransposed(LoopPlan &plan, const LoopNest &nest, const Machine &machine) {
  int64_t all = laneCount(nest.op, machine), line = 64 * 8;
  auto holds = [&](unsigned loop, int64_t n) { return ShapedType::isDynamic(nest.sizes[loop]) || nest.sizes[loop] >= n; };
  constexpr int64_t kLeast = 4; // of the rows that a square has, as the few channels of a group
  for (int64_t lanes = all; lanes >= std::min(all, kLeast) && plan.kind == LoopPlan::Scalar; lanes /= 2)
    for (unsigned lane = 0; lane < nest.loops(); ++lane)
      for (unsigned row = 0; row < nest.loops(); ++row) {
        if (lane == row || !holds(lane, lanes) || !holds(row, lanes) || !nest.mayCollectAcross(lane) || !nest.isTransposed(lane, row))
          continue;
        plan = LoopPlan(LoopPlan::Across, lane);
        plan.row = row;
        plan.lanes = plan.rows = lanes;
        int64_t most = std::max<int64_t>(1, machine.registers / 2 / lanes);
        while (plan.columns < most && 2 * plan.columns * lanes * elementBits(nest.types.back()) <= line &&
               covered(nest.sizes[lane], 2 * plan.columns * lanes) > 0.5)
          plan.columns *= 2;
      }
}

/// Of sums of a few vectors each most steps are those that add up the lanes. Several
/// sums of wide vectors do them together; narrow ones have instructions for it.
static void chooseShortRows(LoopPlan &plan, const LoopNest &nest) {
  constexpr int64_t kShort = 8; // vectors
  int64_t terms = 1, vector = plan.lanes * elementBits(nest.types.back());
  for (unsigned loop = 0; loop < nest.loops(); ++loop) {
    bool tooMany = ShapedType::isDynamic(nest.sizes[loop]) || nest.sizes[loop] > kShort * plan.lanes;
    if (nest.isReduction(loop))
      terms = tooMany ? kShort * plan.lanes + 1 : std::min(terms * nest.sizes[loop], kShort * plan.lanes + 1);
    else if (nest.sizes[loop] != 1)
      plan.row = loop; // the innermost
  }
  if (!plan.row || vector <= 128 || terms > kShort * plan.lanes)
    return plan.row.reset();
  int64_t size = nest.sizes[*plan.row];
  plan.rows = std::min<int64_t>(plan.lanes, 16 / plan.columns);
  while (plan.rows > 1 && !ShapedType::isDynamic(size) && plan.rows > size)
    plan.rows /= 2;
}

/// Lanes along a sum: the last loop that fits is the innermost one as recipes
/// write them.
static void planAlong(LoopPlan &plan, const LoopNest &nest, const Machine &machine) {
  int64_t lanes = laneCount(nest.op, machine);
  for (unsigned loop = 0; loop < nest.loops(); ++loop) {
    if (!nest.mayGoAlong(loop) || shorten(lanes, nest.sizes[loop]) < 2)
      continue;
    plan = LoopPlan(LoopPlan::Along, loop);
    plan.lanes = shorten(lanes, nest.sizes[loop]);
    for (unsigned row = 0; row < nest.loops(); ++row)
      if (!nest.isReduction(row) && nest.sizes[row] != 1 && nest.sharesLanes(row, loop))
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
    if (!plan.row)
      chooseShortRows(plan, nest);
  }
}

/// Of the result: rows and lanes inside, so that a tile is one step of the
/// others; but blocks along the lanes outermost that are more than a cache
/// holds, so that each is read once. Of the sums: what is vectorized or taken
/// several terms at a time innermost.
static SmallVector<unsigned> chooseOrder(const LoopPlan &plan, const LoopNest &nest, const Machine &machine) {
  SmallVector<unsigned> order, sums;
  bool across = plan.kind == LoopPlan::Across;
  for (unsigned loop = 0; loop < nest.loops(); ++loop)
    if (nest.isReduction(loop))
      sums.push_back(loop);
    else if (plan.row != loop && !(across && plan.lane == loop))
      order.push_back(loop);
  bool transposed = across && (plan.packed || !nest.mayGoAcross(plan.lane));
  if (plan.row && !transposed)
    order.push_back(*plan.row);
  if (across) {
    // Of many packed matrices each is read by itself: its loop stays outside.
    int64_t matrices = 1;
    auto own = order.begin();
    for (; own != order.end() && *own != plan.row && nest.ownsPacked(*own, plan.lane) && !ShapedType::isDynamic(nest.sizes[*own]); ++own)
      matrices *= nest.sizes[*own];
    bool outermost = plan.unpackFrom ||
                     (nest.reduces() && nest.packedBytes(plan.lane) / std::max<int64_t>(matrices, 1) > machine.l2Bytes / 2);
    order.insert(outermost ? own : order.end(), plan.lane);
    if (transposed) // what is packed for a strip of lanes is for all its rows
      order.push_back(*plan.row);
  }
  if (auto rows = across && !transposed ? nest.windowRows(plan.lane) : std::nullopt) {
    // The lines of an image that two windows share are read once: by strips of
    // lanes, where all of them are more than a first cache holds.
    constexpr int64_t kFirstCache = 48 << 10;
    int64_t all = ShapedType::isDynamic(nest.sizes[plan.lane]) ? kFirstCache : nest.sizes[plan.lane];
    if (rows->bytes * plan.columns * plan.lanes <= kFirstCache && rows->bytes * all > kFirstCache / 2) {
      llvm::erase(order, plan.lane);
      order.insert(llvm::find(order, rows->loop), plan.lane);
    }
  }
  auto moveLast = [&](unsigned loop) {
    llvm::erase(sums, loop);
    sums.push_back(loop);
  };
  if (plan.unrolled)
    moveLast(*plan.unrolled);
  if (plan.dot)
    moveLast(plan.dot->quad);
  if (plan.kind == LoopPlan::Along)
    moveLast(plan.lane);
  llvm::append_range(order, sums);
  return order;
}

/// Rows at a time, where panels are outermost and what the rows read is more than
/// half a cache too: then either the panels are read once for each block of rows, or
/// the rows once for each panel.
static int64_t chooseBlock(const LoopPlan &plan, const LoopNest &nest, const Machine &machine) {
  auto panel = plan.kind == LoopPlan::Across && plan.row ? nest.panel(plan.lane) : std::nullopt;
  double lanesBytes = nest.packedBytes(plan.lane); // of what is read along the lanes
  if (!panel && plan.packed && nest.types[*plan.packed].hasStaticShape()) {
    panel = plan.columns * plan.lanes;
    lanesBytes = double(nest.types[*plan.packed].getNumElements()) * elementBits(nest.types[*plan.packed]) / 8;
  }
  auto at = [&](unsigned loop) { return llvm::find(plan.order, loop) - plan.order.begin(); };
  if (!panel || nest.blocks || ShapedType::isDynamic(nest.sizes[plan.lane]) || at(plan.lane) > at(*plan.row))
    return 0;
  double row = 0; // bytes that one row reads
  for (unsigned loop = 0; loop < nest.loops(); ++loop)
    if (!nest.isReduction(loop) && loop != plan.lane && loop != *plan.row && nest.sizes[loop] != 1)
      return 0;
  for (unsigned i = 0; i < nest.result(); ++i) {
    if (!nest.isRead(i) || !nest.depends(i, *plan.row))
      continue;
    double bytes = elementBits(nest.types[i]) / 8;
    for (unsigned loop = 0; loop < nest.loops(); ++loop)
      if (nest.isReduction(loop) && nest.depends(i, loop)) {
        if (ShapedType::isDynamic(nest.sizes[loop]))
          return 0;
        bytes *= nest.sizes[loop];
      }
    row += bytes;
  }
  double half = machine.l2Bytes / 2;
  constexpr int64_t kLarge = 1 << 16;
  double size = ShapedType::isDynamic(nest.sizes[*plan.row]) ? kLarge : nest.sizes[*plan.row];
  if (row == 0 || size * row <= half)
    return 0;
  // Beside the block only one panel, or what is packed, has to stay in the cache.
  int64_t block = int64_t(1.1 * half / row) / plan.rows * plan.rows;
  if (block == 0 || block >= size)
    return 0;
  double panels = llvm::divideCeil(nest.sizes[plan.lane], *panel);
  double byRows = lanesBytes * std::ceil(size / block) + size * row;
  return byRows < 0.7 * size * row * panels ? block : 0;
}

/// What a tuning says, in the place of the model's choice. Where it says nothing
/// the order and the shared loop are chosen anew, since they depend on the rest.
static LoopPlan tunePlan(LoopPlan plan, const LoopNest &nest, linalg::GenericOp epilogue, const Machine &machine) {
  linalg::GenericOp op = nest.op;
  auto loop = [&](StringRef field) -> std::optional<unsigned> {
    auto n = tuned(op, field);
    return n && *n >= 0 && *n < nest.loops() ? std::optional<unsigned>(*n) : std::nullopt;
  };
  if (auto n = tuned(op, "lanes")) {
    auto panel = plan.kind == LoopPlan::Across ? nest.panel(plan.lane) : std::nullopt;
    plan.lanes = *n;
    if (panel && *n > 0)
      plan.columns = *panel / *n;
  }
  if (plan.kind != LoopPlan::Across || !nest.panel(plan.lane)) // a panel has its columns
    plan.columns = tuned(op, "columns").value_or(plan.columns);
  if (auto row = loop("row_loop"))
    plan.row = row;
  if (plan.row)
    plan.rows = tuned(op, "rows").value_or(plan.rows);
  if (plan.row && !ShapedType::isDynamic(nest.sizes[*plan.row]))
    plan.unpackedRows = plan.rows;
  if (auto terms = loop("term_loop"))
    plan.unrolled = terms;
  if (plan.unrolled)
    plan.terms = tuned(op, "terms").value_or(plan.terms);
  if (plan.halves && plan.unrolled != plan.halves->terms)
    plan.halves.reset();
  if (plan.terms == 1)
    plan.unrolled = std::nullopt;
  if (plan.lanes < 1 || plan.columns < 1 || plan.rows < 1)
    return plan; // will be refused
  plan.order = chooseOrder(plan, nest, machine);
  if (auto order = tunedList(op, "order")) {
    plan.order = SmallVector<unsigned>(order->begin(), order->end());
    if (plan.dot && plan.order.size() + 1 == nest.loops()) // quads came later
      plan.order.push_back(plan.dot->quad);
  }
  plan.block = chooseBlock(plan, nest, machine);
  planThreads(plan, nest, epilogue, machine);
  if (tuned(op, "shared_loop") && plan.shared)
    plan.shared = loop("shared_loop"), plan.sharedInner = std::nullopt;
  return plan;
}

LoopPlan planLoops(linalg::GenericOp op, linalg::GenericOp epilogue, const Machine &machine, std::string &why) {
  LoopPlan plan;
  LoopNest nest(op, machine);
  if (laneCount(op, machine) >= 2 && op.getNumResults() == 0 && op.getNumDpsInits() == 1) {
    planAcross(plan, nest, epilogue, machine);
    if (plan.kind == LoopPlan::Scalar)
      planPacked(plan, nest, epilogue, machine);
    if (plan.kind == LoopPlan::Scalar)
      planAlong(plan, nest, machine);
    if (plan.kind == LoopPlan::Scalar)
      planTransposed(plan, nest, machine);
  }
  if (auto tuning = op->getAttrOfType<DictionaryAttr>(kTuningAttr); tuning && tuning.size() > tuning.contains(kTunedKernel)) {
    LoopPlan other = tunePlan(plan, nest, epilogue, machine);
    if (succeeded(readPlan(writePlan(other, op.getContext()), op, epilogue, machine, why)))
      return other;
  }
  plan.order = chooseOrder(plan, nest, machine);
  plan.block = chooseBlock(plan, nest, machine);
  planThreads(plan, nest, epilogue, machine);
  return plan;
}

} // namespace coil
