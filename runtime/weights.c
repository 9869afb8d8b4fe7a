/*===- weights.c - the model's weights, embedded or in a file --------------===*
 *
 * A weights file is mapped, never read: contexts and processes share its pages,
 * and only what a run touches is in memory.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE /* dladdr */
#include "context.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COIL_PATH 4096

/* The file that holds `model` in memory: its library, or the app itself. */
static int home_of(const coil_model *model, char path[COIL_PATH]) {
  Dl_info info;
  if (dladdr(model, &info) && info.dli_fname && strchr(info.dli_fname, '/'))
    return snprintf(path, COIL_PATH, "%s", info.dli_fname) < COIL_PATH;
  /* Linked into an app that was found through PATH: its name has no folder. */
  ssize_t length = readlink("/proc/self/exe", path, COIL_PATH - 1);
  if (length < 0)
    return 0;
  path[length] = 0;
  return 1;
}

/* Writes the path of the weights file beside the library. */
static int path_beside(const coil_model *model, char path[COIL_PATH]) {
  if (!model->weight_file || !home_of(model, path))
    return 0;
  char *slash = strrchr(path, '/');
  size_t folder = slash ? (size_t)(slash + 1 - path) : 0;
  size_t name = strlen(model->weight_file) + 1;
  if (name > COIL_PATH - folder)
    return 0;
  memcpy(path + folder, model->weight_file, name);
  return 1;
}

static coil_status check_header(coil_context *context, const char *path,
                                const coil_weights_header *header,
                                uint64_t file_bytes) {
  const coil_model *model = context->model;
  if (memcmp(header->magic, "COILWTS", sizeof header->magic) != 0)
    return coil_error(context, COIL_ERROR_WEIGHTS,
                      "weights file '%s': not a weights file of COIL", path);
  if (header->hash != model->weight_hash ||
      header->bytes != (uint64_t)model->weight_bytes)
    return coil_error(context, COIL_ERROR_WEIGHTS,
                      "weights file '%s': belongs to another model than '%s' "
                      "(hash %016llx, expected %016llx)",
                      path, model->name, (unsigned long long)header->hash,
                      (unsigned long long)model->weight_hash);
  uint64_t expected = sizeof *header + header->bytes;
  if (file_bytes < expected)
    return coil_error(context, COIL_ERROR_WEIGHTS,
                      "weights file '%s': cut short, it has %llu bytes, "
                      "expected %llu",
                      path, (unsigned long long)file_bytes,
                      (unsigned long long)expected);
  return COIL_OK;
}

static coil_status system_error(coil_context *context, const char *path) {
  return coil_error(context, COIL_ERROR_WEIGHTS, "weights file '%s': %s", path,
                    strerror(errno));
}

static coil_status map_file(coil_context *context, const char *path, int file) {
  coil_weights_header header;
  off_t end = lseek(file, 0, SEEK_END);
  if (end < 0)
    return system_error(context, path);
  ssize_t got = pread(file, &header, sizeof header, 0);
  if (got < 0)
    return system_error(context, path);
  if (got != (ssize_t)sizeof header)
    return coil_error(context, COIL_ERROR_WEIGHTS,
                      "weights file '%s': cut short, it has %lld bytes, not "
                      "even a header",
                      path, (long long)end);
  coil_status status = check_header(context, path, &header, (uint64_t)end);
  if (status)
    return status;
  size_t bytes = sizeof header + (size_t)header.bytes;
  void *memory = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, file, 0);
  if (memory == MAP_FAILED)
    return system_error(context, path);
  madvise(memory, bytes, MADV_WILLNEED);
  context->mapping = (coil_block){memory, bytes};
  context->frame.weights = (const uint8_t *)memory + sizeof header;
  return COIL_OK;
}

/* Points the frame at the weights; `path` null means beside the library. */
coil_status coil_open_weights(coil_context *context, const char *path) {
  const coil_model *model = context->model;
  char beside[COIL_PATH];
  context->frame.weights = model->weights;
  if (model->weights || model->weight_bytes == 0)
    return COIL_OK;
  if (!path) {
    if (!path_beside(model, beside))
      return coil_error(context, COIL_ERROR_WEIGHTS,
                        "weights file '%s': no folder is known to look in",
                        model->weight_file ? model->weight_file : "");
    path = beside;
  }
  /* O_NONBLOCK: a pipe by that name is an error, not a wait. */
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return system_error(context, path);
  coil_status status = map_file(context, path, file);
  close(file);
  return status;
}

void coil_close_weights(coil_context *context) {
  if (context->mapping.data)
    munmap(context->mapping.data, context->mapping.bytes);
}
