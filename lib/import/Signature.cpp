// In: the ValueInfoProtos of graph inputs and outputs. Out: types, and the
// attributes onnx.name and onnx.dims. A dynamic size keeps its ONNX name, so
// that two `?` known to be equal are known to be equal in every later stage.

#include "lib/import/Signature.h"
#include "lib/import/Types.h"

#include "dialects/coil/Core.h"
#include "dialects/onnx/Onnx.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace coil::importer {

Symbols::Dim Symbols::resolve(llvm::StringRef name) {
  std::string &symbol = symbols[name];
  if (symbol.empty()) {
    symbol = identifier(name);
    for (int i = 2; !taken.insert(symbol).second; ++i)
      symbol = identifier(name) + "_" + std::to_string(i);
  }
  // The user may have read the name in the model or in what COIL made of it.
  for (llvm::StringRef key : {name, llvm::StringRef(symbol)})
    if (auto it = fixed.find(key); it != fixed.end()) {
      usedFixes.insert(key);
      return {it->second, ""};
    }
  return {ShapedType::kDynamic, symbol};
}

llvm::SmallVector<llvm::StringRef> Symbols::unusedFixes() const {
  llvm::SmallVector<llvm::StringRef> unused;
  for (const auto &fix : fixed)
    if (!usedFixes.contains(fix.getKey()))
      unused.push_back(fix.getKey());
  llvm::sort(unused); // a StringMap has no order of its own
  return unused;
}

static DictionaryAttr
makeAttrs(llvm::StringRef name,
          std::optional<llvm::SmallVector<std::string>> dims, Builder b) {
  NamedAttrList attrs;
  attrs.append("onnx.name", b.getStringAttr(name));
  if (dims)
    attrs.append("onnx.dims",
                 b.getStrArrayAttr(llvm::to_vector_of<llvm::StringRef>(*dims)));
  return attrs.getDictionary(b.getContext());
}

/// Sizes fit 31 bits each and the tensor the address space.
static LogicalResult
checkShape(llvm::ArrayRef<int64_t> shape,
           llvm::function_ref<InFlightDiagnostic()> error) {
  int64_t elements = 1;
  bool overflow = false;
  for (int64_t size : shape) {
    if (ShapedType::isDynamic(size))
      continue;
    if (size < 0)
      return error() << "has the negative dimension " << size;
    if (size > INT32_MAX)
      return error() << "has a dimension of " << size << ", more than 2^31 - 1";
    overflow |= size != 0 && llvm::MulOverflow(elements, size, elements);
  }
  // Eight bytes is the widest element.
  if (overflow || elements > INT64_MAX / 8)
    return error() << "is larger than the address space";
  return success();
}

static Symbols::Dim importDim(const pb::TensorShapeProto::Dimension &dim,
                              llvm::StringRef input, int index,
                              Symbols &symbols) {
  if (dim.has_dim_value())
    return {dim.dim_value(), ""};
  if (dim.has_dim_param() && !dim.dim_param().empty())
    return symbols.resolve(dim.dim_param());
  return symbols.resolve(input.str() + "_d" + std::to_string(index));
}

using Complain = llvm::function_ref<InFlightDiagnostic()>;

/// What is known of each tensor of a sequence, and of a tensor that may be
/// absent. Names of dimensions are no promise there: tensors of one sequence
/// differ in size.
static Type contentTensor(const pb::TypeProto::Tensor &tensor, Complain error,
                          MLIRContext *context) {
  Type element = elementType(tensor.elem_type(), context);
  if (!element)
    return error() << "holds elements of type "
                   << elementTypeName(tensor.elem_type())
                   << ", which is not supported",
           Type();
  if (!tensor.has_shape())
    return UnrankedTensorType::get(element);
  llvm::SmallVector<int64_t> shape;
  for (const pb::TensorShapeProto::Dimension &dim : tensor.shape().dim())
    shape.push_back(dim.has_dim_value() ? dim.dim_value()
                                        : ShapedType::kDynamic);
  for (auto [size, dim] : llvm::zip(shape, tensor.shape().dim()))
    if (dim.has_dim_value() && size < 0)
      return error() << "has the negative dimension " << size, Type();
  if (failed(checkShape(shape, error)))
    return {};
  return RankedTensorType::get(shape, element);
}

