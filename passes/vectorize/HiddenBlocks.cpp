//===- HiddenBlocks.cpp - blocks of keys that a mask hides ----------------===//
//
// Comes in: an attention's mask, as a tensor of the run. Goes out: a look at it before
// each block of keys, which is passed over if nothing is left of it: the half of all
// of a causal mask, what is before a window, what a buffer has behind its tokens.
//
// The mask and not the model's reason for it: whoever made it, an operator, an
// exporter or the caller, it is the same. A look ends with the first rows that see
// a key, the last of a block first.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/support/Rows.h"
#include "passes/vectorize/AttentionEmitter.h"

namespace coil {

/// So many rows of a mask are looked at before what was seen counts.
static constexpr int64_t kRowsAtOnce = 8;

bool AttentionEmitter::masksRows() const {
  if (!hidden.may())
    return false;
  linalg::GenericOp scores = ops.scores;
  int64_t row = scores->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr).asArrayRef()[axis];
  return llvm::any_of(hidden.masks(), [&](OpOperand *mask) { return scores.getMatchingIndexingMap(mask).isFunctionOfDim(row); });
}

/// Sets the flag if `body` is true of some element.
linalg::GenericOp AttentionEmitter::emitAny(ArrayRef<Part> inputs, unsigned loops, Value flag,
                                            function_ref<Value(OpBuilder &, ValueRange)> body) {
  SmallVector<Value> memories;
  SmallVector<AffineMap> maps;
  for (const Part &input : inputs) {
    memories.push_back(input.memory);
    maps.push_back(AffineMap::get(loops, 0, input.map.getResults(), b.getContext()));
  }
  maps.push_back(AffineMap::get(loops, 0, b.getContext()));
  SmallVector<utils::IteratorType> kinds(loops, utils::IteratorType::reduction);
  return linalg::GenericOp::create(b, TypeRange{}, memories, ValueRange{flag}, maps, kinds,
                                   [&](OpBuilder &inner, Location loc, ValueRange args) {
                                     Value yes = arith::ExtUIOp::create(inner, loc, inner.getI32Type(), body(inner, args.drop_back()));
                                     linalg::YieldOp::create(inner, loc, arith::OrIOp::create(inner, loc, args.back(), yes).getResult());
                                   });
}

Value AttentionEmitter::emitIsLow() {
  Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
  memref::StoreOp::create(b, zero, flag);
  emitAny({rowsOf(here[ops.greatest.getDpsInits()[0]])}, 1, flag, [&](OpBuilder &inner, ValueRange args) -> Value {
    Value least = arith::ConstantOp::create(inner, b.getLoc(), inner.getF32FloatAttr(HiddenKeys::kLeast));
    return arith::CmpFOp::create(inner, b.getLoc(), arith::CmpFPredicate::OLT, args[0], least);
  });
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, memref::LoadOp::create(b, flag), zero);
}

Value AttentionEmitter::emitSeen(OpFoldResult first, OpFoldResult number) {
  firstKey = first;
  keyCount = number;
  Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
  memref::StoreOp::create(b, zero, flag);
  OpFoldResult begin = offsets[axis], rows = count;
  auto look = [&] {
    SmallVector<Part> masks;
    for (OpOperand *mask : hidden.masks())
      masks.push_back(partOf(ops.scores, *mask));
    // Loops that no mask has would have no size.
    bool perRow = masksRows();
    SmallVector<AffineExpr> dims{b.getAffineDimExpr(0), b.getAffineDimExpr(1)};
    unsigned loops = 0;
    SmallVector<bool> used{perRow, llvm::any_of(masks, [](const Part &mask) { return mask.map.isFunctionOfDim(1); })};
    for (auto [dim, isUsed] : llvm::zip(dims, used))
      dim = isUsed ? b.getAffineDimExpr(loops++) : b.getAffineConstantExpr(0);
    for (Part &mask : masks)
      mask.map = mask.map.replaceDimsAndSymbols(dims, {}, loops, 0);
    emitAny(masks, loops, flag, [&](OpBuilder &inner, ValueRange args) -> Value {
      Value yes = arith::ConstantOp::create(inner, b.getLoc(), inner.getBoolAttr(true));
      return arith::XOrIOp::create(inner, b.getLoc(), hidden.emit(inner, args), yes);
    });
  };
  auto seen = [&] { return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, memref::LoadOp::create(b, flag), zero).getResult(); };
  if (!masksRows()) {
    look();
    return seen();
  }
  auto known = getConstantIntValue(rows);
  int64_t most = known && *known < kRowsAtOnce ? *known : kRowsAtOnce;
  bool whole = known && *known % most == 0;
  Value chunks = b.createOrFold<arith::CeilDivUIOp>(value(rows), this->number(most));
  auto loop = scf::ForOp::create(b, this->number(0), chunks, this->number(1));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value none = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, memref::LoadOp::create(b, flag), zero);
    auto more = scf::IfOp::create(b, none);
    b.setInsertionPointToStart(more.thenBlock());
    Value before = arith::MulIOp::create(b, loop.getInductionVar(), this->number(most));
    Value left = arith::SubIOp::create(b, value(rows), before);
    count = whole ? OpFoldResult(b.getIndexAttr(most)) : arith::MinUIOp::create(b, left, this->number(most)).getResult();
    offsets[axis] = b.createOrFold<arith::AddIOp>(value(begin), arith::SubIOp::create(b, left, value(count)));
    look();
  }
  offsets[axis] = begin;
  count = rows;
  return seen();
}

void AttentionEmitter::emitUnlessHidden(OpFoldResult first, OpFoldResult number) {
  if (!hidden.may())
    return emitKeys(first, number);
  Value now = emitSeen(first, number);
  if (again)
    now = arith::XOrIOp::create(b, now, again);
  auto some = scf::IfOp::create(b, now);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(some.thenBlock());
  emitKeys(first, number);
}

} // namespace coil
