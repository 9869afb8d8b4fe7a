//===- Shape.cpp - operators about shapes ---------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

Result constant(ConstantOp op, CoreBuilder &b) { return b.literal(op.getValue()); }
Result identity(IdentityOp op, CoreBuilder &) { return op.getX(); }

Result shape(ShapeOp op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getX());
  int64_t rank = dims.size();
  auto clamp = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + rank : i, 0, rank); };
  int64_t start = clamp(op.getStart()), end = clamp(op.getEnd().value_or(rank));
  return b.fromDims(Dims(dims.begin() + start, dims.begin() + std::max(start, end)));
}

Result size(SizeOp op, CoreBuilder &b) {
  return b.scalar(cast(b.index(b.sizeOf(op.getX())), b.getI64Type()));
}

/// The product of the dimensions that are numbers, which leave the list.
int64_t takeNumbers(Dims &dims) {
  int64_t product = 1;
  llvm::erase_if(dims, [&](Dim d) {
    auto n = CoreBuilder::constant(d);
    product *= n.value_or(1);
    return n.has_value();
  });
  return product;
}

/// Entries of a shape that only a run reads: what 0 and -1 stand for is found
/// there. -1 is possible if no entry is known to be it.
void resolveRead(Dims &dims, ArrayRef<Dim> from, bool zeros, bool rest, CoreBuilder &b) {
  auto isRead = [](Dim d) {
    auto value = dyn_cast<Value>(d);
    auto cast = value ? value.getDefiningOp<arith::IndexCastOp>() : nullptr;
    return cast && cast.getIn().getDefiningOp<tensor::ExtractOp>();
  };
  SmallVector<size_t> read;
  Scalar others = b.index(1);
  for (auto [i, d] : llvm::enumerate(dims)) {
    Scalar n = b.index(d);
    if (isRead(d)) {
      read.push_back(i);
      if (zeros && i < from.size())
        d = b.dim(n = select(n == 0, b.index(from[i]), n));
    }
    others = others * select(n == -1, b.index(1), n);
  }
  for (size_t i : read)
    if (Scalar n = b.index(dims[i]); rest)
      dims[i] = b.dim(select(n == -1, b.index(b.product(from)) / others, n));
}

/// 0 keeps the input's dimension (unless allowzero), -1 is what is left.
Result reshape(ReshapeOp op, CoreBuilder &b) {
  Value x = op.getData();
  auto wanted = shapeOf(op, op.getShape(), b);
  if (failed(wanted))
    return failure();
  Dims from = b.dimsOf(x), dims;
  std::optional<size_t> rest;
  Dim source = b.dim(1), target = b.dim(1); // what -1 stands for is their quotient
  for (auto [i, d] : llvm::enumerate(*wanted)) {
    auto n = b.constant(d);
    if (n == -1) {
      if (rest)
        return op.emitOpError("'shape' holds more than one -1");
      rest = i;
      dims.push_back(d);
    } else if (n == 0 && !op.getAllowzero()) {
      if (i >= from.size())
        return op.emitOpError("'shape' keeps dimension ") << i << " of a tensor of rank " << from.size();
      dims.push_back(from[i]);
    } else if (n && *n < -1) {
      return op.emitOpError("'shape' holds ") << *n;
    } else {
      dims.push_back(d);
    }
  }
  resolveRead(dims, from, !op.getAllowzero(), !rest, b);
  if (rest) {
    // Dimensions on both sides cancel, and so do the numbers among them, so that
    // a kept one needs no division.
    Dims left(from), right;
    for (auto [i, d] : llvm::enumerate(dims)) {
      if (i == *rest)
        continue;
      auto it = llvm::find_if(left, [&](Dim other) { return b.same(d, other); });
      if (it != left.end())
        left.erase(it);
      else
        right.push_back(d);
    }
    int64_t over = takeNumbers(left), under = takeNumbers(right);
    if (under != 0 && over % under == 0)
      over /= std::exchange(under, 1);
    left.push_back(b.dim(over));
    right.push_back(b.dim(under));
    source = b.product(left);
    target = b.product(right);
    auto n = b.constant(source), m = b.constant(target);
    if (n && m && (*m == 0 ? *n != 0 : *n % *m != 0))
      return op.emitOpError("cannot divide the ") << *n << " remaining elements by " << *m;
    dims[*rest] = m == 1   ? source
                  : m == 0 ? b.dim(0)
                           : b.dim({source, target}, [](auto s) { return s[0] / s[1]; });
  }
  return b.reshape(x, dims);
}

