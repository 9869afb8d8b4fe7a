//===- Recurrent.cpp - RNN, GRU and LSTM ----------------------------------===//
//
// The input's share of all gates is one product before the loop over time. The
// loop carries a sequence of hidden states with one more place than there are
// steps: a step reads the state before it there and writes its own beside it,
// so that nothing is copied. Sums are kept in f32 for narrower floats.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

struct Activation {
  StringRef name;
  Scalar (*formula)(Scalar x, double alpha, double beta);
  std::optional<double> alpha, beta; // the default of a parameter that it has

  Scalar operator()(Scalar x) const { return formula(x, alpha.value_or(0), beta.value_or(0)); }
};

Scalar zeroOf(Scalar x) { return x.like(0); }

const Activation kActivations[] = {
    {"Relu", [](Scalar x, double, double) { return max(x, zeroOf(x)); }, {}, {}},
    {"Tanh", [](Scalar x, double, double) { return tanh(x); }, {}, {}},
    {"Sigmoid", [](Scalar x, double, double) { return sigmoid(x); }, {}, {}},
    {"Softsign", [](Scalar x, double, double) { return x / (1.0 + abs(x)); }, {}, {}},
    {"Softplus", [](Scalar x, double, double) { return max(x, zeroOf(x)) + log1p(exp(-abs(x))); }, {}, {}},
    {"Affine", [](Scalar x, double a, double b) { return a * x + b; }, 1.0, 0.0},
    {"LeakyRelu", [](Scalar x, double a, double) { return select(x < 0, a * x, x); }, 0.01, {}},
    {"ThresholdedRelu", [](Scalar x, double a, double) { return select(x > a, x, zeroOf(x)); }, 1.0, {}},
    {"ScaledTanh", [](Scalar x, double a, double b) { return a * tanh(b * x); }, 1.0, 1.0},
    {"HardSigmoid", [](Scalar x, double a, double b) { return clamp(a * x + b, zeroOf(x), x.like(1)); }, 0.2, 0.5},
    {"Elu", [](Scalar x, double a, double) { return select(x < 0, a * expm1(x), x); }, 1.0, {}},
};

