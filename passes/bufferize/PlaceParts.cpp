//===- PlaceParts.cpp - what is put together is computed in its place -----===//
//
// Comes in: an entry of calls on tensors, its frame bound: parts that are inserted
// into a whole one after the other, and results that are written to outputs. Goes
// out: a buffer for each whole, and kernels that write each part into their slice
// of it; what no kernel of ours makes is copied there. Before bufferization, which
// decides by the order of ops alone, and so would copy what is computed before the
// first part is in, what is read too, and what gets another shape on its way.
//
// Every op is looked at a fixed number of times, whatever their number.
//
//===----------------------------------------------------------------------===//

#include "passes/bufferize/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/bufferize/KernelLayouts.h"
#include "passes/bufferize/Place.h"

namespace coil {
#define GEN_PASS_DEF_PLACEPARTSPASS
#include "passes/bufferize/Passes.h.inc"

/// The kernel's operand that its only result is written into.
static OpOperand *destinationOf(func::CallOp call) {
  return call.getNumResults() == 1 && call.getNumOperands() > 0 ? &call->getOpOperand(call.getNumOperands() - 1) : nullptr;
}

/// From so many copies on a whole of nothing else is put together here.
static constexpr size_t kManyCopies = 16;

/// Whether nobody writes into a value, or hands it to somebody who may.
static bool isOnlyRead(Value value) {
  return llvm::all_of(value.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (auto call = dyn_cast<func::CallOp>(user))
      return use.getOperandNumber() + call.getNumResults() < call.getNumOperands(); // destinations come last
    if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ExtractSliceOp>(user))
      return isOnlyRead(user->getResult(0));
    if (isa<tensor::InsertSliceOp, bufferization::MaterializeInDestinationOp>(user))
      return use.getOperandNumber() == 0;
    return isa<tensor::DimOp, tensor::ExtractOp, func::ReturnOp>(user);
  });
}

/// An empty tensor that nobody but `user` writes into.
static bool isOwn(Value value, Operation *user) {
  return value.getDefiningOp<tensor::EmptyOp>() &&
         llvm::all_of(value.getUsers(), [&](Operation *op) { return op == user || isa<tensor::DimOp>(op); });
}

/// A kernel that fills its own destination, and knows with what.
static bool fills(func::CallOp call) {
  OpOperand *into = destinationOf(call);
  return into && isOwn(into->get(), call) && call->hasOneUse() && llvm::all_of(call->getOperands().drop_back(), [](Value v) {
    return !isa<TensorType>(v.getType());
  });
}

namespace {
/// What is inserted into a whole, from the first to the last.
struct Chain {
  SmallVector<tensor::InsertSliceOp, 0> links;
  Value root;
};

/// A kernel and where it is to write; else, what the link that needs its result
/// copies, and to where.
struct Placement {
  func::CallOp call;
  Place place;
  Operation *link;
  Value source;
  Place sourcePlace;
};
struct Copy {
  Value source;
  Place place;
  Operation *link;
};

class Placing {
public:
  Placing(Block &block, DenseSet<Operation *> &placed) : block(block), placed(placed) {
    for (Operation &op : block)
      if (isa<rt::RequireOp, rt::OutputOp>(op))
        guards.push_back(&op);
  }

  /// Wholes first that are part of no other.
  void run() {
    SmallVector<Operation *> tops;
    for (Operation &op : llvm::reverse(block))
      if (isa<tensor::InsertSliceOp, bufferization::MaterializeInDestinationOp>(op))
        tops.push_back(&op);
    for (Operation *op : tops) {
      if (done.contains(op))
        continue;
      clear();
      auto insert = dyn_cast<tensor::InsertSliceOp>(op);
      if (!insert) {
        placeOutput(cast<bufferization::MaterializeInDestinationOp>(op));
        continue;
      }
      auto chain = chainOf(insert.getResult());
      if (!chain || !placeChain(*chain))
        placeInTensor(insert);
    }
    for (Operation *op : erased)
      op->erase();
  }

private:
  void clear() {
    placements.clear(), copies.clear(), fillers.clear(), wholes.clear(), taken.clear();
    base = Value();
  }

