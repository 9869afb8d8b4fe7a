/*===- texts.c - strings as numbers, and the operators that read them ------===*/
#include "check.h"
#include "runtime/context.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

/* x: string[n] -> y: string[n] = x + "!", which the model knows, and n
 * numbers from 0 as strings, so that a run makes many. */
static const int64_t dims[] = {-1};
static const coil_value inputs[] = {{"x", COIL_STRING, 1, 0, dims}};
static const coil_value outputs[] = {{"y", COIL_STRING, 1, 0, dims},
                                     {"k", COIL_STRING, 1, 0, dims}};
static const char *const symbols[] = {"n"};
static const int64_t offsets[] = {0, 1, 3};
static const coil_string_table table = {&coil_rt_strings, 2, offsets, "\0!"};

static int32_t shout(coil_frame *frame) {
  int64_t n = frame->symbols[0];
  int64_t *marks = coil_rt_alloc(frame, n * 8), *y = coil_rt_output(frame, 0, &n);
  int64_t *numbers = coil_rt_alloc(frame, n * 8), *k = coil_rt_output(frame, 1, &n);
  if (!marks || !y || !numbers || !k)
    return COIL_ERROR_MEMORY;
  for (int64_t i = 0; i < n; ++i)
    marks[i] = 1, numbers[i] = i;
  int32_t code = coil_rt_string_concat(frame, frame->inputs[0], marks, n, y);
  return code ? code : coil_rt_string_from_integer(frame, numbers, n, 1, k);
}

static const coil_model model = {
    .abi = COIL_ABI, .input_count = 1, .output_count = 2, .symbol_count = 1,
    .name = "shout", .target = "test", .compiler = "by hand",
    .inputs = inputs, .outputs = outputs, .symbols = symbols,
    .invoke = shout, .api = &coil_rt_api, .strings = &table};

static int is(coil_string got, const char *text) {
  return got.bytes == strlen(text) && memcmp(got.data, text, got.bytes) == 0 &&
         got.data[got.bytes] == 0;
}

static coil_tensor strings_of(coil_string *data, int64_t count) {
  return (coil_tensor){data, (size_t)count * sizeof *data, COIL_STRING, 1, {count}};
}

/* Of an allocator that refuses after `left` calls. */
static int left, live;
static void *allocate(void *user, size_t bytes, size_t alignment) {
  (void)user;
  void *memory = NULL;
  if (left-- <= 0 || posix_memalign(&memory, alignment, bytes))
    return NULL;
  return ++live, memory;
}
static void release(void *user, void *memory, size_t bytes) {
  (void)user, (void)bytes;
  live -= memory != NULL;
  free(memory);
}
static const coil_allocator allocator = {allocate, release, NULL};
static const coil_options options = {.threads = 1, .allocator = &allocator};

static void test_runs(void) {
  coil_context *context;
  CHECK(model.api->create(&model, NULL, &context) == COIL_OK);
  char word[] = "ab";
  coil_string x[] = {{word, 2}, {NULL, 0}, {"a\0b", 3}};
  coil_tensor in = strings_of(x, 3), out[2] = {{0}};
  CHECK(model.api->run(context, &in, out) == COIL_OK);
  word[0] = 0; /* texts of inputs are the caller's again */
  const coil_string *y = out[0].data, *k = out[1].data;
  CHECK(out[0].type == COIL_STRING && out[0].bytes == 3 * sizeof *y);
  CHECK(is(y[0], "ab!") && is(y[1], "!") && is(k[2], "2"));
  CHECK(y[2].bytes == 4 && memcmp(y[2].data, "a\0b!", 5) == 0);

  /* The caller's buffer; what is too small fails and changes no tensor. */
  coil_string mine[3];
  coil_tensor own[2] = {strings_of(mine, 3), {0}};
  CHECK(model.api->run(context, &in, own) == COIL_OK && own[0].data == mine);
  CHECK(is(mine[1], "!"));
  own[0].bytes = 40;
  CHECK_ERROR(model.api->run(context, &in, own), COIL_ERROR_BUFFER, model,
              context, "output 'y': the buffer has 40 bytes, the result takes 48");
  x[1].bytes = 4;
  CHECK_ERROR(model.api->run(context, &in, out), COIL_ERROR_ARGUMENT, model,
              context, "input 'x': the data of string 1 is null");
  in.type = COIL_INT64;
  CHECK_ERROR(model.api->run(context, &in, out), COIL_ERROR_TYPE, model, context,
              "input 'x': type is i64 (7), expected string");
  model.api->destroy(context);
}

