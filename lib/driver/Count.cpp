//===- Count.cpp - how much a program computes -----------------------------===//
//
// Comes in: a program as `legalize` leaves it, where each tensor is a loop nest
// over a body of scalars, or as it was imported. Goes out: numbers for a person.
//
//===----------------------------------------------------------------------===//

#include "lib/driver/Count.h"

#include "dialects/coil/Core.h"
#include "dialects/onnx/Onnx.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace coil {
namespace {

class Counter {
public:
  explicit Counter(func::FuncOp func) { findVarying(func); }

  /// Of all that a region does when it is run once.
  uint64_t count(Region &region) {
    uint64_t sum = 0;
    for (Operation &op : region.getOps())
      sum = llvm::SaturatingAdd(sum, count(&op));
    return sum;
  }

  bool atLeast = false;

private:
  /// What is not the same in every run: what an input goes into, or a draw.
  void findVarying(func::FuncOp func) {
    for (Value argument : func.getArguments())
      varying.insert(argument);
    func.walk<WalkOrder::PreOrder>([&](Operation *op) {
      // A loop's numbers begin as what its operands are, and its body may use
      // what is outside of it: with regions all of an op is taken as one.
      bool varies = isa<core::DrawOp>(op);
      op->walk([&](Operation *inner) { varies |= llvm::any_of(inner->getOperands(), [&](Value v) { return varying.contains(v); }); });
      if (!varies)
        return;
      for (Value result : op->getResults())
        varying.insert(result);
      for (Region &region : op->getRegions())
        for (Value argument : region.getArguments())
          varying.insert(argument);
      runs.insert(op);
    });
  }

  /// One operation on one number of the data.
  static bool isArithmetic(Operation *op) {
    if (!isa_and_present<arith::ArithDialect, math::MathDialect>(op->getDialect()) || op->getNumResults() != 1 ||
        isa<CastOpInterface>(op) || op->hasTrait<OpTrait::ConstantLike>() || isa<SelectLikeOpInterface>(op))
      return false;
    Type type = op->getResult(0).getType();
    return isa<FloatType>(type) || (isa<IntegerType>(type) && !type.isInteger(1));
  }

  uint64_t count(Operation *op) {
    atLeast |= isa<core::CustomOp>(op) && runs.contains(op); // who knows what it does
    if (op->getNumRegions() == 0)
      return isArithmetic(op) ? 1 : 0;
    bool top = isa<func::FuncOp>(op->getParentOp());
    if (top && !runs.contains(op))
      return 0;
    if (auto choice = dyn_cast<scf::IfOp>(op))
      return std::max(count(choice.getThenRegion()), count(choice.getElseRegion()));
    uint64_t once = 0;
    for (Region &region : op->getRegions())
      once = llvm::SaturatingAdd(once, count(region));
    return once == 0 ? 0 : llvm::SaturatingMultiply(once, times(op));
  }

  /// How often the body of an op is run.
  uint64_t times(Operation *op) {
    SmallVector<int64_t> sizes{ShapedType::kDynamic};
    if (auto loops = dyn_cast<linalg::LinalgOp>(op))
      sizes = loops.getStaticLoopRanges();
    else if (auto loop = dyn_cast<scf::ForOp>(op)) {
      if (auto trips = loop.getStaticTripCount())
        sizes = {trips->getSExtValue()};
    } else if (!isa<LoopLikeOpInterface>(op))
      return 1;
    uint64_t product = 1;
    for (int64_t size : sizes) {
      atLeast |= ShapedType::isDynamic(size);
      product = llvm::SaturatingMultiply<uint64_t>(product, ShapedType::isDynamic(size) ? 1 : size);
    }
    return product;
  }

  DenseSet<Value> varying;
  DenseSet<Operation *> runs;
};

} // namespace

Work countWork(func::FuncOp func) {
  Counter counter(func);
  uint64_t operations = counter.count(func.getBody());
  return {operations, counter.atLeast};
}

Parameters countParameters(func::FuncOp func) {
  Parameters parameters;
  func.walk([&](onnx::ConstantOp op) {
    ElementsAttr value = op.getValue();
    uint64_t elements = value.getNumElements();
    parameters.count += elements;
    if (auto strings = dyn_cast<DenseStringElementsAttr>(value)) {
      for (StringRef text : strings.getRawStringData())
        parameters.bytes += text.size();
      return;
    }
    parameters.bytes += llvm::divideCeil(elements * value.getElementType().getIntOrFloatBitWidth(), 8);
  });
  return parameters;
}

} // namespace coil
