//===- CustomCall.cpp - operators of the user's own -----------------------===//
//
// Comes in: onnx.custom.Call with its declaration. Goes out: coil.custom of the
// user's function, with empty tensors for its outputs, whose sizes follow from
// the declaration or are asked of the user's shape function.
//
//===----------------------------------------------------------------------===//

#include "dialects/coil/Core.h"
#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"

using namespace coil::onnx;

namespace coil {
namespace {

class Custom {
public:
  Custom(CustomCallOp op, CoreBuilder &b) : op(op), b(b) {}

  Result build() {
    for (unsigned i = 0; i < op.getNumOperands(); ++i)
      if (failed(addInput(i)))
        return failure();
    for (auto [k, declared] : llvm::enumerate(op.getDeclaredOutputs().getAsRange<DictionaryAttr>()))
      if (failed(addOutput(k, declared)))
        return failure();
    if (op.getShapeFunction())
      askShapes();
    SmallVector<Value> destinations;
    for (auto [dims, element] : llvm::zip(shapes, elements)) {
      for (Dim d : dims)
        b.require(b.nonNegative(d), "a size of an output is negative");
      destinations.push_back(tensor::EmptyOp::create(b, dims, element));
    }
    auto call = core::CustomOp::create(b, TypeRange(ValueRange(destinations)), op.getFunction(), op.getOperatorName(), typesAttr(),
                                     op.getValues(), op.getStateful(), inputs, destinations);
    for (auto [result, dims] : llvm::zip(call.getResults(), shapes))
      b.remember(result, dims);
    return SmallVector<Value>(call.getResults());
  }

private:
  /// The declaration of an input; the last one's is that of all beyond it.
  DictionaryAttr declared(unsigned i) {
    ArrayAttr list = op.getDeclaredInputs();
    return list.empty() ? DictionaryAttr::get(op.getContext()) : cast<DictionaryAttr>(list[std::min<size_t>(i, list.size() - 1)]);
  }

  LogicalResult addInput(unsigned i) {
    Value x = op->getOperand(i);
    if (!given(x)) {
      types.push_back(b.getUnitAttr());
      return success();
    }
    Type element = b.elementOf(x);
    auto allowed = declared(i).getAs<ArrayAttr>("types");
    auto rank = declared(i).getAs<IntegerAttr>("rank");
    if (!isa<FloatType, IntegerType>(element))
      return op.emitOpError("input ") << i << " has type " << x.getType() << ", expected numbers";
    if (allowed && !llvm::is_contained(allowed, TypeAttr::get(element)))
      return op.emitOpError("input ") << i << " has type " << x.getType() << ", declared are " << allowed;
    if (rank && rank.getInt() != b.rankOf(x))
      return op.emitOpError("input ") << i << " has type " << x.getType() << ", declared is rank " << rank.getInt();
    if (b.rankOf(x) > core::kMaxRank)
      return op.emitOpError("input ") << i << " has rank " << b.rankOf(x) << ", expected at most " << core::kMaxRank;
    types.push_back(TypeAttr::get(element));
    inputs.push_back(x);
    return success();
  }

  LogicalResult addOutput(unsigned k, DictionaryAttr output) {
    auto input = [&](StringRef key) -> Value {
      auto number = output.getAs<IntegerAttr>(key);
      return number && number.getInt() < op.getNumOperands() && given(op->getOperand(number.getInt()))
                 ? op->getOperand(number.getInt())
                 : Value();
    };
    if (auto type = output.getAs<TypeAttr>("type"))
      elements.push_back(type.getValue());
    else if (Value like = input("type_of"))
      elements.push_back(b.elementOf(like));
    else
      return op.emitOpError("output ") << k << " has the type of an input that is absent";
    if (output.get("sizes"))
      return addSizes(k, output);
    if (auto rank = output.getAs<IntegerAttr>("rank"))
      shapes.push_back(Dims(rank.getInt(), b.dim(-1)));
    else if (Value like = input("shape_of"))
      shapes.push_back(b.dimsOf(like));
    else
      return op.emitOpError("output ") << k << " has the shape of an input that is absent";
    return success();
  }

