//===- Split.cpp - a model's functions in parts ---------------------------===//
//
// Comes in: a module of the llvm dialect. Goes out: several of about the same
// size, with declarations of what each uses of the others. The cut depends on
// the program alone, so that the bytes of a library do not depend on how many
// threads made it.
//
//===----------------------------------------------------------------------===//

#include "lib/emit/Split.h"

using namespace mlir;

namespace coil {

/// Operations of a part: enough that what a part costs by itself, a code
/// generator and a pass pipeline, does not count.
static constexpr int64_t kPartOps = 2000;

namespace {
class Splitter {
public:
  Splitter(ModuleOp module, StringRef model) : module(module), model(model) {}

  std::vector<OwningOpRef<ModuleOp>> run() {
    number();
    std::vector<OwningOpRef<ModuleOp>> parts;
    for (unsigned part = 1; part < count; ++part)
      parts.push_back(ModuleOp::create(module.getLoc()));
    auto body = [&](unsigned part) { return part ? parts[part - 1]->getBody() : module.getBody(); };
    if (count > 1)
      connect(body);
    for (LLVM::LLVMFuncOp func : functions)
      if (unsigned part = partOf.at(func))
        func->moveBefore(body(part), body(part)->end());
    return parts;
  }

private:
  /// What an op refers to.
  struct Use {
    Operation *op, *symbol;
    unsigned part; // of the op
  };

  /// Numbers the parts in the functions' order, in which the bodies that a kernel
  /// runs in parallel follow it. Part 0 is the module, with the entry.
  void number() {
    int64_t ops = 0;
    for (auto func : module.getOps<LLVM::LLVMFuncOp>()) {
      if (func.isExternal())
        continue;
      functions.push_back(func);
      unsigned part = func.getName() == "main" ? 0 : ops / kPartOps;
      partOf[func] = part;
      count = std::max(count, part + 1);
      func.walk([&](Operation *) { ++ops; });
    }
  }

  /// Declares in each part what it uses, by the name that this has there.
  void connect(llvm::function_ref<Block *(unsigned)> body) {
    SmallVector<Use> uses = findUses();
    llvm::SetVector<Operation *> shared;
    for (const Use &use : uses)
      if (partOf.contains(use.symbol) && partOf.at(use.symbol) != use.part && shared.insert(use.symbol)) {
        auto func = cast<LLVM::LLVMFuncOp>(use.symbol);
        func.setSymName((model + "." + func.getName()).str());
        func.setLinkage(LLVM::Linkage::External);
        func.setVisibility_(LLVM::Visibility::Hidden);
      }
    DenseSet<std::pair<Operation *, unsigned>> declared;
    for (const Use &use : uses) {
      if (shared.contains(use.symbol))
        refer(use.op, SymbolTable::getSymbolName(use.symbol));
      if (partOf.lookup(use.symbol) != use.part && declared.insert({use.symbol, use.part}).second)
        body(use.part)->push_front(isa<LLVM::LLVMFuncOp>(use.symbol) ? use.symbol->cloneWithoutRegions()
                                                                     : use.symbol->clone());
    }
  }

  SmallVector<Use> findUses() {
    SymbolTable symbols(module);
    SmallVector<Use> uses;
    for (LLVM::LLVMFuncOp func : functions)
      func.walk([&](Operation *op) {
        StringRef name;
        if (auto call = dyn_cast<LLVM::CallOp>(op))
          name = call.getCallee().value_or("");
        else if (auto address = dyn_cast<LLVM::AddressOfOp>(op))
          name = address.getGlobalName();
        if (!name.empty())
          uses.push_back({op, symbols.lookup(name), partOf.at(func)});
      });
    return uses;
  }

  static void refer(Operation *op, StringAttr name) {
    if (auto call = dyn_cast<LLVM::CallOp>(op))
      call.setCallee(name.getValue());
    else
      cast<LLVM::AddressOfOp>(op).setGlobalName(name);
  }

  ModuleOp module;
  StringRef model;
  SmallVector<LLVM::LLVMFuncOp> functions;
  DenseMap<Operation *, unsigned> partOf; // of each function that has a body
  unsigned count = 1;
};
} // namespace

std::vector<OwningOpRef<ModuleOp>> splitModule(ModuleOp module, StringRef model) {
  return Splitter(module, model).run();
}

} // namespace coil
