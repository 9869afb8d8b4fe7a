//===- CoreBuilder.h - core IR without stated shapes ----------------------===//
//
// What recipes build with. Every function broadcasts its operands, infers its
// result's type and folds, so that a recipe never spells a shape and shape
// computations (Shape -> Gather -> Concat -> Reshape) dissolve while they are
// built. The builder remembers the dimensions of each tensor it made: the SSA
// value of a dynamic dimension is one, and equal dimensions are equal values.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_COREBUILDER_H
#define COIL_PASSES_LEGALIZE_COREBUILDER_H

#include "passes/legalize/Scalar.h"

namespace coil {

using Dim = OpFoldResult; // an index attribute or an index value
using Dims = SmallVector<Dim>;

/// Branches of different rank: which one the code after it is made for. All
/// ways are tried in turn until one fits.
class Assumptions {
public:
  /// The next one, true at first.
  bool next() {
    if (used == list.size())
      list.push_back(true);
    return list[used++];
  }
  /// The same way from its beginning.
  Assumptions restarted() const {
    Assumptions same(*this);
    same.used = 0;
    return same;
  }
  /// Goes on to the next way; false when all have been tried.
  bool another() {
    while (!list.empty() && !list.back())
      list.pop_back();
    if (list.empty())
      return false;
    list.back() = false;
    used = 0;
    return true;
  }

private:
  SmallVector<bool> list;
  size_t used = 0;
};

/// The strings that a model knows; each one's number is its place. The empty one
/// is 0, so that what is filled with zeros where tensors hold numbers is filled
/// with empty strings here.
class Strings {
public:
  Strings() { number(""); }
  int64_t number(StringRef text) {
    auto [entry, isNew] = numbers.try_emplace(text, texts.size());
    if (isNew)
      texts.push_back(text.str());
    return entry->second;
  }
  ArrayRef<std::string> all() const { return texts; }

private:
  llvm::StringMap<int64_t> numbers;
  std::vector<std::string> texts;
};

/// What is known about the tensors of one function.
struct TensorFacts {
  explicit TensorFacts(Assumptions &assumptions) : assumptions(&assumptions) {}
  Assumptions *assumptions;
  DenseMap<Value, Dims> dims;
  Strings strings;
  /// The op at work.
  Operation *node = nullptr;
  /// An error was emitted while building: the recipe at work has failed.
  bool failed = false;
  /// Goes on with the next op after one has failed, for its errors.
  bool allErrors = false;
};

/// On an arith.truncf: the model asks for this rounding, which is then no matter
/// of how a tensor is stored.
inline constexpr llvm::StringLiteral kAskedRounding = "coil.asked";
/// The value that a tensor holds for a scalar (ui8 where the scalar is an i8),
/// and back.
Value stored(Scalar scalar);
Scalar loaded(ImplicitLocOpBuilder &b, Value element);

class CoreBuilder : public ImplicitLocOpBuilder {
public:
  CoreBuilder(Location loc, OpBuilder &builder, TensorFacts &facts)
      : ImplicitLocOpBuilder(loc, builder), facts(facts) {}

  //===--------------------------------------------------------------------===//
  // Types and dimensions
  //===--------------------------------------------------------------------===//

  static RankedTensorType typeOf(Value tensor) { return cast<RankedTensorType>(tensor.getType()); }
  static int64_t rankOf(Value tensor) { return typeOf(tensor).getRank(); }
  static Type elementOf(Value tensor) { return typeOf(tensor).getElementType(); }

  Dims dimsOf(Value tensor);
  Dim dimOf(Value tensor, int64_t axis) { return dimsOf(tensor)[axis]; }
  /// Says that `tensor` has these dimensions.
  Value remember(Value tensor, const Dims &dims);
  RankedTensorType tensorOf(const Dims &dims, Type element);

