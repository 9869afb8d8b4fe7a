/*===- share.c - outputs that lie in an input's buffer ---------------------===*
 *
 * Both are the caller's one buffer: here it is doubted that they are, and that
 * it has room. The program itself writes to what it reads.
 *
 *===----------------------------------------------------------------------===*/
#include "context.h"

#include <string.h>

void coil_know_shares(coil_context *context) {
  const coil_model *model = context->model;
  for (int32_t i = 0; i < model->share_count; ++i)
    context->results[model->shares[i].output].share = &model->shares[i];
}

/* The bytes of the whole buffer with an input of these dimensions; 0 when the
 * size is no size_t. */
static int buffer_bytes(const coil_share *share, const coil_tensor *input,
                        size_t *bytes) {
  int64_t dims[COIL_MAX_RANK];
  memcpy(dims, input->dims, sizeof dims);
  if (share->axis >= 0)
    dims[share->axis] = share->capacity;
  return coil_tensor_bytes(input->type, input->rank, dims, bytes);
}

static coil_status bind_share(coil_context *context, const coil_share *share,
                              const coil_tensor *input) {
  const char *in = context->model->inputs[share->input].name;
  const char *out = context->model->outputs[share->output].name;
  const coil_tensor *output = &context->outputs[share->output];
  if (share->axis >= 0 && input->dims[share->axis] > share->capacity)
    return coil_error(context, COIL_ERROR_SHAPE,
                      "input '%s': dimension %d is %lld, its buffer, which "
                      "output '%s' shares, has room for %lld",
                      in, share->axis, (long long)input->dims[share->axis], out,
                      (long long)share->capacity);
  size_t bytes;
  if (!buffer_bytes(share, input, &bytes))
    return coil_error(context, COIL_ERROR_SHAPE,
                      "input '%s': its buffer exceeds the address space", in);
  if (bytes != 0 && !input->data)
    return coil_error(context, COIL_ERROR_ARGUMENT,
                      "input '%s': data is null, but output '%s' lies there", in,
                      out);
  if (input->bytes < bytes)
    return coil_error(context, COIL_ERROR_BUFFER,
                      "input '%s': the buffer has %zu bytes; with room for "
                      "%lld in dimension %d, which output '%s' needs, it takes "
                      "%zu",
                      in, input->bytes, (long long)share->capacity, share->axis,
                      out, bytes);
  if (output->data && output->data != input->data)
    return coil_error(context, COIL_ERROR_ARGUMENT,
                      "output '%s': it has a buffer of its own, expected that "
                      "of input '%s', or null",
                      out, in);
  context->results[share->output].input = input;
  return COIL_OK;
}

/* The run writes to the buffer: nothing else that it reads may lie there. */
static coil_status stand_apart(coil_context *context, const coil_share *share,
                               const coil_tensor *inputs) {
  const coil_model *model = context->model;
  const coil_tensor *own = &inputs[share->input];
  size_t bytes = 0;
  buffer_bytes(share, own, &bytes);
  uintptr_t begin = (uintptr_t)own->data;
  for (int32_t i = 0; i < model->input_count; ++i) {
    const coil_tensor *other = &inputs[i];
    uintptr_t its = (uintptr_t)other->data;
    if (i != share->input && other->type != COIL_SEQUENCE && its &&
        its < begin + bytes && begin < its + other->bytes)
      return coil_error(context, COIL_ERROR_ARGUMENT,
                        "input '%s': its buffer overlaps that of input '%s', "
                        "which output '%s' changes",
                        model->inputs[i].name, model->inputs[share->input].name,
                        model->outputs[share->output].name);
  }
  return COIL_OK;
}

coil_status coil_bind_shares(coil_context *context, const coil_tensor *inputs) {
  const coil_model *model = context->model;
  for (int32_t i = 0; i < model->share_count; ++i) {
    const coil_share *share = &model->shares[i];
    coil_status status = bind_share(context, share, &inputs[share->input]);
    if (!status)
      status = stand_apart(context, share, inputs);
    if (status)
      return status;
  }
  return COIL_OK;
}

/* Along each dimension the output is as large as the input; along the one that
 * grows, no larger than the buffer. */
static int fits(coil_context *context, const coil_result *result,
                const int64_t *dims) {
  const coil_share *share = result->share;
  const char *in = context->model->inputs[share->input].name;
  const char *out = context->model->outputs[share->output].name;
  for (int32_t i = 0; i < result->input->rank; ++i) {
    int64_t expected = result->input->dims[i];
    if (i == share->axis && dims[i] > share->capacity) {
      coil_error(context, COIL_ERROR_BUFFER,
                 "output '%s': dimension %d is %lld, the buffer of input '%s' "
                 "has room for %lld",
                 out, i, (long long)dims[i], in, (long long)share->capacity);
      coil_fail(context, COIL_ERROR_BUFFER);
      return 0;
    }
    if (i != share->axis && dims[i] != expected) {
      coil_error(context, COIL_ERROR_DATA,
                 "output '%s': dimension %d is %lld, but it is %lld in input "
                 "'%s', whose buffer it shares",
                 out, i, (long long)dims[i], (long long)expected, in);
      coil_fail(context, COIL_ERROR_DATA);
      return 0;
    }
  }
  return 1;
}

void *coil_shared_output(coil_context *context, int32_t index,
                         const int64_t *dims) {
  coil_result *result = &context->results[index];
  const coil_tensor *input = result->input;
  size_t bytes = 0;
  if (!fits(context, result, dims))
    return NULL;
  buffer_bytes(result->share, input, &bytes); /* as it was bound */
  result->tensor =
      (coil_tensor){input->data, bytes, input->type, input->rank, {0}};
  memcpy(result->tensor.dims, dims, (size_t)input->rank * sizeof *dims);
  result->produced = 1;
  return input->data ? input->data : context; /* no bytes, but not null */
}
