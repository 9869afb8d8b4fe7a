//===- Attention.h - scores, mask, softmax, weighted sum ------------------===//
//
// What ONNX's and ONNX Runtime's attention operators have in common: the
// scaled dot product attention of "Attention Is All You Need"
// (arXiv:1706.03762), heads of queries in groups that share keys and values
// (arXiv:2305.13245), and rotary position embeddings (arXiv:2104.09864).
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_ATTENTION_H
#define COIL_PASSES_LEGALIZE_ATTENTION_H

#include "passes/legalize/Recipe.h"

namespace coil {

/// softmax(cap(scale * Q K^T) + bias) V. B is the batch, H and N the heads of
/// queries and of keys, S and T their sequences.
struct AttentionOf {
  Value q; // [B, H, S, D]
  Value k; // [B, N, T, D], H a multiple of N
  Value v; // [B, N, T, E]
  std::optional<double> scale = {}; // 1 / sqrt(D) if not given
  double softcap = 0;               // cap(x) = softcap * tanh(x / softcap)
  Value bias = {};    // floats that broadcast to [B, H, S, T], or none
  Value allowed = {}; // i1 that broadcast to [B, H, S, T], or none: what else is masked
  Value sink = {};    // [H], or none: a score that takes its share and gives no value
  Type precision = {}; // of scores and softmax; f32 if not given
  // What else is done with the masked scores and with the weights, or nothing.
  std::function<Value(Value)> onScores = {}, onWeights = {};
};

struct AttentionValues {
  Value y;                                // [B, H, S, E], in q's type
  Value scores, capped, masked, weights;  // [B, H, S, T], in `precision`
};

/// A row without anything allowed gives zeros.
AttentionValues attend(CoreBuilder &b, const AttentionOf &a);

/// [B, S, heads * D] as [B, heads, S, D], and back.
FailureOr<Value> splitHeads(Operation *op, Value x, int64_t heads, CoreBuilder &b);
Value joinHeads(Value x, CoreBuilder &b);

/// The last dimension made `size` long with `fill`, where it is shorter.
Value widenLast(Value x, Dim size, Scalar fill, CoreBuilder &b);

/// [first, second] along the sequence of [B, N, T, D]; `past` may be absent.
Value appendTo(Value past, Value x, CoreBuilder &b);

/// Rotates pairs of the first 2R elements of the last dimension by angles whose
/// cosines and sines [..., R] broadcast against the pairs. Pairs are neighbours
/// if `interleaved`, else R apart.
Value rotate(CoreBuilder &b, Value x, Value cos, Value sin, bool interleaved);

/// Rows of a table [M, R] by integer positions [B, S], as [B, S, R]; the
/// positions are checked in the run.
Value rowsAt(CoreBuilder &b, Value table, Value positions);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_ATTENTION_H
