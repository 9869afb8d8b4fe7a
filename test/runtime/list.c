/*===- list.c - sequences and optional values ------------------------------===*/
#include "check.h"
#include "runtime/rt.h"

static coil_context *context;
static float data[4][6] = {{1, 2, 3}, {4, 5, 6, 7, 8, 9}, {10, 11, 12}, {0}};
static int64_t at, numbers[2] = {5, 6};
static coil_tensor rows[3], other[2], inputs[4], outputs[4];

static coil_tensor sequence(coil_tensor *elements, int64_t count) {
  return (coil_tensor){elements, (size_t)count * sizeof *elements,
                       COIL_SEQUENCE, 1, {count}};
}

/* Three tensors of 1, 2 and 1 rows; the optional values are absent. */
static void fresh(void) {
  at = 1;
  memset(inputs, 0, sizeof inputs);
  memset(outputs, 0, sizeof outputs);
  for (int i = 0; i < 3; ++i)
    rows[i] =
        (coil_tensor){data[i], sizeof data[i], COIL_FLOAT, 2, {1 + i % 2, 3}};
  inputs[0] = sequence(rows, 3);
  inputs[1] = (coil_tensor){&at, sizeof at, COIL_INT64, 0, {0}};
}

static coil_status run(void) {
  return lists_model.api->run(context, inputs, outputs);
}

#define REFUSED(expected, message)                                             \
  CHECK_ERROR(run(), expected, lists_model, context, message)

static void test_values(void) {
  fresh();
  CHECK(run() == COIL_OK);
  CHECK(*(int64_t *)outputs[1].data == 6);
  CHECK(outputs[0].type == COIL_SEQUENCE && outputs[0].rank == 1 &&
        outputs[0].dims[0] == 6 &&
        outputs[0].bytes == 6 * sizeof(coil_tensor));
  static const float first[] = {-4, 1, 10, -4, -4, -4};
  static const int64_t heights[] = {2, 1, 1, 2, 2, 2};
  const coil_tensor *ys = outputs[0].data;
  for (int i = 0; i < 6; ++i) {
    CHECK(ys[i].type == COIL_FLOAT && ys[i].rank == 2);
    CHECK(ys[i].dims[0] == heights[i] && ys[i].dims[1] == 3);
    CHECK(ys[i].bytes == (size_t)heights[i] * 12);
    CHECK(*(float *)ys[i].data == first[i]);
    CHECK((uintptr_t)ys[i].data % 64 == 0);
  }
  CHECK(ys[1].data != rows[0].data); /* results are nobody's inputs */
  CHECK(outputs[2].type == COIL_NONE && outputs[2].data == NULL);
  CHECK(outputs[3].type == COIL_NONE);
  for (at = 0; at < 3; ++at) /* the ends are erased in other ways */
    CHECK(run() == COIL_OK && *(int64_t *)outputs[1].data == 6);
  ys = outputs[0].data;
  CHECK(*(float *)ys[0].data == -10 && *(float *)ys[1].data == 1 &&
        *(float *)ys[2].data == 4);
  at = 0;
  CHECK(run() == COIL_OK);
  ys = outputs[0].data;
  CHECK(*(float *)ys[0].data == -1 && *(float *)ys[1].data == 4 &&
        *(float *)ys[2].data == 10);
}

static void test_optional(void) {
  fresh();
  int64_t room[2] = {0};
  other[0] = (coil_tensor){data[1], 4, COIL_FLOAT, 0, {0}};
  other[1] = (coil_tensor){data[1], 24, COIL_FLOAT, 3, {1, 2, 3}};
  inputs[2] = (coil_tensor){numbers, sizeof numbers, COIL_INT64, 1, {2}};
  inputs[3] = sequence(other, 2);
  CHECK(run() == COIL_OK);
  CHECK(outputs[2].dims[0] == 2 && ((int64_t *)outputs[2].data)[1] == 6);
  const coil_tensor *any = outputs[3].data;
  CHECK(any[0].rank == 0 && any[0].bytes == 4 && any[1].dims[2] == 3);
  outputs[2] = (coil_tensor){.data = room, .bytes = sizeof room};
  CHECK(run() == COIL_OK && outputs[2].data == room && room[0] == 5);
  outputs[2] = (coil_tensor){.data = room, .bytes = 8};
  REFUSED(COIL_ERROR_BUFFER,
          "output 'maybe': the buffer has 8 bytes, the result takes 16");
  inputs[3] = sequence(NULL, 0);
  outputs[2].bytes = sizeof room;
  CHECK(run() == COIL_OK && outputs[3].type == COIL_SEQUENCE &&
        outputs[3].dims[0] == 0 && outputs[3].data != NULL);
  inputs[2] = (coil_tensor){0};
  CHECK(run() == COIL_OK && outputs[2].type == COIL_NONE);
}

