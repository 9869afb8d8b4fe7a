/*===- strings.c - the strings of a run by their numbers -------------------===*
 *
 * Inside a model a string is a number, and equal strings have equal numbers, so
 * that moving, choosing and comparing strings is work on integers. The model
 * knows some, 0 ... count - 1; others get the next numbers when they first come
 * up in a run: as inputs, or made by an operator. A run begins by forgetting
 * those of the last one. Everything is kept in memory that only grows.
 *
 *===----------------------------------------------------------------------===*/
#include "context.h"

#include <string.h>

/* A place of a hash table. Open addressing; at most half of them are taken. */
typedef struct slot {
  uint32_t hash;
  uint32_t number; /* with 1 added; 0 where the slot is free */
} slot;

typedef struct table {
  coil_block slots;
  size_t mask; /* one less than the number of slots, a power of two */
} table;

struct coil_strings {
  table known;      /* the model's, filled once */
  table made;       /* this run's */
  coil_block texts; /* a coil_string for each of this run's */
  int64_t count;    /* of these */
  coil_chunk *chunks;
  char *at, *end; /* what is left of the piece in use */
};

enum { PIECE = 1 << 14, FIRST_SLOTS = 64 };

static uint32_t hash_of(const char *data, size_t bytes) {
  uint64_t hash = bytes * 0x9e3779b97f4a7c15u;
  for (; bytes >= 8; data += 8, bytes -= 8) {
    uint64_t word;
    memcpy(&word, data, 8);
    hash = (hash ^ word) * 0xbf58476d1ce4e5b9u;
    hash ^= hash >> 29;
  }
  uint64_t rest = 0;
  for (size_t i = 0; i < bytes; ++i)
    rest |= (uint64_t)(unsigned char)data[i] << 8 * i;
  hash = (hash ^ rest) * 0x94d049bb133111ebu;
  return (uint32_t)(hash >> 32 ^ hash);
}

coil_string coil_text(const coil_context *context, int64_t number) {
  const coil_string_table *model = context->model->strings;
  if (number >= model->count)
    return ((const coil_string *)
                context->strings->texts.data)[number - model->count];
  int64_t begin = model->offsets[number], end = model->offsets[number + 1];
  return (coil_string){model->texts + begin, (size_t)(end - begin) - 1};
}

/* Where the text is, or the free slot where it belongs. */
static slot *find(const coil_context *context, const table *table,
                  uint32_t hash, const char *data, size_t bytes) {
  slot *slots = table->slots.data;
  for (size_t i = hash & table->mask;; i = (i + 1) & table->mask) {
    if (!slots[i].number)
      return &slots[i];
    if (slots[i].hash != hash)
      continue;
    coil_string text = coil_text(context, slots[i].number - 1);
    if (text.bytes == bytes && (!bytes || memcmp(text.data, data, bytes) == 0))
      return &slots[i];
  }
}

/* The slots for `count` strings; what there was is forgotten. */
static coil_status make_table(coil_context *context, table *table,
                              size_t slots) {
  coil_status status = coil_grow(context, &table->slots, slots * sizeof(slot),
                                 "a table of strings");
  if (status)
    return status;
  table->mask = slots - 1;
  memset(table->slots.data, 0, slots * sizeof(slot));
  return COIL_OK;
}

static void insert(const table *table, uint32_t hash, int64_t number) {
  slot *slots = table->slots.data;
  size_t i = hash & table->mask;
  while (slots[i].number)
    i = (i + 1) & table->mask;
  slots[i] = (slot){hash, (uint32_t)number + 1};
}

/* Room for one more string of this run. */
static coil_status make_room(coil_context *context) {
  coil_strings *strings = context->strings;
  size_t count = (size_t)strings->count, slots = strings->made.mask + 1;
  size_t room = strings->texts.bytes / sizeof(coil_string);
  coil_status status = COIL_OK;
  if (count == room)
    status = coil_extend(context, &strings->texts,
                         (room ? 2 * room : FIRST_SLOTS) * sizeof(coil_string),
                         "strings");
  if (status || 2 * count < slots)
    return status;
  if (context->model->strings->count + strings->count >= UINT32_MAX - 1)
    return coil_error(context, COIL_ERROR_MEMORY, "%s: too many strings",
                      context->model->name);
  table larger = {0};
  status = make_table(context, &larger, 2 * slots);
  if (status)
    return status;
  const coil_string *texts = strings->texts.data;
  for (size_t i = 0; i < count; ++i)
    insert(&larger, hash_of(texts[i].data, texts[i].bytes),
           context->model->strings->count + (int64_t)i);
  coil_free_block(context, &strings->made.slots);
  strings->made = larger;
  return COIL_OK;
}

/* Memory for a text and the zero byte after it. */
static char *take_text(coil_context *context, size_t bytes) {
  coil_strings *strings = context->strings;
  if (bytes >= (size_t)(strings->end - strings->at)) {
    size_t size = bytes < PIECE / 4 ? PIECE : bytes + 1;
    char *piece = coil_take(context, &strings->chunks, (int64_t)size);
    if (!piece || size == bytes + 1)
      return piece;
    strings->at = piece;
    strings->end = piece + size;
  }
  char *text = strings->at;
  strings->at += bytes + 1;
  return text;
}

