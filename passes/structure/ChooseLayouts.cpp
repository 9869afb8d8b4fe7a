//===- ChooseLayouts.cpp - images with their channels last ----------------===//
//
// Comes in: tensors whose dimensions lie in memory as the model writes them,
// NCHW. Goes out: those between a convolution and the next reshape that needs
// the model's order with their channels last; a transposition where the two
// meet. Channels that lie side by side fill the lanes of a vector whatever the
// size of the image, the stride and the dilation, and a weight is then read
// from its beginning to its end.
//
// An op that says by maps what it reads needs no law of its own to be given
// another layout: the results of a map are permuted as the tensor is. So one
// walk from the inputs suffices: each op takes what it gets, and its result
// follows its largest operand. Before fusion, which then meets the final maps.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "passes/structure/Layout.h"

namespace coil {
#define GEN_PASS_DEF_CHOOSELAYOUTSPASS
#include "passes/structure/Passes.h.inc"

template <typename T> static SmallVector<T> permuted(ArrayRef<T> list, ArrayRef<int64_t> order) {
  return llvm::map_to_vector(order, [&](int64_t i) { return list[i]; });
}

static RankedTensorType permuted(RankedTensorType type, ArrayRef<int64_t> order) {
  return RankedTensorType::get(permuted(type.getShape(), order), type.getElementType());
}

static AffineMap permuted(AffineMap map, ArrayRef<int64_t> order) {
  return AffineMap::get(map.getNumDims(), 0, permuted(map.getResults(), order), map.getContext());
}

namespace {
class Layouter {
public:
  explicit Layouter(func::FuncOp func) : func(func), b(func.getContext()), reader(func.getLoc()) {}

  void run() {
    SmallVector<Operation *> ops;
    func.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops) {
      if (op->getParentOfType<linalg::LinalgOp>())
        continue; // a body; its op takes care of it
      b.setInsertionPoint(op);
      reader = op->getLoc();
      if (adapt(op))
        replaced.push_back(op);
      else if (!isa<linalg::LinalgOp>(op))
        useModelOrder(op->getOpOperands());
      else
        op->walk([&](Operation *inner) { useModelOrder(inner->getOpOperands()); });
    }
    for (Operation *op : llvm::reverse(replaced))
      op->erase();
  }

  unsigned transposed = 0, chosen = 0;

private:
  struct Memory {
    Value value;
    Order order;
  };

  /// Where the tensor lies; as written where nothing else is known.
  Memory memoryOf(Value v) {
    auto it = known.find(v);
    return it == known.end() ? Memory{v, {}} : it->second;
  }

  /// Says that `op`'s result is `value`, whose dimensions lie in `order`.
  void replace(Operation *op, Value value, Order order) {
    order = simplified(order);
    if (order.empty()) {
      op->getResult(0).replaceAllUsesWith(value);
      return;
    }
    ++chosen;
    // One element does not come after the lanes: they are what lies side by side.
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (type.getDimSize(order.back()) == 1 && !llvm::all_of(type.getShape(), [](int64_t n) { return n == 1; })) {
      Order to;
      llvm::copy_if(order, std::back_inserter(to), [&](int64_t axis) { return type.getDimSize(axis) == 1; });
      llvm::copy_if(order, std::back_inserter(to), [&](int64_t axis) { return type.getDimSize(axis) != 1; });
      value = transpose(value, op->getLoc(), order, to);
      order = simplified(to);
      if (order.empty()) {
        op->getResult(0).replaceAllUsesWith(value);
        return;
      }
    }
    known[op->getResult(0)] = {value, order};
  }

  void useModelOrder(MutableArrayRef<OpOperand> operands) {
    for (OpOperand &operand : operands)
      if (known.count(operand.get()))
        operand.set(as(operand.get(), {}));
  }

  static Order whole(int64_t rank) { return llvm::to_vector<6>(llvm::seq<int64_t>(0, rank)); }

