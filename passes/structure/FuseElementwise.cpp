//===- FuseElementwise.cpp - chains of elementwise ops become one ---------===//
//
// Comes in: one linalg op for each ONNX operator or part of one. Goes out: the
// same with elementwise chains fused. Before kernels are cut, because what is
// one op here is one kernel and one pass over memory there.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/structure/Layout.h"
#include "passes/support/Bytes.h"
#include "passes/support/Machine.h"
#include "passes/support/Nodes.h"

namespace coil {
#define GEN_PASS_DEF_FUSEELEMENTWISEPASS
#include "passes/structure/Passes.h.inc"

/// Whether the consumer reads each element of the operand once: every loop
/// leads to another element.
static bool readsOnce(OpOperand *operand) {
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!consumer)
    return false;
  AffineMap map = consumer.getMatchingIndexingMap(operand);
  if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
    return false;
  for (auto [loop, size] : llvm::enumerate(consumer.getStaticLoopRanges()))
    if (size != 1 && !map.isFunctionOfDim(loop))
      return false;
  return true;
}

/// A producer that costs next to nothing may be computed again: a fill, a
/// conversion, an index; not a function or a quotient.
static bool isCheap(Operation *producer) {
  auto generic = dyn_cast<linalg::GenericOp>(producer);
  if (!generic || generic.getBody()->getOperations().size() > 2)
    return false;
  Operation &first = generic.getBody()->front();
  return !isa<math::MathDialect>(first.getDialect()) && !isa<arith::DivFOp>(first);
}

/// A sum of products reads an element once for each tile of the result: what it
/// can do to one on the way is convert it, or know that it is a number.
static bool isFreeInProducts(linalg::GenericOp producer) {
  Operation &first = producer.getBody()->front();
  return isa<CastOpInterface>(first) || isa<linalg::YieldOp>(first) || producer.getNumDpsInputs() == 0;
}

/// Whether the operand is a factor of a sum of products, for more rows of the
/// result than one.
static bool isFactorOfRows(OpOperand *operand) {
  auto op = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!op || op.getNumReductionLoops() == 0 ||
      llvm::count_if(op.getRegionInputArgs(), [](BlockArgument arg) { return !arg.use_empty(); }) < 2)
    return false;
  AffineMap map = op.getMatchingIndexingMap(operand);
  auto kinds = op.getIteratorTypesArray();
  for (auto [loop, size] : llvm::enumerate(op.getStaticLoopRanges()))
    if (kinds[loop] == utils::IteratorType::parallel && size != 1 && map.isFunctionOfDim(loop))
      return true;
  return false;
}

/// What the lanes of a window read side by side, as the channels of a depthwise
/// convolution, must lie side by side: a transposition on the way stays an op of
/// its own.
static bool spreadsLanes(Operation *producer, OpOperand *operand) {
  auto from = dyn_cast<linalg::GenericOp>(producer);
  auto to = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!from || !to || from.getNumDpsInputs() == 0 || to.getNumResults() != 1 || !windowLoops(to))
    return false;
  AffineMap write = to.getIndexingMapsArray().back(), read = to.getMatchingIndexingMap(operand);
  if (write.getNumResults() == 0 || read.getNumResults() == 0)
    return false;
  auto lane = dyn_cast<AffineDimExpr>(write.getResults().back());
  if (!lane || !read.getResults().back().isFunctionOfDim(lane.getPosition()))
    return false;
  AffineMap in = from.getIndexingMapsArray().front(), out = from.getIndexingMapsArray().back();
  return in.getNumResults() == out.getNumResults() && in.getResults().back() != out.getResults().back();
}

/// What a sum is rounded to, on its way to a transposition, is rounded where the
/// sum is: fewer bytes are then written, and transposed.
static bool narrowsBeforeTransposition(Operation *producer, OpOperand *operand) {
  auto from = dyn_cast<linalg::GenericOp>(producer);
  auto to = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!from || !to || from.getNumReductionLoops() || to.getNumReductionLoops() || to.getNumResults() != 1)
    return false;
  AffineMap write = to.getIndexingMapsArray().back(), read = to.getMatchingIndexingMap(operand);
  if (read.getNumResults() == 0 || read.getNumResults() != write.getNumResults() ||
      read.getResults().back() == write.getResults().back())
    return false;
  auto bits = [](Value tensor) { return elementBits(cast<ShapedType>(tensor.getType())); };
  return llvm::any_of(from.getDpsInputs(), [&](Value input) {
    auto sum = input.getDefiningOp<linalg::GenericOp>();
    return sum && sum.getNumReductionLoops() && input.hasOneUse() &&
           bits(input) > bits(operand->get());
  });
}

/// Operations of a fused body. No model's own chain is as long; thousands in a row
/// would be one block of machine code, which takes LLVM the square of its length.
static constexpr size_t kLongestBody = 256;

/// How long the body of both ops would be.
static size_t fusedLength(Operation *producer, Operation *consumer) {
  size_t length = 0;
  for (Operation *op : {producer, consumer})
    if (auto generic = dyn_cast<linalg::GenericOp>(op))
      length += generic.getBody()->getOperations().size();
  return length;
}

