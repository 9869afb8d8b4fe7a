/*===- main.c - coil-run: runs a compiled model ---------------------------===*/
#include "run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: coil-run OUT.so [options]\n"
    "\n"
    "Runs a model compiled by coilc, one for AArch64 in QEMU where need be.\n"
    "\n"
    "  --test-data DIR       compare with ONNX test data: DIR has input_J.pb "
    "and\n"
    "                        output_J.pb, or folders test_data_set_K with "
    "them\n"
    "  --rtol R, --atol A    tolerances (else DIR/data.json; else 1e-3, 1e-7)\n"
    "  --inputs X.npy|X.pb...  one file for each input, in order\n"
    "  --shape NAME=2x3      shape of a generated input (dynamic dimensions: "
    "1)\n"
    "  --outputs DIR         write output_J.pb and output_J.npy there, and\n"
    "                        input_J.pb where the inputs were generated\n"
    "  --weights FILE        the weights file, if not beside OUT.so\n"
    "  --threads N           0 (the default): one for each usable core\n"
    "  --pin                 each thread that is started on a core of its own\n"
    "  --bench               measure: p50, p90, p99 of --runs N after --warmup "
    "N\n"
    "  --profile             time per kernel, and the ONNX nodes behind it\n"
    "  --json                print one JSON object\n"
    "\n"
    "Exit code: 0 agreement, 1 difference, 2 error.\n";

void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fflush(stdout);
  fprintf(stderr, "coil-run: error: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  va_end(arguments);
  exit(EXIT_ERROR);
}

/* Walks argv: --name VALUE or --name=VALUE. */
typedef struct cursor {
  char **at;
} cursor;

static bool is(const cursor *c, const char *name) {
  size_t length = strlen(name);
  return strncmp(*c->at, name, length) == 0 &&
         ((*c->at)[length] == 0 || (*c->at)[length] == '=');
}

static const char *argument(cursor *c) {
  const char *equals = strchr(*c->at, '=');
  if (equals)
    return equals + 1;
  if (!c->at[1])
    die("%s needs a value", *c->at);
  return *++c->at;
}

static int count_argument(cursor *c) {
  const char *name = *c->at, *text = argument(c);
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (*end || end == text || errno || value < 0 || value > 1000000000)
    die("%s: '%s' is not a count", name, text);
  return (int)value;
}

static double number_argument(cursor *c) {
  const char *name = *c->at, *text = argument(c);
  char *end;
  double value = strtod(text, &end);
  if (*end || end == text || !(value >= 0))
    die("%s: '%s' is not a tolerance", name, text);
  return value;
}

static bool is_tensor_file(const char *text) {
  return text && (ends_with(text, ".npy") || ends_with(text, ".pb"));
}

static void input_arguments(cursor *c, options *o) {
  o->inputs[o->input_count++] = argument(c);
  while (is_tensor_file(c->at[1]))
    o->inputs[o->input_count++] = *++c->at;
}

static bool value_option(cursor *c, options *o) {
  if (is(c, "--test-data"))
    o->test_data = argument(c);
  else if (is(c, "--rtol"))
    o->rtol = number_argument(c);
  else if (is(c, "--atol"))
    o->atol = number_argument(c);
  else if (is(c, "--inputs"))
    input_arguments(c, o);
  else if (is(c, "--outputs"))
    o->outputs = argument(c);
  else if (is(c, "--shape"))
    o->shapes[o->shape_count++] = argument(c);
  else if (is(c, "--weights"))
    o->weights = argument(c);
  else if (is(c, "--warmup"))
    o->warmup = count_argument(c);
  else if (is(c, "--runs"))
    o->runs = count_argument(c);
  else if (is(c, "--threads"))
    o->threads = count_argument(c);
  else
    return false;
  return true;
}

static bool flag_option(const char *text, options *o) {
  if (strcmp(text, "--pin") == 0)
    o->pin = true;
  else if (strcmp(text, "--bench") == 0)
    o->bench = true;
  else if (strcmp(text, "--profile") == 0)
    o->profile = true;
  else if (strcmp(text, "--json") == 0)
    o->json = true;
  else if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0) {
    fputs(help, stdout);
    exit(EXIT_AGREE);
  } else
    return false;
  return true;
}

static options parse(int count, char **arguments) {
  options o = {.rtol = -1, .atol = -1, .warmup = -1, .runs = -1};
  o.inputs = allocate((size_t)count * sizeof *o.inputs);
  o.shapes = allocate((size_t)count * sizeof *o.shapes);
  for (cursor c = {.at = arguments + 1}; *c.at; ++c.at) {
    if (flag_option(*c.at, &o) || value_option(&c, &o))
      continue;
    if (**c.at == '-')
      die("unknown option '%s' (see --help)", *c.at);
    if (o.library)
      die("two libraries: '%s' and '%s'", o.library, *c.at);
    o.library = *c.at;
  }
  if (!o.library)
    die("no library given (see --help)");
  if (o.test_data && o.input_count)
    die("--test-data and --inputs both name inputs");
  if (o.runs == 0)
    die("--runs: at least 1");
  return o;
}

int main(int count, char **arguments) {
  options options = parse(count, arguments);
  library_info library = inspect_library(options.library);
  emulate_if_foreign(&library, arguments);
  session session = open_session(&options, &library);
  const coil_model *model = session.model;
  bool measured = options.bench || options.profile;
  if (measured && options.outputs && model->share_count > 0)
    die("--outputs: a measured run changes inputs that outputs share; without "
        "--bench and --profile there is one run");
  if (options.test_data && !measured)
    return compare_sets(&session, &options);
  bool generated = !options.test_data && !options.input_count;
  coil_tensor *inputs =
      options.test_data     ? first_set_inputs(model, options.test_data)
      : options.input_count ? read_inputs(model, &options)
                            : generate_inputs(model, &options);
  coil_tensor *outputs =
      allocate((size_t)model->output_count * sizeof *outputs);
  if (options.outputs && generated) /* not later: a run may change them */
    write_inputs(options.outputs, model, inputs);
  make_room(model, inputs);
  if (measured)
    measure(&session, &options, inputs, outputs);
  else
    run(&session, inputs, outputs);
  make_dense(model, outputs);
  if (!measured)
    print_summary(&session, outputs, options.json);
  if (options.outputs)
    write_outputs(options.outputs, model, outputs);
  model->api->destroy(session.context);
  return EXIT_AGREE;
}
