// What a declaration must say so that legalization can go by it.

#include "dialects/onnx/Onnx.h"

using namespace mlir;
using namespace coil::onnx;

LogicalResult CustomCallOp::verify() {
  auto inputs = getDeclaredInputs().getAsRange<DictionaryAttr>();
  auto outputs = getDeclaredOutputs().getAsRange<DictionaryAttr>();
  int64_t count = getDeclaredInputs().size();
  for (DictionaryAttr input : inputs) {
    auto types = input.getAs<ArrayAttr>("types");
    if ((input.get("types") && (!types || !llvm::all_of(types, llvm::IsaPred<TypeAttr>))) ||
        (input.get("rank") && !input.getAs<IntegerAttr>("rank")))
      return emitOpError("has a malformed declaration of an input: ") << input;
  }
  if (getNumResults() != getDeclaredOutputs().size())
    return emitOpError("has ") << getNumResults() << " results, " << getDeclaredOutputs().size() << " are declared";
  auto isInput = [&](IntegerAttr number) { return number && number.getInt() >= 0 && number.getInt() < count; };
  for (DictionaryAttr output : outputs) {
    auto sizes = output.getAs<AffineMapAttr>("sizes");
    auto of = output.getAs<DenseI64ArrayAttr>("of");
    bool typed = output.getAs<TypeAttr>("type") || isInput(output.getAs<IntegerAttr>("type_of"));
    bool ranked = output.getAs<IntegerAttr>("rank") && getShapeFunction();
    bool mapped = sizes && of && sizes.getValue().getNumDims() == 0 &&
                  2 * sizes.getValue().getNumSymbols() == of.size();
    for (int64_t i = 0; mapped && i < of.size(); i += 2)
      mapped = of[i] >= 0 && of[i] < count && of[i + 1] >= 0;
    if (!typed || !(ranked || mapped || isInput(output.getAs<IntegerAttr>("shape_of"))))
      return emitOpError("has a malformed declaration of an output: ") << output;
  }
  return success();
}
