//===- Movement.cpp - the part of CoreBuilder that moves data -------------===//

#include "passes/legalize/CoreBuilder.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

namespace coil {

Value CoreBuilder::broadcast(Value x, const Dims &dims) {
  Dims from = dimsOf(x);
  if (from.size() == dims.size() &&
      llvm::all_of(llvm::zip(from, dims), [](auto p) { return same(std::get<0>(p), std::get<1>(p)); }))
    return x;
  size_t lead = dims.size() - from.size();
  // Where it is known which axes have one element for all, a map says it.
  bool known = llvm::all_of(llvm::enumerate(from), [&](auto d) {
    return constant(d.value()) == 1 || same(d.value(), dims[lead + d.index()]);
  });
  if (known) {
    auto [operand, map] = broadcastAccess(x, dims);
    auto [block, result] = body({elementOf(x)}, [](ArrayRef<Scalar> s) { return s[0]; });
    Value init = tensor::EmptyOp::create(*this, dims, result.type());
    return remember(generic(operand, init, {map, getMultiDimIdentityMap(dims.size())}, dims.size(), std::move(block)), dims);
  }
  return generate(dims, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> at;
    for (auto [axis, d] : llvm::enumerate(from)) {
      Scalar here = i[lead + axis];
      at.push_back(constant(d) == 1         ? index(0)
                   : same(d, dims[lead + axis]) ? here
                                            : select(index(d) == 1, index(0), here));
    }
    return load(x, at);
  });
}

Value CoreBuilder::retype(Value x, RankedTensorType type) {
  if (x.getType() == type)
    return x;
  Dims dims = dimsOf(x);
  for (auto [d, size] : llvm::zip(dims, type.getShape()))
    if (!ShapedType::isDynamic(size))
      d = dim(size);
  return remember(tensor::CastOp::create(*this, type, x), dims);
}

