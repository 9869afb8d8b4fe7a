/*===- testdata.c - ONNX's test data folders -------------------------------===*
 *
 * CASE/test_data_set_K/{input_J.pb,output_J.pb} and CASE/data.json with the
 * tolerances, or one of these sets by itself.
 *
 *===----------------------------------------------------------------------===*/
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct set {
  int number;
  char *path;
} set;

typedef struct sets {
  set *items;
  int count;
} sets;

static int by_number(const void *a, const void *b) {
  int x = ((const set *)a)->number, y = ((const set *)b)->number;
  return (x > y) - (x < y);
}

/* K of test_data_set_K at the end of `path`, or -1. */
static int set_number(const char *path) {
  const char *found = strstr(path, "test_data_set_");
  char *end;
  if (!found)
    return -1;
  long number = strtol(found + 14, &end, 10);
  return end == found + 14 || end[strspn(end, "/")] ? -1 : (int)number;
}

static char *tensor_path(const char *set, const char *kind, int index) {
  return text_of("%s/%s_%d.pb", set, kind, index);
}

static bool has_tensor(const char *set, const char *kind, int index) {
  char *path = tensor_path(set, kind, index);
  bool found = exists(path);
  free(path);
  return found;
}

static void add_set(sets *all, int number, char *path) {
  all->items =
      realloc(all->items, ((size_t)all->count + 1) * sizeof *all->items);
  if (!all->items)
    die("out of memory");
  all->items[all->count++] = (set){number, path};
}

static sets find_sets(const char *folder) {
  sets all = {0};
  DIR *directory = opendir(folder);
  if (!directory)
    die("'%s': %s", folder, strerror(errno));
  for (struct dirent *entry; (entry = readdir(directory));)
    if (strncmp(entry->d_name, "test_data_set_", 14) == 0 &&
        set_number(entry->d_name) >= 0)
      add_set(&all, set_number(entry->d_name),
              text_of("%s/%s", folder, entry->d_name));
  closedir(directory);
  if (all.count == 0 &&
      (has_tensor(folder, "input", 0) || has_tensor(folder, "output", 0)))
    add_set(&all, set_number(folder) < 0 ? 0 : set_number(folder),
            text_of("%s", folder));
  if (all.count == 0)
    die("'%s': no test data (no test_data_set_0, no input_0.pb)", folder);
  qsort(all.items, (size_t)all.count, sizeof *all.items, by_number);
  return all;
}

/* Tolerances by the command line, else the case's data.json, else ONNX's own.
 */
static void find_tolerances(const options *options, double *rtol,
                            double *atol) {
  char *path = text_of("%s/data.json", options->test_data);
  if (!exists(path)) {
    free(path);
    path = text_of("%s/../data.json", options->test_data);
  }
  *rtol = 1e-3;
  *atol = 1e-7;
  if (exists(path)) {
    bytes text = read_file(path);
    json_find_number((const char *)text.data, "\"rtol\"", rtol);
    json_find_number((const char *)text.data, "\"atol\"", atol);
    free(text.data);
  }
  free(path);
  if (options->rtol >= 0)
    *rtol = options->rtol;
  if (options->atol >= 0)
    *atol = options->atol;
}

static coil_tensor *read_set(const coil_model *model, const char *set) {
  coil_tensor *inputs = allocate((size_t)model->input_count * sizeof *inputs);
  for (int32_t i = 0; i < model->input_count; ++i) {
    char *path = tensor_path(set, "input", i);
    if (!exists(path))
      die("'%s': missing, it is input '%s' of the model", path,
          model->inputs[i].name);
    inputs[i] = read_value(path, &model->inputs[i]);
    free(path);
  }
  if (has_tensor(set, "input", model->input_count))
    die("'%s': it has more inputs than the model, which has %d", set,
        model->input_count);
  return inputs;
}

coil_tensor *first_set_inputs(const coil_model *model, const char *folder) {
  return read_set(model, find_sets(folder).items[0].path);
}

static void print_text(const set *set, const char *name, const coil_tensor *got,
                       const coil_tensor *expected, const difference *d) {
  char *form = signature(got);
  printf("set %d output '%s' %s: ", set->number, name, form);
  if (!d->comparable) {
    char *other = signature(expected);
    printf("expected %s: DIFFERENT\n", other);
    free(other);
  } else {
    printf("max abs %.2g, max rel %.2g: ", d->max_abs, d->max_rel);
    if (d->beyond) {
      char *here = element_text(got, d->first, 9);
      char *there = element_text(expected, d->first, 9);
      printf("DIFFERENT, %zu of %zu elements, first at %zu: %s, expected %s\n",
             d->beyond, element_count(got), d->first, here, there);
      free(here);
      free(there);
    } else {
      printf("ok\n");
    }
  }
  free(form);
}