  Dim dim(int64_t n) { return getIndexAttr(n); }
  static std::optional<int64_t> constant(Dim d) { return getConstantIntValue(d); }
  /// Known to be the same number in every run.
  static bool same(Dim a, Dim b);
  Scalar index(Dim d);
  Scalar index(int64_t n) { return constantOf(*this, getIndexType(), n); }
  Dim dim(Scalar n) { return getAsOpFoldResult(n.value()); }
  /// Computes a dimension from others: dim({a, b}, [](auto d) { return d[0] + d[1]; }).
  Dim dim(ArrayRef<Dim> operands, function_ref<Scalar(ArrayRef<Scalar>)> formula);
  Dim product(ArrayRef<Dim> dims);
  /// d >= 0, which for a size and what is computed from sizes holds already.
  Scalar nonNegative(Dim d);
  Dim sum(Dim a, Dim b);
  /// a - b; of a sum that b is a part of, the other part.
  Scalar difference(Scalar a, Scalar b);
  /// The number of elements.
  Dim sizeOf(Value tensor) { return product(dimsOf(tensor)); }

  //===--------------------------------------------------------------------===//
  // Constants and elements
  //===--------------------------------------------------------------------===//

  Value literal(ElementsAttr value);
  /// A 1-D tensor of strings.
  Value literal(ArrayRef<StringRef> texts);
  Scalar text(StringRef text);
  Type getStringType();
  static bool isString(Value tensor);
  Value splat(const Dims &dims, Scalar value);
  /// A rank-0 tensor of `value`.
  Value scalar(Scalar value) { return splat({}, value); }
  Value fromElements(ArrayRef<Scalar> elements, ArrayRef<int64_t> shape, Type element);
  /// A 1-D i64 tensor of dimensions, as ONNX passes shapes.
  Value fromDims(const Dims &dims);
  /// The elements of a small tensor that the program spells out.
  std::optional<SmallVector<Scalar>> elementsOf(Value tensor);
  /// The elements of a tensor known at compile time as integers, of any size.
  std::optional<SmallVector<int64_t>> integersOf(Value tensor);
  /// The elements of a 1-D integer tensor as dimensions. Where they are not
  /// spelled out they are read at run time; fails when their number is unknown.
  std::optional<Dims> indicesOf(Value tensor);
  /// The same of exactly `count` elements, checked by the run where the type
  /// does not say it.
  std::optional<Dims> indicesOf(Value tensor, int64_t count);
  /// The only element of a one-element tensor.
  Scalar itemOf(Value tensor);

  //===--------------------------------------------------------------------===//
  // Tensors from formulas
  //===--------------------------------------------------------------------===//

  using Formula = function_ref<Scalar(ArrayRef<Scalar>)>;

  /// y[i...] = formula(x0[i...], x1[i...], ...) with numpy broadcasting.
  Value map(ValueRange inputs, Formula formula);
  Value map(Value x, function_ref<Scalar(Scalar)> formula) {
    return map(ValueRange{x}, [&](ArrayRef<Scalar> s) { return formula(s[0]); });
  }
  /// y[i...] = formula(i...). Read other tensors in it with `load`.
  Value generate(const Dims &dims, Formula formula);
  /// Element of a tensor inside a formula; the indices must be in range.
  Scalar load(Value tensor, ArrayRef<Scalar> indices);
  /// The same where `condition` holds; elsewhere the indices may be anything.
  Scalar loadIf(Scalar condition, Value tensor, ArrayRef<Scalar> indices, Scalar otherwise);

  /// destination[i...] = formula(x0[i...], ..., destination[i...]), written in
  /// place where the old values are needed no more. The inputs broadcast to it.
  Value update(Value destination, ValueRange inputs, Formula formula);

  /// The same where `maps` say at which of the result's `dims` each input is read.
  Value map(ValueRange inputs, SmallVector<AffineMap> maps, const Dims &dims, Formula formula);