  LogicalResult addSizes(unsigned k, DictionaryAttr output) {
    ArrayRef<int64_t> of = output.getAs<DenseI64ArrayAttr>("of").asArrayRef();
    Dims symbols;
    for (size_t s = 0; s < of.size(); s += 2) {
      Value x = of[s] < op.getNumOperands() ? op->getOperand(of[s]) : Value();
      if (!x || !given(x) || of[s + 1] >= b.rankOf(x)) {
        InFlightDiagnostic error = op.emitOpError("output ") << k << " has a size of dimension " << of[s + 1] << " of input " << of[s];
        return x && given(x) ? error << ", which has type " << x.getType() : error << ", which is absent";
      }
      symbols.push_back(b.dimOf(x, of[s + 1]));
    }
    Dims dims;
    for (AffineExpr size : output.getAs<AffineMapAttr>("sizes").getValue().getResults()) {
      dims.push_back(b.dim(evaluate(size, symbols)));
      if (wraps)
        return op.emitOpError("output ") << k << ": dimension " << dims.size() - 1 << " does not fit 64 bits";
      if (auto n = b.constant(dims.back()); n && *n < 0)
        return op.emitOpError("output ") << k << ": dimension " << dims.size() - 1 << " is " << *n;
    }
    shapes.push_back(dims);
    return success();
  }

  Scalar evaluate(AffineExpr expr, const Dims &symbols) {
    if (auto n = dyn_cast<AffineConstantExpr>(expr))
      return b.index(n.getValue());
    if (auto s = dyn_cast<AffineSymbolExpr>(expr))
      return b.index(symbols[s.getPosition()]);
    auto binary = cast<AffineBinaryOpExpr>(expr);
    Scalar x = evaluate(binary.getLHS(), symbols), y = evaluate(binary.getRHS(), symbols);
    auto m = x.constant(), n = y.constant();
    int64_t unused;
    if (expr.getKind() == AffineExprKind::Add) {
      wraps |= m && n && llvm::AddOverflow(*m, *n, unused);
      return x + y;
    }
    if (expr.getKind() == AffineExprKind::Mul) {
      wraps |= m && n && llvm::MulOverflow(*m, *n, unused);
      return x * y;
    }
    // A division by a positive number rounds down, whose rest is not negative.
    Scalar rest = x % y, below = rest < 0;
    return expr.getKind() == AffineExprKind::Mod ? select(below, rest + y, rest) : select(below, x / y - 1, x / y);
  }

  /// All sizes again, those that nobody knew as the function tells them.
  void askShapes() {
    SmallVector<Value> sizes;
    SmallVector<int64_t> ranks;
    for (const Dims &dims : shapes) {
      ranks.push_back(dims.size());
      for (Dim d : dims)
        sizes.push_back(b.index(d).value());
    }
    auto ask = core::CustomShapeOp::create(b, SmallVector<Type>(sizes.size(), b.getIndexType()), *op.getShapeFunction(),
                                         op.getOperatorName(), typesAttr(), op.getValues(), ranks, inputs, sizes);
    auto told = ask.getTold().begin();
    for (Dims &dims : shapes)
      for (Dim &d : dims) {
        Value size = *told++;
        if (b.constant(d) == -1)
          d = size;
      }
  }

  ArrayAttr typesAttr() {
    SmallVector<Attribute> all(types);
    for (Type element : elements)
      all.push_back(TypeAttr::get(element));
    return b.getArrayAttr(all);
  }

  CustomCallOp op;
  CoreBuilder &b;
  SmallVector<Value> inputs;
  SmallVector<Attribute> types; // of all inputs
  SmallVector<Type> elements;   // of the outputs
  SmallVector<Dims> shapes;
  bool wraps = false; // a size of known dimensions
};

Result customCall(CustomCallOp op, CoreBuilder &b) { return Custom(op, b).build(); }

} // namespace

void addCustomCallRecipes(RecipeTable &table) { table.add<customCall>(); }

} // namespace coil
