//===- Compile.cpp - one compilation, from a file to files ----------------===//

#include "lib/driver/Compile.h"

#include "lib/driver/Diagnostics.h"
#include "lib/driver/Explain.h"
#include "lib/driver/Share.h"
#include "lib/driver/Stages.h"
#include "lib/driver/Tuning.h"
#include "lib/emit/Emit.h"
#include "lib/emit/Split.h"
#include "lib/import/Import.h"
#include "lib/package/Package.h"
#include "lib/package/Weights.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Parser/Parser.h"
#include "passes/Pipeline.h"

#include <chrono>
#include <sys/resource.h>

using namespace mlir;

namespace coil {

/// Weights up to this size are part of the library.
static constexpr int64_t kEmbedLimit = 64 << 20;

/// Models of fewer operations are compiled on one thread.
static constexpr int64_t kThreadedOps = 100;

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
  Compilation(const CompileOptions &options, raw_ostream &log) : options(options), log(log), context(stageDialects(), MLIRContext::Threading::DISABLED) {
    context.loadAllAvailableDialects();
  }

  llvm::Error run();

private:
  llvm::Error fail() { return llvm::createStringError(""); } // already reported
  llvm::Error check();
  llvm::Error read();
  llvm::Error checkConstants();
  llvm::Error runStages();
  llvm::Error dump(StringRef stage, unsigned number);
  llvm::Error printModule();
  llvm::Error emitCode();
  llvm::Error bindCustom();
  llvm::Error emitText(llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> writer);
  llvm::Error emitBinary(const Code &code);
  llvm::Expected<std::string> writeScratch(StringRef suffix, llvm::function_ref<void(raw_ostream &)> writer);
  void startThreads();
  void release(ArrayRef<char> bytes);
  void step(const Twine &what);

  /// OUT.h for OUT.so.
  std::string beside(StringRef extension) const {
    SmallString<128> path(options.output);
    llvm::sys::path::replace_extension(path, extension);
    return path.str().str();
  }

  const CompileOptions &options;
  raw_ostream &log;
  std::optional<llvm::DefaultThreadPool> pool;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::vector<std::shared_ptr<llvm::MemoryBuffer>> mapped; // external data
  OutputFiles files;
  Explanation explanation;
  std::string done; // the stage that the module has behind it
  Target target;
  Signature signature;
  WeightPlace place;
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
  double lastCpu = 0;
};
} // namespace

/// A row of --verbose: what the step took by the clock and of all cores, and
/// the most memory there was so far. The first row has the start of the process.
void Compilation::step(const Twine &what) {
  if (!options.verbose)
    return;
  auto now = std::chrono::steady_clock::now();
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  auto milliseconds = [](const timeval &time) { return time.tv_sec * 1e3 + time.tv_usec / 1e3; };
  double cpu = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
  log << llvm::format("%8.1f ms %8.1f ms cpu %6ld MB  ", std::chrono::duration<double, std::milli>(now - last).count(),
                      cpu - lastCpu, usage.ru_maxrss / 1024)
      << what << "\n";
  last = now;
  lastCpu = cpu;
}

/// For a small model, to wake a thread takes longer than its passes. Remarks
/// are in the order of the program only without threads.
void Compilation::startThreads() {
  int64_t ops = 0;
  module->walk([&](Operation *) { ++ops; });
  if (options.threads == 1 || options.remarks || ops < kThreadedOps)
    return;
  pool.emplace(llvm::hardware_concurrency(options.threads));
  context.setThreadPool(*pool);
}

/// Gives back the memory of mapped bytes that have been read: who reads them
/// again gets them from the file. So a compile needs as much as one tensor of
/// external data, not as all.
void Compilation::release(ArrayRef<char> bytes) {
  for (const auto &file : mapped)
    dropPages(*file, bytes);
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
  if (!options.tuning.empty() && options.tuning == beside("json"))
    return llvm::createStringError("--tuning=" + options.tuning + ": the manifest of '" + options.output +
                                   "' would overwrite it");
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
    if (!options.share.empty() && done != "import" && done != "legalize")
      return llvm::createStringError("--share: " + options.input + " is past stage 'structure', which finds how");
    return applySharing(*module, options.share);
  }
  ImportOptions import;
  import.name = name;
  import.dims = options.dims;
  import.lengths = options.lengths;
  import.mapped = &mapped;
  import.customOps = options.customOps;
  module = importOnnx(options.input, &context, import);
  if (!module)
    return fail();
  done = "import";
  step("import");
  if (llvm::Error error = applySharing(*module, options.share))
    return error;
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
  pipeline.winograd = options.winograd;
  if (llvm::Error error = setTarget(*module, target))
    return error;
  if (!options.tuning.empty()) {
    if (!done.empty() && done != "import" && done != "legalize")
      return llvm::createStringError("--tuning: " + options.input + " is past stage 'structure', which applies it");
    if (llvm::Error error = readTuning(options.tuning, target, *module, log))
      return error;
  }
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
      if (options.remarks)
        explanation.afterStage(stage.name, *module);
      if (options.afterStage)
        options.afterStage(stage.name, *module);
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

