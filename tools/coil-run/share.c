/*===- share.c - outputs that lie in an input's buffer --------------------===*
 *
 * Files and generators give dense tensors; a model that was compiled with
 * --share wants them as the first rows of a buffer with room to grow.
 *
 *===----------------------------------------------------------------------===*/
#include "run.h"

#include <stdlib.h>
#include <string.h>

/* Copies the rows of `tensor` from one buffer to another, which have room for so
 * many along `axis`. */
static void copy_rows(const coil_tensor *tensor, int32_t axis, const char *from,
                      int64_t from_room, char *to, int64_t to_room) {
  size_t outer = 1, row = type_bytes(tensor->type);
  for (int32_t d = 0; d < tensor->rank; ++d)
    if (d < axis)
      outer *= (size_t)tensor->dims[d];
    else if (d > axis)
      row *= (size_t)tensor->dims[d];
  for (size_t i = 0; i < outer; ++i)
    memcpy(to + i * row * (size_t)to_room, from + i * row * (size_t)from_room,
           row * (size_t)tensor->dims[axis]);
}

/* The same tensor in a buffer of its own with `room` along `axis`. */
static void move_rows(coil_tensor *tensor, int32_t axis, int64_t from_room,
                      int64_t room) {
  coil_tensor whole = *tensor;
  whole.dims[axis] = room;
  measure_tensor(&whole, "a shared buffer");
  whole.data = allocate(whole.bytes);
  copy_rows(tensor, axis, tensor->data, from_room, whole.data, room);
  tensor->data = whole.data;
  tensor->bytes = whole.bytes;
}

void make_room(const coil_model *model, coil_tensor *inputs) {
  for (int32_t i = 0; i < model->share_count; ++i) {
    const coil_share *share = &model->shares[i];
    coil_tensor *input = &inputs[share->input];
    /* What does not fit, the run complains of. */
    if (share->axis < 0 || share->axis >= input->rank ||
        input->type != model->inputs[share->input].type ||
        input->dims[share->axis] > share->capacity)
      continue;
    void *dense = input->data;
    move_rows(input, share->axis, input->dims[share->axis], share->capacity);
    free(dense);
  }
}

void make_dense(const coil_model *model, coil_tensor *outputs) {
  for (int32_t i = 0; i < model->share_count; ++i) {
    const coil_share *share = &model->shares[i];
    coil_tensor *output = &outputs[share->output];
    if (share->axis >= 0)
      move_rows(output, share->axis, share->capacity,
                output->dims[share->axis]);
  }
}

void free_dense(const coil_model *model, coil_tensor *outputs) {
  for (int32_t i = 0; i < model->share_count; ++i)
    if (model->shares[i].axis >= 0)
      free(outputs[model->shares[i].output].data);
}