/// The type of a sequence or an optional value; null after an error.
static Type containerType(const pb::TypeProto &type, Complain error,
                          MLIRContext *context, bool inside = false) {
  if (type.has_tensor_type() && inside)
    return contentTensor(type.tensor_type(), error, context);
  if (type.has_optional_type() && !inside) {
    Type content =
        containerType(type.optional_type().elem_type(), error, context, true);
    return content ? core::OptionalType::get(content) : Type();
  }
  if (type.has_sequence_type()) {
    const pb::TypeProto &element = type.sequence_type().elem_type();
    if (!element.has_tensor_type())
      return error() << "is a sequence of what are no tensors, which is not "
                        "supported",
             Type();
    Type tensor = contentTensor(element.tensor_type(), error, context);
    return tensor ? core::SequenceType::get(tensor) : Type();
  }
  return error() << (type.has_map_type()
                         ? "is a map, which is not supported"
                         : "is of a kind that is not supported"),
         Type();
}

Port importInput(const pb::ValueInfoProto &info, Symbols &symbols, Builder b,
                 Location loc) {
  auto error = [&] {
    return emitError(loc) << "input '" << info.name() << "' ";
  };
  const pb::TypeProto &whole = info.type();
  if (!whole.has_tensor_type()) {
    Type container = containerType(whole, error, b.getContext());
    if (!container)
      return {};
    return {container, makeAttrs(info.name(), llvm::SmallVector<std::string>(), b)};
  }
  const pb::TypeProto::Tensor &tensor = info.type().tensor_type();
  Type element = elementType(tensor.elem_type(), b.getContext());
  if (!element)
    return error() << "has element type " << elementTypeName(tensor.elem_type())
                   << ", which is not supported",
           Port();
  if (!tensor.has_shape())
    return error() << "has no shape; its rank must be known", Port();
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<std::string> dims;
  for (auto [i, dim] : llvm::enumerate(tensor.shape().dim())) {
    // MLIR's mark of a dynamic size is a negative number, which a model may
    // hold too.
    if (dim.has_dim_value() && dim.dim_value() < 0)
      return error() << "has the negative dimension " << dim.dim_value(),
             Port();
    auto [size, name] = importDim(dim, info.name(), i, symbols);
    shape.push_back(size);
    dims.push_back(name);
  }
  if (failed(checkShape(shape, error)))
    return {};
  return {RankedTensorType::get(shape, element),
          makeAttrs(info.name(), dims, b)};
}

Port importOutput(const pb::ValueInfoProto &info, Symbols &symbols, Builder b) {
  std::optional<llvm::SmallVector<std::string>> dims;
  if (info.type().has_tensor_type() && info.type().tensor_type().has_shape()) {
    dims.emplace();
    for (const pb::TensorShapeProto::Dimension &dim :
         info.type().tensor_type().shape().dim())
      dims->push_back(
          dim.dim_param().empty() ? "" : symbols.resolve(dim.dim_param()).name);
  }
  DictionaryAttr attrs = makeAttrs(info.name(), dims, b);
  if (info.type().has_sequence_type() || info.type().has_optional_type()) {
    // A type that COIL lacks is no matter here: what the output is decides.
    ScopedDiagnosticHandler ignore(b.getContext(), [](Diagnostic &) {});
    auto error = [&] { return emitError(b.getUnknownLoc()); };
    if (Type type = containerType(info.type(), error, b.getContext())) {
      NamedAttrList all(attrs);
      all.set("onnx.stated", TypeAttr::get(type));
      attrs = all.getDictionary(b.getContext());
    }
  }
  return {onnx::ValueType::get(b.getContext()), attrs};
}

} // namespace coil::importer