/// Axes as given, negative ones counted from the end of `rank`.
FailureOr<SmallVector<int64_t>> axesOf(Operation *op, Value operand, int64_t rank, CoreBuilder &b) {
  auto list = b.integersOf(operand);
  if (!list)
    return op->emitOpError("the axes are not known before the run"), failure();
  for (int64_t &axis : *list) {
    FailureOr<int64_t> normal = normalAxis(op, axis, rank);
    if (failed(normal))
      return failure();
    axis = *normal;
  }
  return *list;
}

/// The `count` dimensions that stay where a run tells which go.
Dims dropAxes(ArrayRef<Dim> from, ArrayRef<Scalar> dropped, int64_t count, CoreBuilder &b) {
  Dims dims(count, b.dim(1));
  Scalar next = b.index(0); // where the next one that stays goes
  for (auto [i, d] : llvm::enumerate(from)) {
    b.require(~dropped[i] | (b.index(d) == 1), "dimension " + Twine(i) + " must be 1 to be squeezed");
    for (auto [j, kept] : llvm::enumerate(dims))
      kept = b.dim(select(~dropped[i] & (next == int64_t(j)), b.index(d), b.index(kept)));
    next = next + select(dropped[i], b.index(0), b.index(1));
  }
  b.require(next == count, "the result has another rank than " + Twine(count));
  return dims;
}

/// The axes are a list that only a run reads, or, where there is none, the
/// dimensions that turn out to be 1. Fails where the rank is not known.
FailureOr<Dims> squeezeInRun(SqueezeOp op, ArrayRef<Dim> from, CoreBuilder &b) {
  int64_t rank = from.size();
  std::optional<int64_t> stated = statedRank(op->getResult(0));
  SmallVector<Scalar> dropped;
  if (!given(op.getAxes())) {
    if (!stated)
      return failure();
    for (Dim d : from)
      dropped.push_back(b.index(d) == 1);
    return dropAxes(from, dropped, *stated, b);
  }
  auto axes = b.indicesOf(op.getAxes());
  if (!axes && stated && *stated <= rank)
    axes = b.indicesOf(op.getAxes(), rank - *stated);
  if (!axes || int64_t(axes->size()) > rank)
    return failure();
  for (int64_t i = 0; i < rank; ++i) {
    Scalar drop = constantOf(b, b.getI1Type(), 0);
    for (Dim axis : *axes)
      drop = drop | (b.index(axis) == i) | (b.index(axis) == i - rank);
    dropped.push_back(drop);
  }
  return dropAxes(from, dropped, rank - axes->size(), b);
}

Result squeeze(SqueezeOp op, CoreBuilder &b) {
  Dims from = b.dimsOf(op.getData()), dims;
  bool listed = given(op.getAxes()), known = !listed || b.integersOf(op.getAxes());
  if (!listed) // a dimension that may be 1 stays unless the model states fewer
    if (auto stated = statedRank(op->getResult(0)))
      known = *stated == int64_t(llvm::count_if(from, [&](Dim d) { return b.constant(d) != 1; }));
  if (!known)
    if (auto read = squeezeInRun(op, from, b); succeeded(read))
      return b.reshape(op.getData(), *read);
  SmallVector<int64_t> axes;
  if (listed) {
    auto list = axesOf(op, op.getAxes(), from.size(), b);
    if (failed(list))
      return failure();
    axes = *list;
  }
  for (auto [i, d] : llvm::enumerate(from)) {
    bool drop = listed ? llvm::is_contained(axes, int64_t(i)) : b.constant(d) == 1;
    if (!drop)
      dims.push_back(d);
    else if (auto n = b.constant(d); n && *n != 1)
      return op.emitOpError("dimension ") << i << " is " << *n << ", expected 1";
    else if (!n)
      b.require(b.index(d) == 1, "dimension " + Twine(i) + " must be 1 to be squeezed");
  }
  return b.reshape(op.getData(), dims);
}