/// Why the producer of an operand stays an op of its own; empty where it goes into
/// its reader.
static StringRef whyApart(OpOperand *operand) {
  Operation *producer = operand->get().getDefiningOp();
  if (!producer)
    return "it is an argument";
  if (!operand->get().hasOneUse())
    return "others read it too";
  if (producer->getBlock() != operand->getOwner()->getBlock())
    return "it would be computed in another block";
  if (narrowsBeforeTransposition(producer, operand))
    return "its result is transposed, and takes fewer bytes than its input";
  if (fusedLength(producer, operand->getOwner()) > kLongestBody)
    return "both together are long";
  if (readsOnce(operand))
    return "";
  if (spreadsLanes(producer, operand))
    return "what lanes read would be far apart";
  // A product of bytes is one instruction, for bytes as they lie in memory.
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (consumer && byteProduct(consumer))
    return "a product takes bytes as they lie in memory";
  if (!isCheap(producer))
    return "an element is read more than once, and would be computed each time";
  if (isFactorOfRows(operand) && !isFreeInProducts(cast<linalg::GenericOp>(producer)))
    return "it would be computed again for each tile of the product";
  return "";
}

static bool shouldFuse(OpOperand *operand) { return whyApart(operand).empty(); }

/// Whether all that the op does is to repeat elements.
static bool isBroadcast(linalg::GenericOp op) {
  return op && op.getNumDpsInputs() == 1 && op.getNumReductionLoops() == 0 && op.getBody()->getOperations().size() == 1 &&
         op.getMatchingIndexingMap(op.getDpsInputOperand(0)).getNumResults() < op.getNumLoops() &&
         op.getBody()->getTerminator()->getOperand(0) == op.getBody()->getArgument(0);
}

/// A sum reads heads, or channels, that were repeated and counted as one axis: as
/// two axes again, it need not have them repeated. What is done to its result goes
/// along.
static bool shouldExpand(OpOperand *operand) {
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  auto collapse = operand->get().getDefiningOp<tensor::CollapseShapeOp>();
  auto producer = collapse ? collapse.getSrc().getDefiningOp<linalg::GenericOp>() : linalg::GenericOp();
  if (!consumer || !producer || !collapse->hasOneUse() || !producer->hasOneUse())
    return false;
  if (consumer.getNumReductionLoops() > 0)
    return isBroadcast(producer);
  // What lies in another order is not done on the sum's registers; a transposition
  // has its whole axes for squares.
  return producer.getNumReductionLoops() > 0 &&
         consumer.getMatchingIndexingMap(operand) == consumer.getIndexingMapsArray().back();
}

/// Whether what is done to the sum of a row, of which it keeps a dimension of one,
/// may be done without that: the sum and what reads the result have none.
static bool shouldCollapse(OpOperand *operand) {
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  auto expand = operand->get().getDefiningOp<tensor::ExpandShapeOp>();
  if (!consumer || !expand || consumer.getNumReductionLoops() > 0 || consumer.getNumDpsInputs() != 1 || consumer.getNumResults() != 1)
    return false;
  auto producer = expand.getSrc().getDefiningOp<linalg::GenericOp>();
  int64_t kept = llvm::count_if(expand.getResultType().getShape(), [](int64_t size) { return size != 1; });
  return producer && producer.getNumReductionLoops() > 0 && kept == llvm::count_if(expand.getSrcType().getShape(), [](int64_t size) { return size != 1; }) &&
         expand.getSrcType().getRank() > 0;
}

/// Elementwise, or the sum of rows: all that a softmax is made of.
static bool isOfRows(linalg::GenericOp op) {
  return op && op.getNumResults() == 1 && !op.hasIndexSemantics() && op.getNumReductionLoops() <= 1 &&
         (op.getNumReductionLoops() == 0 || op.getNumDpsInputs() == 1) &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isProjectedPermutation(); });
}

/// The ops of a softmax from `value` back to the products that are its scores, if these
/// have their heads in `groups` of dimensions, as the product that reads it does.
static bool collectScores(Value value, ArrayRef<ReassociationIndices> groups, ArrayRef<int64_t> shape, llvm::SmallSetVector<Operation *, 8> &ops,
                          bool &found) {
  if (auto collapse = value.getDefiningOp<tensor::CollapseShapeOp>()) {
    bool same = llvm::equal(collapse.getReassociationIndices(), groups) && collapse.getSrcType().getShape() == shape;
    auto maker = collapse.getSrc().getDefiningOp<linalg::GenericOp>();
    found |= same && maker;
    return same && maker;
  }
  auto op = value.getDefiningOp<linalg::GenericOp>();
  if (!isOfRows(op) || ops.size() > 8)
    return false;
  if (ops.contains(op))
    return true;
  bool isOfRow = op.getNumLoops() + 1 == groups.size() && !op.getNumReductionLoops();
  if (op.getNumLoops() != groups.size() && !isOfRow)
    return false;
  ops.insert(op);
  for (Value input : op.getDpsInputs()) {
    // What else is known of a row, or of scores, comes from outside.
    auto maker = input.getDefiningOp<linalg::GenericOp>();
    bool isInside = input.getDefiningOp<tensor::CollapseShapeOp>() ||
                    (isOfRows(maker) && cast<RankedTensorType>(input.getType()).getRank() + 1 >= int64_t(groups.size()));
    if (isInside && !collectScores(input, groups, shape, ops, found))
      return false;
  }
  return true;
}

