/*===- error.c - codes with a message --------------------------------------===*
 *
 * A failure is a code for the program and a sentence for the person. The
 * sentence lives in the context; where there is none (create failed, or the
 * context is null) in this thread.
 *
 *===----------------------------------------------------------------------===*/
#include "context.h"

#include <stdio.h>
#include <string.h>

static _Thread_local char create_message[COIL_MESSAGE];

/* The first failure of a run stands: what follows from it is not news. */
coil_status coil_error(coil_context *context, coil_status status,
                       const char *format, ...) {
  if (context && atomic_load(&context->status) != COIL_OK)
    return status;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(context ? context->message : create_message, COIL_MESSAGE, format,
            arguments);
  va_end(arguments);
  return status;
}

const char *coil_last_error(const coil_context *context) {
  return context ? context->message : create_message;
}

/* Keeps the message of a context that is about to be destroyed. */
void coil_error_of_create(const char *message) {
  snprintf(create_message, sizeof create_message, "%s", message);
}

/* Makes the run fail; false when it has failed already. */
int coil_fail(coil_context *context, int32_t status) {
  int32_t none = COIL_OK;
  return atomic_compare_exchange_strong(&context->status, &none, status);
}

/* Called by kernels, perhaps on several threads at once. */
void coil_rt_fail(coil_frame *frame, int32_t status, const char *message) {
  coil_context *context = frame->context;
  if (status <= COIL_OK || status > COIL_ERROR_THREADS)
    status = COIL_ERROR_DATA;
  if (coil_fail(context, status))
    snprintf(context->message, COIL_MESSAGE, "%s: %s", context->model->name,
             message ? message : "failed");
}

void coil_rt_fail_numbers(coil_frame *frame, int32_t status,
                          const char *message, int64_t first, int64_t second) {
  char text[COIL_MESSAGE];
  size_t end = 0;
  while (*message && end + 24 < sizeof text) { /* a number fits */
    int place = strncmp(message, "{0}", 3) == 0 || strncmp(message, "{1}", 3) == 0;
    if (place) {
      end += (size_t)snprintf(text + end, sizeof text - end, "%lld",
                              (long long)(message[1] == '0' ? first : second));
      message += 3;
    } else {
      message += strncmp(message, "{{", 2) == 0; /* one brace */
      text[end++] = *message++;
    }
  }
  text[end] = 0;
  coil_rt_fail(frame, status, text);
}

static const struct {
  const char *name;
  uint8_t bytes;
} types[] = {[COIL_FLOAT] = {"f32", 4},    [COIL_UINT8] = {"u8", 1},
             [COIL_INT8] = {"i8", 1},      [COIL_UINT16] = {"u16", 2},
             [COIL_INT16] = {"i16", 2},    [COIL_INT32] = {"i32", 4},
             [COIL_INT64] = {"i64", 8},    [COIL_BOOL] = {"bool", 1},
             [COIL_STRING] = {"string", sizeof(coil_string)},
             [COIL_FLOAT16] = {"f16", 2},  [COIL_DOUBLE] = {"f64", 8},
             [COIL_UINT32] = {"u32", 4},   [COIL_UINT64] = {"u64", 8},
             [COIL_BFLOAT16] = {"bf16", 2},
             [COIL_FLOAT8E4M3FN] = {"f8e4m3fn", 1},
             [COIL_FLOAT8E4M3FNUZ] = {"f8e4m3fnuz", 1},
             [COIL_FLOAT8E5M2] = {"f8e5m2", 1},
             [COIL_FLOAT8E5M2FNUZ] = {"f8e5m2fnuz", 1},
             [COIL_UINT4] = {"u4", 1},     [COIL_INT4] = {"i4", 1},
             [COIL_FLOAT4E2M1] = {"f4e2m1", 1},
             [COIL_FLOAT8E8M0] = {"f8e8m0", 1},
             [COIL_UINT2] = {"u2", 1},     [COIL_INT2] = {"i2", 1}};

static int is_type(int32_t type) {
  return type >= 0 && type < (int32_t)(sizeof types / sizeof *types) &&
         types[type].bytes != 0;
}

const char *coil_type_name(int32_t type) {
  return is_type(type)           ? types[type].name
         : type == COIL_NONE     ? "absent"
         : type == COIL_SEQUENCE ? "sequence"
                                 : "no element type";
}

size_t coil_type_bytes(int32_t type) {
  return is_type(type) ? types[type].bytes : 0;
}
