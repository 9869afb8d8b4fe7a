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

/// A sum of products of bytes, or of bf16, whose last loop is the four or two
/// terms that fill a lane of 32 bits, and lie side by side in both inputs: each
/// step of the others is one of the machine's instructions.
struct Dot : ByteProduct {
  unsigned quad; // the loop
  int64_t terms; // of a lane
};
std::optional<Dot> dotOf(linalg::GenericOp op, const Machine &machine);

/// The factors of a sum of products that the machine takes some terms of at a
/// time, and how many of them.
struct DotFactors : ByteProduct {
  int64_t terms;
};
std::optional<DotFactors> dotFactors(linalg::GenericOp op, const Machine &machine);

/// The machine as products of bf16 in pairs find it: NEON's instruction takes a
/// pair from any lane too, but LLVM 22 does not choose it for what is loaded.
Machine forPairs(Machine machine);

/// The inputs of acc + extend(x) * extend(w), floats of this type in f32: w is the
/// one that changes along the last dimension of the result.
std::optional<std::pair<unsigned, unsigned>> narrowFactors(linalg::GenericOp op, FloatType element);

/// Whether the machine multiplies bytes of these signs.
bool hasDot(const ByteProduct &product, const Machine &machine);

} // namespace coil

#endif // COIL_PASSES_SUPPORT_BYTES_H
