//===- Signature.cpp - read from the module's attributes ------------------===//

#include "lib/package/Signature.h"

#include "llvm/ADT/StringSet.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;

namespace coil {

namespace {
struct TypeRow {
  int32_t number;
  StringRef onnx, c;
};
} // namespace

static TypeRow rowOf(Type element) {
  if (element.isF32())
    return {1, "FLOAT", "float"};
  if (element.isF64())
    return {11, "DOUBLE", "double"};
  if (element.isF16())
    return {10, "FLOAT16", "uint16_t"};
  if (element.isBF16())
    return {16, "BFLOAT16", "uint16_t"};
  if (element.isInteger(1))
    return {9, "BOOL", "uint8_t"};
  bool isUnsigned = element.isUnsignedInteger();
  switch (element.getIntOrFloatBitWidth()) {
  case 8:
    return isUnsigned ? TypeRow{2, "UINT8", "uint8_t"} : TypeRow{3, "INT8", "int8_t"};
  case 16:
    return isUnsigned ? TypeRow{4, "UINT16", "uint16_t"} : TypeRow{5, "INT16", "int16_t"};
  case 32:
    return isUnsigned ? TypeRow{12, "UINT32", "uint32_t"} : TypeRow{6, "INT32", "int32_t"};
  default:
    return isUnsigned ? TypeRow{13, "UINT64", "uint64_t"} : TypeRow{7, "INT64", "int64_t"};
  }
}

int32_t onnxType(Type element) { return rowOf(element).number; }
StringRef cTypeName(Type element) { return rowOf(element).c; }
StringRef onnxTypeName(Type element) { return rowOf(element).onnx; }

static std::vector<ValueSignature> readValues(ArrayAttr list) {
  std::vector<ValueSignature> values;
  if (!list)
    return values;
  for (auto entry : list.getAsRange<DictionaryAttr>()) {
    auto type = cast<RankedTensorType>(entry.getAs<TypeAttr>("type").getValue());
    ValueSignature value{entry.getAs<StringAttr>("name").str(), type.getElementType(),
                         llvm::to_vector(type.getShape()), {}};
    for (auto name : entry.getAs<ArrayAttr>("dims").getAsRange<StringAttr>())
      value.dimNames.push_back(name.str());
    value.dimNames.resize(value.shape.size());
    values.push_back(std::move(value));
  }
  return values;
}

Signature readSignature(ModuleOp module) {
  Signature s;
  if (auto name = module->getAttrOfType<StringAttr>("coil.name"))
    s.name = name.str();
  s.inputs = readValues(module->getAttrOfType<ArrayAttr>("coil.inputs"));
  s.outputs = readValues(module->getAttrOfType<ArrayAttr>("coil.outputs"));
  if (auto symbols = module->getAttrOfType<ArrayAttr>("coil.symbols"))
    for (auto symbol : symbols.getAsRange<StringAttr>())
      s.symbols.push_back(symbol.str());
  if (auto sites = module->getAttrOfType<ArrayAttr>("coil.sites"))
    for (auto site : sites.getAsRange<ArrayAttr>())
      s.sites.emplace_back(cast<StringAttr>(site[0]).str(), cast<StringAttr>(site[1]).str());
  llvm::StringSet<> kernels;
  for (auto &[kernel, nodes] : s.sites)
    kernels.insert(kernel);
  s.kernelCount = kernels.size();
  if (auto bytes = module->getAttrOfType<IntegerAttr>("coil.weight_bytes"))
    s.weightBytes = bytes.getInt();
  if (Operation *main = module.lookupSymbol("main"))
    if (auto bytes = main->getAttrOfType<IntegerAttr>("coil.arena_bytes"))
      s.arenaBytes = bytes.getInt();
  return s;
}

} // namespace coil
