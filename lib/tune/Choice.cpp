//===- Choice.cpp - how a kernel's loops go, and what lies near -----------===//

#include "lib/tune/Choice.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Pass/PassManager.h"
#include "passes/support/Tuning.h"
#include "passes/vectorize/Passes.h"

using namespace mlir;

namespace coil {

llvm::json::Object Choice::differenceTo(const Choice &model) const {
  llvm::json::Object object;
  for (auto &[field, n] : numbers) {
    auto theirs = model.numbers.find(field);
    if (theirs == model.numbers.end() || theirs->second != n)
      object[field] = n;
  }
  if (order != model.order)
    object["order"] = llvm::json::Array(order);
  // A number of something belongs to what it is of.
  if (object.get("terms") && numbers.count("term_loop"))
    object["term_loop"] = numbers.at("term_loop");
  return object;
}

/// A plan as it stands on an op.
static Choice choiceOf(DictionaryAttr plan) {
  Choice choice;
  for (const TuningField &field : tuningFields()) {
    if (auto n = plan.getAs<IntegerAttr>(field.name))
      choice.numbers[field.name.str()] = n.getInt();
    else if (auto list = plan.getAs<DenseI64ArrayAttr>(field.name))
      choice.order.assign(list.asArrayRef().begin(), list.asArrayRef().end());
  }
  return choice;
}

llvm::Expected<TunableKernels> tunableKernels(ModuleOp module) {
  PassManager pm(module.getContext());
  pm.enableVerifier(false);
  pm.addNestedPass<func::FuncOp>(createTileRowsPass()); // loops of a block of rows are tuned
  pm.addNestedPass<func::FuncOp>(createPlanLoopsPass());
  if (failed(pm.run(module)))
    return llvm::createStringError("loops cannot be planned");
  TunableKernels kernels;
  module.walk([&](linalg::GenericOp op) {
    auto tuning = op->getAttrOfType<DictionaryAttr>(kTuningAttr);
    auto plan = op->getAttrOfType<DictionaryAttr>("coil.loops");
    auto name = tuning ? tuning.getAs<StringAttr>(kTunedKernel) : StringAttr();
    if (!name || !plan)
      return;
    TunableKernel &kernel = kernels[name.str()];
    kernel.functions.insert(op->getParentOfType<func::FuncOp>().getName().str());
    kernel.choice = choiceOf(plan);
    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    kernel.sizes.assign(sizes.begin(), sizes.end());
    kernel.sums.clear();
    for (auto kind : op.getIteratorTypesArray())
      kernel.sums.push_back(kind == utils::IteratorType::reduction);
  });
  return kernels;
}

namespace {
/// Collects neighbours of one choice.
class Neighbourhood {
public:
  Neighbourhood(const TunableKernel &kernel, const Choice &from, int64_t registers)
      : kernel(kernel), from(from), registers(registers) {}

  std::vector<Choice> take(bool threads) {
    if (from.numbers.count("lanes")) {
      tiles();
      terms();
      lanes();
    }
    orders();
    if (threads)
      sharedLoops();
    return std::move(found);
  }

private:
  void add(std::initializer_list<std::pair<const char *, int64_t>> fields) {
    Choice choice = from;
    for (auto [field, n] : fields)
      choice.numbers[field] = n;
    if (choice != from)
      found.push_back(choice);
  }

  void addTile(int64_t rows, int64_t columns) {
    if (rows < 1 || columns < 1 || columns > 8 || rows * columns + columns > registers)
      return;
    if (from.numbers.count("row_loop"))
      add({{"rows", rows}, {"columns", columns}});
    else if (rows == 1)
      add({{"columns", columns}});
  }

  void tiles() {
    int64_t rows = from.get("rows", 1), columns = from.get("columns", 1);
    for (int64_t by : {1, -1, 2, -2})
      addTile(rows + by, columns);
    // As many vectors in another shape.
    for (int64_t by : {1, -1})
      if (columns + by > 0) {
        addTile(rows * columns / (columns + by), columns + by);
        addTile(rows, columns + by);
      }
  }

  /// The innermost sum, if the lanes are of the result.
  void terms() {
    int64_t loop = from.order.back();
    if (!kernel.sums[loop] || kernel.sizes[loop] == 1)
      return;
    loop = from.get("term_loop", loop);
    int64_t terms = from.get("terms", 1);
    for (int64_t n : {terms * 2, terms / 2})
      if (n >= 1 && n <= 16 && (kernel.sizes[loop] < 0 || n <= kernel.sizes[loop]))
        add({{"term_loop", loop}, {"terms", n}});
  }

  void lanes() {
    int64_t lanes = from.get("lanes", 1), columns = from.get("columns", 1);
    if (lanes >= 8)
      add({{"lanes", lanes / 2}, {"columns", columns * 2}});
  }

  /// Two loops of the result that follow each other change places.
  void orders() {
    for (size_t i = 0; i + 1 < from.order.size(); ++i) {
      int64_t outer = from.order[i], inner = from.order[i + 1];
      if (kernel.sums[outer] || kernel.sums[inner] || kernel.sizes[outer] == 1 || kernel.sizes[inner] == 1)
        continue;
      found.push_back(from);
      std::swap(found.back().order[i], found.back().order[i + 1]);
    }
  }

  void sharedLoops() {
    if (!from.numbers.count("shared_loop"))
      return;
    for (size_t loop = 0; loop < kernel.sizes.size(); ++loop)
      if (!kernel.sums[loop] && kernel.sizes[loop] != 1)
        add({{"shared_loop", int64_t(loop)}});
    add({{"shared_loop", -1}});
  }

  const TunableKernel &kernel;
  const Choice &from;
  int64_t registers;
  std::vector<Choice> found;
};
} // namespace

std::vector<Choice> neighbours(const TunableKernel &kernel, const Choice &from, int64_t registers, bool threads) {
  return Neighbourhood(kernel, from, registers).take(threads);
}

} // namespace coil
