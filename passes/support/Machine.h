//===- Machine.h - the machine as passes need to know it ------------------===//
#ifndef COIL_PASSES_SUPPORT_MACHINE_H
#define COIL_PASSES_SUPPORT_MACHINE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace coil {
using namespace mlir;

/// From the module's `coil.target` attribute; NEON where there is none.
struct Machine {
  int64_t vectorBytes = 16, registers = 32;
  /// A product may take one factor from any lane of a vector (AArch64); else a
  /// factor is loaded into all lanes of one.
  bool byLane = true;
  /// The instruction that adds four products of bytes to each i32 lane, and the
  /// signs of its factors.
  enum DotKind { NoDot, SignedBySigned, UnsignedBySigned };
  DotKind dot = NoDot;
  /// It takes an unsigned first factor too, whatever `dot` says.
  bool mixedSigns = false;
  /// An instruction adds two products of bf16 to each f32 lane.
  bool bf16Pairs = false;
  /// Lanes of f16 are multiplied and added without a conversion.
  bool halves = false;
  /// Registers for each vector of a tile, and rows of it.
  int64_t sumRegisters = 1;
  int64_t mostRows = 14;
  /// What all rows read is in the first cache.
  bool rowsAreNear = true;
  int64_t l2Bytes = 1 << 20;
  int64_t cores = 1;
  static Machine of(Operation *op);
};

/// Cycles from which on a part of a loop repays another thread.
double wakeCycles(const Machine &machine);

/// Bits of an element in memory; an index has 64 on every target.
unsigned elementBits(ShapedType type);

/// Lanes of the widest type that an op computes with.
int64_t laneCount(linalg::GenericOp op, const Machine &machine);

/// The machine that knows where the rows of a product are whose lanes go along a loop.
Machine forRows(Machine machine, linalg::GenericOp op, unsigned lane);

/// Columns of a tile, vectors side by side, at most.
constexpr int64_t kMostColumns = 8;

/// The part of a result that is held in registers over a whole sum.
struct Tile {
  int64_t rows = 1;    // steps of the loop whose steps share what is read along the lanes
  int64_t columns = 1; // vectors
  double cost = 0;     // in cycles of one term of the sum, over all tiles
};

/// Vectors of a tile, at most: a long body has its code once for each of them.
/// Of dot products as many as registers hold.
int64_t mostVectors(linalg::GenericOp op, bool isDot);

/// The tile for `rowSize` x `laneSize` elements (ShapedType::kDynamic: unknown)
/// of vectors with `lanes` lanes. `columns` fixes what packed data prescribes.
/// `padded`: a last vector that is not full costs as much as a full one. `most`
/// vectors, or as few as `columns` allows.
Tile chooseTile(const Machine &machine, int64_t rowSize, int64_t laneSize, int64_t lanes, bool padded,
                int64_t most, std::optional<int64_t> columns = {});

/// A loop whose steps are the rows of a tile, and the tile.
struct Rows {
  std::optional<unsigned> loop;
  Tile tile;
};

/// The best of `candidates`, each a loop and its size. One whose size only a
/// run knows may have a single step, as a batch often has, and is taken only if
/// no other is worth it; then the innermost.
Rows chooseRows(const Machine &machine, ArrayRef<std::pair<unsigned, int64_t>> candidates, int64_t laneSize,
                int64_t lanes, bool padded, int64_t most, std::optional<int64_t> columns = {});

/// The size of the blocks in which `map` reads along `loop`, as packing leaves
/// them: some result is `loop floordiv size`, the last one `loop mod size`; with
/// `quads`, four terms of a sum come after that.
std::optional<int64_t> panelAlong(AffineMap map, unsigned loop, bool quads = false);

/// Of what lies along the lanes these may be every second element, and so on up to
/// every fourth: of more, vectors would hold little that is read.
inline constexpr int64_t kMostLaneStride = 4;

} // namespace coil

#endif // COIL_PASSES_SUPPORT_MACHINE_H
