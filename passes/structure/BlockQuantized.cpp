//===- BlockQuantized.cpp - integers that stand for reals in blocks -------===//

#include "passes/structure/BlockQuantized.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "passes/structure/Literal.h"
#include "passes/structure/Quantized.h"

namespace coil {

//===----------------------------------------------------------------------===//
// One op
//===----------------------------------------------------------------------===//

namespace {
/// What a body says of one of its arguments.
struct Read {
  unsigned argument;
  int64_t bits;
  bool isSigned;
};
} // namespace

static Value skip(Value v, function_ref<bool(Operation *)> which) {
  while (Operation *op = v.getDefiningOp()) {
    if (!which(op))
      break;
    v = op->getOperand(0);
  }
  return v;
}

/// An integer that a body reads: widened, perhaps after its higher bits were cut.
static std::optional<Read> integerRead(Value v) {
  Operation *widen = v.getDefiningOp();
  if (!isa_and_present<arith::ExtSIOp, arith::ExtUIOp>(widen))
    return std::nullopt;
  Value narrow = widen->getOperand(0);
  int64_t bits = narrow.getType().getIntOrFloatBitWidth();
  if (auto cut = narrow.getDefiningOp<arith::TruncIOp>())
    narrow = cut.getIn();
  auto argument = dyn_cast<BlockArgument>(narrow);
  if (!argument || !argument.getType().isInteger(8) || (bits != 2 && bits != 4 && bits != 8))
    return std::nullopt;
  return Read{argument.getArgNumber(), bits, isa<arith::ExtSIOp>(widen)};
}

/// A real that a body reads.
static std::optional<unsigned> realRead(Value v) {
  auto argument = dyn_cast<BlockArgument>(skip(v, [](Operation *op) { return isa<arith::ExtFOp>(op); }));
  return argument && isa<FloatType>(argument.getType()) ? std::optional(argument.getArgNumber()) : std::nullopt;
}

/// The bits that bytes really have, where an op has masked them.
static int64_t maskedBits(Value bytes) {
  Value from = skip(bytes, [](Operation *op) {
    SmallVector<int64_t> axes;
    return isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::ExtractSliceOp>(op) || isTransposition(op, axes);
  });
  auto generic = from.getDefiningOp<linalg::GenericOp>();
  auto mask = generic ? generic.getBody()->getTerminator()->getOperand(0).getDefiningOp<arith::AndIOp>() : arith::AndIOp();
  APInt ones;
  if (!mask || !matchPattern(mask.getRhs(), m_ConstantInt(&ones)))
    return 8;
  return ones == 3 ? 2 : ones == 15 ? 4 : 8;
}

static Integers integersOf(linalg::GenericOp op, const Read &read) {
  Integers result{op.getDpsInputs()[read.argument], read.bits, read.isSigned};
  if (result.bits == 8 && !result.isSigned)
    result.bits = maskedBits(result.tensor);
  return result;
}

/// A number that each element of a tensor is.
static std::optional<int64_t> only(const Integers &integers) {
  auto constant = integers.tensor.getDefiningOp<arith::ConstantOp>();
  auto literal = constant ? Literal::of(constant.getValue()) : std::nullopt;
  if (!literal || literal->data.empty() || !llvm::all_equal(literal->data))
    return std::nullopt;
  APInt n(8, uint8_t(literal->data[0]));
  n = n.trunc(integers.bits);
  return integers.isSigned ? n.getSExtValue() : int64_t(n.getZExtValue());
}

/// Takes a zero point into `result`.
static bool readZero(linalg::GenericOp op, Value v, BlockQuantized &result) {
  Value number = skip(v, [](Operation *op) { return isa<arith::SIToFPOp, arith::UIToFPOp>(op); });
  APInt n;
  if (matchPattern(number, m_ConstantInt(&n))) {
    result.zero = n.getSExtValue();
    return true;
  }
  if (auto read = integerRead(number)) {
    Integers zeros = integersOf(op, *read);
    if (auto all = only(zeros)) {
      result.zero = *all;
      return true;
    }
    if (zeros.bits > result.integers.bits) // vectorize-emit-loops counts on no more
      return false;
    zeros.bits = read->bits; // as it is read: masked or not, it is a byte
    result.zeros = zeros;
    result.zerosAt = op.getIndexingMapsArray()[read->argument];
    return read->isSigned == result.integers.isSigned;
  }
  if (auto real = realRead(number)) {
    result.realZeros = op.getDpsInputs()[*real];
    result.zerosAt = op.getIndexingMapsArray()[*real];
    return true;
  }
  return false;
}

std::optional<BlockQuantized> blockQuantized(linalg::GenericOp op) {
  if (!op || op.getNumResults() != 1 || op.getNumReductionLoops() > 0 || !op.hasPureTensorSemantics() ||
      !op.getIndexingMapsArray().back().isIdentity())
    return std::nullopt;
  // What is rounded to be stored, and read again, is not to be.
  Value y = skip(op.getBody()->getTerminator()->getOperand(0),
                 [](Operation *op) { return isa<arith::TruncFOp>(op) && op->hasAttr("coil.storage"); });
  auto product = y.getDefiningOp<arith::MulFOp>();
  auto scale = product && product.getType().isF32() ? realRead(product.getRhs()) : std::nullopt;
  if (!scale)
    return std::nullopt;
  BlockQuantized result;
  result.scale = op.getDpsInputs()[*scale];
  result.scaleAt = op.getIndexingMapsArray()[*scale];
  Value term = product.getLhs(), zero;
  if (auto difference = term.getDefiningOp<arith::SubFOp>()) {
    term = difference.getLhs();
    zero = difference.getRhs();
  }
  Operation *real = term.getDefiningOp();
  if (!isa_and_present<arith::SIToFPOp, arith::UIToFPOp>(real))
    return std::nullopt;
  term = real->getOperand(0);
  if (auto difference = term.getDefiningOp<arith::SubIOp>(); difference && !zero) {
    term = difference.getLhs();
    zero = difference.getRhs();
  }
  auto read = integerRead(term);
  if (!read || !op.getIndexingMapsArray()[read->argument].isIdentity())
    return std::nullopt;
  result.integers = integersOf(op, *read);
  if (zero && !readZero(op, zero, result))
    return std::nullopt;
  return result;
}

//===----------------------------------------------------------------------===//
// What lies between it and its reader
//===----------------------------------------------------------------------===//

/// Only axes of one extent are joined to another.
static bool joins(ReassociationIndices group, int64_t count) { return int64_t(group.size()) == count; }

std::optional<BlockMatrix> blockMatrix(Value matrix, int64_t depth) {
  int64_t columns = 1 - depth;
  SmallVector<int64_t> axes;
  while (true) {
    Operation *op = matrix.getDefiningOp();
    if (isTransposition(op, axes)) {
      depth = axes[depth];
      columns = axes[columns];
      matrix = op->getOperand(0);
      continue;
    }
    auto slice = dyn_cast_if_present<tensor::ExtractSliceOp>(op);
    if (!slice)
      break;
    auto from = slice.getSourceType(), to = slice.getType();
    if (from.getRank() != 2 || to.getRank() != 2 || !llvm::all_of(slice.getStaticOffsets(), [](int64_t n) { return n == 0; }) ||
        !llvm::all_of(slice.getStaticStrides(), [](int64_t n) { return n == 1; }) ||
        from.getDimSize(columns) != to.getDimSize(columns))
      return std::nullopt;
    matrix = slice.getSource();
  }
  std::optional<int64_t> blocks;
  int64_t terms = depth;
  if (auto collapse = matrix.getDefiningOp<tensor::CollapseShapeOp>()) {
    auto groups = collapse.getReassociationIndices();
    if (groups.size() != 2 || !joins(groups[depth], 2) || !joins(groups[columns], 1))
      return std::nullopt;
    blocks = groups[depth][0], terms = groups[depth][1], columns = groups[columns][0];
    matrix = collapse.getSrc();
  }
  auto type = cast<RankedTensorType>(matrix.getType());
  auto of = blockQuantized(matrix.getDefiningOp<linalg::GenericOp>());
  if (!of || !type.hasStaticShape() || type.getRank() != (blocks ? 3 : 2) || of->scaleAt.isFunctionOfDim(terms) ||
      (of->hasZeros() && of->zerosAt.isFunctionOfDim(terms)))
    return std::nullopt;
  return BlockMatrix{*of, columns, blocks, terms};
}

std::optional<BlockQuantized> blockRows(Value tensor) {
  auto collapse = tensor.getDefiningOp<tensor::CollapseShapeOp>();
  if (!collapse)
    return std::nullopt;
  auto groups = collapse.getReassociationIndices();
  if (!joins(groups.back(), 2) || !llvm::all_of(ArrayRef(groups).drop_back(), [](auto group) { return joins(group, 1); }))
    return std::nullopt;
  auto of = blockQuantized(collapse.getSrc().getDefiningOp<linalg::GenericOp>());
  int64_t rank = collapse.getSrcType().getRank();
  if (!of || of->zero || of->hasZeros() || !of->integers.isSigned || of->integers.bits != 8 ||
      of->scaleAt != AffineMap::getMultiDimIdentityMap(rank, tensor.getContext()).dropResult(rank - 1))
    return std::nullopt;
  return of;
}

} // namespace coil
