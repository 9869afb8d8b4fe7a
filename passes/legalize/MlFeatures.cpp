//===- MlFeatures.cpp - features and categories ---------------------------===//
//
// What is done to a row of features before a model sees it: chosen, scaled,
// filled in, encoded.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/Ml.h"

#include "dialects/coil/Core.h"

using namespace coil::onnx;

namespace coil {
namespace {

//===----------------------------------------------------------------------===//
// Features
//===----------------------------------------------------------------------===//

/// x[..., indices]; a vector is one row.
Result arrayFeatureExtractor(MlArrayFeatureExtractorOp op, CoreBuilder &b) {
  Value x = op.getX(), indices = op.getIndices();
  if (failed(areIntegers(op, indices)))
    return failure();
  if (b.rankOf(x) == 0)
    return op.emitOpError("the input has type ") << x.getType() << ", expected rank 1 or more";
  if (b.rankOf(x) == 1)
    x = b.reshape(x, {b.dim(1), b.dimOf(x, 0)});
  indices = b.reshape(indices, {b.sizeOf(indices)});
  Dims dims = b.dimsOf(x);
  Dim features = std::exchange(dims.back(), b.dimOf(indices, 0));
  b.requireInRange(indices, features);
  if (b.facts.failed)
    return failure();
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    SmallVector<Scalar> at(i);
    at.back() = b.position(b.load(indices, {i.back()}), features);
    return b.load(x, at);
  });
}

Result binarizer(MlBinarizerOp op, CoreBuilder &b) {
  double threshold = op.getThreshold().convertToFloat();
  return b.map(op.getX(), [&](Scalar x) {
    // An integer is compared as the number that it is.
    Scalar above = x.isFloat() ? x > threshold : cast(x, b.getF64Type()) > threshold;
    return cast(above, x.type());
  });
}

/// Each input as a row of floats, cut to its number of features or filled with
/// zeros, one after another.
Result featureVectorizer(MlFeatureVectorizerOp op, CoreBuilder &b) {
  ArrayRef<int64_t> sizes = op.getInputdimensions().value_or(ArrayRef<int64_t>());
  if (op.getInputs().empty() || (!sizes.empty() && sizes.size() != op.getInputs().size()))
    return op.emitOpError("inputdimensions has ") << sizes.size() << " elements for " << op.getInputs().size() << " inputs";
  SmallVector<Value> parts;
  for (auto [k, input] : llvm::enumerate(op.getInputs())) {
    auto x = rowsOf(op, input, b);
    if (failed(x))
      return failure();
    Value part = b.convert(*x, b.getF32Type());
    if (!sizes.empty()) {
      Dim rows = b.dimOf(part, 0), has = b.dimOf(part, 1), zero = b.dim(0), one = b.dim(1);
      if (sizes[k] < 0)
        return op.emitOpError("inputdimensions holds ") << sizes[k];
      Dim kept = b.dim({has}, [&](auto d) { return min(d[0], d[0].like(sizes[k])); });
      Dim rest = b.dim({kept}, [&](auto d) { return sizes[k] - d[0]; });
      part = b.slice(part, {zero, zero}, {rows, kept}, {one, one});
      if (b.constant(rest) != 0)
        part = b.pad(part, {zero, zero}, {zero, rest}, constantOf(b, b.getF32Type(), 0));
    }
    parts.push_back(part);
  }
  for (Value part : parts)
    b.requireSame(b.dimOf(parts.front(), 0), b.dimOf(part, 0), "the numbers of rows");
  if (b.facts.failed)
    return failure();
  return b.concat(parts, 1);
}

