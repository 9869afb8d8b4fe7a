//===- TileAttention.cpp - an attention goes by blocks --------------------===//
//
// Comes in: kernels on buffers whose ops say what they are in an attention. Goes
// out: a loop over blocks of queries, in it one over blocks of keys, and the ops on
// views in these. First of its stage, as `vectorize-tile-rows`, and before that:
// what goes by keys as well cannot go by whole rows.
//
//===----------------------------------------------------------------------===//

#include "passes/vectorize/Passes.h"

#include "mlir/IR/Remarks.h"
#include "passes/support/Rows.h"
#include "passes/vectorize/AttentionEmitter.h"
#include "passes/vectorize/FusedOps.h"

namespace coil {
#define GEN_PASS_DEF_TILEATTENTIONPASS
#include "passes/vectorize/Passes.h.inc"

/// Puts each op in its place; an error if two want one.
static LogicalResult collect(ArrayRef<linalg::GenericOp> found, AttentionOps &ops) {
  std::pair<StringRef, linalg::GenericOp *> places[] = {
      {attention::products, &ops.products}, {attention::scores, &ops.scores}, {attention::greatest, &ops.greatest},
      {attention::powers, &ops.powers},     {attention::total, &ops.total},   {attention::shares, &ops.shares},
      {attention::values, &ops.values},     {attention::result, &ops.result}};
  for (linalg::GenericOp op : found) {
    StringRef part = partOf(op);
    auto place = llvm::find_if(places, [&](auto &pair) { return pair.first == part; });
    if (part == attention::row)
      ops.rows.push_back(op);
    else if (place == std::end(places))
      return op.emitOpError("'") << kAttentionAttr << "' is " << op->getAttr(kAttentionAttr) << ", which is no part of an attention";
    else if (*place->second)
      return op.emitOpError("is the second one that is '") << part << "' of an attention";
    else
      *place->second = op;
  }
  linalg::GenericOp last = found.back();
  for (auto &[part, op] : places)
    if (!*op && part != attention::scores && part != attention::result)
      return last.emitOpError("is of an attention that has no '") << part << "'";
  return success();
}

/// Whether the marks are what the loops rely on: someone may have written them.
static LogicalResult check(AttentionOps ops) {
  size_t rows = 0;
  if (auto first = ops.products->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr))
    rows = first.size();
  for (linalg::GenericOp op : ops.all()) {
    auto loops = op->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr);
    auto kinds = op.getIteratorTypesArray();
    auto isLoop = [&](int64_t loop) { return loop >= 0 && loop < int64_t(kinds.size()); };
    if (!loops || rows == 0 || loops.size() != int64_t(rows) || !llvm::all_of(loops.asArrayRef(), [&](int64_t loop) {
          return isLoop(loop) && kinds[loop] == utils::IteratorType::parallel;
        }))
      return op.emitOpError("'") << kRowsAttr << "' must name as many parallel loops of it as of the other parts";
    auto keys = op->getAttrOfType<IntegerAttr>(kKeysAttr);
    bool needsKeys = op != ops.result && !llvm::is_contained(ops.rows, op);
    if (needsKeys != bool(keys) || (keys && (!isLoop(keys.getInt()) || llvm::is_contained(loops.asArrayRef(), keys.getInt()))))
      return op.emitOpError("'") << kKeysAttr << "' must name a loop of it that is none of its rows, and parts without keys have none";
    if (op.getNumDpsInits() != 1 || op.hasIndexSemantics() || op->getBlock() != ops.products->getBlock() || op.getNumReductionLoops() > 1 ||
        (op.getNumReductionLoops() == 1 && kinds.back() != utils::IteratorType::reduction) ||
        !llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isProjectedPermutation(); }))
      return op.emitOpError("is no sum or elementwise op of whole rows, as parts of an attention are");
    auto type = dyn_cast<MemRefType>(op.getDpsInits()[0].getType());
    bool isHalf = type && op == ops.result && (type.getElementType().isF16() || type.getElementType().isBF16());
    if (!type || (!type.getElementType().isF32() && !isHalf))
      return op.emitOpError("writes ") << op.getDpsInits()[0].getType() << ", expected a buffer of f32";
    bool sums = op == ops.products || op == ops.greatest || op == ops.total || op == ops.values;
    if (sums != (op.getNumReductionLoops() == 1) || (sums && !fillBefore(op)))
      return op.emitOpError("must ") << (sums ? "sum up what a fill begins" : "be elementwise");
  }
  if (ops.result && (ops.result.getNumDpsInputs() != 1 || !ops.result.getBody()->getArguments().back().use_empty()))
    return ops.result.emitOpError("must be made of the '") << attention::values << "' alone";
  for (linalg::GenericOp op : ops.all())
    for (int64_t row : op->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr).asArrayRef())
      if (!op.getIndexingMapsArray().back().isFunctionOfDim(row))
        return op.emitOpError("writes nothing along its row ") << row;
  int64_t keys = ops.products->getAttrOfType<IntegerAttr>(kKeysAttr).getInt();
  if (llvm::none_of(ops.products.getDpsInputOperands(), [&](OpOperand *operand) { return ops.products.getMatchingIndexingMap(operand).isFunctionOfDim(keys); }))
    return ops.products.emitOpError("reads nothing along its keys");
  // The last dimension is a value's, which is on the stack with all that it has.
  AffineMap writes = ops.values.getIndexingMapsArray().back();
  auto isRow = [&](int64_t row) { return writes.getNumResults() == 0 || writes.getResults().back() == getAffineDimExpr(row, writes.getContext()); };
  if (llvm::any_of(ops.values->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr).asArrayRef(), isRow))
    return ops.values.emitOpError("must write what is no row last");
  int64_t head = cast<MemRefType>(ops.values.getDpsInits()[0].getType()).getShape().back();
  if (ShapedType::isDynamic(head) || head > kMostKeys)
    return ops.values.emitOpError("has a head of a size that only a run knows, or of more than ") << kMostKeys;
  // What one hands on another must read.
  auto reads = [](linalg::GenericOp reader, linalg::GenericOp maker) {
    return llvm::is_contained(reader.getDpsInputs(), maker.getDpsInits()[0]);
  };
  std::pair<linalg::GenericOp, linalg::GenericOp> chain[] = {{ops.modified(), ops.products}, {ops.greatest, ops.modified()},
                                                             {ops.powers, ops.modified()},   {ops.total, ops.powers},
                                                             {ops.shares, ops.powers},       {ops.values, ops.shares},
                                                             {ops.last(), ops.values}};
  for (auto [reader, maker] : chain)
    if (reader != maker && !reads(reader, maker))
      return reader.emitOpError("does not read what the '") << partOf(maker) << "' of its attention are";
  return success();
}

