/*===- numbers.c - numbers as strings, and strings as numbers --------------===*
 *
 * As ONNX and numpy write them, whatever locale the app has set: the C
 * library's functions for floats are used, but never see or show a decimal
 * point.
 *
 *===----------------------------------------------------------------------===*/
#include "context.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 17 }; /* tell every f64 from all others */

/* A number as 0.d1d2d3... times a power of ten. */
typedef struct decimal {
  char digits[DIGITS + 1];
  int count;
  int exponent;
} decimal;

/* x > 0 with `count` digits, correctly rounded. */
static decimal round_to_digits(double x, int count) {
  char text[64]; /* d.ddde-123, with whatever the locale has for the point */
  decimal d = {.count = 0};
  snprintf(text, sizeof text, "%.*e", count - 1, x);
  const char *at = text;
  for (; *at != 'e'; ++at)
    if (*at >= '0' && *at <= '9' && d.count < DIGITS)
      d.digits[d.count++] = *at;
  int exponent = 0;
  for (const char *digit = at + 2; *digit; ++digit)
    exponent = exponent * 10 + (*digit - '0');
  d.exponent = (at[1] == '-' ? -exponent : exponent) + 1;
  return d;
}

static double value_of(const decimal *d) {
  char text[DIGITS + 24];
  snprintf(text, sizeof text, "%.*se%d", d->count, d->digits,
           d->exponent - d->count);
  return strtod(text, NULL);
}

/* A type of `bits` bits of precision, the least distance of whose values is
 * 2^least. */
static double round_to_type(double x, int32_t bits, int32_t least) {
  int exponent;
  frexp(x, &exponent);
  int unit = exponent - bits < least ? least : exponent - bits;
  return ldexp(rint(ldexp(x, -unit)), unit);
}

/* The next number of as many digits. */
static decimal next(decimal d) {
  int i = d.count;
  while (i > 0 && d.digits[i - 1] == '9')
    d.digits[--i] = '0';
  if (i > 0)
    ++d.digits[i - 1];
  else
    d.digits[0] = '1', ++d.exponent;
  return d;
}

static int is_it(const decimal *d, double x, int32_t bits, int32_t least) {
  double back = value_of(d);
  /* f64 has been rounded to already; ldexp could overflow. */
  return (bits >= 53 ? back : round_to_type(back, bits, least)) == x;
}

/* Tries `count` digits. Above a power of two values are further apart than
 * below, so the number next to the nearest may be x where that is not. */
static int try_digits(double x, int count, int32_t bits, int32_t least,
                      decimal *d) {
  *d = round_to_digits(x, count);
  if (is_it(d, x, bits, least))
    return 1;
  decimal above = next(*d);
  if (!is_it(&above, x, bits, least))
    return 0;
  *d = above;
  return 1;
}

/* The fewest digits that are x again when read as its type. */
static decimal shortest(double x, int32_t bits, int32_t least) {
  int low = 1, high = DIGITS;
  decimal d;
  while (low < high) {
    int count = (low + high) / 2;
    if (try_digits(x, count, bits, least, &d))
      high = count;
    else
      low = count + 1;
  }
  try_digits(x, low, bits, least, &d);
  while (d.count > 1 && d.digits[d.count - 1] == '0')
    --d.count;
  return d;
}

/* 1e-05, 0.0001, 12.5, 1e+16. */
static size_t write_decimal(const decimal *d, char *to) {
  char *start = to;
  int point = d->exponent; /* digits before it */
  if (point < -3 || point > 16) {
    *to++ = d->digits[0];
    if (d->count > 1)
      *to++ = '.';
    memcpy(to, d->digits + 1, (size_t)d->count - 1);
    to += d->count - 1;
    return (size_t)(to - start) +
           (size_t)snprintf(to, 8, "e%c%02d", point > 0 ? '+' : '-',
                            point > 0 ? point - 1 : 1 - point);
  }
  for (int i = point < 1 ? point - 1 : 0; i < d->count || i <= point; ++i) {
    if (i == point)
      *to++ = '.';
    *to++ = i >= 0 && i < d->count ? d->digits[i] : '0';
  }
  return (size_t)(to - start);
}

static size_t write_float(double x, int32_t bits, int32_t least, char *to) {
  size_t sign = !isnan(x) && signbit(x);
  *to = '-';
  if (isnan(x) || isinf(x) || x == 0) {
    memcpy(to + sign, isnan(x) ? "NaN" : isinf(x) ? "INF" : "0.0", 3);
    return sign + 3;
  }
  decimal d = shortest(fabs(x), bits, least);
  return sign + write_decimal(&d, to + sign);
}

int32_t coil_rt_string_from_float(coil_frame *frame, const double *x,
                                  int64_t count, int32_t bits, int32_t least,
                                  int64_t *out) {
  char text[64];
  for (int64_t i = 0; i < count; ++i) {
    out[i] = coil_intern(frame->context, text,
                         write_float(x[i], bits, least, text));
    if (out[i] < 0)
      return COIL_ERROR_MEMORY;
  }
  return 0;
}

int32_t coil_rt_string_from_integer(coil_frame *frame, const int64_t *x,
                                    int64_t count, int32_t is_signed,
                                    int64_t *out) {
  for (int64_t i = 0; i < count; ++i) {
    char text[24], *end = text + sizeof text, *at = end;
    int negative = is_signed && x[i] < 0;
    uint64_t rest = negative ? -(uint64_t)x[i] : (uint64_t)x[i];
    do
      *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (negative)
      *--at = '-';
    out[i] = coil_intern(frame->context, at, (size_t)(end - at));
    if (out[i] < 0)
      return COIL_ERROR_MEMORY;
  }
  return 0;
}