/// On what is to be expanded, in the pass.
static constexpr llvm::StringLiteral kExpandAttr = "coil.expand";

namespace {
/// extf(truncf(x)) -> x: what a fused chain hands on it does not round. Narrow
/// floats are how tensors are stored.
struct KeepWide : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    auto narrowed = op.getIn().getDefiningOp<arith::TruncFOp>();
    if (!narrowed || narrowed.getIn().getType() != op.getType() || !narrowed->hasAttr("coil.storage"))
      return rewriter.notifyMatchFailure(op, "not a value on its way through storage");
    rewriter.replaceOp(op, narrowed.getIn());
    return success();
  }
};

/// An expanded empty tensor is one of that shape: sums then begin with what is theirs.
struct ExpandEmpty : OpRewritePattern<tensor::ExpandShapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ExpandShapeOp op, PatternRewriter &rewriter) const override {
    if (!op.getSrc().getDefiningOp<tensor::EmptyOp>())
      return rewriter.notifyMatchFailure(op, "not of an empty tensor");
    rewriter.replaceOpWithNewOp<tensor::EmptyOp>(op, op.getMixedOutputShape(), op.getResultType().getElementType());
    return success();
  }
};

struct FuseElementwisePass : impl::FuseElementwisePassBase<FuseElementwisePass> {
  void runOnOperation() override {
    fuse();
    if (expand(shouldExpand))
      fuse();
    if (collapse())
      fuse();
    // After it: what is known of rows has no dimension of one.
    if (expandSoftmaxes())
      fuse();
    getOperation().walk([](linalg::GenericOp op) {
      for (OpOperand *operand : op.getDpsInputOperands())
        explain(operand);
    });
  }

  /// Of each elementwise op that stays apart from who reads it, why.
  static void explain(OpOperand *operand) {
    auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
    StringRef why = producer && linalg::isElementwise(producer) ? whyApart(operand) : "";
    if (!why.empty())
      remark::missed(producer.getLoc(), remark::RemarkOpts::name("FuseElementwise").category("structure").function(producer->getParentOfType<func::FuncOp>().getName()))
          << ("not computed within '" + nodesOf(operand->getOwner()->getLoc()) + "': " + why).str();
  }

  bool apply(RewritePatternSet patterns) {
    GreedyRewriteConfig config;
    config.setUseTopDownTraversal(true);
    bool changed = false;
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), config, &changed)))
      getOperation().emitWarning("elementwise fusion did not converge");
    return changed;
  }

  void fuse() {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
    linalg::populateEraseUnnecessaryInputsPatterns(patterns);
    patterns.add<KeepWide>(&getContext());
    apply(std::move(patterns));
  }

  bool collapse() {
    RewritePatternSet patterns(&getContext());
    linalg::populateFoldReshapeOpsByCollapsingPatterns(patterns, shouldCollapse);
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
    tensor::populateFoldTensorEmptyPatterns(patterns);
    return apply(std::move(patterns));
  }

  /// Where heads are two axes in the products before a softmax and after it, they are
  /// in the softmax, too.
  bool expandSoftmaxes() {
    llvm::SmallSetVector<Operation *, 8> all;
    getOperation().walk([&](tensor::ExpandShapeOp expand) {
      auto reader = expand->hasOneUse() ? dyn_cast<linalg::GenericOp>(*expand->user_begin()) : linalg::GenericOp();
      llvm::SmallSetVector<Operation *, 8> ops;
      bool found = false;
      if (reader && reader.getNumReductionLoops() == 1 && expand.getSrc().getDefiningOp<linalg::GenericOp>() &&
          collectScores(expand.getSrc(), expand.getReassociationIndices(), expand.getResultType().getShape(), ops, found) && found)
        all.insert_range(ops);
    });
    if (all.empty())
      return false;
    for (Operation *op : all)
      op->setAttr(kExpandAttr, UnitAttr::get(&getContext()));
    bool changed = expand([](OpOperand *operand) { return operand->getOwner()->hasAttr(kExpandAttr); });
    getOperation().walk([](linalg::GenericOp op) { op->removeAttr(kExpandAttr); });
    return changed;
  }

  /// By itself: while reshapes come and go, values have more uses than in the end.
  bool expand(const linalg::ControlFusionFn &control) {
    RewritePatternSet patterns(&getContext());
    linalg::populateFoldReshapeOpsByExpansionPatterns(patterns, control);
    linalg::FillOp::getCanonicalizationPatterns(patterns, &getContext());
    patterns.add<ExpandEmpty>(&getContext());
    // Sizes are asked of what ops write to: else they would be uses of a result.
    memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
    tensor::populateFoldTensorEmptyPatterns(patterns);
    return apply(std::move(patterns));
  }
};
} // namespace
} // namespace coil
