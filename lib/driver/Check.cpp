//===- Check.cpp - what a compilation would come to ------------------------===//
//
// Runs the stages up to the one that plans memory, importer and `legalize` so
// that they go on after an error. What a model with dynamic dimensions costs is
// said for a size of 1 each: it is imported a second time with these fixed.
//
//===----------------------------------------------------------------------===//

#include "lib/driver/Check.h"

#include "dialects/rt/Rt.h"
#include "lib/driver/Count.h"
#include "lib/driver/Diagnostics.h"
#include "lib/driver/Share.h"
#include "lib/driver/Stages.h"
#include "lib/import/Import.h"
#include "lib/package/Signature.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "passes/Pipeline.h"

using namespace mlir;

namespace coil {
namespace {

using Dims = std::map<std::string, int64_t>;

/// Reasons why a model does not compile, each with the nodes that it is true of.
using Nodes = llvm::SetVector<std::string, std::vector<std::string>, std::set<std::string>>;
using Obstacles = llvm::MapVector<std::string, Nodes, std::map<std::string, unsigned>>;

/// What a run will cost. What depends on the data is not there.
struct Figures {
  Parameters parameters;
  Work work;
  int64_t weightBytes = 0;
  std::optional<int64_t> arenaBytes, inputBytes, outputBytes;
};

/// One way through the stages.
struct Trial {
  Obstacles obstacles;
  std::vector<std::string> symbols; // dimensions of inputs that are not fixed
  Figures figures;
};

std::optional<int64_t> bytesOf(ArrayRef<ValueSignature> values) {
  int64_t bytes = 0;
  for (const ValueSignature &value : values) {
    if (!value.isTensor() || ShapedType::isDynamicShape(value.shape))
      return std::nullopt;
    bytes += ShapedType::getNumElements(value.shape) * typeBytes(value.element);
  }
  return bytes;
}

std::vector<std::string> symbolsOf(func::FuncOp main) {
  llvm::SetVector<StringRef> names;
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    if (auto dims = main.getArgAttrOfType<ArrayAttr>(i, "onnx.dims"))
      for (auto name : dims.getAsRange<StringAttr>())
        if (!name.getValue().empty())
          names.insert(name.getValue());
  return std::vector<std::string>(names.begin(), names.end());
}

class Checker {
public:
  Checker(const CompileOptions &options, const Target &target) : options(options), target(target) {}

  Trial tryWith(const Dims &dims) {
    MLIRContext context(stageDialects(), MLIRContext::Threading::DISABLED);
    context.loadAllAvailableDialects();
    Trial trial;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) {
      if (d.getSeverity() != DiagnosticSeverity::Error)
        return success();
      auto &nodes = trial.obstacles[withoutFile(d.str())];
      if (StringRef node = nodeName(d.getLocation()); !node.empty())
        nodes.insert(node.str());
      return success();
    });
    run(trial, dims, context);
    return trial;
  }

private:
  /// The reader's complaints begin with the file, which the report names.
  std::string withoutFile(std::string message) const {
    StringRef text(message);
    text.consume_front(options.input + ": ");
    return text.str();
  }

  void run(Trial &trial, const Dims &dims, MLIRContext &context) {
    ImportOptions import;
    import.allErrors = true;
    import.customOps = options.customOps;
    for (auto &[name, size] : dims)
      import.dims[name] = size;
    import.lengths = options.lengths;
    OwningOpRef<ModuleOp> module = importOnnx(options.input, &context, import);
    if (!module)
      return;
    auto main = module->lookupSymbol<func::FuncOp>("main");
    trial.symbols = symbolsOf(main);
    trial.figures.parameters = countParameters(main);
    llvm::Error error = applySharing(*module, options.share);
    if (!error)
      error = setTarget(*module, target);
    if (error) {
      trial.obstacles[llvm::toString(std::move(error))];
      return;
    }

    PipelineOptions pipeline;
    pipeline.optLevel = options.optLevel;
    pipeline.winograd = options.winograd;
    pipeline.allErrors = true;
    for (const Stage &stage : stages().take_front(1 + lastStage())) {
      PassManager pm(&context);
      pm.enableVerifier(false);
      addStage(pm, stage, pipeline);
      bool passed = succeeded(pm.run(*module));
      if (!passed && trial.obstacles.empty())
        trial.obstacles[("stage '" + stage.name + "' fails").str()];
      if (!trial.obstacles.empty())
        return;
      if (&stage == stages().begin())
        trial.figures.work = countWork(module->lookupSymbol<func::FuncOp>("main"));
    }
    readMemory(*module, trial.figures);
  }

  /// The stage that plans memory. No later one refuses what a model holds.
  static size_t lastStage() {
    return llvm::find_if(stages(), [](const Stage &stage) { return stage.name == "bufferize"; }) - stages().begin();
  }

  static void readMemory(ModuleOp module, Figures &figures) {
    Signature signature = readSignature(module);
    figures.weightBytes = signature.weightBytes;
    figures.inputBytes = bytesOf(signature.inputs);
    figures.outputBytes = bytesOf(signature.outputs);
    bool hasArena = module.walk([](rt::ArenaOp) { return WalkResult::interrupt(); }).wasInterrupted();
    bool byData = module.walk([](rt::AllocOp) { return WalkResult::interrupt(); }).wasInterrupted();
    figures.arenaBytes = hasArena ? signature.arenaBytes : std::optional<int64_t>(0);
    if (byData)
      figures.arenaBytes = std::nullopt;
  }