  /// The tensor in the given order; transposed where it lies in another.
  Value as(Value v, Order order) {
    order = simplified(order);
    Memory memory = memoryOf(v);
    if (memory.order == order)
      return memory.value;
    auto type = cast<RankedTensorType>(v.getType());
    Order to = order.empty() ? whole(type.getRank()) : order;
    Order from = memory.order.empty() ? whole(type.getRank()) : memory.order;
    OpBuilder::InsertionGuard guard(b);
    if (auto empty = v.getDefiningOp<tensor::EmptyOp>())
      return tensor::EmptyOp::create(b, v.getLoc(), permuted(ArrayRef(empty.getMixedSizes()), to), type.getElementType());
    if (auto fill = v.getDefiningOp<linalg::FillOp>()) {
      Value init = as(fill.getOutputs()[0], order);
      return linalg::FillOp::create(b, v.getLoc(), fill.getInputs(), init).getResult(0);
    }
    // What is padded for its only reader is brought to its place in the frame.
    if (auto insert = v.getDefiningOp<tensor::InsertSliceOp>();
        insert && memory.order.empty() && v.hasOneUse() && insert.getDest().getDefiningOp<linalg::FillOp>() &&
        insert.getSourceType().getRank() == type.getRank()) {
      Value source = as(insert.getSource(), order), frame = as(insert.getDest(), order);
      return tensor::InsertSliceOp::create(b, v.getLoc(), source, frame, permuted(ArrayRef(insert.getMixedOffsets()), to),
                                           permuted(ArrayRef(insert.getMixedSizes()), to),
                                           permuted(ArrayRef(insert.getMixedStrides()), to));
    }
    Value &made = transposes[{v, order}];
    if (!made) {
      b.setInsertionPointAfterValue(memory.value);
      // An input of the model is nobody's result: who reads it transposes it.
      made = transpose(memory.value, isa<BlockArgument>(v) ? reader : v.getLoc(), from, to);
    }
    return made;
  }

  Value transpose(Value x, Location loc, const Order &from, const Order &to) {
    auto type = cast<RankedTensorType>(x.getType());
    SmallVector<int64_t> permutation; // place i of the result is this place of x
    SmallVector<int64_t> moved;
    for (int64_t axis : to) {
      permutation.push_back(llvm::find(from, axis) - from.begin());
      if (type.getDimSize(permutation.back()) != 1)
        moved.push_back(permutation.back());
    }
    SmallVector<OpFoldResult> sizes = permuted(ArrayRef(tensor::getMixedSizes(b, loc, x)), permutation);
    if (llvm::is_sorted(moved))
      return reshape(x, loc, sizes, permuted(type, permutation));
    ++transposed;
    Value init = tensor::EmptyOp::create(b, loc, sizes, type.getElementType());
    AffineMap write = b.getMultiDimIdentityMap(type.getRank());
    AffineMap read = inversePermutation(AffineMap::getPermutationMap(permutation, b.getContext()));
    SmallVector<utils::IteratorType> kinds(type.getRank(), utils::IteratorType::parallel);
    auto op = linalg::GenericOp::create(b, loc, init.getType(), x, init, ArrayRef{read, write}, kinds,
                                        [](OpBuilder &b, Location loc, ValueRange args) {
                                          linalg::YieldOp::create(b, loc, args[0]);
                                        });
    return op.getResult(0);
  }

  /// Only dimensions of extent one move: through the shape without them.
  Value reshape(Value x, Location loc, ArrayRef<OpFoldResult> sizes, RankedTensorType to) {
    auto from = cast<RankedTensorType>(x.getType());
    SmallVector<int64_t> kept;
    llvm::copy_if(from.getShape(), std::back_inserter(kept), [](int64_t n) { return n != 1; });
    auto middle = RankedTensorType::get(kept, from.getElementType());
    auto grouped = [](ArrayRef<int64_t> shape, size_t count) {
      SmallVector<ReassociationIndices> groups(count);
      size_t group = 0;
      bool filled = false;
      for (auto [axis, size] : llvm::enumerate(shape)) {
        if (count == 0)
          break;
        if (size != 1 && filled)
          ++group;
        filled |= size != 1;
        groups[group].push_back(axis);
      }
      return groups;
    };
    if (middle != from)
      x = tensor::CollapseShapeOp::create(b, loc, middle, x, grouped(from.getShape(), kept.size()));
    if (middle != to)
      x = tensor::ExpandShapeOp::create(b, loc, to, x, grouped(to.getShape(), kept.size()), sizes);
    return x;
  }

