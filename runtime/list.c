/*===- list.c - sequences and optional values, whose length the data tells -===*
 *
 * Only models that have them link this file. A list is a value: insert and
 * erase make a new one, and share what they can with the old one. All memory
 * is the run's scratch memory; elements that came from the caller stay there.
 *
 * An optional value is a list too: `absent`, or the sequence that is there, or a
 * list of one, the tensor that is there.
 *
 *===----------------------------------------------------------------------===*/
#include "context.h"

#include <stdio.h>
#include <string.h>

/* Where a list's elements lie. The list that has all of them may be made longer
 * in place: a loop that appends then copies no more than it adds. */
typedef struct coil_room {
  int64_t used, capacity;
  coil_tensor items[];
} coil_room;

struct coil_list {
  int64_t count; /* first: generated code reads it; -1 in `absent` */
  const coil_tensor *items;
  coil_room *room; /* null when the items are the caller's */
};

static const coil_list empty = {0}, absent = {.count = -1};

const coil_list *coil_rt_list_empty(coil_frame *frame) {
  (void)frame;
  return &empty;
}

const coil_list *coil_rt_list_absent(coil_frame *frame) {
  (void)frame;
  return &absent;
}

static coil_list *make_list(coil_frame *frame, int64_t count,
                            const coil_tensor *items, coil_room *room) {
  coil_list *list = coil_rt_alloc(frame, sizeof *list);
  if (list)
    *list = (coil_list){count, items, room};
  return list;
}

/* Room for `count` items, which are there already, and as many again. */
static coil_room *make_room(coil_frame *frame, int64_t count) {
  int64_t capacity = 2 * count;
  coil_room *room = coil_rt_alloc(
      frame, (int64_t)sizeof *room + capacity * (int64_t)sizeof *room->items);
  if (room) {
    room->used = count;
    room->capacity = capacity;
  }
  return room;
}

static int out_of_range(coil_frame *frame, const coil_list *list,
                        int64_t position, int64_t end) {
  if (position >= 0 && position < end)
    return 0;
  coil_rt_fail(frame, COIL_ERROR_DATA,
               list->count < 0 ? "an optional value is absent"
                               : "a position is out of range for a sequence");
  return 1;
}

/*===- Inputs -------------------------------------------------------------===*/

/* The end of "input 'x': ", or of "input 'x': element 3: ". */
typedef struct place {
  const char *input;
  char element[32];
} place;

static coil_status check_tensor(coil_context *context, const coil_value *value,
                                const coil_tensor *tensor, const place *at) {
  if (tensor->type != value->type)
    return coil_error(context, COIL_ERROR_TYPE,
                      "input '%s': %stype is %s (%d), expected %s", at->input,
                      at->element, coil_type_name(tensor->type), tensor->type,
                      coil_type_name(value->type));
  int any = value->rank == COIL_RANK_UNKNOWN;
  if (any ? tensor->rank < 0 || tensor->rank > COIL_MAX_RANK
          : tensor->rank != value->rank)
    return coil_error(context, COIL_ERROR_SHAPE,
                      "input '%s': %srank is %d, expected %s%d", at->input,
                      at->element, tensor->rank, any ? "0 to " : "",
                      any ? COIL_MAX_RANK : value->rank);
  for (int32_t i = 0; i < value->rank; ++i)
    if (value->dims[i] >= 0 && tensor->dims[i] != value->dims[i])
      return coil_error(context, COIL_ERROR_SHAPE,
                        "input '%s': %sdimension %d is %lld, expected %lld",
                        at->input, at->element, i, (long long)tensor->dims[i],
                        (long long)value->dims[i]);
  size_t bytes;
  if (!coil_tensor_bytes(tensor->type, tensor->rank, tensor->dims, &bytes))
    return coil_error(context, COIL_ERROR_SHAPE,
                      "input '%s': %sits dimensions are negative or exceed the "
                      "address space",
                      at->input, at->element);
  if (bytes != 0 && !tensor->data)
    return coil_error(context, COIL_ERROR_ARGUMENT,
                      "input '%s': %sdata is null", at->input, at->element);
  if (tensor->bytes < bytes)
    return coil_error(context, COIL_ERROR_BUFFER,
                      "input '%s': %sthe buffer has %zu bytes, its dimensions "
                      "take %zu",
                      at->input, at->element, tensor->bytes, bytes);
  return COIL_OK;
}

