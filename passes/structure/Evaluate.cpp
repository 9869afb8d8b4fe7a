//===- Evaluate.cpp - what an op makes of known tensors -------------------===//
//
// Comes in: an op whose operands are constants. Goes out: the bytes of its
// result, by strided copies. Ops with a body are interpreted. No element is
// ever an attribute.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Evaluate.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "passes/structure/Interpret.h"
#include "passes/structure/Nest.h"
#include "llvm/ADT/StringMap.h"

namespace coil {

static RankedTensorType resultType(Operation *op) { return cast<RankedTensorType>(op->getResult(0).getType()); }

/// `from` fills a part of `to` that begins at an element and moves by `steps`.
static void copyInto(Literal &to, int64_t offset, ArrayRef<int64_t> toSteps, const Literal &from, int64_t fromOffset,
                     ArrayRef<int64_t> fromSteps, ArrayRef<int64_t> sizes) {
  Nest nest;
  for (auto [size, a, b] : llvm::zip_equal(sizes, toSteps, fromSteps))
    nest.push_back({size, {a, b}});
  copyElements(std::move(nest), to.bytes() + offset, from.data.data() + fromOffset, to.elementBytes());
}

/// The bytes of a scalar constant, repeated.
static std::optional<Literal> repeated(RankedTensorType type, Value scalar) {
  Attribute constant;
  if (scalar.getType() != type.getElementType() || !matchPattern(scalar, m_Constant(&constant)))
    return std::nullopt;
  auto one = DenseElementsAttr::get(RankedTensorType::get({}, type.getElementType()), ArrayRef<Attribute>(constant));
  return Literal::repeat(type, one.getRawData());
}

//===----------------------------------------------------------------------===//
// Ops on tensors
//===----------------------------------------------------------------------===//

/// Anything; equal elements take no memory.
static std::optional<Literal> empty(tensor::EmptyOp op, Literals) {
  char zero[8] = {};
  return Literal::repeat(op.getType(), ArrayRef(zero, *storageBytes(op.getType().getElementType())));
}

static std::optional<Literal> fill(linalg::FillOp op, Literals) {
  return repeated(resultType(op), op.getInputs()[0]);
}

static std::optional<Literal> splat(tensor::SplatOp op, Literals) { return repeated(op.getType(), op.getInput()); }

static std::optional<Literal> reshape(Operation *op, Literals literals) {
  return literals(op->getOperand(0))->reshaped(resultType(op));
}

static std::optional<Literal> pad(tensor::PadOp op, Literals literals) {
  Value value = op.getConstantPaddingValue();
  auto low = op.getStaticLow();
  if (!value || llvm::any_of(llvm::concat<const int64_t>(low, op.getStaticHigh()), [](int64_t n) { return n < 0; }))
    return std::nullopt; // dynamic sizes are negative, too
  std::optional<Literal> padding = repeated(op.getResultType(), value);
  if (!padding)
    return std::nullopt;
  const Literal &source = *literals(op.getSource());
  Literal result = copied(*padding);
  SmallVector<int64_t> steps = result.steps();
  int64_t offset = 0;
  for (auto [n, step] : llvm::zip(low, steps))
    offset += n * step;
  copyInto(result, offset, steps, source, 0, source.steps(), source.type.getShape());
  return result;
}

/// Where a slice begins and how it moves, in bytes.
static std::optional<int64_t> place(OffsetSizeAndStrideOpInterface slice, SmallVectorImpl<int64_t> &steps) {
  if (ShapedType::isDynamicShape(slice.getStaticOffsets()) || ShapedType::isDynamicShape(slice.getStaticSizes()) ||
      ShapedType::isDynamicShape(slice.getStaticStrides()))
    return std::nullopt;
  int64_t offset = 0;
  for (auto [first, stride, step] : llvm::zip(slice.getStaticOffsets(), slice.getStaticStrides(), steps)) {
    offset += first * step;
    step *= stride;
  }
  return offset;
}

static std::optional<Literal> extractSlice(tensor::ExtractSliceOp op, Literals literals) {
  const Literal &source = *literals(op.getSource());
  SmallVector<int64_t> steps = source.steps();
  std::optional<int64_t> offset = place(op, steps);
  if (!offset)
    return std::nullopt;
  // With the dimensions that the result leaves out.
  Literal result = Literal::allocate(RankedTensorType::get(op.getStaticSizes(), op.getType().getElementType()));
  copyInto(result, 0, result.steps(), source, *offset, steps, op.getStaticSizes());
  return result.reshaped(op.getType());
}

static std::optional<Literal> insertSlice(tensor::InsertSliceOp op, Literals literals) {
  Literal result = copied(*literals(op.getDest()));
  SmallVector<int64_t> steps = result.steps();
  std::optional<int64_t> offset = place(op, steps);
  if (!offset)
    return std::nullopt;
  const Literal &source = *literals(op.getSource());
  Literal whole = source.reshaped(RankedTensorType::get(op.getStaticSizes(), op.getSourceType().getElementType()));
  copyInto(result, *offset, steps, whole, 0, whole.steps(), op.getStaticSizes());
  return result;
}

static std::optional<Literal> concat(tensor::ConcatOp op, Literals literals) {
  Literal result = Literal::allocate(resultType(op));
  SmallVector<int64_t> steps = result.steps();
  int64_t offset = 0;
  for (Value input : op.getInputs()) {
    const Literal &part = *literals(input);
    copyInto(result, offset, steps, part, 0, part.steps(), part.type.getShape());
    offset += part.type.getDimSize(op.getDim()) * steps[op.getDim()];
  }
  return result;
}

/// Each dimension that is cut into tiles is two loops. Where the tiles do not
/// fill it, their full ones and the last, cut one are two nests.
static std::optional<Literal> pack(linalg::PackOp op, Literals literals) {
  if (ShapedType::isDynamicShape(op.getStaticInnerTiles()))
    return std::nullopt;
  const Literal &source = *literals(op.getSource());
  Literal result = Literal::allocate(resultType(op));
  if (Value value = op.getPaddingValue()) {
    std::optional<Literal> padding = repeated(result.type, value);
    if (!padding)
      return std::nullopt;
    result = copied(*padding);
  }
  SmallVector<int64_t> from = source.steps(), to = result.steps();
  int64_t rank = source.type.getRank();
  auto tileOf = [&](int64_t dim) -> std::optional<unsigned> {
    auto at = llvm::find(op.getInnerDimsPos(), dim);
    return at == op.getInnerDimsPos().end() ? std::nullopt : std::optional(at - op.getInnerDimsPos().begin());
  };
  SmallVector<int64_t> outerAt = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  for (auto [at, dim] : llvm::enumerate(op.getOuterDimsPerm()))
    outerAt[dim] = at;

  std::function<void(int64_t, Nest, int64_t, int64_t)> nests = [&](int64_t dim, Nest nest, int64_t begin, int64_t read) {
    if (dim == rank)
      return copyElements(std::move(nest), result.bytes() + begin, source.data.data() + read, result.elementBytes());
    int64_t size = source.type.getDimSize(dim), step = from[dim], outer = to[outerAt[dim]];
    std::optional<unsigned> tiled = tileOf(dim);
    if (!tiled) {
      nest.push_back({size, {outer, step}});
      return nests(dim + 1, nest, begin, read);
    }
    int64_t tile = op.getStaticInnerTiles()[*tiled], full = size / tile, rest = size % tile, inner = to[rank + *tiled];
    Nest last = nest;
    if (full) {
      nest.push_back({full, {outer, tile * step}});
      nest.push_back({tile, {inner, step}});
      nests(dim + 1, nest, begin, read);
    }
    if (rest) {
      last.push_back({rest, {inner, step}});
      nests(dim + 1, last, begin + full * outer, read + full * tile * step);
    }
  };
  nests(0, {}, 0, 0);
  return result;
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

using Evaluator = std::optional<Literal> (*)(Operation *, Literals);

template <typename Op, std::optional<Literal> (*f)(Op, Literals)>
static std::pair<StringRef, Evaluator> entry() {
  return {Op::getOperationName(), [](Operation *op, Literals literals) { return f(cast<Op>(op), literals); }};
}

static Evaluator evaluatorOf(Operation *op) {
  static const llvm::StringMap<Evaluator> table = {
      entry<tensor::EmptyOp, empty>(),
      entry<linalg::FillOp, fill>(),
      entry<tensor::SplatOp, splat>(),
      {tensor::ExpandShapeOp::getOperationName(), reshape},
      {tensor::CollapseShapeOp::getOperationName(), reshape},
      entry<tensor::PadOp, pad>(),
      entry<tensor::ExtractSliceOp, extractSlice>(),
      entry<tensor::InsertSliceOp, insertSlice>(),
      entry<tensor::ConcatOp, concat>(),
      entry<linalg::PackOp, pack>(),
  };
  return table.lookup(op->getName().getStringRef());
}

bool canEvaluate(Operation *op) {
  auto tensor = [](Value value) -> RankedTensorType { return dyn_cast<RankedTensorType>(value.getType()); };
  if (op->getNumResults() != 1 || !tensor(op->getResult(0)))
    return false;
  for (Value value : llvm::concat<Value>(SmallVector<Value>(op->getOperands()), SmallVector<Value>(op->getResults())))
    if (RankedTensorType type = tensor(value); type && (!type.hasStaticShape() || !storageBytes(type.getElementType())))
      return false;
  if (evaluatorOf(op))
    return true;
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  return linalgOp && canInterpret(linalgOp);
}

std::optional<Literal> evaluate(Operation *op, Literals literals) {
  if (Evaluator evaluator = evaluatorOf(op))
    return evaluator(op, literals);
  return interpret(cast<linalg::LinalgOp>(op), literals);
}

} // namespace coil