  //===--------------------------------------------------------------------===//
  // Ops
  //===--------------------------------------------------------------------===//

  /// Makes the op anew on memory as it lies; false where it cannot be.
  bool adapt(Operation *op) {
    if (auto generic = dyn_cast<linalg::GenericOp>(op))
      return adaptGeneric(generic);
    if (auto dim = dyn_cast<tensor::DimOp>(op))
      return adaptDim(dim);
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
      return adaptExtract(slice);
    if (auto slice = dyn_cast<tensor::InsertSliceOp>(op))
      return adaptInsert(slice);
    if (auto reshape = dyn_cast<tensor::CollapseShapeOp>(op))
      return adaptCollapse(reshape);
    if (auto reshape = dyn_cast<tensor::ExpandShapeOp>(op))
      return adaptExpand(reshape);
    if (auto cast = dyn_cast<tensor::CastOp>(op))
      return adaptCast(cast);
    return false;
  }

  bool adaptDim(tensor::DimOp op) {
    Memory memory = memoryOf(op.getSource());
    auto axis = op.getConstantIndex();
    if (memory.order.empty() || !axis)
      return false;
    Value place = arith::ConstantIndexOp::create(b, op.getLoc(), llvm::find(memory.order, *axis) - memory.order.begin());
    op.replaceAllUsesWith(tensor::DimOp::create(b, op.getLoc(), memory.value, place).getResult());
    return true;
  }

  bool adaptCast(tensor::CastOp op) {
    Memory memory = memoryOf(op.getSource());
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (memory.order.empty() || !type)
      return false;
    replace(op, tensor::CastOp::create(b, op.getLoc(), permuted(type, memory.order), memory.value), memory.order);
    return true;
  }

  bool adaptExtract(tensor::ExtractSliceOp op) {
    Memory memory = memoryOf(op.getSource());
    if (memory.order.empty())
      return false;
    llvm::SmallBitVector dropped = op.getDroppedDims();
    SmallVector<int64_t> newAxis(memory.order.size(), -1);
    for (int64_t axis = 0, next = 0; axis < int64_t(memory.order.size()); ++axis)
      if (!dropped[axis])
        newAxis[axis] = next++;
    Order order;
    for (int64_t axis : memory.order)
      if (newAxis[axis] >= 0)
        order.push_back(newAxis[axis]);
    Value part = tensor::ExtractSliceOp::create(
        b, op.getLoc(), permuted(op.getType(), order), memory.value, permuted(ArrayRef(op.getMixedOffsets()), memory.order),
        permuted(ArrayRef(op.getMixedSizes()), memory.order), permuted(ArrayRef(op.getMixedStrides()), memory.order));
    replace(op, part, order);
    return true;
  }

  bool adaptInsert(tensor::InsertSliceOp op) {
    Order order = memoryOf(op.getDest()).order;
    // What is joined decides how the whole lies, not the empty frame.
    if (order.empty() && op.getSourceType().getRank() == op.getType().getRank() &&
        op.getDest().getDefiningOp<tensor::EmptyOp>())
      order = memoryOf(op.getSource()).order;
    if (order.empty() && op.getDest().getDefiningOp<linalg::FillOp>())
      order = memoryOf(op.getSource()).order;
    if (order.empty() || op.getSourceType().getRank() != op.getType().getRank())
      return false;
    Value source = as(op.getSource(), order), dest = as(op.getDest(), order);
    Value whole = tensor::InsertSliceOp::create(b, op.getLoc(), source, dest, permuted(ArrayRef(op.getMixedOffsets()), order),
                                                permuted(ArrayRef(op.getMixedSizes()), order),
                                                permuted(ArrayRef(op.getMixedStrides()), order));
    replace(op, whole, order);
    return true;
  }

