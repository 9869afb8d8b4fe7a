//===- HalfSums.h - the sums of a tile in memory --------------------------===//
#ifndef COIL_PASSES_VECTORIZE_HALFSUMS_H
#define COIL_PASSES_VECTORIZE_HALFSUMS_H

#include "passes/vectorize/NestEmitter.h"

namespace coil {

/// Sums that are added to now and then, while others have the registers: in
/// memory twice, so that each step reads one half of it and writes the other. At
/// an address that stays the same LLVM would keep them in registers after all.
class NestEmitter::SumsInMemory {
public:
  SumsInMemory(NestEmitter &nest, int64_t count, Type type);

  Value firstHalf() { return number(0); }
  Carried load(Value half);
  /// Returns the half that is written.
  Value store(Value half, ArrayRef<Value> sums);
  /// Adds values of this or of a narrower type, as many to each sum as there are.
  Value add(Value half, ArrayRef<Value> values);
  void put(Value sum, Value half, int64_t n);
  Type type() const { return sumType; }

private:
  Value number(int64_t n);
  Value other(Value half);
  SmallVector<Value> at(Value half, int64_t n) { return {half, number(n), number(0)}; }
  Value get(Value half, int64_t n);

  ImplicitLocOpBuilder &b;
  Type sumType;
  int64_t count;
  Value memory;
};

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_HALFSUMS_H
