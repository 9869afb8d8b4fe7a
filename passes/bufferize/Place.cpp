//===- Place.cpp - where in a buffer a tensor is to lie -------------------===//

#include "passes/bufferize/Place.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace coil {

/// Kernels read and write lines without gaps.
static bool hasWholeLines(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  return type.getRank() > 0 && succeeded(type.getStridesAndOffset(strides, offset)) && strides.back() == 1;
}

std::optional<Place> Place::slice(ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes, ArrayRef<OpFoldResult> strides,
                                  RankedTensorType part) const {
  Step step{memref::SubViewOp::inferRankReducedResultType(part.getShape(), type, offsets, sizes, strides),
            llvm::to_vector(offsets), llvm::to_vector(sizes), llvm::to_vector(strides), {}};
  if (!step.type || !hasWholeLines(step.type))
    return std::nullopt;
  Place place = *this;
  place.type = step.type;
  // A slice of a slice is one: of parts in parts in parts each place would else be as long as it is deep.
  if (!place.steps.empty() && place.steps.back().takes(step))
    place.steps.pop_back();
  place.steps.push_back(step);
  return place;
}

bool Place::Step::takes(Step &slice) const {
  bool isWhole = groups.empty() && type.getRank() == int64_t(sizes.size());
  if (!isWhole || !llvm::all_of(strides, isOneInteger) || !llvm::all_of(slice.strides, isOneInteger))
    return false;
  auto mine = getConstantIntValues(offsets), its = getConstantIntValues(slice.offsets);
  if (!mine || !its)
    return false;
  Builder b(type.getContext());
  for (auto [offset, first, then] : llvm::zip_equal(slice.offsets, *mine, *its))
    offset = b.getIndexAttr(first + then);
  return true;
}

std::optional<Place> Place::unshaped(Operation *reshape, ArrayRef<OpFoldResult> sizes) const {
  Step step;
  auto source = cast<RankedTensorType>(reshape->getOperand(0).getType());
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(reshape)) {
    step.groups = expand.getReassociationIndices();
    if (step.groups.empty() || !memref::CollapseShapeOp::isGuaranteedCollapsible(type, step.groups))
      return std::nullopt;
    step.type = memref::CollapseShapeOp::computeCollapsedType(type, step.groups);
    Place place = *this;
    place.type = step.type;
    place.steps.push_back(step);
    return place;
  }
  step.groups = cast<tensor::CollapseShapeOp>(reshape).getReassociationIndices();
  step.expands = true;
  if (step.groups.empty())
    return std::nullopt;
  if (source.hasStaticShape()) {
    for (int64_t size : source.getShape())
      step.sizes.push_back(IntegerAttr::get(IndexType::get(reshape->getContext()), size));
  } else { // strides of more than one dynamic dimension are known where there are no gaps
    if (sizes.empty() || !type.getLayout().isIdentity())
      return std::nullopt;
    step.sizes = llvm::to_vector(sizes);
  }
  auto expanded = memref::ExpandShapeOp::computeExpandedType(type, source.getShape(), step.groups);
  if (failed(expanded))
    return std::nullopt;
  step.type = *expanded;
  Place place = *this;
  place.type = step.type;
  place.steps.push_back(step);
  return place;
}

bool Place::holds(RankedTensorType tensor) const {
  return tensor.getShape() == type.getShape() && tensor.getElementType() == type.getElementType() && hasWholeLines(type);
}

SmallVector<Value> Place::operands() const {
  SmallVector<Value> values;
  for (const Step &step : steps)
    for (auto *list : {&step.offsets, &step.sizes, &step.strides})
      for (OpFoldResult n : *list)
        if (auto value = dyn_cast<Value>(n))
          values.push_back(value);
  return values;
}

Value Place::build(ImplicitLocOpBuilder &b, Value whole) const {
  for (const Step &step : steps) {
    if (step.groups.empty())
      whole = memref::SubViewOp::create(b, step.type, whole, step.offsets, step.sizes, step.strides);
    else if (step.expands)
      whole = memref::ExpandShapeOp::create(b, step.type, whole, step.groups, step.sizes);
    else
      whole = memref::CollapseShapeOp::create(b, step.type, whole, step.groups);
  }
  return whole;
}

/// Whether `end` is where something of `size` ends that begins at `begin`.
static bool isEnd(OpFoldResult end, OpFoldResult begin, OpFoldResult size) {
  auto e = getConstantIntValue(end), o = getConstantIntValue(begin), n = getConstantIntValue(size);
  if (e && o && n)
    return *e >= *o + *n;
  if (isZeroInteger(begin))
    return isEqualConstantIntOrValue(end, size);
  auto value = dyn_cast<Value>(end);
  if (!value)
    return false;
  auto isTerm = [&](Value x, OpFoldResult y) { return isEqualConstantIntOrValue(getAsOpFoldResult(x), y); };
  if (auto add = value.getDefiningOp<arith::AddIOp>())
    return (isTerm(add.getLhs(), begin) && isTerm(add.getRhs(), size)) || (isTerm(add.getLhs(), size) && isTerm(add.getRhs(), begin));
  return false;
}

bool areDisjoint(ArrayRef<tensor::InsertSliceOp> links) {
  if (links.size() < 2)
    return true;
  // One behind the other along some axis.
  auto areInOrder = [&](int64_t axis) {
    tensor::InsertSliceOp before;
    for (tensor::InsertSliceOp link : links) {
      if (before && !isEnd(link.getMixedOffsets()[axis], before.getMixedOffsets()[axis], before.getMixedSizes()[axis]))
        return false;
      before = link;
    }
    return true;
  };
  tensor::InsertSliceOp first = links.front();
  return llvm::any_of(llvm::seq<int64_t>(0, first.getDestType().getRank()), areInOrder);
}

MemRefType memoryTypeOf(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  auto plain = MemRefType::get(type.getShape(), type.getElementType());
  Operation *maker = tensor.getDefiningOp();
  if (!maker)
    return plain;
  if (auto memory = dyn_cast<bufferization::ToTensorOp>(maker))
    return cast<MemRefType>(memory.getBuffer().getType());
  if (auto call = dyn_cast<func::CallOp>(maker); call && call.getNumOperands() >= call.getNumResults()) {
    Value into = call.getOperands().take_back(call.getNumResults())[cast<OpResult>(tensor).getResultNumber()];
    return into.getType() == type ? memoryTypeOf(into) : plain;
  }
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(maker))
    return memoryTypeOf(insert.getDest());
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(maker))
    return memref::SubViewOp::inferRankReducedResultType(type.getShape(), memoryTypeOf(slice.getSource()), slice.getMixedOffsets(),
                                                         slice.getMixedSizes(), slice.getMixedStrides());
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(maker)) {
    auto expanded = memref::ExpandShapeOp::computeExpandedType(memoryTypeOf(expand.getSrc()), type.getShape(), expand.getReassociationIndices());
    return succeeded(expanded) ? *expanded : plain;
  }
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(maker); collapse && !collapse.getReassociationIndices().empty()) {
    MemRefType source = memoryTypeOf(collapse.getSrc());
    auto groups = collapse.getReassociationIndices();
    return memref::CollapseShapeOp::isGuaranteedCollapsible(source, groups) ? memref::CollapseShapeOp::computeCollapsedType(source, groups) : plain;
  }
  return plain;
}

} // namespace coil
