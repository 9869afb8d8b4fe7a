/*===- weights.c - a weights file: right, absent, cut, another model's ----===*/
#include "check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct file {
  coil_weights_header header;
  float values[4];
} file;

static char folder[] = "/tmp/coil-weights-XXXXXX";
static char path[64];

static void write_file(const file *content, size_t bytes) {
  FILE *out = fopen(path, "wb");
  CHECK(out && fwrite(content, 1, bytes, out) == bytes);
  if (out)
    fclose(out);
}

static coil_status create(const char *weights, coil_context **context) {
  coil_options options = {.threads = 1, .weights = weights};
  return heavy_model.api->create(&heavy_model, &options, context);
}

static void refused(const char *expected) {
  coil_context *context;
  char message[256];
  snprintf(message, sizeof message, "weights file '%s': %s", path, expected);
  CHECK_ERROR(create(path, &context), COIL_ERROR_WEIGHTS, heavy_model, NULL,
              message);
}

static void test_good(void) {
  coil_context *context = NULL;
  CHECK(create(path, &context) == COIL_OK);
  float x[] = {1, 1, 1, 1};
  coil_tensor input = {x, sizeof x, COIL_FLOAT, 1, {4}}, output = {0};
  CHECK(context && heavy_model.api->run(context, &input, &output) == COIL_OK);
  CHECK(output.data && ((float *)output.data)[3] == 1 + 4 + 8);
  heavy_model.api->destroy(context);
}

static void test_bad(const file *good) {
  file bad = *good;
  bad.header.magic[0] = 'X';
  write_file(&bad, sizeof bad);
  refused("not a weights file of COIL");
  bad = *good;
  bad.header.hash = 0x99;
  write_file(&bad, sizeof bad);
  refused("belongs to another model than 'heavy' (hash 0000000000000099, "
          "expected 0000000000001234)");
  write_file(good, 72);
  refused("cut short, it has 72 bytes, expected 80");
  write_file(good, 10);
  refused("cut short, it has 10 bytes, not even a header");
  write_file(good, 0);
  refused("cut short, it has 0 bytes, not even a header");
  unlink(path);
  refused("No such file or directory");
  CHECK(mkdir(path, 0700) == 0);
  refused("Is a directory");
  rmdir(path);
  CHECK(mkfifo(path, 0600) == 0);
  refused("Illegal seek");
  unlink(path);
}

void test_weights(void) {
  file good = {{"COILWTS", 16, 0x1234, {0}}, {1, 2, 3, 4}};
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/some.weights", folder);
  write_file(&good, sizeof good);
  test_good();
  test_bad(&good);
  rmdir(folder);
  coil_context *context; /* none beside this program */
  CHECK(create(NULL, &context) == COIL_ERROR_WEIGHTS);
  CHECK(strstr(heavy_model.api->error(NULL), "heavy.weights': No such file"));
}
