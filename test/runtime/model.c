/*===- model.c - models as coilc would emit them, written by hand ----------===*
 *
 * `toy` has what a compiled model can have: a dynamic dimension shared by two
 * inputs, an arena, a parallel region, data-dependent scratch memory, an output
 * of data-dependent size, and an operator that fails on some data:
 *
 *   x: f32[batch,3]  mask: i64[batch]  ->  y: f32[batch,3] = sin(2 x)
 *                                          sum: f32[] = the sum of y
 *                                          kept: i64[?] = the nonzero mask
 *values
 *
 * A negative mask value is an error. `heavy` has its weights in a file:
 *
 *   x: f32[4]  ->  y: f32[4] = x + 3 weights
 *
 * `echo` gives back an input of each element type, with one dynamic dimension.
 * `lists` has what is no tensor, and gives all of it back; of `xs` element `at`
 * is taken out, and comes back negated in front and thrice at the end.
 *
 * `grow` has outputs in its inputs' buffers: past and new rows, with room for 5,
 * and a counter each of which goes up by one.
 *
 *   past: f32[b,n,3]  rows: f32[b,m,3]  ->  present: f32[b,n+m,3]
 *   counts: i64[k]                          next: i64[k]
 *
 * TOY, HEAVY, ECHO, LISTS and GROW say which of them to compile.
 *
 *===----------------------------------------------------------------------===*/
#include "runtime/rt.h"

#include <math.h>

#ifndef TEST_TARGET
#define TEST_TARGET "altra"
#endif
#define PUBLIC __attribute__((visibility("default")))

#ifdef TOY
static const int64_t x_dims[] = {-1, 3}, mask_dims[] = {-1}, kept_dims[] = {-2};
static const coil_value toy_inputs[] = {{"x", COIL_FLOAT, 2, 0, x_dims},
                                        {"mask", COIL_INT64, 1, 0, mask_dims}};
static const coil_value toy_outputs[] = {{"y", COIL_FLOAT, 2, 0, x_dims},
                                         {"sum", COIL_FLOAT, 0, 0, 0},
                                         {"kept", COIL_INT64, 1, 0, kept_dims}};
static const char *const toy_symbols[] = {"batch", "kept"};
static const coil_site toy_sites[] = {
    {"scale", "/double/Mul"}, {"sine", "/Sin"}, {"scale", "/again/Mul"}};

struct closure {
  const float *from;
  float *to;
};

static void scale(void *data, int64_t begin, int64_t end) {
  struct closure *closure = data;
  for (int64_t i = begin; i < end; ++i)
    closure->to[i] = closure->from[i] * 2;
}

static void sine(void *data, int64_t begin, int64_t end) {
  struct closure *closure = data;
  for (int64_t i = begin; i < end; ++i)
    closure->to[i] = sinf(closure->from[i]);
}

static int32_t keep(coil_frame *frame, const int64_t *mask, int64_t batch) {
  int64_t *found = coil_rt_alloc(frame, batch * 8), count = 0;
  char *more = coil_rt_alloc(frame, 1000); /* a chunk of its own at first */
  if (!found || !more)
    return COIL_ERROR_MEMORY;
  more[999] = 1;
  for (int64_t i = 0; i < batch; ++i) {
    if (mask[i] < 0) {
      coil_rt_fail(frame, COIL_ERROR_DATA, "node 'Keep': mask is negative");
      return COIL_ERROR_DATA;
    }
    if (mask[i] > 0)
      found[count++] = mask[i];
  }
  int64_t *kept = coil_rt_output(frame, 2, &count);
  if (!kept)
    return COIL_ERROR_BUFFER;
  for (int64_t i = 0; i < count; ++i)
    kept[i] = found[i];
  return 0;
}

static int32_t toy_invoke(coil_frame *frame) {
  int64_t batch = frame->symbols[0], dims[] = {batch, 3};
  float *twice = coil_rt_arena(frame, batch * 12);
  float *y = coil_rt_output(frame, 0, dims),
        *sum = coil_rt_output(frame, 1, dims);
  if (!twice || !y || !sum)
    return COIL_ERROR_MEMORY;
  coil_rt_site(frame, 0);
  coil_rt_parallel(frame, scale, &(struct closure){frame->inputs[0], twice},
                   batch * 3, 2);
  coil_rt_site(frame, 1);
  coil_rt_parallel(frame, sine, &(struct closure){twice, y}, batch * 3, 2);
  coil_rt_site(frame, -1);
  *sum = 0;
  for (int64_t i = 0; i < batch * 3; ++i)
    *sum += y[i];
  return keep(frame, frame->inputs[1], batch);
}

