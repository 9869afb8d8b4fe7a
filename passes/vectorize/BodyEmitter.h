//===- BodyEmitter.h - a loop nest's body on scalars and vectors ----------===//
#ifndef COIL_PASSES_VECTORIZE_BODYEMITTER_H
#define COIL_PASSES_VECTORIZE_BODYEMITTER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/support/Bytes.h"
#include "passes/support/Halves.h"

namespace coil {
using namespace mlir;

/// A mask of the first `valid` of `lanes` lanes.
Value firstLanes(ImplicitLocOpBuilder &b, int64_t lanes, int64_t valid);

/// A value of the body for `lanes` consecutive steps of one loop.
struct Lanes {
  enum Kind {
    Uniform, // the same in all: a scalar
    Stepping, // first, first + 1, ...: the first, a scalar
    Varying, // a vector
  };
  Value value;
  Kind kind = Uniform;
};

/// Emits the body of a generic on buffers at given loop indices. Loads that
/// several instances share are made once.
class BodyEmitter {
public:
  /// `lane` is the vectorized loop; with lanes == 1 everything is scalar.
  BodyEmitter(linalg::GenericOp op, unsigned lane, int64_t lanes, ImplicitLocOpBuilder &b)
      : op(op), maps(op.getIndexingMapsArray()), lane(lane), lanes(lanes), valid(lanes), b(b) {}

  /// What is packed along the lanes is read from the block that begins here.
  void startPanel(Value first) { panel = first; }
  /// An input is read from `buffer`, a vector after the other for each step of `loop`;
  /// of several strips, from this one.
  void setPacked(unsigned operand, Value buffer, unsigned loop, Value strip) {
    packed = operand, packedBuffer = buffer, packedLoop = loop, packedStrip = strip;
  }
  /// Only the first `n` lanes have elements; what is packed has all.
  void setValid(int64_t n) { valid = n; }
  /// `n` terms of `loop` follow each other. Inputs that are the same for all lanes
  /// are read as vectors of them where a product takes a factor from one `byLane`.
  void setTerms(unsigned loop, int64_t n, bool byLane) { unrolled = loop, terms = byLane ? n : 1; }
  /// The tile has `n` steps of `loop`, its rows, which are emitted from the first
  /// on. `together`: inputs that are the same for all lanes, and lie side by side
  /// along the rows, are read as vectors of rows.
  void setRows(unsigned loop, int64_t n, bool together) { row = loop, rows = n, rowsTogether = together; }
  /// What is read at the same place is one load, whichever loops lead there. What is
  /// the same for all lanes and lies side by side along all of `sums` is read as
  /// vectors of terms.
  void setWindow(unsigned operand, ArrayRef<unsigned> sums) { window = operand, windowSums = sums; }
  /// Where an input is read, from where the tile and its sums begin.
  std::vector<int64_t> placeOf(unsigned operand, ArrayRef<int64_t> key) const;
  /// A step is a dot product of bytes or of bf16; its lanes are those of the accumulator.
  void setDot(const Dot &of) { dot = of; }
  /// An input's value is not in memory.
  void provide(unsigned operand, Value value) { provided[operand] = value; }

  /// The accumulator's new value at `indices`, whose identity is `key`: equal
  /// indices have equal keys, loop by loop.
  Value emit(ArrayRef<Value> indices, ArrayRef<int64_t> key, Value accumulator);

  /// An input at `indices`: one for each lane, or the same for all of them.
  Value vectorInput(unsigned operand, ArrayRef<Value> indices, ArrayRef<int64_t> key) { return vectorOf(loadInput(operand, indices, key)); }
  Value scalarInput(unsigned operand, ArrayRef<Value> indices, ArrayRef<int64_t> key) { return loadInput(operand, indices, key).value; }

  /// Reads and writes the result at `indices`.
  Value loadResult(ArrayRef<Value> indices);
  void storeResult(Value value, ArrayRef<Value> indices);

  /// A run of products in f16: with the product at `indices` added, or begun with
  /// it where there is no `run` yet.
  Value emitHalf(const HalfProduct &product, ArrayRef<Value> indices, ArrayRef<int64_t> key, Value run);

