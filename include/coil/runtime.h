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

#define COIL_ABI 6
#define COIL_MAX_RANK 8
/* An output's dimension that only the data tells. */
#define COIL_DIM_UNKNOWN INT64_MIN
/* The rank of a sequence's elements that only the data tells. */
#define COIL_RANK_UNKNOWN (-1)

/* Element types. The values are those of ONNX's TensorProto.DataType.
 * An element of fewer than 8 bits takes a byte, unlike in an ONNX file: UINT4
 * and UINT2 are a uint8_t, INT4 and INT2 an int8_t with that value, FLOAT4E2M1
 * is in the low four bits. The other bits of such an input mean nothing. */
typedef enum coil_type {
  COIL_NONE = 0, /* an optional value that is absent */
  COIL_FLOAT = 1,
  COIL_UINT8 = 2,
  COIL_INT8 = 3,
  COIL_UINT16 = 4,
  COIL_INT16 = 5,
  COIL_INT32 = 6,
  COIL_INT64 = 7,
  COIL_STRING = 8, /* a coil_string */
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
  COIL_INT2 = 26,
  COIL_SEQUENCE = 64 /* the elements are of type coil_tensor */
} coil_type;

/* An element of type COIL_STRING: `bytes` bytes of UTF-8 at `data`, any of which
 * may be zero. A string that a run gives back is followed by a zero byte that
 * does not count, and its text lies in the context, valid until the context's
 * next run, whoever owns the tensor's buffer. One that a run is given is read
 * during that run only; `data` may be null where `bytes` is 0. */
typedef struct coil_string {
  const char *data;
  size_t bytes;
} coil_string;

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
 * `type`, `rank`, `dims`, and `bytes` to the size of the result. (Not dense, and
 * not the context's, is one that coil_share tells of.)
 *
 * A sequence is a tensor of tensors: its type is COIL_SEQUENCE, `data` is an
 * array of coil_tensor and dims[0] its length. As an output its memory is always
 * the context's, whatever `data` was. An optional value that is absent is {0}. */
typedef struct coil_tensor {
  void *data;
  size_t bytes;
  int32_t type; /* coil_type */
  int32_t rank;
  int64_t dims[COIL_MAX_RANK];
} coil_tensor;

/* What an input or output is, if not a tensor: a sequence, an optional tensor,
 * or both, an optional sequence. */
typedef enum coil_kind {
  COIL_IS_SEQUENCE = 1,
  COIL_IS_OPTIONAL = 2
} coil_kind;

/* One input or output of a model. dims[i] >= 0 is a fixed dimension,
 * COIL_DIM_UNKNOWN one of an output that only the data tells; otherwise it is
 * the dynamic dimension symbols[-1 - dims[i]] of the model. Of a sequence these
 * are each element's type, rank and dimensions; there, and in an optional
 * tensor, a dimension is fixed or unknown. */
typedef struct coil_value {
  const char *name;
  int32_t type;  /* coil_type */
  int16_t rank;  /* COIL_RANK_UNKNOWN: each element has its own */
  uint16_t kind; /* coil_kind; 0: a tensor */
  const int64_t *dims;
} coil_value;

/* An output that lies in the buffer of an input, which a run changes in place
 * (coilc --share): what is not new is neither copied nor touched. The input's
 * tensor describes the buffer, `data` and `bytes`, and must be the caller's to
 * write; the output's `data` is the same, or null.
 *
 * Where dimension `axis` grows, the buffer is a row-major tensor with room for
 * `capacity` along it, and input and output are its first rows: each other
 * dimension has the strides of the capacity, not those of `dims`. The output is
 * then what the next run takes for its input as it stands. With `axis` -1 both
 * have the same dimensions. What the buffer holds behind the output's rows, and
 * all of it after a run that failed, is not defined, but an operator may read
 * there and weigh it by 0, as GroupQueryAttention does: a buffer begins with
 * zeros or other finite numbers. It overlaps no other input. */
typedef struct coil_share {
  int32_t output;
  int32_t input;
  int32_t axis; /* -1: none grows */
  int32_t reserved;
  int64_t capacity; /* 0 where none grows */
} coil_share;

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
  /* Not 0: each thread that the context starts stays on a core of its own, the
   * second of those that the process may use, the third, ... The thread that
   * calls `run` is the app's, and stays where the app lets it. */
  int32_t pin;
  const char *weights;             /* path of the weights file; null: beside the library */
  const coil_allocator *allocator; /* null: the C library's */
} coil_options;

