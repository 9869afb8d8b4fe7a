//===- Winograd.h - convolutions in few multiplications -------------------===//
//
// What `structure`, which chooses, and `vectorize`, which emits, must agree on.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_SUPPORT_WINOGRAD_H
#define COIL_PASSES_SUPPORT_WINOGRAD_H

#include "passes/support/Machine.h"

namespace coil {

/// A convolution by 3 x 3 with stride 1, of one image.
struct Winograd {
  int64_t height, width;     // of the result
  int64_t channels, filters;
  int64_t tile = 4;          // pixels of a tile of the result, each way: 2 or 4
  int64_t lanes = 1;         // of a vector of f32
  int64_t block = 1;         // tiles at a time

  int64_t side() const { return tile + 2; } // of a patch
  int64_t matrices() const { return side() * side(); }
  int64_t across() const { return llvm::divideCeil(width, tile); }
  int64_t tiles() const { return llvm::divideCeil(height, tile) * across(); }
  int64_t blocks() const { return llvm::divideCeil(tiles(), block); }

  /// Products of a tile, with what fills the last vector.
  int64_t products() const { return llvm::alignTo(filters, lanes); }
  /// Elements from one matrix of transformed patches to the next, or of products:
  /// a line of the cache more than they need, so that the places of a patch never
  /// all fall into one set of a cache.
  int64_t patchPlane() const { return block * channels + 16; }
  int64_t productPlane() const { return block * products() + 16; }
  int64_t scratch() const { return matrices() * (patchPlane() + productPlane()); }
};

/// What a transformation multiplies by: the points at which polynomials are
/// evaluated are 0, infinity, and of 2 x 2 +-1, of 4 x 4 +-2/3 and +-3/2, with which
/// f32 loses less than with whole numbers.
struct WinogradPoints {
  double a = 2.0 / 3, b = 3.0 / 2;
};

/// The matrix that transforms a row of a filter, side x 3.
SmallVector<SmallVector<double, 3>> filterTransform(int64_t tile);

/// What a way costs, in cycles of one core.
struct WinogradCost {
  Winograd shape;
  int64_t panel; // filters of a panel
  double cycles;
  double growth;  // bytes of the artifact's weights
};

/// Cycles that weights must save that grow by so many bytes: what these take of the
/// file, and of memory when other cores work too, is not in `cycles`.
double cyclesOfGrowth(const Machine &machine, double bytes);

/// The best number of tiles at a time, for the tile in `shape`.
WinogradCost costOfWinograd(const Machine &machine, Winograd shape);
/// What the same convolution costs as one sum.
double costOfWindow(const Machine &machine, const Winograd &shape);

} // namespace coil

#endif // COIL_PASSES_SUPPORT_WINOGRAD_H
