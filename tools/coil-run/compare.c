/*===- compare.c - how far two tensors are apart ---------------------------===*
 *
 * numpy.allclose's rule: |got - expected| <= atol + rtol * |expected|; NaN
 *agrees with NaN, an infinity with itself. A string agrees with an equal one.
 *
 *===----------------------------------------------------------------------===*/
#include "run.h"

#include <math.h>
#include <string.h>

static bool same_shape(const coil_tensor *a, const coil_tensor *b) {
  return a->type == b->type && a->rank == b->rank &&
         memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}

/* |a - b|, exact for 64-bit integers too, which a double does not hold. */
static double distance(const coil_tensor *a, const coil_tensor *b, size_t i) {
  if (a->type == COIL_STRING)
    return same_string((const coil_string *)a->data + i,
                       (const coil_string *)b->data + i)
               ? 0
               : INFINITY;
  if (a->type == COIL_INT64) {
    int64_t x = ((const int64_t *)a->data)[i],
            y = ((const int64_t *)b->data)[i];
    return (double)(x > y ? (uint64_t)x - (uint64_t)y
                          : (uint64_t)y - (uint64_t)x);
  }
  if (a->type == COIL_UINT64) {
    uint64_t x = ((const uint64_t *)a->data)[i],
             y = ((const uint64_t *)b->data)[i];
    return (double)(x > y ? x - y : y - x);
  }
  double x = element(a, i), y = element(b, i);
  if (x == y || (isnan(x) && isnan(y)))
    return 0;
  return isfinite(x) && isfinite(y) ? fabs(x - y) : INFINITY;
}

difference compare(const coil_tensor *got, const coil_tensor *expected,
                   double rtol, double atol) {
  difference result = {.comparable = same_shape(got, expected)};
  bool tensors = got->type != COIL_NONE && got->type != COIL_SEQUENCE;
  size_t count = result.comparable && tensors ? element_count(got) : 0;
  for (size_t i = 0; i < count; ++i) {
    double error = distance(got, expected, i);
    if (error == 0)
      continue;
    double size = fabs(element(expected, i)), relative = error / size;
    if (error > result.max_abs)
      result.max_abs = error;
    /* Relative to 0 every error is infinite, which says nothing. */
    if (size != 0 && (isinf(error) || relative > result.max_rel))
      result.max_rel = isinf(error) ? INFINITY : relative;
    /* An infinite error is beyond any tolerance, an infinite one included. */
    if (error <= atol + rtol * size && isfinite(error))
      continue;
    if (result.beyond++ == 0)
      result.first = i;
  }
  return result;
}
