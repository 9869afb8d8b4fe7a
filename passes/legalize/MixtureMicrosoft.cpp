//===- MixtureMicrosoft.cpp - ONNX Runtime's mixtures of experts ----------===//
//
// Each row of the input goes through the k experts that a router prefers for it
// (arXiv:1701.06538); an expert is two products with an activation in between,
// which a third product may gate. Only what was chosen is computed.
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Quantize.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// One layer of all experts: [experts, rows, columns], a row for each output.
struct Layer {
  std::function<Scalar(Scalar, Scalar, Scalar)> at; // in f32
  Dim rows;
  Value bias; // [experts, rows], or none
};

Layer plain(CoreBuilder &b, Value w, Value bias) {
  return {[&b, w](Scalar e, Scalar row, Scalar column) { return cast(b.load(w, {e, row, column}), b.getF32Type()); },
          b.dimOf(w, 1), bias};
}

/// What the router says of each row.
struct Routes {
  Value experts, shares; // [N, k]
};

/// The k greatest of softmax(logits), again made to add up to one if `normalize`.
Routes routesOf(CoreBuilder &b, Value logits, int64_t k, bool normalize) {
  Dims dims = b.dimsOf(logits), chosen{dims[0], b.dim(k)};
  Value experts = b.remember(tensor::EmptyOp::create(b, chosen, b.getI64Type()), chosen);
  experts = b.loop(dims[0], experts, [&](Scalar row, ArrayRef<Value> so) -> SmallVector<Value> {
    auto at = [&](Scalar j) { return SmallVector<Scalar>{row, j}; };
    return {b.firstOf(so[0], dims[1], b.dim(k), at, [&](Scalar i, Scalar j) {
      Scalar p = b.load(logits, {row, i}), q = b.load(logits, {row, j});
      return (p > q) | ((p == q) & (i < j));
    })};
  })[0];
  Value all = softmax(b, b.convert(logits, b.getF32Type()), 1);
  Value shares = b.generate(chosen, [&](ArrayRef<Scalar> i) {
    return b.load(all, {i[0], cast(b.load(experts, i), b.getIndexType())});
  });
  if (normalize)
    shares = b.map({shares, b.reduceSum(shares, 1, /*keep=*/true)}, [](ArrayRef<Scalar> s) { return s[0] / s[1]; });
  return {experts, shares};
}

/// x[n, j, :] times the layer of the j-th expert of row n; x may be one for all j.
Value product(CoreBuilder &b, Value x, const Layer &layer, Value experts) {
  bool shared = b.rankOf(x) == 2;
  auto d = [&](unsigned i) { return b.getAffineDimExpr(i); };
  SmallVector<AffineExpr> read{d(0)};
  if (!shared)
    read.push_back(d(1));
  read.push_back(d(3));
  Dims sizes = b.dimsOf(experts);
  sizes.append({layer.rows, b.dimsOf(x).back()});
  Type f32 = b.getF32Type();
  auto loop = [&](int64_t i) { return Scalar(b, linalg::IndexOp::create(b, i)); };
  auto expert = [&](Scalar n, Scalar j) { return cast(b.load(experts, {n, j}), b.getIndexType()); };
  Value y = b.accumulate(
      x, AffineMap::get(4, 0, read, b.getContext()), sizes, 3, [&](auto &builder) { return constantOf(builder, f32, 0); },
      [&](ArrayRef<Scalar> s) {
        return s[1] + cast(s[0], f32) * layer.at(expert(loop(0), loop(1)), loop(2), loop(3));
      });
  if (!given(layer.bias))
    return y;
  return b.generate(b.dimsOf(y), [&](ArrayRef<Scalar> i) {
    return b.load(y, i) + cast(b.load(layer.bias, {expert(i[0], i[1]), i[2]}), f32);
  });
}

template <typename Op> LogicalResult checkMixture(Op op, CoreBuilder &b) {
  StringRef name = op.getActivationType();
  if (name != "relu" && name != "gelu" && name != "silu" && name != "swiglu" && name != "identity")
    return op.emitOpError("activation_type is '") << name
           << "', expected 'relu', 'gelu', 'silu', 'swiglu' or 'identity'";
  if (op.getUseSparseMixer())
    return op.emitOpError("use_sparse_mixer is not supported");
  int64_t fusion = op.getSwigluFusion(), rank = b.rankOf(op.getInput());
  if (fusion < 0 || fusion > 2 || (name == "swiglu" && (fusion == 0) != given(op.getFc3())))
    return op.emitOpError("swiglu_fusion is ") << fusion << (given(op.getFc3()) ? " with fc3" : " without fc3")
           << ", expected 1 or 2, or 0 with fc3";
  if (rank != 2 && rank != 3)
    return op.emitOpError("the input has type ") << op.getInput().getType() << ", expected rank 2 or 3";
  auto experts = b.constant(b.dimOf(op.getRouterProbs(), b.rankOf(op.getRouterProbs()) - 1));
  if (int64_t k = op.getK(); k < 1 || (experts && k > *experts))
    return op.emitOpError("k is ") << k << ", expected 1 to the number of experts";
  return haveRank(op, op.getRouterProbs(), 2);
}

/// The activation of what the first layer gives, gated by `linear` if there is one.
template <typename Op> Scalar activated(Op op, Scalar x, std::optional<Scalar> linear) {
  StringRef name = op.getActivationType();
  if (name == "swiglu") {
    double alpha = op.getActivationAlpha().convertToDouble(), beta = op.getActivationBeta().convertToDouble();
    Scalar up = *linear;
    if (op.getSwigluLimit()) {
      double limit = op.getSwigluLimit()->convertToDouble();
      x = min(x, x.like(limit));
      up = clamp(up, x.like(-limit), x.like(limit));
    }
    return x * sigmoid(alpha * x) * (up + beta);
  }
  Scalar y = name == "relu"   ? max(x, x.like(0))
             : name == "silu" ? x * sigmoid(x)
             : name == "gelu" ? 0.5 * x * (1.0 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))
                              : x;
  return linear ? y * *linear : y;
}

