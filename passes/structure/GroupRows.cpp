//===- GroupRows.cpp - what is done to a row is done while it is near -----===//
//
// Comes in: linalg ops, fused elementwise. A softmax still is four of them, each
// a pass over memory: the greatest, the powers, their sum, the shares. Goes out:
// the same, and such ops marked as one group: rows, the steps of loops that they
// share, depend on no other row, so all can be done to one row after the other,
// and what lies between them is a row long. `structure-outline-kernels` makes a
// kernel of a group, `vectorize-tile-rows` its loop.
//
// A mark and not a loop: a kernel on buffers can be cut into rows by views alone,
// so no loop on tensors has to go through bufferization.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/Remarks.h"
#include "passes/support/Epilogue.h"
#include "passes/support/Machine.h"
#include "passes/support/Rows.h"
#include "passes/support/Sizes.h"

namespace coil {
#define GEN_PASS_DEF_GROUPROWSPASS
#include "passes/structure/Passes.h.inc"

namespace {
/// Ops of one group: the last one first, then what it reads.
class Group {
public:
  /// Rows are the first dimensions of the last op's result, so that each is in one
  /// piece, or any dimensions, the last one among them: then a block of rows is, in
  /// memory, pieces of some length, along which lanes go.
  Group(linalg::GenericOp last, const Machine &machine, bool inPieces) : last(last), machine(&machine), mayBePieces(inPieces) {
    for (AffineExpr e : last.getIndexingMapsArray().back().getResults()) {
      auto dim = dyn_cast<AffineDimExpr>(e);
      if (!dim)
        break;
      rows[last].push_back(dim.getPosition());
    }
    ops.push_back(last);
  }

  /// Takes in all producers that nothing else reads before the group is done. What a
  /// row is shrinks until a sum has been found, as little as can be: what is the same
  /// for several rows is better computed once.
  void grow() {
    for (bool changed = true; changed;) {
      changed = false;
      linalg::GenericOp shrinking;
      size_t most = 0;
      for (size_t i = 0; i < ops.size(); ++i)
        for (OpOperand *operand : ops[i].getDpsInputOperands()) {
          auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
          size_t count = producer ? llvm::count_if(sharedRows(producer), isShared) : 0;
          if (count > 0 && count == rows[last].size())
            changed |= take(producer);
          else if (count > most)
            most = count, shrinking = producer;
        }
      if (!changed && shrinking && !sums())
        changed = take(shrinking);
    }
  }

  /// Whether a row is read more than once, or summed up and read again.
  bool isWorthIt() const {
    return sums() && ops.size() > 1 && llvm::count_if(ops, [&](linalg::GenericOp op) { return isWide(op); }) > 1 && isSharedEnough();
  }

  /// Why a sum, or what one is of, stays another kernel; empty where there is none.
  StringRef whyApart();

  void mark(int64_t number) {
    OpBuilder b(last);
    for (linalg::GenericOp op : ops) {
      SmallVector<int64_t> loops(rows[op].begin(), rows[op].end());
      op->setAttr(kRowsAttr, b.getDenseI64ArrayAttr(loops));
      op->setAttr(kGroupAttr, b.getI64IntegerAttr(number));
      moveReshapes(op, last);
    }
  }

  SmallVector<linalg::GenericOp> ops;

private:
  bool sums() const {
    return llvm::any_of(ops, [](linalg::GenericOp op) { return op.getNumReductionLoops() > 0; });
  }

  bool isWide(linalg::GenericOp op) const {
    auto loops = rows.find(op)->second;
    for (auto [loop, size] : llvm::enumerate(op.getStaticLoopRanges()))
      if (size != 1 && !llvm::is_contained(loops, loop))
        return true;
    return false;
  }

  bool take(linalg::GenericOp producer);
  static bool isShared(int64_t loop) { return loop >= 0; }
  SmallVector<int64_t> sharedRows(linalg::GenericOp producer);
  bool mayReadResult(OpOperand &use);
  void moveReshapes(Operation *op, Operation *behind);
  bool isResult(linalg::GenericOp op);
  bool mayLieInResult(linalg::GenericOp op);
  bool fits();
  bool isSharedEnough() const;
  int64_t longestRow() const;

