//===- OutlineKernels.cpp - linalg ops become kernels ---------------------===//
//
// Comes in: an entry function of linalg ops. Goes out: an entry function of
// calls, and one private function for each different kernel. Last of its stage:
// from here on a transformer of twelve equal layers is ten functions, and every
// later pass, LLVM included, pays for ten.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/support/Attention.h"
#include "passes/support/Epilogue.h"
#include "passes/support/FewBits.h"
#include "passes/support/Rows.h"
#include "passes/support/Share.h"

namespace coil {
#define GEN_PASS_DEF_OUTLINEKERNELSPASS
#include "passes/structure/Passes.h.inc"

namespace {
/// What goes into one kernel: `ops` in order.
struct Kernel {
  SmallVector<Operation *, 12> ops;
  /// The ops whose results it has: of a group also those that others read, too; the
  /// last op is the last of them.
  SmallVector<Operation *, 2> makers;
  /// The op that its name tells of.
  Operation *main;
  /// What a sum is added up in, where only the anchor reads it: not an operand,
  /// for it will not leave the registers. So are sums of blocks, of which `main`
  /// is the sum.
  Value scratch, blocks;
  /// What lies between the ops of a group of rows.
  SmallVector<Value> between;
  SmallVector<Value> operands;
  SmallVector<Operation *> constants;
};
} // namespace

/// The name says what kind of loop nest it is.
static StringRef kindOf(const Kernel &kernel) {
  if (isa<core::WinogradOp>(kernel.main))
    return "winograd";
  auto op = cast<linalg::LinalgOp>(kernel.main);
  if (op->hasAttr(kAttentionAttr))
    return "attention";
  if (op->hasAttr(kRowsAttr))
    return "rows";
  if (isa<linalg::FillOp>(op))
    return "fill";
  if (op.getNumReductionLoops() == 0)
    return "map";
  return kernel.blocks || op.getNumDpsInputs() > 1 ? "contract" : "reduce";
}

/// Whether groups are what a kernel can be made of: somebody may have written them.
static LogicalResult checkGroups(ArrayRef<DestinationStyleOpInterface> anchors) {
  DenseMap<Attribute, size_t> rowsOfLast;
  for (DestinationStyleOpInterface anchor : llvm::reverse(anchors)) {
    Attribute group = anchor->getAttr(kGroupAttr);
    if (!group)
      continue;
    auto op = dyn_cast<linalg::LinalgOp>(anchor.getOperation());
    auto rows = anchor->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr);
    if (!op || !isa<IntegerAttr>(group) || !rows)
      return anchor->emitOpError("is of a group, but no linalg op with a number in '") << kGroupAttr << "' and array<i64: ...> in '" << kRowsAttr << "'";
    auto [last, isLast] = rowsOfLast.try_emplace(group, rows.size());
    AffineMap writes = op.getIndexingMapsArray().back();
    for (int64_t row : rows.asArrayRef())
      if (row < 0 || row >= int64_t(op.getNumLoops()) || op.getIteratorTypesArray()[row] != utils::IteratorType::parallel ||
          (isLast && !writes.getResultPosition(getAffineDimExpr(row, op.getContext()))))
        return op.emitOpError("has no row ") << row << (isLast ? " in its result" : " among its parallel loops");
    if (size_t(rows.size()) > last->second)
      return op.emitOpError("has more rows than the last op of its group");
  }
  return success();
}

/// The fill of what an op writes, if it is for this op alone.
static linalg::FillOp fillOf(linalg::LinalgOp op, Value init) {
  auto fill = init.getDefiningOp<linalg::FillOp>();
  return fill && init.hasOneUse() && fill->getBlock() == op->getBlock() ? fill : linalg::FillOp();
}

/// The last of the sums that an elementwise op reads, and nothing else does; none of
/// a group, which has a kernel.
static linalg::GenericOp sumBefore(Operation *anchor) {
  auto op = dyn_cast<linalg::GenericOp>(anchor);
  linalg::GenericOp last;
  if (!op || !isEpilogue(op))
    return last;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    auto sum = operand->get().getDefiningOp<linalg::GenericOp>();
    if (!sum || sum->hasAttr(kGroupAttr) || !readsAsItIs(operand, sum) || !operand->get().hasOneUse() || sum->getBlock() != op->getBlock() ||
        !fillOf(sum, sum.getDpsInits()[0]))
      continue;
    if (!last || last->isBeforeInBlock(sum))
      last = sum;
  }
  return last;
}

