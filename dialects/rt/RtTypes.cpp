// The element types of a model's inputs and outputs, as include/coil/runtime.h
// numbers them: like ONNX.

#include "dialects/rt/Rt.h"

#include "dialects/coil/Core.h"

using namespace mlir;

namespace coil::rt {
namespace {

struct TypeRow {
  int32_t number;
  bool (*is)(Type);
};

template <typename Float> bool real(Type type) { return isa<Float>(type); }
template <unsigned width> bool integer(Type type) { return type.isSignlessInteger(width); }
bool string(Type type) { return isa<core::StringType>(type); }
template <unsigned width> bool natural(Type type) { return type.isUnsignedInteger(width); }

constexpr TypeRow kTypes[] = {{1, real<Float32Type>},         {2, natural<8>},
                              {3, integer<8>},                {4, natural<16>},
                              {5, integer<16>},               {6, integer<32>},
                              {7, integer<64>},               {8, string},
                              {9, integer<1>},
                              {10, real<Float16Type>},        {11, real<Float64Type>},
                              {12, natural<32>},              {13, natural<64>},
                              {16, real<BFloat16Type>},       {17, real<Float8E4M3FNType>},
                              {18, real<Float8E4M3FNUZType>}, {19, real<Float8E5M2Type>},
                              {20, real<Float8E5M2FNUZType>}, {21, natural<4>},
                              {22, integer<4>},               {23, real<Float4E2M1FNType>},
                              {24, real<Float8E8M0FNUType>},  {25, natural<2>},
                              {26, integer<2>}};

} // namespace

int32_t typeNumber(Type element) {
  for (const TypeRow &row : kTypes)
    if (row.is(element))
      return row.number;
  return 0;
}

} // namespace coil::rt