  const CompileOptions &options;
  const Target &target;
};

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

struct Report {
  StringRef model, target;
  Obstacles obstacles;
  Dims assumed;                   // sizes that nobody fixed
  std::string whyNot;             // such sizes are refused
  std::optional<Figures> figures; // none then
};

/// 12.3 MiB, 1.85 G: three digits are what a person reads.
std::string scaled(double number, ArrayRef<StringRef> units, double step) {
  while (number >= step && units.size() > 1) {
    number /= step;
    units = units.drop_front();
  }
  bool whole = number == std::floor(number);
  StringRef format = whole ? "{0:f0} {1}" : number < 10 ? "{0:f2} {1}" : "{0:f1} {1}";
  return StringRef(llvm::formatv(format.data(), number, units.front()).str()).rtrim().str();
}

std::string bytes(std::optional<int64_t> count) {
  if (!count)
    return "depends on the data";
  return scaled(*count, {"bytes", "KiB", "MiB", "GiB", "TiB"}, 1024);
}

void printObstacles(const Report &report, raw_ostream &out) {
  out << report.model << " will not compile for " << report.target << ":\n";
  for (auto &[reason, nodes] : report.obstacles) {
    out << "- " << reason << "\n";
    for (const std::string &node : nodes)
      out << "    node '" << node << "'\n";
  }
  out << "Nodes that use what these make were not looked at.\n";
}

void printText(const Report &report, raw_ostream &out) {
  if (!report.obstacles.empty())
    return printObstacles(report, out);
  out << report.model << " will compile for " << report.target << "\n";
  std::string assumed;
  for (auto &[name, size] : report.assumed)
    assumed += (assumed.empty() ? "" : ", ") + name + " = " + std::to_string(size);
  if (!report.figures) {
    out << "what a run costs is not known: the model does not take " << assumed << " (" << report.whyNot
        << "); give sizes with --dim\n";
    return;
  }
  const Figures &f = *report.figures;
  if (!assumed.empty())
    out << "a run with " << assumed << " (--dim=NAME=SIZE for others):\n";
  auto row = [&](StringRef name, const Twine &value) { out << llvm::formatv("{0,-12}", name) << value << "\n"; };
  row("parameters", llvm::formatv("{0} ({1})", f.parameters.count, bytes(f.parameters.bytes)).str());
  row("operations", Twine(f.work.atLeast ? "at least " : "") + scaled(f.work.operations, {"", "K", "M", "G", "T", "P"}, 1000) +
                        " (a multiply-add is 2)");
  row("weights", bytes(f.weightBytes));
  row("arena", bytes(f.arenaBytes));
  row("inputs", bytes(f.inputBytes));
  row("outputs", bytes(f.outputBytes));
}

void printJson(const Report &report, raw_ostream &out) {
  llvm::json::OStream json(out, 2);
  auto size = [&](StringRef name, std::optional<int64_t> bytes) {
    json.attribute(name, bytes ? llvm::json::Value(*bytes) : llvm::json::Value(nullptr));
  };
  json.object([&] {
    json.attribute("model", report.model);
    json.attribute("target", report.target);
    json.attribute("compiles", report.obstacles.empty());
    json.attributeArray("obstacles", [&] {
      for (auto &[reason, nodes] : report.obstacles)
        json.object([&, &reason = reason, &nodes = nodes] {
          json.attribute("reason", reason);
          json.attribute("nodes", llvm::json::Array(nodes.getArrayRef()));
        });
    });
    json.attributeObject("assumed", [&] {
      for (auto &[name, size] : report.assumed)
        json.attribute(name, size);
    });
    if (!report.whyNot.empty())
      json.attribute("cost_unknown_because", report.whyNot);
    if (!report.figures)
      return;
    const Figures &f = *report.figures;
    json.attribute("parameters", f.parameters.count);
    json.attribute("parameter_bytes", f.parameters.bytes);
    json.attribute("operations", f.work.operations);
    json.attribute("operations_at_least", f.work.atLeast);
    size("weight_bytes", f.weightBytes);
    size("arena_bytes", f.arenaBytes);
    size("input_bytes", f.inputBytes);
    size("output_bytes", f.outputBytes);
  });
  out << "\n";
}

} // namespace

bool check(const CompileOptions &options, bool json, raw_ostream &out, raw_ostream &log) {
  auto target = findTarget(options.target);
  if (!target)
    return log << "coilc: error: " << llvm::toString(target.takeError()) << "\n", false;
  if (StringRef(options.input).ends_with(".mlir"))
    return log << "coilc: error: " << options.input << ": --check is of an ONNX model\n", false;

  Checker checker(options, *target);
  Dims dims;
  for (const auto &dim : options.dims)
    dims[dim.getKey().str()] = dim.getValue();
  Trial asked = checker.tryWith(dims);
  Report report{options.input, target->name, asked.obstacles, {}, {}, asked.figures};
  if (!report.obstacles.empty()) {
    report.figures = std::nullopt;
  } else if (!asked.symbols.empty()) {
    for (const std::string &symbol : asked.symbols)
      report.assumed[symbol] = dims[symbol] = 1;
    Trial fixed = checker.tryWith(dims);
    report.figures = fixed.figures;
    if (!fixed.obstacles.empty()) {
      report.figures = std::nullopt;
      report.whyNot = fixed.obstacles.front().first;
    }
  }
  (json ? printJson : printText)(report, out);
  return report.obstacles.empty();
}

} // namespace coil