  bool adaptCollapse(tensor::CollapseShapeOp op) {
    Memory memory = memoryOf(op.getSrc());
    if (memory.order.empty())
      return false;
    auto reshaped = collapsed(op, memory.order);
    if (!reshaped) {
      memory.order = simplified(gathered(op, memory.order));
      reshaped = memory.order.empty() ? std::nullopt : collapsed(op, memory.order);
      if (!reshaped)
        return false;
      memory.value = as(op.getSrc(), memory.order);
    }
    replace(op,
            tensor::CollapseShapeOp::create(b, op.getLoc(), permuted(op.getResultType(), reshaped->order), memory.value,
                                            reshaped->groups),
            reshaped->order);
    return true;
  }

  bool adaptExpand(tensor::ExpandShapeOp op) {
    Memory memory = memoryOf(op.getSrc());
    if (memory.order.empty())
      return false;
    Reshaped reshaped = expanded(op, memory.order);
    SmallVector<OpFoldResult> sizes = getMixedValues(op.getStaticOutputShape(), op.getOutputShape(), b);
    replace(op,
            tensor::ExpandShapeOp::create(b, op.getLoc(), permuted(op.getResultType(), reshaped.order), memory.value,
                                          reshaped.groups, permuted(ArrayRef(sizes), reshaped.order)),
            reshaped.order);
    return true;
  }

  //===--------------------------------------------------------------------===//
  // Loop nests
  //===--------------------------------------------------------------------===//

  /// The tensors that a body reads at indices that it computes.
  static SmallVector<tensor::ExtractOp> loads(linalg::GenericOp op) {
    SmallVector<tensor::ExtractOp> found;
    op.getBody()->walk([&](tensor::ExtractOp load) {
      if (!op->isAncestor(load.getTensor().getParentRegion()->getParentOp()))
        found.push_back(load);
    });
    return found;
  }

  /// The loops whose index a value depends on.
  static void addLoops(Value v, llvm::SmallBitVector &loops) {
    Operation *op = v.getDefiningOp();
    if (!op)
      return;
    if (auto index = dyn_cast<linalg::IndexOp>(op))
      loops.set(index.getDim());
    else if (!isa<linalg::LinalgOp>(op) && op->getParentOfType<linalg::LinalgOp>())
      for (Value operand : op->getOperands())
        addLoops(operand, loops);
  }

  /// The loops along each place of memory of the largest tensor that lies in an
  /// order of its own; empty where none does.
  SmallVector<llvm::SmallBitVector> leadingPlaces(linalg::GenericOp op) {
    SmallVector<llvm::SmallBitVector> places;
    auto consider = [&](Value v, function_ref<void(int64_t, llvm::SmallBitVector &)> loopsAlong) {
      Memory memory = memoryOf(v);
      if (memory.order.size() <= places.size())
        return;
      places.assign(memory.order.size(), llvm::SmallBitVector(op.getNumLoops()));
      for (auto [place, axis] : llvm::zip(places, memory.order))
        loopsAlong(axis, place);
    };
    for (OpOperand *operand : op.getDpsInputOperands())
      consider(operand->get(), [&](int64_t axis, llvm::SmallBitVector &place) {
        AffineExpr e = op.getMatchingIndexingMap(operand).getResult(axis);
        for (unsigned loop = 0; loop < op.getNumLoops(); ++loop)
          if (e.isFunctionOfDim(loop))
            place.set(loop);
      });
    for (tensor::ExtractOp load : loads(op))
      consider(load.getTensor(), [&](int64_t axis, llvm::SmallBitVector &place) { addLoops(load.getIndices()[axis], place); });
    return places;
  }

