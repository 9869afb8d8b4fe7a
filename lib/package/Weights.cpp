//===- Weights.cpp - streamed from the model to the artifact --------------===//
//
// One tensor at a time and never through LLVM IR: a compile holds no second
// copy of the weights.
//
//===----------------------------------------------------------------------===//

#include "lib/package/Weights.h"

#include "llvm/Support/xxhash.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace coil {

static int64_t bytesOf(ShapedType type) {
  return type.getNumElements() * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

/// Calls `sink` with the bytes of a constant, a piece at a time.
static void forEachPiece(ElementsAttr attr, llvm::function_ref<void(ArrayRef<char>)> sink) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      return sink(blob->getData());
  auto dense = cast<DenseElementsAttr>(attr);
  if (!dense.isSplat())
    return sink(dense.getRawData());
  // One element stands for all: repeat it in blocks.
  ArrayRef<char> element = dense.getRawData();
  SmallVector<char, 0> block;
  int64_t left = attr.getNumElements();
  for (int64_t i = 0; i < std::min<int64_t>(left, 4096); ++i)
    block.append(element.begin(), element.end());
  while (left > 0) {
    int64_t count = std::min<int64_t>(left, 4096);
    sink(ArrayRef(block).take_front(count * element.size()));
    left -= count;
  }
}

static void forEachConstant(ModuleOp module, llvm::function_ref<void(ElementsAttr, int64_t)> visit) {
  auto list = module->getAttrOfType<ArrayAttr>("coil.weights");
  auto offsets = module->getAttrOfType<DenseI64ArrayAttr>("coil.weight_offsets");
  if (!list || !offsets)
    return;
  for (auto [attr, offset] : llvm::zip(list.getAsRange<ElementsAttr>(), offsets.asArrayRef()))
    visit(attr, offset);
}

uint64_t hashWeights(ModuleOp module, WeightsRead read) {
  uint64_t hash = 0x9E3779B97F4A7C15;
  forEachConstant(module, [&](ElementsAttr attr, int64_t offset) {
    forEachPiece(attr, [&](ArrayRef<char> piece) {
      hash = (hash ^ llvm::xxh3_64bits(ArrayRef(reinterpret_cast<const uint8_t *>(piece.data()), piece.size()))) *
                 0xD6E8FEB86659FD93 + offset;
      read(piece);
    });
  });
  return hash;
}

void writeWeights(ModuleOp module, llvm::raw_ostream &os, WeightsRead read) {
  int64_t position = 0;
  forEachConstant(module, [&](ElementsAttr attr, int64_t offset) {
    os.write_zeros(offset - position);
    forEachPiece(attr, [&](ArrayRef<char> piece) {
      os.write(piece.data(), piece.size());
      read(piece);
    });
    position = offset + bytesOf(attr.getShapedType());
  });
  if (auto total = module->getAttrOfType<IntegerAttr>("coil.weight_bytes"))
    os.write_zeros(total.getInt() - position);
}

void writeWeightsHeader(int64_t bytes, uint64_t hash, llvm::raw_ostream &os) {
  os.write("COILWTS\0", 8);
  os.write(reinterpret_cast<const char *>(&bytes), 8);
  os.write(reinterpret_cast<const char *>(&hash), 8);
  os.write_zeros(40);
}

} // namespace coil
