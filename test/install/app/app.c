/* Two models in one program: they agree on an empty image, and say where they do not. */
#include "digits.h"
#include "digits2.h"

#include <stdio.h>

int main(void) {
  float images[2 * 64] = {0};
  coil_context *context, *context2;
  digits_inputs inputs = {.image = digits_image(images, 2)};
  digits_outputs outputs = {0};
  digits2_inputs inputs2 = {.image = digits2_image(images)};
  digits2_outputs outputs2 = {0};
  if (digits_create(NULL, &context) || digits2_create(NULL, &context2)) {
    fprintf(stderr, "create: %s\n", digits_error(NULL));
    return 1;
  }
  if (digits_run(context, &inputs, &outputs) || digits2_run(context2, &inputs2, &outputs2)) {
    fprintf(stderr, "run: %s%s\n", digits_error(context), digits2_error(context2));
    return 1;
  }
  for (int i = 0; i < 20; ++i) {
    float a = ((float *)outputs.probability.data)[i], b = ((float *)outputs2.probability.data)[i];
    if (!(a - b < 1e-6f && b - a < 1e-6f)) {
      fprintf(stderr, "probability %d: %g and %g\n", i, a, b);
      return 1;
    }
  }
  digits2_destroy(context2);
  digits_destroy(context);
  puts("two models agree");
  return 0;
}
