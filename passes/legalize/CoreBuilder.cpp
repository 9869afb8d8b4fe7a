//===- CoreBuilder.cpp - dimensions, constants and elements ---------------===//

#include "passes/legalize/CoreBuilder.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Matchers.h"
#include "passes/legalize/Sizes.h"

namespace coil {

/// How many elements are worth computing one by one while building: enough for
/// every shape, little enough for code that cannot fold.
static constexpr int64_t kMaxElements = 64;

//===----------------------------------------------------------------------===//
// Failures
//===----------------------------------------------------------------------===//

void CoreBuilder::error(const Twine &message) {
  if (!facts.failed)
    mlir::emitError(getLoc(), message);
  facts.failed = true;
}

StringRef CoreBuilder::nodeName() {
  auto name = getLoc()->findInstanceOf<NameLoc>();
  return name ? name.getName().getValue() : "?";
}

/// The two sizes that a condition compares, if it is that.
static SmallVector<Value> comparedSizes(Value condition) {
  auto compare = condition.getDefiningOp<arith::CmpIOp>();
  if (!compare || compare.getPredicate() != arith::CmpIPredicate::eq || !compare.getLhs().getType().isIndex())
    return {};
  return {compare.getLhs(), compare.getRhs()};
}

void CoreBuilder::require(Scalar condition, const Twine &message, ArrayRef<Scalar> numbers) {
  if (condition.constant() == 1)
    return;
  std::string text = message.str();
  SmallVector<Value> values = llvm::map_to_vector(numbers, [](Scalar n) { return n.value(); });
  if (values.empty()) {
    values = comparedSizes(condition.value());
    bool known = !values.empty() && getConstantIntValue(values[1]);
    text += values.empty() ? "" : known ? " (it is {0})" : " ({0} and {1})";
    values.resize(values.size() - known);
  }
  // Where places of numbers are looked for, a node's own brace is two.
  std::string name;
  for (char c : nodeName())
    name.append(c == '{' && !values.empty() ? 2 : 1, c);
  text = "node '" + name + "': " + text;
  core::RequireOp::create(*this, condition.value(), text, values);
}

std::string CoreBuilder::nameOf(Value tensor, unsigned axis) {
  Operation *node = facts.node;
  if (!tensor || !node)
    return "a dimension";
  auto at = llvm::find(node->getOperands(), tensor);
  if (at == node->operand_end())
    return "a dimension";
  return ("dimension " + Twine(axis) + " of input " + Twine(at - node->operand_begin())).str();
}

void CoreBuilder::requireSame(Dim a, Dim b, const Twine &what) {
  auto n = constant(a), m = constant(b);
  if (n && m && *n != *m)
    error(what + " differ: " + Twine(*n) + " and " + Twine(*m));
  else if (!same(a, b))
    require(index(a) == index(b), what + " differ");
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

Dims CoreBuilder::dimsOf(Value tensor) {
  if (auto known = facts.dims.find(tensor); known != facts.dims.end())
    return known->second;
  // Where the tensor is made, so that they are at hand wherever it is.
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointAfterValue(tensor);
  Dims dims;
  for (auto [axis, size] : llvm::enumerate(typeOf(tensor).getShape()))
    dims.push_back(ShapedType::isDynamic(size)
                       ? Dim(createOrFold<tensor::DimOp>(tensor, int64_t(axis)))
                       : Dim(getIndexAttr(size)));
  facts.dims[tensor] = dims;
  return dims;
}

Value CoreBuilder::remember(Value tensor, const Dims &dims) {
  facts.dims[tensor] = dims;
  return tensor;
}

RankedTensorType CoreBuilder::tensorOf(const Dims &dims, Type element) {
  SmallVector<int64_t> shape;
  for (Dim d : dims)
    shape.push_back(constant(d).value_or(ShapedType::kDynamic));
  return RankedTensorType::get(shape, element);
}

Scalar CoreBuilder::index(Dim d) {
  return Scalar(*this, getValueOrCreateConstantIndexOp(*this, getLoc(), d));
}

Dim CoreBuilder::dim(ArrayRef<Dim> operands, Formula formula) {
  SmallVector<Scalar> scalars = llvm::map_to_vector(operands, [&](Dim d) { return index(d); });
  return dim(formula(scalars));
}

Dim CoreBuilder::product(ArrayRef<Dim> dims) {
  // Constants first, so that the product of the others is one common value.
  int64_t known = 1;
  Dim unknown;
  for (Dim d : dims) {
    if (auto n = constant(d))
      known *= *n;
    else
      unknown = unknown ? dim({unknown, d}, [](auto s) { return s[0] * s[1]; }) : d;
  }
  if (!unknown || known == 0)
    return dim(known);
  return known == 1 ? unknown : dim({unknown}, [&](auto s) { return s[0] * known; });
}

Dim CoreBuilder::sum(Dim a, Dim b) {
  return dim({a, b}, [](auto s) { return s[0] + s[1]; });
}

/// Sizes, and sums, products, quotients and bounds of sizes.
static bool isSize(Value value, unsigned depth = 8) {
  if (auto n = getConstantIntValue(value))
    return *n >= 0;
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0)
    return false;
  if (isa<core::SymbolOp, tensor::DimOp>(op))
    return true;
  auto isPart = [&](Value v) { return isSize(v, depth - 1); };
  if (isa<arith::MaxSIOp>(op))
    return llvm::any_of(op->getOperands(), isPart);
  return isa<arith::AddIOp, arith::MulIOp, arith::DivSIOp, arith::MinSIOp, arith::IndexCastOp>(op) &&
         llvm::all_of(op->getOperands(), isPart);
}

Scalar CoreBuilder::nonNegative(Dim d) {
  Scalar n = index(d);
  return isSize(n.value()) ? constantOf(*this, getI1Type(), 1) : n >= 0;
}

Dims CoreBuilder::broadcastDims(ArrayRef<Dims> shapes, ValueRange tensors) {
  size_t rank = 0;
  for (const Dims &shape : shapes)
    rank = std::max(rank, shape.size());
  Dims result(rank, dim(1));
  for (auto [k, shape] : llvm::enumerate(shapes)) {
    for (auto [i, d] : llvm::enumerate(shape)) {
      Dim &r = result[rank - shape.size() + i];
      if (constant(d) == 1 || same(d, r))
        continue;
      if (constant(r) == 1) {
        r = d;
        continue;
      }
      auto n = constant(d), m = constant(r);
      if (n && m) {
        error("dimensions " + Twine(*m) + " and " + Twine(*n) + " do not broadcast");
        return result;
      }
      // At least one is known only at run time, when it may turn out to be 1.
      Scalar a = index(r), b = index(d);
      require((a == b) | (a == 1) | (b == 1),
              nameOf(k < tensors.size() ? tensors[k] : Value(), i) + " is {0}, which does not broadcast to {1}", {b, a});
      r = n ? d : m ? r : dim(broadcastSize(a, b));
    }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Constants and elements
//===----------------------------------------------------------------------===//

Value CoreBuilder::literal(ElementsAttr value) {
  if (auto strings = dyn_cast<DenseStringElementsAttr>(value))
    return stringLiteral(strings);
  return arith::ConstantOp::create(*this, cast<TypedAttr>(value));
}

Value stored(Scalar s) {
  if (s.isUnsigned())
    return s.builder().createOrFold<core::SignOp>(s.type(), s.value());
  if (s.isString())
    return s.builder().createOrFold<core::HandleOp>(s.type(), s.value());
  if (s.value().getType() != s.type()) {
    // A narrow float, perhaps one that was rounded just now. The mark tells this
    // rounding from one that the model asks for: a fused chain may leave it out.
    Value narrow;
    if (auto wide = s.value().getDefiningOp<arith::ExtFOp>(); wide && wide.getIn().getType() == s.type())
      narrow = wide.getIn();
    else
      narrow = s.builder().createOrFold<arith::TruncFOp>(s.type(), s.value());
    if (auto op = narrow.getDefiningOp<arith::TruncFOp>(); op && !op->hasAttr(kAskedRounding))
      op->setAttr("coil.storage", s.builder().getUnitAttr());
    return narrow;
  }
  return s.value();
}

Scalar loaded(ImplicitLocOpBuilder &b, Value element) {
  Type type = element.getType(), form = computedForm(type);
  if (form == type)
    return Scalar(b, element);
  if (isa<core::StringType>(type))
    return Scalar(b, b.createOrFold<core::HandleOp>(form, element), type);
  return Scalar(b, isa<FloatType>(type) ? b.createOrFold<arith::ExtFOp>(form, element)
                                        : b.createOrFold<core::SignOp>(form, element), type);
}

Value CoreBuilder::splat(const Dims &dims, Scalar value) {
  RankedTensorType type = tensorOf(dims, value.type());
  if (type.hasStaticShape() && type.getNumElements() <= kMaxElements)
    return fromElements(SmallVector<Scalar>(type.getNumElements(), value), type.getShape(),
                        value.type());
  if (value.isUnsigned() || value.isString()) // linalg.fill has no such form
    return generate(dims, [&](auto) { return value; });
  Value empty = tensor::EmptyOp::create(*this, dims, value.type());
  return remember(linalg::FillOp::create(*this, stored(value), empty).getResult(0), dims);
}

Value CoreBuilder::fromElements(ArrayRef<Scalar> elements, ArrayRef<int64_t> shape, Type element) {
  auto type = RankedTensorType::get(shape, element);
  if (isa<core::StringType>(element)) {
    auto numbers = llvm::map_to_vector(elements, [](Scalar s) { return Scalar(s.builder(), s.value()); });
    return core::HandleOp::create(*this, type, fromElements(numbers, shape, getI64Type()));
  }
  SmallVector<Attribute> constants;
  for (Scalar s : elements) {
    Attribute value;
    if (!matchPattern(s.value(), m_Constant(&value)))
      break;
    if (auto n = dyn_cast<IntegerAttr>(value); n && s.isUnsigned())
      value = IntegerAttr::get(s.type(), n.getValue());
    if (auto f = dyn_cast<FloatAttr>(value); f && f.getType() != s.type())
      value = FloatAttr::get(s.type(), f.getValueAsDouble());
    constants.push_back(value);
  }
  if (constants.size() == elements.size())
    return literal(DenseElementsAttr::get(type, constants));
  return tensor::FromElementsOp::create(*this, type, llvm::map_to_vector(elements, stored));
}

Value CoreBuilder::fromDims(const Dims &dims) {
  auto elements = llvm::map_to_vector(dims, [&](Dim d) { return coil::cast(index(d), getI64Type()); });
  return fromElements(elements, {int64_t(dims.size())}, getI64Type());
}

static DenseElementsAttr smallConstant(Value tensor) {
  DenseElementsAttr attr;
  if (!matchPattern(tensor, m_Constant(&attr)) || attr.getNumElements() > kMaxElements)
    return {};
  return attr;
}

std::optional<SmallVector<Scalar>> CoreBuilder::elementsOf(Value tensor) {
  if (auto strings = tensor.getDefiningOp<core::HandleOp>(); strings && isString(tensor)) {
    auto numbers = elementsOf(strings.getIn());
    if (!numbers)
      return std::nullopt;
    return llvm::map_to_vector(*numbers, [&](Scalar s) { return Scalar(*this, s.value(), getStringType()); });
  }
  SmallVector<Scalar> result;
  if (auto list = tensor.getDefiningOp<tensor::FromElementsOp>()) {
    for (Value v : list.getElements())
      result.push_back(loaded(*this, v));
    return result;
  }
  DenseElementsAttr attr = smallConstant(tensor);
  if (!attr)
    return std::nullopt;
  Type type = attr.getElementType();
  for (Attribute value : attr.getValues<Attribute>()) {
    if (auto n = dyn_cast<IntegerAttr>(value))
      value = IntegerAttr::get(computedForm(type), n.getValue());
    if (auto f = dyn_cast<FloatAttr>(value))
      value = FloatAttr::get(computedForm(type), f.getValueAsDouble());
    result.emplace_back(*this, arith::ConstantOp::create(*this, llvm::cast<TypedAttr>(value)), type);
  }
  return result;
}

std::optional<SmallVector<int64_t>> CoreBuilder::integersOf(Value tensor) {
  ElementsAttr attr;
  if (!isa<IntegerType>(elementOf(tensor)))
    return std::nullopt;
  bool isUnsigned = elementOf(tensor).isUnsignedInteger() || elementOf(tensor).isInteger(1);
  SmallVector<int64_t> result;
  if (matchPattern(tensor, m_Constant(&attr))) {
    if (auto dense = dyn_cast<DenseElementsAttr>(attr)) {
      for (APInt n : dense.getValues<APInt>())
        result.push_back(isUnsigned ? n.getZExtValue() : n.getSExtValue());
      return result;
    }
    if (auto i64 = dyn_cast<DenseI64ResourceElementsAttr>(attr))
      if (auto data = i64.tryGetAsArrayRef())
        return llvm::to_vector(*data);
    return std::nullopt;
  }
  auto elements = elementsOf(tensor);
  if (!elements)
    return std::nullopt;
  for (Scalar s : *elements) {
    if (!s.constant())
      return std::nullopt;
    result.push_back(*s.constant());
  }
  return result;
}

std::optional<Dims> CoreBuilder::indicesOf(Value tensor) {
  Dims result;
  auto append = [&](Scalar s) { result.push_back(dim(coil::cast(s, getIndexType()))); };
  if (auto elements = elementsOf(tensor)) {
    llvm::for_each(*elements, append);
    return result;
  }
  RankedTensorType type = typeOf(tensor);
  if (!type.hasStaticShape() || type.getRank() > 1 || type.getNumElements() > kMaxElements)
    return std::nullopt;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    append(load(tensor, type.getRank() ? ArrayRef<Scalar>{index(i)} : ArrayRef<Scalar>{}));
  return result;
}

std::optional<Dims> CoreBuilder::indicesOf(Value tensor, int64_t count) {
  RankedTensorType type = typeOf(tensor);
  if (type.getRank() == 1 && type.isDynamicDim(0)) {
    require(index(dimOf(tensor, 0)) == count, "a list of " + Twine(count) + " elements is expected");
    tensor = retype(tensor, RankedTensorType::get(count, type.getElementType()));
  }
  auto list = indicesOf(tensor);
  return list && int64_t(list->size()) == count ? list : std::nullopt;
}

Scalar CoreBuilder::itemOf(Value tensor) {
  if (auto elements = elementsOf(tensor); elements && !elements->empty())
    return elements->front();
  return load(tensor, SmallVector<Scalar>(rankOf(tensor), index(0)));
}

Scalar CoreBuilder::load(Value tensor, ArrayRef<Scalar> indices) {
  auto at = llvm::map_to_vector(indices, [](Scalar i) { return i.value(); });
  return loaded(*this, tensor::ExtractOp::create(*this, tensor, at));
}

Scalar CoreBuilder::loadIf(Scalar condition, Value tensor, ArrayRef<Scalar> indices, Scalar otherwise) {
  if (condition.constant() == 1)
    return load(tensor, indices);
  Type type = otherwise.type();
  auto choice = scf::IfOp::create(
      *this, condition.value(),
      [&](OpBuilder &inner, Location loc) {
        OpBuilder::InsertionGuard guard(*this);
        setInsertionPoint(inner.getInsertionBlock(), inner.getInsertionPoint());
        scf::YieldOp::create(*this, load(tensor, indices).value());
      },
      [&](OpBuilder &inner, Location loc) { scf::YieldOp::create(inner, loc, otherwise.value()); });
  return Scalar(*this, choice.getResult(0), type);
}

//===----------------------------------------------------------------------===//
// Tensors from formulas
//===----------------------------------------------------------------------===//

std::pair<std::unique_ptr<Block>, Scalar> CoreBuilder::body(ArrayRef<Type> elements, Formula formula) {
  auto block = std::make_unique<Block>();
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(block.get());
  SmallVector<Scalar> arguments;
  for (Type type : elements)
    arguments.push_back(loaded(*this, block->addArgument(type, getLoc())));
  Scalar result = formula(arguments);
  linalg::YieldOp::create(*this, stored(result));
  return {std::move(block), result};
}

Value CoreBuilder::generic(ValueRange inputs, Value init, ArrayRef<AffineMap> maps, int64_t parallel,
                           std::unique_ptr<Block> body) {
  SmallVector<utils::IteratorType> iterators(maps.front().getNumDims(),
                                             utils::IteratorType::reduction);
  std::fill_n(iterators.begin(), parallel, utils::IteratorType::parallel);
  if (body->getNumArguments() == inputs.size())
    body->addArgument(elementOf(init), getLoc());
  auto op = linalg::GenericOp::create(*this, init.getType(), inputs, init, maps, iterators);
  op.getRegion().push_back(body.release());
  return op.getResult(0);
}

Value CoreBuilder::mapElements(ArrayRef<SmallVector<Scalar>> inputs, ArrayRef<RankedTensorType> types,
                               const Dims &dims, Formula formula) {
  SmallVector<int64_t> shape = llvm::map_to_vector(dims, [](Dim d) { return *constant(d); });
  int64_t count = ShapedType::getNumElements(shape);
  SmallVector<Scalar> results;
  for (int64_t i = 0; i < count; ++i) {
    SmallVector<Scalar> arguments;
    for (auto [elements, type] : llvm::zip(inputs, types)) {
      int64_t at = 0, rest = i, step = 1;
      for (int64_t axis = type.getRank() - 1, out = shape.size() - 1; axis >= 0; --axis, --out) {
        if (type.getDimSize(axis) != 1)
          at += rest % shape[out] * step;
        rest /= shape[out];
        step *= type.getDimSize(axis);
      }
      arguments.push_back(elements[at]);
    }
    results.push_back(formula(arguments));
  }
  return fromElements(results, shape, results.front().type());
}

std::pair<Value, AffineMap> CoreBuilder::broadcastAccess(Value x, const Dims &dims) {
  SmallVector<AffineExpr> at;
  Dims from = dimsOf(x), kept;
  for (auto [i, d] : llvm::enumerate(from)) {
    unsigned out = dims.size() - from.size() + i;
    if (constant(d) == 1 && constant(dims[out]) != 1)
      continue; // the same along the axis: as if it were not there
    if (!same(d, dims[out]))
      return {broadcast(x, dims), getMultiDimIdentityMap(dims.size())};
    kept.push_back(d);
    at.push_back(getAffineDimExpr(out));
  }
  return {reshape(x, kept), AffineMap::get(dims.size(), 0, at, getContext())};
}

Value CoreBuilder::map(ValueRange inputs, Formula formula) {
  SmallVector<Dims> shapes = llvm::map_to_vector(inputs, [&](Value x) { return dimsOf(x); });
  Dims dims = broadcastDims(shapes, inputs);
  if (facts.failed)
    return inputs.front();

  // A few elements that the program spells out are computed one by one.
  SmallVector<SmallVector<Scalar>> elements;
  SmallVector<RankedTensorType> types = llvm::map_to_vector(inputs, typeOf);
  for (Value x : inputs)
    if (auto list = elementsOf(x))
      elements.push_back(*list);
  auto size = constant(product(dims));
  if (elements.size() == inputs.size() && size && *size > 0 &&
      *size <= (llvm::any_of(types, [](auto t) { return isa<FloatType>(t.getElementType()); }) ? 4 : kMaxElements))
    return mapElements(elements, types, dims, formula);

  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (Value x : inputs) {
    auto [operand, map] = broadcastAccess(x, dims);
    operands.push_back(operand);
    maps.push_back(map);
  }
  return map(operands, std::move(maps), dims, formula);
}

Value CoreBuilder::map(ValueRange inputs, SmallVector<AffineMap> maps, const Dims &dims, Formula formula) {
  maps.push_back(getMultiDimIdentityMap(dims.size()));
  auto [block, result] = body(llvm::map_to_vector(inputs, elementOf), formula);
  Value init = tensor::EmptyOp::create(*this, dims, result.type());
  return remember(generic(inputs, init, maps, dims.size(), std::move(block)), dims);
}

Value CoreBuilder::generate(const Dims &dims, Formula formula) {
  auto [block, result] = body({}, [&](ArrayRef<Scalar>) {
    SmallVector<Scalar> indices;
    for (size_t i = 0; i < dims.size(); ++i)
      indices.emplace_back(*this, linalg::IndexOp::create(*this, int64_t(i)));
    return formula(indices);
  });
  Value init = tensor::EmptyOp::create(*this, dims, result.type());
  AffineMap identity = getMultiDimIdentityMap(dims.size());
  return remember(generic({}, init, identity, dims.size(), std::move(block)), dims);
}

Value CoreBuilder::accumulate(ValueRange inputs, ArrayRef<AffineMap> maps, const Dims &sizes,
                              int64_t resultRank,
                              function_ref<Scalar(ImplicitLocOpBuilder &)> init, Formula combine) {
  Dims dims(sizes.begin(), sizes.begin() + resultRank);
  Scalar start = init(*this);
  Value zero;
  if (start.isUnsigned()) { // linalg.fill has no unsigned form
    zero = splat(dims, start);
  } else {
    zero = tensor::EmptyOp::create(*this, dims, start.type());
    zero = linalg::FillOp::create(*this, stored(start), zero).getResult(0);
  }

  SmallVector<Value> operands(inputs);
  SmallVector<AffineMap> allMaps(maps);
  SmallVector<Type> types = llvm::map_to_vector(inputs, elementOf);

  // linalg takes each loop's extent from an operand that it indexes; loops that
  // none does (the window of a pool) get an operand that is never read.
  llvm::SmallBitVector bounded(sizes.size());
  bounded.set(0, resultRank);
  for (AffineMap m : maps)
    for (AffineExpr e : m.getResults())
      if (auto d = dyn_cast<AffineDimExpr>(e))
        bounded.set(d.getPosition());
  if (!bounded.all()) {
    Dims window;
    SmallVector<AffineExpr> at;
    for (size_t i = 0; i < sizes.size(); ++i)
      if (!bounded[i]) {
        window.push_back(sizes[i]);
        at.push_back(getAffineDimExpr(i));
      }
    operands.push_back(tensor::EmptyOp::create(*this, window, start.type()));
    allMaps.push_back(AffineMap::get(sizes.size(), 0, at, getContext()));
    types.push_back(start.type());
  }
  SmallVector<AffineExpr> at;
  for (int64_t i = 0; i < resultRank; ++i)
    at.push_back(getAffineDimExpr(i));
  allMaps.push_back(AffineMap::get(sizes.size(), 0, at, getContext()));
  types.push_back(start.type());

  auto [block, result] = body(types, [&](ArrayRef<Scalar> s) {
    SmallVector<Scalar> arguments(s.take_front(inputs.size()));
    arguments.push_back(s.back());
    return combine(arguments);
  });
  return remember(generic(operands, zero, allMaps, resultRank, std::move(block)), dims);
}

} // namespace coil
