//===- Quantized.cpp - tensors of integers that stand for reals -----------===//

#include "passes/structure/Quantized.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "passes/structure/Literal.h"

namespace coil {

static bool isElementwise(linalg::GenericOp op) {
  return op && op.getNumResults() == 1 && op.getNumReductionLoops() == 0 && op.hasPureTensorSemantics() &&
         op.getIndexingMapsArray().back().isIdentity();
}

/// The argument of a body that a value extends from a byte.
static std::optional<ByteTerm> extended(Value v) {
  Operation *op = v.getDefiningOp();
  if (!isa_and_present<arith::ExtUIOp, arith::ExtSIOp>(op) || !v.getType().isInteger(32))
    return std::nullopt;
  auto argument = dyn_cast<BlockArgument>(op->getOperand(0));
  if (!argument || !argument.getType().isInteger(8))
    return std::nullopt;
  return ByteTerm{argument.getArgNumber(), isa<arith::ExtUIOp>(op), std::nullopt};
}

std::optional<ByteTerm> byteTerm(Value v) {
  auto difference = v.getDefiningOp<arith::SubIOp>();
  if (!difference)
    return extended(v);
  auto term = extended(difference.getLhs()), zero = extended(difference.getRhs());
  if (!term || !zero || term->isUnsigned != zero->isUnsigned)
    return std::nullopt;
  term->zeroPoint = zero->argument;
  return term;
}

bool isAll(const Parameter &p, uint8_t byte) {
  Value tensor = p.tensor;
  while (auto reshape = tensor ? tensor.getDefiningOp<tensor::CollapseShapeOp>() : tensor::CollapseShapeOp())
    tensor = reshape.getSrc();
  auto constant = tensor ? tensor.getDefiningOp<arith::ConstantOp>() : arith::ConstantOp();
  auto literal = constant ? Literal::of(constant.getValue()) : std::nullopt;
  return literal && llvm::all_of(literal->data, [&](char c) { return uint8_t(c) == byte; });
}

bool isTransposition(Operation *op, SmallVectorImpl<int64_t> &axes) {
  auto generic = dyn_cast_if_present<linalg::GenericOp>(op);
  if (!isElementwise(generic) || generic.getNumDpsInputs() != 1 || !llvm::hasSingleElement(*generic.getBody()) ||
      generic.getBody()->getTerminator()->getOperand(0) != generic.getBody()->getArgument(0))
    return false;
  AffineMap read = generic.getIndexingMapsArray().front();
  if (!read.isPermutation())
    return false;
  axes.resize(read.getNumResults());
  for (auto [from, e] : llvm::enumerate(read.getResults()))
    axes[cast<AffineDimExpr>(e).getPosition()] = from;
  return true;
}

Value filledWith(Value tensor) {
  if (auto fill = tensor.getDefiningOp<linalg::FillOp>())
    return fill.getInputs()[0];
  auto generic = tensor.getDefiningOp<linalg::GenericOp>();
  if (!generic || generic.getNumDpsInputs() || generic.getNumResults() != 1)
    return {};
  Value value = generic.getBody()->getTerminator()->getOperand(0);
  Operation *maker = value.getDefiningOp();
  return maker && !generic->isAncestor(maker) ? value : Value();
}

bool isMadeOfConstants(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  if (!op || op->hasTrait<OpTrait::ConstantLike>())
    return bool(op);
  bool elementwise = isa<linalg::GenericOp>(op) && cast<linalg::GenericOp>(op).getNumReductionLoops() == 0;
  if (elementwise) {
    auto inputs = cast<linalg::GenericOp>(op).getDpsInputs();
    return !inputs.empty() && llvm::all_of(inputs, isMadeOfConstants);
  }
  auto insert = dyn_cast<tensor::InsertSliceOp>(op);
  if (insert && filledWith(insert.getDest()))
    return isMadeOfConstants(insert.getSource());
  return isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::ExtractSliceOp>(op) && isMadeOfConstants(op->getOperand(0));
}

std::optional<std::pair<Value, Value>> factorsOfSum(linalg::GenericOp op) {
  if (op.getNumReductionLoops() == 0 || op.getNumResults() != 1 || !op.hasPureTensorSemantics())
    return std::nullopt;
  Value begin = filledWith(op.getDpsInits()[0]);
  Operation *sum = op.getBody()->getTerminator()->getOperand(0).getDefiningOp();
  if (!begin || !(matchPattern(begin, m_AnyZeroFloat()) || matchPattern(begin, m_Zero())) ||
      !isa_and_present<arith::AddFOp, arith::AddIOp>(sum) || sum->getOperand(0) != op.getBody()->getArguments().back())
    return std::nullopt;
  Operation *product = sum->getOperand(1).getDefiningOp();
  if (!isa_and_present<arith::MulFOp, arith::MulIOp>(product) || !product->hasOneUse())
    return std::nullopt;
  return std::pair(product->getOperand(0), product->getOperand(1));
}

Value makeGeneric(ImplicitLocOpBuilder &b, ValueRange inputs, ArrayRef<AffineMap> maps, ArrayRef<OpFoldResult> sizes,
                  Type element, ArrayRef<utils::IteratorType> kinds, MakeBody body) {
  Value init = tensor::EmptyOp::create(b, sizes, element);
  if (llvm::is_contained(kinds, utils::IteratorType::reduction))
    init = linalg::FillOp::create(b, arith::ConstantOp::create(b, b.getZeroAttr(element)).getResult(), init).getResult(0);
  return linalg::GenericOp::create(b, init.getType(), inputs, init, maps, kinds,
                                   [&](OpBuilder &builder, Location loc, ValueRange args) {
                                     ImplicitLocOpBuilder inner(loc, builder);
                                     linalg::YieldOp::create(inner, body(inner, args));
                                   })
      .getResult(0);
}

/// A tensor like `model`, of `element`s, without content.
static Value emptyLike(ImplicitLocOpBuilder &b, Value model, Type element) {
  SmallVector<OpFoldResult> sizes;
  Value from = model;
  while (auto op = from.getDefiningOp<linalg::LinalgOp>()) // sizes where they were made
    from = op.getDpsInits()[0];
  if (auto empty = from.getDefiningOp<tensor::EmptyOp>())
    sizes = empty.getMixedSizes();
  else
    sizes = tensor::getMixedSizes(b, b.getLoc(), model);
  return tensor::EmptyOp::create(b, sizes, element);
}

/// The op again on another source of the same shape.
static Value again(ImplicitLocOpBuilder &b, Operation *op, Value source) {
  Type element = getElementTypeOrSelf(source);
  auto result = cast<RankedTensorType>(op->getResult(0).getType()).clone(element);
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    return tensor::CollapseShapeOp::create(b, result, source, collapse.getReassociationIndices());
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return tensor::ExpandShapeOp::create(
        b, result, source, expand.getReassociationIndices(),
        getMixedValues(expand.getStaticOutputShape(), expand.getOutputShape(), b));
  auto generic = cast<linalg::GenericOp>(op);
  Value init = emptyLike(b, op->getResult(0), element);
  return linalg::GenericOp::create(b, init.getType(), source, init, generic.getIndexingMapsArray(),
                                   generic.getIteratorTypesArray(),
                                   [](OpBuilder &b, Location loc, ValueRange args) {
                                     linalg::YieldOp::create(b, loc, args[0]);
                                   })
      .getResult(0);
}

/// The slice again in a frame that is filled with `scalar`.
static Value insertAgain(ImplicitLocOpBuilder &b, tensor::InsertSliceOp op, Value source, Value scalar) {
  Value frame = emptyLike(b, op.getDest(), scalar.getType());
  frame = linalg::FillOp::create(b, scalar, frame).getResult(0);
  return tensor::InsertSliceOp::create(b, source, frame, op.getMixedOffsets(), op.getMixedSizes(), op.getMixedStrides());
}

//===----------------------------------------------------------------------===//
// The integers behind reals
//===----------------------------------------------------------------------===//

std::optional<Quantized> Quantizations::of(Value reals) {
  auto it = known.find(reals);
  if (it != known.end())
    return it->second;
  std::optional<Quantized> found = find(reals);
  known[reals] = found;
  return found;
}

/// The input as a parameter of the result.
static std::optional<Parameter> parameterOf(linalg::GenericOp op, unsigned input) {
  AffineMap map = op.getIndexingMapsArray()[input];
  Value tensor = op.getDpsInputs()[input];
  auto type = dyn_cast<RankedTensorType>(tensor.getType());
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  int64_t axis = -1;
  SmallVector<int64_t> extents;
  for (auto [size, e] : llvm::zip(type.getShape(), map.getResults()))
    if (size != 1) {
      auto dim = dyn_cast<AffineDimExpr>(e);
      if (!dim)
        return std::nullopt;
      extents.push_back(size);
      axis = dim.getPosition();
    }
  if (extents.size() > 1)
    return std::nullopt;
  if (type.getRank() > int64_t(extents.size())) { // beside it, dimensions of extent one
    ImplicitLocOpBuilder b(op.getLoc(), op);
    SmallVector<ReassociationIndices> groups(extents.size());
    for (ReassociationIndices &group : groups)
      llvm::append_range(group, llvm::seq<int64_t>(0, type.getRank()));
    tensor = tensor::CollapseShapeOp::create(b, type.clone(extents), tensor, groups);
  }
  return Parameter{tensor, axis};
}

/// sitofp(x - zero point) * scale
std::optional<Quantized> Quantizations::dequantization(linalg::GenericOp op) {
  if (!isElementwise(op))
    return std::nullopt;
  auto product = op.getBody()->getTerminator()->getOperand(0).getDefiningOp<arith::MulFOp>();
  if (!product || !product.getType().isF32())
    return std::nullopt;
  auto real = product.getLhs().getDefiningOp<arith::SIToFPOp>();
  auto scale = dyn_cast<BlockArgument>(product.getRhs());
  auto term = real ? byteTerm(real.getIn()) : std::nullopt;
  if (!term || !scale || !op.getIndexingMapsArray()[term->argument].isIdentity())
    return std::nullopt;
  Quantized result{op.getDpsInputs()[term->argument], term->isUnsigned, {}, {}};
  auto s = parameterOf(op, scale.getArgNumber());
  if (!s)
    return std::nullopt;
  result.scale = *s;
  if (term->zeroPoint) {
    auto z = parameterOf(op, *term->zeroPoint);
    if (!z)
      return std::nullopt;
    if (!isAll(*z, 0))
      result.zeroPoint = *z;
  }
  return result;
}

/// The place of an axis after a reshape; none where it is cut or melted down.
static std::optional<int64_t> axisAfter(Operation *op, int64_t axis) {
  bool expands = isa<tensor::ExpandShapeOp>(op);
  auto groups = expands ? cast<tensor::ExpandShapeOp>(op).getReassociationIndices()
                        : cast<tensor::CollapseShapeOp>(op).getReassociationIndices();
  auto longer = cast<RankedTensorType>(expands ? op->getResult(0).getType() : op->getOperand(0).getType());
  for (auto [short_, group] : llvm::enumerate(groups)) {
    auto extents = llvm::make_filter_range(group, [&](int64_t i) { return longer.getDimSize(i) != 1; });
    if (expands && int64_t(short_) == axis) {
      if (llvm::range_size(extents) > 1)
        return std::nullopt;
      return extents.empty() ? group.front() : *extents.begin();
    }
    if (!expands && llvm::is_contained(group, axis)) {
      for (int64_t other : extents)
        if (other != axis)
          return std::nullopt;
      return short_;
    }
  }
  return std::nullopt;
}

/// Moves an axis of a parameter by `move`.
static bool moveAxes(Quantized &q, function_ref<std::optional<int64_t>(int64_t)> move) {
  for (Parameter *p : {&q.scale, &q.zeroPoint})
    if (*p && p->axis >= 0) {
      auto to = move(p->axis);
      if (!to)
        return false;
      p->axis = *to;
    }
  return true;
}

std::optional<Quantized> Quantizations::find(Value reals) {
  Operation *op = reals.getDefiningOp();
  if (!op)
    return std::nullopt;
  ImplicitLocOpBuilder b(op->getLoc(), op);
  SmallVector<int64_t> axes;
  if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op)) {
    auto q = of(op->getOperand(0));
    if (!q || !moveAxes(*q, [&](int64_t axis) { return axisAfter(op, axis); }))
      return std::nullopt;
    q->integers = again(b, op, q->integers);
    return q;
  }
  if (isTransposition(op, axes)) {
    auto q = of(op->getOperand(0));
    if (!q || !moveAxes(*q, [&](int64_t axis) { return std::optional<int64_t>(llvm::find(axes, axis) - axes.begin()); }))
      return std::nullopt;
    q->integers = again(b, op, q->integers);
    return q;
  }
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
    Value padding = filledWith(insert.getDest());
    if (!padding || !matchPattern(padding, m_AnyZeroFloat()) ||
        insert.getSourceType().getRank() != insert.getType().getRank())
      return std::nullopt;
    auto q = of(insert.getSource());
    if (!q || q->zeroPoint.axis >= 0 || q->scale.axis >= 0)
      return std::nullopt;
    Value scalar = q->zeroPoint ? b.createOrFold<tensor::ExtractOp>(q->zeroPoint.tensor, ValueRange())
                                : arith::ConstantIntOp::create(b, 0, 8).getResult();
    q->integers = insertAgain(b, insert, q->integers, scalar);
    return q;
  }
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return dequantization(generic);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// The other sign
//===----------------------------------------------------------------------===//