  linalg::GenericOp last;
  const Machine *machine;
  bool mayBePieces;
  DenseMap<Operation *, SmallVector<unsigned>> rows; // of each op: its loops over rows
};
} // namespace

/// Ops that may go row by row: elementwise ones and sums of one row.
static bool mayGoByRows(linalg::GenericOp op) {
  if (op.getNumResults() != 1 || op->hasAttr(kGroupAttr) || isContraction(op))
    return false;
  // What a run decides element by element becomes two loops if it is alone.
  for (Operation &inner : *op.getBody())
    if (inner.getNumRegions() || isa<tensor::ExtractOp>(inner))
      return false;
  return true;
}

/// Whether what the op begins with is a part of it, in a buffer of its own.
static bool hasOwnBeginning(linalg::GenericOp op) {
  Value init = op.getDpsInits()[0];
  auto fill = init.getDefiningOp<linalg::FillOp>();
  if (!fill && !op.getBody()->getArguments().back().use_empty())
    return false;
  Value buffer = fill ? fill.getOutputs()[0] : init;
  return init.hasOneUse() && buffer.hasOneUse() && buffer.getDefiningOp<tensor::EmptyOp>() &&
         (!fill || fill->getBlock() == op->getBlock());
}

/// Whether the op is done on the registers of a product.
static bool belongsToProduct(linalg::GenericOp op) {
  return isEpilogue(op) && llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *operand) {
           if (operand->get().getDefiningOp<core::WinogradOp>())
             return true;
           auto sum = operand->get().getDefiningOp<linalg::GenericOp>();
           return sum && operand->get().hasOneUse() && readsAsItIs(operand, sum) && isContraction(sum);
         });
}

static bool isReshape(Operation *op) { return isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op); }

/// Whether a value is put into another tensor, as it is or reshaped.
static bool isPart(OpOperand &use) {
  Operation *user = use.getOwner();
  if (isReshape(user))
    return llvm::any_of(user->getUses(), isPart);
  return isa<tensor::InsertSliceOp>(user);
}

/// The producer's loops over rows as all of the group read it, of each row one or
/// -1; none if it cannot be one of the group.
SmallVector<int64_t> Group::sharedRows(linalg::GenericOp producer) {
  if (rows.contains(producer) || producer->getBlock() != last->getBlock() || !mayGoByRows(producer) ||
      !hasOwnBeginning(producer) || belongsToProduct(producer))
    return {};
  SmallVector<int64_t> shared;
  AffineMap writes = producer.getIndexingMapsArray().back();
  for (OpOperand &use : producer.getResult(0).getUses()) {
    auto reader = dyn_cast<linalg::GenericOp>(use.getOwner());
    auto known = reader ? rows.find(reader) : rows.end();
    if (known == rows.end() && mayReadResult(use))
      continue; // what lies in memory is a result of the group, too
    if (known == rows.end() || !reader.isDpsInput(&use))
      return {};
    AffineMap reads = reader.getMatchingIndexingMap(&use);
    SmallVector<int64_t> loops;
    for (unsigned row : known->second) {
      auto at = reads.getResultPosition(getAffineDimExpr(row, reader.getContext()));
      auto dim = at ? dyn_cast<AffineDimExpr>(writes.getResult(*at)) : AffineDimExpr(nullptr);
      loops.push_back(dim ? int64_t(dim.getPosition()) : -1);
    }
    if (shared.empty())
      shared = loops;
    for (auto [loop, other] : llvm::zip(shared, loops))
      loop = loop == other ? loop : -1;
  }
  // Rows stay the first dimensions of the result.
  if (!mayBePieces)
    std::fill(llvm::find_if_not(shared, isShared), shared.end(), -1);
  return shared;
}

