//===- Loops.cpp - the part of CoreBuilder that counts --------------------===//

#include "passes/legalize/CoreBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace coil {

SmallVector<Value> CoreBuilder::loop(Dim count, ValueRange start,
                                     function_ref<SmallVector<Value>(Scalar, ValueRange)> step) {
  auto loop = scf::ForOp::create(*this, index(0).value(), index(count).value(), index(1).value(), start);
  auto know = [&](ValueRange values) {
    for (auto [from, value] : llvm::zip(start, values))
      if (isa<RankedTensorType>(value.getType()))
        remember(value, dimsOf(from));
  };
  know(loop.getRegionIterArgs());
  {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToEnd(loop.getBody());
    if (start.empty())
      setInsertionPoint(loop.getBody()->getTerminator());
    SmallVector<Value> next = step(Scalar(*this, loop.getInductionVar()), loop.getRegionIterArgs());
    if (!start.empty())
      scf::YieldOp::create(*this, next);
  }
  know(loop.getResults());
  return llvm::to_vector(ValueRange(loop.getResults()));
}

Scalar CoreBuilder::fold(Scalar count, Scalar start, function_ref<Scalar(Scalar, Scalar)> step) {
  Value result = loop(dim(count), start.value(), [&](Scalar i, ValueRange carried) {
    return SmallVector<Value>{step(i, Scalar(*this, carried[0], start.type())).value()};
  })[0];
  return Scalar(*this, result, start.type());
}

Value CoreBuilder::insert(Value part, Value whole, const Dims &offsets) {
  Dims ones(offsets.size(), dim(1));
  Value result = tensor::InsertSliceOp::create(*this, part, whole, offsets, dimsOf(part), ones);
  return remember(result, dimsOf(whole));
}

Value CoreBuilder::store(Scalar value, Value tensor, ArrayRef<Scalar> indices) {
  auto at = llvm::map_to_vector(indices, [](Scalar i) { return i.value(); });
  return remember(tensor::InsertOp::create(*this, stored(value), tensor, at), dimsOf(tensor));
}

Value CoreBuilder::update(Value destination, ValueRange inputs, Formula formula) {
  SmallVector<Type> types = llvm::map_to_vector(inputs, elementOf);
  types.push_back(elementOf(destination));
  auto [block, result] = body(types, formula);
  int64_t rank = rankOf(destination);
  SmallVector<AffineMap> maps(types.size(), getMultiDimIdentityMap(rank));
  return remember(generic(inputs, destination, maps, rank, std::move(block)), dimsOf(destination));
}

} // namespace coil
