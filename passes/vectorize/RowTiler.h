//===- RowTiler.h - one loop over blocks of rows --------------------------===//
#ifndef COIL_PASSES_VECTORIZE_ROWTILER_H
#define COIL_PASSES_VECTORIZE_ROWTILER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/support/Machine.h"
#include "passes/support/Rows.h"
#include "passes/vectorize/FusedOps.h"

namespace coil {

/// Ops of a kernel that go row by row: `TileRows.cpp` checks them and writes their
/// loop, `RowBlocks.cpp` chooses what a block is.
class RowTiler {
public:
  RowTiler(ArrayRef<linalg::GenericOp> ops, const Machine &machine)
      : ops(ops), last(ops.back()), machine(machine), b(last.getLoc(), last) {
    for (linalg::GenericOp op : ops)
      if (linalg::FillOp fill = fillBefore(op))
        fills[op] = fill;
  }

  LogicalResult run();

  SmallVector<int64_t> blocks; // of each loop over rows: steps that are done at once
  bool isShared = false;

  int64_t rowsOfBlock() { return llvm::product_of(blocks); }

private:
  /// A dimension of a buffer that goes over rows, and which of the loops.
  using Axes = SmallVector<std::pair<unsigned, unsigned>>;

  static ArrayRef<int64_t> rowsOf(linalg::GenericOp op) {
    return op->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr).asArrayRef();
  }
  static Axes axesOf(AffineMap map, ArrayRef<int64_t> rows) {
    Axes axes;
    for (auto [axis, e] : llvm::enumerate(map.getResults()))
      if (auto dim = dyn_cast<AffineDimExpr>(e))
        if (auto row = llvm::find(rows, int64_t(dim.getPosition())); row != rows.end())
          axes.emplace_back(axis, row - rows.begin());
    return axes;
  }

  /// A padded tensor: filled once, for all rows, of which each is then written to
  /// the inside.
  struct Frame {
    linalg::FillOp fill;
    memref::SubViewOp inside;
    Value onStack;

    Value memory() { return fill.getOutputs()[0]; }
  };
  Frame *frameOf(Value buffer) {
    return llvm::find_if(frames, [&](Frame &f) { return f.memory() == buffer || f.inside.getResult() == buffer; });
  }

  LogicalResult check();
  LogicalResult checkPlaces();
  LogicalResult findFrames();
  void findBuffers();
  bool isShort(Value buffer);
  bool collides(OpOperand &operand);
  void findCopies();
  bool isCopied(OpOperand &operand);
  Value copy(Value place, const Axes &axes);
  void chooseBlocks();
  void chooseRows(int64_t most);
  void choosePieces(int64_t most);
  bool isWhole(unsigned loop) { return getConstantIntValue(sizes[loop]) == blocks[loop]; }
  unsigned blockLoop();
  void emit();
  void emitBlocks(Value begin, Value end);
  void emitBlock();
  OpFoldResult stepsOf(unsigned loop);
  Value grain();
  Value value(OpFoldResult n) { return getValueOrCreateConstantIndexOp(b, b.getLoc(), n); }
  Value place(Value buffer, const Axes &axes);
  Value onStack(Value buffer, const Axes &axes);
  Value inFrame(Frame &frame, Value buffer, const Axes &axes);

  ArrayRef<linalg::GenericOp> ops;
  linalg::GenericOp last;
  const Machine &machine;
  ImplicitLocOpBuilder b;
  DenseMap<Operation *, Operation *> fills;
  SmallVector<Frame> frames;
  SmallVector<Value> copied;  // inputs
  SmallVector<Value> buffers; // between the ops
  DenseMap<Value, Axes> inBuffer;
  Value inResult;                   // of these the one that lies where the result will
  SmallVector<unsigned> resultAxes; // of the loops over rows, in the last op's result
  SmallVector<OpFoldResult> sizes;  // of these loops
  double cycles = 0;                // of all, on one thread
  bool inPieces = false;            // the last dimension goes over rows, others do not
  // Of the block that is being emitted.
  SmallVector<OpFoldResult> offsets, counts;
};

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_ROWTILER_H
