/*===- memory.c - what a run allocates, and where results are -------------===*/
#include "check.h"
#include "runtime/rt.h"

#include <math.h>
#include <stdlib.h>

/* An allocator that counts, and that refuses after `left` calls. */
typedef struct counts {
  int calls, live, left;
  size_t bytes;
} counts;

static void *count_allocate(void *user, size_t bytes, size_t alignment) {
  counts *c = user;
  if (c->left-- <= 0)
    return NULL;
  ++c->calls;
  ++c->live;
  c->bytes += bytes;
  void *memory = NULL;
  return posix_memalign(&memory, alignment, bytes) ? NULL : memory;
}

static void count_release(void *user, void *memory, size_t bytes) {
  counts *c = user;
  c->live -= memory != NULL;
  c->bytes -= bytes;
  free(memory);
}

static coil_context *create(counts *counts, int threads) {
  coil_allocator allocator = {count_allocate, count_release, counts};
  coil_options options = {.threads = threads, .allocator = &allocator};
  coil_context *context = NULL;
  toy_model.api->create(&toy_model, &options, &context);
  return context; /* the allocator is copied: ours may go */
}

static void test_second_run(void) {
  counts counts = {.left = 1000};
  coil_context *context = create(&counts, 2);
  toy_case c = make_toy_case();
  point(&c);
  CHECK(toy_model.api->run(context, c.inputs, c.outputs) == COIL_OK);
  int after_first = counts.calls;
  const void *y = c.outputs[0].data;
  CHECK((uintptr_t)y % 64 == 0);
  for (int i = 0; i < 5; ++i)
    CHECK(toy_model.api->run(context, c.inputs, c.outputs) == COIL_OK);
  CHECK(counts.calls == after_first && c.outputs[0].data == y);
  CHECK(toy_model.api->memory(context) >= 64 * 3);
  toy_model.api->destroy(context);
  CHECK(counts.live == 0 && counts.bytes == 0);
}

/* Fails the first, the second, ... allocation, until all succeed. */
static void test_refusals(void) {
  toy_case c = make_toy_case();
  point(&c);
  int left = 0, done = 0;
  for (; !done && left < 100; ++left) {
    counts counts = {.left = left};
    coil_context *context = create(&counts, 2);
    if (context) {
      coil_status status = toy_model.api->run(context, c.inputs, c.outputs);
      CHECK(status == COIL_OK || status == COIL_ERROR_MEMORY);
      CHECK(status == COIL_OK ||
            strstr(toy_model.api->error(context), "no memory for"));
      memset(c.outputs, 0, sizeof c.outputs);
      done = status == COIL_OK;
      counts.left = 100; /* the context survives it */
      CHECK(toy_model.api->run(context, c.inputs, c.outputs) == COIL_OK);
      memset(c.outputs, 0, sizeof c.outputs);
      toy_model.api->destroy(context);
    } else {
      CHECK(strstr(toy_model.api->error(NULL), "no memory for"));
    }
    CHECK(counts.live == 0 && counts.bytes == 0);
  }
  CHECK(done && left > 5);
}

static void test_results(void) {
  coil_context *context;
  CHECK(toy_model.api->create(&toy_model, NULL, &context) == COIL_OK);
  toy_case c = make_toy_case();
  point(&c);
  c.outputs[0] = (coil_tensor){.data = c.y, .bytes = sizeof c.y};
  CHECK(toy_model.api->run(context, c.inputs, c.outputs) == COIL_OK);
  float sum = 0;
  for (int i = 0; i < 6; ++i) {
    CHECK(c.y[i] == sinf(2 * c.x[i]));
    sum += c.y[i];
  }
  CHECK(*(float *)c.outputs[1].data == sum);
  const coil_tensor *kept = &c.outputs[2];
  CHECK(kept->type == COIL_INT64 && kept->rank == 1 && kept->dims[0] == 1);
  CHECK(kept->bytes == 8 && *(int64_t *)kept->data == 7);
  toy_model.api->destroy(context);
}