/// A list of one number for all features or one for each, in `type`; an error at
/// `op` for any other number of them.
FailureOr<Value> perFeature(Operation *op, Value x, SmallVector<double> list, StringRef name, Type type, CoreBuilder &b) {
  if (list.empty())
    return op->emitOpError(name) << " has no elements, expected 1 or one for each feature", failure();
  if (list.size() > 1) {
    if (b.rankOf(x) == 0)
      return op->emitOpError("the input has type ") << x.getType() << ", expected rank 1 or more", failure();
    b.requireSame(b.dimOf(x, b.rankOf(x) - 1), b.dim(int64_t(list.size())), "the numbers of features and of " + name);
  }
  if (b.facts.failed)
    return failure();
  return table(b, list, type);
}

Result imputer(MlImputerOp op, CoreBuilder &b) {
  Value x = op.getX();
  bool floats = isa<FloatType>(b.elementOf(x));
  SmallVector<double> list;
  SmallVector<int64_t> ints(op.getImputedValueInt64s().value_or(ArrayRef<int64_t>()));
  if (floats)
    list = numbers(op.getImputedValueFloats(), std::nullopt);
  else
    list.append(ints.begin(), ints.end()); // how many there are is all that counts of them here
  auto values = perFeature(op, x, list, floats ? "imputed_value_floats" : "imputed_value_int64s", b.elementOf(x), b);
  if (failed(values))
    return failure();
  if (!floats)
    values = table(b, ints, b.elementOf(x));
  double missing = op.getReplacedValueFloat().convertToFloat();
  return b.map({x, *values}, [&](ArrayRef<Scalar> s) {
    Scalar is = !floats              ? s[0] == int64_t(op.getReplacedValueInt64())
                : std::isnan(missing) ? isNaN(s[0])
                                      : s[0] == missing;
    return select(is, s[1], s[0]);
  });
}

/// Each row by its greatest magnitude, and then by its norm; a row of zeros stays.
Result normalizer(MlNormalizerOp op, CoreBuilder &b) {
  Value x = op.getX();
  StringRef norm = op.getNorm();
  if (b.rankOf(x) != 1 && b.rankOf(x) != 2)
    return op.emitOpError("the input has type ") << x.getType() << ", expected rank 1 or 2";
  if (norm != "MAX" && norm != "L1" && norm != "L2")
    return op.emitOpError("norm is '") << norm << "', expected 'MAX', 'L1' or 'L2'";
  int64_t axis = b.rankOf(x) - 1;
  x = b.convert(x, scoreType(x));
  auto divided = [&](Value x, Value by) {
    return b.map({x, by}, [](ArrayRef<Scalar> s) { return select(s[1] == 0, s[0], s[0] / s[1]); });
  };
  // First the greatest magnitude: squares of large numbers would overflow.
  Value y = divided(x, b.reduceMax(b.map(x, [](Scalar s) { return abs(s); }), {axis}, /*keep=*/true));
  if (norm == "L1")
    y = divided(y, b.reduceSum(b.map(y, [](Scalar s) { return abs(s); }), {axis}, /*keep=*/true));
  if (norm == "L2") {
    Value sum = b.reduceSum(b.map(y, [](Scalar s) { return s * s; }), {axis}, /*keep=*/true);
    y = divided(y, b.map(sum, [](Scalar s) { return sqrt(s); }));
  }
  return b.convert(y, b.getF32Type());
}

/// (x - offset) * scale.
Result scaler(MlScalerOp op, CoreBuilder &b) {
  Value x = b.convert(op.getX(), scoreType(op.getX()));
  auto offset = perFeature(op, x, numbers(op.getOffset(), std::nullopt), "offset", b.elementOf(x), b);
  auto scale = perFeature(op, x, numbers(op.getScale(), std::nullopt), "scale", b.elementOf(x), b);
  if (failed(offset) || failed(scale))
    return failure();
  Value y = b.map({x, *offset, *scale}, [](ArrayRef<Scalar> s) { return (s[0] - s[1]) * s[2]; });
  return b.convert(y, b.getF32Type());
}

//===----------------------------------------------------------------------===//
// Categories
//===----------------------------------------------------------------------===//

