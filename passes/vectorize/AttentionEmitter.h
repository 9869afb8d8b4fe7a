//===- AttentionEmitter.h - the loops of an attention ---------------------===//
#ifndef COIL_PASSES_VECTORIZE_ATTENTIONEMITTER_H
#define COIL_PASSES_VECTORIZE_ATTENTIONEMITTER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/support/Attention.h"
#include "passes/support/Rows.h"
#include "passes/vectorize/HiddenKeys.h"

namespace coil {

/// Parts of keys are so many, but for the last one.
inline constexpr int64_t kPartUnit = 16;

/// The ops of an attention on buffers, by what they are in it.
struct AttentionOps {
  linalg::GenericOp products, scores, greatest, powers, total, shares, values, result;
  SmallVector<linalg::GenericOp> rows; // in order

  linalg::GenericOp last() const { return result ? result : values; }
  /// What is done to the products: they themselves, if nothing is.
  linalg::GenericOp modified() const { return scores ? scores : products; }
  SmallVector<linalg::GenericOp> all() const;
};

/// Its loops over all that scores have but keys.
inline ArrayRef<int64_t> rowLoops(linalg::GenericOp op) { return op->getAttrOfType<DenseI64ArrayAttr>(kRowsAttr).asArrayRef(); }

/// Emits the loops of an attention in front of its last op. The ops stay; buffers
/// between them are used no more.
class AttentionEmitter {
public:
  AttentionEmitter(const AttentionOps &ops, const Machine &machine);

  void run();

  AttentionTile tile{1, 1}; // of several queries, if there can be such
  bool isOnline = false, isShared = false, passesOver = false, isSplit = false;

private:
  // Sizes.
  Value number(int64_t n) { return arith::ConstantIndexOp::create(b, n); }
  Value value(OpFoldResult n) { return getValueOrCreateConstantIndexOp(b, b.getLoc(), n); }
  void findSizes();

  // From all of it to a block of rows and keys.
  void emitWhole();
  void emitLoops(unsigned axis, OpFoldResult size);
  void emitBlocks(Value begin, Value end);
  void emitBlock();
  void makeBuffers();
  void findOffsets(Value step);
  void beginSums();
  void emitSums(OpFoldResult begin, OpFoldResult end);
  void emitAllKeys(OpFoldResult begin, OpFoldResult end);
  void emitKeys(OpFoldResult first, OpFoldResult count);
  Value grain(int64_t rows, Value keys);
  // Few rows, whose keys threads share: KeyParts.cpp.
  /// How many parts of the keys there may be; 1 where all cores have something to do.
  int64_t keyParts(unsigned row, int64_t rows) const;
  void emitParts(int64_t most);

  // Ops on a block.
  struct Part {
    Value memory;
    AffineMap map;
  };
  /// What an op reads or writes of a buffer in this block; loops are those over the
  /// rows of a block and, in their order, all but other rows.
  Part partOf(linalg::GenericOp op, OpOperand &operand);
  /// An op on a block, of which the views are there already.
  struct Block {
    linalg::GenericOp op;
    SmallVector<Part> inputs;
    Part output;
    unsigned loops, sums;
  };
  Block blockOf(linalg::GenericOp op);
  linalg::GenericOp emit(const Block &block);
  linalg::GenericOp emit(linalg::GenericOp op) { return emit(blockOf(op)); }
  void emitFrom(linalg::GenericOp op);
  /// An op on the rows of a block, or on all elements of it.
  void emitElementwise(ArrayRef<Part> inputs, Part output, function_ref<Value(OpBuilder &, Location, ValueRange)> body);
  void correct();
  void emitShift();
  static Value correctionOf(OpBuilder &b, Location loc, ValueRange args);
  /// Memory for what an op reads of a narrower type, in f32, or none where it is
  /// read once; and what a block reads, put there.
  void makeWide();
  void emitWide(linalg::GenericOp op, bool ofKeys);

  // Blocks of keys of which a mask hides all: HiddenBlocks.cpp.
  /// Whether a mask may hide other keys from other rows.
  bool masksRows() const;
  /// `emitKeys` if the block is one of those that are to be done now.
  void emitUnlessHidden(OpFoldResult first, OpFoldResult count);
  /// i1: whether the mask leaves a key of a block to a row.
  Value emitSeen(OpFoldResult first, OpFoldResult count);
  /// i1: whether the greatest of some row is as low as what a mask hides.
  Value emitIsLow();
  linalg::GenericOp emitAny(ArrayRef<Part> inputs, unsigned loops, Value flag, function_ref<Value(OpBuilder &, ValueRange)> body);

  /// The products, in registers where what is done to them is done there.
  void emitScores(OpFoldResult count);
  void emitResult(bool fresh);
  void fill(Value memory, linalg::GenericOp sum);

  /// Memory on the stack of the function, or of what will become one.
  Value buffer(ArrayRef<int64_t> shape);
  Value cut(Value memory, ArrayRef<OpFoldResult> sizes);
  Part rowsOf(Value memory);
  Part whole(Value memory);

  AttentionOps ops;
  const Machine &machine;
  ImplicitLocOpBuilder b;
  SmallVector<OpFoldResult> sizes; // of rows
  OpFoldResult keys;
  int64_t head = 0; // the size of a value
  double cycles = 0;
  SmallVector<linalg::GenericOp> before, after; // rows' ops: for powers, for the result
  HiddenKeys hidden;
  // Of the loops that are being emitted.
  unsigned axis = 0;     // the row of which a block has several
  AttentionTile now{1, 1};
  OpFoldResult each;     // rows of a block, but perhaps of the last
  OpFoldResult blocks;
  bool even = false;     // all blocks have as many
  SmallVector<OpFoldResult> offsets;
  OpFoldResult count;    // rows of this block
  OpFoldResult firstKey, keyCount;
  Value again; // i1: hidden blocks are done, those that are not were
  // Memory of a block: scores, sums of values; of each row the greatest before, what
  // is subtracted, the same before, what corrects.
  Value scoreBuffer, sumBuffer, oldGreatest, shift, oldShift, correction, flag;
  llvm::MapVector<Value, Value> rowBuffers; // of each buffer of the kernel with one number a row
  DenseMap<Value, Value> here;              // buffers of the kernel, in this block
  llvm::MapVector<OpOperand *, Value> wideBuffers; // of what products read
  DenseMap<OpOperand *, Value> wide;               // the same, in this block
};

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_ATTENTIONEMITTER_H
