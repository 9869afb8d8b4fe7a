// coil-tune: measures which tiles and loop orders are best for a model on this machine.

#define COIL_TOOL "coil-tune"
#define COIL_OPTIONS "tools/coil-tune/Options.inc"
#include "tools/Options.h"

#include "lib/tune/Tune.h"
#include "llvm/Support/InitLLVM.h"

#include <csignal>

namespace {
volatile std::sig_atomic_t stopped = 0;

template <typename T> T number(const opt::ArgList &args, unsigned id, T otherwise) {
  opt::Arg *arg = args.getLastArg(id);
  if (arg && (StringRef(arg->getValue()).getAsInteger(10, otherwise) || otherwise < 1))
    fail(arg->getSpelling() + arg->getValue() + ": expected a number from 1 on");
  return otherwise;
}
} // namespace

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  BumpPtrAllocator allocator;
  StringSaver saver(allocator);
  Options table;
  opt::InputArgList args = table.parseArgs(argc, argv, OPT_UNKNOWN, saver, [](StringRef message) { fail(message); });
  if (args.hasArg(OPT_help)) {
    table.printHelp(outs(), "coil-tune MODEL.onnx -o FILE [options]",
                    "Measures which tiles and loop orders are best for a model on this machine");
    return 0;
  }
  std::vector<std::string> inputs = args.getAllArgValues(OPT_INPUT);
  if (inputs.size() != 1 || !args.hasArg(OPT_o))
    fail("expected one model and -o FILE; see coil-tune --help");
  if (StringRef(args.getLastArgValue(OPT_o)) == "-")
    fail("-o -: expected a file, which is written again and again");
  // Stops between two measurements; what was found is in the file.
  for (int signal : {SIGINT, SIGTERM})
    std::signal(signal, [](int) { stopped = 1; });

  coil::TuneOptions options;
  options.compile.input = inputs.front();
  options.compile.target = args.getLastArgValue(OPT_target, "host").str();
  coil::CustomOps customOps;
  readModelOptions(args, argv[0], customOps, options.compile);
  options.output = args.getLastArgValue(OPT_o).str();
  options.runner = toolFolder(argv[0]) + "/coil-run";
  for (opt::Arg *arg : args.filtered(OPT_shape, OPT_test_data))
    options.inputs.push_back((arg->getSpelling() + arg->getValue()).str());
  options.threads = number<unsigned>(args, OPT_threads, 1);
  options.budget = number<unsigned>(args, OPT_budget, 120);
  options.stop = [] { return stopped != 0; };
  return coil::tune(options, outs(), errs()) ? 0 : 1;
}
