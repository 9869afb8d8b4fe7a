//===- Linear.h - the general matrix product ------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_LINEAR_H
#define COIL_PASSES_LEGALIZE_LINEAR_H

#include "passes/legalize/Recipe.h"

namespace coil {

/// alpha * op(A) * op(B) + beta * C
template <typename Op> FailureOr<Value> gemmOf(Op op, CoreBuilder &b) {
  if (b.rankOf(op.getA()) != 2 || b.rankOf(op.getB()) != 2)
    return op.emitOpError("operands have types ")
               << op.getA().getType() << " and " << op.getB().getType() << ", expected rank 2",
           failure();
  Value left = op.getTransA() ? b.transpose(op.getA(), {1, 0}) : op.getA();
  Value right = op.getTransB() ? b.transpose(op.getB(), {1, 0}) : op.getB();
  double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble();
  Value y = b.matmul(left, right);
  if (alpha != 1)
    y = b.map(y, [&](Scalar s) { return s.isFloat() ? s * alpha : s * int64_t(alpha); });
  if (!given(op.getC()) || beta == 0)
    return y;
  return b.map({y, op.getC()}, [&](ArrayRef<Scalar> s) {
    return s[0] + (beta == 1 ? s[1] : s[1].isFloat() ? s[1] * beta : s[1] * int64_t(beta));
  });
}

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_LINEAR_H
