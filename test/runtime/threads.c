/*===- threads.c - the pool, and contexts side by side --------------------===*/
#define _GNU_SOURCE /* sched_getaffinity */
#include "check.h"
#include "runtime/rt.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

/* Each element once: a part that is lost or done twice changes the counts. */
typedef struct tally {
  coil_frame *frame;
  unsigned char *seen;
  int64_t shortest;
  int64_t parts[1024];
} tally;

static void count_up(void *closure, int64_t begin, int64_t end) {
  tally *t = closure;
  for (int64_t i = begin; i < end; ++i)
    ++t->seen[i];
  if (end > begin)
    t->parts[begin % 1024] = end - begin;
}

static int64_t count, grain;
static int nested;

static void nest(void *closure, int64_t begin, int64_t end) {
  tally *t = closure;
  tally inner = {.seen = t->seen + begin};
  coil_rt_parallel(t->frame, count_up, &inner, end - begin, 1);
}

static int32_t tally_invoke(coil_frame *frame) {
  tally t = {.frame = frame, .seen = calloc((size_t)count + 1, 1)};
  coil_rt_parallel(frame, nested ? nest : count_up, &t, count, grain);
  int wrong = 0;
  for (int64_t i = 0; i < count; ++i)
    wrong |= t.seen[i] != 1;
  int parts = 0;
  for (int i = 0; i < 1024; ++i) {
    parts += t.parts[i] != 0;
    wrong |= t.parts[i] != 0 && parts > 1 && t.parts[i] < grain && !nested;
  }
  free(t.seen);
  return wrong;
}

static const coil_model tally_model = {.abi = COIL_ABI,
                                       .name = "tally",
                                       .invoke = tally_invoke,
                                       .api = &coil_rt_api};

static void test_partition(int threads) {
  coil_options options = {.threads = threads};
  coil_context *context;
  CHECK(coil_rt_api.create(&tally_model, &options, &context) == COIL_OK);
  for (nested = 0; nested < 2; ++nested)
    for (count = 0; count < 70; ++count)
      for (grain = 0; grain < 12; grain += 3)
        CHECK(coil_rt_api.run(context, NULL, NULL) == COIL_OK);
  usleep(20000); /* the workers go to sleep, and wake again */
  CHECK(coil_rt_api.run(context, NULL, NULL) == COIL_OK);
  coil_rt_api.destroy(context);
}

static void *run_many(void *argument) {
  coil_context *context = argument;
  toy_case c = make_toy_case();
  point(&c);
  for (int i = 0; i < 200; ++i) {
    c.x[0] = (float)i;
    c.mask[1] = i % 10 == 9 ? -1 : 1; /* some fail, each in its own context */
    coil_status status = toy_model.api->run(context, c.inputs, c.outputs);
    CHECK(status == (i % 10 == 9 ? COIL_ERROR_DATA : COIL_OK));
    if (status == COIL_OK)
      CHECK(*(float *)c.outputs[0].data == sinf(2 * c.x[0]));
  }
  return NULL;
}

static void test_contexts(void) {
  enum { CONTEXTS = 3 };
  coil_context *contexts[CONTEXTS];
  pthread_t threads[CONTEXTS];
  coil_options options = {.threads = 2};
  for (int i = 0; i < CONTEXTS; ++i)
    CHECK(toy_model.api->create(&toy_model, &options, &contexts[i]) == COIL_OK);
  for (int i = 0; i < CONTEXTS; ++i)
    pthread_create(&threads[i], NULL, run_many, contexts[i]);
  for (int i = 0; i < CONTEXTS; ++i)
    pthread_join(threads[i], NULL);
  for (int i = 0; i < CONTEXTS; ++i)
    toy_model.api->destroy(contexts[i]);
}

/* The first failure of many counts, and it is reported whole. */
static void fail_all(void *closure, int64_t begin, int64_t end) {
  (void)end;
  coil_rt_fail(closure, COIL_ERROR_DATA, begin % 2 ? "odd" : "even");
}

static int32_t failing_invoke(coil_frame *frame) {
  coil_rt_parallel(frame, fail_all, frame, 64, 1);
  coil_rt_fail(frame, COIL_ERROR_SHAPE, "late");
  CHECK(coil_rt_alloc(frame, -1) == NULL); /* fails too, and says nothing */
  return 0;
}

static void test_failures(void) {
  coil_model model = tally_model;
  model.invoke = failing_invoke;
  coil_options options = {.threads = 6};
  coil_context *context;
  CHECK(coil_rt_api.create(&model, &options, &context) == COIL_OK);
  for (int i = 0; i < 50; ++i) {
    CHECK(coil_rt_api.run(context, NULL, NULL) == COIL_ERROR_DATA);
    const char *message = coil_rt_api.error(context);
    CHECK(!strcmp(message, "tally: odd") || !strcmp(message, "tally: even"));
  }
  coil_rt_api.destroy(context);
}

/* A region that several threads share is counted at its site, one that has a
 * single part is not. */
