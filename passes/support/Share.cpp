//===- Share.cpp - outputs that lie in an input's buffer ------------------===//

#include "passes/support/Share.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;

namespace coil {

std::optional<Share> shareOfOutput(func::FuncOp main, unsigned output) {
  auto attr = main.getResultAttrOfType<DenseI64ArrayAttr>(output, kShareAttr);
  if (!attr || attr.size() != 3)
    return std::nullopt;
  return Share{attr[0], attr[1], attr[2]};
}

std::optional<Share> shareOfInput(BlockArgument input) {
  auto main = dyn_cast<func::FuncOp>(input.getOwner()->getParentOp());
  for (unsigned i = 0; main && i < main.getNumResults(); ++i)
    if (auto share = shareOfOutput(main, i); share && share->input == input.getArgNumber())
      return share;
  return std::nullopt;
}

void setShare(func::FuncOp main, unsigned output, Share share) {
  main.setResultAttr(output, kShareAttr,
                     Builder(main.getContext()).getDenseI64ArrayAttr({share.input, share.axis, share.capacity}));
}

/// The tensor of which `value` is a changed one, or null.
static Value before(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto insert = dyn_cast_if_present<tensor::InsertSliceOp>(op))
    return insert.getDest();
  if (auto cast = dyn_cast_if_present<tensor::CastOp>(op))
    return cast.getSource();
  if (auto loop = dyn_cast_if_present<scf::ForOp>(op)) { // if it changes what it was given
    unsigned i = cast<OpResult>(value).getResultNumber();
    Value from = loop.getYieldedValues()[i];
    while (from && from != loop.getRegionIterArg(i))
      from = before(from);
    return from ? loop.getInitArgs()[i] : Value();
  }
  if (auto writer = dyn_cast_if_present<DestinationStyleOpInterface>(op))
    return writer.getTiedOpOperand(cast<OpResult>(value))->get();
  return {};
}

static Value withoutCasts(Value value) {
  while (auto cast = value.getDefiningOp<tensor::CastOp>())
    value = cast.getSource();
  return value;
}

tensor::InsertSliceOp appendTo(Value value, BlockArgument input) {
  for (; value; value = before(value))
    if (auto insert = value.getDefiningOp<tensor::InsertSliceOp>())
      if (withoutCasts(insert.getSource()) == input)
        return insert;
  return {};
}

bool hasRoomToGrow(Value value) {
  for (; value; value = before(value)) {
    if (auto input = dyn_cast<BlockArgument>(value)) {
      auto share = shareOfInput(input);
      return share && share->grows();
    }
    auto insert = value.getDefiningOp<tensor::InsertSliceOp>();
    auto input = insert ? dyn_cast<BlockArgument>(withoutCasts(insert.getSource())) : BlockArgument();
    if (auto share = input ? shareOfInput(input) : std::nullopt; share && share->grows())
      return true;
  }
  return false;
}

} // namespace coil
