//===- WinogradEmitter.h - the loops of a convolution in few products -----===//
#ifndef COIL_PASSES_VECTORIZE_WINOGRADEMITTER_H
#define COIL_PASSES_VECTORIZE_WINOGRADEMITTER_H

#include "dialects/coil/Core.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/support/Winograd.h"

namespace coil {

/// Emits loops for a `coil.winograd` on buffers, in front of it.
class WinogradEmitter {
public:
  /// `epilogue`: an elementwise op on the result, done before anything is stored;
  /// the result itself is then never in memory.
  WinogradEmitter(core::WinogradOp op, OpOperand *epilogue, Winograd shape, const Machine &machine);

  void run();

private:
  /// A tile of the image at hand.
  struct Place {
    Value tile; // in its block
    Value top, left; // of the result
  };

  void emitBlock(Value first);
  /// A parallel loop over the tiles of the block and the vectors of each.
  void forEachTile(Value first, int64_t vectors, double cycles, function_ref<void(const Place &, Value vector)> body);
  void emitPatch(const Place &place, Value channel);
  /// The pixels of a patch that are in the image, among zeros, in a buffer.
  void copyEdges(Value buffer, Value top, Value left, Value channel);
  void emitProducts();
  void emitTile(const Place &place, Value filter, int64_t valid);
  /// Stores one pixel of the result.
  void store(Value pixel, Value row, Value column, Value filter, int64_t valid);

  Value number(int64_t n) { return arith::ConstantIndexOp::create(b, n); }
  Value plus(Value index, int64_t n);
  Value buffer(ArrayRef<int64_t> shape);
  Value planes(int64_t offset, int64_t plane, int64_t columns);
  void forEach(Value begin, Value end, function_ref<void(Value)> body);

  core::WinogradOp op;
  Winograd shape;
  const Machine &machine;
  ImplicitLocOpBuilder b;
  linalg::GenericOp epilogue;
  unsigned epilogueOperand = 0;
  VectorType vector;
  Value image, into, patches, products, imageNumber;
};

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_WINOGRADEMITTER_H
