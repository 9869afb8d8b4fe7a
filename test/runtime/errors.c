/*===- errors.c - each way to misuse a model has its code and its sentence ===*/
#include "check.h"

static coil_context *context;
static toy_case c;

static coil_status run(void) {
  return toy_model.api->run(context, c.inputs, c.outputs);
}

static void fresh(void) {
  c = make_toy_case();
  point(&c);
}

#define REFUSED(expected, message)                                             \
  CHECK_ERROR(run(), expected, toy_model, context, message)

static void test_create(void) {
  const coil_api *api = toy_model.api;
  coil_context *none = (coil_context *)&c;
  CHECK_ERROR(api->create(NULL, NULL, &none), COIL_ERROR_ARGUMENT, toy_model,
              NULL, "create: model is null");
  CHECK(none == NULL);
  CHECK_ERROR(api->create(&toy_model, NULL, NULL), COIL_ERROR_ARGUMENT,
              toy_model, NULL, "create: context is null");
  coil_model future = toy_model;
  future.abi = 7;
  CHECK_ERROR(api->create(&future, NULL, &none), COIL_ERROR_ARGUMENT, toy_model,
              NULL, "create: the model has ABI 7, expected 6");
  coil_options options = {.threads = -3};
  CHECK_ERROR(api->create(&toy_model, &options, &none), COIL_ERROR_ARGUMENT,
              toy_model, NULL, "options: threads is -3, expected 0 to 1024");
  coil_allocator half = {0};
  options = (coil_options){.threads = 1, .allocator = &half};
  CHECK_ERROR(api->create(&toy_model, &options, &none), COIL_ERROR_ARGUMENT,
              toy_model, NULL, "options: a function of the allocator is null");
  api->destroy(NULL);
  api->set_profiling(NULL, 1);
  CHECK(api->profile(NULL) == NULL && api->memory(NULL) == 0);
}

static void test_arguments(void) {
  const coil_api *api = toy_model.api;
  fresh();
  CHECK_ERROR(api->run(NULL, c.inputs, c.outputs), COIL_ERROR_ARGUMENT,
              toy_model, NULL, "run: context is null");
  CHECK_ERROR(api->run(context, NULL, c.outputs), COIL_ERROR_ARGUMENT,
              toy_model, context, "inputs is null, the model has 2");
  CHECK_ERROR(api->run(context, c.inputs, NULL), COIL_ERROR_ARGUMENT, toy_model,
              context, "outputs is null, the model has 3");
  c.inputs[1].data = NULL;
  REFUSED(COIL_ERROR_ARGUMENT, "input 'mask': data is null");
}

static void test_types_and_shapes(void) {
  fresh();
  c.inputs[0].type = COIL_DOUBLE;
  REFUSED(COIL_ERROR_TYPE, "input 'x': type is f64 (11), expected f32");
  c.inputs[0].type = -5;
  REFUSED(COIL_ERROR_TYPE,
          "input 'x': type is no element type (-5), expected f32");
  fresh();
  c.inputs[0].rank = 9;
  REFUSED(COIL_ERROR_SHAPE, "input 'x': rank is 9, expected 2");
  fresh();
  c.inputs[0].dims[1] = 5;
  REFUSED(COIL_ERROR_SHAPE, "input 'x': dimension 1 is 5, expected 3");
  c.inputs[0].dims[1] = -1;
  REFUSED(COIL_ERROR_SHAPE, "input 'x': dimension 1 is -1, which is negative");
  fresh();
  c.inputs[1].dims[0] = 5;
  REFUSED(
      COIL_ERROR_SHAPE,
      "input 'mask': dimension 0 ('batch') is 5, but it is 2 in dimension 0 "
      "of input 'x'");
  fresh();
  c.inputs[0].dims[0] = INT64_MAX / 2;
  REFUSED(COIL_ERROR_SHAPE,
          "input 'x': its dimensions exceed the address space");
}

static void test_buffers(void) {
  fresh();
  c.inputs[0].bytes = 23;
  REFUSED(COIL_ERROR_BUFFER,
          "input 'x': the buffer has 23 bytes, its dimensions take 24");
  fresh();
  c.outputs[0] = (coil_tensor){.data = c.y, .bytes = 20};
  REFUSED(COIL_ERROR_BUFFER,
          "output 'y': the buffer has 20 bytes, the result takes 24");
  CHECK(c.outputs[0].data == c.y && c.outputs[0].bytes == 20);
  CHECK(c.outputs[1].data == NULL); /* a failed run leaves the tensors alone */
  c.outputs[0].bytes = sizeof c.y;
  CHECK(run() == COIL_OK && c.outputs[0].bytes == 24);
}

static void test_data(void) {
  fresh();
  c.mask[1] = -1;
  REFUSED(COIL_ERROR_DATA, "toy: node 'Keep': mask is negative");
  coil_model broken = toy_model;
  extern int32_t returns_seven(coil_frame *), does_nothing(coil_frame *);
  broken.invoke = returns_seven;
  coil_context *other;
  CHECK(broken.api->create(&broken, NULL, &other) == COIL_OK);
  fresh();
  CHECK_ERROR(broken.api->run(other, c.inputs, c.outputs), COIL_ERROR_DATA,
              broken, other, "toy: failed with code 7");
  broken.invoke = does_nothing;
  CHECK_ERROR(broken.api->run(other, c.inputs, c.outputs), COIL_ERROR_DATA,
              broken, other, "output 'y': the model gave no result");
  broken.api->destroy(other);
}

int32_t returns_seven(coil_frame *frame) {
  (void)frame;
  return COIL_ERROR_DATA;
}

int32_t does_nothing(coil_frame *frame) {
  (void)frame;
  return 0;
}

static void test_empty(void) {
  fresh();
  c.inputs[0] = (coil_tensor){.type = COIL_FLOAT, .rank = 2, .dims = {0, 3}};
  c.inputs[1] = (coil_tensor){.type = COIL_INT64, .rank = 1, .dims = {0}};
  CHECK(run() == COIL_OK);
  CHECK(c.outputs[0].bytes == 0 && c.outputs[0].dims[1] == 3);
  CHECK(c.outputs[1].rank == 0 && *(float *)c.outputs[1].data == 0);
}

void test_errors(void) {
  test_create();
  coil_options options = {.threads = 2};
  CHECK(toy_model.api->create(&toy_model, &options, &context) == COIL_OK);
  CHECK(strcmp(toy_model.api->error(context), "") == 0);
  test_arguments();
  test_types_and_shapes();
  test_buffers();
  test_data();
  test_empty();
  fresh();
  CHECK(run() == COIL_OK); /* and after all that it still works */
  toy_model.api->destroy(context);
}