  /// Type of the accumulator.
  Type accumulatorType();
  Value splat(Value scalar);

private:
  Lanes loadInput(unsigned operand, ArrayRef<Value> indices, ArrayRef<int64_t> key);
  Lanes emitOp(Operation &inner, ArrayRef<Value> indices, DenseMap<Value, Lanes> &values);
  Value extendBlock(Operation &inner, ArrayRef<Lanes> operands);
  void emitOps(Block &block, ArrayRef<Value> indices, DenseMap<Value, Lanes> &values);
  /// A choice between two vectors, by what is the same for all lanes.
  Lanes emitBranch(Operation &inner, ArrayRef<Value> indices, DenseMap<Value, Lanes> &values);
  /// Any other op that holds ops, which only a scalar body may have.
  void emitRegions(Operation &inner, ArrayRef<Value> indices, DenseMap<Value, Lanes> &values);
  Lanes emitLoad(Operation &inner, DenseMap<Value, Lanes> &values);
  SmallVector<Value> subscripts(AffineMap map, ArrayRef<Value> indices);
  Value packedSubscript(AffineExpr e, ArrayRef<Value> indices, int64_t column);
  Value loadLanes(Value memory, Type element, ArrayRef<Value> at, bool whole);
  /// One of the terms that lie side by side, by a load of all of them.
  Value loadTerm(unsigned operand, std::vector<int64_t> identity, ArrayRef<Value> indices, int64_t term);
  /// The type of a factor of a dot product.
  Type narrowType();
  /// Four bytes or two bf16 a lane: of what lies in quads along the lanes, and of what is
  /// the same for all of them.
  Value emitDot(ArrayRef<Value> indices, ArrayRef<int64_t> key, Value accumulator);
  Value loadQuads(ArrayRef<Value> indices, ArrayRef<int64_t> key);
  Value loadQuad(ArrayRef<Value> indices, ArrayRef<int64_t> key);
  /// One row of those that lie side by side: a lane of a vector of them. None
  /// where they do not, or are too few.
  Value loadOfRows(unsigned operand, std::vector<int64_t> identity, ArrayRef<Value> indices, int64_t step);
  /// A term of a window's: a lane of one of the vectors that hold all of them. None
  /// where they do not lie side by side, or are too few.
  Value loadOfWindow(unsigned operand, std::vector<int64_t> identity, ArrayRef<Value> indices, ArrayRef<int64_t> key);
  /// What does not lie side by side along the lanes: a square of as many rows as
  /// lanes is transposed, else elements are collected.
  Value loadStrided(unsigned operand, std::vector<int64_t> identity, ArrayRef<Value> indices, int64_t step);
  /// Of what lies side by side every second, third ... element: a few vectors, of which
  /// each gives some of the lanes. Nothing beyond the last one is read.
  Value loadSteps(unsigned operand, ArrayRef<Value> indices, int64_t stride);
  std::vector<int64_t> identityOf(unsigned operand, ArrayRef<int64_t> key);
  Value vectorOf(Lanes value);

  linalg::GenericOp op;
  SmallVector<AffineMap> maps;
  unsigned lane;
  int64_t lanes, valid;
  Value panel;
  std::optional<unsigned> unrolled, row;
  int64_t terms = 1, rows = 1;
  bool rowsTogether = false;
  std::optional<unsigned> packed, window;
  ArrayRef<unsigned> windowSums;
  Value packedBuffer, packedStrip;
  unsigned packedLoop = 0;
  std::optional<Dot> dot;
  DenseMap<unsigned, Value> provided;
  ImplicitLocOpBuilder &b;
  std::map<std::vector<int64_t>, Lanes> loads;
  std::map<std::vector<int64_t>, Value> blocks; // of terms
  std::map<std::vector<int64_t>, SmallVector<Value>> rowBlocks, squares, windowBlocks;
};

/// The rows of a square become its columns: as often as it takes, each vector is
/// interleaved with the one half the square away.
void transpose(SmallVector<Value> &square, ImplicitLocOpBuilder &b);

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_BODYEMITTER_H