/* Tables grow, and a second run of the kind allocates nothing. */
static void test_many(void) {
  enum { MANY = 5000 };
  left = 1000;
  coil_context *context;
  CHECK(model.api->create(&model, &options, &context) == COIL_OK);
  coil_string *x = malloc(MANY * sizeof *x);
  static char texts[MANY][40];
  for (int i = 0; i < MANY; ++i)
    x[i] = (coil_string){texts[i], (size_t)snprintf(texts[i], 40, "%0*d", 1 + i % 30, i / 2)};
  coil_tensor in = strings_of(x, MANY), out[2] = {{0}};
  int calls = 0;
  for (int run = 0; run < 4; ++run) {
    int before = left;
    CHECK(model.api->run(context, &in, out) == COIL_OK);
    calls = before - left;
    const coil_string *y = out[0].data, *k = out[1].data;
    for (int i = 0; i < MANY; i += 7) {
      char expected[50];
      snprintf(expected, sizeof expected, "%s!", texts[i]);
      CHECK(is(y[i], expected) && atoi(k[i].data) == i);
    }
  }
  CHECK(calls == 0);
  model.api->destroy(context);

  /* The first, second, ... allocation fails, until all succeed. */
  int failed = 0;
  for (int refused = 0;; ++refused) {
    left = refused;
    coil_status status = model.api->create(&model, &options, &context);
    memset(out, 0, sizeof out);
    if (status == COIL_OK)
      status = model.api->run(context, &in, out);
    CHECK(status == COIL_OK || status == COIL_ERROR_MEMORY);
    failed += status != COIL_OK;
    if (context && status != COIL_OK) { /* and goes on when there is some */
      left = 1000;
      CHECK(model.api->run(context, &in, out) == COIL_OK);
      CHECK(is(((const coil_string *)out[1].data)[4999], "4999"));
    }
    model.api->destroy(context);
    CHECK(live == 0);
    if (status == COIL_OK)
      break;
  }
  CHECK(failed > 8);
  free(x);
}

/* What an operator needs for a long string, it gives back before the next. */
static void test_long(void) {
  enum { MANY = 1000, LONG = 10000 };
  coil_context *context;
  CHECK(model.api->create(&model, NULL, &context) == COIL_OK);
  coil_frame *frame = &context->frame;
  static char text[LONG];
  static int64_t x[MANY], y[MANY];
  memset(text, 'a', LONG);
  int64_t same = coil_intern(context, text, LONG), b = coil_intern(context, "b", 1);
  for (int i = 0; i < MANY; ++i)
    x[i] = same, y[i] = b;
  CHECK(coil_rt_string_concat(frame, x, y, MANY, y) == 0);
  coil_string both = coil_text(context, y[0]);
  CHECK(y[MANY - 1] == y[0] && both.bytes == LONG + 1);
  CHECK(!memcmp(both.data, text, LONG) && both.data[LONG] == 'b');
  CHECK(coil_rt_string_upper(frame, x, MANY, 0, y) == 0);
  CHECK(y[MANY - 1] == y[0] && coil_text(context, y[0]).data[LONG - 1] == 'A');
  CHECK(coil_rt_string_lower(frame, y, MANY, 0, y) == 0 && y[7] == same);
  CHECK(model.api->memory(context) < 20 * LONG); /* three texts among it */
  size_t memory = model.api->memory(context);
  for (int i = 0; i < 20; ++i)
    CHECK(coil_rt_string_rank(frame, x, MANY, y) == 0 && y[MANY - 1] == 0);
  CHECK(model.api->memory(context) == memory);
  model.api->destroy(context);
}

