/* The functions of custom.json and custom.test. They fail unless they are told what the model says. */
#include "coil/runtime.h"

#include <string.h>

#define REQUIRE(condition)                                                     \
  do                                                                           \
    if (!(condition)) {                                                        \
      call->message = "not so: " #condition;                                   \
      return 1;                                                                \
    }                                                                          \
  while (0)

static const coil_attribute *find(const coil_call *call, const char *name) {
  for (int32_t i = 0; i < call->attribute_count; ++i)
    if (strcmp(call->attributes[i].name, name) == 0)
      return &call->attributes[i];
  return 0;
}

static int64_t count(const coil_tensor *t) {
  int64_t n = 1;
  for (int32_t i = 0; i < t->rank; ++i)
    n *= t->dims[i];
  return n;
}

/* Every kind of attribute, an absent input, types of one byte. y = x + bias where mask, 2 x elsewhere. */
int32_t acme_every(coil_call *call) {
  REQUIRE(call->input_count == 4 && call->output_count == 2);
  REQUIRE(strcmp(call->operator_name, "com.acme::Every") == 0);
  const coil_tensor *x = &call->inputs[0], *absent = &call->inputs[1], *mask = &call->inputs[2], *bias = &call->inputs[3];
  REQUIRE(x->type == COIL_UINT8 && x->rank == 2 && x->bytes == (size_t)count(x));
  REQUIRE(absent->type == 0 && !absent->data);
  REQUIRE(mask->type == COIL_BOOL && bias->type == COIL_FLOAT && bias->rank == 0);
  REQUIRE(call->attribute_count == 7);
  const coil_attribute *a;
  REQUIRE((a = find(call, "an_int")) && a->kind == COIL_ATTRIBUTE_INT && *(const int64_t *)a->values == -7);
  REQUIRE((a = find(call, "a_float")) && a->kind == COIL_ATTRIBUTE_FLOAT && *(const float *)a->values == 0.5f);
  REQUIRE((a = find(call, "a_string")) && a->kind == COIL_ATTRIBUTE_STRING && strcmp(*(const char *const *)a->values, "abc") == 0);
  REQUIRE((a = find(call, "some_ints")) && a->kind == COIL_ATTRIBUTE_INTS && a->count == 3 && ((const int64_t *)a->values)[2] == 30);
  REQUIRE((a = find(call, "some_floats")) && a->kind == COIL_ATTRIBUTE_FLOATS && a->count == 2 && ((const float *)a->values)[1] == 2.5f);
  REQUIRE((a = find(call, "some_strings")) && a->kind == COIL_ATTRIBUTE_STRINGS && a->count == 2 &&
          strcmp(((const char *const *)a->values)[1], "yes") == 0);
  REQUIRE((a = find(call, "none")) && a->kind == COIL_ATTRIBUTE_INTS && a->count == 0);
  const coil_tensor *y = &call->outputs[0], *sizes = &call->outputs[1];
  REQUIRE(y->type == COIL_UINT8 && y->rank == 2 && y->dims[0] == x->dims[0] && y->dims[1] == x->dims[1]);
  REQUIRE(sizes->type == COIL_INT64 && sizes->rank == 1 && sizes->dims[0] == 2);
  for (int64_t i = 0; i < count(x); ++i) {
    uint8_t value = ((const uint8_t *)x->data)[i];
    ((uint8_t *)y->data)[i] = (uint8_t)(((const uint8_t *)mask->data)[i] ? value + *(const float *)bias->data : 2 * value);
  }
  memcpy(sizes->data, x->dims, 2 * sizeof(int64_t));
  return 0;
}

/* The places of elements above a limit: how many, only the data tells. */
static int64_t peaks(const coil_call *call, int64_t *places) {
  const coil_tensor *x = &call->inputs[0];
  int64_t found = 0;
  for (int64_t i = 0; i < x->dims[0]; ++i)
    if (((const float *)x->data)[i] > *(const float *)call->attributes[0].values) {
      if (places)
        places[found] = i;
      ++found;
    }
  return found;
}

int32_t acme_peaks_shape(coil_call *call) {
  REQUIRE(call->output_count == 2 && !call->outputs[0].data);
  REQUIRE(call->outputs[0].dims[0] == -1 && call->outputs[1].rank == 0);
  call->outputs[0].dims[0] = peaks(call, 0);
  return 0;
}

int32_t acme_peaks(coil_call *call) {
  REQUIRE(call->outputs[0].dims[0] == peaks(call, 0));
  *(int64_t *)call->outputs[1].data = peaks(call, call->outputs[0].data);
  return 0;
}

int32_t acme_bad_shape(coil_call *call) {
  call->outputs[0].dims[0] = -3;
  return 0;
}

/* y = x + 1, of any rank; counts how often it is called. */
int32_t acme_next(coil_call *call) {
  static float calls;
  for (int64_t i = 0; i < count(&call->inputs[0]); ++i)
    ((float *)call->outputs[0].data)[i] = ((const float *)call->inputs[0].data)[i] + 1;
  if (call->output_count == 2)
    *(float *)call->outputs[1].data = ++calls;
  return 0;
}

int32_t acme_fail(coil_call *call) {
  (void)call;
  return 42;
}