static int64_t add(coil_context *context, uint32_t hash, const char *data,
                   size_t bytes) {
  coil_strings *strings = context->strings;
  coil_status status = make_room(context);
  char *text = status ? NULL : take_text(context, bytes);
  if (!text)
    return coil_fail(context, COIL_ERROR_MEMORY), -1;
  if (bytes)
    memcpy(text, data, bytes);
  text[bytes] = 0;
  ((coil_string *)strings->texts.data)[strings->count] =
      (coil_string){text, bytes};
  int64_t number = context->model->strings->count + strings->count++;
  insert(&strings->made, hash, number);
  return number;
}

int64_t coil_intern(coil_context *context, const char *data, size_t bytes) {
  uint32_t hash = hash_of(data, bytes);
  const table *tables[] = {&context->strings->known, &context->strings->made};
  for (int i = 0; i < 2; ++i) {
    const slot *place = find(context, tables[i], hash, data, bytes);
    if (place->number)
      return (int64_t)place->number - 1;
  }
  return add(context, hash, data, bytes);
}

static coil_status open_strings(coil_context *context) {
  const coil_string_table *model = context->model->strings;
  context->strings = coil_allocate(&context->allocator, sizeof(coil_strings));
  if (!context->strings)
    return coil_error(context, COIL_ERROR_MEMORY, "%s: no memory for strings",
                      context->model->name);
  *context->strings = (coil_strings){0};
  size_t slots = FIRST_SLOTS;
  while (slots < 2 * (size_t)model->count)
    slots *= 2;
  table *known = &context->strings->known, *made = &context->strings->made;
  coil_status status = make_table(context, known, slots);
  for (int64_t i = 0; !status && i < model->count; ++i) {
    coil_string text = coil_text(context, i);
    insert(known, hash_of(text.data, text.bytes), i);
  }
  return status ? status : make_table(context, made, FIRST_SLOTS);
}

static void close_strings(coil_context *context) {
  coil_strings *strings = context->strings;
  coil_free_block(context, &strings->known.slots);
  coil_free_block(context, &strings->made.slots);
  coil_free_block(context, &strings->texts);
  coil_free_chunks(context, &strings->chunks);
  context->allocator.release(context->allocator.user, strings, sizeof *strings);
}

static int64_t element_count(int32_t rank, const int64_t *dims) {
  int64_t count = 1;
  for (int32_t i = 0; i < rank; ++i)
    count *= dims[i];
  return count;
}

static int64_t *numbers(coil_context *context, const char *input,
                        const coil_tensor *tensor) {
  const coil_string *strings = tensor->data;
  int64_t count = element_count(tensor->rank, tensor->dims);
  int64_t *numbers = coil_rt_alloc(&context->frame, count * 8);
  for (int64_t i = 0; numbers && i < count; ++i) {
    if (!strings[i].data && strings[i].bytes) {
      coil_error(context, COIL_ERROR_ARGUMENT,
                 "input '%s': the data of string %lld is null", input,
                 (long long)i);
      coil_fail(context, COIL_ERROR_ARGUMENT);
      return NULL;
    }
    numbers[i] = coil_intern(context, strings[i].data, strings[i].bytes);
    if (numbers[i] < 0)
      return NULL;
  }
  return numbers;
}

static coil_status begin(coil_context *context, const coil_tensor *inputs) {
  coil_strings *strings = context->strings;
  if (strings->count)
    memset(strings->made.slots.data, 0,
           (strings->made.mask + 1) * sizeof(slot));
  strings->count = 0;
  coil_reset_chunks(context, &strings->chunks);
  strings->at = strings->end = NULL;
  for (int32_t i = 0; i < context->model->input_count; ++i) {
    const coil_value *value = &context->model->inputs[i];
    if (value->type != COIL_STRING || value->kind) /* list.c has the others */
      continue;
    context->inputs[i] = numbers(context, value->name, &inputs[i]);
    if (!context->inputs[i]) {
      coil_reset_chunks(context, &context->scratch);
      return (coil_status)atomic_load(&context->status);
    }
  }
  return COIL_OK;
}

/* The model wrote numbers into buffers that are large enough for strings. From
 * the last one, a string never covers a number that is still to be read. */
static void make_texts(const coil_context *context, const coil_tensor *tensor) {
  char *data = tensor->data;
  for (int64_t k = element_count(tensor->rank, tensor->dims); k-- > 0;) {
    int64_t number;
    memcpy(&number, data + k * (int64_t)sizeof number, sizeof number);
    coil_string text = coil_text(context, number);
    memcpy(data + k * (int64_t)sizeof text, &text, sizeof text);
  }
}

static void end(coil_context *context) {
  for (int32_t i = 0; i < context->model->output_count; ++i) {
    const coil_tensor *output = &context->outputs[i];
    if (context->model->outputs[i].type != COIL_STRING)
      continue;
    if (output->type == COIL_STRING)
      make_texts(context, output);
    else if (output->type == COIL_SEQUENCE) /* or an absent optional value */
      for (int64_t k = 0; k < output->dims[0]; ++k)
        make_texts(context, (const coil_tensor *)output->data + k);
  }
}

const coil_string_api coil_rt_strings = {open_strings, begin, numbers, end,
                                         close_strings};
