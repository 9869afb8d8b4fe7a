// coilc: compiles an ONNX model to a library.

#include "lib/driver/Compile.h"
#include "lib/target/Target.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"

using namespace llvm;

static cl::OptionCategory category("coilc options");
static cl::opt<std::string> input(cl::Positional, cl::Required, cl::desc("MODEL.onnx or IR.mlir"), cl::cat(category));
static cl::opt<std::string> output("o", cl::Required, cl::value_desc("file"), cl::cat(category),
    cl::desc("The library; OUT.h, OUT.json and, for external weights, OUT.weights are written beside it. '-' prints text."));
static cl::opt<std::string> target("target", cl::init("altra"), cl::value_desc("name"), cl::cat(category),
    cl::desc("altra (default), altra-max, ampereone, ampereone-m, aarch64 or host"));
static cl::opt<coil::Emit> emitKind("emit", cl::init(coil::Emit::SharedLibrary), cl::cat(category),
    cl::desc("What to write:"),
    cl::values(clEnumValN(coil::Emit::SharedLibrary, "so", "shared library (default)"),
               clEnumValN(coil::Emit::Archive, "a", "static archive"), clEnumValN(coil::Emit::Object, "obj", "object file"),
               clEnumValN(coil::Emit::LlvmIr, "llvm", "optimized LLVM IR"), clEnumValN(coil::Emit::Assembly, "asm", "assembly"),
               clEnumValN(coil::Emit::Mlir, "mlir", "MLIR as imported, or after --stop-after")));
static cl::opt<coil::Weights> weights("weights", cl::init(coil::Weights::Auto), cl::cat(category),
    cl::desc("Where the weights go:"),
    cl::values(clEnumValN(coil::Weights::Auto, "auto", "into the library up to 64 MiB (default)"),
               clEnumValN(coil::Weights::Embedded, "embedded", "into the library"),
               clEnumValN(coil::Weights::External, "external", "into OUT.weights")));
static cl::opt<std::string> stopAfter("stop-after", cl::value_desc("stage"), cl::cat(category),
    cl::desc("Print the IR after a stage: import, legalize, structure, bufferize, vectorize or lower"));
static cl::opt<std::string> dumpStages("dump-stages", cl::value_desc("folder"), cl::cat(category),
    cl::desc("Write the IR after each stage to N-STAGE.mlir (large constants elided)"));
static cl::opt<std::string> name("name", cl::value_desc("identifier"), cl::cat(category),
    cl::desc("The model's name in C (default: from the output's name)"));
static cl::list<std::string> dims("dim", cl::value_desc("name=size"), cl::cat(category),
    cl::desc("Fix a symbolic dimension, e.g. --dim=batch=4"));
static cl::opt<int> optLevel("O", cl::Prefix, cl::init(2), cl::value_desc("0-3"), cl::cat(category),
    cl::desc("Optimization level (default 2)"));
static cl::opt<bool> remarks("remarks", cl::cat(category), cl::desc("Say what was optimized and what was not"));
static cl::opt<bool> verbose("verbose", cl::cat(category), cl::desc("Say what is being done and how long it took"));

/// name=size with a positive size.
static bool parseDim(StringRef text, StringMap<int64_t> &dims) {
  auto [key, value] = text.rsplit('=');
  int64_t size;
  if (key.empty() || value.getAsInteger(10, size) || size < 1) {
    errs() << "coilc: error: --dim=" << text << ": expected NAME=SIZE with a positive size\n";
    return false;
  }
  dims[key] = size;
  return true;
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter([](raw_ostream &os) { os << coil::compilerName() << "\n"; });
  cl::ParseCommandLineOptions(argc, argv, "COIL: compiles an ONNX model to a shared library for Ampere's AArch64 CPUs or this machine\n");
  coil::CompileOptions options{input, output, target, name, emitKind, weights, stopAfter, dumpStages,
                               {}, optLevel, remarks, verbose, {}};
  for (const std::string &dim : dims)
    if (!parseDim(dim, options.dims))
      return 1;
  if (optLevel < 0 || optLevel > 3) {
    errs() << "coilc: error: -O" << int(optLevel) << ": expected -O0 to -O3\n";
    return 1;
  }
  // The runtime lies beside the tools: bin/coilc, lib/coil/ARCH.
  SmallString<128> folder(sys::fs::getMainExecutable(argv[0], reinterpret_cast<void *>(&main)));
  sys::path::remove_filename(folder);
  sys::path::append(folder, "..", "lib", "coil");
  options.resources = folder.str().str();
  return coil::compile(options, errs()) ? 0 : 1;
}