/// Whether somebody who is not of the group can read what one of its ops leaves in
/// memory: after the last op, where the kernel stands. Parts of a concatenation are
/// better made by a kernel that has no other result: they are made in their places.
bool Group::mayReadResult(OpOperand &use) {
  Operation *user = use.getOwner(), *at = last->getBlock()->findAncestorOpInBlock(*user);
  if (at == user && isReshape(user) && user->isBeforeInBlock(last))
    return llvm::all_of(user->getUses(), [&](OpOperand &next) { return mayReadResult(next); });
  return at && last->isBeforeInBlock(at) && !isPart(use) && llvm::none_of(last->getUses(), isPart);
}

/// Puts what only sees the result of `op` in another shape behind the last op.
void Group::moveReshapes(Operation *op, Operation *behind) {
  for (Operation *user : llvm::make_early_inc_range(op->getUsers()))
    if (isReshape(user) && user->getBlock() == last->getBlock() && user->isBeforeInBlock(last)) {
      user->moveAfter(behind);
      moveReshapes(user, user);
    }
}

/// Whether somebody else reads an op of the group.
bool Group::isResult(linalg::GenericOp op) {
  return op == last || llvm::any_of(op->getUsers(), [&](Operation *user) { return !rows.contains(user); });
}

/// Whether the result of `op` can lie where that of the group will: it is read
/// there, element by element.
bool Group::mayLieInResult(linalg::GenericOp op) {
  if (isResult(op) || op.getResultTypes()[0] != last.getResultTypes()[0] || last.getNumReductionLoops() > 0)
    return false;
  return llvm::any_of(last.getDpsInputOperands(), [&](OpOperand *operand) {
    return operand->get() == op.getResult(0) && last.getMatchingIndexingMap(operand) == last.getIndexingMapsArray().back();
  });
}

/// Whether what lies between the ops fits, for one row, and each row is in one
/// piece wherever it is read. What others read as well should be near, too.
bool Group::fits() {
  int64_t bytes = 0;
  bool inResult = false, inPieces = false, crossed = false;
  for (linalg::GenericOp op : ops) {
    ArrayRef<unsigned> loops = rows[op];
    // On its view a row has no number.
    if (asksForRow(op, SmallVector<int64_t>(loops.begin(), loops.end())))
      return false;
    auto isRow = [&](AffineExpr e) {
      auto dim = dyn_cast<AffineDimExpr>(e);
      return dim && llvm::is_contained(loops, dim.getPosition());
    };
    for (AffineMap map : op.getIndexingMapsArray())
      if (!readsWholeRows(map, SmallVector<int64_t>(loops.begin(), loops.end())))
        return false;
    for (AffineMap map : op.getIndexingMapsArray()) {
      if (llvm::none_of(map.getResults(), isRow) || llvm::all_of(map.getResults(), isRow))
        continue;
      inPieces |= isRow(map.getResults().back());
      crossed |= map.getResults().back() != getAffineDimExpr(loops.back(), op.getContext());
    }
    if (op == last || (!inResult && (inResult = mayLieInResult(op))))
      continue;
    auto type = cast<RankedTensorType>(op.getResultTypes()[0]);
    int64_t own = elementBits(type) / 8;
    for (auto [size, e] : llvm::zip(type.getShape(), op.getIndexingMapsArray().back().getResults())) {
      if (isRow(e))
        continue;
      int64_t length = isResult(op) ? likelySize(size, false) : size; // not on the stack
      own = ShapedType::isDynamic(length) || own > kMostRowBytes ? kMostRowBytes + 1 : own * length;
    }
    bytes = std::min(bytes + own, kMostRowBytes + 1);
  }
  if (!inPieces)
    return bytes <= kMostRowBytes;
  // Lanes go along the same row everywhere.
  return mayBePieces && !crossed && bytes * kPiece <= kMostRowBytes && longestRow() * kPiece <= kMostInPieces;
}