/// The convolution in few multiplications that an elementwise op reads, and
/// nothing else does.
static core::WinogradOp winogradBefore(Operation *anchor) {
  auto op = dyn_cast<linalg::GenericOp>(anchor);
  if (!op || !isEpilogue(op))
    return {};
  for (OpOperand *operand : op.getDpsInputOperands()) {
    auto winograd = operand->get().getDefiningOp<core::WinogradOp>();
    if (winograd && operand->get() == winograd.getResult(0) && operand->get().hasOneUse() && winograd->getBlock() == op->getBlock() &&
        winograd.getInto().getDefiningOp<tensor::EmptyOp>() && winograd.getInto().hasOneUse() &&
        op.getMatchingIndexingMap(operand).isIdentity())
      return winograd;
  }
  return {};
}

/// The sums of blocks that an op adds up, and nothing else does.
static linalg::GenericOp blocksBefore(Operation *op) {
  auto sum = dyn_cast<linalg::GenericOp>(op);
  if (!sum || sum.getNumReductionLoops() == 0)
    return {};
  auto blocks = blockSum(sum, [&](OpOperand &operand) {
    auto inner = operand.get().getDefiningOp<linalg::GenericOp>();
    bool alone = inner && operand.get().hasOneUse() && inner->getBlock() == sum->getBlock() && inner.getNumDpsInits() == 1 &&
                 fillOf(inner, inner.getDpsInits()[0]);
    return alone ? inner : linalg::GenericOp();
  });
  return blocks ? blocks->inner : linalg::GenericOp();
}

/// The sizes of the sums of blocks that `inner` makes; those that only a run
/// knows are those of the result.
static SmallVector<OpFoldResult> sizesOfBlocks(linalg::GenericOp inner, Value result, OpBuilder &b) {
  OpOperand &use = *inner.getResult(0).getUses().begin();
  auto sum = cast<linalg::GenericOp>(use.getOwner());
  AffineMap read = sum.getMatchingIndexingMap(&use), write = sum.getIndexingMapsArray().back();
  SmallVector<OpFoldResult> sizes;
  for (auto [size, e] : llvm::zip(cast<RankedTensorType>(use.get().getType()).getShape(), read.getResults()))
    sizes.push_back(ShapedType::isDynamic(size)
                        ? tensor::getMixedSize(b, sum.getLoc(), result, *write.getResultPosition(e))
                        : OpFoldResult(b.getIndexAttr(size)));
  return sizes;
}

/// The buffer that an op of a group hands to another; none for parts of one.
static Value bufferOf(Operation *op) {
  auto maker = dyn_cast<linalg::LinalgOp>(op);
  Value init = maker && op->hasAttr(kRowsAttr) ? maker.getDpsInits()[0] : Value();
  if (!init || init.getDefiningOp<tensor::ExtractSliceOp>())
    return {};
  auto fill = isa<linalg::FillOp>(op) ? linalg::FillOp() : fillOf(maker, init);
  return fill ? fill.getOutputs()[0] : init;
}

/// Whether others read the result of an op of a group too, all of them when the
/// group is done. The parts of an attention have no such readers.
static bool isReadAfter(Operation *op, Operation *anchor, const llvm::SetVector<Operation *> &members) {
  bool isRead = false;
  for (Operation *user : op->getUsers()) {
    if (members.contains(user))
      continue;
    Operation *at = anchor->getBlock()->findAncestorOpInBlock(*user);
    if (!at || !anchor->isBeforeInBlock(at))
      return false;
    isRead = true;
  }
  return isRead && isa<linalg::GenericOp>(op) && !op->hasAttr(kAttentionAttr);
}

