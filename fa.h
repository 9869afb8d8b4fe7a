/* fa: compiled by coilc 0.1.0 for host.
 *
 * Link the library of this name; no other header is needed. Typical use:
 *
 *   coil_context *context;
 *   if (fa_create(NULL, &context) != COIL_OK) ... fa_error(NULL)
 *   fa_inputs in = {...};
 *   fa_outputs out = {0}; // data in the context's memory
 *   if (fa_run(context, &in, &out) != COIL_OK) ... fa_error(context)
 *   fa_destroy(context);
 */
#ifndef COIL_MODEL_FA_H
#define COIL_MODEL_FA_H

/*===- coil/runtime.h - what a compiled model exposes (C11) ----------------===*
 *
 * A model compiled by coilc exports one symbol, `const coil_model NAME_model`.
 * Everything else is reached through it: its signature, and in `api` the
 * functions that create a context, run it and destroy it. The generated
 * NAME.h holds this text and typed wrappers, so an app needs no other header.
 *
 * A model is immutable and may be shared by threads. A context belongs to one
 * caller at a time; any number of contexts of a model may run concurrently.
 *
 *===----------------------------------------------------------------------===*/
#ifndef COIL_RUNTIME_H
#define COIL_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COIL_ABI 2
#define COIL_MAX_RANK 8
/* An output's dimension that only the data tells. */
#define COIL_DIM_UNKNOWN INT64_MIN

/* Element types. The values are those of ONNX's TensorProto.DataType.
 * An element of fewer than 8 bits takes a byte, unlike in an ONNX file: UINT4
 * and UINT2 are a uint8_t, INT4 and INT2 an int8_t with that value, FLOAT4E2M1
 * is in the low four bits. The other bits of such an input mean nothing. */
typedef enum coil_type {
  COIL_FLOAT = 1,
  COIL_UINT8 = 2,
  COIL_INT8 = 3,
  COIL_UINT16 = 4,
  COIL_INT16 = 5,
  COIL_INT32 = 6,
  COIL_INT64 = 7,
  COIL_BOOL = 9, /* one byte, 0 or 1 */
  COIL_FLOAT16 = 10,
  COIL_DOUBLE = 11,
  COIL_UINT32 = 12,
  COIL_UINT64 = 13,
  COIL_BFLOAT16 = 16,
  COIL_FLOAT8E4M3FN = 17,
  COIL_FLOAT8E4M3FNUZ = 18,
  COIL_FLOAT8E5M2 = 19,
  COIL_FLOAT8E5M2FNUZ = 20,
  COIL_UINT4 = 21,
  COIL_INT4 = 22,
  COIL_FLOAT4E2M1 = 23,
  COIL_FLOAT8E8M0 = 24,
  COIL_UINT2 = 25,
  COIL_INT2 = 26
} coil_type;

typedef enum coil_status {
  COIL_OK = 0,
  COIL_ERROR_ARGUMENT = 1, /* a null pointer, a wrong count, a bad option */
  COIL_ERROR_TYPE = 2,     /* an input has another element type */
  COIL_ERROR_SHAPE = 3,    /* an input's rank or dimensions do not fit */
  COIL_ERROR_BUFFER = 4,   /* a caller's output buffer is too small */
  COIL_ERROR_WEIGHTS = 5,  /* the weights file is missing, cut, or another model's */
  COIL_ERROR_MEMORY = 6,   /* the allocator returned null */
  COIL_ERROR_DATA = 7,     /* a value made an operator fail, e.g. an index out of range */
  COIL_ERROR_THREADS = 8   /* worker threads could not be started */
} coil_status;

/* A dense row-major tensor.
 * Input: everything is set by the caller. Output: with `data` null the run
 * points it into the context's memory, valid until the context's next run;
 * otherwise `bytes` is the capacity of the caller's buffer. The run sets
 * `type`, `rank`, `dims`, and `bytes` to the size of the result. */
typedef struct coil_tensor {
  void *data;
  size_t bytes;
  int32_t type; /* coil_type */
  int32_t rank;
  int64_t dims[COIL_MAX_RANK];
} coil_tensor;

/* One input or output of a model. dims[i] >= 0 is a fixed dimension,
 * COIL_DIM_UNKNOWN one of an output that only the data tells; otherwise it is the dynamic dimension symbols[-1 - dims[i]] of the model. */
typedef struct coil_value {
  const char *name;
  int32_t type; /* coil_type */
  int32_t rank;
  const int64_t *dims;
} coil_value;

/* A place where the model calls a kernel, for profiles. */
typedef struct coil_site {
  const char *kernel; /* the function's name */
  const char *nodes;  /* the ONNX nodes behind it, separated by ", " */
} coil_site;

/* Memory for a context. `allocate` returns null on failure. */
typedef struct coil_allocator {
  void *(*allocate)(void *user, size_t bytes, size_t alignment);
  void (*release)(void *user, void *memory, size_t bytes);
  void *user;
} coil_allocator;

typedef struct coil_options {
  int32_t threads;                 /* 0: one for each core this process may use */
  const char *weights;             /* path of the weights file; null: beside the library */
  const coil_allocator *allocator; /* null: the C library's */
} coil_options;

/* Time spent at a site since profiling was switched on. */
typedef struct coil_profile {
  uint64_t calls;
  uint64_t nanoseconds;
} coil_profile;

