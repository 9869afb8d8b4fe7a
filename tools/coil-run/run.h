/*===- run.h - what coil-run's files share --------------------------------===*/
#ifndef COIL_RUN_H
#define COIL_RUN_H

#include "coil/runtime.h"

#include <stdbool.h>
#include <stdio.h>

enum { EXIT_AGREE = 0, EXIT_DIFFER = 1, EXIT_ERROR = 2 };

typedef struct options {
  const char *library;
  const char *test_data;
  const char *outputs; /* folder to write to */
  const char *weights;
  const char **inputs; /* files */
  int input_count;
  const char **shapes; /* NAME=2x3 */
  int shape_count;
  double rtol, atol; /* negative: not given */
  bool bench, profile, json;
  int warmup, runs; /* negative: not given */
  int threads;      /* 0: all cores */
  bool pin;         /* each to a core of its own */
} options;

/* main.c. Prints the reason and exits with EXIT_ERROR. */
_Noreturn void die(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* file.c */
typedef struct bytes {
  unsigned char *data;
  size_t size;
} bytes;
void *allocate(size_t size); /* zeroed; dies rather than return null */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
bytes read_file(const char *path);
FILE *create_file(const char *path);
void close_file(FILE *file, const char *path);
void make_folder(const char *path);
bool exists(const char *path);
bool ends_with(const char *text, const char *end);

/* elf.c */
typedef struct library_info {
  int machine;      /* ELF's e_machine */
  char symbol[256]; /* of the model */
  char target[64];  /* that it was compiled for */
} library_info;
library_info inspect_library(const char *path);

/* emulate.c. Returns when this process can load the library itself. */
void emulate_if_foreign(const library_info *library, char **arguments);

/* session.c */
typedef struct session {
  const coil_model *model;
  coil_context *context;
  int threads;
  double load_ms;
} session;
session open_session(const options *options, const library_info *library);
void run(const session *session, const coil_tensor *inputs,
         coil_tensor *outputs); /* outputs stay the context's */
double now_ms(void);

/* tensor.c */
const char *type_name(int32_t type);
size_t type_bytes(int32_t type); /* 0: no such type */
/* Of a type of which an ONNX file has several in a byte, and memory one: its
 * bits. 0 for the others. */
unsigned packed_bits(int32_t type);
size_t element_count(const coil_tensor *tensor);
double element(const coil_tensor *tensor, size_t index); /* NaN of a string */
/* As reports show it, in memory of its own. */
char *element_text(const coil_tensor *tensor, size_t index, int digits);
bool same_string(const coil_string *a, const coil_string *b);
bool is_integer(int32_t type); /* no float, no string */
/* Sets `bytes` from type and dims, or dies; `path` is for the message. */
void measure_tensor(coil_tensor *tensor, const char *path);
char *signature(const coil_tensor *tensor); /* f32[2,3] */
coil_tensor read_tensor(const char *path);  /* .npy or .pb */

int64_t length_of(const coil_tensor *sequence);
coil_tensor *element_of(const coil_tensor *sequence, int64_t index);
void free_value(coil_tensor *value);

/* tensor_pb.c, npy.c */
coil_tensor read_pb(const char *path);
coil_tensor read_npy(const char *path);
void write_npy(const char *path, const coil_tensor *tensor);
/* Whether a .npy file calls both types the same. */
bool same_in_npy(int32_t a, int32_t b);

/* value_pb.c. A sequence and an absent optional value are what they are to the
 * runtime: a tensor of tensors, and a tensor without a type. */
coil_tensor read_value(const char *path, const coil_value *value);
void write_value(const char *path, const coil_value *value,
                 const coil_tensor *tensor);

/* inputs.c */
coil_tensor *generate_inputs(const coil_model *model, const options *options);
coil_tensor *read_inputs(const coil_model *model, const options *options);
/* folder/input_J.pb; folder/output_J.pb and .npy. */
void write_inputs(const char *folder, const coil_model *model,
                  const coil_tensor *inputs);
void write_outputs(const char *folder, const coil_model *model,
                   const coil_tensor *outputs);

/* share.c. Of outputs that lie in an input's buffer: inputs get buffers with room
 * before a run, outputs become dense tensors, to be freed, after it. */
void make_room(const coil_model *model, coil_tensor *inputs);
void make_dense(const coil_model *model, coil_tensor *outputs);
void free_dense(const coil_model *model, coil_tensor *outputs);

/* compare.c */
typedef struct difference {
  double max_abs, max_rel; /* infinite where one side is not finite */
  size_t beyond;           /* elements beyond the tolerance */
  size_t first;            /* the first of these */
  bool comparable;         /* same type and shape, or length */
} difference;
difference compare(const coil_tensor *got, const coil_tensor *expected,
                   double rtol, double atol);

/* testdata.c */
int compare_sets(const session *session, const options *options);
coil_tensor *first_set_inputs(const coil_model *model, const char *folder);

/* bench.c, profile.c, summary.c */
void measure(const session *session, const options *options,
             const coil_tensor *inputs, coil_tensor *outputs);
void print_profile(const session *session, int runs, bool json);
void print_summary(const session *session, const coil_tensor *outputs,
                   bool json);

/* json.c */
void json_string(const char *text);
void json_number(double value); /* null when it is not finite */
void json_dims(const coil_tensor *tensor);
bool json_find_number(const char *text, const char *key, double *value);

#endif /* COIL_RUN_H */