  /// The links that end in `result`, if they are disjoint, begin with memory that is
  /// theirs, and end with what nobody goes on writing.
  std::optional<Chain> chainOf(Value result) const {
    Chain chain;
    Value at = result;
    while (auto link = at.getDefiningOp<tensor::InsertSliceOp>()) {
      if (link->getBlock() != &block || !link.hasUnitStride() || (!chain.links.empty() && !link->hasOneUse()))
        break;
      chain.links.push_back(link);
      at = link.getDest();
    }
    if (chain.links.empty() || !isOnlyRead(result))
      return std::nullopt;
    std::reverse(chain.links.begin(), chain.links.end());
    chain.root = at;
    if (!areDisjoint(chain.links))
      return std::nullopt;
    Operation *first = chain.links.front();
    if (isOwn(at, first))
      return chain;
    if (auto call = at.getDefiningOp<func::CallOp>(); call && call->getBlock() == &block && fills(call))
      return chain;
    if (memoryOf(at) && at.getParentBlock() == &block && llvm::all_of(at.getUsers(), [&](Operation *op) { return op == first || isa<tensor::DimOp>(op); }))
      return chain;
    return std::nullopt;
  }

  /// The buffer that a tensor is bound to, in which anybody may write: an output,
  /// or one with room to grow, of which it is a slice.
  static bufferization::ToTensorOp memoryOf(Value root) {
    if (auto slice = root.getDefiningOp<tensor::ExtractSliceOp>(); slice && slice.hasUnitStride())
      root = slice.getSource();
    auto memory = root.getDefiningOp<bufferization::ToTensorOp>();
    return memory && memory.getWritable() && memory.getRestrict() ? memory : bufferization::ToTensorOp();
  }

  /// Whether `value` can be computed at `place`, by whom, and what is copied there
  /// if not.
  bool collect(Value value, const Place &place, Operation *link) {
    Value source = value;
    Place at = place;
    while (isa_and_present<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(source.getDefiningOp())) {
      auto before = at.unshaped(source.getDefiningOp(), sizesOf(source.getDefiningOp()->getOperand(0)));
      if (!before)
        break;
      at = *before;
      source = source.getDefiningOp()->getOperand(0);
    }
    auto call = source.getDefiningOp<func::CallOp>();
    if (call && call->getBlock() == &block && canWrite(call, at)) {
      placements.push_back({call, at, link, value, place});
      placed.insert(call);
      return true;
    }
    // What is a part twice is computed in one place, and copied to the other.
    bool isFree = source.getDefiningOp() && !taken.contains(source.getDefiningOp());
    if (auto chain = isFree ? chainOf(source) : std::nullopt; chain && collectChain(*chain, at))
      return true;
    copies.push_back({value, place, link});
    return false;
  }

  bool collectChain(const Chain &chain, const Place &place) {
    if (bufferization::ToTensorOp memory = memoryOf(chain.root); memory && memory.getBuffer() != base)
      return false;
    auto links = chain.links;
    taken.insert(links.back());
    SmallVector<Place> parts;
    for (tensor::InsertSliceOp link : chain.links) {
      auto part = place.slice(link.getMixedOffsets(), link.getMixedSizes(), link.getMixedStrides(), link.getSourceType());
      if (!part)
        return false;
      parts.push_back(*part);
    }
    if (auto filler = chain.root.getDefiningOp<func::CallOp>())
      fillers.push_back({filler, place});
    for (auto [link, part] : llvm::zip(links, parts))
      collect(link.getSource(), part, link);
    wholes.push_back({chain, place});
    return true;
  }

