//===- Attention.h - the ops of an attention that are one kernel ----------===//
#ifndef COIL_PASSES_SUPPORT_ATTENTION_H
#define COIL_PASSES_SUPPORT_ATTENTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/support/Machine.h"

namespace coil {
using namespace mlir;

/// What an op is in its attention; it has `coil.rows`, its loops over all that
/// scores have but keys, too.
inline constexpr llvm::StringLiteral kAttentionAttr = "coil.attention";
/// Its loop over keys, a number, if it has one.
inline constexpr llvm::StringLiteral kKeysAttr = "coil.keys";

/// The parts, in the order in which a kernel has them but for `row`.
namespace attention {
inline constexpr llvm::StringLiteral products = "products"; // of queries and keys
inline constexpr llvm::StringLiteral scores = "scores";     // what is done to them: scale, mask
inline constexpr llvm::StringLiteral greatest = "greatest"; // of a row
inline constexpr llvm::StringLiteral powers = "powers";     // exp(score - f(greatest))
inline constexpr llvm::StringLiteral total = "total";       // of a row's powers
inline constexpr llvm::StringLiteral row = "row";           // any function of these two
inline constexpr llvm::StringLiteral shares = "shares";     // power * f(row) or power / f(row)
inline constexpr llvm::StringLiteral values = "values";     // products of shares and values
inline constexpr llvm::StringLiteral result = "result";     // the same, transposed
} // namespace attention

inline llvm::StringRef partOf(Operation *op) {
  auto part = op->getAttrOfType<StringAttr>(kAttentionAttr);
  return part ? part.getValue() : llvm::StringRef();
}

/// How an attention is cut: so many rows of scores at once, of so many keys. Both
/// bound what is on the stack, and stay in the second cache with their keys and
/// values.
struct AttentionTile {
  int64_t rows, keys;
};

/// The most keys, of several rows, and the most scores of a tile.
inline constexpr int64_t kMostKeys = 256, kMostScores = 1 << 15;

/// The tile for `rows` x `keys` scores (ShapedType::kDynamic: unknown) of each of
/// `others` heads. Rows share the transposition of their keys, so they are as many
/// as fit, but not so many that a core would have none. Keys that fit are all in
/// one tile, else what is summed up is corrected after each. The rule is whole: any
/// attention that can be cut so is, for in no case measured was it slower than three
/// kernels by more than a twentieth, and it has no scores in memory. With a mask that
/// may hide keys from some rows alone, `masksRows`, tiles are square: less is computed
/// in those that it crosses.
AttentionTile chooseAttentionTile(const Machine &machine, int64_t rows, int64_t keys, int64_t others, bool masksRows);

} // namespace coil

#endif // COIL_PASSES_SUPPORT_ATTENTION_H