/// The ops of a group, of which `anchor` is the last, with their fills. A frame is
/// filled and written into by ops of the group.
static void collectRows(Kernel &kernel, linalg::LinalgOp anchor) {
  SmallVector<Operation *> left{anchor};
  llvm::SetVector<Operation *> members;
  Attribute group = anchor->getAttr(kGroupAttr);
  while (!left.empty()) {
    Operation *op = left.pop_back_val();
    if (!members.insert(op))
      continue;
    for (Value input : op->getOperands())
      if (Operation *maker = input.getDefiningOp(); maker && maker->getAttr(kGroupAttr) == group)
        left.push_back(maker);
  }
  SmallVector<Operation *> inOrder(members.begin(), members.end());
  llvm::sort(inOrder, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  for (Operation *op : inOrder) {
    auto maker = dyn_cast<linalg::LinalgOp>(op);
    if (maker && !isa<linalg::FillOp>(op))
      if (linalg::FillOp fill = fillOf(maker, maker.getDpsInits()[0]))
        kernel.ops.push_back(fill);
    kernel.ops.push_back(op);
    if (op == anchor)
      continue;
    Value buffer = bufferOf(op);
    if (buffer && isReadAfter(op, anchor, members))
      kernel.makers.push_back(op);
    else if (buffer)
      kernel.between.push_back(buffer);
  }
  kernel.main = anchor;
}

/// Where the number of an attention's keys is said, which its result does not know.
static OpFoldResult sizeOfKeys(const Kernel &kernel, IRMapping &map, OpBuilder &b) {
  for (Operation *op : kernel.ops)
    if (partOf(op) == attention::products)
      for (OpOperand *operand : cast<linalg::GenericOp>(op).getDpsInputOperands())
        if (auto keys = op->getAttrOfType<IntegerAttr>(kKeysAttr))
          if (auto axis = cast<linalg::GenericOp>(op).getMatchingIndexingMap(operand).getResultPosition(getAffineDimExpr(keys.getInt(), op->getContext())))
            return tensor::getMixedSize(b, op->getLoc(), map.lookup(operand->get()), *axis);
  return {};
}

/// The sizes of what one op of a group hands to another: of its rows those of the
/// result, the others are known, or the result's too, or are those of keys.
static SmallVector<OpFoldResult> sizesBetween(linalg::LinalgOp op, const Kernel &kernel, Value result, IRMapping &map, OpBuilder &b) {
  auto rows = op->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr).asArrayRef();
  auto last = cast<linalg::LinalgOp>(kernel.ops.back());
  auto lastRows = last->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr).asArrayRef();
  SmallVector<OpFoldResult> sizes;
  auto type = cast<RankedTensorType>(op->getResultTypes()[0]);
  for (auto [axis, e] : llvm::enumerate(op.getIndexingMapsArray().back().getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(e);
    auto row = dim ? llvm::find(rows, dim.getPosition()) : rows.end();
    if (!type.isDynamicDim(axis)) {
      sizes.push_back(b.getIndexAttr(type.getDimSize(axis)));
    } else if (row != rows.end()) {
      auto at = last.getIndexingMapsArray().back().getResultPosition(getAffineDimExpr(lastRows[row - rows.begin()], op.getContext()));
      sizes.push_back(tensor::getMixedSize(b, op.getLoc(), result, *at));
    } else {
      OpFoldResult keys = op->hasAttr(kAttentionAttr) ? sizeOfKeys(kernel, map, b) : OpFoldResult();
      sizes.push_back(keys ? keys : tensor::getMixedSize(b, op.getLoc(), result, axis));
    }
  }
  return sizes;
}

/// The slabs of a frame, each taken out of it, filled and put back; `fill` is that
/// of the last one. Empty where it is alone.
static SmallVector<Operation *, 12> slabsUpTo(Operation *anchor) {
  SmallVector<Operation *, 12> ops;
  auto fill = dyn_cast<linalg::FillOp>(anchor);
  auto same = [](OpFoldResult x, OpFoldResult y) { return isEqualConstantIntOrValue(x, y); };
  while (fill && fill->hasOneUse() && fill->getBlock() == anchor->getBlock()) {
    auto place = fill.getOutputs()[0].getDefiningOp<tensor::ExtractSliceOp>();
    auto back = dyn_cast<tensor::InsertSliceOp>(*fill->user_begin());
    if (!place || !back || !place->hasOneUse() || back.getDest() != place.getSource() || !back.isSameAs(place, same))
      break;
    // Nobody else looks at what is between two slabs.
    bool between = !ops.empty();
    if (between && std::distance(back->use_begin(), back->use_end()) != 2)
      break;
    ops.insert(ops.begin(), {place, fill, back});
    auto before = back.getDest().getDefiningOp<tensor::InsertSliceOp>();
    fill = before ? before.getSource().getDefiningOp<linalg::FillOp>() : linalg::FillOp();
  }
  return ops;
}

/// What the kernel's result is written into.
static SmallVector<Value> destinationsOf(const Kernel &kernel) {
  if (isa<tensor::InsertSliceOp>(kernel.ops.back()))
    return {cast<tensor::ExtractSliceOp>(kernel.ops.front()).getSource()};
  SmallVector<Value> destinations;
  for (Operation *maker : kernel.makers)
    for (Value init : cast<DestinationStyleOpInterface>(maker).getDpsInits()) {
      auto fill = init.getDefiningOp<linalg::FillOp>();
      destinations.push_back(fill && llvm::is_contained(kernel.ops, fill) ? fill.getOutputs()[0] : init);
    }
  return destinations;
}