  static SmallVector<OpFoldResult> sizesOf(Value value) {
    auto call = value.getDefiningOp<func::CallOp>();
    auto empty = call && destinationOf(call) ? destinationOf(call)->get().getDefiningOp<tensor::EmptyOp>() : tensor::EmptyOp();
    return empty ? empty.getMixedSizes() : SmallVector<OpFoldResult>();
  }

  bool canWrite(func::CallOp call, const Place &place) const {
    OpOperand *into = destinationOf(call);
    return into && !placed.contains(call) && isOwn(into->get(), call) && place.holds(cast<RankedTensorType>(into->get().getType())) &&
           isOnlyRead(call.getResult(0));
  }

  bool placeChain(const Chain &chain) {
    Place place;
    if (bufferization::ToTensorOp memory = memoryOf(chain.root)) {
      place = Place(cast<MemRefType>(memory.getBuffer().getType()));
      if (auto slice = chain.root.getDefiningOp<tensor::ExtractSliceOp>()) {
        auto part = place.slice(slice.getMixedOffsets(), slice.getMixedSizes(), slice.getMixedStrides(), slice.getType());
        if (!part)
          return false;
        place = *part;
      }
      base = memory.getBuffer();
      if (!collectChain(chain, place))
        return forget();
      return apply({}, /*sizes=*/{}, chain.links.back(), /*guarded=*/true);
    }
    auto type = cast<RankedTensorType>(chain.root.getType());
    auto whole = MemRefType::get(type.getShape(), type.getElementType());
    if (!collectChain(chain, Place(whole)))
      return forget();
    Value root = chain.root;
    if (auto filler = root.getDefiningOp<func::CallOp>())
      root = destinationOf(filler)->get();
    return apply(whole, root.getDefiningOp<tensor::EmptyOp>().getDynamicSizes(), chain.links.back(), !type.hasStaticShape());
  }

  /// A part of a tensor that is handed to us, as around a loop: the kernel writes
  /// into a slice of it, and bufferization decides whether that is the tensor itself.
  void placeInTensor(tensor::InsertSliceOp link) {
    auto call = link.getSource().getDefiningOp<func::CallOp>();
    OpOperand *into = call && call->getBlock() == &block ? destinationOf(call) : nullptr;
    // Around a loop it is the same tensor each time, which only the loop's own is not.
    if (!into || placed.contains(call) || !isOwn(into->get(), call) || link.getDest().getParentBlock() != &block)
      return;
    auto part = Place(memoryTypeOf(link.getDest())).slice(link.getMixedOffsets(), link.getMixedSizes(), link.getMixedStrides(), link.getSourceType());
    Known movable;
    auto can = [&](Operation *op) { return canMove(op, call, movable); };
    Operation *dest = link.getDest().getDefiningOp();
    // Where it begins is checked, too.
    ArrayRef<Operation *> between = guardsBetween(call, link);
    if (!part || !part->holds(link.getSourceType()) || (dest && dest->getBlock() == &block && !dest->isBeforeInBlock(call)) ||
        !canMove(*part, call, movable) || !llvm::all_of(between, can))
      return;
    for (Operation *guard : SmallVector<Operation *>(between))
      move(guard, call);
    move(*part, call);
    OpBuilder b(call);
    into->set(tensor::ExtractSliceOp::create(b, link.getLoc(), link.getSourceType(), link.getDest(), link.getMixedOffsets(),
                                             link.getMixedSizes(), link.getMixedStrides()));
    placed.insert(call);
  }

  /// Whether memory is an input's, which is read until the run's end.
  static bool isInput(Value memory) {
    while (Operation *view = memory.getDefiningOp()) {
      if (!isa<memref::ViewOp, memref::SubViewOp, memref::CastOp, memref::ReinterpretCastOp>(view))
        return isa<rt::InputOp>(view);
      memory = view->getOperand(0);
    }
    return false;
  }