template <typename Op> Result mixture(Op op, const Layer &fc1, const Layer &fc2, std::optional<Layer> fc3, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getInput());
  Dim rows = b.product(ArrayRef(dims).drop_back());
  Value x = b.reshape(op.getInput(), {rows, dims.back()});
  b.requireSame(b.dimOf(op.getRouterProbs(), 0), rows, "the rows of the input and of router_probs");
  if (b.facts.failed)
    return failure();
  Routes routes = routesOf(b, op.getRouterProbs(), op.getK(), op.getNormalizeRoutingWeights());
  Value h = product(b, x, fc1, routes.experts);
  if (fc3) {
    Value linear = product(b, x, *fc3, routes.experts);
    h = b.map({h, linear}, [&](ArrayRef<Scalar> s) { return activated(op, s[0], s[1]); });
  } else if (op.getActivationType() == "swiglu") {
    Dims half = b.dimsOf(h);
    half[2] = b.dim(half[2], [](auto d) { return d[0] / 2; });
    bool alternate = op.getSwigluFusion() == 1;
    h = b.generate(half, [&](ArrayRef<Scalar> i) {
      Scalar gate = alternate ? 2 * i[2] : i[2], linear = alternate ? gate + 1 : gate + b.index(half[2]);
      return activated(op, b.load(h, {i[0], i[1], gate}), b.load(h, {i[0], i[1], linear}));
    });
  } else {
    h = b.map(h, [&](Scalar s) { return activated(op, s, std::nullopt); });
  }
  Value y = product(b, h, fc2, routes.experts);
  Dims chosen = b.dimsOf(routes.shares);
  chosen.push_back(b.dim(1));
  y = b.map({y, b.reshape(routes.shares, chosen)}, [](ArrayRef<Scalar> s) { return s[0] * s[1]; });
  y = b.convert(b.reduceSum(y, 1, /*keep=*/false), b.elementOf(op.getInput()));
  dims.back() = fc2.rows;
  return b.reshape(y, dims);
}

Result moe(MsMoEOp op, CoreBuilder &b) {
  if (failed(checkMixture(op, b)) || failed(haveRank(op, {op.getFc1(), op.getFc2(), op.getFc3()}, 3)) ||
      failed(haveRank(op, {op.getFc1Bias(), op.getFc2Bias(), op.getFc3Bias()}, 2)))
    return failure();
  b.requireSame(b.dimOf(op.getFc1(), 2), b.dimsOf(op.getInput()).back(), "the columns of fc1 and of the input");
  std::optional<Layer> fc3;
  if (given(op.getFc3()))
    fc3 = plain(b, op.getFc3(), op.getFc3Bias());
  return mixture(op, plain(b, op.getFc1(), op.getFc1Bias()), plain(b, op.getFc2(), op.getFc2Bias()), fc3, b);
}

/// A layer of few bits: a scale for each row, or for each block of a row.
FailureOr<Layer> packed(MsQMoEOp op, StringRef name, Value w, Value scales, Value zeroPoints, Value bias, CoreBuilder &b) {
  int64_t bits = op.getExpertWeightBits(), block = op.getBlockSize();
  if (bits != 2 && bits != 4 && bits != 8)
    return op.emitOpError("expert_weight_bits is ") << bits << ", expected 2, 4 or 8";
  if (!given(scales) || b.rankOf(w) != 3 || !b.elementOf(w).isUnsignedInteger(8) || b.rankOf(scales) != (block ? 3 : 2))
    return op.emitOpError(name) << " has type " << w.getType() << ", expected ui8 of rank 3 with scales of rank "
                                << (block ? 3 : 2);
  if (failed(haveRank(op, zeroPoints, block ? 3 : 2)) || failed(haveRank(op, bias, 2)))
    return failure();
  Type f32 = b.getF32Type();
  auto at = [=, &b](Scalar e, Scalar row, Scalar column) {
    SmallVector<Scalar> place{e, row};
    if (block)
      place.push_back(column / block);
    Scalar zero = constantOf(b, f32, int64_t(1) << (bits - 1));
    if (given(zeroPoints))
      zero = cast(unpacked(b, zeroPoints, place, bits), f32);
    return (cast(unpacked(b, w, {e, row, column}, bits), f32) - zero) * cast(b.load(scales, place), f32);
  };
  return Layer{at, b.dimOf(w, 1), bias};
}

Result qMoe(MsQMoEOp op, CoreBuilder &b) {
  if (failed(checkMixture(op, b)))
    return failure();
  FailureOr<Layer> fc1, fc2;
  if (failed(fc1 = packed(op, "fc1", op.getFc1(), op.getFc1Scales(), op.getFc1ZeroPoints(), op.getFc1Bias(), b)) ||
      failed(fc2 = packed(op, "fc2", op.getFc2(), op.getFc2Scales(), op.getFc2ZeroPoints(), op.getFc2Bias(), b)))
    return failure();
  std::optional<Layer> fc3;
  if (given(op.getFc3())) {
    auto third = packed(op, "fc3", op.getFc3(), op.getFc3Scales(), op.getFc3ZeroPoints(), op.getFc3Bias(), b);
    if (failed(third))
      return failure();
    fc3 = *third;
  }
  return mixture(op, *fc1, *fc2, fc3, b);
}

} // namespace

void addMixtureMicrosoftRecipes(RecipeTable &table) { table.add<moe, qMoe>(); }

} // namespace coil
