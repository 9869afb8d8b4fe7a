/*===- tensor.c - element types, sizes and values -------------------------===*/
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of small floats also the format: bits of the exponent (0: none of this kind)
 * and of the mantissa, and what the exponent is biased by. */
static const struct {
  const char *name;
  unsigned char bytes, packed; /* in a file, when several are in a byte */
  unsigned char exponent, mantissa, bias;
} types[] = {
    [COIL_FLOAT] = {.name = "f32", .bytes = 4},
    [COIL_UINT8] = {.name = "u8", .bytes = 1},
    [COIL_INT8] = {.name = "i8", .bytes = 1},
    [COIL_UINT16] = {.name = "u16", .bytes = 2},
    [COIL_INT16] = {.name = "i16", .bytes = 2},
    [COIL_INT32] = {.name = "i32", .bytes = 4},
    [COIL_INT64] = {.name = "i64", .bytes = 8},
    [COIL_BOOL] = {.name = "bool", .bytes = 1},
    [COIL_STRING] = {.name = "string", .bytes = sizeof(coil_string)},
    [COIL_FLOAT16] = {.name = "f16", .bytes = 2},
    [COIL_DOUBLE] = {.name = "f64", .bytes = 8},
    [COIL_UINT32] = {.name = "u32", .bytes = 4},
    [COIL_UINT64] = {.name = "u64", .bytes = 8},
    [COIL_BFLOAT16] = {.name = "bf16", .bytes = 2},
    [COIL_FLOAT8E4M3FN] = {.name = "f8e4m3fn", .bytes = 1, .exponent = 4, .mantissa = 3, .bias = 7},
    [COIL_FLOAT8E4M3FNUZ] = {.name = "f8e4m3fnuz", .bytes = 1, .exponent = 4, .mantissa = 3, .bias = 8},
    [COIL_FLOAT8E5M2] = {.name = "f8e5m2", .bytes = 1, .exponent = 5, .mantissa = 2, .bias = 15},
    [COIL_FLOAT8E5M2FNUZ] = {.name = "f8e5m2fnuz", .bytes = 1, .exponent = 5, .mantissa = 2, .bias = 16},
    [COIL_UINT4] = {.name = "u4", .bytes = 1, .packed = 4},
    [COIL_INT4] = {.name = "i4", .bytes = 1, .packed = 4},
    [COIL_FLOAT4E2M1] = {.name = "f4e2m1", .bytes = 1, .packed = 4, .exponent = 2, .mantissa = 1, .bias = 1},
    [COIL_FLOAT8E8M0] = {.name = "f8e8m0", .bytes = 1},
    [COIL_UINT2] = {.name = "u2", .bytes = 1, .packed = 2},
    [COIL_INT2] = {.name = "i2", .bytes = 1, .packed = 2}};

size_t type_bytes(int32_t type) {
  size_t known = sizeof types / sizeof *types;
  return type >= 0 && (size_t)type < known ? types[type].bytes : 0;
}

unsigned packed_bits(int32_t type) { return types[type].packed; }

const char *type_name(int32_t type) {
  return type == COIL_NONE       ? "absent"
         : type == COIL_SEQUENCE ? "sequence"
         : type_bytes(type)      ? types[type].name
                                 : "?";
}

bool is_integer(int32_t type) {
  return type != COIL_FLOAT && type != COIL_DOUBLE && type != COIL_FLOAT16 &&
         type != COIL_BFLOAT16 && type != COIL_STRING && type != COIL_FLOAT8E8M0 &&
         !types[type].exponent;
}

size_t element_count(const coil_tensor *tensor) {
  size_t count = 1;
  for (int32_t i = 0; i < tensor->rank; ++i)
    count *= (size_t)tensor->dims[i];
  return count;
}

void measure_tensor(coil_tensor *tensor, const char *path) {
  size_t bytes = type_bytes(tensor->type);
  if (!bytes)
    die("'%s': element type %d is not supported", path, tensor->type);
  for (int32_t i = 0; i < tensor->rank; ++i) {
    if (tensor->dims[i] < 0)
      die("'%s': dimension %d is %lld, which is negative", path, i,
          (long long)tensor->dims[i]);
    if (__builtin_mul_overflow(bytes, (size_t)tensor->dims[i], &bytes) ||
        bytes > SIZE_MAX / 2)
      die("'%s': its dimensions exceed the address space", path);
  }
  tensor->bytes = bytes;
}

static double half(uint16_t bits) {
  int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double value = exponent == 31  ? (mantissa ? NAN : INFINITY)
                 : exponent == 0 ? ldexp(mantissa, -24)
                                 : ldexp(mantissa + 1024, exponent - 25);
  return bits >> 15 ? -value : value;
}

