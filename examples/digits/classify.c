/* classify.c - an app that uses a compiled model.
 *
 *   classify IMAGES LABELS SHOWN PROBABILITIES
 *
 * Classifies all images in one run, shows the first SHOWN and the mistakes'
 * number, and writes the network's answers to PROBABILITIES as raw floats.
 * The model is digits.so, made by `coilc digits.onnx -o digits.so`, which
 * writes digits.h too; nothing else of COIL is needed to build or run this. */
#include "digits.h"

#include <stdio.h>
#include <stdlib.h>

enum { PIXELS = 64, CLASSES = 10, BRIGHTEST = 16 };

static unsigned char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) {
    perror(path);
    exit(1);
  }
  *size = (size_t)ftell(file);
  rewind(file);
  unsigned char *data = malloc(*size ? *size : 1);
  if (!data || fread(data, 1, *size, file) != *size) {
    perror(path);
    exit(1);
  }
  fclose(file);
  return data;
}

static int best_of(const float *probability) {
  int best = 0;
  for (int i = 1; i < CLASSES; ++i)
    if (probability[i] > probability[best])
      best = i;
  return best;
}

/* Shows images side by side, and below each what the network says. */
static void show(const unsigned char *pixels, const unsigned char *labels,
                 const float *probability, size_t count) {
  static const char ink[] = " .:-=+*#%@";
  for (int row = 0; row < 8; ++row) {
    for (size_t image = 0; image < count; ++image) {
      for (int column = 0; column < 8; ++column) {
        int value = pixels[image * PIXELS + row * 8 + column];
        char c = ink[value * (int)(sizeof ink - 2) / BRIGHTEST];
        putchar(c), putchar(c);
      }
      printf("  ");
    }
    putchar('\n');
  }
  for (size_t image = 0; image < count; ++image) {
    const float *answer = probability + image * CLASSES;
    int best = best_of(answer);
    printf("says %d (%3.0f%%) is %d  ", best, 100 * answer[best], labels[image]);
  }
  printf("\n\n");
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: %s IMAGES LABELS SHOWN PROBABILITIES\n", argv[0]);
    return 2;
  }
  size_t bytes, count;
  unsigned char *pixels = read_file(argv[1], &bytes);
  unsigned char *labels = read_file(argv[2], &count);
  if (bytes != count * PIXELS) {
    fprintf(stderr, "%zu labels, but %zu bytes of images\n", count, bytes);
    return 1;
  }
  float *images = malloc(bytes * sizeof *images);
  if (!images)
    return 1;
  for (size_t i = 0; i < bytes; ++i)
    images[i] = (float)pixels[i] / BRIGHTEST;

  coil_context *context;
  if (digits_create(NULL, &context) != COIL_OK) {
    fprintf(stderr, "digits: %s\n", digits_error(NULL));
    return 1;
  }
  digits_inputs inputs = {.image = digits_image(images, (int64_t)count)};
  digits_outputs outputs = {0}; /* no buffer of ours: the result stays in the context */
  if (digits_run(context, &inputs, &outputs) != COIL_OK) {
    fprintf(stderr, "digits: %s\n", digits_error(context));
    return 1;
  }

  const float *probability = outputs.probability.data;
  const size_t row = 5, wanted = (size_t)atoi(argv[3]), shown = wanted < count ? wanted : count;
  for (size_t i = 0; i < shown; i += row)
    show(pixels + i * PIXELS, labels + i, probability + i * CLASSES,
         shown - i < row ? shown - i : row);
  size_t right = 0;
  for (size_t i = 0; i < count; ++i)
    right += best_of(probability + i * CLASSES) == labels[i];
  printf("%zu of %zu test images right: %.1f%%\n", right, count, 100.0 * right / count);

  FILE *file = fopen(argv[4], "wb");
  if (!file || fwrite(probability, 1, outputs.probability.bytes, file) != outputs.probability.bytes ||
      fclose(file)) {
    perror(argv[4]);
    return 1;
  }
  digits_destroy(context);
  free(images);
  free(labels);
  free(pixels);
  return 0;
}
