//===- Bytes.h - sums of products of bytes --------------------------------===//
#ifndef COIL_PASSES_SUPPORT_BYTES_H
#define COIL_PASSES_SUPPORT_BYTES_H

#include "passes/support/Machine.h"

namespace coil {

/// acc + extend(x) * extend(w) on i8 in i32: what a machine's dot product does
/// with four terms at a time, for signs that it has.
struct ByteProduct {
  unsigned x, w; // inputs
  bool xUnsigned, wUnsigned;
};
std::optional<ByteProduct> byteProduct(linalg::GenericOp op);

/// A byte product whose last loop is four terms of the sum, which lie side by
/// side in both inputs: each step of it is one of the machine's instructions.
struct Dot : ByteProduct {
  unsigned quad; // the loop
};
std::optional<Dot> dotOf(linalg::GenericOp op, const Machine &machine);

/// Whether the machine multiplies bytes of these signs.
bool hasDot(const ByteProduct &product, const Machine &machine);

} // namespace coil

#endif // COIL_PASSES_SUPPORT_BYTES_H