/// Functions of custom operators are in the files to link, and the linker says
/// if one is not. Without such files a shared library takes them from the
/// program that loads it, and a run says if one is not there.
llvm::Error Compilation::bindCustom() {
  if (!options.link.empty() && options.emit != Emit::SharedLibrary && options.emit != Emit::Archive)
    return llvm::createStringError("--link is for a library, --emit=so or a");
  std::string model = signature.name + "_model"; // what the library exports
  if (auto func = module->lookupSymbol<LLVM::LLVMFuncOp>(model); func && func->hasAttr("coil.custom"))
    return llvm::createStringError("the function '" + model + "' of a custom operator has the name of the model itself: choose another, or "
                                   "another --name than '" + signature.name + "'");
  if (!options.link.empty() || options.emit != Emit::SharedLibrary)
    return llvm::Error::success();
  for (auto func : module->getOps<LLVM::LLVMFuncOp>())
    if (func->hasAttr("coil.custom"))
      func.setLinkage(LLVM::Linkage::ExternWeak);
  return llvm::Error::success();
}

llvm::Error Compilation::emitCode() {
  signature = readSignature(*module);
  signature.target = target.name;
  signature.compiler = compilerName();

  bool external = options.weights == Weights::External ||
                  (options.weights == Weights::Auto && signature.weightBytes > kEmbedLimit);
  place.bytes = signature.weightBytes;
  if (signature.weightBytes > 0) {
    auto read = [&](ArrayRef<char> bytes) { release(bytes); };
    place.hash = hashWeights(*module, read);
    if (external) {
      std::string path = options.output == "-" ? signature.name + ".weights" : beside("weights");
      place.file = llvm::sys::path::filename(path).str();
      if (options.output != "-")
        if (llvm::Error error = files.write(path, [&](llvm::raw_pwrite_stream &os) {
              writeWeightsHeader(place.bytes, place.hash, os);
              writeWeights(*module, os, read);
              return llvm::Error::success();
            }))
          return error;
    } else if (options.emit == Emit::LlvmIr || options.emit == Emit::Assembly) {
      place.embed = signature.name + ".weights"; // for who assembles the text
    } else {
      auto path = writeScratch("weights", [&](raw_ostream &os) { writeWeights(*module, os, read); });
      if (!path)
        return path.takeError();
      place.embed = *path;
    }
    step("weights");
  }

  if (llvm::Error error = bindCustom())
    return error;
  // What is one file of text or machine code is made in one part.
  bool whole = options.emit != Emit::SharedLibrary && options.emit != Emit::Archive;
  std::vector<OwningOpRef<ModuleOp>> others;
  if (!whole)
    others = splitModule(*module, signature.name);
  SmallVector<ModuleOp> parts{*module};
  for (OwningOpRef<ModuleOp> &other : others)
    parts.push_back(*other);
  CodeKind kind = options.emit == Emit::LlvmIr     ? CodeKind::LlvmIr
                  : options.emit == Emit::Assembly ? CodeKind::Assembly
                                                   : CodeKind::Object;
  auto code = emitParts(parts, {signature, place, target, kind, options.optLevel}, pool ? &*pool : nullptr);
  if (!code)
    return code.takeError();
  step(llvm::formatv("code in {0} parts: translate {1:f1}, optimize {2:f1}, generate {3:f1} ms", parts.size(),
                     code->translate, code->optimize, code->generate)
           .str());
  if (kind == CodeKind::Object)
    return emitBinary(*code);
  return emitText([&](llvm::raw_pwrite_stream &os) {
    os << code->parts.front();
    return llvm::Error::success();
  });
}

llvm::Expected<std::string> Compilation::writeScratch(StringRef suffix,
                                                      llvm::function_ref<void(raw_ostream &)> writer) {
  auto path = files.scratch(suffix);
  if (!path)
    return path.takeError();
  std::error_code code;
  llvm::raw_fd_ostream os(*path, code);
  if (code)
    return llvm::createStringError("cannot write '" + *path + "': " + code.message());
  writer(os);
  os.close();
  if (!os.has_error())
    return *path;
  os.clear_error();
  return llvm::createStringError("cannot write '" + *path + "'");
}

llvm::Error Compilation::emitBinary(const Code &code) {
  if (options.emit == Emit::Object) {
    if (llvm::Error error = files.write(options.output, [&](raw_ostream &os) {
          os << code.parts.front();
          return llvm::Error::success();
        }))
      return error;
  } else {
    std::vector<std::string> objects;
    for (const SmallString<0> &part : code.parts) {
      auto object = writeScratch("o", [&](raw_ostream &os) { os << part; });
      if (!object)
        return object.takeError();
      objects.push_back(*object);
    }
    auto result = files.reserve(options.output);
    if (!result)
      return result.takeError();
    std::string archDir = options.resources + "/" + target.arch().str();
    StringRef file = llvm::sys::path::filename(options.output);
    if (llvm::Error error = options.emit == Emit::SharedLibrary
                                ? linkShared({objects, options.link, signature.name}, archDir, target, file, *result)
                                : writeArchive({objects, options.link, signature.name}, archDir, target, *result))
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
  if (options.remarks && failed(explanation.listen(context)))
    return llvm::createStringError("remarks are not available");
  if (llvm::Error error = check())
    return error;
  if (llvm::Error error = read())
    return error;
  startThreads();
  if (llvm::Error error = runStages())
    return error;
  bool stopped = !options.stopAfter.empty() && options.stopAfter != stages().back().name;
  if (llvm::Error error = stopped || options.emit == Emit::Mlir ? printModule() : emitCode())
    return error;
  if (options.remarks)
    explanation.print(log);
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
