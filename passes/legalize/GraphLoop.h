//===- GraphLoop.h - a loop whose body is an ONNX graph -------------------===//
//
// ONNX says neither what type a loop carries nor how large what it stacks will
// be. The body is legalized with the types of the start values; where it gives
// back another size, that size becomes `?` and the body is legalized again,
// until the types hold in every iteration. Carried sequences and optional values
// are those of the run; of their elements less is known in the same way.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_GRAPHLOOP_H
#define COIL_PASSES_LEGALIZE_GRAPHLOOP_H

#include "passes/legalize/Recipe.h"

namespace coil {

/// Dimensions as far as they are known outside of a region.
using OuterDims = SmallVector<std::optional<Dim>>;

bool isOutside(Dim d, Operation *op);
/// The type with `?` for what is not known outside.
RankedTensorType typeFor(const OuterDims &dims, Type element);
/// Says what is known of a tensor; the rest is asked of the tensor itself.
Value know(Value tensor, const OuterDims &dims, CoreBuilder &b);

/// What all iterations make together, a part each.
struct Stack {
  Value part;
  OuterDims dims;     // of a part
  bool ready = false; // allocated before the loop, with its final size
};

class GraphLoop {
public:
  /// Replaces the arguments of the body that are not carried, given the
  /// iteration's number (argument 0); what it leaves are the carried ones.
  using Bind = function_ref<void(Block &, Scalar, CoreBuilder &)>;

  GraphLoop(Operation *op, ValueRange initial, CoreBuilder &b);

  /// Legalizes the body with types that hold in every iteration. Its outputs are
  /// `heads` values, the carried ones, and parts of stacks.
  LogicalResult settle(Bind bind, unsigned heads);
  /// Runs while `condition` holds, later what the body says of it in `next`, and
  /// at most `most` times. Gives the carried values, then the stacks.
  SmallVector<Value> run(Scalar condition, std::optional<Scalar> most, std::optional<Scalar> next);

  /// A builder at the end of the body.
  CoreBuilder atEnd();

  SmallVector<Value> heads;
  SmallVector<Stack> stacks;

private:
  void start(Block &body, Bind bind, TensorFacts &facts);
  LogicalResult widenContainer(unsigned k, Value to, bool &stable);
  Value asCarried(unsigned k, Value value, CoreBuilder &at);
  LogicalResult widen(Block &body, unsigned heads, TensorFacts &facts, bool &stable);
  bool keepsTypes() const;
  SmallVector<Value> runFor(Scalar count);
  SmallVector<Value> runWhile(Scalar condition, std::optional<Scalar> most, std::optional<Scalar> next);
  bool hoist(Value value);
  Stack stackOf(Value part);
  SmallVector<Value> starts(std::optional<Scalar> count);
  void addStacks(Block &body);
  SmallVector<Value> nexts(Value i, CoreBuilder &inner);
  Value push(const Stack &stack, Value whole, Scalar i, CoreBuilder &inner);
  SmallVector<Value> results(ValueRange values, Scalar count);

  Operation *op, *loop = nullptr; // the ONNX op; the copy of it that is at work
  CoreBuilder &b;
  SmallVector<Value> initial, carried, stackArguments;
  SmallVector<Type> stackTypes;
  SmallVector<OuterDims> carriedDims;
  SmallVector<Type> containers; // null for a tensor
};

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_GRAPHLOOP_H
