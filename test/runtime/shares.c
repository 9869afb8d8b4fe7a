/*===- shares.c - outputs that lie in an input's buffer --------------------===*/
#include "check.h"

static coil_context *context;
static float cache[2 * 5 * 3], rows[2 * 2 * 3], other[30];
static int64_t counts[3];
static coil_tensor inputs[3], outputs[2];

/* Two rows in the cache, two new ones. */
static void fresh(void) {
  memset(outputs, 0, sizeof outputs);
  inputs[0] = (coil_tensor){cache, sizeof cache, COIL_FLOAT, 3, {2, 2, 3}};
  inputs[1] = (coil_tensor){rows, sizeof rows, COIL_FLOAT, 3, {2, 2, 3}};
  inputs[2] = (coil_tensor){counts, sizeof counts, COIL_INT64, 1, {3}};
}

static coil_status run(void) {
  return grow_model.api->run(context, inputs, outputs);
}

#define REFUSED(expected, message)                                             \
  CHECK_ERROR(run(), expected, grow_model, context, message)

static void test_in_place(void) {
  fresh();
  for (int i = 0; i < 30; ++i)
    cache[i] = (float)i;
  for (int i = 0; i < 12; ++i)
    rows[i] = (float)(100 + i);
  counts[1] = 7;
  CHECK(run() == COIL_OK);
  CHECK(outputs[0].data == cache && outputs[0].bytes == sizeof cache);
  CHECK(outputs[0].rank == 3 && outputs[0].dims[1] == 4 &&
        outputs[0].dims[2] == 3);
  CHECK(cache[5] == 5 && cache[6] == 100 && cache[11] == 105 &&
        cache[12] == 12 && cache[21] == 106 && cache[27] == 27);
  CHECK(outputs[1].data == counts && outputs[1].bytes == sizeof counts);
  CHECK(counts[0] == 1 && counts[1] == 8);
  /* What came out goes in, and the tensors of the last run may stay. */
  inputs[0] = outputs[0];
  inputs[1].dims[1] = 1;
  CHECK(run() == COIL_OK && outputs[0].dims[1] == 5 && cache[12] == 100);
  inputs[0] = outputs[0];
  REFUSED(COIL_ERROR_BUFFER, "output 'present': dimension 1 is 6, the buffer of "
                             "input 'past' has room for 5");
  CHECK(outputs[0].dims[1] == 5); /* a failed run leaves the tensors alone */
}

static void test_refused(void) {
  fresh();
  inputs[0].dims[1] = 6;
  inputs[0].bytes = 36 * 4;
  REFUSED(COIL_ERROR_SHAPE,
          "input 'past': dimension 1 is 6, its buffer, which output 'present' "
          "shares, has room for 5");
  fresh();
  inputs[0].bytes -= 1;
  REFUSED(COIL_ERROR_BUFFER,
          "input 'past': the buffer has 119 bytes; with room for 5 in dimension "
          "1, which output 'present' needs, it takes 120");
  fresh();
  outputs[0] = (coil_tensor){.data = other, .bytes = sizeof other};
  REFUSED(COIL_ERROR_ARGUMENT,
          "output 'present': it has a buffer of its own, expected that of input "
          "'past', or null");
  fresh();
  inputs[0].dims[1] = 0; /* empty, but there will be rows */
  inputs[0].data = NULL;
  REFUSED(COIL_ERROR_ARGUMENT,
          "input 'past': data is null, but output 'present' lies there");
  fresh();
  inputs[1].data = cache + 2 * 3;
  REFUSED(COIL_ERROR_ARGUMENT, "input 'rows': its buffer overlaps that of "
                               "input 'past', which output 'present' changes");
  fresh();
  inputs[2].dims[0] = 2;
  counts[0] = -1; /* asks for another size */
  REFUSED(COIL_ERROR_DATA, "output 'next': dimension 0 is 3, but it is 2 in "
                           "input 'counts', whose buffer it shares");
}

static void test_empty(void) {
  fresh();
  inputs[0] = (coil_tensor){.type = COIL_FLOAT, .rank = 3, .dims = {0, 2, 3}};
  inputs[1].dims[0] = 0;
  inputs[2] = (coil_tensor){.type = COIL_INT64, .rank = 1, .dims = {0}};
  CHECK(run() == COIL_OK);
  CHECK(outputs[0].dims[0] == 0 && outputs[0].dims[1] == 4 &&
        outputs[0].bytes == 0);
}

void test_shares(void) {
  coil_options options = {.threads = 1};
  CHECK(grow_model.api->create(&grow_model, &options, &context) == COIL_OK);
  size_t before = grow_model.api->memory(context);
  test_in_place();
  test_refused();
  test_empty();
  CHECK(grow_model.api->memory(context) == before); /* results take none */
  grow_model.api->destroy(context);
}