static double brain(uint16_t bits) {
  uint32_t wide = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &wide, sizeof value);
  return value;
}

static double small_float(int32_t type, unsigned bits) {
  unsigned e = types[type].exponent, m = types[type].mantissa;
  unsigned sign = 1u << (e + m), magnitude = bits & (sign - 1);
  unsigned exponent = magnitude >> m, top = (1u << e) - 1;
  unsigned mantissa = magnitude & ((1u << m) - 1);
  if (type == COIL_FLOAT8E4M3FN ? magnitude == sign - 1
      : type == COIL_FLOAT8E5M2 ? exponent == top && mantissa
                                : type != COIL_FLOAT4E2M1 && bits == sign)
    return NAN;
  int bias = types[type].bias;
  double value =
      type == COIL_FLOAT8E5M2 && exponent == top ? INFINITY
      : exponent ? ldexp(mantissa + (1u << m), (int)exponent - bias - (int)m)
                 : ldexp(mantissa, 1 - bias - (int)m);
  return bits & sign ? -value : value;
}

double element(const coil_tensor *tensor, size_t index) {
  const void *data = tensor->data;
  switch (tensor->type) {
  case COIL_STRING:
    return NAN;
  case COIL_FLOAT:
    return ((const float *)data)[index];
  case COIL_DOUBLE:
    return ((const double *)data)[index];
  case COIL_FLOAT16:
    return half(((const uint16_t *)data)[index]);
  case COIL_BFLOAT16:
    return brain(((const uint16_t *)data)[index]);
  case COIL_INT8:
    return ((const int8_t *)data)[index];
  case COIL_INT16:
    return ((const int16_t *)data)[index];
  case COIL_INT32:
    return ((const int32_t *)data)[index];
  case COIL_INT64:
    return (double)((const int64_t *)data)[index];
  case COIL_UINT16:
    return ((const uint16_t *)data)[index];
  case COIL_UINT32:
    return ((const uint32_t *)data)[index];
  case COIL_UINT64:
    return (double)((const uint64_t *)data)[index];
  case COIL_INT4:
  case COIL_INT2:
    return ((const int8_t *)data)[index];
  case COIL_FLOAT8E8M0: {
    unsigned exponent = ((const uint8_t *)data)[index];
    return exponent == 255 ? NAN : ldexp(1, (int)exponent - 127);
  }
  default: { /* u8, bool, u4, u2, small floats */
    unsigned bits = ((const uint8_t *)data)[index];
    return is_integer(tensor->type) ? bits : small_float(tensor->type, bits);
  }
  }
}

int64_t length_of(const coil_tensor *sequence) { return sequence->dims[0]; }

coil_tensor *element_of(const coil_tensor *sequence, int64_t index) {
  return (coil_tensor *)sequence->data + index;
}

void free_value(coil_tensor *value) {
  if (value->type == COIL_SEQUENCE)
    for (int64_t i = 0; i < length_of(value); ++i)
      free(element_of(value, i)->data);
  free(value->data);
}

char *element_text(const coil_tensor *tensor, size_t index, int digits) {
  if (tensor->type != COIL_STRING)
    return text_of("%.*g", digits, element(tensor, index));
  const coil_string *string = (const coil_string *)tensor->data + index;
  int shown = string->bytes < 60 ? (int)string->bytes : 60;
  return text_of("'%.*s'%s", shown, shown ? string->data : "",
                 (size_t)shown < string->bytes ? "..." : "");
}

bool same_string(const coil_string *a, const coil_string *b) {
  return a->bytes == b->bytes &&
         (!a->bytes || memcmp(a->data, b->data, a->bytes) == 0);
}

char *signature(const coil_tensor *tensor) {
  if (tensor->type == COIL_NONE)
    return text_of("absent");
  if (tensor->type == COIL_SEQUENCE)
    return text_of("sequence of %lld", (long long)length_of(tensor));
  char text[COIL_MAX_RANK * 21 + 16];
  int length = snprintf(text, sizeof text, "%s[", type_name(tensor->type));
  for (int32_t i = 0; i < tensor->rank; ++i)
    length += snprintf(text + length, sizeof text - (size_t)length, "%s%lld",
                       i ? "," : "", (long long)tensor->dims[i]);
  return text_of("%s]", text);
}

coil_tensor read_tensor(const char *path) {
  if (ends_with(path, ".npy"))
    return read_npy(path);
  if (ends_with(path, ".pb"))
    return read_pb(path);
  die("'%s': not a .npy or .pb file", path);
}