static coil_status check_sequence(coil_context *context,
                                  const coil_value *value,
                                  const coil_tensor *sequence) {
  place at = {value->name, ""};
  if (sequence->type != COIL_SEQUENCE)
    return coil_error(context, COIL_ERROR_TYPE,
                      "input '%s': type is %s (%d), expected a sequence of %s",
                      value->name, coil_type_name(sequence->type),
                      sequence->type, coil_type_name(value->type));
  int64_t count = sequence->dims[0];
  if (sequence->rank != 1 || count < 0)
    return coil_error(context, COIL_ERROR_SHAPE,
                      "input '%s': a sequence has one dimension, its length",
                      value->name);
  if (count > 0 && !sequence->data)
    return coil_error(context, COIL_ERROR_ARGUMENT, "input '%s': data is null",
                      value->name);
  if (sequence->bytes / sizeof(coil_tensor) < (uint64_t)count)
    return coil_error(context, COIL_ERROR_BUFFER,
                      "input '%s': the buffer has %zu bytes, %lld elements take "
                      "%zu each",
                      value->name, sequence->bytes, (long long)count,
                      sizeof(coil_tensor));
  for (int64_t i = 0; i < count; ++i) {
    snprintf(at.element, sizeof at.element, "element %lld: ", (long long)i);
    coil_status status = check_tensor(
        context, value, (const coil_tensor *)sequence->data + i, &at);
    if (status)
      return status;
  }
  return COIL_OK;
}

/* A list of the caller's tensors; of strings it has the numbers. */
static const coil_list *list_of(coil_frame *frame, const coil_value *value,
                                const coil_tensor *items, int64_t count) {
  coil_context *context = frame->context;
  if (value->type != COIL_STRING)
    return make_list(frame, count, items, NULL);
  coil_tensor *copies = coil_rt_alloc(frame, count * (int64_t)sizeof *copies);
  for (int64_t i = 0; copies && i < count; ++i) {
    copies[i] = items[i];
    copies[i].data =
        context->model->strings->api->numbers(context, value->name, &items[i]);
    if (!copies[i].data)
      return NULL;
  }
  return copies ? make_list(frame, count, copies, NULL) : NULL;
}

const coil_list *coil_rt_list_input(coil_frame *frame, int32_t index) {
  coil_context *context = frame->context;
  const coil_value *value = &context->model->inputs[index];
  const coil_tensor *tensor = frame->inputs[index];
  if ((value->kind & COIL_IS_OPTIONAL) && tensor->type == COIL_NONE)
    return &absent;
  int is_sequence = value->kind & COIL_IS_SEQUENCE;
  coil_status status =
      is_sequence ? check_sequence(context, value, tensor)
                  : check_tensor(context, value, tensor,
                                 &(place){value->name, ""});
  if (status) {
    coil_fail(context, status);
    return NULL;
  }
  return is_sequence ? list_of(frame, value, tensor->data, tensor->dims[0])
                     : list_of(frame, value, tensor, 1);
}

/*===- During a run -------------------------------------------------------===*/

const coil_tensor *coil_rt_list_element(coil_frame *frame,
                                        const coil_list *list, int64_t position,
                                        int32_t rank) {
  if (out_of_range(frame, list, position, list->count))
    return NULL;
  const coil_tensor *element = &list->items[position];
  if (element->rank == rank)
    return element;
  coil_context *context = frame->context;
  coil_error(context, COIL_ERROR_DATA,
             "%s: an element of a sequence has rank %d, the model was compiled "
             "for rank %d",
             context->model->name, element->rank, rank);
  coil_fail(context, COIL_ERROR_DATA);
  return NULL;
}

