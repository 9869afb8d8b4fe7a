//===- Quantized.h - tensors of integers that stand for reals -------------===//
#ifndef COIL_PASSES_STRUCTURE_QUANTIZED_H
#define COIL_PASSES_STRUCTURE_QUANTIZED_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <map>

namespace coil {
using namespace mlir;

/// A scale or a zero point: of rank 0, or of rank 1 along an axis of the tensor
/// that it belongs to. No tensor: a zero point of 0.
struct Parameter {
  Value tensor;
  int64_t axis = -1;
  explicit operator bool() const { return bool(tensor); }
};

/// Whether it is constant, and each of its elements this byte.
bool isAll(const Parameter &p, uint8_t byte);

/// A tensor of reals: (integers - zero point) * scale, the integers i8. Bytes
/// of a tensor have no sign of their own; how they are read is said here.
struct Quantized {
  Value integers;
  bool isUnsigned = false;
  Parameter zeroPoint, scale;
};

/// A byte that a body reads, as an i32: extended, and less a zero point.
struct ByteTerm {
  unsigned argument;
  bool isUnsigned;
  std::optional<unsigned> zeroPoint; // an argument of the body, of the same kind
};
std::optional<ByteTerm> byteTerm(Value v);

/// Finds the integers behind tensors of reals. What only moves elements on the
/// way, a reshape, a transposition, padding with 0, is made again on integers,
/// beside the op that did it. What is not needed in the end is dead.
class Quantizations {
public:
  std::optional<Quantized> of(Value reals);

  /// The same tensor with the highest bit of each byte turned: what was read
  /// unsigned is then 128 more than what is read with a sign. As far up the
  /// moves as it can be, where what computes the bytes may do it in passing.
  Value flipped(Value bytes);
  /// The same of a zero point, whose elements are to be read the other way too.
  Parameter flippedZeroPoint(Parameter zeroPoint, OpBuilder &b);

private:
  std::optional<Quantized> find(Value reals);
  std::optional<Quantized> dequantization(linalg::GenericOp op);
  Value flip(Value bytes);

  llvm::DenseMap<Value, std::optional<Quantized>> known;
  llvm::DenseMap<Value, Value> turned;
};

/// Whether an op gives the elements of its only input in another order; then
/// `axes[i]` is the input's axis that is the result's axis i.
bool isTransposition(Operation *op, SmallVectorImpl<int64_t> &axes);

/// What a tensor is filled with; a scalar.
Value filledWith(Value tensor);

/// Whether a tensor depends on constants alone, by reshapes and elementwise ops.
bool isMadeOfConstants(Value tensor);

/// The factors of `acc + a * b`, a sum that begins with zero.
std::optional<std::pair<Value, Value>> factorsOfSum(linalg::GenericOp op);

using MakeBody = function_ref<Value(ImplicitLocOpBuilder &, ValueRange)>;
/// An op on tensors: elementwise, or a sum from zero.
Value makeGeneric(ImplicitLocOpBuilder &b, ValueRange inputs, ArrayRef<AffineMap> maps, ArrayRef<OpFoldResult> sizes,
                  Type element, ArrayRef<utils::IteratorType> kinds, MakeBody body);

/// A byte as an i32.
Value extend(ImplicitLocOpBuilder &b, Value byte, bool isUnsigned);

/// So many products of bytes, whatever they are, fit an i32.
inline constexpr int64_t kMostTerms = 1 << 15;

} // namespace coil

#endif // COIL_PASSES_STRUCTURE_QUANTIZED_H