  /// An accumulation over a loop nest: each output element starts from `init`
  /// and is updated by `combine(inputs..., accumulator)`. The first loops, as
  /// many as `result` has dimensions, are the result's; the others reduce.
  /// `maps` say where each input is read; `sizes` gives each loop's extent.
  Value accumulate(ValueRange inputs, ArrayRef<AffineMap> maps, const Dims &sizes, int64_t resultRank,
                   function_ref<Scalar(ImplicitLocOpBuilder &)> init, Formula combine);
  /// Reduces `axes`; the result keeps them as 1 if `keep`. `init` gives the
  /// start value in the accumulator's type.
  Value reduce(Value x, ArrayRef<int64_t> axes, bool keep,
               function_ref<Scalar(ImplicitLocOpBuilder &)> init, Formula combine);
  Value reduceSum(Value x, ArrayRef<int64_t> axes, bool keep);
  Value reduceMax(Value x, ArrayRef<int64_t> axes, bool keep);
  /// Batched matrix product with numpy's rules for rank >= 2, accumulated in
  /// f32 for narrower floats.
  Value matmul(Value a, Value b);
  /// The same with terms of one's own, term(a, b, parameters...) in the type
  /// `sum`. Parameters broadcast against the product: one for each row is [M, 1].
  Value matmul(Value a, Value b, Type sum, Formula term, ValueRange parameters = {});

  //===--------------------------------------------------------------------===//
  // Movement
  //===--------------------------------------------------------------------===//

  Value broadcast(Value x, const Dims &dims);
  /// The dimensions that numpy broadcasting gives, of `tensors` if given; checks at run time what is
  /// not known to agree.
  Dims broadcastDims(ArrayRef<Dims> shapes, ValueRange tensors = {});
  Value reshape(Value x, const Dims &dims);
  Value transpose(Value x, ArrayRef<int64_t> permutation);
  /// Elements offset + i * stride along each dimension; strides may be negative
  /// when given as constants.
  Value slice(Value x, const Dims &offsets, const Dims &sizes, const Dims &strides);
  /// x[i], without the first dimension. A view.
  Value row(Value x, Dim i);
  Value concat(ValueRange inputs, int64_t axis);
  /// `value` outside of `x`, which starts at `low` in a tensor that is larger
  /// by low + high.
  Value pad(Value x, const Dims &low, const Dims &high, Scalar value);
  Value convert(Value x, Type element);
  /// The same data with dimensions that are only known to us: `?` becomes a number.
  Value retype(Value x, RankedTensorType type);

  //===--------------------------------------------------------------------===//
  // Step by step
  //===--------------------------------------------------------------------===//

  using LoopBody = function_ref<SmallVector<Value>(Scalar, ArrayRef<Value>)>;
  using NestBody = function_ref<SmallVector<Value>(ArrayRef<Scalar>, ArrayRef<Value>)>;

  /// carried = body(i, carried) for each i in [0, count); types do not change.
  SmallVector<Value> loop(Dim count, ArrayRef<Value> initial, LoopBody body);
  /// The same as `loop` with one scalar; may stand inside a formula.
  Scalar fold(Scalar count, Scalar start, function_ref<Scalar(Scalar, Scalar)> step);
  /// start, step(start), step(step(start)), ...: the first for which `again` does
  /// not hold. May stand inside a formula.
  Scalar iterate(Scalar start, function_ref<Scalar(Scalar)> again, function_ref<Scalar(Scalar)> step);
  /// `whole` with `part` in it at `offsets`; a part of lower rank has extent one
  /// along the first dimensions.
  Value insert(Value part, Value whole, const Dims &offsets);
  /// A nest of loops, the last one innermost.
  SmallVector<Value> loops(ArrayRef<Dim> counts, ArrayRef<Value> initial, NestBody body);
  /// The values of one branch; both give the same types.
  SmallVector<Value> choose(Scalar condition, function_ref<SmallVector<Value>()> yes,
                            function_ref<SmallVector<Value>()> no);
  /// `tensor` with one element replaced; the indices must be in range.
  Value store(Scalar value, Value tensor, ArrayRef<Scalar> indices);

