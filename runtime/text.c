/*===- text.c - operators that look at the characters of strings -----------===*/
#include "context.h"

#include <string.h>

int32_t coil_rt_string_concat(coil_frame *frame, const int64_t *x,
                              const int64_t *y, int64_t count, int64_t *out) {
  coil_context *context = frame->context;
  for (int64_t i = 0; i < count; ++i) {
    coil_string a = coil_text(context, x[i]), b = coil_text(context, y[i]);
    if (!a.bytes || !b.bytes) {
      out[i] = a.bytes ? x[i] : y[i];
      continue;
    }
    char near[256], *both = near;
    int64_t mark = coil_rt_mark(frame); /* long ones follow each other there */
    if (a.bytes + b.bytes > sizeof near)
      both = coil_rt_alloc_local(frame, (int64_t)(a.bytes + b.bytes));
    if (!both)
      return COIL_ERROR_MEMORY;
    memcpy(both, a.data, a.bytes);
    memcpy(both + a.bytes, b.data, b.bytes);
    out[i] = coil_intern(context, both, a.bytes + b.bytes);
    if (both != near)
      coil_rt_release(frame, mark);
    if (out[i] < 0)
      return COIL_ERROR_MEMORY;
  }
  return 0;
}

/*===----------------------------------------------------------------------===*/

/* What is left to be split. With an empty delimiter white space of any length
 * splits, and that at the ends is no part. */
typedef struct splitter {
  const char *at, *end; /* `at` null: nothing is left */
  coil_string delimiter;
  int64_t most; /* splits that may still be made */
} splitter;

static splitter begin_split(coil_context *context, int64_t text,
                            int64_t delimiter, int64_t most) {
  coil_string whole = coil_text(context, text);
  return (splitter){whole.data, whole.data + whole.bytes,
                    coil_text(context, delimiter), most};
}

static const char *find(const splitter *s) {
  size_t bytes = s->delimiter.bytes;
  for (const char *at = s->at; (size_t)(s->end - at) >= bytes; ++at) {
    at = memchr(at, s->delimiter.data[0], (size_t)(s->end - at));
    if (!at || (size_t)(s->end - at) < bytes)
      return NULL;
    if (memcmp(at, s->delimiter.data, bytes) == 0)
      return at;
  }
  return NULL;
}

static int next_part(splitter *s, coil_string *part) {
  if (!s->at)
    return 0;
  int white = s->delimiter.bytes == 0;
  while (white && s->at < s->end && coil_is_space(*s->at))
    ++s->at;
  if (white && s->at == s->end)
    return 0;
  const char *stop = NULL;
  if (s->most > 0 && !white)
    stop = find(s);
  for (const char *c = s->at; s->most > 0 && white && !stop && c < s->end; ++c)
    stop = coil_is_space(*c) ? c : NULL;
  --s->most;
  *part = (coil_string){s->at, (size_t)((stop ? stop : s->end) - s->at)};
  s->at = stop ? stop + (white ? 1 : s->delimiter.bytes) : NULL;
  return 1;
}

int32_t coil_rt_string_parts(coil_frame *frame, const int64_t *x, int64_t count,
                             int64_t delimiter, int64_t most, int64_t *out) {
  coil_string part;
  for (int64_t i = 0; i < count; ++i) {
    splitter s = begin_split(frame->context, x[i], delimiter, most);
    for (out[i] = 0; next_part(&s, &part);)
      ++out[i];
  }
  return 0;
}

int32_t coil_rt_string_split(coil_frame *frame, const int64_t *x, int64_t count,
                             int64_t delimiter, int64_t most, int64_t width,
                             int64_t *out) {
  for (int64_t i = 0; i < count; ++i) {
    splitter s = begin_split(frame->context, x[i], delimiter, most);
    for (int64_t k = 0; k < width; ++k) {
      coil_string part = {"", 0};
      next_part(&s, &part);
      *out = coil_intern(frame->context, part.data, part.bytes);
      if (*out++ < 0)
        return COIL_ERROR_MEMORY;
    }
  }
  return 0;
}

/*===----------------------------------------------------------------------===*/

/* By bytes, which in UTF-8 is by characters. */
static int is_before(const coil_context *context, int64_t x, int64_t y) {
  coil_string a = coil_text(context, x), b = coil_text(context, y);
  size_t common = a.bytes < b.bytes ? a.bytes : b.bytes;
  int order = common ? memcmp(a.data, b.data, common) : 0;
  return order ? order < 0 : a.bytes < b.bytes;
}

/* The entries below `root` are in heap order; makes it so with `root`. */
static void sink(const coil_context *context, const int64_t *x, int64_t *heap,
                 int64_t root, int64_t count) {
  for (int64_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count &&
        is_before(context, x[heap[child]], x[heap[child + 1]]))
      ++child;
    if (!is_before(context, x[heap[root]], x[heap[child]]))
      return;
    int64_t other = heap[root];
    heap[root] = heap[child];
    heap[child] = other;
  }
}

/* Equal strings have equal ranks, and others ranks in their order. */
int32_t coil_rt_string_rank(coil_frame *frame, const int64_t *x, int64_t count,
                            int64_t *out) {
  const coil_context *context = frame->context;
  int64_t mark = coil_rt_mark(frame);
  int64_t *heap = coil_rt_alloc_local(frame, count * 8);
  if (!heap)
    return COIL_ERROR_MEMORY;
  for (int64_t i = 0; i < count; ++i)
    heap[i] = i;
  for (int64_t i = count / 2; i-- > 0;)
    sink(context, x, heap, i, count);
  for (int64_t i = count; i-- > 1;) {
    int64_t last = heap[0];
    heap[0] = heap[i];
    heap[i] = last;
    sink(context, x, heap, 0, i);
  }
  int64_t rank = 0;
  for (int64_t i = 0; i < count; ++i) {
    rank += i > 0 && x[heap[i]] != x[heap[i - 1]];
    out[heap[i]] = rank;
  }
  coil_rt_release(frame, mark);
  return 0;
}

/*===----------------------------------------------------------------------===*/

int32_t coil_rt_string_match(coil_frame *frame, const int64_t *x, int64_t count,
                             const uint8_t *classes, const int32_t *moves,
                             int64_t width, uint8_t *out) {
  for (int64_t i = 0; i < count; ++i) {
    coil_string text = coil_text(frame->context, x[i]);
    int64_t state = 0;
    for (size_t k = 0; k < text.bytes && state >= 0; ++k)
      state = moves[state * width + classes[(unsigned char)text.data[k]]];
    out[i] = state >= 0 && moves[state * width + width - 1];
  }
  return 0;
}
