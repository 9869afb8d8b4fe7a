//===- OutlineKernels.cpp - linalg ops become kernels ---------------------===//
//
// Comes in: an entry function of linalg ops. Goes out: an entry function of
// calls, and one private function for each different kernel. Last of its stage:
// from here on a transformer of twelve equal layers is ten functions, and every
// later pass, LLVM included, pays for ten.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

namespace coil {
#define GEN_PASS_DEF_OUTLINEKERNELSPASS
#include "passes/structure/Passes.h.inc"

namespace {
/// What goes into one kernel: `ops` in order, the last one is the anchor.
struct Kernel {
  SmallVector<Operation *, 2> ops;
  SmallVector<Value> operands;
  SmallVector<Operation *> constants;
};
} // namespace

/// The name says what kind of loop nest it is.
static StringRef kindOf(linalg::LinalgOp op) {
  if (isa<linalg::FillOp>(op))
    return "fill";
  if (op.getNumReductionLoops() == 0)
    return "map";
  return op.getNumDpsInputs() > 1 ? "contract" : "reduce";
}

static Kernel collect(linalg::LinalgOp anchor) {
  Kernel kernel;
  for (Value init : anchor.getDpsInits())
    if (auto fill = init.getDefiningOp<linalg::FillOp>();
        fill && init.hasOneUse() && fill->getBlock() == anchor->getBlock())
      kernel.ops.push_back(fill);
  kernel.ops.push_back(anchor);

  llvm::SetVector<Value> used;
  for (Operation *op : kernel.ops) {
    used.insert(op->operand_begin(), op->operand_end());
    getUsedValuesDefinedAbove(op->getRegions(), used);
  }
  for (Value value : used) {
    Operation *maker = value.getDefiningOp();
    if (maker && llvm::is_contained(kernel.ops, maker))
      continue;
    if (maker && !isa<TensorType>(value.getType()) && matchPattern(maker, m_Constant()))
      kernel.constants.push_back(maker);
    else
      kernel.operands.push_back(value);
  }
  // Destinations come last, in the order of the results.
  for (Value init : anchor.getDpsInits()) {
    auto fill = init.getDefiningOp<linalg::FillOp>();
    Value destination = fill && llvm::is_contained(kernel.ops, fill) ? fill.getOutputs()[0] : init;
    auto at = llvm::find(kernel.operands, destination);
    std::rotate(at, at + 1, kernel.operands.end());
  }
  return kernel;
}

/// How a kernel's buffer lies in memory: without gaps, but a slice is handed
/// over as it is, rows apart, not copied.
static Attribute layoutOf(Value operand) {
  auto type = cast<RankedTensorType>(operand.getType());
  MLIRContext *context = operand.getContext();
  if (!operand.getDefiningOp<tensor::ExtractSliceOp>() || type.getRank() == 0)
    return AffineMapAttr::get(AffineMap::getMultiDimIdentityMap(type.getRank(), context));
  SmallVector<int64_t> strides(type.getRank(), ShapedType::kDynamic);
  strides.back() = 1;
  return StridedLayoutAttr::get(context, ShapedType::kDynamic, strides);
}

static func::FuncOp build(const Kernel &kernel, OpBuilder &b) {
  Operation *anchor = kernel.ops.back();
  auto types = llvm::map_to_vector(kernel.operands, [](Value v) { return v.getType(); });
  auto func = func::FuncOp::create(b.getUnknownLoc(), "kernel",
                                   b.getFunctionType(types, anchor->getResultTypes()));
  func.setPrivate();
  Block *entry = func.addEntryBlock();
  OpBuilder body = OpBuilder::atBlockBegin(entry);
  IRMapping map;
  map.map(kernel.operands, entry->getArguments());
  for (Operation *constant : kernel.constants)
    body.clone(*constant, map);
  for (Operation *op : kernel.ops)
    body.clone(*op, map);
  func::ReturnOp::create(body, b.getUnknownLoc(),
                         llvm::map_to_vector(anchor->getResults(), [&](Value v) { return map.lookup(v); }));
  for (auto [i, operand] : llvm::enumerate(kernel.operands))
    if (isa<RankedTensorType>(operand.getType()))
      func.setArgAttr(i, "bufferization.buffer_layout", layoutOf(operand));
  // Kernels are shared: whose nodes they run, the calls say.
  func.walk([&](Operation *op) { op->setLoc(b.getUnknownLoc()); });
  return func;
}

static std::string textOf(func::FuncOp func) {
  std::string text;
  llvm::raw_string_ostream os(text);
  func.print(os, OpPrintingFlags().useLocalScope());
  return text;
}

namespace {
struct OutlineKernelsPass : impl::OutlineKernelsPassBase<OutlineKernelsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<linalg::LinalgOp> anchors;
    for (auto func : module.getOps<func::FuncOp>())
      func.walk([&](linalg::LinalgOp op) { anchors.push_back(op); });

    llvm::StringMap<func::FuncOp> known; // by its text
    OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
    DenseSet<Operation *> done;
    // From the end, so that a fill still finds the op that it belongs to.
    for (linalg::LinalgOp anchor : llvm::reverse(anchors)) {
      if (done.contains(anchor))
        continue;
      Kernel kernel = collect(anchor);
      func::FuncOp func = build(kernel, b);
      auto [entry, isNew] = known.try_emplace(textOf(func), func);
      if (isNew) {
        func.setSymName((kindOf(anchor) + "_" + Twine(known.size() - 1)).str());
        b.insert(func);
      } else {
        func.erase();
      }
      OpBuilder at(anchor);
      SmallVector<Location> locs;
      for (Operation *op : kernel.ops)
        locs.push_back(op->getLoc());
      auto call = func::CallOp::create(at, at.getFusedLoc(locs), entry->second, kernel.operands);
      anchor->replaceAllUsesWith(call);
      for (Operation *op : llvm::reverse(kernel.ops)) {
        done.insert(op);
        op->erase();
      }
    }
  }
};
} // namespace
} // namespace coil
