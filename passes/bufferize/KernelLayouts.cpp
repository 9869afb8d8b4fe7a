//===- KernelLayouts.cpp - kernels are told how their buffers lie ---------===//
//
// Comes in: calls of kernels whose arguments say how they lie in memory. Goes out:
// the same, and clones of kernels for buffers that lie otherwise. After places are
// chosen; the first kernel stays as it is for who has buffers without gaps.
//
//===----------------------------------------------------------------------===//

#include "passes/bufferize/KernelLayouts.h"

#include "mlir/IR/SymbolTable.h"
#include "passes/bufferize/Place.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace coil {
namespace {
class Layouts {
public:
  explicit Layouts(ModuleOp module) : module(module), symbols(module) {}

  void check(func::CallOp call) {
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    if (!callee || callee.isDeclaration())
      return;
    SmallVector<int64_t> apart;
    for (auto [i, operand] : llvm::enumerate(call.getOperands())) {
      auto layout = callee.getArgAttrOfType<AffineMapAttr>(i, kLayoutAttr);
      if (layout && layout.getValue().isIdentity() && layout.getValue().getNumDims() > 0 && !memoryTypeOf(operand).getLayout().isIdentity())
        apart.push_back(i);
    }
    if (apart.empty())
      return;
    func::FuncOp &own = known[{callee, DenseI64ArrayAttr::get(call.getContext(), apart)}];
    if (!own) {
      own = callee.clone();
      own.setSymName((callee.getSymName() + "_apart").str());
      symbols.insert(own, std::next(Block::iterator(callee)));
      for (int64_t i : apart)
        own.setArgAttr(i, kLayoutAttr, rowsApart(cast<RankedTensorType>(callee.getArgumentTypes()[i]).getRank()));
    }
    call.setCallee(own.getSymName());
    changed.insert(callee);
  }

  /// What nobody calls any more goes.
  void finish(func::FuncOp main) {
    DenseSet<StringAttr> called;
    main.walk([&](func::CallOp call) { called.insert(call.getCalleeAttr().getAttr()); });
    for (func::FuncOp func : changed)
      if (!called.contains(func.getSymNameAttr()))
        symbols.erase(func);
  }

private:
  static constexpr StringLiteral kLayoutAttr = "bufferization.buffer_layout";

  Attribute rowsApart(int64_t rank) {
    SmallVector<int64_t> strides(rank, ShapedType::kDynamic);
    strides.back() = 1;
    return StridedLayoutAttr::get(module.getContext(), ShapedType::kDynamic, strides);
  }

  ModuleOp module;
  SymbolTable symbols;
  llvm::MapVector<std::pair<Operation *, Attribute>, func::FuncOp> known;
  llvm::SetVector<func::FuncOp> changed;
};
} // namespace

void tellLayouts(ModuleOp module, func::FuncOp main) {
  Layouts layouts(module);
  main.walk([&](func::CallOp call) { layouts.check(call); });
  layouts.finish(main);
}

} // namespace coil
