//===- Text.cpp - operators that look at the characters of strings --------===//
//
// Each is a call of the runtime on whole tensors, and what can be said of numbers
// around it.
//
//===----------------------------------------------------------------------===//

#include "dialects/coil/Core.h"
#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"
#include "passes/legalize/Regex.h"

using namespace coil::onnx;

namespace coil {
namespace {

LogicalResult areStrings(Operation *op, ValueRange operands) {
  for (Value x : operands)
    if (!CoreBuilder::isString(x))
      return op->emitOpError("an operand has type ") << x.getType() << ", expected strings";
  return success();
}

Value countOf(Value x, CoreBuilder &b) { return b.index(b.sizeOf(x)).value(); }

Result stringConcat(StringConcatOp op, CoreBuilder &b) {
  if (failed(areStrings(op, op->getOperands())))
    return failure();
  Dims dims = b.broadcastDims({b.dimsOf(op.getA()), b.dimsOf(op.getB())});
  if (b.facts.failed)
    return failure();
  Value x = b.broadcast(op.getA(), dims), y = b.broadcast(op.getB(), dims);
  return b.callRuntime("coil_rt_string_concat", {x, y, countOf(x, b)}, {{dims, b.getStringType()}})[0];
}

/// The parts of each string, as many as the one with the most has, and how many
/// each has. Without a delimiter white space of any length is one.
Result stringSplit(StringSplitOp op, CoreBuilder &b) {
  Value x = op.getX();
  if (failed(areStrings(op, x)))
    return failure();
  if (op.getMaxsplit() && int64_t(*op.getMaxsplit()) < 0)
    return op.emitOpError("maxsplit is ") << int64_t(*op.getMaxsplit()) << ", expected at least 0";
  Dims dims = b.dimsOf(x);
  Value delimiter = b.text(op.getDelimiter().value_or("")).value();
  Value most = b.index(op.getMaxsplit() ? *op.getMaxsplit() : std::numeric_limits<int64_t>::max()).value();
  Value counts = b.callRuntime("coil_rt_string_parts", {x, countOf(x, b), delimiter, most}, {{dims, b.getI64Type()}})[0];
  Value flat = b.reshape(counts, {b.sizeOf(counts)});
  Scalar widest = b.fold(b.index(b.sizeOf(flat)), b.index(0), [&](Scalar i, Scalar so) {
    return max(so, cast(b.load(flat, {i}), b.getIndexType()));
  });
  Dim width = b.dim(widest);
  Dims all(dims);
  all.push_back(width);
  Value y = b.callRuntime("coil_rt_string_split", {x, countOf(x, b), delimiter, most, widest.value()},
                          {{all, b.getStringType()}})[0];
  return {y, counts};
}

//===----------------------------------------------------------------------===//
// StringNormalizer
//===----------------------------------------------------------------------===//

/// Whether the language has an i without a dot.
bool isTurkic(StringRef locale) {
  StringRef language = locale.take_while(llvm::isAlpha);
  return language == "tr" || language == "az";
}

/// What is left of a list without the stopwords, in capitals or small letters if
/// asked. Where nothing is left there is one empty string.
Result stringNormalizer(StringNormalizerOp op, CoreBuilder &b) {
  Value x = op.getX();
  int64_t rank = b.rankOf(x);
  StringRef action = op.getCaseChangeAction();
  if (failed(areStrings(op, x)))
    return failure();
  if (rank != 1 && rank != 2)
    return op.emitOpError("the input has type ") << x.getType() << ", expected [C] or [1, C]";
  if (action != "NONE" && action != "LOWER" && action != "UPPER")
    return op.emitOpError("case_change_action is '") << action << "', expected 'NONE', 'LOWER' or 'UPPER'";
  if (rank == 2)
    b.requireSame(b.dimOf(x, 0), b.dim(1), "the first dimension and 1");
  if (b.facts.failed)
    return failure();
  Value flat = b.reshape(x, {b.dimOf(x, rank - 1)});
  Value turkic = arith::ConstantOp::create(b, b.getI32IntegerAttr(isTurkic(op.getLocale().value_or(""))));
  auto changed = [&](Value list, StringRef how) {
    return b.callRuntime(how == "LOWER" ? "coil_rt_string_lower" : "coil_rt_string_upper", {list, countOf(list, b), turkic},
                         {{b.dimsOf(list), b.getStringType()}})[0];
  };
  Value y = action == "NONE" ? flat : changed(flat, action);
  auto stopwords = op.getStopwords();
  if (!stopwords || stopwords->empty())
    return b.reshape(y, b.dimsOf(x));

  Value words = b.literal(llvm::map_to_vector(stopwords->getAsRange<StringAttr>(), [](StringAttr s) { return s.getValue(); }));
  Value keys = flat;
  if (!op.getIsCaseSensitive())
    words = changed(words, "LOWER"), keys = changed(flat, "LOWER");
  Value kept = b.map(keys, [&](Scalar key) {
    Scalar none = constantOf(b, b.getI64Type(), 0);
    return b.fold(b.index(b.dimOf(words, 0)), none.like(1), [&](Scalar k, Scalar so) {
      return select(b.load(words, {k}) == key, none, so);
    });
  });
  Value places = b.positionsOf(kept);
  Scalar left = b.index(b.dimOf(places, 0)), any = left > 0;
  Dims dims(rank, b.dim(1));
  dims.back() = b.dim(max(left, b.index(1)));
  return b.generate(dims, [&](ArrayRef<Scalar> i) {
    Scalar place = cast(b.loadIf(any, places, {i.back()}, constantOf(b, b.getI64Type(), 0)), b.getIndexType());
    return b.loadIf(any, y, {place}, b.text(""));
  });
}

//===----------------------------------------------------------------------===//
// RegexFullMatch
//===----------------------------------------------------------------------===//

/// The pattern becomes an automaton here; a run follows its table, a byte a step.
Result regexFullMatch(RegexFullMatchOp op, CoreBuilder &b) {
  Value x = op.getX();
  if (failed(areStrings(op, x)))
    return failure();
  std::string reason;
  auto automaton = compileRegex(op.getPattern().value_or(""), reason);
  if (!automaton)
    return op.emitOpError("pattern '") << op.getPattern().value_or("") << "' " << reason;
  auto constant = [&](auto values, Type element) {
    return b.literal(DenseElementsAttr::get(RankedTensorType::get(int64_t(values.size()), element), ArrayRef(values)));
  };
  Value classes = constant(automaton->classes, b.getI8Type()), moves = constant(automaton->moves, b.getI32Type());
  Value found = b.callRuntime("coil_rt_string_match",
                              {x, countOf(x, b), classes, moves, b.index(automaton->width).value()},
                              {{b.dimsOf(x), b.getI8Type()}})[0];
  return b.map(found, [](Scalar s) { return s != 0; });
}

} // namespace

void addTextRecipes(RecipeTable &table) {
  table.add<stringConcat, stringSplit, stringNormalizer, regexFullMatch>();
}

} // namespace coil
