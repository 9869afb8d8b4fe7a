/*===- summary.c - what a single run gave ---------------------------------===*/
#include "run.h"

#include <math.h>
#include <stdlib.h>

typedef struct range {
  double least, most, mean;
  size_t not_finite;
} range;

static range range_of(const coil_tensor *tensor) {
  range r = {INFINITY, -INFINITY, 0, 0};
  if (tensor->type == COIL_STRING)
    return r;
  size_t count = element_count(tensor);
  for (size_t i = 0; i < count; ++i) {
    double value = element(tensor, i);
    if (!isfinite(value)) {
      ++r.not_finite;
      continue;
    }
    r.least = fmin(r.least, value);
    r.most = fmax(r.most, value);
    r.mean += value;
  }
  r.mean /= (double)(count - r.not_finite);
  return r;
}

static void print_text(const char *name, const coil_tensor *tensor) {
  range r = range_of(tensor);
  size_t count = element_count(tensor), shown = count < 6 ? count : 6;
  char *form = signature(tensor);
  printf("output '%s' %s:", name, form);
  if (count > r.not_finite && tensor->type != COIL_STRING)
    printf(" min %.6g, max %.6g, mean %.6g;", r.least, r.most, r.mean);
  if (r.not_finite)
    printf(" %zu not finite;", r.not_finite);
  for (size_t i = 0; i < shown; ++i) {
    char *text = element_text(tensor, i, 6);
    printf(" %s", text);
    free(text);
  }
  printf("%s\n", shown < count ? " ..." : "");
  free(form);
}

static void print_json(const char *name, const coil_tensor *tensor) {
  range r = range_of(tensor);
  printf("{\"name\":");
  json_string(name);
  printf(",\"type\":\"%s\",\"dims\":", type_name(tensor->type));
  json_dims(tensor);
  printf(",\"min\":");
  json_number(r.least);
  printf(",\"max\":");
  json_number(r.most);
  printf(",\"mean\":");
  json_number(r.mean);
  printf(",\"not_finite\":%zu}", r.not_finite);
}

static void print_empty(const char *name, const coil_tensor *value, bool json) {
  if (!json) {
    char *form = signature(value);
    printf("output '%s' %s\n", name, form);
    free(form);
    return;
  }
  printf("{\"name\":");
  json_string(name);
  printf(",\"type\":\"%s\"}", type_name(value->type));
}

/* A sequence by its elements, one that has some. */
static void print_value(const char *name, const coil_tensor *value, bool json) {
  int64_t count = value->type == COIL_SEQUENCE ? length_of(value) : 0;
  if (value->type != COIL_NONE && value->type != COIL_SEQUENCE) {
    (json ? print_json : print_text)(name, value);
  } else if (count == 0) {
    print_empty(name, value, json);
  }
  for (int64_t i = 0; i < count; ++i) {
    char *place = text_of("%s[%lld]", name, (long long)i);
    if (json && i)
      printf(",");
    (json ? print_json : print_text)(place, element_of(value, i));
    free(place);
  }
}

void print_summary(const session *session, const coil_tensor *outputs,
                   bool json) {
  const coil_model *model = session->model;
  if (!json)
    printf("%s for %s, compiled by %s\n", model->name, model->target, model->compiler);
  else
    printf("{\"outputs\":[");
  for (int32_t i = 0; i < model->output_count; ++i) {
    if (json && i)
      printf(",");
    print_value(model->outputs[i].name, &outputs[i], json);
  }
  if (json)
    printf("]}\n");
}