namespace {
struct TileAttentionPass : impl::TileAttentionPassBase<TileAttentionPass> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> found;
    getOperation().walk([&](linalg::GenericOp op) {
      if (op->hasAttr(kAttentionAttr))
        found.push_back(op);
    });
    if (found.empty())
      return;
    AttentionOps ops;
    if (failed(collect(found, ops)) || failed(check(ops)))
      return signalPassFailure();
    Machine machine = Machine::of(getOperation());
    AttentionEmitter emitter(ops, machine);
    emitter.run();
    remark::passed(ops.last().getLoc(), remark::RemarkOpts::name("TileAttention").category("vectorize").function(getOperation().getName()))
        << remark::metric("rows", emitter.tile.rows) << remark::metric("keys", emitter.tile.keys)
        << (emitter.isOnline ? "scores go by blocks of queries and keys" : "scores go by blocks of queries")
        << (emitter.passesOver ? ", but for those that a mask hides" : "")
        << (emitter.isSplit ? ", of few rows by parts of the keys" : "")
        << (emitter.isShared ? ", which threads share" : "");
    erase(found);
  }

  /// The ops, what begins their sums, and the buffers between them.
  static void erase(ArrayRef<linalg::GenericOp> ops) {
    SmallVector<Value> buffers;
    for (linalg::GenericOp op : llvm::reverse(ops)) {
      buffers.push_back(op.getDpsInits()[0]);
      linalg::FillOp fill = op.getNumReductionLoops() ? fillBefore(op) : linalg::FillOp();
      op.erase();
      if (fill)
        fill.erase();
    }
    for (Value buffer : buffers)
      if (auto alloc = buffer.getDefiningOp<memref::AllocOp>(); alloc && alloc->use_empty())
        alloc.erase();
  }
};
} // namespace
} // namespace coil