  /// Parallel loops first, in the order of the result; then the sums, those over
  /// the window around those over the channels.
  bool adaptGeneric(linalg::GenericOp op) {
    if (op.getNumResults() != 1 || !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isProjectedPermutation(true))
      return false;
    auto kinds = op.getIteratorTypesArray();
    SmallVector<unsigned> walked; // the loops, as memory suggests
    auto window = windowLoops(op);
    Order image;
    if (window) {
      Value x = op.getDpsInputs()[window->image];
      image = memoryOf(x).order;
      if (image.empty() && fitsAsWritten(op, *window) && leavesAsWritten(op.getResult(0)))
        return false;
      if (image.empty() && leavesAsWritten(op.getResult(0)) && asProduct(op, *window))
        return true;
      if (image.empty())
        image = orderOfImage(op, *window);
      if (!image.empty() || manyChannels(op, window->channels))
        for (auto *loops : {&window->batch, &window->spatial, &window->channels})
          walked.append(loops->begin(), loops->end());
      if (!image.empty())
        for (auto *loops : {&window->kernel, &window->inputs})
          walked.append(loops->begin(), loops->end());
      else
        for (auto *loops : {&window->inputs, &window->kernel})
          walked.append(loops->begin(), loops->end());
    } else if (auto places = leadingPlaces(op); !places.empty()) {
      walked = loopsInOrder(places, op.getNumLoops());
    } else {
      return false;
    }
    // A product of matrices keeps its rows; a sum of one operand follows it.
    bool product = !window && op.getNumReductionLoops() > 0 && readInputs(op) > 1;
    SmallVector<unsigned> loops;
    if (product || walked.size() != op.getNumLoops())
      walked = llvm::to_vector(llvm::seq(0u, unsigned(op.getNumLoops())));
    for (auto kind : {utils::IteratorType::parallel, utils::IteratorType::reduction})
      for (unsigned loop : walked)
        if (kinds[loop] == kind)
          loops.push_back(loop);

    AffineMap write = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
    rebuild(op, loops, orderOfResult(write, loops), window ? std::optional(window->image) : std::nullopt, image);
    return true;
  }

  /// A pool has an operand that only says how large its window is.
  static unsigned readInputs(linalg::GenericOp op) {
    return llvm::count_if(op.getRegionInputArgs(), [](BlockArgument arg) { return !arg.use_empty(); });
  }

  /// A window of one pixel of an image that stays as it is written: a product of
  /// matrices, vectors running along the lines, where these are long enough. The other
  /// way costs a transposition of the result, which 1 x 1 products repay only where
  /// more of them follow.
  bool asProduct(linalg::GenericOp op, const WindowLoops &w) {
    constexpr int64_t kLeastPixels = 16;
    SmallVector<int64_t> ranges = op.getStaticLoopRanges();
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    if (op.hasIndexSemantics() || op.getNumDpsInputs() != 2 || w.inputs.size() != 1 || w.channels.empty() || w.channels.size() > 2 || w.spatial.empty() ||
        ranges[w.spatial.back()] < kLeastPixels || !llvm::all_of(w.kernel, [&](unsigned loop) { return ranges[loop] == 1; }) ||
        !llvm::all_of(op->getOperandTypes(), [](Type type) { return getElementTypeOrSelf(type).isF32(); }))
      return false;
    MLIRContext *context = op.getContext();
    SmallVector<AffineExpr> at(op.getNumLoops(), getAffineConstantExpr(0, context));
    SmallVector<utils::IteratorType> kinds;
    for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
      if (!llvm::is_contained(w.kernel, loop)) {
        at[loop] = getAffineDimExpr(kinds.size(), context);
        kinds.push_back(kind);
      }
    for (AffineMap &map : maps)
      map = simplifyAffineMap(map.replaceDimsAndSymbols(at, {}, kinds.size(), 0));
    AffineMap &ofWeight = maps[w.weight], result = maps.back();
    auto isDim = [](AffineExpr e) { return isa<AffineDimExpr>(e); };
    if (!llvm::all_of(maps[w.image].getResults(), isDim) || result.getResults().back() != at[w.spatial.back()] ||
        maps[w.image].getResults().back() != at[w.spatial.back()])
      return false;
    // The weight's channels, of each group its own, and then its inputs.
    int64_t inputs = w.channels.size();
    if (ofWeight.getNumResults() <= inputs || ofWeight.getResult(inputs) != at[w.inputs[0]])
      return false;
    SmallVector<ReassociationIndices> groups;
    for (auto [axis, channel] : llvm::enumerate(w.channels)) {
      if (ofWeight.getResult(axis) != at[channel])
        return false;
      groups.push_back({int64_t(axis)});
    }
    groups.emplace_back();
    for (int64_t axis = inputs; axis < ofWeight.getNumResults(); ++axis)
      groups.back().push_back(axis);
    SmallVector<Value> operands(op.getDpsInputs());
    operands[w.weight] = tensor::CollapseShapeOp::create(b, op.getLoc(), as(operands[w.weight], {}), groups);
    ofWeight = AffineMap::get(kinds.size(), 0, ofWeight.getResults().take_front(inputs + 1), context);
    Value init = as(op.getDpsInits()[0], {});
    auto made = linalg::GenericOp::create(b, op.getLoc(), init.getType(), operands, init, maps, kinds);
    made->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    IRMapping mapping;
    op.getRegion().cloneInto(&made.getRegion(), mapping);
    replace(op, made.getResult(0), {});
    return true;
  }