/// The activations of all directions. The values of activation_alpha and
/// activation_beta belong, in order, to those functions that have such a one.
template <typename Op>
FailureOr<SmallVector<Activation>> activationsOf(Op op, size_t directions, ArrayRef<StringRef> defaults) {
  SmallVector<StringRef> names;
  if (auto given = op.getActivations())
    llvm::append_range(names, given->template getAsValueRange<StringAttr>());
  else
    for (size_t i = 0; i < directions; ++i)
      llvm::append_range(names, defaults);
  if (names.size() != directions * defaults.size())
    return op.emitOpError("activations has ") << names.size() << " elements, expected "
                                              << directions * defaults.size(), failure();
  auto alphas = op.getActivationAlpha().value_or(ArrayRef<float>());
  auto betas = op.getActivationBeta().value_or(ArrayRef<float>());
  auto take = [](std::optional<double> &parameter, ArrayRef<float> &values) {
    if (!parameter || values.empty())
      return;
    parameter = values.front();
    values = values.drop_front();
  };
  SmallVector<Activation> result;
  for (StringRef name : names) {
    auto known = llvm::find_if(kActivations, [&](const Activation &a) { return a.name.equals_insensitive(name); });
    if (known == std::end(kActivations))
      return op.emitOpError("activation '") << name << "' is not one of ONNX's", failure();
    result.push_back(*known);
    take(result.back().alpha, alphas);
    take(result.back().beta, betas);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// What the three have in common
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

/// A state operand [D, B, H], or [B, D, H] in layout 1; null if it is absent.
Value stateOperand(CoreBuilder &b, Value v, bool batchFirst) {
  if (!given(v))
    return {};
  return batchFirst ? b.transpose(v, {1, 0, 2}) : v;
}

LogicalResult expectDims(Operation *op, CoreBuilder &b, StringRef name, Value v, ArrayRef<Dim> expected) {
  if (!v || !given(v))
    return success();
  auto refuse = [&] {
    InFlightDiagnostic error = op->emitOpError(name) << " has type " << v.getType() << ", expected dimensions [";
    llvm::interleaveComma(expected, error, [&](Dim d) {
      if (auto n = b.constant(d))
        error << *n;
      else
        error << "?";
    });
    error << "]";
    return failure();
  };
  Dims dims = b.dimsOf(v);
  if (dims.size() != expected.size())
    return refuse();
  for (auto [d, e] : llvm::zip(dims, expected)) {
    auto n = b.constant(d), m = b.constant(e);
    if (n && m && *n != *m)
      return refuse();
    if (!b.same(d, e))
      b.require(b.index(d) == b.index(e), name + " has a dimension of another size than expected");
  }
  return success();
}

template <typename Op>
FailureOr<Layer> layerOf(Op op, CoreBuilder &b, int64_t gates, ArrayRef<StringRef> activations) {
  for (auto [name, v] : {std::pair{"X", op.getX()}, {"W", op.getW()}, {"R", op.getR()}})
    if (b.rankOf(v) != 3)
      return op.emitOpError(name) << " has type " << v.getType() << ", expected rank 3", failure();
  Layer l;
  if (op.getDirection() == "bidirectional")
    l.reverse = {false, true};
  else if (op.getDirection() == "forward" || op.getDirection() == "reverse")
    l.reverse = {op.getDirection() == "reverse"};
  else
    return op.emitOpError("direction is '") << op.getDirection()
           << "', expected 'forward', 'reverse' or 'bidirectional'", failure();
  auto functions = activationsOf(op, l.directions(), activations);
  if (failed(functions))
    return failure();
  l.activations = *functions;
  l.gates = gates;
  l.batchFirst = op.getLayout();
  l.x = l.batchFirst ? b.transpose(op.getX(), {1, 0, 2}) : op.getX();
  l.element = b.elementOf(l.x);
  l.sum = sumType(l.element);
  if (auto clip = op.getClip())
    l.clip = clip->convertToDouble();
  Dims dims = b.dimsOf(l.x);
  l.steps = dims[0];
  l.batch = dims[1];
  l.w = op.getW();
  l.r = op.getR();
  l.hidden = op.getHiddenSize() ? b.dim(*op.getHiddenSize()) : b.dimOf(l.r, 2);
  Dim d = b.dim(l.directions()), rows = b.product({b.dim(gates), l.hidden});
  if (given(op.getB()))
    l.bias = op.getB();
  if (given(op.getSequenceLens()))
    l.lengths = op.getSequenceLens();
  l.h0 = stateOperand(b, op.getInitialH(), l.batchFirst);
  if (failed(expectDims(op, b, "W", l.w, {d, rows, dims[2]})) ||
      failed(expectDims(op, b, "R", l.r, {d, rows, l.hidden})) ||
      failed(expectDims(op, b, "B", l.bias, {d, b.product({rows, b.dim(2)})})) ||
      failed(expectDims(op, b, "sequence_lens", l.lengths, {l.batch})) ||
      failed(expectDims(op, b, "initial_h", l.h0, {d, l.batch, l.hidden})))
    return failure();
  return l;
}

/// v[direction], which loses its first dimension.
Value ofDirection(CoreBuilder &b, Value v, unsigned direction) {
  Dims sizes = b.dimsOf(v), offsets(sizes.size(), b.dim(0)), ones(sizes.size(), b.dim(1));
  bool only = b.constant(sizes[0]) == 1;
  sizes[0] = b.dim(1);
  offsets[0] = b.dim(direction);
  Value part = only ? v : b.slice(v, offsets, sizes, ones);
  return b.reshape(part, Dims(sizes.begin() + 1, sizes.end()));
}

/// Columns [k * hidden, (k + count) * hidden) of the last dimension.
Value gate(CoreBuilder &b, const Layer &l, Value v, int64_t k, int64_t count = 1) {
  Dims sizes = b.dimsOf(v), offsets(sizes.size(), b.dim(0)), ones(sizes.size(), b.dim(1));
  offsets.back() = b.product({b.dim(k), l.hidden});
  sizes.back() = b.product({b.dim(count), l.hidden});
  return b.slice(v, offsets, sizes, ones);
}

/// y[i, j] = sum of x[i, k] * w[j, k]
Value timesTransposed(CoreBuilder &b, const Layer &l, Value x, Value w) {
  auto d = [&](unsigned i) { return b.getAffineDimExpr(i); };
  Dim shared = b.constant(b.dimOf(w, 1)) ? b.dimOf(w, 1) : b.dimOf(x, 1);
  return b.accumulate(
      {x, w}, {AffineMap::get(3, 0, {d(0), d(2)}, b.getContext()), AffineMap::get(3, 0, {d(1), d(2)}, b.getContext())},
      {b.dimOf(x, 0), b.dimOf(w, 0), shared}, 2, [&](auto &builder) { return constantOf(builder, l.sum, 0); },
      [&](ArrayRef<Scalar> s) { return s[2] + cast(s[0], l.sum) * cast(s[1], l.sum); });
}

/// The gates' share of all inputs: [T, B, gates * H], with both biases for the
/// first `biased` gates and the input's alone for the others.
Value project(CoreBuilder &b, const Layer &l, unsigned direction, int64_t biased) {
  Dims dims = b.dimsOf(l.x);
  Value flat = b.reshape(l.x, {b.product({dims[0], dims[1]}), dims[2]});
  Value y = timesTransposed(b, l, flat, ofDirection(b, l.w, direction));
  if (l.bias) {
    Value bias = ofDirection(b, l.bias, direction);
    Value both = b.map({gate(b, l, bias, 0, biased), gate(b, l, bias, l.gates, biased)},
                       [](ArrayRef<Scalar> s) { return s[0] + s[1]; });
    if (biased < l.gates)
      both = b.concat({both, gate(b, l, bias, biased, l.gates - biased)}, 0);
    y = b.map({y, both}, [&](ArrayRef<Scalar> s) { return s[0] + cast(s[1], l.sum); });
  }
  return b.reshape(y, {dims[0], dims[1], b.product({b.dim(l.gates), l.hidden})});
}

/// v [T, B, N] with the first lengths[b] steps of each element backwards; what
/// comes after them is 0. Forwards, only the latter.
Value withinLengths(CoreBuilder &b, const Layer &l, Value v, bool backwards) {
  Scalar zero = constantOf(b, b.elementOf(v), 0);
  return b.generate(b.dimsOf(v), [&](ArrayRef<Scalar> i) {
    Scalar length = cast(b.load(l.lengths, i[1]), b.getIndexType());
    Scalar t = backwards ? max(length - 1 - i[0], b.index(0)) : i[0];
    return select(i[0] < length, b.load(v, {t, i[1], i[2]}), zero);
  });
}

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
                 Cell cell) {
  bool gathered = l.lengths && l.reverse[direction];
  bool reverse = l.reverse[direction] && !gathered;
  if (gathered)
    projected = withinLengths(b, l, projected, /*backwards=*/true);
  Dims place{b.dim(1), l.batch, l.hidden}, places{b.sum(l.steps, b.dim(1)), l.batch, l.hidden};
  auto at = [&](Dim t) { return Dims{t, b.dim(0), b.dim(0)}; };
  Dims ones(3, b.dim(1));

  Value h0 = l.h0 ? b.reshape(ofDirection(b, l.h0, direction), place)
                  : b.splat(place, constantOf(b, l.element, 0));
  Value sequence = tensor::EmptyOp::create(b, places, l.element);
  b.remember(sequence, places);
  Dim first = reverse ? l.steps : b.dim(0);
  SmallVector<Value> start{b.insert(h0, sequence, at(first))};
  llvm::append_range(start, states);
  Value lengths = l.lengths ? b.reshape(l.lengths, {l.batch, b.dim(1)}) : Value();
  Dims inputSize = b.dimsOf(projected);
  inputSize[0] = b.dim(1);

  SmallVector<Value> end = b.loop(l.steps, start, [&](Scalar i, ArrayRef<Value> carried) {
    Scalar t = reverse ? b.index(l.steps) - 1 - i : i;
    Dim before = b.dim(reverse ? t + 1 : t), after = b.dim(reverse ? t : t + 1);
    Step step;
    step.input = b.reshape(b.slice(projected, at(b.dim(t)), inputSize, ones), {l.batch, inputSize[2]});
    step.h = b.reshape(b.slice(carried[0], at(before), place, ones), {l.batch, l.hidden});
    step.lengths = lengths;
    if (lengths)
      step.t = cast(i, b.elementOf(lengths));
    SmallVector<Value> next(carried.drop_front());
    Value h = cell(step, next);
    next.insert(next.begin(), b.insert(b.reshape(h, place), carried[0], at(after)));
    return next;
  });

  Run run;
  run.states.assign(end.begin() + 1, end.end());
  run.last = b.reshape(b.slice(end[0], at(reverse ? b.dim(0) : l.steps), place, ones), {l.batch, l.hidden});
  Dims all{l.steps, l.batch, l.hidden};
  run.sequence = b.slice(end[0], at(b.dim(reverse ? 0 : 1)), all, ones);
  if (l.lengths)
    run.sequence = withinLengths(b, l, run.sequence, gathered);
  return run;
}

/// Y [T, D, B, H], or [B, T, D, H] in layout 1.
Value joinSequences(CoreBuilder &b, const Layer &l, ArrayRef<Run> runs) {
  Dims dims{l.steps, b.dim(1), l.batch, l.hidden};
  Value y = b.concat(llvm::map_to_vector(runs, [&](const Run &r) { return b.reshape(r.sequence, dims); }), 1);
  return l.batchFirst ? b.transpose(y, {2, 0, 1, 3}) : y;
}

/// A final state [D, B, H], or [B, D, H] in layout 1.
Value joinStates(CoreBuilder &b, const Layer &l, ArrayRef<Value> states) {
  Dims dims{b.dim(1), l.batch, l.hidden};
  Value y = b.concat(llvm::map_to_vector(states, [&](Value v) { return b.reshape(v, dims); }), 0);
  return l.batchFirst ? b.transpose(y, {1, 0, 2}) : y;
}

SmallVector<Value> results(CoreBuilder &b, const Layer &l, ArrayRef<Run> runs) {
  return {joinSequences(b, l, runs),
          joinStates(b, l, llvm::map_to_vector(runs, [](const Run &r) { return r.last; }))};
}

//===----------------------------------------------------------------------===//
// Cells
//===----------------------------------------------------------------------===//

/// H = f(X Wᵀ + H Rᵀ + b)
Result rnn(RNNOp op, CoreBuilder &b) {
  auto layer = layerOf(op, b, 1, {"Tanh"});
  if (failed(layer))
    return failure();
  Layer &l = *layer;
  SmallVector<Run> runs;
  for (unsigned d = 0; d < l.directions(); ++d) {
    const Activation &f = l.activationsOf(d)[0];
    Value r = ofDirection(b, l.r, d);
    runs.push_back(runDirection(b, l, d, project(b, l, d, 1), {}, [&](const Step &step, auto &) {
      SmallVector<Value> inputs{step.input, timesTransposed(b, l, step.h, r)};
      if (step.lengths)
        inputs.append({step.h, step.lengths});
      return b.map(inputs, [&](ArrayRef<Scalar> s) {
        Scalar h = cast(f(l.clipped(s[0] + s[1])), l.element);
        return step.lengths ? step.keep(s[3], h, s[2]) : h;
      });
    }));
  }
  return results(b, l, runs);
}

/// z = f(Xz + Hz), r = f(Xr + Hr), H = (1 - z) * n + z * H with
/// n = g(Xn + (r * H) Rnᵀ + bn), or g(Xn + r * (H Rnᵀ + bn)) if
/// linear_before_reset.
Result gru(GRUOp op, CoreBuilder &b) {
  auto layer = layerOf(op, b, 3, {"Sigmoid", "Tanh"});
  if (failed(layer))
    return failure();
  Layer &l = *layer;
  bool resetLast = op.getLinearBeforeReset();
  SmallVector<Run> runs;
  for (unsigned d = 0; d < l.directions(); ++d) {
    const Activation &f = l.activationsOf(d)[0], &g = l.activationsOf(d)[1];
    Value r = ofDirection(b, l.r, d), bias;
    if (l.bias && resetLast)
      bias = b.reshape(gate(b, l, ofDirection(b, l.bias, d), 5), {b.dim(1), l.hidden});
    auto rows = [&](int64_t first, int64_t count) {
      Dims sizes{b.product({b.dim(count), l.hidden}), l.hidden}, ones(2, b.dim(1));
      return b.slice(r, {b.product({b.dim(first), l.hidden}), b.dim(0)}, sizes, ones);
    };
    Value rzr = rows(0, 2), rn = rows(2, 1);
    auto cell = [&](const Step &step, auto &) {
      Value hzr = timesTransposed(b, l, step.h, rzr);
      auto gateOf = [&](int64_t k) {
        return b.map({gate(b, l, step.input, k), gate(b, l, hzr, k)},
                     [&](ArrayRef<Scalar> s) { return f(l.clipped(s[0] + s[1])); });
      };
      Value z = gateOf(0), reset = gateOf(1), hn;
      auto scale = [&](ArrayRef<Scalar> s) { return s[0] * cast(s[1], l.sum); };
      if (resetLast) {
        hn = timesTransposed(b, l, step.h, rn);
        if (bias)
          hn = b.map({hn, bias}, [&](ArrayRef<Scalar> s) { return s[0] + cast(s[1], l.sum); });
        hn = b.map({reset, hn}, scale);
      } else {
        hn = timesTransposed(b, l, b.map({reset, step.h}, scale), rn);
      }
      SmallVector<Value> inputs{gate(b, l, step.input, 2), hn, z, step.h};
      if (step.lengths)
        inputs.push_back(step.lengths);
      return b.map(inputs, [&](ArrayRef<Scalar> s) {
        Scalar n = g(l.clipped(s[0] + s[1])), z = s[2];
        Scalar h = cast((1.0 - z) * n + z * cast(s[3], l.sum), l.element);
        return step.lengths ? step.keep(s[4], h, s[3]) : h;
      });
    };
    runs.push_back(runDirection(b, l, d, project(b, l, d, resetLast ? 2 : 3), {}, cell));
  }
  return results(b, l, runs);
}

/// The gates of an LSTM lie in this order.
enum Gate { Input, Output, Forget, Candidate };

/// i = f(Xi + Hi + Pi * C), F = f(Xf + Hf + Pf * C), c = g(Xc + Hc),
/// C = F * C + i * c, o = f(Xo + Ho + Po * C), H = o * h(C);
/// with input_forget F = 1 - i.
Result lstm(LSTMOp op, CoreBuilder &b) {
  auto layer = layerOf(op, b, 4, {"Sigmoid", "Tanh", "Tanh"});
  if (failed(layer))
    return failure();
  Layer &l = *layer;
  Value c0 = stateOperand(b, op.getInitialC(), l.batchFirst);
  Dim directions = b.dim(l.directions());
  if (failed(expectDims(op, b, "initial_c", c0, {directions, l.batch, l.hidden})) ||
      failed(expectDims(op, b, "P", op.getP(), {directions, b.product({b.dim(3), l.hidden})})))
    return failure();
  bool coupled = op.getInputForget(), peeps = given(op.getP());
  SmallVector<Run> runs;
  for (unsigned d = 0; d < l.directions(); ++d) {
    const Activation &f = l.activationsOf(d)[0], &g = l.activationsOf(d)[1], &out = l.activationsOf(d)[2];
    Value r = ofDirection(b, l.r, d);
    auto peephole = [&](Gate k) {
      return b.reshape(gate(b, l, ofDirection(b, op.getP(), d), k), {b.dim(1), l.hidden});
    };
    auto cell = [&](const Step &step, SmallVectorImpl<Value> &states) {
      Value recurrent = timesTransposed(b, l, step.h, r);
      SmallVector<Value> inputs;
      for (Gate k : {Input, Forget, Candidate})
        inputs.append({gate(b, l, step.input, k), gate(b, l, recurrent, k)});
      if (peeps)
        inputs.append({peephole(Input), peephole(Forget)});
      if (step.lengths)
        inputs.push_back(step.lengths);
      Value c = b.update(states[0], inputs, [&](ArrayRef<Scalar> s) {
        Scalar old = s.back(), pi = s[0] + s[1], pf = s[2] + s[3];
        if (peeps) {
          pi = pi + cast(s[6], l.sum) * old;
          pf = pf + cast(s[7], l.sum) * old;
        }
        Scalar i = f(l.clipped(pi));
        Scalar forget = coupled ? 1.0 - i : f(l.clipped(pf));
        Scalar next = forget * old + i * g(l.clipped(s[4] + s[5]));
        return step.lengths ? step.keep(s[s.size() - 2], next, old) : next;
      });
      states[0] = c;
      inputs = {gate(b, l, step.input, Output), gate(b, l, recurrent, Output), c};
      if (peeps)
        inputs.push_back(peephole(Output));
      if (step.lengths)
        inputs.append({step.h, step.lengths});
      return b.map(inputs, [&](ArrayRef<Scalar> s) {
        Scalar po = s[0] + s[1];
        if (peeps)
          po = po + cast(s[3], l.sum) * s[2];
        Scalar h = cast(f(l.clipped(po)) * out(l.clipped(s[2])), l.element);
        return step.lengths ? step.keep(s.back(), h, s[s.size() - 2]) : h;
      });
    };
    Dims dims{l.batch, l.hidden};
    Value start = c0 ? b.convert(ofDirection(b, c0, d), l.sum) : b.splat(dims, constantOf(b, l.sum, 0));
    runs.push_back(runDirection(b, l, d, project(b, l, d, 4), b.remember(start, dims), cell));
  }
  SmallVector<Value> all = results(b, l, runs);
  all.push_back(joinStates(b, l, llvm::map_to_vector(runs, [&](const Run &r) {
    return b.convert(r.states[0], l.element);
  })));
  return all;
}

} // namespace

void addRecurrentRecipes(RecipeTable &table) { table.add<rnn, gru, lstm>(); }

} // namespace coil
