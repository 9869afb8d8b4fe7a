/*===- file.c - files and memory, where every failure ends the program ----===*/
#define _GNU_SOURCE /* vasprintf */
#include "run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void *allocate(size_t size) {
  void *memory = calloc(size ? size : 1, 1);
  if (!memory)
    die("out of memory (%zu bytes)", size);
  return memory;
}

char *text_of(const char *format, ...) {
  va_list arguments;
  char *text;
  va_start(arguments, format);
  if (vasprintf(&text, format, arguments) < 0)
    die("out of memory");
  va_end(arguments);
  return text;
}

bytes read_file(const char *path) {
  struct stat status;
  FILE *file = NULL;
  /* Looked at before it is opened: opening a pipe would wait for its writer. */
  if (stat(path, &status) != 0)
    die("'%s': %s", path, strerror(errno));
  if (!S_ISREG(status.st_mode))
    die("'%s': not a file", path);
  if (!(file = fopen(path, "rb")))
    die("'%s': %s", path, strerror(errno));
  bytes content = {allocate((size_t)status.st_size + 1),
                   (size_t)status.st_size};
  /* One byte more than the file has: text may be read as a string. */
  if (fread(content.data, 1, content.size, file) != content.size)
    die("'%s': cannot be read", path);
  fclose(file);
  return content;
}

FILE *create_file(const char *path) {
  FILE *file = fopen(path, "wb");
  if (!file)
    die("'%s': %s", path, strerror(errno));
  return file;
}

void close_file(FILE *file, const char *path) {
  int failed = ferror(file);
  if (fclose(file) != 0 || failed)
    die("'%s': cannot be written: %s", path, strerror(errno));
}

void make_folder(const char *path) {
  if (mkdir(path, 0777) != 0 && errno != EEXIST)
    die("'%s': %s", path, strerror(errno));
}

bool exists(const char *path) { return access(path, F_OK) == 0; }

bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}
