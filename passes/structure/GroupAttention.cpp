//===- GroupAttention.cpp - products, softmax, products as one kernel -----===//
//
// Comes in: linalg ops, fused elementwise, as they will be in their kernels. Goes
// out: the same, and those of an attention marked as one group, each with what it
// is in it: the scores are then never in memory, for `vectorize-tile-attention`
// makes a loop over blocks of queries and keys of them. Before rows are grouped,
// which would make a kernel of the softmax alone.
//
// Marks and not an op of its own: what is done to scores, and what a softmax is,
// stays said by ops that every pass knows.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "passes/support/Attention.h"
#include "passes/support/Epilogue.h"
#include "passes/support/Rows.h"
#include "passes/support/Widen.h"

namespace coil {
#define GEN_PASS_DEF_GROUPATTENTIONPASS
#include "passes/structure/Passes.h.inc"

namespace {
/// An attention, from its last product back.
class Attention {
public:
  explicit Attention(linalg::GenericOp values) : values(values) {}

  /// Why it is none, or cannot be one kernel; empty where it can.
  StringRef match();
  void mark(int64_t number);
  /// Whether there is a softmax before the product, so that a reader would expect
  /// it to be one kernel.
  bool isAttention() const { return followsSoftmax; }

private:
  StringRef matchShares(Value operand, AffineMap read);
  StringRef matchProducts(Value scoresOf);
  bool takeRows(Value value);
  bool areAlone();

  linalg::GenericOp products, scores, greatest, powers, total, shares, values, result;
  SmallVector<linalg::GenericOp> rowOps;
  bool followsSoftmax = false;
  unsigned rank = 0; // of scores; keys are the last dimension
  unsigned term = 0; // of `values`, the loop over keys
};
} // namespace

static linalg::GenericOp makerOf(Value value) {
  auto op = value.getDefiningOp<linalg::GenericOp>();
  return op && op.getNumResults() == 1 ? op : linalg::GenericOp();
}

/// What an op gives, before it is rounded to be stored.
static Operation *yieldedBy(linalg::GenericOp op) {
  Operation *maker = op.getBody()->getTerminator()->getOperand(0).getDefiningOp();
  return isa_and_present<arith::TruncFOp>(maker) ? maker->getOperand(0).getDefiningOp() : maker;
}

/// What is computed with in the place of what is stored.
static Value stored(Value value) {
  auto wide = value.getDefiningOp<arith::ExtFOp>();
  return wide ? wide.getIn() : value;
}

static bool isConversion(Operation &op) { return isa<arith::ExtFOp, arith::TruncFOp>(op); }

/// A sum, or the greatest, of the rows of one input, which it reads as it is.
template <typename Op> static bool reducesRows(linalg::GenericOp op, unsigned rank) {
  MLIRContext *context = op.getContext();
  auto step = dyn_cast_if_present<Op>(yieldedBy(op));
  Block *body = op.getBody();
  auto isInput = [&](Value x, Value y) { return stored(x) == body->getArgument(0) && stored(y) == body->getArgument(1); };
  return op.getNumDpsInputs() == 1 && op.getNumLoops() == rank && op.getNumReductionLoops() == 1 && step &&
         llvm::count_if(*body, [](Operation &inner) { return !isConversion(inner); }) == 2 && (isInput(step.getLhs(), step.getRhs()) || isInput(step.getRhs(), step.getLhs())) &&
         op.getIndexingMapsArray().front() == AffineMap::getMultiDimIdentityMap(rank, context) &&
         op.getIndexingMapsArray().back() == AffineMap::getMultiDimIdentityMap(rank, context).dropResult(rank - 1);
}

/// A sum of products of two inputs, which begins with zero.
static bool sumsProducts(linalg::GenericOp op) {
  if (!op || op.getNumDpsInputs() != 2 || op.getNumReductionLoops() != 1 || op.hasIndexSemantics() || !isContraction(op))
    return false;
  auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
  auto sum = dyn_cast_if_present<arith::AddFOp>(yieldedBy(op));
  if (!fill || !matchPattern(fill.getInputs()[0], m_AnyZeroFloat()) || !sum)
    return false;
  Value out = op.getBody()->getArguments().back();
  auto product = (sum.getLhs() == out ? sum.getRhs() : sum.getLhs()).getDefiningOp<arith::MulFOp>();
  return product && (sum.getLhs() == out || sum.getRhs() == out) && out.hasOneUse() &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isProjectedPermutation(); });
}

