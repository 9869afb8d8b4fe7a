//===- ApplyTuning.cpp - measured choices find their kernels --------------===//
//
// Comes in: a module with `coil.tuning`, or without, and then nothing is done.
// Goes out: each sum and map with the name of its kernel and what the tuning says
// of it. Before weights are packed: panels and loops follow one choice.
//
// A kernel's name is what it computes, in words where they suffice: sizes, types,
// and a hash of the rest. It knows nothing of constants, of packing, of what is
// fused behind it, nor of the model, so that one tuning serves several.
//
//===----------------------------------------------------------------------===//

#include "passes/structure/Passes.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/xxhash.h"
#include "mlir/IR/Remarks.h"
#include "passes/support/Tuning.h"

namespace coil {
#define GEN_PASS_DEF_APPLYTUNINGPASS
#include "passes/structure/Passes.h.inc"

/// What an operand reads: of a tensor that is only permuted, which loops; the
/// order in which it lies is packing's to choose.
static void printRead(AffineMap map, raw_ostream &os) {
  if (!map.isProjectedPermutation()) {
    os << map << ";";
    return;
  }
  for (unsigned loop = 0; loop < map.getNumDims(); ++loop)
    if (map.isFunctionOfDim(loop))
      os << loop << ",";
  os << ";";
}

static std::string nameOf(linalg::GenericOp op) {
  std::string name, rest;
  llvm::raw_string_ostream os(name), more(rest);
  auto kinds = op.getIteratorTypesArray();
  auto printSizes = [&](utils::IteratorType kind) {
    bool first = true;
    for (auto [size, its] : llvm::zip(op.getStaticLoopRanges(), kinds)) {
      if (its != kind)
        continue;
      os << (first ? " " : "x");
      first = false;
      ShapedType::isDynamic(size) ? os << "?" : os << size;
    }
  };
  os << (op.getNumReductionLoops() == 0 ? "map" : op.getNumDpsInputs() > 1 ? "contract" : "reduce");
  printSizes(utils::IteratorType::parallel);
  if (op.getNumReductionLoops()) {
    os << " sum";
    printSizes(utils::IteratorType::reduction);
  }
  for (Value operand : op->getOperands())
    os << " " << getElementTypeOrSelf(operand.getType());
  for (auto kind : kinds)
    more << int(kind);
  for (AffineMap map : op.getIndexingMapsArray())
    printRead(map, more);
  op.getBody()->walk([&](Operation *inner) { more << inner->getName(); });
  os << " #" << llvm::format("%08x", unsigned(llvm::xxh3_64bits(rest) >> 32));
  return name;
}

namespace {
struct ApplyTuningPass : impl::ApplyTuningPassBase<ApplyTuningPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto tuning = module->getAttrOfType<DictionaryAttr>(kTuningAttr);
    if (!tuning)
      return;
    Builder b(&getContext());
    module->walk([&](linalg::GenericOp op) {
      std::string name = nameOf(op);
      NamedAttrList fields;
      if (auto found = tuning.getAs<DictionaryAttr>(name)) {
        fields = NamedAttrList(found);
        remark::passed(op.getLoc(), remark::RemarkOpts::name("ApplyTuning").category("structure"))
            << "loops by the tuning of '" << name << "'";
      }
      fields.set(kTunedKernel, b.getStringAttr(name));
      op->setAttr(kTuningAttr, fields.getDictionary(&getContext()));
    });
    module->removeAttr(kTuningAttr);
  }
};
} // namespace
} // namespace coil