PUBLIC extern const coil_model toy_model;
const coil_model toy_model = {.abi = COIL_ABI,
                              .input_count = 2,
                              .output_count = 3,
                              .symbol_count = 2,
                              .site_count = 3,
                              .name = "toy",
                              .target = TEST_TARGET,
                              .compiler = "hand",
                              .inputs = toy_inputs,
                              .outputs = toy_outputs,
                              .symbols = toy_symbols,
                              .sites = toy_sites,
                              .invoke = toy_invoke,
                              .api = &coil_rt_api};
#endif

#ifdef HEAVY
static const int64_t four[] = {4};
static const coil_value heavy_x = {"x", COIL_FLOAT, 1, 0, four};
static const coil_value heavy_y = {"y", COIL_FLOAT, 1, 0, four};

static int32_t heavy_invoke(coil_frame *frame) {
  const float *x = frame->inputs[0], *weights = (const float *)frame->weights;
  float *y = coil_rt_output(frame, 0, four);
  if (!y)
    return COIL_ERROR_BUFFER;
  for (int i = 0; i < 4; ++i)
    y[i] = x[i] + 3 * weights[i];
  return 0;
}

PUBLIC extern const coil_model heavy_model;
const coil_model heavy_model = {.abi = COIL_ABI,
                                .input_count = 1,
                                .output_count = 1,
                                .name = "heavy",
                                .target = TEST_TARGET,
                                .compiler = "hand",
                                .inputs = &heavy_x,
                                .outputs = &heavy_y,
                                .weight_file = "heavy.weights",
                                .weight_bytes = 16,
                                .weight_hash = 0x1234,
                                .invoke = heavy_invoke,
                                .api = &coil_rt_api};
#endif

#ifdef ECHO
static const int64_t any[] = {-1};
static const coil_value echo_values[] = {
    {"f32", COIL_FLOAT, 1, 0, any},    {"u8", COIL_UINT8, 1, 0, any},
    {"i8", COIL_INT8, 1, 0, any},      {"u16", COIL_UINT16, 1, 0, any},
    {"i16", COIL_INT16, 1, 0, any},    {"i32", COIL_INT32, 1, 0, any},
    {"i64", COIL_INT64, 1, 0, any},    {"bool", COIL_BOOL, 1, 0, any},
    {"f16", COIL_FLOAT16, 1, 0, any},  {"f64", COIL_DOUBLE, 1, 0, any},
    {"u32", COIL_UINT32, 1, 0, any},   {"u64", COIL_UINT64, 1, 0, any},
    {"bf16", COIL_BFLOAT16, 1, 0, any},
    {"f8e4m3fn", COIL_FLOAT8E4M3FN, 1, 0, any},
    {"f8e4m3fnuz", COIL_FLOAT8E4M3FNUZ, 1, 0, any},
    {"f8e5m2", COIL_FLOAT8E5M2, 1, 0, any},
    {"f8e5m2fnuz", COIL_FLOAT8E5M2FNUZ, 1, 0, any},
    {"u4", COIL_UINT4, 1, 0, any},     {"i4", COIL_INT4, 1, 0, any},
    {"f4e2m1", COIL_FLOAT4E2M1, 1, 0, any},
    {"f8e8m0", COIL_FLOAT8E8M0, 1, 0, any},
    {"u2", COIL_UINT2, 1, 0, any},     {"i2", COIL_INT2, 1, 0, any}};