static void test_refusals(void) {
  fresh();
  at = 3;
  REFUSED(COIL_ERROR_DATA, "lists: a position is out of range for a sequence");
  inputs[0] = sequence(rows, 0);
  at = 0;
  REFUSED(COIL_ERROR_DATA, "lists: a position is out of range for a sequence");
  fresh();
  inputs[0] = rows[0];
  REFUSED(COIL_ERROR_TYPE,
          "input 'xs': type is f32 (1), expected a sequence of f32");
  inputs[0] = (coil_tensor){0};
  REFUSED(COIL_ERROR_TYPE,
          "input 'xs': type is absent (0), expected a sequence of f32");
  fresh();
  inputs[0].dims[0] = -1;
  REFUSED(COIL_ERROR_SHAPE,
          "input 'xs': a sequence has one dimension, its length");
  fresh();
  inputs[0].data = NULL;
  REFUSED(COIL_ERROR_ARGUMENT, "input 'xs': data is null");
  fresh();
  inputs[0].dims[0] = INT64_MAX;
  CHECK(run() == COIL_ERROR_BUFFER);
  fresh();
  rows[1].type = COIL_DOUBLE;
  REFUSED(COIL_ERROR_TYPE,
          "input 'xs': element 1: type is f64 (11), expected f32");
  fresh();
  rows[2].rank = 1;
  REFUSED(COIL_ERROR_SHAPE, "input 'xs': element 2: rank is 1, expected 2");
  fresh();
  rows[0].dims[1] = 4;
  REFUSED(COIL_ERROR_SHAPE,
          "input 'xs': element 0: dimension 1 is 4, expected 3");
  fresh();
  rows[0].dims[0] = -4;
  REFUSED(COIL_ERROR_SHAPE, "input 'xs': element 0: its dimensions are "
                            "negative or exceed the address space");
  fresh();
  rows[0].data = NULL;
  REFUSED(COIL_ERROR_ARGUMENT, "input 'xs': element 0: data is null");
  fresh();
  rows[1].bytes = 23;
  REFUSED(COIL_ERROR_BUFFER, "input 'xs': element 1: the buffer has 23 bytes, "
                             "its dimensions take 24");
  fresh();
  inputs[2] = (coil_tensor){numbers, sizeof numbers, COIL_INT64, 2, {1, 2}};
  REFUSED(COIL_ERROR_SHAPE, "input 'maybe': rank is 2, expected 1");
  fresh();
  other[0] = (coil_tensor){data[1], 4, COIL_FLOAT, 9, {0}};
  inputs[3] = sequence(other, 1);
  REFUSED(COIL_ERROR_SHAPE, "input 'any': element 0: rank is 9, expected 0 to 8");
  other[0].type = COIL_SEQUENCE;
  REFUSED(COIL_ERROR_TYPE,
          "input 'any': element 0: type is sequence (64), expected f32");
}

/* An older version of a list stays what it was, whatever is made of it. */
static int32_t versions(coil_frame *frame) {
  int64_t one = 1;
  const coil_list *none = coil_rt_list_empty(frame), *all[8], *branch;
  all[0] = coil_rt_list_insert(frame, none, 0, data[0], 4, 1, &one);
  for (int i = 1; i < 8; ++i)
    all[i] = coil_rt_list_insert(frame, all[i - 1], i, &data[i % 3][i % 2], 4,
                                 1, &one);
  branch = coil_rt_list_insert(frame, all[3], 4, data[3], 4, 1, &one);
  branch = coil_rt_list_insert(frame, branch, 0, data[3], 4, 1, &one);
  const coil_list *shorter = coil_rt_list_erase(frame, all[7], 7);
  shorter = coil_rt_list_insert(frame, shorter, 7, data[3], 4, 1, &one);
  CHECK(*(const int64_t *)none == 0 && *(const int64_t *)branch == 6);
  for (int version = 0; version < 8; ++version)
    for (int i = 0; i <= version; ++i) {
      const coil_tensor *x = coil_rt_list_element(frame, all[version], i, 1);
      CHECK(x && x->data == (i == 0 ? data[0] : &data[i % 3][i % 2]));
    }
  CHECK(coil_rt_list_element(frame, branch, 5, 1)->data == data[3]);
  CHECK(coil_rt_list_element(frame, branch, 1, 1)->data == data[0]);
  CHECK(coil_rt_list_element(frame, shorter, 7, 1)->data == data[3]);
  CHECK(coil_rt_list_element(frame, branch, 1, 2) == NULL);
  return 0;
}

static int32_t absent(coil_frame *frame) {
  const coil_list *none = coil_rt_list_absent(frame);
  CHECK(*(const int64_t *)none == -1);
  CHECK(coil_rt_list_element(frame, none, 0, 1) == NULL);
  return 0;
}

static int32_t deep(coil_frame *frame) {
  const int64_t dims[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  const coil_list *none = coil_rt_list_empty(frame);
  CHECK(coil_rt_list_insert(frame, none, 0, data[0], 4, 9, dims) == NULL);
  return 0;
}

static void test_lists(void) {
  coil_model model = lists_model;
  coil_context *own;
  fresh();
  model.invoke = versions;
  CHECK(model.api->create(&model, NULL, &own) == COIL_OK);
  CHECK_ERROR(model.api->run(own, inputs, outputs), COIL_ERROR_DATA, model, own,
              "lists: an element of a sequence has rank 1, the model was "
              "compiled for rank 2");
  model.invoke = absent;
  CHECK_ERROR(model.api->run(own, inputs, outputs), COIL_ERROR_DATA, model, own,
              "lists: an optional value is absent");
  model.invoke = deep;
  CHECK_ERROR(model.api->run(own, inputs, outputs), COIL_ERROR_DATA, model, own,
              "lists: a tensor of rank 9 is put into a sequence, expected at "
              "most 8");
  model.api->destroy(own);
}

void test_list(void) {
  coil_options options = {.threads = 1};
  CHECK(lists_model.api->create(&lists_model, &options, &context) == COIL_OK);
  test_values();
  test_optional();
  test_refusals();
  fresh();
  CHECK(run() == COIL_OK);
  size_t memory = lists_model.api->memory(context);
  for (int i = 0; i < 5; ++i) /* such a run has its memory */
    CHECK(run() == COIL_OK && lists_model.api->memory(context) == memory);
  lists_model.api->destroy(context);
  test_lists();
}
