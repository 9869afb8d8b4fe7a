//===- NestEmitter.h - the loops around a tile of registers ---------------===//
#ifndef COIL_PASSES_VECTORIZE_NESTEMITTER_H
#define COIL_PASSES_VECTORIZE_NESTEMITTER_H

#include "passes/vectorize/BlockEmitter.h"
#include "passes/vectorize/BodyEmitter.h"
#include "passes/vectorize/LoopPlan.h"

namespace coil {

/// Emits loops for an op on buffers with one result, in front of it.
class NestEmitter {
public:
  /// `init`: what every sum begins with; null where it is in memory.
  /// `epilogue`: an elementwise op on the result, done before anything is
  /// stored; the result itself is then never in memory.
  /// `blocks`: the sums that the op adds up, which are not in memory either.
  NestEmitter(linalg::GenericOp op, const LoopPlan &plan, Value init, OpOperand *epilogue,
              std::optional<BlockSum> blocks, const Machine &machine);

  void run();

private:
  /// A piece of a loop that is run with one step.
  struct Piece {
    OpFoldResult begin, end;
    int64_t step;
    int64_t count = 1; // rows, or vectors
    int64_t lanes = 1; // of a vector
    int64_t valid = 0; // lanes of the last vector, if not all
    Value last = {};   // where the last step begins at the latest
  };
  using Carried = SmallVector<Value>;

  // Sizes and pieces.
  void findSizes();
  Value value(OpFoldResult n) { return getValueOrCreateConstantIndexOp(b, b.getLoc(), n); }
  Value plus(Value index, int64_t n);
  OpFoldResult multipleBelow(OpFoldResult begin, OpFoldResult end, int64_t step, bool whole);
  SmallVector<Piece> falling(unsigned loop, ArrayRef<int64_t> steps);
  SmallVector<Piece> rowPieces();
  int64_t tileRows() const { return unpacked ? plan.unpackedRows : plan.rows; }
  SmallVector<Piece> lanePieces();
  bool mayOverlap();
  Carried loop(const Piece &piece, unsigned index, ValueRange carried, function_ref<Carried(ValueRange)> body);

  // Parts for threads.
  void emitParts(unsigned loop, std::optional<unsigned> inner);
  OpFoldResult partsOf(unsigned loop);
  void setPart(unsigned loop, Value begin, Value end);

  // From the outer loops to one tile.
  void emitBlocks();
  void emitLevel(unsigned i, const Piece &row, const Piece &column);
  void forEachVector(int64_t rows, int64_t columns, int64_t lanes, function_ref<void(unsigned, int64_t column)> visit);
  Carried reduce(unsigned i, ValueRange carried, function_ref<Carried(ValueRange, int64_t terms)> body,
                 std::optional<unsigned> until = {});
  /// All products of the sums that go in one piece, those together that read the
  /// same of the image.
  void emitWindow(BodyEmitter &emitter, int64_t rows, int64_t columns, int64_t lanes,
                  function_ref<void(unsigned, int64_t column)> visit);
  Value beginning();
  /// How many sums of each element a tile of so many vectors goes on with.
  int64_t sumsInFlight(int64_t vectors) const;
  void emitAcross(const Piece &row, const Piece &column);
  /// What is inside the lanes' loop: with weights of few bits unpacked once, where a
  /// run has rows enough.
  void emitStrip(unsigned i, const Piece &row, const Piece &column);
  Value unpackPanel(const Piece &column);
  /// The sums of a tile with those of one block added.
  Carried addBlock(BodyEmitter &emitter, ValueRange carried, const Piece &column, int64_t rows);
  void emitAlong(int64_t rows);
  Carried emitTerms(int64_t step, int64_t rows, ValueRange carried);
  Value combine(Value x, Value y);
  Value neutral(); // what combines with anything to that
  Value addUp(ArrayRef<Value> vectors);
  Value halve(Value x, Value y, int64_t sums);
  SmallVector<Value> totals(ArrayRef<Value> vectors);

  /// Memory on the stack of the function, or of what will become one.
  Value buffer(ArrayRef<int64_t> shape, Type element);
  /// Transposes what the tiles of one strip read of the packed input.
  Value packInput(const Piece &column);
  /// The strips of a piece, some at a time, whose part of the packed input is copied before.
  void emitStrips(unsigned i, const Piece &row, const Piece &column);
  void packStrips(const Piece &column, Value begin, Value end);

  /// What is read next of packed data, and how much of it with each term.
  struct NextPanel {
    Value memory, panel, first, share;
  };
  std::optional<NextPanel> nextPanel(const Piece &row, const Piece &column);
  void fetch(const NextPanel &next);

  // Sums in f16, some terms at a time.
  class SumsInMemory;
  struct TileOfHalves {
    int64_t rows, columns, lanes;
    Value panel;
    const std::optional<NextPanel> &next;
  };
  SmallVector<int64_t> stepsOfHalves();
  unsigned loopsOfHalves();
  Type halfType(int64_t lanes);
  Carried emitRun(const TileOfHalves &tile, int64_t terms);
  Carried emitRuns(const TileOfHalves &tile, int64_t terms, ValueRange sums);
  Carried emitSingly(unsigned level, ValueRange sums, function_ref<Carried(ValueRange)> single);
  Carried emitHalfSums(ArrayRef<Value> sums, const TileOfHalves &tile, function_ref<Carried(ValueRange)> single);

  // Results.
  struct Sink {
    BodyEmitter emitter;
    bool isEpilogue;
  };
  Sink sink(int64_t lanes);
  void store(Sink &sink, Value value, int64_t valid);
  void storeByRows(ArrayRef<Value> results, const Piece &row, const Piece &column);

  linalg::GenericOp op;
  const LoopPlan &plan;
  ImplicitLocOpBuilder b;
  Value init;
  std::optional<BlockSum> blocks;
  const Machine &machine;
  linalg::GenericOp epilogue;
  unsigned epilogueOperand = 0;
  SmallVector<unsigned> epilogueLoop;     // of each of its loops: the one of the op
  SmallVector<OpFoldResult> sizes;        // of each loop
  SmallVector<OpFoldResult> begins, ends; // what this part of it runs over
  SmallVector<unsigned> levels, reductions;
  SmallVector<Value> indices;
  SmallVector<int64_t> key;
  llvm::SmallBitVector whole; // the part is a multiple of its tile
  Value packedBuffer;         // terms x lanes of the packed input
  Value packedStrip;          // where it has several strips of them
  Value panelBuffer, unpacked; // where a panel is unpacked, and while that is read
};

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_NESTEMITTER_H