/// The result's own dimensions are its loops, the sum comes last.
static bool writesInOrder(linalg::GenericOp op) {
  unsigned loops = op.getNumLoops();
  return op.getIteratorTypesArray().back() == utils::IteratorType::reduction &&
         op.getIndexingMapsArray().back() == AffineMap::getMultiDimIdentityMap(loops, op.getContext()).dropResult(loops - 1);
}

/// Elementwise, on its own loops, of whole tensors.
static bool isElementwise(linalg::GenericOp op) {
  return op && op.getNumReductionLoops() == 0 && !op.hasIndexSemantics() && op.getIndexingMapsArray().back().isIdentity() &&
         op.getBody()->getArguments().back().use_empty() &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isProjectedPermutation(); }) &&
         llvm::none_of(*op.getBody(), [](Operation &inner) { return inner.getNumRegions() || isa<tensor::ExtractOp>(inner); });
}

static bool isF32(Value value) { return getElementTypeOrSelf(value.getType()).isF32(); }

/// What is between is f32 when it is one kernel.
static bool isFloat(Value value) {
  Type type = getElementTypeOrSelf(value.getType());
  return type.isF32() || type.isF16() || type.isBF16();
}

/// Whether it is powers, of which rows are summed up, or what elementwise ops and
/// reshapes make of them.
static bool isOfSoftmax(Value value, unsigned steps = 6) {
  if (auto reshape = value.getDefiningOp(); isa_and_present<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(reshape))
    return steps > 0 && isOfSoftmax(reshape->getOperand(0), steps - 1);
  auto op = makerOf(value);
  if (!op || steps == 0 || op.getNumReductionLoops() > 0)
    return false;
  auto exp = dyn_cast_if_present<math::ExpOp>(yieldedBy(op));
  if (exp && exp.getOperand().getDefiningOp<arith::SubFOp>())
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      auto reader = dyn_cast<linalg::GenericOp>(user);
      return reader && reducesRows<arith::AddFOp>(reader, op.getNumLoops());
    });
  return llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *input) {
    return op.getMatchingIndexingMap(input).isPermutation() && isOfSoftmax(input->get(), steps - 1);
  });
}

/// Row values, and what is computed of rows before or after.
bool Attention::takeRows(Value value) {
  auto op = makerOf(value);
  if (!op || op == greatest || op == total || llvm::is_contained(rowOps, op))
    return true;
  // What else is known of a row comes from outside.
  if (!isElementwise(op) || op.getNumLoops() != rank - 1 || op->getBlock() != values->getBlock())
    return true;
  bool ours = llvm::all_of(op->getUsers(), [&](Operation *user) {
    return user == powers || user == shares || llvm::is_contained(rowOps, user);
  });
  if (!ours)
    return true;
  rowOps.push_back(op);
  return llvm::all_of(op.getDpsInputs(), [&](Value input) { return takeRows(input); });
}