  using Place = function_ref<SmallVector<Scalar>(Scalar)>;
  using Before = function_ref<Scalar(Scalar, Scalar)>;
  /// Of the items 0 ... among-1, the first `count` in the strict order `before`,
  /// as numbers in `into`, where entry j lies at `at(j)`. O(among log count).
  Value firstOf(Value into, Dim among, Dim count, Place at, Before before);
  /// The positions where a 1-D tensor is not zero, as i64.
  Value positionsOf(Value flags);

  //===--------------------------------------------------------------------===//
  // Indices that the data holds
  //===--------------------------------------------------------------------===//

  /// Each index is in [-bound, bound); with several bounds, the last axis of
  /// `indices` runs over them.
  void requireInRange(Value indices, ArrayRef<Dim> bounds);
  /// An index of a dimension `n`, counted from the end if negative. It is in
  /// range whatever `i` is, so that reading there is safe.
  Scalar position(Scalar i, Dim n);
  /// The elements of a list that has at most `count`, `rest` for those it lacks.
  Dims listOf(Value list, int64_t count, int64_t rest);

  /// The last `count` elements of a list of unknown length, `rest` in front of
  /// those it has if it has fewer.
  std::optional<Dims> listFrom(Value list, int64_t count, int64_t rest);

  /// Lets a function of runtime/rt.h fill new tensors, and tells it the node's
  /// name if it has something to say about it. Strings are handed over as
  /// numbers; truth values take a byte.
  SmallVector<Value> callRuntime(StringRef function, ArrayRef<Value> inputs, ArrayRef<std::pair<Dims, Type>> results,
                                 bool named = false);

  /// The ONNX node that is built, for messages of a run.
  StringRef nodeName();
  /// Emits an error at this node and marks the recipe as failed.
  void error(const Twine &message);
  /// Fails the run with a message that names this node unless `condition` holds.
  /// What `numbers` are in a run stands for {0} and {1} in the message; without
  /// them, of two sizes that must be equal those that no message can know are told.
  void require(Scalar condition, const Twine &message, ArrayRef<Scalar> numbers = {});
  /// Two dimensions must agree: an error where they cannot, else a check at run time.
  void requireSame(Dim a, Dim b, const Twine &what);
  /// "dimension 1 of input 0", or "a dimension" of what the node does not read as it is.
  std::string nameOf(Value tensor, unsigned axis);
  /// Fails the run unless every element of the integer tensor is in [low, high).
  void requireRange(Value x, Scalar low, Scalar high, const Twine &message);

  TensorFacts &facts;

private:
  Value stringLiteral(DenseStringElementsAttr strings);
  Value numbered(ArrayRef<StringRef> texts, RankedTensorType type);
  /// Fills a block of scf and ends it with what it yields.
  SmallVector<Value> yielding(Block *block, function_ref<SmallVector<Value>()> make);
  /// The body of a linalg.generic: one argument for each element type, and what
  /// `formula` makes of the arguments as its result.
  std::pair<std::unique_ptr<Block>, Scalar> body(ArrayRef<Type> elements, Formula formula);
  Value generic(ValueRange inputs, Value init, ArrayRef<AffineMap> maps, int64_t parallel,
                std::unique_ptr<Block> body);
  Value mapElements(ArrayRef<SmallVector<Scalar>> inputs, ArrayRef<RankedTensorType> types,
                    const Dims &dims, Formula formula);
  /// How `x` is read in a loop nest of `dims` that it broadcasts to; `x` is made
  /// larger first where only a run can tell which of its dimensions are 1.
  std::pair<Value, AffineMap> broadcastAccess(Value x, const Dims &dims);
  /// Of a tensor that is spelled out: y[i...] is x at source(axis, i) for each of
  /// x's axes. Null for any other tensor.
  Value rearranged(Value x, ArrayRef<int64_t> shape, function_ref<int64_t(int64_t, ArrayRef<int64_t>)> source);
  Value regroup(Value x, const Dims &dims, ArrayRef<std::pair<unsigned, unsigned>> groups);
};

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_COREBUILDER_H