static Kernel collect(DestinationStyleOpInterface anchor, bool epilogues) {
  Kernel kernel;
  bool isGroup = anchor->hasAttr(kGroupAttr);
  Operation *sum = nullptr;
  if (isGroup) {
    collectRows(kernel, cast<linalg::LinalgOp>(anchor.getOperation()));
  } else if (core::WinogradOp winograd = epilogues ? winogradBefore(anchor) : nullptr) {
    sum = winograd;
    kernel.ops = {winograd};
    kernel.scratch = winograd.getInto();
  } else if (linalg::GenericOp before = epilogues ? sumBefore(anchor) : nullptr) {
    sum = before;
    linalg::FillOp fill = fillOf(before, before.getDpsInits()[0]);
    kernel.ops = {fill, before};
    kernel.scratch = fill.getOutputs()[0];
  } else if (auto op = dyn_cast<linalg::LinalgOp>(anchor.getOperation())) {
    for (Value init : op.getDpsInits())
      if (linalg::FillOp fill = fillOf(op, init))
        kernel.ops.push_back(fill);
  }
  if (auto slabs = slabsUpTo(anchor); !slabs.empty())
    kernel.ops = slabs;
  else if (!isGroup)
    kernel.ops.push_back(anchor);
  kernel.makers.push_back(kernel.ops.back());
  kernel.main = sum ? sum : anchor;
  if (linalg::GenericOp inner = epilogues && !isGroup ? blocksBefore(kernel.main) : nullptr) {
    linalg::FillOp fill = fillOf(inner, inner.getDpsInits()[0]);
    kernel.ops.insert(kernel.ops.begin(), {fill, inner});
    kernel.blocks = fill.getOutputs()[0];
  }

  llvm::SetVector<Value> used;
  for (Operation *op : kernel.ops) {
    used.insert(op->operand_begin(), op->operand_end());
    getUsedValuesDefinedAbove(op->getRegions(), used);
  }
  for (Value value : used) {
    Operation *maker = value.getDefiningOp();
    if (value == kernel.scratch || value == kernel.blocks || llvm::is_contained(kernel.between, value) || (maker && llvm::is_contained(kernel.ops, maker)))
      continue;
    if (maker && !isa<TensorType>(value.getType()) && matchPattern(maker, m_Constant()))
      kernel.constants.push_back(maker);
    else
      kernel.operands.push_back(value);
  }
  // Destinations come last, in the order of the results.
  for (Value destination : destinationsOf(kernel)) {
    auto at = llvm::find(kernel.operands, destination);
    std::rotate(at, at + 1, kernel.operands.end());
  }
  return kernel;
}

/// How a kernel's buffer lies in memory: without gaps, but a slice is handed
/// over as it is, rows apart, not copied. So is what kernels wrote into one, and
/// what has room to grow.
static Attribute layoutOf(Value operand) {
  auto type = cast<RankedTensorType>(operand.getType());
  MLIRContext *context = operand.getContext();
  Value memory = operand;
  while (true) {
    if (auto maker = memory.getDefiningOp<DestinationStyleOpInterface>())
      memory = maker.getTiedOpOperand(cast<OpResult>(memory))->get();
    else if (auto insert = memory.getDefiningOp<tensor::InsertSliceOp>())
      memory = insert.getDest();
    else
      break;
  }
  bool apart = memory.getDefiningOp<tensor::ExtractSliceOp>() || hasRoomToGrow(operand);
  if (!apart || type.getRank() == 0)
    return AffineMapAttr::get(AffineMap::getMultiDimIdentityMap(type.getRank(), context));
  SmallVector<int64_t> strides(type.getRank(), ShapedType::kDynamic);
  strides.back() = 1;
  return StridedLayoutAttr::get(context, ShapedType::kDynamic, strides);
}

static SmallVector<Value> resultsOf(const Kernel &kernel) {
  SmallVector<Value> results;
  for (Operation *maker : kernel.makers)
    llvm::append_range(results, maker->getResults());
  return results;
}

