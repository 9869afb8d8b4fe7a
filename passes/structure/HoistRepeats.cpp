//===- HoistRepeats.cpp - what is repeated is a factor, not scores --------===//
//
// Comes in: elementwise ops between a product and the softmax of its rows, which read
// at indices chosen in a run: by NumPy's rules a mask is repeated along what it has
// once, and so are scores. Goes out: the same, reading by maps. A mask is repeated
// in memory, without the heads that it is the same for, and the factors of the
// product in the place of its result. After `structure-settle-sizes`, which shows
// what no run repeats; before fusion, and whoever looks for an attention.
//
// What is copied is small beside scores, which then need not be in memory.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/support/Epilogue.h"

namespace coil {
#define GEN_PASS_DEF_HOISTREPEATSPASS
#include "passes/structure/Passes.h.inc"

namespace {
/// Of an element that is read: the loop of each dimension, none where it is read at
/// zero; and the condition under which a loop's is read at zero, too.
struct Read {
  SmallVector<std::optional<unsigned>> loops;
  llvm::SmallDenseMap<unsigned, Value> once;
};

/// All that is done to the products that a softmax is of.
class Scores {
public:
  /// Collects it; false where something is read in another way.
  bool collect(Value scores) { return visit(scores) && !products.empty() && hasReads; }
  void hoist();

private:
  bool visit(Value value);
  bool isOfProducts(Value value) { return products.contains(value.getDefiningOp()); }
  bool mayRepeat(Value value, Operation *reader);
  void narrow(linalg::GenericOp op);
  Value repeat(Value value, linalg::GenericOp reader, ArrayRef<OpFoldResult> sizes, const Read &read);

  SetVector<Operation *> ops;                  // who makes something comes before who reads it
  llvm::SmallDenseSet<Operation *> products;   // and what is made of them
  bool hasReads = false;
};
} // namespace

static linalg::GenericOp makerOf(Value value) {
  auto op = value.getDefiningOp<linalg::GenericOp>();
  return op && op.getNumResults() == 1 ? op : linalg::GenericOp();
}

static tensor::EmptyOp destinationOf(linalg::GenericOp op) {
  Value init = op.getDpsInits()[0];
  auto fill = init.getDefiningOp<linalg::FillOp>();
  return (fill ? fill.getOutputs()[0] : init).getDefiningOp<tensor::EmptyOp>();
}

static bool isProduct(linalg::GenericOp op) {
  unsigned loops = op.getNumLoops();
  return op.getNumReductionLoops() == 1 && op.getNumDpsInputs() == 2 && !op.hasIndexSemantics() && isContraction(op) && destinationOf(op) &&
         op.getDpsInits()[0].getDefiningOp<linalg::FillOp>() &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isProjectedPermutation(); }) &&
         op.getIndexingMapsArray().back() == AffineMap::getMultiDimIdentityMap(loops, op.getContext()).dropResult(loops - 1);
}

static bool isElementwise(linalg::GenericOp op) {
  return op.getNumReductionLoops() == 0 && op.getIndexingMapsArray().back().isIdentity() && op.getBody()->getArguments().back().use_empty() &&
         destinationOf(op) && llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isProjectedPermutation(); }) &&
         llvm::none_of(*op.getBody(), [](Operation &inner) { return inner.getNumRegions() > 0; });
}

/// What is read at the loops' own indices, or at zero.
static std::optional<Read> readOf(tensor::ExtractOp load, linalg::GenericOp op) {
  auto isOutside = [&](Value value) { return !op.getRegion().isAncestor(value.getParentRegion()); };
  if (!isOutside(load.getTensor()))
    return {};
  Read read;
  for (Value index : load.getIndices()) {
    if (matchPattern(index, m_Zero())) {
      read.loops.push_back({});
      continue;
    }
    auto select = index.getDefiningOp<arith::SelectOp>();
    bool isChosen = select && matchPattern(select.getTrueValue(), m_Zero()) && isOutside(select.getCondition());
    auto loop = (isChosen ? select.getFalseValue() : index).getDefiningOp<linalg::IndexOp>();
    if (!loop || llvm::is_contained(read.loops, std::optional<unsigned>(loop.getDim())))
      return {};
    read.loops.push_back(loop.getDim());
    if (isChosen)
      read.once[loop.getDim()] = select.getCondition();
  }
  return read;
}