Value CoreBuilder::convert(Value x, Type element) {
  if (elementOf(x) == element)
    return x;
  return map(x, [&](Scalar s) { return coil::cast(s, element); });
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

namespace {
/// Pairs runs of source dimensions with runs of result dimensions that have
/// the same product, as far as that is known.
class Regrouping {
public:
  Regrouping(ArrayRef<Dim> from, ArrayRef<Dim> to) : from(from), to(to) {}

  /// The ends of the runs on both sides.
  SmallVector<std::pair<unsigned, unsigned>> groups() {
    SmallVector<std::pair<unsigned, unsigned>> ends;
    unsigned i = 0, j = 0;
    while (i < from.size() && j < to.size()) {
      if (!close(i, j)) {
        i = from.size();
        j = to.size();
      }
      ends.emplace_back(i, j);
    }
    if (!ends.empty()) // what is left over has extent one
      ends.back() = {from.size(), to.size()};
    return ends;
  }

private:
  struct Product {
    int64_t known = 1;
    SmallVector<Value> unknown;
    void add(Dim d) {
      if (auto n = getConstantIntValue(d))
        known *= *n;
      else
        unknown.push_back(cast<Value>(d));
    }
    bool operator==(const Product &o) const {
      return known == o.known && unknown.size() == o.unknown.size() &&
             std::is_permutation(unknown.begin(), unknown.end(), o.unknown.begin());
    }
    bool operator<(const Product &o) const {
      return unknown.size() != o.unknown.size() ? unknown.size() < o.unknown.size() : known < o.known;
    }
  };

  /// Extends the shorter side until the products agree.
  bool close(unsigned &i, unsigned &j) {
    Product a, b;
    a.add(from[i++]);
    b.add(to[j++]);
    while (!(a == b)) {
      if (a < b && i < from.size())
        a.add(from[i++]);
      else if (!(a < b) && j < to.size())
        b.add(to[j++]);
      else
        return false;
    }
    return true;
  }

  ArrayRef<Dim> from, to;
};
} // namespace

Value CoreBuilder::regroup(Value x, const Dims &dims, ArrayRef<std::pair<unsigned, unsigned>> groups) {
  Dims from = dimsOf(x), middle;
  SmallVector<ReassociationIndices> collapse, expand;
  unsigned i = 0, j = 0;
  for (auto [endFrom, endTo] : groups) {
    ArrayRef<Dim> source = ArrayRef(from).slice(i, endFrom - i), target = ArrayRef(dims).slice(j, endTo - j);
    // Where one side is a single dimension, that value is the product.
    middle.push_back(target.size() == 1 ? target[0] : product(source));
    collapse.push_back(llvm::to_vector<2>(llvm::seq<int64_t>(i, endFrom)));
    expand.push_back(llvm::to_vector<2>(llvm::seq<int64_t>(j, endTo)));
    i = endFrom, j = endTo;
  }
  if (middle.size() != from.size()) {
    x = tensor::CollapseShapeOp::create(*this, x, collapse);
  }
  // expand_shape wants a group dynamic exactly where one of its results is.
  SmallVector<int64_t> shape;
  for (const ReassociationIndices &group : expand) {
    int64_t size = 1;
    for (int64_t axis : group) {
      auto n = constant(dims[axis]);
      size = n && !ShapedType::isDynamic(size) ? size * *n : ShapedType::kDynamic;
    }
    shape.push_back(size);
  }
  auto type = RankedTensorType::get(shape, elementOf(x));
  if (x.getType() != type)
    x = tensor::CastOp::create(*this, type, x);
  if (middle.size() != dims.size())
    x = tensor::ExpandShapeOp::create(*this, tensorOf(dims, elementOf(x)), x, expand, dims);
  return x;
}

Value CoreBuilder::reshape(Value x, const Dims &dims) {
  Dims from = dimsOf(x);
  RankedTensorType type = tensorOf(dims, elementOf(x));
  if (from.size() == dims.size() &&
      llvm::all_of(llvm::zip(from, dims), [](auto p) { return same(std::get<0>(p), std::get<1>(p)); }))
    return x;

  if (type.hasStaticShape()) {
    ElementsAttr attr;
    if (matchPattern(x, m_Constant(&attr)) && attr.getNumElements() == type.getNumElements()) {
      if (auto dense = dyn_cast<DenseElementsAttr>(attr))
        return literal(dense.reshape(type));
      if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
        return literal(DenseResourceElementsAttr::get(type, resource.getRawHandle()));
    }
    if (auto elements = elementsOf(x); elements && int64_t(elements->size()) == type.getNumElements())
      return fromElements(*elements, type.getShape(), type.getElementType());
  }

  auto n = constant(product(from)), m = constant(product(dims));
  if (n && m && *n != *m) {
    error("a tensor of " + Twine(*n) + " elements cannot be reshaped to one of " + Twine(*m));
    return x;
  }
  if (from.empty() || dims.empty()) {
    // Through rank 0 or from it: every dimension has extent one.
    Dims ones(dims.size(), dim(1));
    if (!from.empty())
      x = tensor::CollapseShapeOp::create(
          *this, retype(x, RankedTensorType::get(SmallVector<int64_t>(from.size(), 1), elementOf(x))),
          ArrayRef<ReassociationIndices>{});
    else
      x = tensor::ExpandShapeOp::create(*this, tensorOf(ones, elementOf(x)), x,
                                        ArrayRef<ReassociationIndices>{}, ones);
    if (x.getType() != type)
      x = tensor::CastOp::create(*this, type, x);
    return remember(x, dims);
  }
  return remember(regroup(x, dims, Regrouping(from, dims).groups()), dims);
}

//===----------------------------------------------------------------------===//
// Transpose, slice, concat, pad
//===----------------------------------------------------------------------===//

Value CoreBuilder::rearranged(Value x, ArrayRef<int64_t> shape,
                              function_ref<int64_t(int64_t, ArrayRef<int64_t>)> source) {
  auto elements = elementsOf(x);
  if (!elements)
    return {};
  ArrayRef<int64_t> from = typeOf(x).getShape();
  SmallVector<Scalar> picked;
  for (int64_t n = 0, count = ShapedType::getNumElements(shape); n < count; ++n) {
    SmallVector<int64_t> i = delinearize(n, computeStrides(shape));
    int64_t at = 0;
    for (auto [axis, size] : llvm::enumerate(from))
      at = at * size + source(axis, i);
    picked.push_back((*elements)[at]);
  }
  return fromElements(picked, shape, elementOf(x));
}

Value CoreBuilder::transpose(Value x, ArrayRef<int64_t> permutation) {
  Dims from = dimsOf(x), dims;
  SmallVector<AffineExpr> at(from.size());
  SmallVector<int64_t> moved; // the axes that matter, in their new order
  for (auto [out, in] : llvm::enumerate(permutation)) {
    dims.push_back(from[in]);
    at[in] = getAffineDimExpr(out);
    if (constant(from[in]) != 1)
      moved.push_back(in);
  }
  if (llvm::is_sorted(moved))
    return reshape(x, dims);
  if (elementsOf(x))
    return rearranged(x, tensorOf(dims, elementOf(x)).getShape(), [&](int64_t axis, ArrayRef<int64_t> i) {
      return i[llvm::find(permutation, axis) - permutation.begin()];
    });
  Value init = tensor::EmptyOp::create(*this, dims, elementOf(x));
  auto [block, result] = body(elementOf(x), [](ArrayRef<Scalar> s) { return s[0]; });
  SmallVector<AffineMap> maps{AffineMap::get(from.size(), 0, at, getContext()),
                              getMultiDimIdentityMap(from.size())};
  return remember(generic(x, init, maps, from.size(), std::move(block)), dims);
}

Value CoreBuilder::slice(Value x, const Dims &offsets, const Dims &sizes, const Dims &strides) {
  auto allKnown = [](const Dims &dims) { return llvm::all_of(dims, [](Dim d) { return constant(d).has_value(); }); };
  if (allKnown(offsets) && allKnown(sizes) && allKnown(strides))
    if (Value y = rearranged(x, tensorOf(sizes, elementOf(x)).getShape(), [&](int64_t axis, ArrayRef<int64_t> i) {
          return *constant(offsets[axis]) + i[axis] * *constant(strides[axis]);
        }))
      return y;
  if (llvm::all_of(strides, [](Dim s) { return constant(s) == 1; })) {
    Value part = tensor::ExtractSliceOp::create(*this, tensorOf(sizes, elementOf(x)), x, offsets, sizes, strides);
    return remember(part, sizes);
  }
  return generate(sizes, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> at;
    for (auto [axis, here] : llvm::enumerate(i))
      at.push_back(index(offsets[axis]) + here * index(strides[axis]));
    return load(x, at);
  });
}