/* What a site took since profiling was switched on. */
typedef struct coil_profile {
  uint64_t calls;
  uint64_t nanoseconds;
  uint64_t regions; /* that several threads shared: two barriers each, a start
                     * and an end */
} coil_profile;

typedef struct coil_model coil_model;
typedef struct coil_context coil_context;
typedef struct coil_frame coil_frame;
typedef struct coil_string_table coil_string_table;

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
  int32_t share_count;
  const char *name;
  const char *target;
  const char *compiler;        /* "coilc VERSION" */
  const coil_value *inputs;
  const coil_value *outputs;
  const char *const *symbols;  /* names of the dynamic dimensions */
  const coil_site *sites;
  const coil_share *shares;    /* at most one of an input, one of an output */
  const void *weights;         /* null when they are in a file of their own */
  const char *weight_file;     /* its name beside the library, or null */
  int64_t weight_bytes;        /* of the payload, without the file's header */
  uint64_t weight_hash;        /* what the file's header must say */
  int32_t (*invoke)(coil_frame *frame);
  const coil_api *api;
  const coil_string_table *strings; /* null in a model that has none */
};

/*===- Custom operators ----------------------------------------------------===*
 * An operator that coilc was told to bind to a C function (--custom-op) is a
 * call of it: `int32_t function(coil_call *call)`. It writes the data of the
 * outputs, whose types and dimensions are set, and returns 0. Anything else ends
 * the run with COIL_ERROR_DATA and a message that names the node; `message`, if
 * the function sets it to text that outlives the call, is in it. Contexts may
 * call a function at the same time. */
typedef enum coil_attribute_kind {
  COIL_ATTRIBUTE_INT = 1,    /* values is int64_t[1] */
  COIL_ATTRIBUTE_FLOAT = 2,  /* float[1] */
  COIL_ATTRIBUTE_STRING = 3, /* const char *[1] */
  COIL_ATTRIBUTE_INTS = 4,   /* int64_t[count] */
  COIL_ATTRIBUTE_FLOATS = 5, /* float[count] */
  COIL_ATTRIBUTE_STRINGS = 6 /* const char *[count] */
} coil_attribute_kind;

/* An attribute of the node, or the default that its declaration gives. */
typedef struct coil_attribute {
  const char *name;
  int32_t kind; /* coil_attribute_kind */
  int32_t count;
  const void *values;
} coil_attribute;

typedef struct coil_call {
  int32_t input_count;
  int32_t output_count;
  int32_t attribute_count;
  int32_t reserved;
  const coil_tensor *inputs; /* not to be written; one that is absent has type 0 */
  coil_tensor *outputs;      /* of a shape function: without data, with dims to set that are -1 */
  const coil_attribute *attributes; /* in the order of their names */
  const char *operator_name; /* DOMAIN::OPERATOR */
  const char *node;          /* its name in the model */
  const char *message;       /* why the function fails, set by it, or null */
} coil_call;

typedef int32_t coil_function(coil_call *call);

/*===- Between generated code and the runtime ------------------------------===*
 * Not for apps. Generated code reads a frame's fields by position. */
struct coil_frame {
  const void *const *inputs; /* data of each input */
  const int64_t *symbols;    /* value of each dynamic dimension */
  const uint8_t *weights;    /* 64-byte aligned */
  coil_context *context;
  uint64_t draws; /* random operators that ran in this context */
};

/* The strings that a model knows, by their numbers 0 ... count - 1. Number i is
 * at offsets[i] of `texts` and ends with a zero byte before offsets[i + 1]. */
struct coil_string_table {
  const struct coil_string_api *api;
  int64_t count;
  const int64_t *offsets;
  const char *texts;
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