/*===----------------------------------------------------------------------===*/

typedef struct scanner {
  const char *at, *end;
} scanner;

static int is_digit(char c) { return c >= '0' && c <= '9'; }

static int take(scanner *s, char c) {
  int there = s->at < s->end && (*s->at | 32) == (c | 32);
  s->at += there;
  return there;
}

/* The whole rest, in any case. */
static int is_word(const scanner *s, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(s->end - s->at) != length)
    return 0;
  for (size_t i = 0; i < length; ++i)
    if ((s->at[i] | 32) != word[i])
      return 0;
  return 1;
}

/* Without the white space around it. */
static scanner trimmed(coil_string text) {
  scanner s = {text.data, text.data + text.bytes};
  while (s.at < s.end && coil_is_space(*s.at))
    ++s.at;
  while (s.at < s.end && coil_is_space(s.end[-1]))
    --s.end;
  return s;
}

enum { KEPT = 800 }; /* digits; more than decide how any f64 is rounded */

/* Digits, a point, an exponent; nothing else. Digits beyond those kept only
 * say that there is more. */
static int scan_decimal(scanner s, double *value) {
  char text[KEPT + 32];
  int count = 0, any = 0, fraction = 0, more = 0;
  int64_t exponent = 0, places = 0;
  for (; s.at < s.end && (is_digit(*s.at) || (*s.at == '.' && !fraction));
       ++s.at) {
    if (*s.at == '.') {
      fraction = 1;
      continue;
    }
    any = 1;
    places -= fraction;
    if (count == 0 && *s.at == '0')
      continue;
    if (count < KEPT) {
      text[count++] = *s.at;
    } else {
      more |= *s.at != '0';
      ++places;
    }
  }
  if (!any)
    return 0;
  if (take(&s, 'e')) {
    int negative = s.at < s.end && *s.at == '-';
    s.at += s.at < s.end && (*s.at == '-' || *s.at == '+');
    if (s.at == s.end)
      return 0;
    for (; s.at < s.end && is_digit(*s.at); ++s.at)
      exponent = exponent > 1000000 ? exponent : exponent * 10 + (*s.at - '0');
    exponent = negative ? -exponent : exponent;
  }
  if (s.at != s.end)
    return 0;
  if (count == 0)
    return *value = 0, 1;
  if (more)
    text[count - 1] |= 1; /* odd: not exactly between two values */
  exponent += places;
  if (exponent > 100000 || exponent < -100000)
    exponent = exponent > 0 ? 100000 : -100000;
  snprintf(text + count, sizeof text - (size_t)count, "e%d", (int)exponent);
  *value = strtod(text, NULL);
  return 1;
}

static int scan_float(coil_string text, double *value) {
  scanner s = trimmed(text);
  int negative = s.at < s.end && *s.at == '-';
  s.at += s.at < s.end && (*s.at == '-' || *s.at == '+');
  if (is_word(&s, "nan"))
    *value = NAN;
  else if (is_word(&s, "inf") || is_word(&s, "infinity"))
    *value = INFINITY;
  else if (!scan_decimal(s, value))
    return 0;
  *value = negative ? -*value : *value;
  return 1;
}

static int32_t not_a_number(coil_frame *frame, coil_string text,
                            const char *node) {
  coil_context *context = frame->context;
  int shown = text.bytes < 40 ? (int)text.bytes : 40;
  coil_error(context, COIL_ERROR_DATA, "%s: node '%s': '%.*s'%s is no number",
             context->model->name, node, shown, text.data ? text.data : "",
             (size_t)shown < text.bytes ? "..." : "");
  coil_fail(context, COIL_ERROR_DATA);
  return COIL_ERROR_DATA;
}

int32_t coil_rt_string_to_float(coil_frame *frame, const int64_t *x,
                                int64_t count, double *out, const char *node) {
  for (int64_t i = 0; i < count; ++i) {
    coil_string text = coil_text(frame->context, x[i]);
    if (!scan_float(text, &out[i]))
      return not_a_number(frame, text, node);
  }
  return 0;
}

/* Digits with a sign, modulo 2^64. */
static int scan_integer(coil_string text, int64_t *value) {
  scanner s = trimmed(text);
  int negative = s.at < s.end && *s.at == '-';
  s.at += s.at < s.end && (*s.at == '-' || *s.at == '+');
  if (s.at == s.end)
    return 0;
  uint64_t sum = 0;
  for (; s.at < s.end && is_digit(*s.at); ++s.at)
    sum = sum * 10 + (uint64_t)(*s.at - '0');
  *value = (int64_t)(negative ? -sum : sum);
  return s.at == s.end;
}

/* What is written as a float is truncated. */
int32_t coil_rt_string_to_integer(coil_frame *frame, const int64_t *x,
                                  int64_t count, int64_t *out,
                                  const char *node) {
  for (int64_t i = 0; i < count; ++i) {
    coil_string text = coil_text(frame->context, x[i]);
    double real;
    if (scan_integer(text, &out[i]))
      continue;
    if (!scan_float(text, &real))
      return not_a_number(frame, text, node);
    out[i] = fabs(real) < 0x1p63 ? (int64_t)real : INT64_MIN;
  }
  return 0;
}