static void print_json(const set *set, const char *name, const coil_tensor *got,
                       const difference *d, bool first) {
  printf("%s{\"set\":%d,\"name\":", first ? "" : ",", set->number);
  json_string(name);
  printf(",\"type\":\"%s\",\"dims\":", type_name(got->type));
  json_dims(got);
  printf(",\"max_abs\":");
  json_number(d->comparable ? d->max_abs : 1.0 / 0.0);
  printf(",\"max_rel\":");
  json_number(d->comparable ? d->max_rel : 1.0 / 0.0);
  printf(",\"agrees\":%s}", d->comparable && !d->beyond ? "true" : "false");
}

typedef struct score {
  double rtol, atol;
  int compared, different;
} score;

static void compare_output(const options *options, const set *set,
                           const char *name, const coil_tensor *got,
                           const coil_tensor *expected, score *score) {
  difference d = compare(got, expected, score->rtol, score->atol);
  if (options->json)
    print_json(set, name, got, &d, score->compared == 0);
  else
    print_text(set, name, got, expected, &d);
  ++score->compared;
  score->different += !d.comparable || d.beyond;
}

/* A sequence of the expected length is compared element by element. */
static void compare_value(const options *options, const set *set,
                          const char *name, const coil_tensor *got,
                          const coil_tensor *expected, score *score) {
  if (got->type != COIL_SEQUENCE || expected->type != COIL_SEQUENCE ||
      length_of(got) != length_of(expected) || length_of(got) == 0) {
    compare_output(options, set, name, got, expected, score);
    return;
  }
  for (int64_t i = 0; i < length_of(got); ++i) {
    char *place = text_of("%s[%lld]", name, (long long)i);
    compare_output(options, set, place, element_of(got, i),
                   element_of(expected, i), score);
    free(place);
  }
}

static void compare_set(const session *session, const options *options,
                        const set *set, const coil_tensor *outputs,
                        score *score) {
  for (int32_t i = 0; i < session->model->output_count; ++i) {
    const coil_value *value = &session->model->outputs[i];
    if (!has_tensor(set->path, "output", i))
      continue;
    char *path = tensor_path(set->path, "output", i);
    coil_tensor expected = read_value(path, value);
    compare_value(options, set, value->name, &outputs[i], &expected, score);
    free_value(&expected);
    free(path);
  }
}

static void save(const options *options, const coil_model *model,
                 const set *set, int sets, const coil_tensor *outputs) {
  if (!options->outputs)
    return;
  make_folder(options->outputs);
  char *folder =
      sets == 1 ? text_of("%s", options->outputs)
                : text_of("%s/test_data_set_%d", options->outputs, set->number);
  write_outputs(folder, model, outputs);
  free(folder);
}

static void run_set(const session *session, const options *options,
                    const set *set, int sets, score *score) {
  const coil_model *model = session->model;
  coil_tensor *inputs = read_set(model, set->path);
  coil_tensor *outputs =
      allocate((size_t)model->output_count * sizeof *outputs);
  make_room(model, inputs);
  run(session, inputs, outputs);
  make_dense(model, outputs);
  compare_set(session, options, set, outputs, score);
  save(options, model, set, sets, outputs);
  for (int32_t i = 0; i < model->input_count; ++i)
    free_value(&inputs[i]);
  free_dense(model, outputs);
  free(inputs);
  free(outputs);
}

int compare_sets(const session *session, const options *options) {
  sets all = find_sets(options->test_data);
  score score = {0};
  find_tolerances(options, &score.rtol, &score.atol);
  if (options->json)
    printf("{\"outputs\":[");
  for (int i = 0; i < all.count; ++i)
    run_set(session, options, &all.items[i], all.count, &score);
  if (options->json)
    printf("],\"sets\":%d,\"rtol\":%g,\"atol\":%g,\"agrees\":%s}\n", all.count,
           score.rtol, score.atol, score.different ? "false" : "true");
  else
    printf("%s: %d of %d outputs differ in %d %s (rtol %g, atol %g)\n",
           score.different ? "DIFFERENCE" : "agreement", score.different,
           score.compared, all.count, all.count == 1 ? "set" : "sets",
           score.rtol, score.atol);
  return score.different ? EXIT_DIFFER : EXIT_AGREE;
}