/// power * f(row) or power / f(row), which may then be done to the sum of products.
StringRef Attention::matchShares(Value operand, AffineMap read) {
  shares = makerOf(operand);
  if (!operand.hasOneUse())
    return "others read its shares";
  if (!shares || shares.getNumLoops() != rank || read.getNumResults() != rank)
    return "its shares are read in another shape";
  constexpr StringLiteral changed = "shares are more than powers times a number of their row, as where they are rounded to bytes";
  if (!isElementwise(shares))
    return changed;
  AffineMap identity = AffineMap::getMultiDimIdentityMap(rank, shares.getContext());
  Operation *last = yieldedBy(shares);
  Value power;
  if (last && isa<arith::MulFOp, arith::DivFOp>(last))
    for (OpOperand *input : shares.getDpsInputOperands()) {
      Value argument = shares.getMatchingBlockArgument(input);
      AffineMap map = shares.getMatchingIndexingMap(input);
      bool isPower = map == identity;
      auto isFactor = [&](unsigned n) { return stored(last->getOperand(n)) == argument; };
      if (isPower && argument.hasOneUse() && (isFactor(0) || (isa<arith::MulFOp>(last) && isFactor(1))))
        power = input->get();
      else if (map.isFunctionOfDim(rank - 1))
        return map.isPermutation() && !isPower ? StringRef("its shares are read in another shape") : StringRef(changed);
    }
  if (!power)
    return changed;
  auto op = makerOf(power);
  auto exp = op && isElementwise(op) && op.getNumLoops() == rank ? dyn_cast_if_present<math::ExpOp>(yieldedBy(op)) : math::ExpOp();
  auto apart = exp ? exp.getOperand().getDefiningOp<arith::SubFOp>() : arith::SubFOp();
  auto scoreOf = apart ? dyn_cast<BlockArgument>(stored(apart.getLhs())) : BlockArgument();
  auto shiftOf = apart ? dyn_cast<BlockArgument>(stored(apart.getRhs())) : BlockArgument();
  if (!scoreOf || !shiftOf || op.getNumDpsInputs() != 2 || scoreOf == shiftOf ||
      op.getMatchingIndexingMap(op.getMatchingOpOperand(scoreOf)) != identity ||
      op.getMatchingIndexingMap(op.getMatchingOpOperand(shiftOf)) != identity.dropResult(rank - 1))
    return "it is not exp(score - greatest) over the sum of a row";
  Value score = op.getMatchingOpOperand(scoreOf)->get();
  for (Operation *user : power.getUsers())
    if (auto reader = dyn_cast<linalg::GenericOp>(user); reader && reader != shares && reducesRows<arith::AddFOp>(reader, rank))
      total = reader;
  for (Operation *user : score.getUsers())
    if (auto reader = dyn_cast<linalg::GenericOp>(user); reader && reader != op && reducesRows<arith::MaximumFOp>(reader, rank))
      greatest = reader;
  auto beginsWith = [](linalg::GenericOp sum, auto pattern) {
    auto fill = sum.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
    return fill && matchPattern(fill.getInputs()[0], pattern);
  };
  if (!total || !greatest || !beginsWith(total, m_AnyZeroFloat()) || !beginsWith(greatest, m_NegInfFloat()))
    return "it is not exp(score - greatest) over the sum of a row";
  powers = op;
  for (linalg::GenericOp reader : {shares, powers})
    for (Value input : reader.getDpsInputs())
      if (cast<RankedTensorType>(input.getType()).getRank() == rank - 1)
        takeRows(input);
  linalg::GenericOp shift = makerOf(op.getMatchingOpOperand(shiftOf)->get());
  if (shift != greatest && !llvm::is_contained(rowOps, shift))
    return "what is subtracted from scores is not made of the greatest";
  return matchProducts(score);
}

StringRef Attention::matchProducts(Value score) {
  auto op = makerOf(score);
  if (op && op.getNumReductionLoops() == 0) {
    if (!isElementwise(op) || !isEpilogue(op) || op.getNumLoops() != rank)
      return "what is done to the scores is not elementwise";
    scores = op;
    for (OpOperand *input : op.getDpsInputOperands())
      if (auto sum = makerOf(input->get()); sum && sumsProducts(sum) && readsAsItIs(input, sum) && input->get().hasOneUse())
        products = sum;
  } else if (op && sumsProducts(op)) {
    products = op;
  }
  if (!products || !writesInOrder(products) || products.getNumLoops() != rank + 1)
    return "the scores are no product that nothing else reads";
  return "";
}

/// Whether what lies between the ops is read by them alone, and each begins with
/// what is its own.
bool Attention::areAlone() {
  SmallVector<linalg::GenericOp> ops{products, greatest, powers, total, shares, values};
  if (scores)
    ops.push_back(scores);
  if (result)
    ops.push_back(result);
  llvm::append_range(ops, rowOps);
  Operation *last = result ? result : values;
  return llvm::all_of(ops, [&](linalg::GenericOp op) {
    Value init = op.getDpsInits()[0];
    auto fill = init.getDefiningOp<linalg::FillOp>();
    Value buffer = fill ? fill.getOutputs()[0] : init;
    bool own = init.hasOneUse() && buffer.hasOneUse() && (op == last || buffer.getDefiningOp<tensor::EmptyOp>()) &&
               (!fill || fill->getBlock() == op->getBlock());
    return own && op->getBlock() == values->getBlock() && !op->hasAttr(kGroupAttr) && (op == values ? isF32(init) : isFloat(init)) &&
           (op == last || llvm::all_of(op->getUsers(), [&](Operation *user) { return llvm::is_contained(ops, user); }));
  });
}