/* The tensors of one run serve the next, although its results are larger. */
static void test_growth(void) {
  coil_context *context;
  CHECK(toy_model.api->create(&toy_model, NULL, &context) == COIL_OK);
  static float x[3 * 1000];
  static int64_t mask[1000];
  coil_tensor outputs[3] = {{0}};
  for (int64_t batch = 1; batch <= 1000; batch += 111) {
    for (int64_t i = 0; i < batch; ++i)
      mask[i] = i + 1;
    coil_tensor inputs[] = {{x, sizeof x, COIL_FLOAT, 2, {batch, 3}},
                            {mask, sizeof mask, COIL_INT64, 1, {batch}}};
    CHECK(toy_model.api->run(context, inputs, outputs) == COIL_OK);
    CHECK(outputs[0].dims[0] == batch && outputs[2].dims[0] == batch);
    CHECK(((int64_t *)outputs[2].data)[batch - 1] == batch);
  }
  toy_model.api->destroy(context);
}

/* Iterations that take memory, one in the other, and always find the same. */
static int32_t iterations(coil_frame *frame) {
  char *again[3] = {0};
  for (int i = 0; i < 5; ++i) {
    int64_t mark = coil_rt_mark(frame);
    char *outer = coil_rt_alloc_local(frame, 1000), *inner[2];
    for (int j = 0; j < 4; ++j) {
      int64_t within = coil_rt_mark(frame);
      for (int k = 0; k < 2; ++k) {
        inner[k] = coil_rt_alloc_local(frame, 5000);
        CHECK(inner[k] && (inner[k] < outer || inner[k] >= outer + 1000));
        memset(inner[k], j, 5000);
      }
      CHECK(inner[0][4999] == j);
      coil_rt_release(frame, within);
    }
    memset(outer, 7, 1000);
    CHECK(i < 2 || (again[0] == outer && again[1] == inner[0] &&
                    again[2] == inner[1]));
    again[0] = outer, again[1] = inner[0], again[2] = inner[1];
    coil_rt_release(frame, mark);
  }
  return 0;
}

static void test_iterations(void) {
  coil_model model = toy_model;
  model.invoke = iterations;
  model.output_count = 0;
  coil_context *context;
  coil_options options = {.threads = 1};
  CHECK(model.api->create(&model, &options, &context) == COIL_OK);
  toy_case c = make_toy_case();
  point(&c);
  CHECK(model.api->run(context, c.inputs, c.outputs) == COIL_OK);
  size_t memory = model.api->memory(context);
  CHECK(memory < 30000);
  CHECK(model.api->run(context, c.inputs, c.outputs) == COIL_OK);
  CHECK(model.api->memory(context) == memory);
  model.api->destroy(context);
}

/* Sizes whose product leaves the range of numbers come out as anything. */
static int32_t take_too_much(coil_frame *frame) {
  CHECK(coil_rt_arena(frame, -64) == NULL);
  return 0;
}

static void test_overflow(void) {
  coil_model model = toy_model;
  model.invoke = take_too_much;
  model.output_count = 0;
  coil_context *context;
  CHECK(model.api->create(&model, NULL, &context) == COIL_OK);
  toy_case c = make_toy_case();
  point(&c);
  CHECK(model.api->run(context, c.inputs, c.outputs) == COIL_ERROR_MEMORY);
  CHECK(strstr(model.api->error(context), "no memory for the arena (more "
                                          "bytes than can be counted)"));
  model.api->destroy(context);
}

static void test_profile(void) {
  coil_context *context;
  CHECK(toy_model.api->create(&toy_model, NULL, &context) == COIL_OK);
  const coil_profile *profile = toy_model.api->profile(context);
  toy_case c = make_toy_case();
  point(&c);
  CHECK(toy_model.api->run(context, c.inputs, c.outputs) == COIL_OK);
  CHECK(profile[0].calls == 0);
  toy_model.api->set_profiling(context, 1);
  for (int i = 0; i < 3; ++i)
    CHECK(toy_model.api->run(context, c.inputs, c.outputs) == COIL_OK);
  CHECK(profile[0].calls == 3 && profile[1].calls == 3 &&
        profile[2].calls == 0);
  CHECK(profile[1].nanoseconds > 0);
  toy_model.api->set_profiling(context, 0);
  CHECK(profile[0].calls == 0);
  toy_model.api->destroy(context);
}

void test_memory(void) {
  test_second_run();
  test_refusals();
  test_results();
  test_growth();
  test_iterations();
  test_overflow();
  test_profile();
}
