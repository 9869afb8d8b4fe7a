//===- FewBits.h - sums over weights of few bits --------------------------===//
#ifndef COIL_PASSES_SUPPORT_FEWBITS_H
#define COIL_PASSES_SUPPORT_FEWBITS_H

#include "passes/support/Machine.h"

namespace coil {

/// acc + x * w, where w is one of several elements in a byte: the lowest bits
/// are those of step 0 of the loop `part`, which alone tells them apart. The last
/// loop, `quad`, has four steps, side by side in both inputs: so that a lane of
/// 32 bits holds four bytes, all of one column. Columns are the last dimension of
/// the result, of which x knows nothing, and lie in panels in w. Over bytes of x
/// the sum is an i32, over reals an f32.
struct FewBitsProduct {
  unsigned x, w; // inputs
  int64_t bits;  // of an element of w: 2, 4 or 8
  bool wUnsigned, isReal;
  unsigned word;                // the loop over words of 32 bits of a column
  std::optional<unsigned> part; // of 8 bits, none
  unsigned quad;
  int64_t panel; // columns of one
};
std::optional<FewBitsProduct> fewBitsProduct(linalg::GenericOp op);

/// A sum over blocks of such sums: `terms`, an input of it, is the result of
/// `inner` and of nothing else, and a scale and a zero point of a block are
/// applied to it. Both ops are one loop nest.
struct BlockSum {
  linalg::GenericOp inner;
  unsigned terms;
};
/// `maker` finds the op that computes a tensor or fills a buffer; null: none.
std::optional<BlockSum> blockSum(linalg::GenericOp op, function_ref<linalg::GenericOp(OpOperand &)> maker);

/// What such a sum adds for each block: scale * step * (terms - zero * the sum of x's
/// terms), as far as there are a step and a zero point.
struct BlockTerm {
  unsigned scale;                     // inputs
  std::optional<unsigned> step, sumOfX, zeros;
  int64_t zero = 0;                   // where it is one number
  bool realZeros = false, zerosUnsigned = false;
};
std::optional<BlockTerm> blockTerm(linalg::GenericOp op, unsigned terms);

/// Whether sums over a block are dot products of bytes on this machine.
bool hasDot(const FewBitsProduct &product, const Machine &machine);

/// The machine whose registers have to hold a block's sum beside the whole one.
Machine forBlockSums(Machine machine);

} // namespace coil

#endif // COIL_PASSES_SUPPORT_FEWBITS_H
