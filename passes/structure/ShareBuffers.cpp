//===- ShareBuffers.cpp - can an output lie in an input's buffer? ---------===//
//
// Comes in: @main with `coil.share` on results, as the user asked for. Goes out:
// the same with the axis along which each of them grows, or an error that says
// why it cannot be. Before kernels are cut, which then know that such a buffer
// has rows apart; it is bound to one memory in `bufferize`.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/Remarks.h"
#include "passes/support/Share.h"

namespace coil {
#define GEN_PASS_DEF_SHAREBUFFERSPASS
#include "passes/structure/Passes.h.inc"

namespace {
/// One output that is to lie in the buffer of an input.
class Sharing {
public:
  Sharing(func::FuncOp main, unsigned output, Share share)
      : main(main), output(output), share(share), input(main.getArgument(share.input)),
        result(main.front().getTerminator()->getOperand(output)) {}

  LogicalResult run() {
    if (failed(checkTypes()))
      return failure();
    if (share.grows() && failed(findAxis()))
      return failure();
    setShare(main, output, share);
    auto remark = remark::passed(result.getLoc(), remark::RemarkOpts::name("ShareBuffers").category("structure").function(main.getName()));
    remark << "output '" << outputName() << "' lies in the buffer of input '" << inputName() << "'";
    if (share.grows())
      remark << ", which has room" << remark::metric("capacity", share.capacity) << remark::metric("axis", share.axis);
    return success();
  }

private:
  std::string nameOf(DictionaryAttr attrs) const {
    auto name = attrs ? attrs.getAs<StringAttr>("onnx.name") : StringAttr();
    return name ? name.str() : "?";
  }
  std::string outputName() { return nameOf(main.getResultAttrDict(output)); }
  std::string inputName() { return nameOf(main.getArgAttrDict(share.input)); }

  LogicalResult refuse(const Twine &reason) {
    return emitError(result.getLoc()) << "output '" << outputName() << "' cannot share the buffer of input '" << inputName()
                                      << "': " << reason;
  }

  /// "tensor<?x4xf32>", as ONNX has it where that is known.
  std::string text(Type type, DictionaryAttr attrs) const {
    if (auto own = attrs ? attrs.getAs<TypeAttr>("onnx.type") : TypeAttr())
      type = own.getValue();
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return text;
  }

  LogicalResult checkTypes() {
    auto in = dyn_cast<RankedTensorType>(input.getType()), out = dyn_cast<RankedTensorType>(result.getType());
    std::string inText = text(input.getType(), main.getArgAttrDict(share.input));
    std::string outText = text(result.getType(), main.getResultAttrDict(output));
    if (!in || !out)
      return refuse("they are " + outText + " and " + inText + ", expected tensors");
    if (StringRef(inText).contains("!coil.string"))
      return refuse("strings have no place of their own");
    // Of the model: in memory signs and booleans are alike.
    auto element = [](RankedTensorType type, DictionaryAttr attrs) {
      auto model = attrs ? attrs.getAs<TypeAttr>("onnx.type") : TypeAttr();
      auto tensor = model ? dyn_cast<RankedTensorType>(model.getValue()) : RankedTensorType();
      return (tensor ? tensor : type).getElementType();
    };
    bool same = in.getElementType() == out.getElementType() && in.getRank() == out.getRank() &&
                element(in, main.getArgAttrDict(share.input)) == element(out, main.getResultAttrDict(output));
    if (!same)
      return refuse("they are " + outText + " and " + inText + ", expected one rank and element type");
    if (share.grows())
      return success();
    for (auto [axis, n, m] : llvm::enumerate(out.getShape(), in.getShape()))
      if (!ShapedType::isDynamic(n) && !ShapedType::isDynamic(m) && n != m)
        return refuse("dimension " + Twine(axis) + " is " + Twine(n) + " and " + Twine(m) +
                      "; where it grows, a capacity must be given");
    return success();
  }

  /// The output begins with the input, and is longer along one axis only.
  LogicalResult findAxis() {
    tensor::InsertSliceOp insert = appendTo(result, input);
    if (!insert)
      return refuse("it is not what Concat, or a cache's operator, makes of the input and new rows");
    auto empty = insert.getDest().getDefiningOp<tensor::EmptyOp>();
    if (!empty || !llvm::all_of(insert.getMixedOffsets(), isZeroInteger) || !insert.hasUnitStride())
      return refuse("the input is not at its beginning");
    OpBuilder b(insert);
    SmallVector<OpFoldResult> sizes = empty.getMixedSizes();
    int64_t growing = 0;
    for (auto [axis, part, whole] : llvm::enumerate(insert.getMixedSizes(), sizes))
      if (!isEqualConstantIntOrValue(part, whole)) {
        share.axis = axis;
        ++growing;
      }
    if (growing != 1)
      return refuse("it grows along " + Twine(growing) + " dimensions, expected one");
    for (int64_t size : {cast<RankedTensorType>(input.getType()).getDimSize(share.axis), insert.getType().getDimSize(share.axis)})
      if (!ShapedType::isDynamic(size) && size > share.capacity)
        return refuse("dimension " + Twine(share.axis) + " is " + Twine(size) + ", more than the capacity " + Twine(share.capacity));
    return success();
  }

  func::FuncOp main;
  unsigned output;
  Share share;
  BlockArgument input;
  Value result;
};

struct ShareBuffersPass : impl::ShareBuffersPassBase<ShareBuffersPass> {
  void runOnOperation() override {
    func::FuncOp main = getOperation();
    if (main.isDeclaration())
      return;
    for (unsigned output = 0; output < main.getNumResults(); ++output)
      if (auto share = shareOfOutput(main, output); share && failed(Sharing(main, output, *share).run()))
        return signalPassFailure();
  }
};
} // namespace
} // namespace coil