Value CoreBuilder::row(Value x, Dim i) {
  Dims sizes = dimsOf(x), offsets(sizes.size(), dim(0)), ones(sizes.size(), dim(1));
  Dims rest(sizes.begin() + 1, sizes.end());
  sizes[0] = dim(1);
  offsets[0] = i;
  Value part = tensor::ExtractSliceOp::create(*this, tensorOf(rest, elementOf(x)), x, offsets, sizes, ones);
  return remember(part, rest);
}

Value CoreBuilder::concat(ValueRange inputs, int64_t axis) {
  if (inputs.size() == 1)
    return inputs.front();
  for (Value x : inputs)
    if (rankOf(x) != rankOf(inputs.front()) || elementOf(x) != elementOf(inputs.front())) {
      error("what is joined has different ranks or element types");
      return inputs.front();
    }
  if (rankOf(inputs.front()) == 1) {
    SmallVector<Scalar> all;
    bool known = llvm::all_of(inputs, [&](Value x) {
      auto elements = elementsOf(x);
      if (elements)
        all.append(*elements);
      return elements.has_value();
    });
    if (known)
      return fromElements(all, {int64_t(all.size())}, elementOf(inputs.front()));
  }
  Dims dims = dimsOf(inputs.front());
  dims[axis] = dim(0);
  for (Value x : inputs)
    dims[axis] = sum(dims[axis], dimOf(x, axis));
  Value result = tensor::EmptyOp::create(*this, dims, elementOf(inputs.front()));
  Dims offsets(dims.size(), dim(0)), ones(dims.size(), dim(1));
  for (Value x : inputs) {
    Dims sizes = dimsOf(x);
    for (auto [i, d] : llvm::enumerate(sizes)) {
      if (int64_t(i) == axis || same(d, dims[i]))
        continue;
      auto n = constant(d), m = constant(dims[i]);
      if (n && m) {
        error("dimension " + Twine(i) + " of the inputs is " + Twine(*m) + " and " + Twine(*n));
        return result;
      }
      require(index(d) == index(dims[i]), nameOf(x, i) + " is {0}, that of input 0 is {1}", {index(d), index(dims[i])});
    }
    // What is written has the result's dimensions, except along the axis.
    Dims written = dims;
    written[axis] = sizes[axis];
    if (auto type = tensorOf(written, elementOf(x)); type != x.getType())
      x = tensor::CastOp::create(*this, type, x);
    result = tensor::InsertSliceOp::create(*this, x, result, offsets, written, ones);
    offsets[axis] = sum(offsets[axis], sizes[axis]);
  }
  return remember(result, dims);
}

Value CoreBuilder::pad(Value x, const Dims &low, const Dims &high, Scalar value) {
  Dims from = dimsOf(x), dims;
  bool grows = true, none = true;
  for (auto [axis, d] : llvm::enumerate(from)) {
    dims.push_back(sum(sum(d, low[axis]), high[axis]));
    grows &= constant(low[axis]).value_or(-1) >= 0 && constant(high[axis]).value_or(-1) >= 0;
    none &= constant(low[axis]) == 0 && constant(high[axis]) == 0;
  }
  if (none)
    return x;
  if (grows) {
    Value frame = tensor::EmptyOp::create(*this, dims, elementOf(x));
    if (value.isUnsigned())
      frame = generate(dims, [&](auto) { return value; });
    else
      frame = linalg::FillOp::create(*this, stored(value), frame).getResult(0);
    Dims ones(dims.size(), dim(1));
    return remember(tensor::InsertSliceOp::create(*this, x, frame, low, from, ones), dims);
  }
  return generate(dims, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> at;
    Scalar inside = constantOf(*this, getI1Type(), 1);
    for (auto [axis, here] : llvm::enumerate(i)) {
      Scalar source = here - index(low[axis]), n = index(from[axis]);
      inside = inside & inRange(source, n);
      at.push_back(max(min(source, n - 1), index(0)));
    }
    return select(inside, load(x, at), value);
  });
}

} // namespace coil
