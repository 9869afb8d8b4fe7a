//===- Formats.cpp - elements in memory and in lanes ----------------------===//

#include "passes/structure/Formats.h"

#include <bit>
#include <cstring>

namespace coil {

namespace {
/// bfloat16: the upper half of a float, rounded to even.
struct Bfloat {
  uint16_t bits;

  Bfloat() = default;
  explicit Bfloat(float value) {
    uint32_t wide = std::bit_cast<uint32_t>(value);
    bool isNan = value != value;
    bits = isNan ? (wide >> 16) | 0x40 : (wide + 0x7FFF + ((wide >> 16) & 1)) >> 16;
  }
  explicit operator float() const { return std::bit_cast<float>(uint32_t(bits) << 16); }
};
using Half = _Float16;
} // namespace

template <typename Memory, typename T>
static void loadAs(const char *from, int64_t step, void *lanes, int64_t n) {
  auto *out = static_cast<T *>(lanes);
  Memory element;
  if (step == sizeof(Memory)) {
    for (int64_t i = 0; i < n; ++i) {
      std::memcpy(&element, from + i * sizeof(Memory), sizeof(Memory));
      out[i] = T(element);
    }
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    std::memcpy(&element, from + i * step, sizeof(Memory));
    out[i] = T(element);
  }
}

template <typename Memory, typename T>
static void storeAs(const void *lanes, char *to, int64_t step, int64_t n) {
  auto *in = static_cast<const T *>(lanes);
  for (int64_t i = 0; i < n; ++i) {
    Memory element(in[i]);
    std::memcpy(to + i * step, &element, sizeof(Memory));
  }
}

std::optional<Lane> laneOf(Type type) {
  if (type.isIndex() || (isa<IntegerType>(type) && type.getIntOrFloatBitWidth() <= 64))
    return Lane::Integer;
  if (isa<Float16Type, BFloat16Type, Float32Type>(type))
    return Lane::Float;
  if (type.isF64())
    return Lane::Double;
  return std::nullopt;
}

namespace {
struct Format {
  LoadRow load = nullptr;
  StoreRow store = nullptr, storeDouble = nullptr;
};
} // namespace

/// A double is rounded once, also on its way to the narrow floats.
template <> void storeAs<Bfloat, double>(const void *lanes, char *to, int64_t step, int64_t n) {
  auto *in = static_cast<const double *>(lanes);
  for (int64_t i = 0; i < n; ++i) {
    float value = in[i]; // to odd, so that the second rounding sees what the first left out
    if (double(value) != in[i] && value == value) {
      uint32_t bits = std::bit_cast<uint32_t>(value);
      if (std::abs(double(value)) > std::abs(in[i]))
        --bits;
      value = std::bit_cast<float>(bits | 1);
    }
    Bfloat element(value);
    std::memcpy(to + i * step, &element, sizeof(Bfloat));
  }
}

static Format formatOf(Type type) {
  unsigned width = type.isIndex() ? 64 : type.isIntOrFloat() ? type.getIntOrFloatBitWidth() : 0;
  if (isa<IntegerType, IndexType>(type)) {
    switch (width) {
    case 8:
      return {loadAs<int8_t, int64_t>, storeAs<int8_t, int64_t>};
    case 16:
      return {loadAs<int16_t, int64_t>, storeAs<int16_t, int64_t>};
    case 32:
      return {loadAs<int32_t, int64_t>, storeAs<int32_t, int64_t>};
    case 64:
      return {loadAs<int64_t, int64_t>, storeAs<int64_t, int64_t>};
    }
    return {};
  }
  if (type.isF16())
    return {loadAs<Half, float>, storeAs<Half, float>, storeAs<Half, double>};
  if (type.isBF16())
    return {loadAs<Bfloat, float>, storeAs<Bfloat, float>, storeAs<Bfloat, double>};
  if (type.isF32())
    return {loadAs<float, float>, storeAs<float, float>, storeAs<float, double>};
  if (type.isF64())
    return {loadAs<double, double>, nullptr, storeAs<double, double>};
  return {};
}

LoadRow loaderOf(Type type) { return formatOf(type).load; }

StoreRow storerOf(Type type, Lane lane) {
  Format format = formatOf(type);
  return lane == Lane::Double ? format.storeDouble : format.store;
}

} // namespace coil