  void rebuild(linalg::GenericOp op, ArrayRef<unsigned> loops, Order order, std::optional<unsigned> image, Order imageOrder) {
    SmallVector<AffineMap> maps;
    SmallVector<Value> inputs;
    for (auto [i, operand] : llvm::enumerate(op.getDpsInputOperands())) {
      Memory memory = memoryOf(operand->get());
      if (image == i && memory.order.empty() && !imageOrder.empty())
        memory = {as(operand->get(), imageOrder), imageOrder};
      AffineMap map = op.getMatchingIndexingMap(operand);
      inputs.push_back(memory.value);
      maps.push_back(memory.order.empty() ? map : permuted(map, memory.order));
    }
    maps.push_back(permuted(op.getMatchingIndexingMap(op.getDpsInitOperand(0)), order));
    Value init = as(op.getDpsInits()[0], order);
    auto made = linalg::GenericOp::create(b, op.getLoc(), init.getType(), inputs, init, maps, op.getIteratorTypesArray());
    made->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    IRMapping mapping;
    op.getRegion().cloneInto(&made.getRegion(), mapping);
    for (tensor::ExtractOp load : loads(made)) {
      Memory memory = memoryOf(load.getTensor());
      if (memory.order.empty())
        continue;
      SmallVector<Value> at = permuted(ArrayRef(SmallVector<Value>(load.getIndices())), memory.order);
      load.getTensorMutable().assign(memory.value);
      load.getIndicesMutable().assign(at);
    }
    made->walk([&](Operation *inner) { // whatever else a body looks at
      if (inner != made)
        useModelOrder(inner->getOpOperands());
    });
    IRRewriter rewriter(b);
    linalg::GenericOp result = made;
    if (!llvm::is_sorted(loops))
      result = *linalg::interchangeGenericOp(rewriter, made, loops);
    replace(op, result.getResult(0), order);
  }

  func::FuncOp func;
  OpBuilder b;
  Location reader; // of the op that is adapted
  DenseMap<Value, Memory> known;
  struct Less {
    bool operator()(const std::pair<Value, Order> &x, const std::pair<Value, Order> &y) const {
      return std::make_pair(x.first.getAsOpaquePointer(), ArrayRef<int64_t>(x.second).vec()) <
             std::make_pair(y.first.getAsOpaquePointer(), ArrayRef<int64_t>(y.second).vec());
    }
  };
  std::map<std::pair<Value, Order>, Value, Less> transposes;
  SmallVector<Operation *> replaced;
};

struct ChooseLayoutsPass : impl::ChooseLayoutsPassBase<ChooseLayoutsPass> {
  void runOnOperation() override {
    Layouter layouter(getOperation());
    layouter.run();
    if (layouter.chosen)
      remark::passed(getOperation().getLoc(), remark::RemarkOpts::name("ChooseLayouts").category("structure").function(getOperation().getName()))
          << remark::metric("tensors", layouter.chosen) << remark::metric("transpositions", layouter.transposed)
          << "images lie with their channels last";
  }
};
} // namespace
} // namespace coil