/// The number of strings that a model knows is small and begins at 0: where each
/// number is in a constant list of strings, -1 where it is not.
Value placesOf(Value strings, CoreBuilder &b) {
  SmallVector<int64_t> places, numbers = *b.integersOf(strings.getDefiningOp<core::HandleOp>().getIn());
  for (auto [place, number] : llvm::enumerate(numbers)) {
    if (number >= int64_t(places.size()))
      places.resize(number + 1, -1);
    if (places[number] < 0)
      places[number] = place;
  }
  return table(b, places, b.getI64Type());
}

/// The value of the first key that an element equals, else `rest`; a NaN equals a
/// NaN.
Value mapped(Value x, Value keys, Value values, Scalar rest, CoreBuilder &b) {
  Value places = b.isString(x) && countOf(keys) ? placesOf(keys, b) : Value();
  return b.map(x, [&](Scalar s) {
    Scalar found;
    if (places) {
      Scalar number = cast(Scalar(b, s.value()), b.getIndexType());
      Scalar known = inRange(number, b.index(countOf(places))), none = constantOf(b, b.getI64Type(), -1);
      found = cast(b.loadIf(known, places, {number}, none), b.getIndexType());
    } else {
      found = b.fold(b.index(countOf(keys)), b.index(-1), [&](Scalar k, Scalar found) {
        Scalar at = b.load(keys, {k}), equal = s == at;
        if (s.isFloat())
          equal = equal | (isNaN(s) & isNaN(at));
        return select((found < 0) & equal, k, found);
      });
    }
    return b.loadIf(found >= 0, values, {found}, rest);
  });
}

/// Between the strings and the numbers of two parallel lists, as the input is
/// one or the other.
Result categoryMapper(MlCategoryMapperOp op, CoreBuilder &b) {
  if (!op.getCatsInt64s() || !op.getCatsStrings() || op.getCatsInt64s()->size() != op.getCatsStrings()->size())
    return op.emitOpError("has ") << (op.getCatsStrings() ? op.getCatsStrings()->size() : 0) << " strings and "
           << (op.getCatsInt64s() ? op.getCatsInt64s()->size() : 0) << " numbers";
  Value x = op.getX(), numbers = table(b, *op.getCatsInt64s(), b.getI64Type()), strings = table(b, *op.getCatsStrings());
  if (b.isString(x))
    return mapped(x, strings, numbers, constantOf(b, b.getI64Type(), int64_t(op.getDefaultInt64())), b);
  if (!b.elementOf(x).isSignlessInteger(64))
    return op.emitOpError("the input has type ") << x.getType() << ", expected strings or i64";
  return mapped(x, numbers, strings, b.text(op.getDefaultString()), b);
}

/// Keys or values of a LabelEncoder: the one list or tensor that is given, as a
/// constant; an error at `op` if there is none.
FailureOr<Value> listOf(MlLabelEncoderOp op, StringRef what, std::optional<ArrayRef<float>> floats,
                        std::optional<ArrayRef<int64_t>> ints, std::optional<ArrayAttr> strings,
                        std::optional<ElementsAttr> tensor, CoreBuilder &b) {
  if (strings)
    return table(b, *strings);
  if (floats)
    return table(b, *floats, b.getF32Type());
  if (ints)
    return table(b, *ints, b.getI64Type());
  if (!tensor)
    return op.emitOpError("has no ") << what, failure();
  auto flat = RankedTensorType::get(tensor->getNumElements(), tensor->getElementType());
  if (auto dense = dyn_cast<DenseStringElementsAttr>(*tensor))
    return b.literal(DenseStringElementsAttr::get(flat, dense.getRawStringData()));
  Value list = b.literal(*tensor);
  return b.rankOf(list) == 1 ? list : b.reshape(list, {b.sizeOf(list)});
}