/// Each byte with its highest bit turned.
static Value turnBits(ImplicitLocOpBuilder &b, Value bytes) {
  if (bytes.getType().isInteger(8))
    return b.createOrFold<arith::XOrIOp>(bytes, arith::ConstantIntOp::create(b, -128, 8));
  Value init = emptyLike(b, bytes, b.getI8Type());
  int64_t rank = cast<RankedTensorType>(bytes.getType()).getRank();
  AffineMap id = b.getMultiDimIdentityMap(rank);
  SmallVector<utils::IteratorType> kinds(rank, utils::IteratorType::parallel);
  return linalg::GenericOp::create(b, bytes.getType(), bytes, init, ArrayRef{id, id}, kinds,
                                   [](OpBuilder &b, Location loc, ValueRange args) {
                                     Value bit = arith::ConstantIntOp::create(b, loc, -128, 8);
                                     linalg::YieldOp::create(b, loc, arith::XOrIOp::create(b, loc, args[0], bit).getResult());
                                   })
      .getResult(0);
}

Value Quantizations::flipped(Value bytes) {
  Value &result = turned[bytes];
  if (!result) {
    Value made = flip(bytes);
    turned[bytes] = made; // `result` may have moved
    return made;
  }
  return result;
}

Value Quantizations::flip(Value bytes) {
  Operation *op = bytes.getDefiningOp();
  OpBuilder at(bytes.getContext());
  at.setInsertionPointAfterValue(bytes);
  ImplicitLocOpBuilder b(bytes.getLoc(), at);
  SmallVector<int64_t> axes;
  if (isa_and_present<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op) || isTransposition(op, axes))
    return again(b, op, flipped(op->getOperand(0)));
  if (auto insert = dyn_cast_if_present<tensor::InsertSliceOp>(op))
    if (Value scalar = filledWith(insert.getDest()))
      return insertAgain(b, insert, flipped(insert.getSource()), turnBits(b, scalar));
  return turnBits(b, bytes);
}

Parameter Quantizations::flippedZeroPoint(Parameter zeroPoint, OpBuilder &at) {
  ImplicitLocOpBuilder b(at.getUnknownLoc(), at);
  auto of = [&](DenseElementsAttr attr) { return Parameter{arith::ConstantOp::create(b, attr), zeroPoint.axis}; };
  if (!zeroPoint)
    return of(DenseElementsAttr::get(RankedTensorType::get({}, b.getI8Type()), APInt(8, 128)));
  if (isAll(zeroPoint, 128))
    return {};
  DenseIntElementsAttr values;
  if (!matchPattern(zeroPoint.tensor, m_Constant(&values)))
    return {turnBits(b, zeroPoint.tensor), zeroPoint.axis};
  return of(cast<DenseElementsAttr>(values.mapValues(b.getI8Type(), [](const APInt &n) { return n ^ APInt(8, 128); })));
}

Value extend(ImplicitLocOpBuilder &b, Value byte, bool isUnsigned) {
  Type i32 = b.getI32Type();
  return isUnsigned ? arith::ExtUIOp::create(b, i32, byte).getResult() : arith::ExtSIOp::create(b, i32, byte).getResult();
}

} // namespace coil