StringRef Attention::match() {
  followsSoftmax = isContraction(values) && llvm::any_of(values.getDpsInputs(), [](Value input) { return isOfSoftmax(input); });
  if (!followsSoftmax)
    return "no factor is made of the rows of a softmax";
  if (!sumsProducts(values) || !writesInOrder(values))
    return "the product after it is no sum of floats in the order of its result";
  rank = values.getNumLoops() - 1;
  term = values.getNumLoops() - 1;
  StringRef why;
  unsigned shared = 0;
  for (OpOperand *operand : values.getDpsInputOperands()) {
    AffineMap read = values.getMatchingIndexingMap(operand);
    // Rows as they are, and then the keys.
    SmallVector<AffineExpr> expected;
    for (unsigned i = 0; i + 1 < rank; ++i)
      expected.push_back(getAffineDimExpr(i, values.getContext()));
    expected.push_back(getAffineDimExpr(term, values.getContext()));
    if (rank < 2 || read.getResults() != ArrayRef(expected))
      continue;
    why = matchShares(operand->get(), read);
    if (!why.empty())
      return why;
    shared = operand->getOperandNumber();
  }
  if (!powers)
    return "its rows are not those of the product";
  OpOperand *value = values.getDpsInputOperand(1 - shared);
  auto loops = [](linalg::GenericOp op, OpOperand *operand, unsigned loop) { return op.getMatchingIndexingMap(operand).isFunctionOfDim(loop); };
  OpOperand *key = nullptr, *query = nullptr;
  for (OpOperand *operand : products.getDpsInputOperands())
    (loops(products, operand, rank - 1) ? key : query) = operand;
  // The last rows are of queries alone.
  if (!key || !query || loops(products, key, rank - 2) || loops(values, value, rank - 2) || !loops(products, query, rank - 2) ||
      !loops(values, value, rank - 1))
    return "keys and values are not the same for all queries";
  for (linalg::GenericOp op : {products, values})
    if (int64_t size = op.getStaticLoopRanges()[op == products ? rank : rank - 1]; ShapedType::isDynamic(size) || size > kMostKeys)
      return "the size of a head is not known, or large";
  for (linalg::GenericOp op : {products, values})
    if (llvm::is_contained(op.getStaticLoopRanges(), 0))
      return "it is empty";
  for (linalg::GenericOp op : {products, values})
    for (Value input : op.getDpsInputs())
      if (!isFloat(input))
        return "its elements are neither f32 nor half of it";
  // What only gives it another order, or its elements' type, is a part of it.
  auto onlyConverts = [](linalg::GenericOp next) {
    Value given = next.getBody()->getTerminator()->getOperand(0);
    auto narrow = given.getDefiningOp<arith::TruncFOp>();
    return (narrow ? narrow.getIn() : given) == next.getBody()->getArgument(0);
  };
  if (values->hasOneUse())
    if (auto next = dyn_cast<linalg::GenericOp>(*values->user_begin());
        next && next.getNumReductionLoops() == 0 && next.getNumDpsInputs() == 1 && next.getNumResults() == 1 && !next.hasIndexSemantics() &&
        next->getBlock() == values->getBlock() && onlyConverts(next)) {
      AffineMap read = next.getIndexingMapsArray().front(), write = next.getIndexingMapsArray().back();
      if (read.isPermutation() && write.isPermutation() && read.getResults().back() == write.getResults().back() &&
          next.getDpsInits()[0].getDefiningOp() && isFloat(next.getDpsInits()[0]))
        result = next;
    }
  if (!areAlone()) {
    result = {};
    if (!areAlone())
      return "others read a part of it, or it writes to where something is";
  }
  return "";
}

