//===- BlockEmitter.h - the sums of blocks of a tile ----------------------===//
#ifndef COIL_PASSES_VECTORIZE_BLOCKEMITTER_H
#define COIL_PASSES_VECTORIZE_BLOCKEMITTER_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/support/FewBits.h"

namespace coil {

/// Emits what one block adds to each vector of a tile: sums of x * w over its
/// terms, with w taken out of its bits in registers, or before, into memory. How a
/// machine does that is one of two ways: the dot product of bytes, or arithmetic on
/// lanes of 32 bits.
class BlockEmitter {
public:
  /// `outer` is the op that adds the blocks up, in vectors of `lanes`.
  BlockEmitter(const BlockSum &sum, linalg::GenericOp outer, const Machine &machine, int64_t lanes, int64_t columns,
               ImplicitLocOpBuilder &b);
  using Sums = SmallVector<Value>;

  /// The rows of a tile at these indices of the outer loops, of which `block` is that
  /// over blocks, from column `first` on, where a panel begins.
  void place(ArrayRef<SmallVector<Value>> rows, Value first, Value block);
  /// The sums of the tile, row by row, with the block's products added.
  Sums emit(Sums sums);

  bool isReal() const { return product.isReal; }
  /// Sums of bytes are known to be so small that they fit the digits of an f32.
  bool fitsFloat(const BlockTerm &term) const;

  /// A panel unpacked: for each block so many rows of so many elements for a vector of
  /// columns, which are weights times scales, less zero points, or bytes in quads.
  int64_t unpackedRows() const;
  int64_t unpackedLanes() const { return product.isReal ? lanes : 4 * lanes; }
  Type unpackedElement() const { return product.isReal ? Type(b.getF32Type()) : b.getI8Type(); }
  /// Whether such bytes have the zero point subtracted.
  bool foldsZero(const BlockTerm &term) const;
  /// Unpacks one block, with a vector of scales and of zero points for each of columns.
  void unpack(Value memory, const BlockTerm &term, ArrayRef<Value> scales, ArrayRef<Value> zeros);
  /// Weights are read from there.
  void readUnpacked(Value memory) { unpacked = memory; }

private:
  Value number(int64_t n);
  /// `words` words of each row from `word` on, added to the sums.
  Sums emitWords(Value word, int64_t words, Sums sums);
  Sums addDots(Value word, int64_t words, Sums sums);
  Sums addProducts(Value word, int64_t words, Sums sums);

  Sums forWords(Sums sums, int64_t most, function_ref<Sums(Value word, int64_t words, Sums sums)> body);

  Value loadWords(Value word, int64_t column);
  /// A vector of what is unpacked: of so many rows, or quads, after a word's first.
  Value loadUnpacked(Value word, int64_t n, int64_t column);
  Value unpackedRow(Value word, int64_t n);
  Value reals(Value words, int64_t n, const BlockTerm &term, Value scale, Value zero);
  Value zeroBytes(const BlockTerm &term, Value zero);
  /// The elements of step `part` of all bytes, still in their bytes.
  Value part(Value bytes, int64_t n);
  /// Element `n` of each word, in the type of the sum.
  Value element(Value words, int64_t n);
  /// `count` elements of x, side by side, from a word's first on.
  Value loadX(int64_t row, Value word, int64_t from, int64_t count);
  Value splat(Value scalar);

  mutable linalg::GenericOp inner; // a handle, whose getters are not const
  FewBitsProduct product;
  AffineMap outerAt; // how the outer op reads the sums
  const Machine &machine;
  int64_t lanes, parts;
  bool isDot;
  ImplicitLocOpBuilder &b;
  SmallVector<SmallVector<Value>> rowIndices; // of the inner loops
  int64_t columns;
  Value panel, block, unpacked;
};

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_BLOCKEMITTER_H
