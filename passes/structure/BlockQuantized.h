//===- BlockQuantized.h - integers that stand for reals in blocks ---------===//
#ifndef COIL_PASSES_STRUCTURE_BLOCKQUANTIZED_H
#define COIL_PASSES_STRUCTURE_BLOCKQUANTIZED_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace coil {
using namespace mlir;

/// A tensor of bytes as integers of `bits` bits, which are their lowest.
struct Integers {
  Value tensor;
  int64_t bits = 8;
  bool isSigned = false;
};

/// (integers - zero point) * scale, on the axes of the integers. A parameter is
/// read by a map from these axes and does not change within a block.
struct BlockQuantized {
  Integers integers;
  /// A zero point: a number, or integers of the same kind, or reals.
  int64_t zero = 0;
  std::optional<Integers> zeros;
  Value realZeros;
  AffineMap zerosAt;
  Value scale;
  AffineMap scaleAt;

  bool hasZeros() const { return zeros || realZeros; }
};

/// The integers behind an elementwise op on them.
std::optional<BlockQuantized> blockQuantized(linalg::GenericOp op);

/// A matrix behind transpositions, reshapes and the cut of a last block: which
/// axes of its integers are its outputs, its blocks, and the terms in a block.
struct BlockMatrix {
  BlockQuantized of;
  int64_t columns;               // axes of the integers
  std::optional<int64_t> blocks; // none: the whole depth is one
  int64_t terms;
};
/// `depth` is the axis of `matrix`, of rank 2, along which blocks go.
std::optional<BlockMatrix> blockMatrix(Value matrix, int64_t depth);

/// The same of a tensor of rows, [..., blocks * terms], whose integers are
/// [..., blocks, terms] and which has no zero point.
std::optional<BlockQuantized> blockRows(Value tensor);

} // namespace coil

#endif // COIL_PASSES_STRUCTURE_BLOCKQUANTIZED_H