typedef struct coil_model coil_model;
typedef struct coil_context coil_context;
typedef struct coil_frame coil_frame;

typedef struct coil_api {
  /* Creates a context; `options` may be null. On failure *context is null. */
  coil_status (*create)(const coil_model *model, const coil_options *options,
                        coil_context **context);
  /* Runs the model: model->input_count inputs, model->output_count outputs.
   * On failure the outputs hold nothing and `error` says why. */
  coil_status (*run)(coil_context *context, const coil_tensor *inputs,
                     coil_tensor *outputs);
  void (*destroy)(coil_context *context);
  /* The message of the last failure of this context ("" if none); with a null
   * context, of this thread's last failed `create`. */
  const char *(*error)(const coil_context *context);
  /* Switches profiling on or off and clears the counts. */
  void (*set_profiling)(coil_context *context, int32_t on);
  /* model->site_count entries, valid until destroy. */
  const coil_profile *(*profile)(const coil_context *context);
  /* Bytes that the context holds for tensors: its arena and scratch memory. */
  size_t (*memory)(const coil_context *context);
} coil_api;

struct coil_model {
  int32_t abi; /* COIL_ABI */
  int32_t input_count;
  int32_t output_count;
  int32_t symbol_count;
  int32_t site_count;
  int32_t reserved;
  const char *name;
  const char *target;
  const char *compiler;        /* "coilc VERSION" */
  const coil_value *inputs;
  const coil_value *outputs;
  const char *const *symbols;  /* names of the dynamic dimensions */
  const coil_site *sites;
  const void *weights;         /* null when they are in a file of their own */
  const char *weight_file;     /* its name beside the library, or null */
  int64_t weight_bytes;        /* of the payload, without the file's header */
  uint64_t weight_hash;        /* what the file's header must say */
  int64_t prepared_bytes;      /* memory for what `prepare` computes */
  int32_t (*prepare)(coil_frame *frame); /* once a context, or null */
  int32_t (*invoke)(coil_frame *frame);
  const coil_api *api;
};

/*===- Between generated code and the runtime ------------------------------===*
 * Not for apps. Generated code reads a frame's fields by position. */
struct coil_frame {
  const void *const *inputs; /* data of each input */
  const int64_t *symbols;    /* value of each dynamic dimension */
  const uint8_t *weights;    /* 64-byte aligned */
  uint8_t *prepared;         /* 64-byte aligned, prepared_bytes long */
  coil_context *context;
  uint64_t draws; /* random operators that ran in this context */
};

/* The header of a weights file; the payload follows at byte 64. */
typedef struct coil_weights_header {
  char magic[8]; /* "COILWTS\0" */
  uint64_t bytes;
  uint64_t hash;
  uint8_t zero[40];
} coil_weights_header;

#ifdef __cplusplus
}
#endif
#endif /* COIL_RUNTIME_H */

#ifdef __cplusplus
extern "C" {
#endif

extern const coil_model fa_model;

/* The model's inputs, in the order of its signature. */
typedef struct fa_inputs {
  coil_tensor Q; /* Q: DOUBLE [2, 4, 8, 16] */
  coil_tensor K; /* K: DOUBLE [2, 4, 6, 16] */
  coil_tensor V; /* V: DOUBLE [2, 4, 6, 16] */
} fa_inputs;

/* The model's outputs, in the order of its signature. */
typedef struct fa_outputs {
  coil_tensor Y; /* Y: DOUBLE [2, 4, 8, 16] */
} fa_outputs;

/* input 'Q': DOUBLE [2, 4, 8, 16], row-major. */
static inline coil_tensor fa_Q(const double *data) {
  coil_tensor t = {(void *)data, sizeof(double) * (size_t)2 * (size_t)4 * (size_t)8 * (size_t)16, 11, 4, {2, 4, 8, 16}};
  return t;
}

/* input 'K': DOUBLE [2, 4, 6, 16], row-major. */
static inline coil_tensor fa_K(const double *data) {
  coil_tensor t = {(void *)data, sizeof(double) * (size_t)2 * (size_t)4 * (size_t)6 * (size_t)16, 11, 4, {2, 4, 6, 16}};
  return t;
}

/* input 'V': DOUBLE [2, 4, 6, 16], row-major. */
static inline coil_tensor fa_V(const double *data) {
  coil_tensor t = {(void *)data, sizeof(double) * (size_t)2 * (size_t)4 * (size_t)6 * (size_t)16, 11, 4, {2, 4, 6, 16}};
  return t;
}

/* Creates a context; options may be NULL. */
static inline coil_status fa_create(const coil_options *options, coil_context **context) {
  return fa_model.api->create(&fa_model, options, context);
}

/* Runs the model once. An output whose data is NULL is pointed into the
 * context's memory, valid until its next run. */
static inline coil_status fa_run(coil_context *context, const fa_inputs *inputs, fa_outputs *outputs) {
  return fa_model.api->run(context, (const coil_tensor *)inputs, (coil_tensor *)outputs);
}

static inline void fa_destroy(coil_context *context) { fa_model.api->destroy(context); }

/* The last failure's message; of create with a NULL context. */
static inline const char *fa_error(const coil_context *context) { return fa_model.api->error(context); }

#ifdef __cplusplus
}
#endif
#endif /* COIL_MODEL_FA_H */
