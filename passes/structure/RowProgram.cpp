//===- RowProgram.cpp - a body of scalars on rows of elements -------------===//

#include "passes/structure/RowProgram.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

namespace coil {

/// Where one scalar constant stands for the whole row.
static void fill(char *lanes, Attribute constant) {
  auto all = [&]<typename T>(T value) { std::fill_n(reinterpret_cast<T *>(lanes), kRow, value); };
  if (auto number = dyn_cast<IntegerAttr>(constant))
    return all(int64_t(number.getValue().sextOrTrunc(64).getSExtValue()));
  auto number = cast<FloatAttr>(constant);
  return number.getType().isF64() ? all(number.getValueAsDouble()) : all(float(number.getValueAsDouble()));
}

static Attribute scalarConstant(Value value) {
  Attribute constant;
  if (laneOf(value.getType()) && matchPattern(value, m_Constant(&constant)) && isa<IntegerAttr, FloatAttr>(constant))
    return constant;
  return {};
}

bool RowProgram::knows(linalg::LinalgOp op) {
  Block &body = *op.getBlock();
  for (OpOperand &operand : op->getOpOperands())
    if (!isa<RankedTensorType>(operand.get().getType()) && !scalarConstant(operand.get()))
      return false;
  for (BlockArgument arg : body.getArguments())
    if (!laneOf(arg.getType()))
      return false;
  auto known = [&](Value operand) {
    return operand.getParentBlock() == &body || isa<RankedTensorType>(operand.getType()) || scalarConstant(operand);
  };
  for (Operation &inner : body) {
    if (!llvm::all_of(inner.getOperands(), known))
      return false;
    if (&inner == body.getTerminator() || isa<linalg::IndexOp>(inner) ||
        (inner.getNumResults() == 1 && scalarConstant(inner.getResult(0))))
      continue;
    if (!stepFor(inner))
      return false;
  }
  return true;
}

char *RowProgram::lanesOf(Value value) {
  auto [at, isNew] = lanes.try_emplace(value);
  if (isNew) {
    at->second = std::make_unique<Lanes>();
    if (Attribute constant = scalarConstant(value))
      fill(at->second->bytes, constant);
  }
  return at->second->bytes;
}

RowProgram::RowProgram(linalg::LinalgOp op, Literals literals) : body(op.getBlock()) {
  for (auto [arg, operand] : llvm::zip(body->getArguments(), op->getOperands())) {
    loaders.push_back(loaderOf(arg.getType()));
    if (Attribute constant = scalarConstant(operand))
      fill(lanesOf(arg), constant);
  }
  for (Operation &inner : body->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      indices.push_back({index.getDim(), lanesOf(index)});
      continue;
    }
    if (scalarConstant(inner.getResult(0)))
      continue;
    RowStep step = *stepFor(inner);
    step.out = lanesOf(inner.getResult(0));
    for (Value operand : inner.getOperands()) {
      if (isa<RankedTensorType>(operand.getType()))
        step.table = literals(operand);
      else
        step.in.push_back(lanesOf(operand));
    }
    steps.push_back(step);
    if (Type type = inner.getResult(0).getType(); isa<Float16Type, BFloat16Type>(type)) {
      step.run = throughMemory; // rounds
      step.in.assign({step.out});
      step.store = storerOf(type, Lane::Float);
      step.load = loaderOf(type);
      steps.push_back(step);
    }
  }
  Value yielded = body->getTerminator()->getOperand(0);
  result = lanesOf(yielded);
  storer = storerOf(yielded.getType(), *laneOf(yielded.getType()));
}

void RowProgram::load(unsigned argument, const char *from, int64_t step, int64_t n) {
  loaders[argument](from, step, lanesOf(body->getArgument(argument)), n);
}

void RowProgram::setIndex(unsigned loop, int64_t from, int64_t step, int64_t n) {
  for (auto [dim, at] : indices)
    if (dim == loop)
      for (int64_t i = 0; i < n; ++i)
        reinterpret_cast<int64_t *>(at)[i] = from + i * step;
}

bool RowProgram::run(int64_t n) {
  return llvm::all_of(steps, [&](const RowStep &step) { return step.run(step, n); });
}

void RowProgram::store(char *to, int64_t step, int64_t n) { storer(result, to, step, n); }

} // namespace coil
