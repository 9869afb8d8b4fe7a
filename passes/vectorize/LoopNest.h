//===- LoopNest.h - what is known of the loops of one op ------------------===//
#ifndef COIL_PASSES_VECTORIZE_LOOPNEST_H
#define COIL_PASSES_VECTORIZE_LOOPNEST_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/support/Bytes.h"
#include "passes/support/Halves.h"
#include "passes/vectorize/FusedOps.h"

namespace coil {

/// The loops of an op on buffers with one result, and along which of them a
/// vector may run.
struct LoopNest {
  LoopNest(linalg::GenericOp op, const Machine &machine);

  unsigned loops() const { return sizes.size(); }
  unsigned result() const { return maps.size() - 1; }
  bool isReduction(unsigned loop) const { return kinds[loop] == utils::IteratorType::reduction; }
  bool reduces() const { return llvm::is_contained(kinds, utils::IteratorType::reduction); }
  bool depends(unsigned operand, unsigned loop) const { return maps[operand].isFunctionOfDim(loop); }
  bool isRead(unsigned operand) const;

  /// Lanes may be elements of the result.
  bool mayGoAcross(unsigned loop) const;
  /// Of a sum, what the lanes read of an input is every second element, or third ...
  bool hasStridedLanes(unsigned operand, unsigned loop) const;
  /// Lanes could be elements of the result but for this input, which lies side by
  /// side along the only sum, and of which 48 lanes fit a small buffer.
  std::optional<unsigned> mayPack(unsigned loop) const;
  /// An input that a run computes and that lies side by side along the lanes, but
  /// one term of the only sum far from the next; as small.
  std::optional<unsigned> mayGather(unsigned loop) const;
  /// Lanes may be elements of the result if inputs that do not lie side by side
  /// along them are collected or transposed: nothing is summed up.
  bool mayCollectAcross(unsigned loop) const;
  /// All inputs that do not lie side by side along `lane` do along `row`.
  bool isTransposed(unsigned lane, unsigned row) const;
  /// Some input is the same for all lanes and lies side by side along the rows.
  bool hasRowsTogether(unsigned lane, unsigned row) const;
  /// Lanes may be terms of the sum.
  bool mayGoAlong(unsigned loop) const;
  /// Lanes without an element may be computed: no quotient of integers, there
  /// may be a zero.
  bool mayPad() const;
  /// Lanes of dot products can run along the loop: four at least, the smallest
  /// vector that every machine with such an instruction has.
  bool dotFits(unsigned loop) const;
  /// Terms may be summed up in f16 where lanes run along the loop.
  bool hasHalves(unsigned loop) const { return half && half->lane == loop; }
  /// Of the other factor of a dot product, the loop whose steps lie side by
  /// side in quads.
  std::optional<unsigned> nextQuad() const;
  /// Of a window that reads an image side by side along the lanes, the outermost
  /// loop whose next step reads most of the same again, and of how many bytes for
  /// each lane.
  struct WindowRows {
    unsigned loop;
    int64_t bytes;
  };
  std::optional<WindowRows> windowRows(unsigned lane) const;
  /// What one step of `loop` and all sums together read of the image along one of
  /// its dimensions, if both move along it.
  std::optional<int64_t> windowAlong(AffineExpr e, unsigned loop) const;
  /// The input that a window reads side by side along the lanes, of a product of two:
  /// neighbours of the result and terms of the sum read the same of it.
  std::optional<unsigned> windowInput(unsigned lane) const;
  /// The size of the blocks in which an input is packed along a loop.
  std::optional<int64_t> panel(unsigned lane) const;
  /// A panel of weights of few bits can be unpacked, into a buffer on the stack.
  bool mayUnpack(int64_t panel) const;
  /// Bytes of what is packed along the lanes.
  int64_t packedBytes(unsigned lane) const;
  /// Whether each step of `loop` has something of its own packed along the lanes.
  bool ownsPacked(unsigned loop, unsigned lane) const;
  /// Whether steps of `loop` share something that is read along the lanes.
  bool sharesLanes(unsigned loop, unsigned lane) const;
  /// Whether terms may be added up in any order.
  bool isSum() const;

  linalg::GenericOp op;
  SmallVector<AffineMap> maps;
  SmallVector<utils::IteratorType> kinds;
  SmallVector<int64_t> sizes;
  SmallVector<MemRefType> types; // null: a scalar
  std::optional<Dot> dot;
  std::optional<HalfProduct> half;
  std::optional<BlockSum> blocks; // the sums that it adds up

private:
  bool inputsFit(unsigned loop, std::optional<unsigned> except = {}, bool mayStride = false) const;
  bool bodyFits(unsigned loop) const;
  /// The only sum, if its terms are few enough for a buffer on the stack.
  std::optional<unsigned> smallSum() const;

  Machine machine;
};

/// Whether the elements that `map` reads along `loop` lie next to each other,
/// or in blocks of which each does. False also where it does not depend on it.
bool isContiguous(AffineMap map, unsigned loop, MemRefType type);

/// By how many elements a step of `loop` moves what `map` reads, where that is
/// a known number along the last dimension alone; none for 0.
std::optional<int64_t> strideAlong(AffineMap map, unsigned loop, MemRefType type);

/// By how much, where `map` reads every second, third ... element along `loop`, up to
/// every `kMostLaneStride`th; none for others.
std::optional<int64_t> laneStride(AffineMap map, unsigned loop, MemRefType type);

/// By how much a linear expression grows with each step of a loop; none where it
/// is not linear.
std::optional<int64_t> coefficient(AffineExpr e, unsigned loop);

/// Of what is read as vectors of rows: of more elements most would be for nothing.
inline constexpr int64_t kMostRowStride = 2;

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_LOOPNEST_H
