//===- Linear.cpp - matrix products ---------------------------------------===//

#include "passes/legalize/Linear.h"

#include "dialects/onnx/Onnx.h"

using namespace coil::onnx;

namespace coil {
namespace {

Result matMul(MatMulOp op, CoreBuilder &b) {
  if (b.rankOf(op.getA()) == 0 || b.rankOf(op.getB()) == 0)
    return op.emitOpError("operands have types ")
           << op.getA().getType() << " and " << op.getB().getType() << ", expected rank 1 or more";
  return b.matmul(op.getA(), op.getB());
}

Result gemm(GemmOp op, CoreBuilder &b) {
  FailureOr<Value> y = gemmOf(op, b);
  return failed(y) ? Result(failure()) : Result(*y);
}

} // namespace

void addLinearRecipes(RecipeTable &table) { table.add<matMul, gemm>(); }

} // namespace coil
