/*===- context.h - what a context holds, shared by the runtime's files ----===*/
#ifndef COIL_RUNTIME_CONTEXT_H
#define COIL_RUNTIME_CONTEXT_H

#include "rt.h"

#include <stdarg.h>
#include <stdatomic.h>

#define COIL_ALIGNMENT                                                         \
  64 /* of every buffer: a cache line, and the widest vector */
#define COIL_MESSAGE 512

/* A piece of memory that outlives runs and only ever grows. */
typedef struct coil_block {
  void *data;
  size_t bytes;
} coil_block;

/* Scratch memory is a list of these; the header takes the first cache line. */
typedef struct coil_chunk {
  struct coil_chunk *next;
  size_t bytes; /* with this header */
  size_t used;  /* with this header */
} coil_chunk;

/* What a run knows of one output before it hands it to the caller. */
typedef struct coil_result {
  coil_block owned;   /* used when the caller brings no buffer */
  coil_tensor tensor; /* set by coil_rt_output */
  const coil_share *share; /* null: it has a buffer of its own */
  const coil_tensor *input; /* whose buffer it shares, during a run */
  int produced;
} coil_result;

/* The input and dimension that gave a dynamic dimension its value. */
typedef struct coil_binding {
  int32_t input;
  int32_t dimension;
} coil_binding;

typedef struct coil_pool coil_pool;
typedef struct coil_strings coil_strings;

struct coil_context {
  const coil_model *model;
  coil_allocator allocator;
  coil_frame frame;

  const void **inputs;    /* input_count */
  int64_t *symbols;       /* symbol_count */
  coil_binding *bindings; /* symbol_count */
  coil_result *results;   /* output_count */
  coil_profile *profile;  /* site_count */
  size_t bytes;           /* of this struct and the arrays above, one piece */

  coil_tensor *outputs; /* the caller's, during a run */

  coil_block arena;
  coil_chunk *scratch;
  coil_chunk *local; /* of the iterations of loops that are under way */
  coil_strings *strings; /* null in a model without */
  size_t tensor_bytes; /* what memory() answers */

  coil_block mapping; /* of the weights file */
  coil_pool *pool;    /* null with one thread */

  int profiling;
  int32_t site; /* where the run is, or -1 */
  uint64_t arrived;

  /* A kernel's body may fail on any thread: the first to set `status` also
   * writes the message, and the end of the parallel region publishes it. */
  _Atomic int32_t status;
  char message[COIL_MESSAGE];
};

/* error.c */
coil_status coil_error(coil_context *context, coil_status status,
                       const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int coil_fail(coil_context *context, int32_t status);
const char *coil_last_error(const coil_context *context);
void coil_error_of_create(const char *message);
const char *coil_type_name(int32_t type);
size_t coil_type_bytes(int32_t type); /* 0 when there is no such type */

/* memory.c */
coil_status coil_grow(coil_context *context, coil_block *block, size_t bytes,
                      const char *what);
void *coil_allocate(const coil_allocator *allocator, size_t bytes);
coil_status coil_extend(coil_context *context, coil_block *block, size_t bytes,
                        const char *what); /* the same; contents are kept */
void coil_free_block(coil_context *context, coil_block *block);
/* A piece of a list of chunks, until it is reset; null, and the run has failed,
 * without memory. */
void *coil_take(coil_context *context, coil_chunk **chunks, int64_t bytes);
void coil_reset_chunks(coil_context *context, coil_chunk **chunks);
void coil_free_chunks(coil_context *context, coil_chunk **chunks);
int coil_tensor_bytes(int32_t type, int32_t rank, const int64_t *dims,
                      size_t *bytes); /* 0 when the size is no size_t */

/* input.c, output.c */
coil_status coil_bind_inputs(coil_context *context, const coil_tensor *inputs);
coil_status coil_begin_outputs(coil_context *context, coil_tensor *outputs);
coil_status coil_commit_outputs(coil_context *context);

/* share.c: before a run, and for its outputs' buffers. */
void coil_know_shares(coil_context *context); /* once */
coil_status coil_bind_shares(coil_context *context, const coil_tensor *inputs);
void *coil_shared_output(coil_context *context, int32_t index,
                         const int64_t *dims);

/* The buffer of an output whose rank only the run tells. */
void *coil_output(coil_context *context, int32_t index, int32_t rank,
                  const int64_t *dims);

/* strings.c. A model that has strings says so by a table that leads here; any
 * other is linked without that file. */
typedef struct coil_string_api {
  coil_status (*open)(coil_context *context);
  /* Inputs that are strings become their numbers. */
  coil_status (*begin)(coil_context *context, const coil_tensor *inputs);
  /* The numbers of an input's strings, in scratch memory; null on failure. */
  int64_t *(*numbers)(coil_context *context, const char *input,
                      const coil_tensor *tensor);
  /* Results that are numbers of strings become strings. */
  void (*end)(coil_context *context);
  void (*close)(coil_context *context);
} coil_string_api;
/* The number of a text: equal texts have one number. -1, and the run has
 * failed, without memory. By the thread that runs the model. */
int64_t coil_intern(coil_context *context, const char *data, size_t bytes);
coil_string coil_text(const coil_context *context, int64_t number);

/* text.c, numbers.c: white space, whatever the app's locale says. */
static inline int coil_is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* weights.c */
coil_status coil_open_weights(coil_context *context, const char *path);
void coil_close_weights(coil_context *context);

/* threads.c */
int32_t coil_usable_cores(void);
coil_status coil_start_threads(coil_context *context, int32_t threads,
                               int32_t pin);
void coil_stop_threads(coil_context *context);

/* profile.c */
void coil_set_profiling(coil_context *context, int32_t on);
const coil_profile *coil_profile_of(const coil_context *context);

#endif /* COIL_RUNTIME_CONTEXT_H */
