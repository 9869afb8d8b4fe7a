//===- BodyEmitter.h - a loop nest's body on scalars and vectors ----------===//
#ifndef COIL_PASSES_VECTORIZE_BODYEMITTER_H
#define COIL_PASSES_VECTORIZE_BODYEMITTER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace coil {
using namespace mlir;

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
      : op(op), maps(op.getIndexingMapsArray()), lane(lane), lanes(lanes), b(b) {}

  /// The accumulator's new value at `indices`, whose identity is `key`: equal
  /// indices have equal keys, loop by loop.
  Value emit(ArrayRef<Value> indices, ArrayRef<int64_t> key, Value accumulator);

  /// Reads and writes the result at `indices`.
  Value loadResult(ArrayRef<Value> indices);
  void storeResult(Value value, ArrayRef<Value> indices);

  /// Type of the accumulator.
  Type accumulatorType();
  Value splat(Value scalar);

private:
  Lanes loadInput(unsigned operand, ArrayRef<Value> indices, ArrayRef<int64_t> key);
  Lanes emitOp(Operation &inner, ArrayRef<Value> indices, DenseMap<Value, Lanes> &values);
  /// An op that holds others, which only a scalar body may have.
  void emitRegions(Operation &inner, ArrayRef<Value> indices, DenseMap<Value, Lanes> &values);
  Lanes emitLoad(Operation &inner, DenseMap<Value, Lanes> &values);
  SmallVector<Value> subscripts(AffineMap map, ArrayRef<Value> indices);
  Value vectorOf(Lanes value);

  linalg::GenericOp op;
  SmallVector<AffineMap> maps;
  unsigned lane;
  int64_t lanes;
  ImplicitLocOpBuilder &b;
  std::map<std::vector<int64_t>, Lanes> loads;
};

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_BODYEMITTER_H