static func::FuncOp build(const Kernel &kernel, OpBuilder &b) {
  SmallVector<Value> results = resultsOf(kernel);
  auto types = llvm::map_to_vector(kernel.operands, [](Value v) { return v.getType(); });
  auto func = func::FuncOp::create(b.getUnknownLoc(), "kernel",
                                   b.getFunctionType(types, TypeRange(ValueRange(results))));
  func.setPrivate();
  Block *entry = func.addEntryBlock();
  OpBuilder body = OpBuilder::atBlockBegin(entry);
  IRMapping map;
  map.map(kernel.operands, entry->getArguments());
  for (Operation *constant : kernel.constants)
    body.clone(*constant, map);
  if (kernel.scratch) {
    // As large as the result.
    auto type = cast<RankedTensorType>(kernel.scratch.getType());
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(body, func.getLoc(), entry->getArguments().back());
    map.map(kernel.scratch, tensor::EmptyOp::create(body, func.getLoc(), sizes, type.getElementType()).getResult());
  }
  if (kernel.blocks) {
    auto type = cast<RankedTensorType>(kernel.blocks.getType());
    auto sizes = sizesOfBlocks(cast<linalg::GenericOp>(kernel.ops[1]), entry->getArguments().back(), body);
    map.map(kernel.blocks, tensor::EmptyOp::create(body, func.getLoc(), sizes, type.getElementType()).getResult());
  }
  for (Operation *op : kernel.ops)
    if (Value between = bufferOf(op); between && llvm::is_contained(kernel.between, between)) {
      auto sizes = sizesBetween(cast<linalg::LinalgOp>(op), kernel, entry->getArguments().back(), map, body);
      auto type = cast<RankedTensorType>(between.getType());
      map.map(between, tensor::EmptyOp::create(body, func.getLoc(), sizes, type.getElementType()).getResult());
    }
  for (Operation *op : kernel.ops)
    body.clone(*op, map)->removeAttr(kGroupAttr);
  func::ReturnOp::create(body, b.getUnknownLoc(),
                         llvm::map_to_vector(results, [&](Value v) { return map.lookup(v); }));
  for (auto [i, operand] : llvm::enumerate(kernel.operands))
    if (isa<RankedTensorType>(operand.getType()))
      func.setArgAttr(i, "bufferization.buffer_layout", layoutOf(operand));
  // Kernels are shared: whose nodes they run, the calls say.
  func.walk([&](Operation *op) { op->setLoc(b.getUnknownLoc()); });
  return func;
}

static std::string textOf(func::FuncOp func) {
  std::string text;
  llvm::raw_string_ostream os(text);
  func.print(os, OpPrintingFlags().useLocalScope());
  return text;
}

namespace {
struct OutlineKernelsPass : impl::OutlineKernelsPassBase<OutlineKernelsPass> {
  using OutlineKernelsPassBase::OutlineKernelsPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<DestinationStyleOpInterface> anchors;
    for (auto func : module.getOps<func::FuncOp>())
      func.walk([&](DestinationStyleOpInterface op) {
        if (isa<linalg::LinalgOp, core::WinogradOp>(op.getOperation()))
          anchors.push_back(op);
      });

    if (failed(checkGroups(anchors)))
      return signalPassFailure();

    llvm::StringMap<func::FuncOp> known; // by its text
    OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
    DenseSet<Operation *> done;
    // From the end, so that a fill still finds the op that it belongs to.
    for (DestinationStyleOpInterface anchor : llvm::reverse(anchors)) {
      if (done.contains(anchor))
        continue;
      Kernel kernel = collect(anchor, epilogues);
      for (Operation *op : kernel.ops)
        for (Operation *user : op->getUsers())
          if (!llvm::is_contained(kernel.ops, user) && !llvm::is_contained(kernel.makers, op)) {
            op->emitOpError("is of a group, but read outside of it before the last of it is done");
            return signalPassFailure();
          }
      func::FuncOp func = build(kernel, b);
      auto [entry, isNew] = known.try_emplace(textOf(func), func);
      if (isNew) {
        func.setSymName((kindOf(kernel) + "_" + Twine(known.size() - 1)).str());
        b.insert(func);
      } else {
        func.erase();
      }
      OpBuilder at(kernel.ops.back());
      // The fill of a sum is not what a node says: folding has made it one for many.
      SmallVector<Location> locs;
      for (Operation *op : kernel.ops)
        if (!isa<linalg::FillOp>(op) || kernel.main == op)
          locs.push_back(op->getLoc());
      auto call = func::CallOp::create(at, at.getFusedLoc(locs), entry->second, kernel.operands);
      for (auto [old, made] : llvm::zip_equal(resultsOf(kernel), call.getResults()))
        old.replaceAllUsesWith(made);
      for (Operation *op : llvm::reverse(kernel.ops)) {
        done.insert(op);
        op->erase();
      }
    }
  }
};
} // namespace
} // namespace coil
