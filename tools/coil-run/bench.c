/*===- bench.c - how long a run takes -------------------------------------===*/
#include "run.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Nearest rank: a time that was measured, not one between two. */
static double percentile(const double *sorted, int count, int percent) {
  int rank = (count * percent + 99) / 100;
  return sorted[rank > 0 ? rank - 1 : 0];
}

/* Not getrusage, which counts what the process was before it became this
 * program: a copy of its parent. */
static long peak_rss_kb(void) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  long kilobytes = 0;
  while (file && fgets(line, sizeof line, file))
    if (strncmp(line, "VmHWM:", 6) == 0)
      kilobytes = strtol(line + 6, NULL, 10);
  if (file)
    fclose(file);
  return kilobytes;
}

/* Parallel regions since profiling was switched on. */
static uint64_t count_regions(const session *session) {
  const coil_profile *profile =
      session->model->api->profile(session->context);
  uint64_t regions = 0;
  for (int32_t i = 0; i < session->model->site_count; ++i)
    regions += profile[i].regions;
  return regions;
}

static void print_times(const session *session, const double *sorted, int runs,
                        double first_ms, uint64_t regions, bool json) {
  double p50 = percentile(sorted, runs, 50), p90 = percentile(sorted, runs, 90);
  double p99 = percentile(sorted, runs, 99);
  if (json)
    printf("\"p50_ms\":%.6g,\"p90_ms\":%.6g,\"p99_ms\":%.6g,\"runs\":%d,"
           "\"threads\":%d,\"regions\":%llu,\"load_ms\":%.6g,"
           "\"first_ms\":%.6g,\"peak_rss_kb\":%ld",
           p50, p90, p99, runs, session->threads, (unsigned long long)regions,
           session->load_ms, first_ms, peak_rss_kb());
  else
    printf("p50 %.4g ms, p90 %.4g ms, p99 %.4g ms (%d runs, %d threads, %llu "
           "parallel regions a run; loaded in %.4g ms, first run %.4g ms, peak "
           "memory %ld kB)\n",
           p50, p90, p99, runs, session->threads, (unsigned long long)regions,
           session->load_ms, first_ms, peak_rss_kb());
}

void measure(const session *session, const options *options,
             const coil_tensor *inputs, coil_tensor *outputs) {
  const coil_api *api = session->model->api;
  int warmup = options->warmup >= 0 ? options->warmup : 3;
  int runs = options->runs >= 0 ? options->runs : 30;
  double *times = allocate((size_t)runs * sizeof *times);
  double first_ms = 0;
  for (int i = 0; i < warmup; ++i) {
    double start = now_ms();
    run(session, inputs, outputs);
    if (i == 0)
      first_ms = now_ms() - start;
  }
  api->set_profiling(session->context, options->profile);
  for (int i = 0; i < runs; ++i) {
    double start = now_ms();
    run(session, inputs, outputs);
    times[i] = now_ms() - start;
  }
  if (warmup == 0)
    first_ms = times[0];
  uint64_t regions = count_regions(session) / (uint64_t)runs;
  if (options->bench && !options->profile) { /* a run that no time is of */
    api->set_profiling(session->context, 1);
    run(session, inputs, outputs);
    regions = count_regions(session);
  }
  qsort(times, (size_t)runs, sizeof *times, by_value);
  if (options->json)
    printf("{");
  if (options->bench)
    print_times(session, times, runs, first_ms, regions, options->json);
  if (options->json && options->bench && options->profile)
    printf(",");
  if (options->profile)
    print_profile(session, runs, options->json);
  if (options->json)
    printf("}\n");
  free(times);
}