bool Group::take(linalg::GenericOp producer) {
  SmallVector<int64_t> loops = sharedRows(producer);
  auto before = rows;
  for (auto &[op, all] : rows) {
    SmallVector<unsigned> kept;
    for (auto [loop, row] : llvm::zip_equal(loops, all))
      if (isShared(loop))
        kept.push_back(row);
    all = kept;
  }
  llvm::erase_if(loops, [](int64_t loop) { return !isShared(loop); });
  rows[producer].assign(loops.begin(), loops.end());
  ops.push_back(producer);
  if (!loops.empty() && fits())
    return true;
  ops.pop_back();
  rows = before;
  return false;
}

StringRef Group::whyApart() {
  for (linalg::GenericOp op : ops)
    for (OpOperand *operand : op.getDpsInputOperands()) {
      auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
      if (!producer || rows.contains(producer) || !mayGoByRows(producer) || belongsToProduct(producer) ||
          (!sums() && producer.getNumReductionLoops() == 0))
        continue;
      for (OpOperand &use : producer->getUses())
        if (!rows.contains(use.getOwner()) && !mayReadResult(use))
          return isPart(use) ? "what they read is made in its place in a concatenation" : "what they read is read elsewhere before";
      return llvm::none_of(sharedRows(producer), isShared) ? "they have no rows in common with what they read"
                                          : "a row of what they read is in pieces, or too long for the stack";
    }
  return ops.size() > 1 && sums() && !isSharedEnough() ? "rows are long, and too few for all threads" : "";
}

/// Threads share rows alone: a few long ones are shared better op by op.
bool Group::isSharedEnough() const {
  constexpr int64_t kLongRow = 1 << 14; // elements
  int64_t count = 1;
  auto sizes = linalg::GenericOp(last).getStaticLoopRanges();
  for (auto [i, loop] : llvm::enumerate(rows.find(last)->second))
    count *= likelySize(sizes[loop], i == 0);
  return count >= std::max(machine->cores / 4, std::min<int64_t>(machine->cores, 2)) || longestRow() < kLongRow;
}

/// Elements of a row in the op that has most.
int64_t Group::longestRow() const {
  int64_t longest = 1;
  for (linalg::GenericOp op : ops) {
    int64_t length = 1;
    for (auto [loop, size] : llvm::enumerate(op.getStaticLoopRanges()))
      if (!llvm::is_contained(rows.find(op)->second, loop))
        length *= likelySize(size, false);
    longest = std::max(longest, length);
  }
  return longest;
}

namespace {
struct GroupRowsPass : impl::GroupRowsPassBase<GroupRowsPass> {
  void runOnOperation() override {
    Machine machine = Machine::of(getOperation());
    SmallVector<linalg::GenericOp> found;
    getOperation().walk([&](linalg::GenericOp op) { found.push_back(op); });
    int64_t number = 0; // after those of other groups
    getOperation().walk([&](linalg::LinalgOp op) {
      if (auto taken = op->getAttrOfType<IntegerAttr>(kGroupAttr))
        number = std::max(number, taken.getInt() + 1);
    });
    // From the end: the last op of a group takes the others.
    for (linalg::GenericOp op : llvm::reverse(found)) {
      if (!mayGoByRows(op) || belongsToProduct(op))
        continue;
      Group group(op, machine, /*inPieces=*/false), pieces(op, machine, /*inPieces=*/true);
      group.grow();
      pieces.grow();
      if (!group.isWorthIt() || (pieces.isWorthIt() && pieces.ops.size() > group.ops.size()))
        std::swap(group, pieces);
      auto says = remark::RemarkOpts::name("GroupRows").category("structure").function(getOperation().getName());
      if (StringRef why = group.whyApart(); !why.empty())
        remark::missed(op.getLoc(), says) << "ops stay kernels of their own: " + why.str();
      if (!group.isWorthIt())
        continue;
      group.mark(number++);
      remark::passed(op.getLoc(), says) << remark::metric("ops", int64_t(group.ops.size())) << "go row by row, as one kernel";
    }
  }
};
} // namespace
} // namespace coil
