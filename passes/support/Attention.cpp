//===- Attention.cpp - how an attention is cut ----------------------------===//

#include "passes/support/Attention.h"

#include "passes/support/Sizes.h"

namespace coil {

/// Rows are dealt out to threads in multiples of this, most tiles of registers.
static constexpr int64_t kRowUnit = 8;
/// With fewer rows the transposition of keys costs a tenth of the products.
static constexpr int64_t kFewRows = 32;
/// Of keys in several blocks, so that tiles of registers are whole.
static constexpr int64_t kBlockOfKeys = 128;

AttentionTile chooseAttentionTile(const Machine &machine, int64_t rows, int64_t keys, int64_t others) {
  bool known = !ShapedType::isDynamic(keys);
  AttentionTile tile{1, known && keys <= kMostKeys ? std::max<int64_t>(keys, 1) : kBlockOfKeys};
  int64_t likely = std::max<int64_t>(likelySize(rows, /*isBatch=*/false), 1);
  int64_t most = std::min(likely, kMostScores / tile.keys);
  int64_t each = llvm::divideCeil(others * likely, machine.cores);
  most = std::min(most, std::max(each, kFewRows));
  // Blocks of about the same length.
  tile.rows = llvm::divideCeil(likely, llvm::divideCeil(likely, most));
  if (tile.rows < likely)
    tile.rows = llvm::alignTo(tile.rows, kRowUnit);
  return tile;
}

} // namespace coil
