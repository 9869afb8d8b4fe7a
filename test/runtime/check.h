/*===- check.h - one line a claim -----------------------------------------===*/
#ifndef COIL_TEST_CHECK_H
#define COIL_TEST_CHECK_H

#include "coil/runtime.h"

#include <stdio.h>
#include <string.h>

extern int failures;
extern const coil_model toy_model, heavy_model, lists_model, grow_model;

#define CHECK(claim)                                                           \
  do {                                                                         \
    if (!(claim)) {                                                            \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #claim);    \
      ++failures;                                                              \
    }                                                                          \
  } while (0)

/* `status` is `expected`, and the message in `context` is exactly `message`. */
#define CHECK_ERROR(status, expected, model, context, message)                 \
  do {                                                                         \
    CHECK((status) == (expected));                                             \
    const char *got_ = (model).api->error(context);                            \
    if (strcmp(got_, message) != 0) {                                          \
      fprintf(stderr, "%s:%d: message is: %s\n      expected: %s\n", __FILE__, \
              __LINE__, got_, message);                                        \
      ++failures;                                                              \
    }                                                                          \
  } while (0)

/* Inputs and outputs of `toy` with a batch of two. */
typedef struct toy_case {
  float x[6], y[6], sum;
  int64_t mask[2], kept[2];
  coil_tensor inputs[2], outputs[3];
} toy_case;

static inline toy_case make_toy_case(void) {
  toy_case c = {.x = {0, 1, 2, 3, 4, 5}, .mask = {7, 0}};
  c.inputs[0] = (coil_tensor){NULL, sizeof c.x, COIL_FLOAT, 2, {2, 3}};
  c.inputs[1] = (coil_tensor){NULL, sizeof c.mask, COIL_INT64, 1, {2}};
  return c;
}

/* After a copy of the case: its tensors point into itself. */
static inline void point(toy_case *c) {
  c->inputs[0].data = c->x;
  c->inputs[1].data = c->mask;
}

void test_errors(void);
void test_list(void);
void test_memory(void);
void test_shares(void);
void test_texts(void);
void test_threads(void);
void test_weights(void);

#endif
