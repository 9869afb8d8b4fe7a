/*===- profile.c - time per kernel, with the nodes behind it ---------------===*
 *
 * Sites that call one kernel are one row: kernels are shared between the places
 * of a model that compute the same.
 *
 *===----------------------------------------------------------------------===*/
#include "run.h"

#include <stdlib.h>
#include <string.h>

typedef struct row {
  const char *kernel;
  uint64_t calls, nanoseconds, regions;
} row;

static int by_time(const void *a, const void *b) {
  const row *x = a, *y = b;
  if (x->nanoseconds != y->nanoseconds)
    return x->nanoseconds < y->nanoseconds ? 1 : -1;
  return strcmp(x->kernel, y->kernel);
}

static int by_kernel(const void *a, const void *b) {
  return strcmp(((const row *)a)->kernel, ((const row *)b)->kernel);
}

/* One row a kernel that was called, longest first. */
static row *collect(const session *session, int *count) {
  const coil_model *model = session->model;
  const coil_profile *profile = model->api->profile(session->context);
  row *rows = allocate((size_t)model->site_count * sizeof *rows);
  int sites = 0;
  for (int32_t i = 0; i < model->site_count; ++i)
    if (profile[i].calls)
      rows[sites++] = (row){model->sites[i].kernel, profile[i].calls,
                            profile[i].nanoseconds, profile[i].regions};
  qsort(rows, (size_t)sites, sizeof *rows, by_kernel);
  *count = 0;
  for (int i = 0; i < sites; ++i) {
    if (*count && strcmp(rows[*count - 1].kernel, rows[i].kernel) == 0) {
      rows[*count - 1].calls += rows[i].calls;
      rows[*count - 1].nanoseconds += rows[i].nanoseconds;
      rows[*count - 1].regions += rows[i].regions;
    } else {
      rows[(*count)++] = rows[i];
    }
  }
  qsort(rows, (size_t)*count, sizeof *rows, by_time);
  return rows;
}

/* The nodes of all sites that called `kernel`. */
static void print_nodes(const session *session, const char *kernel, bool json) {
  const coil_model *model = session->model;
  const coil_profile *profile = model->api->profile(session->context);
  const char *between = "";
  for (int32_t i = 0; i < model->site_count; ++i) {
    if (!profile[i].calls || strcmp(model->sites[i].kernel, kernel) != 0)
      continue;
    printf("%s", between);
    if (json)
      json_string(model->sites[i].nodes);
    else
      printf("%s", model->sites[i].nodes);
    between = json ? "," : ", ";
  }
}

static void print_row(const session *session, const row *row, int runs,
                      uint64_t total, bool json) {
  double ms = (double)row->nanoseconds * 1e-6 / runs;
  double calls = (double)row->calls / runs;
  double regions = (double)row->regions / runs;
  if (json) {
    printf("{\"kernel\":");
    json_string(row->kernel);
    printf(",\"ms\":%.6g,\"calls\":%g,\"regions\":%g,\"nodes\":[", ms, calls,
           regions);
    print_nodes(session, row->kernel, true);
    printf("]}");
  } else {
    printf("%10.4f %6.1f %8g %8g  %-24s ", ms,
           total ? 100.0 * (double)row->nanoseconds / (double)total : 0.0,
           calls, regions, row->kernel);
    print_nodes(session, row->kernel, false);
    printf("\n");
  }
}

void print_profile(const session *session, int runs, bool json) {
  int count;
  uint64_t total = 0;
  row *rows = collect(session, &count);
  for (int i = 0; i < count; ++i)
    total += rows[i].nanoseconds;
  if (json)
    printf("\"profile\":[");
  else
    printf("%10s %6s %8s %8s  %-24s nodes\n", "ms a run", "%", "calls",
           "regions", "kernel");
  for (int i = 0; i < count; ++i) {
    if (json && i)
      printf(",");
    print_row(session, &rows[i], runs, total, json);
  }
  if (json)
    printf("]");
  else
    printf("%10.4f ms a run in %d kernels (%d runs)\n",
           (double)total * 1e-6 / runs, count, runs);
  free(rows);
}
