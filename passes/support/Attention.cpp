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
/// So many rows, as a decoder has, transpose nothing: then what a block costs
/// whatever its length counts.
static constexpr int64_t kDecoderRows = 7;
static constexpr int64_t kLongBlockOfKeys = 512;
/// A side of a tile that a mask may hide as a whole, or cross; of few keys, the smaller.
static constexpr int64_t kMaskedTile = kBlockOfKeys, kSmallMaskedTile = 64;

AttentionTile chooseAttentionTile(const Machine &machine, int64_t rows, int64_t keys, int64_t others, bool masksRows) {
  bool isDecoder = !ShapedType::isDynamic(rows) && rows <= kDecoderRows;
  bool isKnown = !ShapedType::isDynamic(keys), cuts = masksRows && !isDecoder;
  int64_t side = isKnown && keys <= kMaskedTile ? kSmallMaskedTile : kMaskedTile;
  int64_t block = isDecoder ? kLongBlockOfKeys : cuts ? side : kBlockOfKeys;
  int64_t most = isDecoder ? kLongBlockOfKeys : cuts ? side : kMostKeys;
  bool fits = isKnown && keys <= most;
  AttentionTile tile{1, fits ? std::max<int64_t>(keys, 1) : block};
  int64_t likely = std::max<int64_t>(likelySize(rows, /*isBatch=*/false), 1);
  int64_t each = llvm::divideCeil(others * likely, machine.cores);
  tile.rows = std::min(kMostScores / tile.keys, std::max(each, kFewRows));
  if (cuts && !fits)
    tile.rows = std::min(tile.rows, side);
  if (ShapedType::isDynamic(rows))
    return tile;
  // Blocks of about the same length.
  int64_t blocks = llvm::divideCeil(likely, tile.rows);
  tile.rows = llvm::divideCeil(likely, blocks);
  if (blocks > 1)
    tile.rows = llvm::alignTo(tile.rows, kRowUnit);
  return tile;
}

} // namespace coil