static void test_operators(void) {
  coil_context *context;
  CHECK(model.api->create(&model, NULL, &context) == COIL_OK);
  coil_frame *frame = &context->frame;
  int64_t x[4], y[8], parts[4];
  const char *texts[] = {"b", "Ünï \xff", "", " a  b "};
  for (int i = 0; i < 4; ++i)
    x[i] = coil_intern(context, texts[i], strlen(texts[i]));
  CHECK(x[2] == 0 && coil_intern(context, "b", 1) == x[0]);

  coil_rt_string_rank(frame, x, 4, y);
  CHECK(y[2] == 0 && y[3] == 1 && y[0] == 2 && y[1] == 3);
  coil_rt_string_upper(frame, x, 4, 0, y);
  CHECK(is(coil_text(context, y[1]), "ÜNÏ \xff") && is(coil_text(context, y[2]), ""));
  coil_rt_string_lower(frame, y, 4, 0, y);
  CHECK(is(coil_text(context, y[1]), "ünï \xff") && y[0] == x[0]);
  /* No character, though its bits are those of A or a, or beyond the last. */
  const char *none[] = {"\xc1\x81", "\xe0\x81\x81", "\xf0\x80\x81\x81", "\xe0\x81\xa1", "\xf4\x90\x80\x80"};
  for (int i = 0; i < 5; ++i) {
    int64_t n = coil_intern(context, none[i], strlen(none[i])), lower, upper;
    coil_rt_string_lower(frame, &n, 1, 0, &lower);
    coil_rt_string_upper(frame, &n, 1, 0, &upper);
    CHECK(lower == n && upper == n);
  }

  coil_rt_string_parts(frame, x, 4, 0, INT64_MAX, parts);
  CHECK(parts[0] == 1 && parts[1] == 2 && parts[2] == 0 && parts[3] == 2);
  coil_rt_string_split(frame, x, 4, 0, 1, 2, y);
  CHECK(y[0] == x[0] && y[1] == 0 && y[5] == 0 && is(coil_text(context, y[7]), "b "));

  /* One letter b, or nothing. */
  uint8_t classes[256] = {['b'] = 1}, found[4];
  const int32_t moves[] = {-1, 1, 1, -1, -1, 1};
  coil_rt_string_match(frame, x, 4, classes, moves, 3, found);
  CHECK(found[0] && !found[1] && found[2] && !found[3]);
  model.api->destroy(context);
}

/* Numbers are the same in a locale that has a comma. */
static void test_numbers(void) {
  coil_context *context;
  CHECK(model.api->create(&model, NULL, &context) == COIL_OK);
  coil_frame *frame = &context->frame;
  if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
    setlocale(LC_NUMERIC, "fr_FR.UTF-8"); /* where there is one */
  const double reals[] = {0.5, -1e-7, 1e16, 123456.75, NAN, -INFINITY, 0x1p-1074, 1e15};
  const char *expected[] = {"0.5", "-1e-07", "1e+16", "123456.75", "NaN", "-INF", "5e-324", "1000000000000000.0"};
  int64_t y[8];
  double back[8];
  coil_rt_string_from_float(frame, reals, 8, 53, -1074, y);
  for (int i = 0; i < 8; ++i)
    CHECK(is(coil_text(context, y[i]), expected[i]));
  CHECK(coil_rt_string_to_float(frame, y, 8, back, "n") == 0);
  for (int i = 0; i < 8; ++i)
    CHECK(back[i] == reals[i] || (isnan(back[i]) && isnan(reals[i])));
  setlocale(LC_NUMERIC, "C");
  y[0] = coil_intern(context, "-9223372036854775808", 20);
  y[1] = coil_intern(context, " 2.9e1\n", 7);
  int64_t n[2];
  CHECK(coil_rt_string_to_integer(frame, y, 2, n, "n") == 0);
  CHECK(n[0] == INT64_MIN && n[1] == 29);
  y[0] = coil_intern(context, "1.2.3", 5);
  CHECK_ERROR(coil_rt_string_to_integer(frame, y, 1, n, "n"), COIL_ERROR_DATA,
              model, context, "shout: node 'n': '1.2.3' is no number");
  model.api->destroy(context);
}

void test_texts(void) {
  test_runs();
  test_many();
  test_long();
  test_operators();
  test_numbers();
}
