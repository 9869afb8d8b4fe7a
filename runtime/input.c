/*===- input.c - a run's inputs against the model's signature --------------===*
 *
 * The only place where a caller's tensor is doubted. What passes here, kernels
 * may rely on: type, rank, fixed dimensions, equal dynamic dimensions under one
 * name, and as many bytes as the dimensions imply.
 *
 *===----------------------------------------------------------------------===*/
#include "context.h"

static coil_status bind_symbol(coil_context *context, int32_t input,
                               int32_t dimension, int64_t symbol,
                               int64_t value) {
  const coil_model *model = context->model;
  coil_binding *binding = &context->bindings[symbol];
  if (binding->input < 0) {
    *binding = (coil_binding){input, dimension};
    context->symbols[symbol] = value;
    return COIL_OK;
  }
  if (context->symbols[symbol] == value)
    return COIL_OK;
  return coil_error(
      context, COIL_ERROR_SHAPE,
      "input '%s': dimension %d ('%s') is %lld, but it is %lld in "
      "dimension %d of input '%s'",
      model->inputs[input].name, dimension, model->symbols[symbol],
      (long long)value, (long long)context->symbols[symbol], binding->dimension,
      model->inputs[binding->input].name);
}

static coil_status check_dimensions(coil_context *context, int32_t input,
                                    const coil_tensor *tensor) {
  const coil_value *value = &context->model->inputs[input];
  for (int32_t i = 0; i < value->rank; ++i) {
    int64_t got = tensor->dims[i], expected = value->dims[i];
    if (got < 0)
      return coil_error(context, COIL_ERROR_SHAPE,
                        "input '%s': dimension %d is %lld, which is negative",
                        value->name, i, (long long)got);
    if (expected < 0) {
      coil_status status = bind_symbol(context, input, i, -1 - expected, got);
      if (status)
        return status;
    } else if (got != expected) {
      return coil_error(context, COIL_ERROR_SHAPE,
                        "input '%s': dimension %d is %lld, expected %lld",
                        value->name, i, (long long)got, (long long)expected);
    }
  }
  return COIL_OK;
}

static coil_status check_data(coil_context *context, const coil_value *value,
                              const coil_tensor *tensor) {
  size_t bytes;
  if (!coil_tensor_bytes(tensor->type, tensor->rank, tensor->dims, &bytes))
    return coil_error(context, COIL_ERROR_SHAPE,
                      "input '%s': its dimensions exceed the address space",
                      value->name);
  if (bytes != 0 && !tensor->data)
    return coil_error(context, COIL_ERROR_ARGUMENT, "input '%s': data is null",
                      value->name);
  if (tensor->bytes < bytes)
    return coil_error(context, COIL_ERROR_BUFFER,
                      "input '%s': the buffer has %zu bytes, its dimensions "
                      "take %zu",
                      value->name, tensor->bytes, bytes);
  return COIL_OK;
}

static coil_status check_input(coil_context *context, int32_t input,
                               const coil_tensor *tensor) {
  const coil_value *value = &context->model->inputs[input];
  if (tensor->type != value->type)
    return coil_error(context, COIL_ERROR_TYPE,
                      "input '%s': type is %s (%d), expected %s", value->name,
                      coil_type_name(tensor->type), tensor->type,
                      coil_type_name(value->type));
  if (tensor->rank != value->rank)
    return coil_error(context, COIL_ERROR_SHAPE,
                      "input '%s': rank is %d, expected %d", value->name,
                      tensor->rank, value->rank);
  coil_status status = check_dimensions(context, input, tensor);
  return status ? status : check_data(context, value, tensor);
}

coil_status coil_bind_inputs(coil_context *context, const coil_tensor *inputs) {
  const coil_model *model = context->model;
  if (!inputs && model->input_count > 0)
    return coil_error(context, COIL_ERROR_ARGUMENT,
                      "inputs is null, the model has %d", model->input_count);
  for (int32_t i = 0; i < model->symbol_count; ++i) {
    context->bindings[i] = (coil_binding){-1, -1};
    context->symbols[i] = -1; /* known only from data: no kernel may ask */
  }
  for (int32_t i = 0; i < model->input_count; ++i) {
    if (model->inputs[i].kind) { /* list.c checks it, where it is linked */
      context->inputs[i] = &inputs[i];
      continue;
    }
    coil_status status = check_input(context, i, &inputs[i]);
    if (status)
      return status;
    context->inputs[i] = inputs[i].data;
  }
  return COIL_OK;
}