/// Whether it is read along all loops, in their order, or at the only place of one.
static bool isWhole(const Read &read, linalg::GenericOp op) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  return read.loops.size() == op.getNumLoops() && llvm::all_of(llvm::enumerate(read.loops), [&](auto it) {
           return it.value() ? *it.value() == it.index() : sizes[it.index()] == 1;
         });
}

/// Whether a body asks for its place only to read there: not to mask by it.
static bool asksOnlyToRead(linalg::GenericOp op) {
  auto isRead = [](Operation *user) { return isa<tensor::ExtractOp>(user); };
  return llvm::all_of(op.getBody()->getOps<linalg::IndexOp>(), [&](linalg::IndexOp index) {
    return llvm::all_of(index->getUsers(), [&](Operation *user) {
      return isRead(user) || (isa<arith::SelectOp>(user) && llvm::all_of(user->getUsers(), isRead));
    });
  });
}

/// Whether the products, and what is made of them, can be made with what is repeated:
/// nothing else reads them.
bool Scores::mayRepeat(Value value, Operation *reader) {
  linalg::GenericOp op = makerOf(value);
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
           return use.getOwner() == reader || use.getOwner()->getParentOp() == reader;
         }) && op->getBlock() == reader->getBlock() &&
         (isProduct(op) || (asksOnlyToRead(op) && llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *input) {
            return !isOfProducts(input->get()) || (op.getMatchingIndexingMap(input).isIdentity() && mayRepeat(input->get(), op));
          })));
}

bool Scores::visit(Value value) {
  linalg::GenericOp op = makerOf(value);
  if (!op || ops.contains(op))
    return true;
  if (isProduct(op)) {
    products.insert(op);
    return true;
  }
  if (!isElementwise(op))
    return true;
  for (OpOperand *input : op.getDpsInputOperands())
    if (op.getMatchingIndexingMap(input).isIdentity()) {
      if (!visit(input->get()))
        return false;
      if (isOfProducts(input->get()))
        products.insert(op);
    }
  for (auto load : op.getBody()->getOps<tensor::ExtractOp>()) {
    auto read = readOf(load, op);
    if (!read)
      return false;
    hasReads = true;
    if (isWhole(*read, op)) {
      if (!visit(load.getTensor()))
        return false;
      if (isOfProducts(load.getTensor())) {
        if (!mayRepeat(load.getTensor(), op))
          return false;
        products.insert(op);
      } else if (llvm::all_of(read->loops, [](auto loop) { return loop.has_value(); })) {
        return false; // what is as large as scores is not copied
      }
    }
  }
  ops.insert(op);
  return true;
}

/// An op without inputs over `loops` of `op`, whose body `build` makes of their indices.
static Value makeOver(linalg::GenericOp before, ArrayRef<OpFoldResult> sizes, Type element, llvm::function_ref<Value(OpBuilder &, ValueRange)> build) {
  OpBuilder b(before);
  Location loc = before.getLoc();
  Value empty = tensor::EmptyOp::create(b, loc, sizes, element);
  SmallVector<utils::IteratorType> kinds(sizes.size(), utils::IteratorType::parallel);
  auto op = linalg::GenericOp::create(b, loc, empty.getType(), ValueRange{}, ValueRange{empty}, AffineMap::getMultiDimIdentityMap(sizes.size(), b.getContext()), kinds,
                                      [&](OpBuilder &b, Location loc, ValueRange) {
                                        SmallVector<Value> indices;
                                        for (size_t loop = 0; loop < sizes.size(); ++loop)
                                          indices.push_back(linalg::IndexOp::create(b, loc, loop));
                                        linalg::YieldOp::create(b, loc, build(b, indices));
                                      });
  return op.getResult(0);
}

/// A tensor with what `read` repeats, along the loops it is read by, in their order; `sizes` are
/// those of all loops.
static Value copyOf(Value tensor, linalg::GenericOp before, ArrayRef<OpFoldResult> sizes, const Read &read, SmallVector<unsigned> &kept) {
  for (auto loop : read.loops)
    if (loop)
      kept.push_back(*loop);
  llvm::sort(kept);
  SmallVector<OpFoldResult> own;
  for (unsigned loop : kept)
    own.push_back(sizes[loop]);
  return makeOver(before, own, getElementTypeOrSelf(tensor.getType()), [&](OpBuilder &b, ValueRange indices) -> Value {
    Location loc = before.getLoc();
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    SmallVector<Value> at;
    for (auto loop : read.loops) {
      Value index = loop ? indices[llvm::find(kept, *loop) - kept.begin()] : zero;
      Value once = loop ? read.once.lookup(*loop) : Value();
      at.push_back(once ? arith::SelectOp::create(b, loc, once, zero, index) : index);
    }
    return tensor::ExtractOp::create(b, loc, tensor, at);
  });
}

