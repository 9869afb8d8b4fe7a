//===- HiddenKeys.cpp - which keys the mask of an attention hides ---------===//
//
// Comes in: the body of what is done to scores: a choice between the score and the
// least number, or the sum of both, as operators and exporters write masks. Goes
// out: the same as a truth of the masks' elements, from which a run tells, before
// the product, of which keys nothing would be left.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/HiddenKeys.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

namespace coil {

HiddenKeys::HiddenKeys(linalg::GenericOp scores, Value products) : op(scores) {
  if (llvm::count(op.getDpsInputs(), products) != 1)
    return;
  for (OpOperand *input : op.getDpsInputOperands())
    if (input->get() == products)
      product = op.getMatchingBlockArgument(input);
  Value score = op.getBody()->getTerminator()->getOperand(0);
  if (!dependsOnProducts(score) || !mayHide(score))
    inputs.clear();
}

bool HiddenKeys::dependsOnProducts(Value v) const {
  if (v == product)
    return true;
  Operation *maker = v.getDefiningOp();
  // What has regions, or is not of this body's own, is not looked through.
  return maker && maker->getBlock() == op.getBody() &&
         (maker->getNumRegions() || llvm::any_of(maker->getOperands(), [&](Value x) { return dependsOnProducts(x); }));
}

/// Whatever inputs a value is made of.
void HiddenKeys::take(Value v) {
  if (auto argument = dyn_cast<BlockArgument>(v); argument && argument.getOwner() == op.getBody()) {
    OpOperand *input = op.getMatchingOpOperand(argument);
    if (!llvm::is_contained(inputs, input))
      inputs.push_back(input);
  } else if (Operation *maker = v.getDefiningOp(); maker && maker->getBlock() == op.getBody()) {
    for (Value operand : maker->getOperands())
      take(operand);
  }
}

bool HiddenKeys::mayHide(Value v) {
  if (!v.getType().isF32())
    return false;
  if (!dependsOnProducts(v)) {
    APFloat known(0.0f);
    if (matchPattern(v, m_ConstantFloat(&known))) {
      bool isLow = known.convertToFloat() <= kLow;
      exact &= !isLow || known.isInfinity();
      return isLow;
    }
    exact = false;
    take(v);
    return true;
  }
  Operation *maker = v.getDefiningOp();
  if (auto choice = dyn_cast_if_present<arith::SelectOp>(maker); choice && !dependsOnProducts(choice.getCondition())) {
    bool first = mayHide(choice.getTrueValue()), second = mayHide(choice.getFalseValue());
    if (first || second)
      take(choice.getCondition());
    return first || second;
  }
  if (isa_and_present<arith::AddFOp>(maker)) {
    bool first = mayHide(maker->getOperand(0)), second = mayHide(maker->getOperand(1));
    return first || second;
  }
  if (isa_and_present<arith::MaximumFOp>(maker)) {
    bool first = mayHide(maker->getOperand(0)), second = mayHide(maker->getOperand(1));
    return first && second;
  }
  return false;
}

Value HiddenKeys::copy(OpBuilder &b, Value v, IRMapping &map) const {
  Operation *maker = v.getDefiningOp();
  if (!map.contains(v) && maker && maker->getBlock() == op.getBody()) {
    for (Value operand : maker->getOperands())
      copy(b, operand, map);
    b.clone(*maker, map);
  }
  return map.lookupOrDefault(v);
}

/// The same cases as `mayHide`.
Value HiddenKeys::hides(OpBuilder &b, Value v, IRMapping &map) const {
  Location loc = op.getLoc();
  auto truth = [&](bool yes) -> Value { return arith::ConstantOp::create(b, loc, b.getBoolAttr(yes)); };
  if (!v.getType().isF32())
    return truth(false);
  if (!dependsOnProducts(v)) {
    APFloat known(0.0f);
    if (matchPattern(v, m_ConstantFloat(&known)))
      return truth(known.convertToFloat() <= kLow);
    Value low = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(kLow));
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLE, copy(b, v, map), low);
  }
  Operation *maker = v.getDefiningOp();
  if (auto choice = dyn_cast_if_present<arith::SelectOp>(maker); choice && !dependsOnProducts(choice.getCondition())) {
    Value first = hides(b, choice.getTrueValue(), map), second = hides(b, choice.getFalseValue(), map);
    return b.createOrFold<arith::SelectOp>(loc, copy(b, choice.getCondition(), map), first, second);
  }
  if (isa_and_present<arith::AddFOp>(maker))
    return b.createOrFold<arith::OrIOp>(loc, hides(b, maker->getOperand(0), map), hides(b, maker->getOperand(1), map));
  if (isa_and_present<arith::MaximumFOp>(maker))
    return b.createOrFold<arith::AndIOp>(loc, hides(b, maker->getOperand(0), map), hides(b, maker->getOperand(1), map));
  return truth(false);
}

Value HiddenKeys::emit(OpBuilder &b, ValueRange elements) const {
  IRMapping map;
  for (auto [input, element] : llvm::zip(inputs, elements))
    map.map(op.getMatchingBlockArgument(input), element);
  return hides(b, op.getBody()->getTerminator()->getOperand(0), map);
}

} // namespace coil