  /// A result that gets another shape, or is put together, before it is an output.
  void placeOutput(bufferization::MaterializeInDestinationOp op) {
    auto type = dyn_cast<MemRefType>(op.getDest().getType());
    base = op.getDest();
    if (!type || isInput(base) || !op.getSource().getDefiningOp() || !collect(op.getSource(), Place(type), op)) {
      forget();
      return;
    }
    if (apply({}, {}, op, /*guarded=*/true))
      erased.push_back(op);
  }

  bool forget() {
    for (Placement &p : placements)
      placed.erase(p.call);
    return false;
  }

  //===--------------------------------------------------------------------===//
  // What must be known before the first part is computed
  //===--------------------------------------------------------------------===//

  /// Whether an op does nothing but tell sizes, or where an output lies.
  static bool isMovable(Operation *op) {
    if (isa<rt::OutputOp, rt::RequireOp, memref::ViewOp, memref::SubViewOp, bufferization::ToTensorOp, tensor::EmptyOp>(op))
      return true;
    return op->getNumRegions() == 0 && isMemoryEffectFree(op) && isSpeculatable(op) &&
           llvm::none_of(op->getResultTypes(), llvm::IsaPred<ShapedType>);
  }

  using Known = DenseMap<Operation *, bool>;
  bool canMove(Operation *op, Operation *before, Known &known) const {
    if (!op || op->getBlock() != &block || op->isBeforeInBlock(before))
      return true;
    if (auto it = known.find(op); it != known.end())
      return it->second;
    bool can = op != before && isMovable(op) &&
               llvm::all_of(op->getOperands(), [&](Value v) { return canMove(v.getDefiningOp(), before, known); });
    return known[op] = can;
  }
  bool canMove(const Place &place, Operation *before, Known &known) const {
    return llvm::all_of(place.operands(), [&](Value v) { return canMove(v.getDefiningOp(), before, known); });
  }
  void move(Operation *op, Operation *before) {
    if (!op || op->getBlock() != &block || op->isBeforeInBlock(before))
      return;
    for (Value operand : op->getOperands())
      move(operand.getDefiningOp(), before);
    op->moveBefore(before);
  }
  void move(const Place &place, Operation *before) {
    for (Value v : place.operands())
      move(v.getDefiningOp(), before);
  }

  /// What ends the run if sizes do not fit, from `first` to `last`.
  ArrayRef<Operation *> guardsBetween(Operation *first, Operation *last) const {
    auto isBefore = [](Operation *x, Operation *y) { return x->isBeforeInBlock(y); };
    auto begin = llvm::lower_bound(guards, first, isBefore), end = llvm::lower_bound(guards, last, isBefore);
    return ArrayRef(begin, end);
  }

  static Operation *earlier(Operation *x, Operation *y) { return y->isBeforeInBlock(x) ? y : x; }

  /// Carries it out, in a new buffer of type `made` unless there is one.
  bool apply(MemRefType made, ValueRange sizes, Operation *last, bool guarded) {
    Known movable;
    Operation *first = nullptr;
    for (bool again = true; again;) {
      again = false;
      // Without them it is upstream's, but the time that takes is the square of their number.
      if (placements.empty() && copies.size() < kManyCopies)
        return forget();
      // A whole inside of this one may be complete, with copies, before a kernel runs.
      first = last;
      for (Placement &p : placements)
        first = earlier(first, p.call);
      for (Copy &c : copies)
        first = earlier(first, c.link);
      for (auto &[chain, place] : wholes)
        first = earlier(first, chain.links.back());
      movable.clear();
      llvm::erase_if(placements, [&](Placement &p) {
        if (canMove(p.place, first, movable))
          return false;
        placed.erase(p.call);
        copies.push_back({p.source, p.sourcePlace, p.link});
        return again = true;
      });
    }
    // Guards first, which so stay in order.
    SmallVector<Operation *> needed;
    if (guarded)
      llvm::append_range(needed, guardsBetween(first, last));
    if (base)
      needed.push_back(base.getDefiningOp());
    for (Value size : sizes)
      needed.push_back(size.getDefiningOp());
    for (auto &[filler, place] : fillers)
      for (Value v : filler->getOperands().drop_back())
        needed.push_back(v.getDefiningOp());
    bool all = llvm::all_of(needed, [&](Operation *op) { return canMove(op, first, movable); }) &&
               llvm::all_of(fillers, [&](auto &filler) { return canMove(filler.second, first, movable); }) &&
               llvm::all_of(wholes, [&](auto &whole) { return canMove(whole.second, first, movable); });
    if (!all)
      return forget();
    for (Operation *op : needed)
      move(op, first);
    emit(made, sizes, first);
    return true;
  }