static AffineMap mapOf(unsigned loops, ArrayRef<unsigned> kept, MLIRContext *context) {
  SmallVector<AffineExpr> results;
  for (unsigned loop : kept)
    results.push_back(getAffineDimExpr(loop, context));
  return AffineMap::get(loops, 0, results, context);
}

/// A clone of a product, or of what is made of it, with sizes of `sizes`: what it reads is
/// repeated.
Value Scores::repeat(Value value, linalg::GenericOp reader, ArrayRef<OpFoldResult> sizes, const Read &read) {
  linalg::GenericOp op = makerOf(value);
  OpBuilder b(reader);
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<OpFoldResult> loopSizes(sizes);
  if (op.getNumReductionLoops())
    for (OpOperand *input : op.getDpsInputOperands())
      if (auto dim = op.getMatchingIndexingMap(input).getResultPosition(getAffineDimExpr(sizes.size(), op.getContext())); dim && loopSizes.size() == sizes.size())
        loopSizes.push_back(tensor::getMixedSize(b, op.getLoc(), input->get(), *dim));
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap &map = maps[input->getOperandNumber()];
    Value tensor = input->get();
    if (isOfProducts(tensor)) {
      operands.push_back(repeat(tensor, reader, sizes, read));
      continue;
    }
    if (llvm::none_of(read.once, [&](auto &once) { return map.isFunctionOfDim(once.first); })) {
      operands.push_back(tensor);
      continue;
    }
    // A transposition is read through: it is copied once.
    if (auto turn = makerOf(tensor); turn && isElementwise(turn) && turn.getNumDpsInputs() == 1 && turn.getBody()->getOperations().size() == 1 &&
                                     turn.getBody()->getTerminator()->getOperand(0) == turn.getBody()->getArgument(0) &&
                                     turn.getIndexingMapsArray().front().isPermutation()) {
      map = turn.getIndexingMapsArray().front().compose(map);
      tensor = turn.getDpsInputs()[0];
    }
    Read own;
    for (AffineExpr e : map.getResults())
      own.loops.push_back(cast<AffineDimExpr>(e).getPosition());
    for (auto &[loop, once] : read.once)
      if (map.isFunctionOfDim(loop))
        own.once[loop] = once;
    SmallVector<unsigned> kept;
    operands.push_back(copyOf(tensor, reader, loopSizes, own, kept));
    map = mapOf(op.getNumLoops(), kept, op.getContext());
  }
  Value init = tensor::EmptyOp::create(b, op.getLoc(), sizes, getElementTypeOrSelf(value.getType()));
  if (auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>())
    init = linalg::FillOp::create(b, op.getLoc(), fill.getInputs(), ValueRange{init}).getResult(0);
  operands.push_back(init);
  auto clone = cast<linalg::GenericOp>(mlir::clone(b, op, init.getType(), operands));
  clone.setIndexingMapsAttr(b.getAffineMapArrayAttr(maps));
  products.insert(clone);
  return clone.getResult(0);
}