/// The dimensions with ones at axes that only a run tells.
Dims insertOnes(ArrayRef<Dim> from, ArrayRef<Dim> axes, CoreBuilder &b) {
  int64_t rank = from.size() + axes.size();
  Dims dims;
  Scalar next = b.index(0); // the dimension that comes next
  for (int64_t j = 0; j < rank; ++j) {
    Scalar isNew = constantOf(b, b.getI1Type(), 0);
    for (Dim axis : axes)
      isNew = isNew | (b.index(axis) == j) | (b.index(axis) == j - rank);
    Scalar d = b.index(1);
    for (auto [i, size] : llvm::enumerate(from))
      d = select((next == int64_t(i)) & ~isNew, b.index(size), d);
    dims.push_back(b.dim(d));
    next = next + select(isNew, b.index(0), b.index(1));
  }
  b.require(next == int64_t(from.size()), "'axes' are not different axes of the result");
  return dims;
}

Result unsqueeze(UnsqueezeOp op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getData());
  if (!b.integersOf(op.getAxes())) {
    auto read = b.indicesOf(op.getAxes());
    auto stated = statedRank(op->getResult(0));
    if (int64_t rank = dims.size(); !read && stated && *stated >= rank)
      read = b.indicesOf(op.getAxes(), *stated - rank);
    if (read)
      return b.reshape(op.getData(), insertOnes(dims, *read, b));
  }
  auto count = b.integersOf(op.getAxes());
  auto axes = axesOf(op, op.getAxes(), dims.size() + (count ? count->size() : 0), b);
  if (failed(axes))
    return failure();
  llvm::sort(*axes);
  for (int64_t axis : *axes)
    dims.insert(dims.begin() + axis, b.dim(1));
  return b.reshape(op.getData(), dims);
}

Result flatten(FlattenOp op, CoreBuilder &b) {
  Dims dims = b.dimsOf(op.getX());
  int64_t rank = dims.size(), axis = op.getAxis();
  if (axis < -rank || axis > rank)
    return op.emitOpError("axis ") << axis << " is out of range for rank " << rank;
  ArrayRef<Dim> all(dims);
  axis = axis < 0 ? axis + rank : axis;
  return b.reshape(op.getX(), {b.product(all.take_front(axis)), b.product(all.drop_front(axis))});
}

Result transpose(TransposeOp op, CoreBuilder &b) {
  int64_t rank = b.rankOf(op.getX());
  SmallVector<int64_t> permutation = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, rank)));
  if (auto perm = op.getPerm())
    permutation = llvm::to_vector(*perm);
  if (!isPermutationVector(permutation) || int64_t(permutation.size()) != rank)
    return op.emitOpError("perm is not a permutation of ") << rank << " axes";
  return b.transpose(op.getX(), permutation);
}

Result expand(ExpandOp op, CoreBuilder &b) {
  auto wanted = b.indicesOf(op.getShape());
  // A list of unknown length, that of the result unless the input has more.
  if (auto rank = statedRank(op->getResult(0)); !wanted && rank)
    wanted = b.listFrom(op.getShape(), *rank, 1);
  if (!wanted)
    return op.emitOpError("the rank of the result is not known: 'shape' is ") << op.getShape().getType();
  Dims dims = b.broadcastDims({b.dimsOf(op.getInput()), *wanted});
  return b.facts.failed ? Result(failure()) : Result(b.broadcast(op.getInput(), dims));
}

} // namespace

void addShapeRecipes(RecipeTable &table) {
  table.add<constant, identity, shape, size, reshape, squeeze, unsqueeze, flatten, transpose, expand>();
}

} // namespace coil
