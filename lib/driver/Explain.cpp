//===- Explain.cpp - what became of a model, for who reads it -------------===//

#include "lib/driver/Explain.h"

#include "dialects/coil/Core.h"
#include "dialects/rt/Rt.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Diagnostics.h"
#include "passes/support/Machine.h"
#include "passes/support/Nodes.h"

#include <set>

using namespace mlir;

namespace coil {

std::string Explanation::note(const remark::detail::Remark &remark) {
  StringRef pass = remark.getRemarkName(), function = remark.getFunction();
  std::string words, metrics;
  llvm::StringMap<int64_t> numbers;
  for (const auto &arg : remark.getArgs()) {
    if (arg.key == "Remark") {
      words += arg.val;
      continue;
    }
    metrics += (metrics.empty() ? "" : ", ") + arg.key + "=" + arg.val;
    if (int64_t n; !StringRef(arg.val).getAsInteger(10, n)) {
      numbers[arg.key] = n;
      sums[(pass + "." + arg.key).str()] += n;
    }
  }
  ++notes[pass];
  if (pass == "PlanLoops") {
    std::string tile;
    if (numbers.lookup("lanes") > 1)
      tile = llvm::formatv(", {0} lanes, {1} x {2} vectors at once", numbers["lanes"], numbers["rows"], numbers["columns"]).str();
    std::string &text = loops[function];
    // Nests are planned from the last one on.
    text = StringRef(words).split(',').first.str() + tile + (text.empty() ? "" : "; then " + text);
  }
  if (pass == "TileRows")
    blocks[function] = llvm::formatv("{0} rows after the other: ", numbers["rows"]).str();
  std::string in = function.starts_with("<") || function == "main" ? "" : ("kernel '" + function + "': ").str();
  return in + (words.empty() ? "" : words + " ") + ("[" + remark.getCombinedCategoryName() + " " + pass).str() +
         (metrics.empty() ? "" : ": " + metrics) + "]";
}

namespace {
/// Hands remarks to an explanation, and on to who prints diagnostics.
struct Streamer : remark::detail::MLIRRemarkStreamerBase {
  explicit Streamer(Explanation &explanation) : explanation(explanation) {}
  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    emitRemark(remark.getLocation()) << explanation.note(remark);
  }
  Explanation &explanation;
};
} // namespace

LogicalResult Explanation::listen(MLIRContext &context) {
  return remark::enableOptimizationRemarks(context, std::make_unique<Streamer>(*this),
                                           std::make_unique<remark::RemarkEmittingPolicyAll>(),
                                           {.all = ".*", .passed = "", .missed = "", .analysis = "", .failed = ""});
}

void Explanation::afterStage(StringRef stage, ModuleOp module) {
  for (auto func : module.getOps<func::FuncOp>()) {
    bool isEntry = func.getName() == "main";
    if (stage == "bufferize" && isEntry)
      func.walk([&](Operation *op) {
        auto reason = op->getAttrOfType<StringAttr>(core::kCopyReasonAttr);
        std::string why = reason ? "copied " + reason.str() : "";
        if (auto call = dyn_cast<func::CallOp>(op)) {
          calls.push_back({call.getCallee().str(), nodesOf(op->getLoc()), why});
        } else if (isa<memref::CopyOp>(op)) {
          ++plainCopies;
          calls.push_back({"memcpy", nodesOf(op->getLoc()), why});
        }
      });
    if (stage == "vectorize" && !isEntry)
      func.walk([&](rt::ParallelOp) { ++regions[func.getName()]; });
  }
}

void Explanation::print(raw_ostream &os) const {
  if (calls.empty())
    return;
  std::set<std::string> kernels;
  int64_t shared = 0, copies = plainCopies;
  for (const Call &call : calls) {
    if (call.kernel == "memcpy")
      continue;
    kernels.insert(call.kernel);
    shared += regions.lookup(call.kernel);
    copies += StringRef(call.kernel).starts_with("copy");
  }
  os << "\nWhat a run does, in its order. Nodes in a row are computed together: what lies between them is never in memory.\n";
  size_t widest = 6;
  for (const Call &call : calls)
    widest = std::max(widest, call.kernel.size());
  for (const Call &call : calls) {
    os << "  " << call.kernel << std::string(widest - call.kernel.size(), ' ') << "  " << (call.nodes.empty() ? "(no node)" : call.nodes) << "\n";
    std::string how = blocks.lookup(call.kernel) + loops.lookup(call.kernel);
    if (int64_t n = regions.lookup(call.kernel))
      how += (how.empty() ? "" : "; ") + std::string(n == 1 ? "threads may share it" : "threads may share " + std::to_string(n) + " parts of it");
    else if (call.kernel != "memcpy")
      how += (how.empty() ? "" : "; ") + std::string("one thread");
    if (!call.why.empty())
      os << std::string(widest + 4, ' ') << call.why << "\n";
    if (!how.empty())
      os << std::string(widest + 4, ' ') << how << "\n";
  }
  auto sum = [&](StringRef key) { return sums.lookup(key); };
  os << "\nIn all:\n";
  os << llvm::formatv("  kernels   {0}, called {1} times in a run; up to {2} parallel regions, two barriers each\n", kernels.size(),
                      calls.size() - plainCopies, shared);
  os << llvm::formatv("  copies    {0}, {1} of them without gaps\n", copies, plainCopies);
  os << llvm::formatv("  packed    {0} weights in panels ({1} elements), once, while compiling\n", notes.lookup("PackWeights"),
                      sum("PackWeights.elements"));
  os << llvm::formatv("  folded    {0} results of constants alone\n", notes.lookup("FoldConstants"));
  os << llvm::formatv("  layouts   {0} tensors with their channels last, {1} transpositions\n", sum("ChooseLayouts.tensors"),
                      sum("ChooseLayouts.transpositions"));
  os << llvm::formatv("  arena     {0} bytes for {1} buffers; no plan needs less than {2}\n", sum("PlanArena.fixed_bytes"),
                      sum("PlanArena.buffers"), sum("PlanArena.lower_bound"));
}

} // namespace coil