/// Makes what an op gives f32, for readers that are all of the group.
static void widen(linalg::GenericOp op) {
  Value init = op.getDpsInits()[0];
  if (isF32(init))
    return;
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto fill = init.getDefiningOp<linalg::FillOp>();
  auto empty = (fill ? fill.getOutputs()[0] : init).getDefiningOp<tensor::EmptyOp>();
  auto type = cast<RankedTensorType>(init.getType()).clone(b.getF32Type());
  Value wide = tensor::EmptyOp::create(b, loc, type, empty.getDynamicSizes());
  if (fill) {
    Value first = b.createOrFold<arith::ExtFOp>(loc, b.getF32Type(), fill.getInputs()[0]);
    wide = linalg::FillOp::create(b, loc, ValueRange{first}, ValueRange{wide}).getResult(0);
  }
  op.getDpsInitsMutable()[0].set(wide);
  op.getResult(0).setType(type);
  widenArgument(op.getBody()->getArguments().back());
  Operation *yield = op.getBody()->getTerminator();
  b.setInsertionPoint(yield);
  auto narrowed = yield->getOperand(0).getDefiningOp<arith::TruncFOp>();
  yield->setOperand(0, narrowed && narrowed.getIn().getType().isF32() ? narrowed.getIn() : arith::ExtFOp::create(b, loc, b.getF32Type(), yield->getOperand(0)));
  if (narrowed && narrowed->use_empty())
    narrowed.erase();
  for (OpOperand &use : op.getResult(0).getUses()) {
    auto reader = cast<linalg::GenericOp>(use.getOwner());
    widenArgument(reader.getMatchingBlockArgument(&use));
  }
  if (fill)
    fill.erase();
  if (empty->use_empty())
    empty.erase();
}

void Attention::mark(int64_t number) {
  for (linalg::GenericOp op : {products, scores, greatest, powers, total, shares})
    if (op)
      widen(op);
  for (linalg::GenericOp op : rowOps)
    widen(op);
  OpBuilder b(values);
  auto set = [&](linalg::GenericOp op, StringRef part, std::optional<int64_t> keys) {
    if (!op)
      return;
    auto rows = llvm::to_vector(llvm::seq<int64_t>(0, rank - 1));
    if (part == attention::result)
      for (auto [row, e] : llvm::zip(rows, op.getIndexingMapsArray().front().getResults()))
        row = cast<AffineDimExpr>(e).getPosition();
    op->setAttr(kAttentionAttr, b.getStringAttr(part));
    op->setAttr(kRowsAttr, b.getDenseI64ArrayAttr(rows));
    op->setAttr(kGroupAttr, b.getI64IntegerAttr(number));
    if (keys)
      op->setAttr(kKeysAttr, b.getI64IntegerAttr(*keys));
  };
  set(products, attention::products, rank - 1);
  set(scores, attention::scores, rank - 1);
  set(greatest, attention::greatest, rank - 1);
  set(powers, attention::powers, rank - 1);
  set(total, attention::total, rank - 1);
  set(shares, attention::shares, rank - 1);
  set(values, attention::values, term);
  set(result, attention::result, {});
  for (linalg::GenericOp op : rowOps)
    set(op, attention::row, {});
}

namespace {
struct GroupAttentionPass : impl::GroupAttentionPassBase<GroupAttentionPass> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> found;
    int64_t number = 0;
    getOperation().walk([&](linalg::GenericOp op) {
      found.push_back(op);
      if (auto taken = op->getAttrOfType<IntegerAttr>(kGroupAttr))
        number = std::max(number, taken.getInt() + 1);
    });
    auto name = remark::RemarkOpts::name("GroupAttention").category("structure").function(getOperation().getName());
    for (linalg::GenericOp op : found) {
      Attention attention(op);
      StringRef why = attention.match();
      if (why.empty()) {
        attention.mark(number++);
        remark::passed(op.getLoc(), name) << "scores, softmax and the sum of values are one kernel";
      } else if (attention.isAttention()) {
        remark::missed(op.getLoc(), name) << ("the softmax before it is a kernel of its own: " + why).str();
      }
    }
  }
};
} // namespace
} // namespace coil
