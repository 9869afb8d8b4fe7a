/* generate.c - text from a compiled language model with a key/value cache.
 *
 *   generate TOKENIZER PROMPT TOKENS [THREADS]
 *
 * Prints the prompt and the most likely continuation, TOKENS tokens in all.
 * It knows the model only by its signature, as exporters write it: input_ids,
 * attention_mask, perhaps position_ids, then a cache past_* for each present_*
 * among the outputs. Built with -DMODEL=NAME_model, linked with NAME.so.
 *
 * Compiled with --share=present.*=past_key_values.*:TOKENS, the cache stays where
 * it is, and each run appends to it. Otherwise a run reads the tensors that the
 * last one wrote, and writes them with its own behind into another buffer. */
#include "coil/runtime.h"
#include "tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const coil_model MODEL;

enum { MOST_VALUES = 256 };

static coil_tensor inputs[MOST_VALUES], outputs[MOST_VALUES];
static void *cache[2][MOST_VALUES]; /* for output i, two buffers, or one twice */
static int64_t capacity;            /* tokens in all */
static int64_t room;                /* tokens that a cache buffer can hold */

static void *allocate(size_t bytes) {
  void *memory = calloc(1, bytes ? bytes : 1);
  if (!memory) {
    fprintf(stderr, "out of memory\n");
    exit(1);
  }
  return memory;
}

static _Noreturn void refuse(const char *what, const char *name) {
  fprintf(stderr, "%s: %s\n", name, what);
  exit(1);
}

static int starts_with(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

/* A cache is [batch, heads, tokens, size]: its buffer holds `room` tokens. */
static size_t cache_bytes(const coil_value *value) {
  if (value->rank != 4 || value->dims[1] < 0 || value->dims[3] < 0 || value->type != COIL_FLOAT)
    refuse("not a float cache [batch, heads, tokens, size]", value->name);
  return (size_t)(value->dims[1] * room * value->dims[3]) * sizeof(float);
}

/* Whether output `output` lies in the buffer of input `input`. */
static int is_shared(int input, int output) {
  for (int i = 0; i < MODEL.share_count; ++i)
    if (MODEL.shares[i].input == input && MODEL.shares[i].output == output)
      return 1;
  return 0;
}

static void prepare(void) {
  if (MODEL.input_count > MOST_VALUES || MODEL.output_count > MOST_VALUES)
    refuse("too many inputs or outputs", MODEL.name);
  if (strcmp(MODEL.outputs[0].name, "logits") || MODEL.outputs[0].type != COIL_FLOAT)
    refuse("want float logits as the first output", MODEL.name);
  room = capacity;
  for (int i = 0; i < MODEL.share_count; ++i) {
    room = MODEL.shares[i].capacity;
    if (MODEL.shares[i].axis != 2 || room < capacity || room != MODEL.shares[0].capacity)
      refuse("its caches have no room for so many tokens", MODEL.name);
  }
  int output = 1;
  for (int i = 0; i < MODEL.input_count; ++i) {
    const coil_value *value = &MODEL.inputs[i];
    inputs[i].type = value->type;
    inputs[i].rank = value->rank;
    inputs[i].dims[0] = 1;
    if (!starts_with(value->name, "past")) {
      if (value->type != COIL_INT64 || value->rank != 2)
        refuse("not what this program knows", value->name);
      inputs[i].data = allocate((size_t)capacity * sizeof(int64_t));
      continue;
    }
    if (output == MODEL.output_count)
      refuse("a cache without an output for it", value->name);
    inputs[i].dims[1] = value->dims[1];
    inputs[i].dims[3] = value->dims[3];
    cache[0][output] = allocate(cache_bytes(value));
    cache[1][output] = is_shared(i, output) ? cache[0][output] : allocate(cache_bytes(value));
    ++output;
  }
}

/* Runs the model on `count` tokens that follow `past` others; gives the most
 * likely next one. */
static int step(coil_context *context, const int *tokens, int64_t past, int64_t count) {
  static int half;
  int output = 1;
  for (int i = 0; i < MODEL.input_count; ++i) {
    const char *name = MODEL.inputs[i].name;
    int64_t *ids = inputs[i].data, length = count;
    if (starts_with(name, "past")) {
      inputs[i].dims[2] = past;
      inputs[i].data = cache[!half][output];
      outputs[output].data = cache[half][output];
      inputs[i].bytes = outputs[output].bytes = cache_bytes(&MODEL.inputs[i]);
      ++output;
      continue;
    }
    if (strcmp(name, "attention_mask") == 0)
      length += past;
    for (int64_t k = 0; k < length; ++k)
      ids[k] = strcmp(name, "input_ids") == 0        ? tokens[past + k]
               : strcmp(name, "position_ids") == 0 ? past + k
                                                     : 1;
    inputs[i].dims[1] = length;
    inputs[i].bytes = (size_t)length * sizeof(int64_t);
  }
  half = !half;
  outputs[0].data = NULL;
  if (MODEL.api->run(context, inputs, outputs) != COIL_OK)
    refuse(MODEL.api->error(context), MODEL.name);

  const int64_t words = outputs[0].dims[2];
  const float *logits = (const float *)outputs[0].data + (count - 1) * words;
  int best = 0;
  for (int64_t k = 1; k < words; ++k)
    if (logits[k] > logits[best])
      best = (int)k;
  return best;
}

int main(int argc, char **argv) {
  if (argc < 4 || argc > 5) {
    fprintf(stderr, "usage: %s TOKENIZER PROMPT TOKENS [THREADS]\n", argv[0]);
    return 2;
  }
  tokenizer words = read_tokenizer(argv[1]);
  capacity = atoi(argv[3]);
  int *tokens = allocate(((size_t)capacity + strlen(argv[2]) + 2) * sizeof *tokens);
  int64_t known = encode(&words, argv[2], tokens);
  if (known >= capacity)
    refuse("the prompt alone has as many tokens", argv[3]);

  prepare();
  coil_options options = {.threads = argc == 5 ? atoi(argv[4]) : 0};
  coil_context *context;
  if (MODEL.api->create(&MODEL, &options, &context) != COIL_OK)
    refuse(MODEL.api->error(NULL), MODEL.name);
  for (int64_t k = 1; k < known; ++k)
    print_token(&words, tokens[k - 1], tokens[k]);
  for (int64_t past = 0; known < capacity; ++known) {
    tokens[known] = step(context, tokens, past, known - past);
    print_token(&words, tokens[known - 1], tokens[known]);
    past = known;
  }
  putchar('\n');
  MODEL.api->destroy(context);
  return 0;
}
