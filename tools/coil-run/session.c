/*===- session.c - the library loaded, and a context of its model ---------===*/
#define _GNU_SOURCE /* sched_getaffinity */
#include "run.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

/* As the runtime counts them, so that a report can tell the number. */
static int usable_cores(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return 1;
  return CPU_COUNT(&set);
}

session open_session(const options *options, const library_info *library) {
  session session = {.threads = options->threads};
  if (session.threads == 0)
    session.threads = usable_cores();
  double start = now_ms();
  char *path = realpath(options->library, NULL); /* never searched for */
  if (!path)
    die("'%s': %s", options->library, strerror(errno));
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    die("cannot load: %s", dlerror());
  session.model = dlsym(handle, library->symbol);
  if (!session.model)
    die("cannot load: %s", dlerror());
  coil_options create = {.threads = session.threads,
                         .pin = options->pin,
                         .weights = options->weights};
  const coil_api *api = session.model->api;
  if (api->create(session.model, &create, &session.context) != COIL_OK)
    die("%s", api->error(NULL));
  session.load_ms = now_ms() - start;
  free(path);
  return session;
}

void run(const session *session, const coil_tensor *inputs,
         coil_tensor *outputs) {
  const coil_api *api = session->model->api;
  if (api->run(session->context, inputs, outputs) != COIL_OK)
    die("%s", api->error(session->context));
}
