//===- Signature.cpp - read from the module's attributes ------------------===//

#include "lib/package/Signature.h"

#include "dialects/coil/Core.h"
#include "llvm/ADT/StringSet.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;

namespace coil {

namespace {
struct TypeRow {
  int32_t number;
  StringRef onnx, c;
  bool (*is)(Type);
};
} // namespace

template <typename Float> static bool real(Type type) { return isa<Float>(type); }
template <unsigned width> static bool integer(Type type) { return type.isSignlessInteger(width); }
template <unsigned width> static bool natural(Type type) { return type.isUnsignedInteger(width); }

/// Elements of fewer than 8 bits take a byte each.
static constexpr TypeRow kTypes[] = {
    {1, "FLOAT", "float", real<Float32Type>},
    {2, "UINT8", "uint8_t", natural<8>},
    {3, "INT8", "int8_t", integer<8>},
    {4, "UINT16", "uint16_t", natural<16>},
    {5, "INT16", "int16_t", integer<16>},
    {6, "INT32", "int32_t", integer<32>},
    {7, "INT64", "int64_t", integer<64>},
    {8, "STRING", "coil_string", [](Type type) { return isa<core::StringType>(type); }},
    {9, "BOOL", "uint8_t", integer<1>},
    {10, "FLOAT16", "uint16_t", real<Float16Type>},
    {11, "DOUBLE", "double", real<Float64Type>},
    {12, "UINT32", "uint32_t", natural<32>},
    {13, "UINT64", "uint64_t", natural<64>},
    {16, "BFLOAT16", "uint16_t", real<BFloat16Type>},
    {17, "FLOAT8E4M3FN", "uint8_t", real<Float8E4M3FNType>},
    {18, "FLOAT8E4M3FNUZ", "uint8_t", real<Float8E4M3FNUZType>},
    {19, "FLOAT8E5M2", "uint8_t", real<Float8E5M2Type>},
    {20, "FLOAT8E5M2FNUZ", "uint8_t", real<Float8E5M2FNUZType>},
    {21, "UINT4", "uint8_t", natural<4>},
    {22, "INT4", "int8_t", integer<4>},
    {23, "FLOAT4E2M1", "uint8_t", real<Float4E2M1FNType>},
    {24, "FLOAT8E8M0", "uint8_t", real<Float8E8M0FNUType>},
    {25, "UINT2", "uint8_t", natural<2>},
    {26, "INT2", "int8_t", integer<2>},
    {0, "UNDEFINED", "uint8_t", [](Type) { return true; }}, // of a program written by hand
};

static const TypeRow &rowOf(Type element) {
  return *llvm::find_if(kTypes, [&](const TypeRow &row) { return row.is(element); });
}

int32_t onnxType(Type element) { return rowOf(element).number; }
StringRef cTypeName(Type element) { return rowOf(element).c; }
int64_t typeBytes(Type element) {
  return isa<core::StringType>(element) ? 16 : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}
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
  if (auto strings = module->getAttrOfType<ArrayAttr>("coil.strings")) {
    s.strings.emplace();
    for (auto text : strings.getAsRange<StringAttr>())
      s.strings->push_back(text.str());
  }
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
