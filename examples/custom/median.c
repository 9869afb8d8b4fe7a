/* com.acme::Median: the median of each window along the rows of x. */
#include "coil/runtime.h"

#define LONGEST 63

static float median(const float *x, int64_t window) {
  float sorted[LONGEST];
  for (int64_t i = 0; i < window; ++i) {
    int64_t at = i;
    for (; at > 0 && sorted[at - 1] > x[i]; --at)
      sorted[at] = sorted[at - 1];
    sorted[at] = x[i];
  }
  return sorted[window / 2];
}

int32_t acme_median(coil_call *call) {
  /* The declaration in median.json has made sure of types, ranks and shapes. */
  const coil_tensor *x = &call->inputs[0], *y = &call->outputs[0];
  int64_t window = *(const int64_t *)call->attributes[0].values;
  if (window < 1 || window > LONGEST || window % 2 == 0) {
    call->message = "the window must be odd, and at most 63";
    return 1;
  }
  const float *from = x->data;
  float *to = y->data;
  for (int64_t row = 0; row < y->dims[0]; ++row)
    for (int64_t i = 0; i < y->dims[1]; ++i)
      to[row * y->dims[1] + i] = median(from + row * x->dims[1] + i, window);
  return 0;
}