/// What is the same for all of some loops is made over the others.
void Scores::narrow(linalg::GenericOp op) {
  SmallVector<unsigned> kept;
  for (auto index : op.getBody()->getOps<linalg::IndexOp>())
    if (!llvm::is_contained(kept, index.getDim()))
      kept.push_back(index.getDim());
  llvm::sort(kept);
  // A sum along such a loop would not know its size.
  auto isReader = [&](OpOperand &use) {
    auto reader = dyn_cast<linalg::GenericOp>(use.getOwner());
    return reader && reader.isDpsInput(&use) && !reader.getNumReductionLoops();
  };
  if (kept.size() == op.getNumLoops() || !llvm::all_of(op->getUses(), isReader))
    return;
  SmallVector<OpFoldResult> all = destinationOf(op).getMixedSizes(), sizes;
  for (unsigned loop : kept)
    sizes.push_back(all[loop]);
  Value made = makeOver(op, sizes, getElementTypeOrSelf(op.getResult(0).getType()), [&](OpBuilder &b, ValueRange indices) {
    IRMapping values;
    for (Operation &inner : op.getBody()->without_terminator()) {
      if (auto index = dyn_cast<linalg::IndexOp>(inner))
        values.map(index.getResult(), indices[llvm::find(kept, index.getDim()) - kept.begin()]);
      else
        b.clone(inner, values);
    }
    return values.lookupOrDefault(op.getBody()->getTerminator()->getOperand(0));
  });
  AffineMap narrowed = mapOf(op.getNumLoops(), kept, op.getContext());
  for (OpOperand &use : llvm::make_early_inc_range(op->getUses())) {
    auto reader = cast<linalg::GenericOp>(use.getOwner());
    auto maps = reader.getIndexingMapsArray();
    maps[use.getOperandNumber()] = narrowed.compose(maps[use.getOperandNumber()]);
    reader.setIndexingMapsAttr(OpBuilder(reader).getAffineMapArrayAttr(maps));
    use.set(made);
  }
}

void Scores::hoist() {
  SmallVector<Operation *> maybeDead;
  for (Operation *each : ops) {
    auto op = cast<linalg::GenericOp>(each);
    maybeDead.push_back(op);
    if (op.getNumDpsInputs() == 0 && !products.contains(op)) {
      narrow(op);
      continue;
    }
    SmallVector<OpFoldResult> sizes = destinationOf(op).getMixedSizes();
    for (auto load : llvm::make_early_inc_range(op.getBody()->getOps<tensor::ExtractOp>())) {
      Read read = *readOf(load, op);
      SmallVector<unsigned> kept;
      Value tensor = load.getTensor();
      if (Operation *maker = tensor.getDefiningOp())
        maybeDead.push_back(maker);
      bool isScores = isWhole(read, op) && isOfProducts(tensor);
      Value input = isScores ? repeat(tensor, op, sizes, read) : copyOf(tensor, op, sizes, read, kept);
      unsigned at = op.getNumDpsInputs();
      auto maps = op.getIndexingMapsArray();
      maps.insert(maps.begin() + at, isScores ? maps.back() : mapOf(op.getNumLoops(), kept, op.getContext()));
      op.getInputsMutable().append(input);
      op.setIndexingMapsAttr(OpBuilder(op).getAffineMapArrayAttr(maps));
      load.replaceAllUsesWith(op.getBody()->insertArgument(at, getElementTypeOrSelf(input.getType()), load.getLoc()));
      load.erase();
    }
    for (Operation &inner : llvm::make_early_inc_range(llvm::reverse(*op.getBody())))
      if (isOpTriviallyDead(&inner))
        inner.erase();
  }
  // Uses that nothing needs would keep others from being fused.
  for (SetVector<Operation *> dead(maybeDead.begin(), maybeDead.end()); !dead.empty();) {
    Operation *op = dead.pop_back_val();
    if (!isOpTriviallyDead(op))
      continue;
    SetVector<Operation *> makers;
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (Operation *maker = operand.getDefiningOp(); maker && !op->isAncestor(maker))
          makers.insert(maker);
    });
    op->erase();
    dead.insert_range(makers);
  }
}

namespace {
struct HoistRepeatsPass : impl::HoistRepeatsPassBase<HoistRepeatsPass> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> softmaxes;
    getOperation().walk([&](linalg::GenericOp op) {
      auto greatest = op.getNumReductionLoops() == 1 && op.getNumDpsInputs() == 1
                          ? op.getBody()->getTerminator()->getOperand(0).getDefiningOp<arith::MaximumFOp>()
                          : arith::MaximumFOp();
      if (greatest && op.getIndexingMapsArray().front().isIdentity())
        softmaxes.push_back(op);
    });
    for (linalg::GenericOp op : softmaxes) {
      Scores scores;
      if (!scores.collect(op.getDpsInputs()[0]))
        continue;
      scores.hoist();
      remark::passed(op.getLoc(), remark::RemarkOpts::name("HoistRepeats").category("structure").function(getOperation().getName()))
          << "what a run repeats of a mask or of scores is repeated before it is put to them";
    }
  }
};
} // namespace
} // namespace coil
