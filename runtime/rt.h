/*===- rt.h - what generated code calls ------------------------------------===*
 *
 * The other half of the frame in coil/runtime.h. passes/lower emits calls to
 * these by name; all are hidden in a shared library.
 *
 *===----------------------------------------------------------------------===*/
#ifndef COIL_RUNTIME_RT_H
#define COIL_RUNTIME_RT_H

#include "coil/runtime.h"

/* The functions behind a model's `api` field. */
extern const coil_api coil_rt_api;
/* ... and of its `strings`. */
extern const struct coil_string_api coil_rt_strings;

/* The run's arena, at least `bytes` long and 64-byte aligned; null (and the
 * frame failed) when memory ran out. Called once a run, first. */
void *coil_rt_arena(coil_frame *frame, int64_t bytes);

/* Memory whose size only the data tells, until the end of the run. */
void *coil_rt_alloc(coil_frame *frame, int64_t bytes);

/* The same until the loop's iteration ends: each begins with a mark, and releases
 * at its end what was taken since. */
void *coil_rt_alloc_local(coil_frame *frame, int64_t bytes);
int64_t coil_rt_mark(coil_frame *frame);
void coil_rt_release(coil_frame *frame, int64_t mark);

/* The buffer of output `index` with these dimensions (model rank); null, and
 * the frame failed, when the caller's buffer is too small. */
void *coil_rt_output(coil_frame *frame, int32_t index, const int64_t *dims);

/* Records a failure. The first one of a run counts. */
void coil_rt_fail(coil_frame *frame, int32_t status, const char *message);

/* The same; {0} and {1} in the message are the numbers. */
void coil_rt_fail_numbers(coil_frame *frame, int32_t status,
                          const char *message, int64_t first, int64_t second);

/* Calls a function of the user's; 0, or the frame failed. The loader may not
 * have found the function: then it is null. */
int32_t coil_rt_custom(coil_frame *frame, coil_function *function,
                     const char *name, coil_call *call);

/* The run arrives at site `site`; -1 ends the last one. */
void coil_rt_site(coil_frame *frame, int32_t site);

/* A sequence, or an optional value: list.c. What gives a list or an element gives
 * null when it has failed the run. `data` of an insertion stays where it is. */
typedef struct coil_list coil_list; /* begins with its length, an int64_t */
const coil_list *coil_rt_list_empty(coil_frame *frame);
const coil_list *coil_rt_list_absent(coil_frame *frame); /* its length is -1 */
const coil_list *coil_rt_list_input(coil_frame *frame, int32_t index);
int32_t coil_rt_list_output(coil_frame *frame, int32_t index,
                            const coil_list *list); /* 0: failed */
const coil_tensor *coil_rt_list_element(coil_frame *frame,
                                        const coil_list *list, int64_t position,
                                        int32_t rank);
const coil_list *coil_rt_list_insert(coil_frame *frame, const coil_list *list,
                                     int64_t position, void *data,
                                     int64_t bytes, int32_t rank,
                                     const int64_t *dims);
const coil_list *coil_rt_list_erase(coil_frame *frame, const coil_list *list,
                                    int64_t position);

/* Runs body(closure, begin, end) over a static partition of [0, count) and
 * waits. Parts are at least `grain` long; one part runs on the caller. */
void coil_rt_parallel(coil_frame *frame,
                      void (*body)(void *closure, int64_t begin, int64_t end),
                      void *closure, int64_t count, int64_t grain);

/*===- Operators on strings -------------------------------------------------===*
 *
 * Strings are their numbers (strings.c). These fill `out`, as long as `x` unless
 * they say otherwise, and return 0, or not when the run has failed. Called by
 * the thread that runs the model. `node` is named in messages.
 */

/* numbers.c. A float of a type with `bits` bits of precision, whose values are
 * multiples of 2^least. */
int32_t coil_rt_string_from_float(coil_frame *frame, const double *x,
                                  int64_t count, int32_t bits, int32_t least,
                                  int64_t *out);
int32_t coil_rt_string_from_integer(coil_frame *frame, const int64_t *x,
                                    int64_t count, int32_t is_signed,
                                    int64_t *out);
int32_t coil_rt_string_to_float(coil_frame *frame, const int64_t *x,
                                int64_t count, double *out, const char *node);
int32_t coil_rt_string_to_integer(coil_frame *frame, const int64_t *x,
                                  int64_t count, int64_t *out,
                                  const char *node);

/* case.c. In the Turkic way where i has two forms. */
int32_t coil_rt_string_lower(coil_frame *frame, const int64_t *x, int64_t count,
                             int32_t turkic, int64_t *out);
int32_t coil_rt_string_upper(coil_frame *frame, const int64_t *x, int64_t count,
                             int32_t turkic, int64_t *out);

/* text.c */
int32_t coil_rt_string_concat(coil_frame *frame, const int64_t *x,
                              const int64_t *y, int64_t count, int64_t *out);
/* How many parts each has, split at `delimiter` up to `most` times; at white
 * space where that is the empty string. */
int32_t coil_rt_string_parts(coil_frame *frame, const int64_t *x, int64_t count,
                             int64_t delimiter, int64_t most, int64_t *out);
/* The parts, `width` for each, empty strings after the last. */
int32_t coil_rt_string_split(coil_frame *frame, const int64_t *x, int64_t count,
                             int64_t delimiter, int64_t most, int64_t width,
                             int64_t *out);
/* Where each stands in the order of all; equal ones together. */
int32_t coil_rt_string_rank(coil_frame *frame, const int64_t *x, int64_t count,
                            int64_t *out);
/* Whether an automaton accepts each. A state is a row of `width` entries of
 * `moves`: the next state by the class of a byte, or -1; last, whether a text
 * may end in it. */
int32_t coil_rt_string_match(coil_frame *frame, const int64_t *x, int64_t count,
                             const uint8_t *classes, const int32_t *moves,
                             int64_t width, uint8_t *out);

#endif /* COIL_RUNTIME_RT_H */
