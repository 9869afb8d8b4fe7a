//===- WinogradTransforms.h - to few multiplications and back -------------===//
#ifndef COIL_PASSES_VECTORIZE_WINOGRADTRANSFORMS_H
#define COIL_PASSES_VECTORIZE_WINOGRADTRANSFORMS_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace coil {
using namespace mlir;

/// A square of values, row by row.
using Square = SmallVector<Value, 36>;

/// A patch of (tile + 2)^2 pixels, each a vector of channels, as the factors of the
/// products.
Square transformPatch(ImplicitLocOpBuilder &b, int64_t tile, Square patch);

/// (tile + 2)^2 products as a tile of tile^2 pixels.
Square transformProducts(ImplicitLocOpBuilder &b, int64_t tile, Square products);

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_WINOGRADTRANSFORMS_H
