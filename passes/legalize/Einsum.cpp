//===- Einsum.cpp - sums of products by the names of dimensions -----------===//

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

/// The dimensions of a term: letters, and for those under an ellipsis the
/// numbers 1, 2, ... counted from its last one, so that they align on the right.
using Term = SmallVector<char>;

/// A tensor and the names of its dimensions; one may occur twice.
struct Operand {
  Value tensor;
  Term names;
};

struct Equation {
  SmallVector<Term> inputs;
  Term output;
};

/// Names of one term; its ellipsis stands for `covered` dimensions.
FailureOr<Term> parseTerm(EinsumOp op, StringRef text, int64_t covered) {
  Term names;
  bool ellipsis = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (llvm::isAlpha(text[i])) {
      names.push_back(text[i]);
    } else if (text.substr(i).starts_with("...") && !ellipsis) {
      ellipsis = true;
      for (int64_t k = covered; k > 0; --k)
        names.push_back(char(k));
      i += 2;
    } else {
      return op.emitOpError("equation '") << op.getEquation() << "' has '" << text.substr(i, 1)
             << "' where a letter or '...' is expected", failure();
    }
  }
  return names;
}

/// Without "->" the output has the ellipsis and the letters that occur once, in
/// order.
Term impliedOutput(ArrayRef<Term> inputs, int64_t covered) {
  SmallVector<int64_t> count(128);
  for (const Term &term : inputs)
    for (char c : term)
      ++count[c];
  Term output;
  for (int64_t k = covered; k > 0; --k)
    output.push_back(char(k));
  for (char c = 'A'; c <= 'z'; ++c)
    if (llvm::isAlpha(c) && count[c] == 1)
      output.push_back(c);
  return output;
}

FailureOr<Equation> parse(EinsumOp op, CoreBuilder &b) {
  std::string text = op.getEquation().str();
  llvm::erase(text, ' ');
  auto [left, right] = StringRef(text).split("->");
  bool arrow = StringRef(text).contains("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != op.getInputs().size())
    return op.emitOpError("equation '") << op.getEquation() << "' has " << terms.size() << " terms, expected "
                                        << op.getInputs().size(), failure();
  Equation e;
  int64_t covered = 0;
  for (auto [term, input] : llvm::zip(terms, op.getInputs())) {
    bool ellipsis = term.contains("...");
    int64_t letters = llvm::count_if(term, llvm::isAlpha), rank = b.rankOf(input);
    if (ellipsis ? rank < letters : rank != letters)
      return op.emitOpError("term '") << term << "' names " << letters << " dimensions of an operand of type "
                                      << input.getType(), failure();
    auto names = parseTerm(op, term, ellipsis ? rank - letters : 0);
    if (failed(names))
      return failure();
    covered = std::max(covered, ellipsis ? rank - letters : 0);
    e.inputs.push_back(*names);
  }
  if (!arrow) {
    e.output = impliedOutput(e.inputs, covered);
    return e;
  }
  auto output = parseTerm(op, right, covered);
  if (failed(output))
    return failure();
  for (auto [i, c] : llvm::enumerate(*output)) {
    bool known = llvm::any_of(e.inputs, [&](const Term &term) { return llvm::is_contained(term, c); });
    if (!known || llvm::is_contained(ArrayRef(*output).take_front(i), c))
      return op.emitOpError("equation '") << op.getEquation() << "': output dimension '" << c << "' "
             << (known ? "occurs twice" : "occurs in no term"), failure();
  }
  e.output = *output;
  return e;
}

/// The sum over all dimensions that `output` does not name of the product of
/// one or two operands.
Operand contract(CoreBuilder &b, ArrayRef<Operand> operands, const Term &output, Type sum) {
  Term loops = output;
  for (const Operand &o : operands)
    for (char c : o.names)
      if (!llvm::is_contained(loops, c))
        loops.push_back(c);
  // A dimension's size is what numpy's broadcasting makes of all that bear its
  // name.
  Dims sizes;
  for (char c : loops) {
    SmallVector<Dims> all;
    for (const Operand &o : operands)
      for (auto [axis, name] : llvm::enumerate(o.names))
        if (name == c)
          all.push_back({b.dimOf(o.tensor, axis)});
    sizes.push_back(b.broadcastDims(all)[0]);
  }
  if (b.facts.failed)
    return operands[0];

  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (const Operand &o : operands) {
    // A dimension of 1 is read at 0; one that only a run can tell to be 1 is
    // broadcast first.
    Dims own = b.dimsOf(o.tensor), full;
    auto loopOf = [&](char name) { return size_t(llvm::find(loops, name) - loops.begin()); };
    auto isOne = [&](size_t axis) { return b.constant(own[axis]) == 1; };
    bool known = true;
    for (auto [axis, name] : llvm::enumerate(o.names)) {
      full.push_back(sizes[loopOf(name)]);
      known &= isOne(axis) || b.same(own[axis], full.back());
    }
    SmallVector<AffineExpr> at;
    for (auto [axis, name] : llvm::enumerate(o.names))
      at.push_back(known && isOne(axis) && b.constant(full[axis]) != 1 ? b.getAffineConstantExpr(0)
                                                                        : b.getAffineDimExpr(loopOf(name)));
    inputs.push_back(known ? o.tensor : b.broadcast(o.tensor, full));
    maps.push_back(AffineMap::get(loops.size(), 0, at, b.getContext()));
  }
  auto product = [&](ArrayRef<Scalar> factors) {
    Scalar result = cast(factors[0], sum);
    for (Scalar x : factors.drop_front())
      result = result * cast(x, sum);
    return result;
  };
  if (loops.size() == output.size()) // nothing is summed
    return {b.map(inputs, maps, sizes, product), output};
  Value y = b.accumulate(
      inputs, maps, sizes, output.size(), [&](auto &builder) { return constantOf(builder, sum, 0); },
      [&](ArrayRef<Scalar> s) { return s.back() + product(s.drop_back()); });
  return {y, output};
}

/// Two operands at a time, from the left; what nobody names any more is summed
/// at once.
Result einsum(EinsumOp op, CoreBuilder &b) {
  auto equation = parse(op, b);
  if (failed(equation))
    return failure();
  SmallVector<Operand> rest;
  for (auto [tensor, names] : llvm::zip(op.getInputs(), equation->inputs))
    rest.push_back({tensor, names});
  Type element = b.elementOf(rest[0].tensor), sum = sumType(element);
  while (rest.size() > 2) {
    Term kept;
    auto needed = [&](char c) {
      return llvm::is_contained(equation->output, c) ||
             llvm::any_of(ArrayRef(rest).drop_front(2), [&](const Operand &o) { return llvm::is_contained(o.names, c); });
    };
    for (const Operand &o : ArrayRef(rest).take_front(2))
      for (char c : o.names)
        if (needed(c) && !llvm::is_contained(kept, c))
          kept.push_back(c);
    rest[1] = contract(b, ArrayRef(rest).take_front(2), kept, sum);
    rest.erase(rest.begin());
    if (b.facts.failed)
      return failure();
  }
  Value y = contract(b, rest, equation->output, sum).tensor;
  return b.facts.failed ? Result(failure()) : Result(b.convert(y, element));
}

} // namespace

void addEinsumRecipes(RecipeTable &table) { table.add<einsum>(); }

} // namespace coil
