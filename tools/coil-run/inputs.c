/*===- inputs.c - inputs from files or from a generator; outputs to files --===*
 *
 * The generator (README.md) is a function of an input's place in the signature
 * and of the element's place in the input, so a report can be repeated
 *anywhere.
 *
 *===----------------------------------------------------------------------===*/
#include "run.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t x) { /* splitmix64's finalizer */
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

/* f32 to f16 for |value| < 1, toward zero; what is too small becomes 0. */
static uint16_t to_half(uint32_t bits) {
  int exponent = (int)(bits >> 23 & 255) - 127 + 15;
  uint32_t sign = bits >> 16 & 0x8000;
  return (uint16_t)(exponent <= 0 ? sign
                                  : sign | (uint32_t)exponent << 10 |
                                        (bits >> 13 & 1023));
}

static void put_float(int32_t type, uint64_t random, void *to) {
  float value = (float)(random >> 40) * 0x1p-23f - 1; /* in [-1, 1) */
  double wide = value;
  uint32_t bits;
  memcpy(&bits, &value, 4);
  uint16_t brain = (uint16_t)(bits >> 16), half = to_half(bits);
  const void *from = type == COIL_FLOAT      ? (void *)&value
                     : type == COIL_DOUBLE   ? (void *)&wide
                     : type == COIL_BFLOAT16 ? (void *)&brain
                                             : (void *)&half;
  memcpy(to, from, type_bytes(type));
}

/* Small floats: any finite number of the lower half of their exponents, which
 * are all below 2. */
static void put_small_float(int32_t type, uint64_t random, void *to) {
  uint8_t bits = (uint8_t)(random >> 56);
  if (type == COIL_FLOAT8E8M0)
    bits = (uint8_t)(120 + bits % 8);
  else if (type == COIL_FLOAT4E2M1)
    bits = bits & 0xb;
  else
    bits &= 0xbf;
  memcpy(to, bits == 0x80 ? &(uint8_t){0} : &bits, 1);
}

static void put_integer(int32_t type, uint64_t random, void *to) {
  /* Small where it may be an index: 0 to 3. Bytes are pixels or quantized. */
  unsigned bits = type == COIL_BOOL                         ? 1
                  : type == COIL_UINT8 || type == COIL_INT8 ? 8
                  : packed_bits(type)                       ? packed_bits(type)
                                                            : 2;
  uint64_t value = random >> (64 - bits);
  if ((type == COIL_INT4 || type == COIL_INT2) && value >> (bits - 1))
    value -= (uint64_t)1 << bits;
  memcpy(to, &value, type_bytes(type));
}

static void put_string(uint64_t random, void *to) {
  static const coil_string strings[] = {{"", 0}, {"a", 1}, {"b", 1}, {"ab", 2}};
  memcpy(to, &strings[random >> 62], sizeof *strings);
}

/* `first` is the number of the tensor's first element. */
static void generate(coil_tensor *tensor, uint64_t input, uint64_t first) {
  size_t count = element_count(tensor), size = type_bytes(tensor->type);
  for (size_t i = 0; i < count; ++i) {
    uint64_t random =
        mix(mix(input + 1) + (first + i + 1) * 0x9e3779b97f4a7c15u);
    void *to = (char *)tensor->data + i * size;
    if (tensor->type == COIL_STRING)
      put_string(random, to);
    else if (is_integer(tensor->type))
      put_integer(tensor->type, random, to);
    else if (size == 1)
      put_small_float(tensor->type, random, to);
    else
      put_float(tensor->type, random, to);
  }
}

/* Sets the dims of the input that `text`, NAME=2x3, is about, and the dynamic
 * dimensions that follow from it. */
static void apply_shape(const coil_model *model, const char *text,
                        coil_tensor *inputs, int64_t *symbols) {
  const char *equals = strrchr(text, '=');
  int32_t i = 0;
  while (equals && i < model->input_count &&
         (strncmp(model->inputs[i].name, text, (size_t)(equals - text)) != 0 ||
          model->inputs[i].name[equals - text] != 0))
    ++i;
  if (!equals || i == model->input_count)
    die("--shape '%s': expected INPUT=2x3 with an input of the model", text);
  const coil_value *value = &model->inputs[i];
  const char *at = equals + 1;
  int32_t rank = value->rank;
  if (rank == COIL_RANK_UNKNOWN) /* as many as are given */
    for (rank = *at != 0, at = equals; (at = strchr(at + 1, 'x')); ++rank)
      ;
  if (rank > COIL_MAX_RANK)
    die("--shape '%s': more than %d dimensions", text, COIL_MAX_RANK);
  inputs[i].rank = rank;
  at = equals + 1;
  for (int32_t d = 0; d < rank; ++d) {
    char *end;
    long long size = strtoll(at, &end, 10);
    if (end == at || size < 0 || *end != (d + 1 < rank ? 'x' : 0))
      die("--shape '%s': expected %d dimensions", text, rank);
    inputs[i].dims[d] = size;
    if (!value->kind && value->dims[d] < 0)
      symbols[-1 - value->dims[d]] = size;
    at = end + 1;
  }
}

