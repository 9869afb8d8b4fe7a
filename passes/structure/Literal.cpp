//===- Literal.cpp - the elements of a tensor that is known ---------------===//

#include "passes/structure/Literal.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "passes/structure/Nest.h"

namespace coil {

/// Up to this size a constant stands in the IR in words, as the importer has it.
static constexpr size_t kInlineBytes = 512;
/// As weights are aligned in the artifact: any vector may be loaded.
static constexpr size_t kAlignment = 64;

std::optional<int64_t> storageBytes(Type element) {
  if (element.isIndex())
    return 8;
  if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() % 8)
    return std::nullopt;
  return element.getIntOrFloatBitWidth() / 8;
}

std::optional<Literal> Literal::of(Attribute constant) {
  auto elements = dyn_cast_or_null<ElementsAttr>(constant);
  auto type = elements ? dyn_cast<RankedTensorType>(elements.getType()) : RankedTensorType();
  if (!type || !storageBytes(type.getElementType()))
    return std::nullopt;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    return Literal{type, blob->getData(), /*splat=*/false, elements, nullptr};
  }
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    return Literal{type, dense.getRawData(), dense.isSplat(), elements, nullptr};
  return std::nullopt;
}

Literal Literal::allocate(RankedTensorType type) {
  size_t bytes = type.getNumElements() * *storageBytes(type.getElementType());
  size_t taken = std::max<size_t>(bytes, 1);
  auto *memory = static_cast<char *>(llvm::allocate_buffer(taken, kAlignment));
  std::shared_ptr<char> owner(memory, [taken](char *p) { llvm::deallocate_buffer(p, taken, kAlignment); });
  return {type, {memory, bytes}, /*splat=*/false, {}, std::move(owner)};
}

Literal Literal::repeat(RankedTensorType type, ArrayRef<char> element) {
  Literal one = allocate(RankedTensorType::get({}, type.getElementType()));
  llvm::copy(element, one.bytes());
  one.type = type;
  one.splat = true;
  return one;
}

SmallVector<int64_t> Literal::steps() const {
  SmallVector<int64_t> steps(type.getRank(), 0);
  int64_t step = splat ? 0 : elementBytes();
  for (int64_t i = type.getRank() - 1; i >= 0; --i) {
    steps[i] = step;
    step *= type.getDimSize(i);
  }
  return steps;
}

Literal Literal::reshaped(RankedTensorType shape) const {
  Literal result = *this;
  result.type = shape;
  return result;
}

Literal copied(const Literal &from) {
  Literal copy = Literal::allocate(from.type);
  Nest nest;
  for (auto [size, to, step] : llvm::zip(from.type.getShape(), copy.steps(), from.steps()))
    nest.push_back({size, {to, step}});
  copyElements(std::move(nest), copy.bytes(), from.data.data(), copy.elementBytes());
  return copy;
}

ElementsAttr Literal::attribute(StringRef name) const {
  if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(source))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  if (type.getNumElements() == 0)
    return DenseElementsAttr::get(type, ArrayRef<Attribute>());
  if (splat || data.size() <= kInlineBytes)
    return DenseElementsAttr::getFromRawBuffer(type, data);
  if (source) // reshaped
    return cast<DenseElementsAttr>(source).reshape(type);
  auto blob = UnmanagedAsmResourceBlob::allocateWithAlign(data, kAlignment, [owner = owner](void *, size_t, size_t) {});
  return DenseResourceElementsAttr::get(type, name, std::move(blob));
}

} // namespace coil
