//===- ThreadPlan.cpp - which loop threads share --------------------------===//
//
// A parallel region costs a signal down the tree of threads and one back up. What
// a nest costs is estimated in cycles: operations, two vectors of them a cycle, or
// the bytes that it reads and writes, whichever takes longer.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/ThreadPlan.h"

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/support/Rows.h"
#include "passes/support/Sizes.h"

namespace coil {

/// Bytes a cycle of what lies in a cache further away.
static constexpr double kBytesPerCycle = 16;
/// In the place of a size that only a run knows: large enough to be shared, the
/// run then decides.
static constexpr double kLarge = 1 << 16;

/// Parts of one loop that keep so many of the cores busy are good enough.
static constexpr double kBusyEnough = 0.75;

/// Operations of a body, those that are polynomials or slow by what they take.
static double operations(linalg::GenericOp op) {
  double count = 0;
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (isa<arith::DivFOp, arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::RemFOp, math::SqrtOp,
            math::RsqrtOp>(inner))
      count += 8;
    else if (inner.getNumRegions())
      count += 16;
    else if (isa<math::MathDialect>(inner.getDialect()) && !isa<math::AbsFOp, math::FmaOp>(inner))
      count += 20;
    else if (!isa<linalg::IndexOp>(inner))
      ++count;
  }
  return count;
}

/// Elements of what an op reads and writes, in bytes: of a tensor each once.
static double bytesOf(const LoopNest &nest) {
  double bytes = 0;
  for (unsigned i = 0; i <= nest.result(); ++i) {
    MemRefType type = nest.types[i];
    if (!type || (i != nest.result() && !nest.isRead(i)))
      continue;
    double elements = 1;
    for (int64_t size : type.getShape())
      elements *= ShapedType::isDynamic(size) ? kLarge : size;
    // A slice, or a tensor of which less is read than there is.
    double touched = 1;
    for (unsigned loop = 0; loop < nest.loops(); ++loop)
      if (nest.depends(i, loop))
        touched *= ShapedType::isDynamic(nest.sizes[loop]) ? kLarge : nest.sizes[loop];
    bytes += std::min(elements, touched) * elementBits(type) / 8;
  }
  return bytes;
}

/// Cycles of the whole nest, and its steps.
static std::pair<double, double> costOf(const LoopPlan &plan, const LoopNest &nest, linalg::GenericOp epilogue) {
  double steps = 1, results = 1;
  for (auto [loop, size] : llvm::enumerate(nest.sizes)) {
    double n = ShapedType::isDynamic(size) ? kLarge : size;
    steps *= n;
    results *= nest.isReduction(loop) ? 1 : n;
  }
  double work = steps * (plan.dot ? 0.5 : operations(nest.op));
  if (linalg::GenericOp inner = nest.blocks ? nest.blocks->inner : nullptr) {
    double terms = 1;
    for (auto [size, kind] : llvm::zip(inner.getStaticLoopRanges(), inner.getIteratorTypesArray()))
      terms *= kind == utils::IteratorType::reduction && !ShapedType::isDynamic(size) ? size : 1;
    work += steps * terms * operations(inner);
  }
  if (epilogue)
    work += results * operations(epilogue);
  // Without vectors each element has its addresses to compute, too.
  double cycles = plan.kind == LoopPlan::Scalar ? work + 2 * steps : work / plan.lanes / 2;
  return {std::max({cycles, bytesOf(nest) / kBytesPerCycle, 1.0}), std::max(steps, 1.0)};
}

double cyclesOf(linalg::GenericOp op, const Machine &machine) {
  std::string why;
  return costOf(planLoops(op, {}, machine, why), LoopNest(op, machine), {}).first;
}

double stepCount(linalg::GenericOp op) {
  double steps = 1;
  for (int64_t size : op.getStaticLoopRanges())
    steps *= ShapedType::isDynamic(size) ? kLarge : size;
  return steps;
}

static int64_t likelySize(const LoopNest &nest, unsigned loop) {
  AffineMap result = nest.maps.back();
  return likelySize(nest.sizes[loop], result.getNumResults() > 1 && result.getResult(0).isFunctionOfDim(loop));
}

/// The share of the cores that is busy with so many equal parts.
static double busy(int64_t parts, int64_t cores) {
  return parts == 0 ? 0 : double(parts) / (llvm::divideCeil(parts, cores) * cores);
}

/// Two loops where one leaves cores idle, as the few rows of a small image, or the
/// panels of its channels: the outermost two with parts enough together, else those
/// with most.
static void shareTwo(LoopPlan &plan, ArrayRef<std::pair<unsigned, int64_t>> candidates, int64_t most,
                     const Machine &machine) {
  for (auto [i, outer] : llvm::enumerate(candidates))
    for (auto inner : candidates.drop_front(i + 1)) {
      int64_t parts = outer.second * inner.second;
      if (parts <= most || most >= 4 * machine.cores)
        continue;
      std::tie(plan.shared, plan.sharedInner, most) = std::tuple(outer.first, inner.first, parts);
    }
}

void planThreads(LoopPlan &plan, const LoopNest &nest, linalg::GenericOp epilogue, const Machine &machine) {
  plan.shared = plan.sharedInner = std::nullopt;
  plan.grain = 1;
  auto func = nest.op->getParentOfType<func::FuncOp>();
  if (!func || func.getNumArguments() == 0 || !isa<rt::FrameType>(func.getArgumentTypes()[0]))
    return;
  // In a loop over rows that is shared, or not worth it.
  for (Operation *around = nest.op->getParentOp(); around; around = around->getParentOp())
    if (isa<rt::ParallelOp>(around) || around->hasAttr(kRowsAttr))
      return;
  auto [cycles, steps] = costOf(plan, nest, epilogue);
  if (cycles < 2 * wakeCycles(machine))
    return;
  plan.grain = std::clamp<double>(std::ceil(steps * wakeCycles(machine) / cycles), 1, kMostGrain);
  int64_t most = 0;
  SmallVector<std::pair<unsigned, int64_t>> candidates; // and their parts
  for (unsigned loop : plan.order) {
    if (loop >= nest.loops() || nest.isReduction(loop))
      break;
    int64_t parts = llvm::divideCeil(likelySize(nest, loop), plan.unitOf(loop));
    // Threads that share rows would each transpose, or unpack, all strips of lanes.
    if ((plan.packed || plan.unpackFrom) && plan.row == loop && most >= machine.cores)
      break;
    if (parts > std::max<int64_t>(most, nest.sizes[loop] == 1))
      plan.shared = loop, most = parts;
    if (parts > 1)
      candidates.emplace_back(loop, parts);
    if (parts >= 4 * machine.cores)
      break;
  }
  // A strip that is packed, a block of rows, serves all steps inside it.
  if (!plan.packed && !plan.block && busy(most, machine.cores) < kBusyEnough)
    shareTwo(plan, candidates, most, machine);
}

} // namespace coil
