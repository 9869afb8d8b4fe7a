//===- Compile.cpp - one compilation, from a file to files ----------------===//

#include "lib/driver/Compile.h"

#include "lib/driver/Diagnostics.h"
#include "lib/emit/Emit.h"
#include "lib/import/Import.h"
#include "lib/package/Package.h"
#include "lib/package/Weights.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Parser/Parser.h"
#include "passes/Pipeline.h"

#include <chrono>

using namespace mlir;

namespace coil {

/// Weights up to this size are part of the library.
static constexpr int64_t kEmbedLimit = 64 << 20;

static const char kRuntimeHeader[] =
#include "lib/driver/RuntimeHeader.inc"
    ;

SmallVector<StringRef> stageNames() {
  SmallVector<StringRef> names{"import"};
  for (const Stage &stage : stages())
    names.push_back(stage.name);
  return names;
}

std::string compilerName() { return "coilc " COIL_VERSION; }

/// Whether NAME_model and its like are C identifiers and not the runtime's own.
static bool isModelName(StringRef name) {
  return !name.empty() && !llvm::isDigit(name[0]) && name != "coil" &&
         llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

/// A model's name from a file's.
static std::string modelName(StringRef path) {
  std::string name;
  for (char c : llvm::sys::path::stem(path))
    name += llvm::isAlnum(c) ? c : '_';
  return isModelName(name) ? name : "model_" + name;
}

namespace {
class Compilation {
public:
  Compilation(const CompileOptions &options, raw_ostream &log) : options(options), log(log), context(registry()) {
    context.disableMultithreading();
    context.loadAllAvailableDialects();
  }

  llvm::Error run();

private:
  static DialectRegistry registry() {
    DialectRegistry registry;
    registerStageDialects(registry);
    return registry;
  }

  llvm::Error fail() { return llvm::createStringError(""); } // already reported
  llvm::Error check();
  llvm::Error read();
  llvm::Error checkConstants();
  llvm::Error runStages();
  llvm::Error dump(StringRef stage, unsigned number);
  llvm::Error printModule();
  llvm::Error emitCode();
  llvm::Error emitText(llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> writer);
  llvm::Error emitBinary(llvm::Module &code, llvm::TargetMachine &machine);
  void step(const Twine &what);

  /// OUT.h for OUT.so.
  std::string beside(StringRef extension) const {
    SmallString<128> path(options.output);
    llvm::sys::path::replace_extension(path, extension);
    return path.str().str();
  }

  const CompileOptions &options;
  raw_ostream &log;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  OutputFiles files;
  std::string done; // the stage that the module has behind it
  Target target;
  Signature signature;
  WeightPlace place;
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
};
} // namespace

void Compilation::step(const Twine &what) {
  auto now = std::chrono::steady_clock::now();
  if (options.verbose)
    log << llvm::format("%8.1f ms  ", std::chrono::duration<double, std::milli>(now - last).count()) << what << "\n";
  last = now;
}

llvm::Error Compilation::check() {
  auto known = findTarget(options.target);
  if (!known)
    return known.takeError();
  target = *known;
  if (!options.stopAfter.empty() && !llvm::is_contained(stageNames(), options.stopAfter))
    return llvm::createStringError("unknown stage '" + options.stopAfter + "', expected one of: " +
                                   llvm::join(stageNames(), ", "));
  if (!options.name.empty() && !isModelName(options.name))
    return llvm::createStringError("--name=" + options.name + ": expected a C identifier, other than 'coil'");
  if (options.output == "-" && options.emit != Emit::Mlir && options.emit != Emit::LlvmIr &&
      options.emit != Emit::Assembly && options.stopAfter.empty())
    return llvm::createStringError("only text can go to standard output: give -o a file, or use --emit=mlir, llvm or asm");
  return llvm::Error::success();
}

llvm::Error Compilation::read() {
  std::string name = options.name.empty() ? modelName(options.output == "-" ? options.input : options.output)
                                          : options.name;
  if (StringRef(options.input).ends_with(".mlir")) {
    module = parseSourceFile<ModuleOp>(options.input, &context);
    if (!module)
      return fail();
    if (llvm::Error error = checkConstants())
      return error;
    if (!(*module)->hasAttr("coil.name") || !options.name.empty())
      (*module)->setAttr("coil.name", StringAttr::get(&context, name));
    if (auto stage = (*module)->getAttrOfType<StringAttr>("coil.stage"))
      done = stage.str();
    auto known = stageNames();
    auto at = done.empty() ? known.begin() : llvm::find(known, done);
    if (at == known.end())
      return llvm::createStringError(options.input + ": unknown coil.stage '" + done + "', expected one of: " +
                                     llvm::join(known, ", "));
    if (!options.stopAfter.empty() && llvm::find(known, options.stopAfter) < at)
      return llvm::createStringError(options.input + " is past stage '" + options.stopAfter + "': it was written after '" +
                                     done + "'");
    step("read " + options.input);
    return llvm::Error::success();
  }
  ImportOptions import;
  import.name = name;
  import.dims = options.dims;
  module = importOnnx(options.input, &context, import);
  if (!module)
    return fail();
  done = "import";
  step("import");
  return dump("import", 0);
}

/// A program that was read must hold its constants, which a dump leaves out.
llvm::Error Compilation::checkConstants() {
  DenseResourceElementsAttr absent;
  module->walk([&](Operation *op) {
    op->getAttrDictionary().walk([&](DenseResourceElementsAttr attr) {
      if (!absent && !attr.getRawHandle().getBlob())
        absent = attr;
    });
  });
  if (!absent)
    return llvm::Error::success();
  return llvm::createStringError(options.input + ": the data of constant '" + absent.getRawHandle().getKey() +
                                 "' is not in this file; --stop-after writes it, --dump-stages does not");
}

llvm::Error Compilation::runStages() {
  if (options.stopAfter == "import" || (options.emit == Emit::Mlir && options.stopAfter.empty()))
    return llvm::Error::success();
  PipelineOptions pipeline;
  pipeline.optLevel = options.optLevel;
  Builder b(&context);
  (*module)->setAttr("coil.target", b.getDictionaryAttr({b.getNamedAttr("name", b.getStringAttr(target.name)),
                                                         b.getNamedAttr("vector_bytes", b.getI64IntegerAttr(target.vectorBytes)),
                                                         b.getNamedAttr("vector_registers", b.getI64IntegerAttr(target.vectorRegisters)),
                                                         b.getNamedAttr("rounds_to_bf16", b.getBoolAttr(target.arch() == "aarch64")),
                                                         b.getNamedAttr("cores", b.getI64IntegerAttr(target.cores))}));
  bool behind = done.empty() || done == "import";
  for (auto [i, stage] : llvm::enumerate(stages())) {
    if (behind) {
      PassManager pm(&context);
      pm.enableVerifier(false);
      addStage(pm, stage, pipeline);
      if (failed(pm.run(*module)))
        return fail();
      (*module)->setAttr("coil.stage", StringAttr::get(&context, stage.name));
      step(stage.name);
      if (llvm::Error error = dump(stage.name, i + 1))
        return error;
    }
    behind |= stage.name == done;
    if (stage.name == options.stopAfter)
      return llvm::Error::success();
  }
  return llvm::Error::success();
}

/// N-STAGE.mlir of --dump-stages.
llvm::Error Compilation::dump(StringRef stage, unsigned number) {
  if (options.dumpStages.empty())
    return llvm::Error::success();
  if (std::error_code code = llvm::sys::fs::create_directories(options.dumpStages))
    return llvm::createStringError("cannot create '" + options.dumpStages + "': " + code.message());
  SmallString<128> path(options.dumpStages);
  llvm::sys::path::append(path, Twine(number) + "-" + stage + ".mlir");
  return files.write(path, [&](llvm::raw_pwrite_stream &os) {
    module->print(os, OpPrintingFlags().elideLargeElementsAttrs(32).elideLargeResourceString(64));
    return llvm::Error::success();
  });
}

llvm::Error Compilation::emitText(llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> writer) {
  if (options.output != "-")
    return files.write(options.output, writer);
  SmallString<0> text;
  llvm::raw_svector_ostream os(text);
  if (llvm::Error error = writer(os))
    return error;
  llvm::outs() << text;
  llvm::outs().flush();
  return llvm::Error::success();
}

llvm::Error Compilation::printModule() {
  return emitText([&](llvm::raw_pwrite_stream &os) {
    // With locations: who goes on from here still reports and profiles nodes by name.
    module->print(os, OpPrintingFlags().enableDebugInfo());
    os << "\n";
    return llvm::Error::success();
  });
}

llvm::Error Compilation::emitCode() {
  signature = readSignature(*module);
  signature.target = target.name;
  signature.compiler = compilerName();

  bool external = options.weights == Weights::External ||
                  (options.weights == Weights::Auto && signature.weightBytes > kEmbedLimit);
  place.bytes = signature.weightBytes;
  if (signature.weightBytes > 0) {
    place.hash = hashWeights(*module);
    if (external) {
      std::string path = options.output == "-" ? signature.name + ".weights" : beside("weights");
      place.file = llvm::sys::path::filename(path).str();
      if (options.output != "-")
        if (llvm::Error error = files.write(path, [&](llvm::raw_pwrite_stream &os) {
              writeWeightsHeader(place.bytes, place.hash, os);
              writeWeights(*module, os);
              return llvm::Error::success();
            }))
          return error;
    } else if (options.emit == Emit::LlvmIr || options.emit == Emit::Assembly) {
      place.embed = signature.name + ".weights"; // for who assembles the text
    } else {
      auto path = files.scratch("weights");
      if (!path)
        return path.takeError();
      std::error_code code;
      llvm::raw_fd_ostream os(*path, code);
      if (code)
        return llvm::createStringError("cannot write '" + *path + "': " + code.message());
      writeWeights(*module, os);
      os.close();
      if (os.has_error()) {
        os.clear_error();
        return llvm::createStringError("cannot write '" + *path + "'");
      }
      place.embed = *path;
    }
    step("weights");
  }

  auto machine = createTargetMachine(target, options.optLevel, options.emit == Emit::Assembly);
  if (!machine)
    return machine.takeError();
  llvm::LLVMContext llvmContext;
  auto code = translate(*module, signature, place, target, **machine, llvmContext);
  if (!code)
    return code.takeError();
  step("translate");
  optimize(**code, **machine, options.optLevel);
  step("optimize");
  if (options.emit == Emit::LlvmIr)
    return emitText([&](llvm::raw_pwrite_stream &os) {
      (*code)->print(os, nullptr);
      return llvm::Error::success();
    });
  if (options.emit == Emit::Assembly)
    return emitText([&](llvm::raw_pwrite_stream &os) { return generate(**code, **machine, true, os); });
  return emitBinary(**code, **machine);
}

llvm::Error Compilation::emitBinary(llvm::Module &code, llvm::TargetMachine &machine) {
  auto writeObject = [&](llvm::raw_pwrite_stream &os) { return generate(code, machine, false, os); };
  std::string archDir = options.resources + "/" + target.arch().str();
  if (options.emit == Emit::Object) {
    if (llvm::Error error = files.write(options.output, writeObject))
      return error;
  } else {
    auto object = files.scratch("o");
    if (!object)
      return object.takeError();
    std::error_code status;
    llvm::raw_fd_ostream os(*object, status);
    if (status)
      return llvm::createStringError("cannot write '" + *object + "': " + status.message());
    if (llvm::Error error = writeObject(os))
      return error;
    os.close();
    step("generate");
    auto result = files.reserve(options.output);
    if (!result)
      return result.takeError();
    StringRef file = llvm::sys::path::filename(options.output);
    if (llvm::Error error = options.emit == Emit::SharedLibrary
                                ? linkShared(*object, archDir, target, file, *result)
                                : writeArchive(*object, signature.name + ".o", archDir, *result))
      return error;
    step("link");
  }
  if (llvm::Error error = files.write(beside("h"), [&](llvm::raw_pwrite_stream &os) {
        writeHeader(signature, kRuntimeHeader, os);
        return llvm::Error::success();
      }))
    return error;
  return files.write(beside("json"), [&](llvm::raw_pwrite_stream &os) {
    writeManifest(signature, place.file, os);
    return llvm::Error::success();
  });
}

llvm::Error Compilation::run() {
  DiagnosticPrinter diagnostics(context, options.input, log, options.remarks);
  if (options.remarks)
    if (failed(remark::enableOptimizationRemarks(context, /*streamer=*/nullptr,
                                                 std::make_unique<remark::RemarkEmittingPolicyAll>(),
                                                 {.all = ".*", .passed = "", .missed = "", .analysis = "", .failed = ""},
                                                 /*printAsEmitRemarks=*/true)))
      return llvm::createStringError("remarks are not available");
  if (llvm::Error error = check())
    return error;
  if (llvm::Error error = read())
    return error;
  if (llvm::Error error = runStages())
    return error;
  bool stopped = !options.stopAfter.empty() && options.stopAfter != stages().back().name;
  if (llvm::Error error = stopped || options.emit == Emit::Mlir ? printModule() : emitCode())
    return error;
  return files.commit();
}

bool compile(const CompileOptions &options, raw_ostream &log) {
  Compilation compilation(options, log);
  llvm::Error error = compilation.run();
  if (!error)
    return true;
  std::string message = llvm::toString(std::move(error));
  if (!message.empty())
    log << "coilc: error: " << message << "\n";
  return false;
}

} // namespace coil
