/*===- json.c - the little JSON that reports and data.json need -----------===*/
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void json_string(const char *text) {
  putchar('"');
  for (; *text; ++text) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      printf("\\%c", c);
    else if (c < 32)
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

void json_number(double value) {
  if (isfinite(value))
    printf("%.9g", value);
  else
    printf("null");
}

void json_dims(const coil_tensor *tensor) {
  putchar('[');
  for (int32_t i = 0; i < tensor->rank; ++i)
    printf("%s%lld", i ? "," : "", (long long)tensor->dims[i]);
  putchar(']');
}

/* The number after `key`, which has its quotes; false, and *value left alone,
 * when there is none. */
bool json_find_number(const char *text, const char *key, double *value) {
  const char *found = strstr(text, key);
  if (!found)
    return false;
  found += strlen(key);
  found += strspn(found, " \t\r\n:");
  char *end;
  double number = strtod(found, &end);
  if (end == found)
    return false;
  *value = number;
  return true;
}
