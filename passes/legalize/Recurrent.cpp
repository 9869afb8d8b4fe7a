//===- Recurrent.cpp - RNN, GRU and LSTM ----------------------------------===//

#include "passes/legalize/Recurrent.h"

#include "dialects/onnx/Onnx.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// `activations` are the names of one direction's functions by default.
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
  SmallVector<StringRef> names;
  if (auto written = op.getActivations())
    llvm::append_range(names, written->template getAsValueRange<StringAttr>());
  else
    for (unsigned d = 0; d < l.directions(); ++d)
      llvm::append_range(names, activations);
  if (names.size() != l.directions() * activations.size())
    return op.emitOpError("activations has ") << names.size() << " elements, expected "
           << l.directions() * activations.size(), failure();
  auto functions = coil::activationsOf(op, names, op.getActivationAlpha().value_or(ArrayRef<float>()),
                                       op.getActivationBeta().value_or(ArrayRef<float>()));
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
  if (given(op.getB()))
    l.bias = op.getB();
  if (given(op.getSequenceLens()))
    l.lengths = op.getSequenceLens();
  l.h0 = stateOperand(b, op.getInitialH(), l.batchFirst);
  if (failed(checkLayer(op, b, l)))
    return failure();
  return l;
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
