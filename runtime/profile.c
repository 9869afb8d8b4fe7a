/*===- profile.c - time spent at each site ---------------------------------===*
 *
 * A site's time runs until the next one is reached, so the times of a run add
 * up to the run.
 *
 *===----------------------------------------------------------------------===*/
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "context.h"

#include <string.h>
#include <time.h>

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void coil_set_profiling(coil_context *context, int32_t on) {
  if (!context)
    return;
  context->profiling = on != 0;
  context->site = -1;
  memset(context->profile, 0,
         (size_t)context->model->site_count * sizeof *context->profile);
}

const coil_profile *coil_profile_of(const coil_context *context) {
  return context ? context->profile : NULL;
}

void coil_rt_site(coil_frame *frame, int32_t site) {
  coil_context *context = frame->context;
  if (!context->profiling)
    return;
  uint64_t time = now();
  if (context->site >= 0)
    context->profile[context->site].nanoseconds += time - context->arrived;
  context->site = site < context->model->site_count ? site : -1;
  context->arrived = time;
  if (context->site >= 0)
    ++context->profile[context->site].calls;
}
