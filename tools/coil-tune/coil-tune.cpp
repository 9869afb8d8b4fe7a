// coil-tune: measures which tiles and loop orders are best for a model on this machine.

#include "lib/tune/Tune.h"

#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Option/Option.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"

#include <csignal>

using namespace llvm;
using namespace llvm::opt;

namespace {
enum ID {
  OPT_INVALID = 0,
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include "tools/coil-tune/Options.inc"
#undef OPTION
};

#define OPTTABLE_STR_TABLE_CODE
#include "tools/coil-tune/Options.inc"
#undef OPTTABLE_STR_TABLE_CODE
#define OPTTABLE_PREFIXES_TABLE_CODE
#include "tools/coil-tune/Options.inc"
#undef OPTTABLE_PREFIXES_TABLE_CODE

constexpr opt::OptTable::Info kInfos[] = {
#define OPTION(...) LLVM_CONSTRUCT_OPT_INFO(__VA_ARGS__),
#include "tools/coil-tune/Options.inc"
#undef OPTION
};

struct Options : opt::GenericOptTable {
  Options() : GenericOptTable(OptionStrTable, OptionPrefixesTable, kInfos) {}
};

volatile std::sig_atomic_t stopped = 0;

[[noreturn]] void fail(const Twine &message) {
  errs() << "coil-tune: error: " << message << "\n";
  exit(1);
}

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

  SmallString<128> bin(sys::fs::getMainExecutable(argv[0], reinterpret_cast<void *>(&fail)));
  sys::path::remove_filename(bin);
  coil::TuneOptions options;
  options.compile.input = inputs.front();
  options.compile.target = args.getLastArgValue(OPT_target, "host").str();
  options.compile.resources = (bin + "/../lib/coil").str();
  for (StringRef text : args.getAllArgValues(OPT_dim)) {
    auto [name, value] = text.rsplit('=');
    int64_t size;
    if (name.empty() || value.getAsInteger(10, size) || size < 1)
      fail("--dim=" + text + ": expected NAME=SIZE with a positive size");
    options.compile.dims[name] = size;
  }
  options.output = args.getLastArgValue(OPT_o).str();
  options.runner = (bin + "/coil-run").str();
  for (opt::Arg *arg : args.filtered(OPT_shape, OPT_test_data))
    options.inputs.push_back((arg->getSpelling() + arg->getValue()).str());
  options.threads = number<unsigned>(args, OPT_threads, 1);
  options.budget = number<unsigned>(args, OPT_budget, 120);
  options.stop = [] { return stopped != 0; };
  return coil::tune(options, outs(), errs()) ? 0 : 1;
}
