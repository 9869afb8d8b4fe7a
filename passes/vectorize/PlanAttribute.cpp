//===- PlanAttribute.cpp - a loop plan as an attribute, and back ----------===//
//
// Whoever reads a plan here may have written it by hand: what the emitter relies
// on is checked, and an error says what was expected.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/LoopPlan.h"

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coil {

/// Vectors of a tile, terms at once: what more of them would be is only long code.
static constexpr int64_t kMost = 64;
/// Terms that are summed up in f16: beyond these its digits would not do.
static constexpr int64_t kMostHalfTerms = 1024;
/// Rows of a block.
static constexpr int64_t kMostBlock = 1 << 20;

static StringRef nameOf(LoopPlan::Kind kind) {
  return kind == LoopPlan::Across ? "across" : kind == LoopPlan::Along ? "along" : "scalar";
}

DictionaryAttr writePlan(const LoopPlan &plan, MLIRContext *context) {
  Builder b(context);
  NamedAttrList list;
  auto number = [&](StringRef name, int64_t n) { list.append(name, b.getI64IntegerAttr(n)); };
  list.append("vectors", b.getStringAttr(nameOf(plan.kind)));
  if (plan.kind != LoopPlan::Scalar) {
    number("lane_loop", plan.lane);
    number("lanes", plan.lanes);
    number("columns", plan.columns);
  }
  if (plan.row) {
    number("row_loop", *plan.row);
    number("rows", plan.rows);
  }
  if (plan.block)
    number("row_block", plan.block);
  if (plan.unpackFrom) {
    number("unpack_from", plan.unpackFrom);
    number("unpacked_rows", plan.unpackedRows);
  }
  if (plan.unrolled) {
    number("term_loop", *plan.unrolled);
    number("terms", plan.terms);
  }
  if (plan.packed)
    number("packed_input", *plan.packed);
  if (plan.packedStrips > 1)
    number("packed_strips", plan.packedStrips);
  if (plan.window)
    number("window", plan.window);
  if (plan.rowsTogether)
    list.append("rows_together", b.getUnitAttr());
  if (plan.padded)
    list.append("padded", b.getUnitAttr());
  if (plan.dot)
    list.append("dot", b.getUnitAttr());
  if (plan.halves)
    number("half_sums", plan.halfTerms);
  list.append("order", b.getDenseI64ArrayAttr(SmallVector<int64_t>(plan.order.begin(), plan.order.end())));
  if (plan.shared) {
    number("shared_loop", *plan.shared);
    number("grain", plan.grain);
  }
  if (plan.sharedInner)
    number("shared_inner", *plan.sharedInner);
  return list.getDictionary(context);
}

namespace {
/// Reads and checks one plan. A step that refuses says why.
class Reader {
public:
  Reader(DictionaryAttr written, linalg::GenericOp op, linalg::GenericOp epilogue, const Machine &machine, std::string &why)
      : op(op), epilogue(epilogue), machine(machine), why(why), nest(op, machine), written(written) {}

  FailureOr<LoopPlan> run() {
    if (failed(readFields()) || failed(checkLanes()) || failed(checkRows()) || failed(checkTerms()) ||
        failed(checkOrder()) || (plan.window && failed(checkWindow())) || failed(checkShared()))
      return failure();
    return plan;
  }

private:
  template <typename... Parts> LogicalResult refuse(Parts &&...parts) {
    llvm::raw_string_ostream os(why);
    (os << ... << parts);
    return failure();
  }

  LogicalResult readNumber(NamedAttribute field, int64_t most, function_ref<void(int64_t)> set) {
    auto n = dyn_cast<IntegerAttr>(field.getValue());
    if (!n || !n.getType().isInteger(64) || n.getInt() < 0 || n.getInt() > most)
      return refuse(field.getName().getValue(), " is ", field.getValue(), ", expected a number up to ", most);
    set(n.getInt());
    return success();
  }

  LogicalResult readFields() {
    int64_t last = int64_t(nest.loops()) - 1;
    bool hasRows = false;
    for (NamedAttribute field : written) {
      StringRef name = field.getName();
      LogicalResult read = success();
      if (name == "vectors") {
        auto word = dyn_cast<StringAttr>(field.getValue());
        auto kinds = {LoopPlan::Scalar, LoopPlan::Across, LoopPlan::Along};
        auto kind = llvm::find_if(kinds, [&](LoopPlan::Kind k) { return word && word.getValue() == nameOf(k); });
        if (kind == kinds.end())
          return refuse("vectors is ", field.getValue(), ", expected \"across\", \"along\" or \"scalar\"");
        plan.kind = *kind;
      } else if (name == "lane_loop")
        read = readNumber(field, last, [&](int64_t n) { plan.lane = n; });
      else if (name == "row_loop")
        read = readNumber(field, last, [&](int64_t n) { plan.row = n; });
      else if (name == "term_loop")
        read = readNumber(field, last, [&](int64_t n) { plan.unrolled = n; });
      else if (name == "shared_loop")
        read = readNumber(field, last, [&](int64_t n) { plan.shared = n; });
      else if (name == "shared_inner")
        read = readNumber(field, last, [&](int64_t n) { plan.sharedInner = n; });
      else if (name == "grain")
        read = readNumber(field, kMostGrain, [&](int64_t n) { plan.grain = std::max<int64_t>(n, 1); });
      else if (name == "packed_input")
        read = readNumber(field, int64_t(nest.result()) - 1, [&](int64_t n) { plan.packed = n; });
      else if (name == "packed_strips")
        read = readNumber(field, kMost, [&](int64_t n) { plan.packedStrips = n; });
      else if (name == "lanes")
        read = readNumber(field, kMost, [&](int64_t n) { plan.lanes = n; });
      else if (name == "rows")
        read = readNumber(field, kMost, [&](int64_t n) { plan.rows = n, hasRows = true; });
      else if (name == "row_block")
        read = readNumber(field, kMostBlock, [&](int64_t n) { plan.block = n; });
      else if (name == "unpack_from")
        read = readNumber(field, kMostBlock, [&](int64_t n) { plan.unpackFrom = n; });
      else if (name == "unpacked_rows")
        read = readNumber(field, kMost, [&](int64_t n) { plan.unpackedRows = n; });
      else if (name == "columns")
        read = readNumber(field, kMost, [&](int64_t n) { plan.columns = n; });
      else if (name == "terms")
        read = readNumber(field, kMost, [&](int64_t n) { plan.terms = n; });
      else if (name == "window")
        read = readNumber(field, kMost, [&](int64_t n) { plan.window = n; });
      else if (name == "rows_together")
        plan.rowsTogether = true;
      else if (name == "padded")
        plan.padded = true;
      else if (name == "dot")
        plan.dot = nest.dot, wantsDot = true;
      else if (name == "half_sums")
        read = readNumber(field, kMostHalfTerms, [&](int64_t n) { plan.halfTerms = n, plan.halves = nest.half, wantsHalves = true; });
      else if (name == "order") {
        auto loops = dyn_cast<DenseI64ArrayAttr>(field.getValue());
        if (!loops)
          return refuse("order is ", field.getValue(), ", expected array<i64: ...>");
        for (int64_t loop : loops.asArrayRef())
          plan.order.push_back(loop);
      } else
        return refuse("has an unknown field '", name, "'");
      if (failed(read))
        return failure();
    }
    if (plan.row.has_value() != hasRows)
      return refuse("row_loop and rows belong together");
    if (plan.unrolled.has_value() != (plan.terms != 1))
      return refuse("term_loop and terms belong together");
    if (plan.lanes < 1 || plan.rows < 1 || plan.columns < 1 || plan.rows * plan.columns > kMost)
      return refuse("a tile of ", plan.rows, " rows of ", plan.columns, " vectors; expected 1 to ", kMost, " vectors");
    return success();
  }

  LogicalResult checkLanes() {
    if (nest.blocks && (plan.kind != LoopPlan::Across || plan.lanes < 4))
      return refuse("sums of blocks are added up in four lanes or more across the result");
    if (nest.blocks && hasDot(*fewBitsProduct(nest.blocks->inner), machine) && 4 * plan.lanes > machine.vectorBytes)
      return refuse("a dot product of ", plan.lanes, " lanes, expected at most ", machine.vectorBytes / 4);
    if (plan.kind == LoopPlan::Scalar) {
      if (plan.lanes != 1 || plan.columns != 1 || plan.rows != 1 || plan.padded || wantsDot || plan.unrolled || plan.packed)
        return refuse("without vectors there are no lanes, rows, columns, terms or dot products");
      return success();
    }
    bool across = plan.kind == LoopPlan::Across;
    if (plan.packed && !(across && (nest.mayPack(plan.lane) == plan.packed || nest.mayGather(plan.lane) == plan.packed)))
      return refuse("input ", *plan.packed, " cannot be packed: it must be what alone does not lie side by side along ",
                    "the lanes of the result, but does along the only sum, or lie far apart along that; a small sum");
    bool collects = across && !nest.mayGoAcross(plan.lane) && nest.mayCollectAcross(plan.lane);
    if (!plan.packed && (across ? !nest.mayGoAcross(plan.lane) && !collects : !nest.mayGoAlong(plan.lane)))
      return refuse("loop ", plan.lane, " cannot be the lanes ", nameOf(plan.kind),
                    across ? " the result: what it reads and writes must lie side by side, or of a sum's inputs every second element"
                           : " the sum: it must be a sum whose terms lie side by side");
    if (plan.packedStrips < 1 || (plan.packedStrips > 1 && !(plan.packed && nest.mayGather(plan.lane) == plan.packed)))
      return refuse("packed_strips needs a packed_input whose terms lie far apart");
    if (plan.lanes < 2 || !llvm::isPowerOf2_64(plan.lanes))
      return refuse("lanes is ", plan.lanes, ", expected a power of two from 2 on");
    auto panel = nest.panel(plan.lane);
    if (across && panel && plan.columns * plan.lanes != *panel)
      return refuse(plan.columns, " columns of ", plan.lanes, " lanes, but the weights lie in panels of ", *panel);
    if (plan.padded && (!across || ShapedType::isDynamic(nest.sizes[plan.lane])))
      return refuse("padded needs lanes across the result, of a known size");
    if (plan.padded && collects)
      return refuse("padded lanes of what does not lie side by side");
    if (plan.padded && !panel && !(nest.mayPad() && (!epilogue || LoopNest(epilogue, machine).mayPad())))
      return refuse("padded lanes might divide by zero");
    if (wantsDot && !(across && nest.dotFits(plan.lane) && plan.lanes >= 4))
      return refuse("dot needs a sum of products of bytes in quads, or of bf16 in pairs, which the target multiplies, and four lanes");
    if (wantsDot && 4 * plan.lanes > machine.vectorBytes)
      return refuse("a dot product of ", plan.lanes, " lanes, expected at most ", machine.vectorBytes / 4);
    if (nest.dotFits(plan.lane) && across && !wantsDot)
      return refuse("bytes in quads and bf16 in pairs are read by dot products only: dot is missing");
    return success();
  }

  LogicalResult checkRows() {
    if (plan.row && (nest.isReduction(*plan.row) || (plan.kind != LoopPlan::Scalar && *plan.row == plan.lane)))
      return refuse("row_loop ", *plan.row, " must be a loop of the result other than the lanes'");
    if (plan.block && (!plan.row || plan.block % plan.rows != 0))
      return refuse("row_block ", plan.block, " must be a multiple of rows");
    if (plan.unpackFrom && failed(checkUnpacking()))
      return failure();
    if (plan.rowsTogether && !(plan.row && plan.kind == LoopPlan::Across && nest.hasRowsTogether(plan.lane, *plan.row)))
      return refuse("rows_together needs an input that is the same for all lanes and lies side by side along the rows");
    return success();
  }

  LogicalResult checkUnpacking() {
    auto at = [&](unsigned loop) { return llvm::find(plan.order, loop) - plan.order.begin(); };
    if (!plan.row || !nest.mayUnpack(plan.columns * plan.lanes) || at(plan.lane) > at(*plan.row))
      return refuse("unpack_from needs weights of few bits of which a panel fits a small buffer, and the lanes' loop outside that of the rows");
    if (plan.unpackedRows < 1 || plan.unpackedRows * plan.columns > kMost)
      return refuse("a tile of ", plan.unpackedRows, " rows of ", plan.columns, " vectors; expected 1 to ", kMost, " vectors");
    if (!ShapedType::isDynamic(nest.sizes[*plan.row]) && plan.unpackedRows != plan.rows)
      return refuse("unpacked_rows is ", plan.unpackedRows, ", expected as many as rows where their number is known");
    return success();
  }

  /// Each product of a window has its code.
  LogicalResult checkWindow() {
    constexpr int64_t kMostProducts = 1024;
    if (plan.kind != LoopPlan::Across || plan.unrolled || plan.packed || plan.rowsTogether || !nest.windowInput(plan.lane))
      return refuse("window needs lanes across the result, along which a window's image lies side by side, and no terms");
    int64_t products = plan.rows * plan.columns;
    for (unsigned loop : ArrayRef(plan.order).take_back(plan.window)) {
      if (!nest.isReduction(loop) || ShapedType::isDynamic(nest.sizes[loop]))
        return refuse("window is ", plan.window, ", but loop ", loop, " is no sum of a known size");
      products = std::min(products * nest.sizes[loop], 2 * kMostProducts);
    }
    if (plan.window > int64_t(nest.loops()) || products > kMostProducts)
      return refuse("window is ", plan.window, ": more than ", kMostProducts, " products in a tile");
    return success();
  }

  LogicalResult checkTerms() {
    if (wantsHalves && !(plan.kind == LoopPlan::Across && nest.hasHalves(plan.lane) && plan.unrolled == nest.half->terms))
      return refuse("half_sums needs a sum of products of f16, which the target adds and multiplies, lanes along the last ",
                    "dimension of the result, and a term_loop along which the other factor lies side by side");
    if (wantsHalves && (plan.terms % 8 || plan.halfTerms % plan.terms || plan.halfTerms == 0))
      return refuse("half_sums of ", plan.halfTerms, " terms in runs of ", plan.terms, ", expected whole runs, of a multiple of 8");
    if (!plan.unrolled)
      return success();
    if (nest.blocks)
      return refuse("sums of blocks are taken one at a time, without term_loop");
    if (plan.kind != LoopPlan::Across || !nest.isReduction(*plan.unrolled))
      return refuse("term_loop ", *plan.unrolled, " must be a sum, with lanes across the result");
    if (plan.terms < 2)
      return refuse("terms is ", plan.terms, ", expected 2 or more");
    if (wantsDot && nest.nextQuad() != plan.unrolled)
      return refuse("term_loop ", *plan.unrolled, " must be the loop over the quads of the other factor");
    return success();
  }

  LogicalResult checkOrder() {
    SmallVector<unsigned> loops(plan.order);
    llvm::sort(loops);
    if (!llvm::equal(loops, llvm::seq<unsigned>(0, nest.loops())))
      return refuse("order must have each of the ", nest.loops(), " loops once");
    bool sums = false;
    for (unsigned loop : plan.order) {
      if (sums && !nest.isReduction(loop))
        return refuse("order has loop ", loop, " of the result inside a sum");
      sums |= nest.isReduction(loop);
    }
    if (plan.packed)
      for (unsigned loop : ArrayRef(plan.order).drop_front(llvm::find(plan.order, plan.lane) - plan.order.begin() + 1))
        if (!nest.isReduction(loop) && nest.depends(*plan.packed, loop))
          return refuse("order has loop ", loop, ", which tells what is packed, inside the lanes' loop");
    // From the innermost on.
    auto rest = llvm::reverse(plan.order);
    auto at = rest.begin();
    auto mustBe = [&](std::optional<unsigned> loop) { return !loop || *at++ == *loop; };
    std::optional<unsigned> quad = plan.dot ? std::optional(plan.dot->quad) : std::nullopt,
                            lane = plan.kind == LoopPlan::Along ? std::optional(plan.lane) : std::nullopt;
    if (!mustBe(lane) || !mustBe(quad) || !mustBe(plan.unrolled))
      return refuse("order must end with the sum that is taken by vectors, quads or terms");
    return success();
  }

  LogicalResult checkShared() {
    if (plan.shared && nest.isReduction(*plan.shared))
      return refuse("shared_loop ", *plan.shared, " is a sum: its parts are not independent");
    auto at = [&](unsigned loop) { return llvm::find(plan.order, loop); };
    if (plan.sharedInner && !(plan.shared && !nest.isReduction(*plan.sharedInner) && at(*plan.shared) < at(*plan.sharedInner)))
      return refuse("shared_inner ", *plan.sharedInner, " must be a loop of the result inside shared_loop");
    if (plan.sharedInner && (plan.packed || plan.block))
      return refuse("shared_inner, where a strip of the packed input, or a block of rows, is for all steps of a part");
    auto func = op->getParentOfType<func::FuncOp>();
    if (plan.shared && (!func || func.getNumArguments() == 0 || !isa<rt::FrameType>(func.getArgumentTypes()[0])))
      return refuse("shared_loop needs the run's threads: a function whose first argument is the !rt.frame");
    return success();
  }

  linalg::GenericOp op, epilogue;
  const Machine &machine;
  std::string &why;
  LoopNest nest;
  DictionaryAttr written;
  bool wantsDot = false, wantsHalves = false;
  LoopPlan plan;
};
} // namespace

FailureOr<LoopPlan> readPlan(DictionaryAttr written, linalg::GenericOp op, linalg::GenericOp epilogue,
                             const Machine &machine, std::string &why) {
  return Reader(written, op, epilogue, machine, why).run();
}

} // namespace coil
