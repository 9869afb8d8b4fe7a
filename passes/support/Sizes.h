//===- Sizes.h - sizes that only a run knows ------------------------------===//
#ifndef COIL_PASSES_SUPPORT_SIZES_H
#define COIL_PASSES_SUPPORT_SIZES_H

#include "mlir/IR/BuiltinTypeInterfaces.h"

namespace coil {

/// `size`, or what it is taken for where only a run knows it: a batch, which is
/// the first dimension of several, is most often one; any other is long enough
/// for threads and tiles, and short enough that a row of it is no burden. For
/// what is faster alone: a run is right with any size.
inline int64_t likelySize(int64_t size, bool isBatch) {
  return !mlir::ShapedType::isDynamic(size) ? size : isBatch ? 1 : 128;
}

} // namespace coil

#endif // COIL_PASSES_SUPPORT_SIZES_H
