/*===- output.c - where results go -----------------------------------------===*
 *
 * Into the caller's buffer, or into one that the context keeps for each output.
 * The caller's tensors are written only when the run has succeeded, so that one
 * that failed may be repeated with the same tensors.
 *
 *===----------------------------------------------------------------------===*/
#include "context.h"

#include <string.h>

coil_status coil_begin_outputs(coil_context *context, coil_tensor *outputs) {
  const coil_model *model = context->model;
  if (!outputs && model->output_count > 0)
    return coil_error(context, COIL_ERROR_ARGUMENT,
                      "outputs is null, the model has %d", model->output_count);
  context->outputs = outputs;
  for (int32_t i = 0; i < model->output_count; ++i)
    context->results[i].produced = 0;
  return COIL_OK;
}

/* A tensor that an earlier run pointed into our buffer is as good as a null
 * one: the caller brought no memory of its own. */
static int is_callers(const coil_tensor *output, const coil_result *result) {
  return output->data && output->data != result->owned.data;
}

/* The memory for output `index`; null, with the error set, when there is none.
 */
static void *buffer_of(coil_context *context, int32_t index, size_t bytes) {
  coil_result *result = &context->results[index];
  const coil_tensor *output = &context->outputs[index];
  const char *name = context->model->outputs[index].name;
  if (!is_callers(output, result)) {
    size_t size = bytes ? bytes : 1; /* an empty output still has an address */
    if (coil_grow(context, &result->owned, size, name))
      coil_fail(context, COIL_ERROR_MEMORY);
    return result->owned.data;
  }
  if (output->bytes >= bytes)
    return output->data;
  coil_error(context, COIL_ERROR_BUFFER,
             "output '%s': the buffer has %zu bytes, the result takes %zu",
             name, output->bytes, bytes);
  coil_fail(context, COIL_ERROR_BUFFER);
  return NULL;
}

void *coil_output(coil_context *context, int32_t index, int32_t rank,
                  const int64_t *dims) {
  const coil_value *value = &context->model->outputs[index];
  coil_result *result = &context->results[index];
  if (result->share)
    return coil_shared_output(context, index, dims);
  size_t bytes;
  if (!coil_tensor_bytes(value->type, rank, dims, &bytes)) {
    coil_error(context, COIL_ERROR_DATA,
               "output '%s': its dimensions are negative or exceed the address "
               "space",
               value->name);
    coil_fail(context, COIL_ERROR_DATA);
    return NULL;
  }
  void *data = buffer_of(context, index, bytes);
  if (!data)
    return NULL;
  result->tensor = (coil_tensor){data, bytes, value->type, rank, {0}};
  memcpy(result->tensor.dims, dims, (size_t)rank * sizeof *dims);
  result->produced = 1;
  return data;
}

void *coil_rt_output(coil_frame *frame, int32_t index, const int64_t *dims) {
  coil_context *context = frame->context;
  return coil_output(context, index, context->model->outputs[index].rank, dims);
}

coil_status coil_commit_outputs(coil_context *context) {
  const coil_model *model = context->model;
  for (int32_t i = 0; i < model->output_count; ++i)
    if (!context->results[i].produced)
      return coil_error(context, COIL_ERROR_DATA,
                        "output '%s': the model gave no result",
                        model->outputs[i].name);
  for (int32_t i = 0; i < model->output_count; ++i)
    context->outputs[i] = context->results[i].tensor;
  return COIL_OK;
}