const coil_list *coil_rt_list_insert(coil_frame *frame, const coil_list *list,
                                     int64_t position, void *data,
                                     int64_t bytes, int32_t rank,
                                     const int64_t *dims) {
  int64_t count = list->count;
  coil_context *context = frame->context;
  if (rank > COIL_MAX_RANK) {
    coil_error(context, COIL_ERROR_DATA,
               "%s: a tensor of rank %d is put into a sequence, expected at "
               "most %d",
               context->model->name, rank, COIL_MAX_RANK);
    coil_fail(context, COIL_ERROR_DATA);
    return NULL;
  }
  if (out_of_range(frame, list, position, count + 1))
    return NULL;
  coil_room *room = list->room;
  if (!room || list->items != room->items || count != room->used ||
      count == room->capacity || position != count) {
    if (!(room = make_room(frame, count + 1)))
      return NULL;
    if (position > 0)
      memcpy(room->items, list->items, (size_t)position * sizeof *room->items);
    if (position < count)
      memcpy(room->items + position + 1, list->items + position,
             (size_t)(count - position) * sizeof *room->items);
  }
  coil_tensor *item = &room->items[position];
  *item = (coil_tensor){data, (size_t)bytes, COIL_NONE, rank, {0}};
  memcpy(item->dims, dims, (size_t)rank * sizeof *dims);
  room->used = count + 1;
  return make_list(frame, count + 1, room->items, room);
}

const coil_list *coil_rt_list_erase(coil_frame *frame, const coil_list *list,
                                    int64_t position) {
  int64_t last = list->count - 1;
  if (out_of_range(frame, list, position, list->count))
    return NULL;
  if (position == last)
    return make_list(frame, last, list->items, list->room);
  if (position == 0)
    return make_list(frame, last, list->items + 1, NULL);
  coil_room *room = make_room(frame, last);
  if (!room)
    return NULL;
  memcpy(room->items, list->items, (size_t)position * sizeof *room->items);
  memcpy(room->items + position, list->items + position + 1,
         (size_t)(last - position) * sizeof *room->items);
  return make_list(frame, last, room->items, room);
}

/*===- Outputs ------------------------------------------------------------===*/

static size_t rounded(size_t bytes) {
  return (bytes + COIL_ALIGNMENT - 1) / COIL_ALIGNMENT * COIL_ALIGNMENT;
}

static size_t bytes_of(const coil_value *value, const coil_tensor *element) {
  size_t bytes = 0; /* the caller's own number may be larger */
  coil_tensor_bytes(value->type, element->rank, element->dims, &bytes);
  return bytes;
}

/* Of its data as the model has it: of a string its number. */
static size_t stored_bytes(const coil_value *value, size_t bytes) {
  return value->type == COIL_STRING
             ? bytes / sizeof(coil_string) * sizeof(int64_t)
             : bytes;
}

/* Into one piece of the context's memory: the tensors, then their data. */
static int copy_sequence(coil_context *context, const coil_value *value,
                         const coil_list *list, coil_result *result) {
  size_t count = (size_t)list->count, size = count * sizeof(coil_tensor);
  size_t total = rounded(size) + 1; /* an empty output still has an address */
  for (size_t i = 0; i < count; ++i)
    total += rounded(bytes_of(value, &list->items[i]));
  if (coil_grow(context, &result->owned, total, value->name))
    return 0;
  coil_tensor *items = result->owned.data;
  char *data = (char *)items + rounded(size);
  for (size_t i = 0; i < count; ++i) {
    const coil_tensor *from = &list->items[i];
    size_t bytes = bytes_of(value, from);
    items[i] = *from;
    items[i].type = value->type;
    items[i].bytes = bytes;
    items[i].data = data;
    if (bytes)
      memcpy(data, from->data, stored_bytes(value, bytes));
    data += rounded(bytes);
  }
  result->tensor = (coil_tensor){items,           count * sizeof *items,
                                 COIL_SEQUENCE,   1,
                                 {(int64_t)count}};
  return 1;
}

int32_t coil_rt_list_output(coil_frame *frame, int32_t index,
                            const coil_list *list) {
  coil_context *context = frame->context;
  const coil_value *value = &context->model->outputs[index];
  coil_result *result = &context->results[index];
  result->produced = 1;
  if (list->count < 0) {
    result->tensor = (coil_tensor){0};
  } else if (value->kind & COIL_IS_SEQUENCE) {
    if (!copy_sequence(context, value, list, result))
      return coil_fail(context, COIL_ERROR_MEMORY), 0;
  } else {
    const coil_tensor *from = list->items;
    void *data = coil_output(context, index, from->rank, from->dims);
    if (!data)
      return 0;
    if (result->tensor.bytes)
      memcpy(data, from->data, stored_bytes(value, result->tensor.bytes));
  }
  return 1;
}