static void fill(coil_tensor *tensor, uint64_t input, uint64_t first) {
  tensor->data = allocate(tensor->bytes);
  generate(tensor, input, first);
}

/* Two tensors of this form, their elements counted through. */
static coil_tensor generate_sequence(coil_tensor form, uint64_t input) {
  coil_tensor *elements = allocate(2 * sizeof *elements);
  for (uint64_t k = 0; k < 2; ++k) {
    elements[k] = form;
    fill(&elements[k], input, k * element_count(&form));
  }
  return (coil_tensor){elements, 2 * sizeof *elements, COIL_SEQUENCE, 1, {2}};
}

coil_tensor *generate_inputs(const coil_model *model, const options *options) {
  coil_tensor *inputs = allocate((size_t)model->input_count * sizeof *inputs);
  int64_t *symbols = allocate((size_t)model->symbol_count * sizeof *symbols);
  for (int32_t s = 0; s < model->symbol_count; ++s)
    symbols[s] = 1;
  for (int32_t i = 0; i < model->input_count; ++i)
    memset(inputs[i].dims, -1, sizeof inputs[i].dims); /* not given */
  for (int s = 0; s < options->shape_count; ++s)
    apply_shape(model, options->shapes[s], inputs, symbols);
  for (int32_t i = 0; i < model->input_count; ++i) {
    const coil_value *value = &model->inputs[i];
    inputs[i].type = value->type;
    if (value->rank != COIL_RANK_UNKNOWN)
      inputs[i].rank = value->rank;
    for (int32_t d = 0; d < inputs[i].rank; ++d)
      if (inputs[i].dims[d] < 0)
        inputs[i].dims[d] = value->dims[d] >= 0 ? value->dims[d]
                            : value->kind       ? 1
                                                : symbols[-1 - value->dims[d]];
    measure_tensor(&inputs[i], value->name);
    if (value->kind & COIL_IS_SEQUENCE)
      inputs[i] = generate_sequence(inputs[i], (uint64_t)i);
    else
      fill(&inputs[i], (uint64_t)i, 0);
  }
  free(symbols);
  return inputs;
}

coil_tensor *read_inputs(const coil_model *model, const options *options) {
  if (options->input_count != model->input_count)
    die("--inputs: %d files, the model has %d inputs", options->input_count,
        model->input_count);
  coil_tensor *inputs = allocate((size_t)model->input_count * sizeof *inputs);
  for (int i = 0; i < options->input_count; ++i) {
    inputs[i] = read_value(options->inputs[i], &model->inputs[i]);
    if (ends_with(options->inputs[i], ".npy") &&
        same_in_npy(inputs[i].type, model->inputs[i].type))
      inputs[i].type = model->inputs[i].type;
  }
  return inputs;
}

void write_inputs(const char *folder, const coil_model *model,
                  const coil_tensor *inputs) {
  make_folder(folder);
  for (int32_t i = 0; i < model->input_count; ++i) {
    char *path = text_of("%s/input_%d.pb", folder, i);
    write_value(path, &model->inputs[i], &inputs[i]);
    free(path);
  }
}

static void write_array(char *path, const coil_tensor *tensor) {
  write_npy(path, tensor);
  free(path);
}

void write_outputs(const char *folder, const coil_model *model,
                   const coil_tensor *outputs) {
  make_folder(folder);
  for (int32_t i = 0; i < model->output_count; ++i) {
    char *pb = text_of("%s/output_%d.pb", folder, i);
    write_value(pb, &model->outputs[i], &outputs[i]);
    free(pb);
    if (outputs[i].type == COIL_SEQUENCE)
      for (int64_t k = 0; k < length_of(&outputs[i]); ++k)
        write_array(text_of("%s/output_%d_%lld.npy", folder, i, (long long)k),
                    element_of(&outputs[i], k));
    else if (outputs[i].type != COIL_NONE)
      write_array(text_of("%s/output_%d.npy", folder, i), &outputs[i]);
  }
}
