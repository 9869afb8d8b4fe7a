//===- Options.h - a tool's table of options, and what they say of a model ===//
//
// For the one main of a tool, which says before what it is called and where its
// table is: COIL_TOOL "coilc", COIL_OPTIONS "tools/coilc/Options.inc".
//
//===----------------------------------------------------------------------===//
#ifndef COIL_TOOLS_OPTIONS_H
#define COIL_TOOLS_OPTIONS_H

#include "lib/driver/Compile.h"
#include "lib/import/CustomOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Option/Option.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace {
using namespace llvm;
using namespace llvm::opt;

enum ID {
  OPT_INVALID = 0,
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include COIL_OPTIONS
#undef OPTION
};

#define OPTTABLE_STR_TABLE_CODE
#include COIL_OPTIONS
#undef OPTTABLE_STR_TABLE_CODE
#define OPTTABLE_PREFIXES_TABLE_CODE
#include COIL_OPTIONS
#undef OPTTABLE_PREFIXES_TABLE_CODE

constexpr opt::OptTable::Info kInfos[] = {
#define OPTION(...) LLVM_CONSTRUCT_OPT_INFO(__VA_ARGS__),
#include COIL_OPTIONS
#undef OPTION
};

struct Options : opt::GenericOptTable {
  Options() : GenericOptTable(OptionStrTable, OptionPrefixesTable, kInfos) {}
};

[[noreturn]] void fail(const Twine &message) {
  errs() << COIL_TOOL ": error: " << message << "\n";
  exit(1);
}

/// The value of an option that takes one of a few words; the first if it is not given.
template <typename T> struct Word {
  StringLiteral name;
  T value;
};
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

/// NAME=SIZE with a positive size, of each such option.
void readSizes(const opt::ArgList &args, unsigned id, StringMap<int64_t> &sizes) {
  for (opt::Arg *arg : args.filtered(id)) {
    auto [key, value] = StringRef(arg->getValue()).rsplit('=');
    int64_t size;
    if (key.empty() || value.getAsInteger(10, size) || size < 1)
      fail(arg->getSpelling() + arg->getValue() + ": expected NAME=SIZE with a positive size");
    sizes[key] = size;
  }
}

/// The folder that the tool lies in.
std::string toolFolder(const char *argv0) {
  SmallString<128> folder(sys::fs::getMainExecutable(argv0, reinterpret_cast<void *>(&fail)));
  sys::path::remove_filename(folder);
  return folder.str().str();
}

/// What Model.td has, and where the runtime is: bin/TOOL, lib/coil/ARCH. The
/// options keep a pointer to `customOps`.
void readModelOptions(const opt::ArgList &args, const char *argv0, coil::CustomOps &customOps, coil::CompileOptions &options) {
  static constexpr Word<StringRef> kWinograd[] = {{"auto", "auto"}, {"off", "off"}, {"2", "2"}, {"4", "4"}};
  readSizes(args, OPT_dim, options.dims);
  readSizes(args, OPT_length, options.lengths);
  options.share = args.getAllArgValues(OPT_share);
  for (const std::string &custom : args.getAllArgValues(OPT_custom_op)) {
    bool file = StringRef(custom).ends_with(".json");
    if (Error error = file ? customOps.addFile(custom) : customOps.addShort(custom))
      fail((file ? "" : "--custom-op=" + custom + ": ") + toString(std::move(error)));
  }
  options.customOps = &customOps;
  options.link = args.getAllArgValues(OPT_link);
  options.winograd = choose(args, OPT_winograd, kWinograd).str();
  options.resources = toolFolder(argv0) + "/../lib/coil";
}
} // namespace

#endif // COIL_TOOLS_OPTIONS_H
