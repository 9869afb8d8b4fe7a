//===- Signature.cpp - read from the module's attributes ------------------===//

#include "lib/package/Signature.h"

#include "dialects/coil/Core.h"
#include "dialects/rt/Rt.h"
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

/// Elements of fewer than 8 bits take a byte each.
static constexpr TypeRow kTypes[] = {
    {1, "FLOAT", "float"},
    {2, "UINT8", "uint8_t"},
    {3, "INT8", "int8_t"},
    {4, "UINT16", "uint16_t"},
    {5, "INT16", "int16_t"},
    {6, "INT32", "int32_t"},
    {7, "INT64", "int64_t"},
    {8, "STRING", "coil_string"},
    {9, "BOOL", "uint8_t"},
    {10, "FLOAT16", "uint16_t"},
    {11, "DOUBLE", "double"},
    {12, "UINT32", "uint32_t"},
    {13, "UINT64", "uint64_t"},
    {16, "BFLOAT16", "uint16_t"},
    {17, "FLOAT8E4M3FN", "uint8_t"},
    {18, "FLOAT8E4M3FNUZ", "uint8_t"},
    {19, "FLOAT8E5M2", "uint8_t"},
    {20, "FLOAT8E5M2FNUZ", "uint8_t"},
    {21, "UINT4", "uint8_t"},
    {22, "INT4", "int8_t"},
    {23, "FLOAT4E2M1", "uint8_t"},
    {24, "FLOAT8E8M0", "uint8_t"},
    {25, "UINT2", "uint8_t"},
    {26, "INT2", "int8_t"},
    {0, "UNDEFINED", "uint8_t"}, // of a program written by hand
};

static const TypeRow &rowOf(Type element) {
  return *llvm::find_if(kTypes, [n = rt::typeNumber(element)](const TypeRow &row) { return row.number == n; });
}

int32_t onnxType(Type element) { return rowOf(element).number; }
StringRef cTypeName(Type element) { return rowOf(element).c; }
int64_t typeBytes(Type element) {
  return isa<core::StringType>(element) ? 16 : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}
StringRef onnxTypeName(Type element) { return rowOf(element).onnx; }

static void readType(Type type, ValueSignature &value) {
  if (auto optional = dyn_cast<core::OptionalType>(type)) {
    value.isOptional = true;
    type = optional.getElement();
  }
  if (auto sequence = dyn_cast<core::SequenceType>(type)) {
    value.isSequence = true;
    type = sequence.getElement();
  }
  auto tensor = dyn_cast<TensorType>(type);
  value.element = tensor ? tensor.getElementType() : type;
  value.ranked = tensor && tensor.hasRank();
  if (value.ranked)
    value.shape = llvm::to_vector(tensor.getShape());
}

std::string ValueSignature::kind() const {
  return isOptional ? isSequence ? "optional sequence" : "optional tensor" : isSequence ? "sequence" : "";
}

static std::vector<ValueSignature> readValues(ArrayAttr list) {
  std::vector<ValueSignature> values;
  if (!list)
    return values;
  for (auto entry : list.getAsRange<DictionaryAttr>()) {
    ValueSignature value{entry.getAs<StringAttr>("name").str(), {}, {}, {}};
    readType(entry.getAs<TypeAttr>("type").getValue(), value);
    for (auto name : entry.getAs<ArrayAttr>("dims").getAsRange<StringAttr>())
      value.dimNames.push_back(name.str());
    value.dimNames.resize(value.shape.size());
    values.push_back(std::move(value));
  }
  return values;
}

const ShareSignature *Signature::shareOfInput(int64_t input) const {
  auto it = llvm::find_if(shares, [&](const ShareSignature &share) { return share.input == input; });
  return it == shares.end() ? nullptr : &*it;
}

const ShareSignature *Signature::shareOfOutput(int64_t output) const {
  auto it = llvm::find_if(shares, [&](const ShareSignature &share) { return share.output == output; });
  return it == shares.end() ? nullptr : &*it;
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
  if (auto shares = module->getAttrOfType<ArrayAttr>("coil.shares"))
    for (auto share : shares.getAsRange<DenseI64ArrayAttr>())
      s.shares.push_back({share[0], share[1], share[2], share[3]});
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