  void emit(MemRefType made, ValueRange sizes, Operation *first) {
    ImplicitLocOpBuilder b(first->getLoc(), first);
    for (auto &[filler, place] : fillers)
      move(place, first);
    for (Placement &p : placements)
      move(p.place, first);
    for (auto &[chain, place] : wholes)
      move(place, first);
    b.setInsertionPoint(first);
    if (!base)
      base = memref::AllocOp::create(b, made, sizes, b.getI64IntegerAttr(64));
    auto tensorAt = [&](const Place &place, RankedTensorType type, bool writable) -> Value {
      return bufferization::ToTensorOp::create(b, type, place.build(b, base), /*restrict=*/true, writable);
    };
    for (auto &[filler, place] : fillers) {
      b.setInsertionPoint(first);
      filler->moveBefore(first);
      b.setInsertionPoint(filler);
      OpOperand *into = destinationOf(filler);
      into->set(tensorAt(place, cast<RankedTensorType>(into->get().getType()), true));
    }
    for (Placement &p : placements) {
      b.setInsertionPoint(p.call);
      auto type = cast<RankedTensorType>(p.call.getResult(0).getType());
      destinationOf(p.call)->set(tensorAt(p.place, type, true));
      // Who reads it knows the strides, and sees nobody write there.
      b.setInsertionPointAfter(p.call);
      p.call.getResult(0).replaceAllUsesWith(tensorAt(p.place, type, false));
    }
    for (Copy &c : copies) {
      b.setInsertionPoint(c.link);
      b.setLoc(c.link->getLoc());
      bufferization::MaterializeInDestinationOp::create(b, TypeRange{}, c.source, c.place.build(b, base), /*restrict=*/true,
                                                        /*writable=*/true);
    }
    for (auto &[chain, place] : wholes) {
      b.setInsertionPointAfter(chain.links.back());
      Value result = chain.links.back().getResult();
      result.replaceAllUsesWith(tensorAt(place, cast<RankedTensorType>(result.getType()), false));
      for (tensor::InsertSliceOp link : llvm::reverse(chain.links)) {
        done.insert(link);
        erased.push_back(link);
      }
    }
    remark::passed(first->getLoc(), remark::RemarkOpts::name("PlaceParts").category("bufferize").function("main"))
        << remark::metric("computed", placements.size()) << remark::metric("copied", copies.size())
        << "computed where they belong in a larger buffer";
  }

  Block &block;
  DenseSet<Operation *> &placed;
  SmallVector<Operation *> guards;
  DenseSet<Operation *> done, taken; // of a block; of one whole: chains by their last link
  SmallVector<Operation *> erased;
  // Of one whole, and the memory that it is bound to, if it is.
  Value base;
  SmallVector<Placement> placements;
  SmallVector<Copy> copies;
  SmallVector<std::pair<func::CallOp, Place>> fillers;
  SmallVector<std::pair<Chain, Place>> wholes;
};

struct PlacePartsPass : impl::PlacePartsPassBase<PlacePartsPass> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isDeclaration())
      return;
    DenseSet<Operation *> placed;
    SmallVector<Block *> blocks;
    main.walk([&](Block *block) { blocks.push_back(block); });
    for (Block *block : blocks)
      Placing(*block, placed).run();
    tellLayouts(getOperation(), main);
  }
};
} // namespace
} // namespace coil
