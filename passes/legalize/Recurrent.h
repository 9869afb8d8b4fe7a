//===- Recurrent.h - what RNN, GRU and LSTM have in common ----------------===//
//
// The input's share of all gates is one product before the loop over time. The
// loop carries a sequence of hidden states with one more place than there are
// steps: a step reads the state before it there and writes its own beside it,
// so that nothing is copied. Sums are kept in f32 for narrower floats.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_RECURRENT_H
#define COIL_PASSES_LEGALIZE_RECURRENT_H

#include "passes/legalize/Recipe.h"

namespace coil {

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

struct Activation {
  StringRef name;
  Scalar (*formula)(Scalar x, double alpha, double beta);
  std::optional<double> alpha, beta; // the default of a parameter that it has

  Scalar operator()(Scalar x) const { return formula(x, alpha.value_or(0), beta.value_or(0)); }
};

/// The activations of all directions. The values of activation_alpha and
/// activation_beta belong, in order, to those functions that have such a one.
FailureOr<SmallVector<Activation>> activationsOf(Operation *op, ArrayRef<StringRef> names, ArrayRef<float> alphas,
                                                 ArrayRef<float> betas);

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// The operands in layout 0 and what their types say.
struct Layer {
  Value x, w, r, bias, lengths, h0; // x is [T, B, I]; bias, lengths and h0 may be null
  Dim steps, batch, hidden;
  int64_t gates;
  SmallVector<bool> reverse; // for each direction
  SmallVector<Activation> activations;
  Type element, sum;
  std::optional<double> clip;
  bool batchFirst;

  unsigned directions() const { return reverse.size(); }
  ArrayRef<Activation> activationsOf(unsigned direction) const {
    size_t count = activations.size() / directions();
    return ArrayRef(activations).slice(direction * count, count);
  }
  Scalar clipped(Scalar x) const { return clip ? clamp(x, x.like(-*clip), x.like(*clip)) : x; }
};

/// Checks the operands of a layer whose types say nothing yet about each other.
LogicalResult checkLayer(Operation *op, CoreBuilder &b, Layer &l);
/// An error unless `v`, where it is given, has these dimensions.
LogicalResult expectDims(Operation *op, CoreBuilder &b, StringRef name, Value v, ArrayRef<Dim> expected);
/// A state operand [D, B, H], or [B, D, H] in layout 1; null if it is absent.
Value stateOperand(CoreBuilder &b, Value v, bool batchFirst);

//===----------------------------------------------------------------------===//
// Parts of a cell
//===----------------------------------------------------------------------===//

/// v[direction], which loses its first dimension.
Value ofDirection(CoreBuilder &b, Value v, unsigned direction);
/// Columns [k * hidden, (k + count) * hidden) of the last dimension.
Value gate(CoreBuilder &b, const Layer &l, Value v, int64_t k, int64_t count = 1);
/// y[i, j] = sum of x[i, k] * w[j, k]
Value timesTransposed(CoreBuilder &b, const Layer &l, Value x, Value w);
/// The gates' share of all inputs: [T, B, gates * H], with both biases for the
/// first `biased` gates and the input's alone for the others.
Value project(CoreBuilder &b, const Layer &l, unsigned direction, int64_t biased);

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

/// One step at a time.
struct Step {
  Value input;    // [B, gates * H]: the projection of this step's input
  Value h;        // [B, H]: the hidden state before it
  Value lengths;  // [B, 1] or null
  Scalar t;       // the step's number, in the lengths' type

  /// `next` where the sequence goes on, else `old`; `length` is a lengths element.
  Scalar keep(Scalar length, Scalar next, Scalar old) const { return select(t < length, next, old); }
};
/// Gives the hidden state; updates the other states.
using Cell = function_ref<Value(const Step &, SmallVectorImpl<Value> &states)>;

struct Run {
  Value sequence;            // [T, B, H]
  Value last;                // [B, H]
  SmallVector<Value> states; // the other states after the last step
};

Run runDirection(CoreBuilder &b, const Layer &l, unsigned direction, Value projected, ArrayRef<Value> states,
                 Cell cell);

/// A final state [D, B, H], or [B, D, H] in layout 1.
Value joinStates(CoreBuilder &b, const Layer &l, ArrayRef<Value> states);
/// Y [T, D, B, H], or [B, T, D, H] in layout 1, and the final hidden state.
SmallVector<Value> results(CoreBuilder &b, const Layer &l, ArrayRef<Run> runs);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_RECURRENT_H
