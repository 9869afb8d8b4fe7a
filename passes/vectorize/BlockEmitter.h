//===- BlockEmitter.h - the sums of blocks of a tile ----------------------===//
#ifndef COIL_PASSES_VECTORIZE_BLOCKEMITTER_H
#define COIL_PASSES_VECTORIZE_BLOCKEMITTER_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/support/FewBits.h"

namespace coil {

/// Emits what one block adds to each vector of a tile: sums of x * w over its
/// terms, with w taken out of its bits in registers. How a machine does that is
/// one of two ways: the dot product of bytes, or arithmetic on lanes of 32 bits.
class BlockEmitter {
public:
  /// `outer` is the op that adds the blocks up, in vectors of `lanes`.
  BlockEmitter(const BlockSum &sum, linalg::GenericOp outer, const Machine &machine, int64_t lanes, ImplicitLocOpBuilder &b);

  /// For rows at these indices of the outer loops, each with `columns` vectors
  /// from column `first` on, where a panel begins: row by row.
  SmallVector<Value> emit(ArrayRef<SmallVector<Value>> rows, int64_t columns, Value first);

private:
  using Sums = SmallVector<Value>;
  Value number(int64_t n);
  /// `words` words of each row from `word` on, added to the sums.
  Sums emitWords(Value word, int64_t words, Sums sums);
  Sums addDots(Value word, int64_t words, Sums sums);
  Sums addProducts(Value word, int64_t words, Sums sums);

  Value loadWords(Value word, int64_t column);
  /// The elements of step `part` of all bytes, still in their bytes.
  Value part(Value bytes, int64_t n);
  /// Element `n` of each word, in the type of the sum.
  Value element(Value words, int64_t n);
  /// `count` elements of x, side by side, from a word's first on.
  Value loadX(int64_t row, Value word, int64_t from, int64_t count);
  Value splat(Value scalar);

  linalg::GenericOp inner;
  FewBitsProduct product;
  AffineMap outerAt; // how the outer op reads the sums
  const Machine &machine;
  int64_t lanes, parts;
  bool hasDot;
  ImplicitLocOpBuilder &b;
  SmallVector<SmallVector<Value>> rowIndices; // of the inner loops
  int64_t columns = 1;
  Value panel;
};

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_BLOCKEMITTER_H
