/*===- context.c - create, run, destroy: a model's `api` ------------------===*/
#define _GNU_SOURCE /* MADV_HUGEPAGE */
#include "context.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* As large as most systems have them; where they have not, this asks in vain. */
enum { HUGE_PAGE = 2 << 20 };

/* Where memory is touched first, the kernel is asked for each page: a first run
 * takes as long again, and of large pages there are 512 times fewer. */
static void *default_allocate(void *user, size_t bytes, size_t alignment) {
  (void)user;
  size_t large = bytes / HUGE_PAGE * HUGE_PAGE;
  if (large)
    alignment = HUGE_PAGE;
  if (bytes > SIZE_MAX - alignment)
    return NULL;
  bytes = (bytes + alignment - 1) / alignment * alignment;
  void *memory = aligned_alloc(alignment, bytes);
  if (memory && large)
    madvise(memory, large, MADV_HUGEPAGE);
  return memory;
}

static void default_release(void *user, void *memory, size_t bytes) {
  (void)user;
  (void)bytes;
  free(memory);
}

/* The context and the tables whose sizes the model tells, in one piece: with
 * `context` null counts its bytes, otherwise points the tables into it. */
static size_t lay_out(const coil_model *model, coil_context *context) {
  size_t bytes = sizeof(coil_context);
#define TABLE(field, count)                                                    \
  do {                                                                         \
    bytes = (bytes + 15) / 16 * 16;                                            \
    if (context)                                                               \
      context->field = (void *)((char *)context + bytes);                      \
    bytes += (size_t)(count) * sizeof *((coil_context *)0)->field;             \
  } while (0)
  TABLE(inputs, model->input_count);
  TABLE(symbols, model->symbol_count);
  TABLE(bindings, model->symbol_count);
  TABLE(results, model->output_count);
  TABLE(profile, model->site_count);
#undef TABLE
  return bytes;
}

static coil_context *make_context(const coil_model *model,
                                  const coil_allocator *allocator) {
  static const coil_allocator c_library = {default_allocate, default_release,
                                           0};
  if (!allocator)
    allocator = &c_library;
  size_t bytes = lay_out(model, NULL);
  coil_context *context = coil_allocate(allocator, bytes);
  if (!context)
    return NULL;
  memset(context, 0, bytes);
  lay_out(model, context);
  context->model = model;
  context->allocator = *allocator;
  context->bytes = bytes;
  context->site = -1;
  context->frame = (coil_frame){.inputs = context->inputs,
                                .symbols = context->symbols,
                                .context = context};
  coil_know_shares(context);
  return context;
}

static void destroy(coil_context *context) {
  if (!context)
    return;
  coil_stop_threads(context);
  if (context->strings)
    context->model->strings->api->close(context);
  coil_close_weights(context);
  for (int32_t i = 0; i < context->model->output_count; ++i)
    coil_free_block(context, &context->results[i].owned);
  coil_free_chunks(context, &context->scratch);
  coil_free_chunks(context, &context->local);
  coil_free_block(context, &context->arena);
  coil_allocator allocator = context->allocator;
  allocator.release(allocator.user, context, context->bytes);
}

/* Calls the model's function. What it says counts less than what it has
 * recorded, which has a sentence. */
static coil_status call(coil_context *context) {
  int32_t code = context->model->invoke(&context->frame);
  if (code != 0 && atomic_load(&context->status) == COIL_OK) {
    coil_error(context, COIL_ERROR_DATA, "%s: failed with code %d",
               context->model->name, code);
    coil_fail(context,
              code > 0 && code <= COIL_ERROR_THREADS ? code : COIL_ERROR_DATA);
  }
  return (coil_status)atomic_load(&context->status);
}

static coil_status fill(coil_context *context, const coil_options *options) {
  coil_status status = coil_open_weights(context, options->weights);
  if (!status)
    status = coil_start_threads(context, options->threads, options->pin);
  const coil_string_table *strings = context->model->strings;
  if (!status && strings)
    status = strings->api->open(context);
  return status;
}

static coil_status check_create(const coil_model *model,
                                const coil_options *options) {
  if (!model)
    return coil_error(NULL, COIL_ERROR_ARGUMENT, "create: model is null");
  if (model->abi != COIL_ABI)
    return coil_error(NULL, COIL_ERROR_ARGUMENT,
                      "create: the model has ABI %d, expected %d", model->abi,
                      COIL_ABI);
  const coil_allocator *allocator = options->allocator;
  if (allocator && (!allocator->allocate || !allocator->release))
    return coil_error(NULL, COIL_ERROR_ARGUMENT,
                      "options: a function of the allocator is null");
  return COIL_OK;
}

static coil_status create(const coil_model *model, const coil_options *options,
                          coil_context **result) {
  static const coil_options defaults;
  if (!result)
    return coil_error(NULL, COIL_ERROR_ARGUMENT, "create: context is null");
  *result = NULL;
  if (!options)
    options = &defaults;
  coil_status status = check_create(model, options);
  if (status)
    return status;
  coil_context *context = make_context(model, options->allocator);
  if (!context)
    return coil_error(NULL, COIL_ERROR_MEMORY, "%s: no memory for a context",
                      model->name);
  status = fill(context, options);
  if (status) {
    coil_error_of_create(context->message);
    destroy(context);
    return status;
  }
  *result = context;
  return COIL_OK;
}

static coil_status run(coil_context *context, const coil_tensor *inputs,
                       coil_tensor *outputs) {
  if (!context)
    return coil_error(NULL, COIL_ERROR_ARGUMENT, "run: context is null");
  atomic_store(&context->status, COIL_OK);
  const coil_string_table *strings = context->model->strings;
  coil_status status = coil_bind_inputs(context, inputs);
  if (!status)
    status = coil_begin_outputs(context, outputs);
  if (!status)
    status = coil_bind_shares(context, inputs);
  if (!status && strings)
    status = strings->api->begin(context, inputs);
  if (status)
    return status;
  context->site = -1;
  status = call(context);
  coil_reset_chunks(context, &context->scratch);
  coil_reset_chunks(context, &context->local);
  if (!status)
    status = coil_commit_outputs(context);
  if (!status && strings)
    strings->api->end(context);
  return status;
}

static size_t memory(const coil_context *context) {
  return context ? context->tensor_bytes : 0;
}

const coil_api coil_rt_api = {
    create,          run,   destroy, coil_last_error, coil_set_profiling,
    coil_profile_of, memory};