static int32_t counted_invoke(coil_frame *frame) {
  tally t = {.frame = frame, .seen = calloc(64, 1)};
  coil_rt_site(frame, 0);
  coil_rt_parallel(frame, count_up, &t, 64, 1);
  coil_rt_parallel(frame, count_up, &t, 64, 64);
  coil_rt_site(frame, 1);
  coil_rt_parallel(frame, count_up, &t, 64, 32);
  coil_rt_site(frame, -1);
  free(t.seen);
  return 0;
}

static void test_regions(void) {
  coil_model model = tally_model;
  model.invoke = counted_invoke;
  model.site_count = 2;
  for (int threads = 1; threads < 4; ++threads) {
    coil_options options = {.threads = threads, .pin = 1};
    coil_context *context;
    CHECK(coil_rt_api.create(&model, &options, &context) == COIL_OK);
    coil_rt_api.set_profiling(context, 1);
    for (int i = 0; i < 3; ++i)
      CHECK(coil_rt_api.run(context, NULL, NULL) == COIL_OK);
    const coil_profile *profile = coil_rt_api.profile(context);
    CHECK(profile[0].regions == (threads > 1 ? 3 : 0));
    CHECK(profile[1].regions == (threads > 1 ? 3 : 0));
    coil_rt_api.destroy(context);
  }
}

/* A part that a worker has not begun is done by its parent, so a region ends as
 * soon as one thread has a core. */
enum { LONG = 1000 }; /* microseconds */

static void wait_long(void *closure, int64_t begin, int64_t end) {
  tally *t = closure;
  for (int64_t i = begin; i < end; ++i)
    ++t->seen[i];
  if (begin % 3 == 0)
    usleep(LONG);
}

static int32_t waiting_invoke(coil_frame *frame) {
  unsigned char seen[64] = {0};
  tally t = {.frame = frame, .seen = seen};
  coil_rt_parallel(frame, wait_long, &t, 64, 1);
  for (int i = 0; i < 64; ++i)
    CHECK(seen[i] == 1);
  return 0;
}

/* Threads that sleep in the middle of a part, and parents that wait for them. */
static void test_waits(void) {
  coil_model model = tally_model;
  model.invoke = waiting_invoke;
  for (int threads = 2; threads < 40; threads += 9) {
    coil_options options = {.threads = threads};
    coil_context *context;
    CHECK(coil_rt_api.create(&model, &options, &context) == COIL_OK);
    for (int i = 0; i < 20; ++i)
      CHECK(coil_rt_api.run(context, NULL, NULL) == COIL_OK);
    coil_rt_api.destroy(context);
  }
}

/* Where each part of a region may run. */
enum { PARTS = 5 };
static cpu_set_t places[PARTS];

/* Each waits for the others: what a thread has not begun the caller takes back. */
static void look(void *closure, int64_t begin, int64_t end) {
  _Atomic int *begun = closure;
  CHECK(end == begin + 1);
  for (++*begun; *begun < PARTS;)
    usleep(100);
  CHECK(sched_getaffinity(0, sizeof *places, &places[begin]) == 0);
}

static int32_t looking_invoke(coil_frame *frame) {
  _Atomic int begun = 0;
  coil_rt_parallel(frame, look, &begun, PARTS, 1);
  return 0;
}

/* With `pin` each thread but the caller's stays on one core, and no two on the
 * same while there are others; without it, all may run where the process may. */
static void test_pin(void) {
  cpu_set_t all;
  if (sched_getaffinity(0, sizeof all, &all) || CPU_COUNT(&all) < 2) {
    printf("runtime: where threads stay is not tested: there is one core\n");
    return;
  }
  coil_model model = tally_model;
  model.invoke = looking_invoke;
  for (int pin = 0; pin < 2; ++pin) {
    coil_options options = {.threads = PARTS, .pin = pin};
    coil_context *context;
    cpu_set_t taken;
    CPU_ZERO(&taken);
    CHECK(coil_rt_api.create(&model, &options, &context) == COIL_OK);
    CHECK(coil_rt_api.run(context, NULL, NULL) == COIL_OK);
    CHECK(CPU_EQUAL(&places[0], &all)); /* the app's own thread */
    for (int i = 1; i < PARTS; ++i) {
      cpu_set_t usable;
      CPU_AND(&usable, &places[i], &all);
      CHECK(CPU_EQUAL(&usable, &places[i]));
      CHECK(pin ? CPU_COUNT(&places[i]) == 1 : CPU_EQUAL(&places[i], &all));
      CPU_OR(&taken, &taken, &places[i]);
    }
    int cores = CPU_COUNT(&all), workers = PARTS - 1;
    CHECK(!pin || CPU_COUNT(&taken) == (workers < cores ? workers : cores));
    coil_rt_api.destroy(context);
  }
}

void test_threads(void) {
  test_partition(1);
  test_partition(2);
  test_partition(7);
  test_partition(23);
  test_contexts();
  test_failures();
  test_regions();
  test_waits();
  test_pin();
}
