//===- RecurrentLayer.cpp - what RNN, GRU and LSTM have in common ---------===//

#include "passes/legalize/Recurrent.h"

namespace coil {

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

static Scalar zeroOf(Scalar x) { return x.like(0); }

static const Activation kActivations[] = {
    {"Relu", [](Scalar x, double, double) { return max(x, zeroOf(x)); }, {}, {}},
    {"Tanh", [](Scalar x, double, double) { return tanh(x); }, {}, {}},
    {"Sigmoid", [](Scalar x, double, double) { return sigmoid(x); }, {}, {}},
    {"Softsign", [](Scalar x, double, double) { return x / (1.0 + abs(x)); }, {}, {}},
    {"Softplus", [](Scalar x, double, double) { return max(x, zeroOf(x)) + log1p(expOfNonpositive(-abs(x))); }, {}, {}},
    {"Affine", [](Scalar x, double a, double b) { return a * x + b; }, 1.0, 0.0},
    {"LeakyRelu", [](Scalar x, double a, double) { return select(x < 0, a * x, x); }, 0.01, {}},
    {"ThresholdedRelu", [](Scalar x, double a, double) { return select(x > a, x, zeroOf(x)); }, 1.0, {}},
    {"ScaledTanh", [](Scalar x, double a, double b) { return a * tanh(b * x); }, 1.0, 1.0},
    {"HardSigmoid", [](Scalar x, double a, double b) { return clamp(a * x + b, zeroOf(x), x.like(1)); }, 0.2, 0.5},
    {"Elu", [](Scalar x, double a, double) { return select(x < 0, a * expm1(x), x); }, 1.0, {}},
};

FailureOr<SmallVector<Activation>> activationsOf(Operation *op, ArrayRef<StringRef> names, ArrayRef<float> alphas,
                                                 ArrayRef<float> betas) {
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
      return op->emitOpError("activation '") << name << "' is not one of ONNX's", failure();
    result.push_back(*known);
    take(result.back().alpha, alphas);
    take(result.back().beta, betas);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

Value stateOperand(CoreBuilder &b, Value v, bool batchFirst) {
  if (!given(v))
    return {};
  return batchFirst && b.rankOf(v) == 3 ? b.transpose(v, {1, 0, 2}) : v;
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

LogicalResult checkLayer(Operation *op, CoreBuilder &b, Layer &l) {
  Dim d = b.dim(l.directions()), rows = b.product({b.dim(l.gates), l.hidden});
  return success(succeeded(expectDims(op, b, "W", l.w, {d, rows, b.dimOf(l.x, 2)})) &&
                 succeeded(expectDims(op, b, "R", l.r, {d, rows, l.hidden})) &&
                 succeeded(expectDims(op, b, "B", l.bias, {d, b.product({rows, b.dim(2)})})) &&
                 succeeded(expectDims(op, b, "sequence_lens", l.lengths, {l.batch})) &&
                 succeeded(expectDims(op, b, "initial_h", l.h0, {d, l.batch, l.hidden})));
}

Value ofDirection(CoreBuilder &b, Value v, unsigned direction) {
  Dims dims = b.dimsOf(v);
  return b.constant(dims[0]) == 1 ? b.reshape(v, Dims(dims.begin() + 1, dims.end())) : b.row(v, b.dim(direction));
}

Value gate(CoreBuilder &b, const Layer &l, Value v, int64_t k, int64_t count) {
  Dims sizes = b.dimsOf(v), offsets(sizes.size(), b.dim(0)), ones(sizes.size(), b.dim(1));
  offsets.back() = b.product({b.dim(k), l.hidden});
  sizes.back() = b.product({b.dim(count), l.hidden});
  return b.slice(v, offsets, sizes, ones);
}

Value timesTransposed(CoreBuilder &b, const Layer &l, Value x, Value w) {
  auto d = [&](unsigned i) { return b.getAffineDimExpr(i); };
  Dim shared = b.constant(b.dimOf(w, 1)) ? b.dimOf(w, 1) : b.dimOf(x, 1);
  return b.accumulate(
      {x, w}, {AffineMap::get(3, 0, {d(0), d(2)}, b.getContext()), AffineMap::get(3, 0, {d(1), d(2)}, b.getContext())},
      {b.dimOf(x, 0), b.dimOf(w, 0), shared}, 2, [&](auto &builder) { return constantOf(builder, l.sum, 0); },
      [&](ArrayRef<Scalar> s) { return s[2] + cast(s[0], l.sum) * cast(s[1], l.sum); });
}

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
static Value withinLengths(CoreBuilder &b, const Layer &l, Value v, bool backwards) {
  Scalar zero = constantOf(b, b.elementOf(v), 0);
  return b.generate(b.dimsOf(v), [&](ArrayRef<Scalar> i) {
    Scalar length = cast(b.load(l.lengths, i[1]), b.getIndexType());
    Scalar t = backwards ? max(length - 1 - i[0], b.index(0)) : i[0];
    return select(i[0] < length, b.load(v, {t, i[1], i[2]}), zero);
  });
}

Run runDirection(CoreBuilder &b, const Layer &l, unsigned direction, Value projected, ArrayRef<Value> states,
                 Cell cell) {
  bool gathered = l.lengths && l.reverse[direction];
  bool reverse = l.reverse[direction] && !gathered;
  if (gathered)
    projected = withinLengths(b, l, projected, /*backwards=*/true);
  Dims place{l.batch, l.hidden}, places{b.sum(l.steps, b.dim(1)), l.batch, l.hidden};
  auto at = [&](Dim t) { return Dims{t, b.dim(0), b.dim(0)}; };

  Value h0 = l.h0 ? ofDirection(b, l.h0, direction)
                  : b.splat(place, constantOf(b, l.element, 0));
  Value sequence = tensor::EmptyOp::create(b, places, l.element);
  b.remember(sequence, places);
  Dim first = reverse ? l.steps : b.dim(0);
  SmallVector<Value> start{b.insert(h0, sequence, at(first))};
  llvm::append_range(start, states);
  Value lengths = l.lengths ? b.reshape(l.lengths, {l.batch, b.dim(1)}) : Value();

  SmallVector<Value> end = b.loop(l.steps, start, [&](Scalar i, ArrayRef<Value> carried) {
    Scalar t = reverse ? b.index(l.steps) - 1 - i : i;
    Dim before = b.dim(reverse ? t + 1 : t), after = b.dim(reverse ? t : t + 1);
    Step step;
    step.input = b.row(projected, b.dim(t));
    step.h = b.row(carried[0], before);
    step.lengths = lengths;
    if (lengths)
      step.t = cast(i, b.elementOf(lengths));
    SmallVector<Value> next(carried.drop_front());
    Value h = cell(step, next);
    next.insert(next.begin(), b.insert(h, carried[0], at(after)));
    return next;
  });

  Run run;
  run.states.assign(end.begin() + 1, end.end());
  run.last = b.row(end[0], reverse ? b.dim(0) : l.steps);
  Dims all{l.steps, l.batch, l.hidden}, ones(3, b.dim(1));
  run.sequence = b.slice(end[0], at(b.dim(reverse ? 0 : 1)), all, ones);
  if (l.lengths)
    run.sequence = withinLengths(b, l, run.sequence, gathered);
  return run;
}

static Value joinSequences(CoreBuilder &b, const Layer &l, ArrayRef<Run> runs) {
  Dims dims{l.steps, b.dim(1), l.batch, l.hidden};
  Value y = b.concat(llvm::map_to_vector(runs, [&](const Run &r) { return b.reshape(r.sequence, dims); }), 1);
  return l.batchFirst ? b.transpose(y, {2, 0, 1, 3}) : y;
}

Value joinStates(CoreBuilder &b, const Layer &l, ArrayRef<Value> states) {
  Dims dims{b.dim(1), l.batch, l.hidden};
  Value y = b.concat(llvm::map_to_vector(states, [&](Value v) { return b.reshape(v, dims); }), 0);
  return l.batchFirst ? b.transpose(y, {1, 0, 2}) : y;
}

SmallVector<Value> results(CoreBuilder &b, const Layer &l, ArrayRef<Run> runs) {
  return {joinSequences(b, l, runs),
          joinStates(b, l, llvm::map_to_vector(runs, [](const Run &r) { return r.last; }))};
}

} // namespace coil
