// coilc: compiles an ONNX model to a library.

#include "lib/driver/Check.h"
#include "lib/import/CustomOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Option/Option.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace llvm::opt;

namespace {
enum ID {
  OPT_INVALID = 0,
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include "tools/coilc/Options.inc"
#undef OPTION
};

#define OPTTABLE_STR_TABLE_CODE
#include "tools/coilc/Options.inc"
#undef OPTTABLE_STR_TABLE_CODE
#define OPTTABLE_PREFIXES_TABLE_CODE
#include "tools/coilc/Options.inc"
#undef OPTTABLE_PREFIXES_TABLE_CODE

constexpr opt::OptTable::Info kInfos[] = {
#define OPTION(...) LLVM_CONSTRUCT_OPT_INFO(__VA_ARGS__),
#include "tools/coilc/Options.inc"
#undef OPTION
};

struct Options : opt::GenericOptTable {
  Options() : GenericOptTable(OptionStrTable, OptionPrefixesTable, kInfos) {}
};

/// The value of an option that takes one of a few words.
template <typename T> struct Word {
  StringLiteral name;
  T value;
};
constexpr Word<coil::Emit> kEmit[] = {{"so", coil::Emit::SharedLibrary}, {"a", coil::Emit::Archive},
                                      {"obj", coil::Emit::Object},       {"llvm", coil::Emit::LlvmIr},
                                      {"asm", coil::Emit::Assembly},     {"mlir", coil::Emit::Mlir}};
constexpr Word<coil::Weights> kWeights[] = {{"auto", coil::Weights::Auto},
                                            {"embedded", coil::Weights::Embedded},
                                            {"external", coil::Weights::External}};

constexpr Word<StringRef> kWinograd[] = {{"auto", "auto"}, {"off", "off"}, {"2", "2"}, {"4", "4"}};

[[noreturn]] void fail(const Twine &message) {
  errs() << "coilc: error: " << message << "\n";
  exit(1);
}

template <typename T, size_t N> T choose(const opt::ArgList &args, unsigned id, const Word<T> (&words)[N]) {
  opt::Arg *arg = args.getLastArg(id);
  if (!arg)
    return words[0].value;
  SmallVector<StringRef> names;
  for (const Word<T> &word : words) {
    if (word.name == arg->getValue())
      return word.value;
    names.push_back(word.name);
  }
  fail(arg->getSpelling() + arg->getValue() + ": expected one of: " + join(names, ", "));
}

/// NAME=SIZE with a positive size.
void addSize(StringRef flag, StringRef text, StringMap<int64_t> &sizes) {
  auto [key, value] = text.rsplit('=');
  int64_t size;
  if (key.empty() || value.getAsInteger(10, size) || size < 1)
    fail("--" + flag + "=" + text + ": expected NAME=SIZE with a positive size");
  sizes[key] = size;
}

/// The runtime lies beside the tools: bin/coilc, lib/coil/ARCH.
std::string resources(const char *argv0) {
  SmallString<128> folder(sys::fs::getMainExecutable(argv0, reinterpret_cast<void *>(&resources)));
  sys::path::remove_filename(folder);
  sys::path::append(folder, "..", "lib", "coil");
  return folder.str().str();
}
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
  options.winograd = choose(args, OPT_winograd, kWinograd).str();
  options.dumpStages = args.getLastArgValue(OPT_dump_stages).str();
  options.tuning = args.getLastArgValue(OPT_tuning).str();
  for (const std::string &dim : args.getAllArgValues(OPT_dim))
    addSize("dim", dim, options.dims);
  for (const std::string &length : args.getAllArgValues(OPT_length))
    addSize("length", length, options.lengths);
  options.share = args.getAllArgValues(OPT_share);
  coil::CustomOps customOps;
  for (const std::string &custom : args.getAllArgValues(OPT_custom_op)) {
    bool file = StringRef(custom).ends_with(".json");
    if (Error error = file ? customOps.addFile(custom) : customOps.addShort(custom))
      fail((file ? "" : "--custom-op=" + custom + ": ") + toString(std::move(error)));
  }
  options.customOps = &customOps;
  options.link = args.getAllArgValues(OPT_link);
  if (StringRef level = args.getLastArgValue(OPT_O, "2"); level.getAsInteger(10, options.optLevel) || options.optLevel > 3)
    fail("-O" + level + ": expected -O0 to -O3");
  if (StringRef count = args.getLastArgValue(OPT_threads, "0"); count.getAsInteger(10, options.threads))
    fail("--threads=" + count + ": expected a number");
  options.remarks = args.hasArg(OPT_remarks);
  options.verbose = args.hasArg(OPT_verbose);
  options.resources = resources(argv[0]);
  if (check)
    return coil::check(options, json, outs(), errs()) ? 0 : 1;
  return coil::compile(options, errs()) ? 0 : 1;
}
