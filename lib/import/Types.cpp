// In: a number of TensorProto.DataType. Out: a type, or its name for a refusal.
// The table goes beyond what libonnx knows, so that a newer type is named too.

#include "lib/import/Types.h"

#include "dialects/coil/Core.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace coil::importer {

using MakeType = Type (*)(Builder);

template <unsigned width,
          IntegerType::SignednessSemantics sign = IntegerType::Signless>
static Type integer(Builder b) {
  return IntegerType::get(b.getContext(), width, sign);
}

static constexpr auto Unsigned = IntegerType::Unsigned;

template <typename Float> static Type real(Builder b) {
  return Float::get(b.getContext());
}

static Type text(Builder b) { return core::StringType::get(b.getContext()); }

struct ElementTypeRow {
  const char *name;
  MakeType make;
};

// The position is ONNX's number.
static constexpr ElementTypeRow elementTypes[] = {
    {"UNDEFINED", nullptr},
    {"FLOAT", real<Float32Type>},
    {"UINT8", integer<8, Unsigned>},
    {"INT8", integer<8>},
    {"UINT16", integer<16, Unsigned>},
    {"INT16", integer<16>},
    {"INT32", integer<32>},
    {"INT64", integer<64>},
    {"STRING", text},
    {"BOOL", integer<1>},
    {"FLOAT16", real<Float16Type>},
    {"DOUBLE", real<Float64Type>},
    {"UINT32", integer<32, Unsigned>},
    {"UINT64", integer<64, Unsigned>},
    {"COMPLEX64", nullptr},
    {"COMPLEX128", nullptr},
    {"BFLOAT16", real<BFloat16Type>},
    {"FLOAT8E4M3FN", real<Float8E4M3FNType>},
    {"FLOAT8E4M3FNUZ", real<Float8E4M3FNUZType>},
    {"FLOAT8E5M2", real<Float8E5M2Type>},
    {"FLOAT8E5M2FNUZ", real<Float8E5M2FNUZType>},
    {"UINT4", integer<4, Unsigned>},
    {"INT4", integer<4>},
    {"FLOAT4E2M1", real<Float4E2M1FNType>},
    {"FLOAT8E8M0", real<Float8E8M0FNUType>},
    {"UINT2", integer<2, Unsigned>},
    {"INT2", integer<2>},
};

static const ElementTypeRow *findRow(int64_t number) {
  return number >= 0 && number < int64_t(std::size(elementTypes))
             ? &elementTypes[number]
             : nullptr;
}

Type elementType(int64_t number, MLIRContext *context) {
  const ElementTypeRow *row = findRow(number);
  return row && row->make ? row->make(Builder(context)) : Type();
}

std::string elementTypeName(int64_t number) {
  const ElementTypeRow *row = findRow(number);
  return row ? row->name : "number " + std::to_string(number);
}

std::optional<int64_t> elementTypeNumber(llvm::StringRef name) {
  for (auto [number, row] : llvm::enumerate(elementTypes))
    if (name.equals_insensitive(row.name))
      return int64_t(number);
  return std::nullopt;
}

int64_t elementBytes(Type type) {
  return isa<core::StringType>(type) ? 16 : (type.getIntOrFloatBitWidth() + 7) / 8;
}

std::string identifier(llvm::StringRef name) {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  if (result.empty() || llvm::isDigit(result[0]))
    result.insert(0, "_");
  return result;
}

} // namespace coil::importer