/// The first form's: classes are numbered, and a string becomes its number or the
/// reverse. The later ones have keys and values.
FailureOr<std::pair<Value, Value>> keysAndValues(MlLabelEncoderOp op, CoreBuilder &b) {
  if (auto classes = op.getClassesStrings()) {
    Value strings = table(b, *classes), numbers = table(b, llvm::to_vector(llvm::seq<int64_t>(0, classes->size())), b.getI64Type());
    return b.isString(op.getX()) ? std::pair(strings, numbers) : std::pair(numbers, strings);
  }
  auto keys = listOf(op, "keys", op.getKeysFloats(), op.getKeysInt64s(), op.getKeysStrings(), op.getKeysTensor(), b);
  if (failed(keys))
    return failure();
  auto values = listOf(op, "values", op.getValuesFloats(), op.getValuesInt64s(), op.getValuesStrings(),
                       op.getValuesTensor(), b);
  if (failed(values))
    return failure();
  return std::pair(*keys, *values);
}

Result labelEncoder(MlLabelEncoderOp op, CoreBuilder &b) {
  auto lists = keysAndValues(op, b);
  if (failed(lists))
    return failure();
  auto [keys, values] = *lists;
  Value x = op.getX();
  Type key = b.elementOf(keys), value = b.elementOf(values);
  if (b.elementOf(x) != key)
    return op.emitOpError("the input has type ") << x.getType() << ", expected elements of the keys' type " << key;
  if (countOf(keys) != countOf(values))
    return op.emitOpError("has ") << countOf(keys) << " keys and " << countOf(values) << " values";
  Scalar rest = b.isString(values)       ? b.text(op.getDefaultString())
                : isa<FloatType>(value) ? constantOf(b, value, double(op.getDefaultFloat().convertToFloat()))
                                        : constantOf(b, value, int64_t(op.getDefaultInt64()));
  if (auto tensor = op.getDefaultTensor()) {
    if (tensor->getNumElements() != 1 || tensor->getElementType() != value)
      return op.emitOpError("default_tensor has type ") << tensor->getType() << ", expected one element of type " << value;
    rest = b.itemOf(b.literal(*tensor));
  }
  return mapped(x, keys, values, rest, b);
}

/// 1 at the place of the category, for each element of x.
Result oneHotEncoder(MlOneHotEncoderOp op, CoreBuilder &b) {
  auto categories = labelsOf(op, op.getCatsInt64s(), op.getCatsStrings(), b);
  if (failed(categories))
    return failure();
  Value all = *categories, x = op.getX();
  if (b.isString(x) != b.isString(all))
    return op.emitOpError("the input has type ") << x.getType() << ", the categories have " << all.getType();
  if (!b.isString(x))
    x = b.convert(x, b.getI64Type());
  Dims dims = b.dimsOf(x);
  dims.push_back(b.dim(1));
  Value y = b.map({b.reshape(x, dims), all}, [&](ArrayRef<Scalar> s) { return cast(s[0] == s[1], b.getF32Type()); });
  if (op.getZeros() == 0) {
    int64_t axis = b.rankOf(y) - 1;
    b.requireRange(b.convert(b.reduceMax(y, {axis}, /*keep=*/false), b.getI64Type()), b.index(1), b.index(2),
                   "an element is none of the categories");
  }
  return y;
}

/// The rows of a map from labels to numbers as the tensor that they are: the
/// labels are the attribute's, in its order.
Result zipMap(MlZipMapOp op, CoreBuilder &b) {
  auto x = rowsOf(op, op.getX(), b);
  if (failed(x))
    return failure();
  int64_t labels = op.getClasslabelsInt64s() ? op.getClasslabelsInt64s()->size()
                   : op.getClasslabelsStrings() ? op.getClasslabelsStrings()->size() : 0;
  if (labels == 0)
    return op.emitOpError("has no class labels");
  b.requireSame(b.dimOf(*x, 1), b.dim(labels), "the numbers of features and of class labels");
  return *x;
}

} // namespace

void addMlFeatureRecipes(RecipeTable &table) {
  table.add<arrayFeatureExtractor, binarizer, categoryMapper, featureVectorizer, imputer, labelEncoder, normalizer,
            oneHotEncoder, scaler, zipMap>();
}

} // namespace coil
