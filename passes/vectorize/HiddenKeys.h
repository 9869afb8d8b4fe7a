//===- HiddenKeys.h - which keys the mask of an attention hides -----------===//
#ifndef COIL_PASSES_VECTORIZE_HIDDENKEYS_H
#define COIL_PASSES_VECTORIZE_HIDDENKEYS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace coil {
using namespace mlir;

/// Of what is done to scores: where a mask makes one so low that its power is 0,
/// whatever the product was. It is told by the other inputs alone.
class HiddenKeys {
public:
  HiddenKeys() = default;
  HiddenKeys(linalg::GenericOp scores, Value products);

  /// Whether a key may be hidden at all.
  bool may() const { return !inputs.empty(); }
  /// Hidden scores are -inf: else they are only far below all others, if one of
  /// these is not as low.
  bool areExact() const { return exact; }
  /// What tells it, in the order in which `emit` takes their elements.
  ArrayRef<OpOperand *> masks() const { return inputs; }
  /// i1: whether a key is hidden, from an element of each mask.
  Value emit(OpBuilder &b, ValueRange elements) const;

  /// A score below `kLow` is hidden, and its power is 0 if the greatest of its row
  /// is above `kLeast`: no sum of products comes near either.
  static constexpr float kLow = -1e38f, kLeast = -1e37f;

private:
  bool dependsOnProducts(Value v) const;
  bool mayHide(Value v);
  void take(Value v);
  Value hides(OpBuilder &b, Value v, IRMapping &map) const;
  Value copy(OpBuilder &b, Value v, IRMapping &map) const;

  mutable linalg::GenericOp op; // a handle; its methods are not const
  Value product;                // in its body
  SmallVector<OpOperand *> inputs;
  bool exact = true;
};

} // namespace coil

#endif // COIL_PASSES_VECTORIZE_HIDDENKEYS_H