static const int echo_bytes[] = {4, 1, 1, 2, 2, 4, 8, 1, 2, 8, 4, 8,
                                 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const char *const echo_symbols[] = {"n"};
enum { ECHOES = sizeof echo_bytes / sizeof *echo_bytes };

static int32_t echo_invoke(coil_frame *frame) {
  int64_t n = frame->symbols[0];
  for (int32_t i = 0; i < ECHOES; ++i) {
    const char *from = frame->inputs[i];
    char *to = coil_rt_output(frame, i, &n);
    if (!to)
      return COIL_ERROR_BUFFER;
    for (int64_t b = 0; b < n * echo_bytes[i]; ++b)
      to[b] = from[b];
  }
  return 0;
}

PUBLIC extern const coil_model echo_model;
const coil_model echo_model = {.abi = COIL_ABI,
                               .input_count = ECHOES,
                               .output_count = ECHOES,
                               .symbol_count = 1,
                               .name = "echo",
                               .target = TEST_TARGET,
                               .compiler = "hand",
                               .inputs = echo_values,
                               .outputs = echo_values,
                               .symbols = echo_symbols,
                               .invoke = echo_invoke,
                               .api = &coil_rt_api};
#endif

#ifdef LISTS
static const int64_t rows_dims[] = {COIL_DIM_UNKNOWN, 3};
static const int64_t list_dims[] = {COIL_DIM_UNKNOWN};
static const coil_value lists_inputs[] = {
    {"xs", COIL_FLOAT, 2, COIL_IS_SEQUENCE, rows_dims},
    {"at", COIL_INT64, 0, 0, 0},
    {"maybe", COIL_INT64, 1, COIL_IS_OPTIONAL, list_dims},
    {"any", COIL_FLOAT, COIL_RANK_UNKNOWN, COIL_IS_SEQUENCE | COIL_IS_OPTIONAL,
     0}};
static const coil_value lists_outputs[] = {
    {"ys", COIL_FLOAT, 2, COIL_IS_SEQUENCE, rows_dims},
    {"length", COIL_INT64, 0, 0, 0},
    {"maybe", COIL_INT64, 1, COIL_IS_OPTIONAL, list_dims},
    {"any", COIL_FLOAT, COIL_RANK_UNKNOWN, COIL_IS_SEQUENCE | COIL_IS_OPTIONAL,
     0}};

static int32_t lists_invoke(coil_frame *frame) {
  int64_t at = *(const int64_t *)frame->inputs[1];
  const coil_list *xs = coil_rt_list_input(frame, 0);
  const coil_list *maybe = xs ? coil_rt_list_input(frame, 2) : 0;
  const coil_list *any = maybe ? coil_rt_list_input(frame, 3) : 0;
  const coil_tensor *x = any ? coil_rt_list_element(frame, xs, at, 2) : 0;
  const coil_list *ys = x ? coil_rt_list_erase(frame, xs, at) : 0;
  if (!ys)
    return COIL_ERROR_DATA;
  int64_t size = x->dims[0] * 12, length = *(const int64_t *)ys;
  float *copy = coil_rt_alloc(frame, size);
  if (!copy)
    return COIL_ERROR_MEMORY;
  for (int64_t i = 0; i < size / 4; ++i)
    copy[i] = -((const float *)x->data)[i];
  ys = coil_rt_list_insert(frame, ys, 0, copy, size, 2, x->dims);
  for (int64_t end = length + 1; ys && end < length + 4; ++end)
    ys = coil_rt_list_insert(frame, ys, end, copy, size, 2, x->dims);
  int64_t *count = ys ? coil_rt_output(frame, 1, &at) : 0;
  if (!count || !coil_rt_list_output(frame, 0, ys) ||
      !coil_rt_list_output(frame, 2, maybe) ||
      !coil_rt_list_output(frame, 3, any))
    return COIL_ERROR_BUFFER;
  *count = *(const int64_t *)ys;
  return 0;
}

PUBLIC extern const coil_model lists_model;
const coil_model lists_model = {.abi = COIL_ABI,
                                .input_count = 4,
                                .output_count = 4,
                                .name = "lists",
                                .target = TEST_TARGET,
                                .compiler = "hand",
                                .inputs = lists_inputs,
                                .outputs = lists_outputs,
                                .invoke = lists_invoke,
                                .api = &coil_rt_api};
#endif

#ifdef GROW
static const int64_t past_dims[] = {-1, -2, 3}, row_dims[] = {-1, -3, 3};
static const int64_t present_dims[] = {-1, COIL_DIM_UNKNOWN, 3};
static const int64_t count_dims[] = {-4};
static const coil_value grow_inputs[] = {
    {"past", COIL_FLOAT, 3, 0, past_dims},
    {"rows", COIL_FLOAT, 3, 0, row_dims},
    {"counts", COIL_INT64, 1, 0, count_dims}};
static const coil_value grow_outputs[] = {
    {"present", COIL_FLOAT, 3, 0, present_dims},
    {"next", COIL_INT64, 1, 0, count_dims}};
static const char *const grow_symbols[] = {"b", "n", "m", "k"};
static const coil_share grow_shares[] = {{0, 0, 1, 0, 5}, {1, 2, -1, 0, 0}};

static int32_t grow_invoke(coil_frame *frame) {
  int64_t b = frame->symbols[0], n = frame->symbols[1], m = frame->symbols[2],
          k = frame->symbols[3], dims[] = {b, n + m, 3};
  const float *rows = frame->inputs[1];
  float *present = coil_rt_output(frame, 0, dims);
  int64_t *counts = (int64_t *)(uintptr_t)frame->inputs[2]; /* shared with output 1 */
  k += k > 0 && counts[0] < 0;
  if (!present || !coil_rt_output(frame, 1, &k))
    return COIL_ERROR_BUFFER;
  for (int64_t i = 0; i < b; ++i)
    for (int64_t j = 0; j < m * 3; ++j)
      present[i * 15 + n * 3 + j] = rows[i * m * 3 + j];
  for (int64_t i = 0; i < k; ++i)
    ++counts[i];
  return 0;
}

PUBLIC extern const coil_model grow_model;
const coil_model grow_model = {.abi = COIL_ABI,
                               .input_count = 3,
                               .output_count = 2,
                               .symbol_count = 4,
                               .share_count = 2,
                               .name = "grow",
                               .target = TEST_TARGET,
                               .compiler = "hand",
                               .inputs = grow_inputs,
                               .outputs = grow_outputs,
                               .symbols = grow_symbols,
                               .shares = grow_shares,
                               .invoke = grow_invoke,
                               .api = &coil_rt_api};
#endif
