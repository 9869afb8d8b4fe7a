// coilc: compiles an ONNX model to a library.

#define COIL_TOOL "coilc"
#define COIL_OPTIONS "tools/coilc/Options.inc"
#include "tools/Options.h"

#include "lib/driver/Check.h"
#include "llvm/Support/InitLLVM.h"

namespace {
constexpr Word<coil::Emit> kEmit[] = {{"so", coil::Emit::SharedLibrary}, {"a", coil::Emit::Archive},
                                      {"obj", coil::Emit::Object},       {"llvm", coil::Emit::LlvmIr},
                                      {"asm", coil::Emit::Assembly},     {"mlir", coil::Emit::Mlir}};
constexpr Word<coil::Weights> kWeights[] = {{"auto", coil::Weights::Auto},
                                            {"embedded", coil::Weights::Embedded},
                                            {"external", coil::Weights::External}};
} // namespace

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  BumpPtrAllocator allocator;
  StringSaver saver(allocator);
  Options table;
  opt::InputArgList args = table.parseArgs(argc, argv, OPT_UNKNOWN, saver, [](StringRef message) { fail(message); });
  if (args.hasArg(OPT_help)) {
    table.printHelp(outs(), "coilc MODEL.onnx -o OUT.so [options]",
                    "COIL compiles an ONNX model to a shared library for Ampere's AArch64 CPUs or this machine");
    return 0;
  }
  if (args.hasArg(OPT_version)) {
    outs() << coil::compilerName() << "\n";
    return 0;
  }
  std::vector<std::string> inputs = args.getAllArgValues(OPT_INPUT);
  if (inputs.size() != 1)
    fail(inputs.empty() ? "no model given; see coilc --help" : "more than one model given: " + join(inputs, ", "));

  coil::CompileOptions options;
  options.input = inputs.front();
  options.output = args.getLastArgValue(OPT_o).str();
  options.stopAfter = args.getLastArgValue(OPT_stop_after).str();
  options.emit = choose(args, OPT_emit, kEmit);
  if (options.output.empty() && !options.stopAfter.empty())
    options.output = "-";
  bool check = args.hasArg(OPT_check), json = args.hasArg(OPT_json);
  if (json && !check)
    fail("--json is for --check");
  if (options.output.empty() && !check)
    fail("no output given: use -o FILE");
  options.target = args.getLastArgValue(OPT_target, options.target).str();
  options.name = args.getLastArgValue(OPT_name).str();
  options.weights = choose(args, OPT_weights, kWeights);
  options.dumpStages = args.getLastArgValue(OPT_dump_stages).str();
  options.tuning = args.getLastArgValue(OPT_tuning).str();
  coil::CustomOps customOps;
  readModelOptions(args, argv[0], customOps, options);
  if (StringRef level = args.getLastArgValue(OPT_O, "2"); level.getAsInteger(10, options.optLevel) || options.optLevel > 3)
    fail("-O" + level + ": expected -O0 to -O3");
  if (StringRef count = args.getLastArgValue(OPT_threads, "0"); count.getAsInteger(10, options.threads))
    fail("--threads=" + count + ": expected a number");
  options.remarks = args.hasArg(OPT_remarks);
  options.verbose = args.hasArg(OPT_verbose);
  if (check)
    return coil::check(options, json, outs(), errs()) ? 0 : 1;
  return coil::compile(options, errs()) ? 0 : 1;
}
