/*===- case.c - capitals and small letters ---------------------------------===*
 *
 * Character by character, by a table: an app's locale has no say, and a library
 * that was made once gives the same everywhere. Bytes that are no UTF-8 stay.
 *
 *===----------------------------------------------------------------------===*/
#include "context.h"

/* first, first + step, ... first + span become what they are plus `add`. */
typedef struct run {
  uint32_t first;
  int32_t add;
  uint16_t span, step;
} run;

#include "case.inc"

static uint32_t changed(const run *runs, size_t count, uint32_t c) {
  size_t low = 0, high = count; /* the first run that begins after `c` */
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (runs[middle].first <= c)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0)
    return c;
  const run *r = &runs[low - 1];
  uint32_t offset = c - r->first;
  return offset <= r->span && offset % r->step == 0 ? c + (uint32_t)r->add : c;
}

/* The character at `text`, of at most `bytes` bytes, and its length; no
 * character, and 1, where there is none, or one in more bytes than it takes. */
static size_t read(const char *text, size_t bytes, uint32_t *c) {
  unsigned char lead = (unsigned char)text[0];
  size_t length = lead < 0x80                  ? 1
                  : lead >= 0xc2 && lead < 0xe0 ? 2
                  : lead >= 0xe0 && lead < 0xf0 ? 3
                  : lead >= 0xf0 && lead < 0xf5 ? 4
                                                : 0;
  *c = UINT32_MAX;
  if (length == 0 || length > bytes)
    return 1;
  uint32_t value = length == 1 ? lead : lead & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if (((unsigned char)text[i] & 0xc0) != 0x80)
      return 1;
    value = value << 6 | ((unsigned char)text[i] & 0x3f);
  }
  if (value < (length == 3 ? 0x800u : length == 4 ? 0x10000u : 0) ||
      value > 0x10ffff)
    return 1;
  *c = value;
  return length;
}

static size_t write(uint32_t c, char *to) {
  if (c < 0x80)
    return *to = (char)c, 1;
  size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = length - 1; i > 0; --i, c >>= 6)
    to[i] = (char)(0x80 | (c & 0x3f));
  to[0] = (char)((0xf00u >> length) | c);
  return length;
}

typedef struct rule {
  const run *runs;
  size_t count;
  uint32_t from, to; /* an exception */
} rule;

static int64_t change(coil_frame *frame, coil_string text, const rule *rule) {
  char near[256], *to = near;
  /* A character of two bytes may become one of three, the Turkic i one of two. */
  size_t room = 2 * text.bytes + 1, size = 0;
  int64_t mark = coil_rt_mark(frame); /* long ones follow each other there */
  if (room > sizeof near)
    to = coil_rt_alloc_local(frame, (int64_t)room);
  if (!to)
    return -1;
  for (size_t at = 0, length; at < text.bytes; at += length) {
    uint32_t c;
    length = read(text.data + at, text.bytes - at, &c);
    if (c == UINT32_MAX)
      to[size++] = text.data[at];
    else
      size += write(c == rule->from ? rule->to
                                    : changed(rule->runs, rule->count, c),
                    to + size);
  }
  int64_t number = coil_intern(frame->context, to, size);
  if (to != near)
    coil_rt_release(frame, mark);
  return number;
}

static int32_t change_all(coil_frame *frame, const int64_t *x, int64_t count,
                          const rule *rule, int64_t *out) {
  for (int64_t i = 0; i < count; ++i) {
    out[i] = change(frame, coil_text(frame->context, x[i]), rule);
    if (out[i] < 0)
      return COIL_ERROR_MEMORY;
  }
  return 0;
}

/* In Turkish and Azeri the i with a dot and the one without are two letters. */
int32_t coil_rt_string_lower(coil_frame *frame, const int64_t *x, int64_t count,
                             int32_t turkic, int64_t *out) {
  rule rule = {small_letters, sizeof small_letters / sizeof *small_letters, 'I',
               turkic ? 0x131 : 'i'};
  return change_all(frame, x, count, &rule, out);
}

int32_t coil_rt_string_upper(coil_frame *frame, const int64_t *x, int64_t count,
                             int32_t turkic, int64_t *out) {
  rule rule = {capitals, sizeof capitals / sizeof *capitals, 'i',
               turkic ? 0x130 : 'I'};
  return change_all(frame, x, count, &rule, out);
}
