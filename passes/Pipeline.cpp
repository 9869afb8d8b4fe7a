//===- Pipeline.cpp - the stages, in order --------------------------------===//
//
// Read this file first. Each row of the table at its end is a folder of
// passes/ and states which dialects may be left when it is done; the next
// stage may rely on that.
//
//===----------------------------------------------------------------------===//

#include "passes/Pipeline.h"

#include "dialects/coil/Core.h"
#include "dialects/onnx/Onnx.h"
#include "dialects/rt/Rt.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Transforms/BufferViewFlowOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/AllInterfaces.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/TensorInferTypeOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "passes/bufferize/Passes.h"
#include "passes/legalize/Passes.h"
#include "passes/lower/Passes.h"
#include "passes/structure/Passes.h"
#include "passes/vectorize/Passes.h"

using namespace mlir;

namespace coil {

/// Folds and canonicalizes each function by itself, so that kernels have theirs
/// side by side. Regions stay as they are: until `lower` they have one block.
static std::unique_ptr<Pass> simplify() {
  GreedyRewriteConfig config;
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
  return createCanonicalizerPass(config);
}

static void buildLegalize(OpPassManager &pm, const PipelineOptions &options) {
  pm.addNestedPass<func::FuncOp>(createLegalizeOnnxPass({options.allErrors}));
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  pm.addNestedPass<func::FuncOp>(simplify());
}

static void buildStructure(OpPassManager &pm, const PipelineOptions &options) {
  // First, so that nothing after it meets a second kind of integer.
  pm.addNestedPass<func::FuncOp>(createStorageTypesPass());
  // Before fusion, which then sees what a conversion costs.
  pm.addNestedPass<func::FuncOp>(createSmallFloatsPass());
  if (options.optLevel > 0) {
    // First: whoever looks at several ops sees sizes that are known to be equal.
    pm.addNestedPass<func::FuncOp>(createSettleSizesPass());
    // After it: what is left may be repeated. Before fusion, which would take it along.
    pm.addNestedPass<func::FuncOp>(createHoistRepeatsPass());
    // Before layouts and fusion: the integers are what they are to see.
    pm.addNestedPass<func::FuncOp>(createIntegerSumsPass());
    // After it: what it left alone has scales of blocks, or rows of reals.
    pm.addNestedPass<func::FuncOp>(createBlockProductsPass());
    // Before fusion, which would take what only constants go into to where the
    // rest of its consumer is known in a run only.
    pm.addPass(createFoldConstantsPass());
    // Before fusion, which then meets the final maps.
    pm.addNestedPass<func::FuncOp>(createChooseLayoutsPass());
    // Before fusion, which meets the parts; after layouts, which say along which
    // loop they lie.
    pm.addNestedPass<func::FuncOp>(createSplitConcatsPass());
    pm.addNestedPass<func::FuncOp>(createFuseElementwisePass());
  }
  pm.addNestedPass<func::FuncOp>(simplify());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  if (options.optLevel > 0) {
    // After fusion and folding: what begins and ends with a byte is one body now.
    pm.addNestedPass<func::FuncOp>(createTabulateBytesPass());
    // After fusion and folding too: of a chain it leaves what rounds twice.
    pm.addNestedPass<func::FuncOp>(createHalfArithmeticPass());
    pm.addPass(createApplyTuningPass()); // panels and loops follow one choice
    // After layouts, which put channels last; before packing, whose panels are others.
    pm.addNestedPass<func::FuncOp>(createWinogradPass({options.winograd}));
    // After layouts, which say how an image lies; packing then has the other weights.
    pm.addNestedPass<func::FuncOp>(createAlignSumsPass());
    // After fusion, which decides what reads a weight, and how.
    pm.addNestedPass<func::FuncOp>(createPackWeightsPass());
    pm.addPass(createFoldConstantsPass()); // carries the packing out, and computes the tables
  }
  // After fusion and folding: what an output begins with is plain to see.
  pm.addNestedPass<func::FuncOp>(createShareBuffersPass());
  if (options.optLevel > 0) {
    // After the last folding: it would merge equal destinations again.
    pm.addNestedPass<func::FuncOp>(createOwnDestinationsPass());
    // Before kernels are cut: all slabs of a frame are one.
    pm.addNestedPass<func::FuncOp>(createFillBordersPass());
    // After it: a frame is its slabs, and what would be copied between them.
    pm.addNestedPass<func::FuncOp>(createFrameRowsPass());
    // Each op is what it will be in its kernel now.
    // Attention first: its softmax is a part of it.
    pm.addNestedPass<func::FuncOp>(createGroupAttentionPass());
    pm.addNestedPass<func::FuncOp>(createGroupRowsPass());
  }
  // Last, when no pass wants to see two linalg ops at once any more.
  pm.addPass(createOutlineKernelsPass({/*epilogues=*/options.optLevel > 0}));
}

static void buildBufferize(OpPassManager &pm, const PipelineOptions &options) {
  // At -O0 every buffer has a place of its own, and what belongs elsewhere is
  // copied there: where something lies is then no part of what test/numeric
  // compares with.
  bool places = options.optLevel > 0;
  // Before bufferization: a destination chosen here is a copy saved there.
  pm.addPass(createBindEntryPass({/*direct=*/places}));
  // After the frame is bound: each list is asked of it.
  pm.addNestedPass<func::FuncOp>(createBindSequencesPass());
  // After both: a place may be an output's. Before bufferization, which follows
  // destinations, and copies where none was chosen.
  if (places)
    pm.addPass(createPlacePartsPass());
  bufferization::OneShotBufferizePassOptions oneShot;
  oneShot.bufferizeFunctionBoundaries = true;
  // Arguments say their layout; a result has that of the destination it is.
  oneShot.functionBoundaryTypeConversion = bufferization::LayoutMapOption::InferLayoutMap;
  oneShot.allowReturnAllocsFromLoops = true;
  pm.addPass(bufferization::createOneShotBufferizePass(oneShot));
  pm.addPass(bufferization::createDropEquivalentBufferResultsPass());
  // First equal slices become one, then a copy of a slice to itself folds.
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  pm.addNestedPass<func::FuncOp>(simplify());
  pm.addNestedPass<func::FuncOp>(createResolveReshapesPass());
  // After folding: a copy that was not needed is gone.
  pm.addPass(createOutlineCopiesPass());
  // Last: now all buffers exist, and none that folding would have removed.
  pm.addNestedPass<func::FuncOp>(createPlanArenaPass({/*reuse=*/places}));
}

static void buildVectorize(OpPassManager &pm, const PipelineOptions &options) {
  // What test/numeric compares with: each op as its definition reads, element
  // by element, functions from libm.
  if (options.optLevel == 0) {
    pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
    return;
  }
  // First: a loop over rows has plans and loops of its own in it. An attention's
  // rows are marked too, and go by keys as well.
  pm.addNestedPass<func::FuncOp>(createTileAttentionPass());
  pm.addNestedPass<func::FuncOp>(createTileRowsPass());
  // Before plans: its product of matrices has one.
  pm.addNestedPass<func::FuncOp>(createExpandWinogradPass());
  // Before plans, which then see what lies side by side.
  pm.addNestedPass<func::FuncOp>(createUnswitchBroadcastsPass());
  // Before loops are emitted: a choice that a reader can see, and override.
  pm.addNestedPass<func::FuncOp>(createPlanLoopsPass());
  pm.addNestedPass<func::FuncOp>(createEmitLoopsPass());
  pm.addNestedPass<func::FuncOp>(simplify());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  // After loops exist: the polynomial of a vector, not of a body.
  pm.addNestedPass<func::FuncOp>(createApproximateMathPass());
}

static void buildLower(OpPassManager &pm, const PipelineOptions &) {
  // First, while calls carry the names of their nodes.
  pm.addPass(createMarkSitesPass());
  // Before scf is gone: a body must be a region to be cut out.
  pm.addPass(createOutlineParallelPass());
  pm.addNestedPass<func::FuncOp>(memref::createExpandStridedMetadataPass());
  pm.addNestedPass<func::FuncOp>(createLowerAffinePass());
  // Before rt: a failed check leaves the function, which needs plain branches.
  pm.addNestedPass<func::FuncOp>(createSCFToControlFlowPass());
  pm.addPass(createLowerRtPass());
  pm.addPass(createLowerToLlvmPass());
}

static constexpr Stage kStages[] = {
    {"legalize", buildLegalize, "arith builtin coil func linalg math scf tensor"},
    {"structure", buildStructure, "arith affine builtin coil func linalg math scf tensor"},
    {"bufferize", buildBufferize, "arith affine builtin coil func linalg math memref rt scf"},
    {"vectorize", buildVectorize, "arith affine builtin coil func math memref rt scf vector"},
    {"lower", buildLower, "builtin llvm"},
};

ArrayRef<Stage> stages() { return kStages; }

namespace {
/// Reports the first op of a dialect that `stage` promised to remove.
struct CheckStage : PassWrapper<CheckStage, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CheckStage)
  explicit CheckStage(const Stage &stage) : stage(stage) {}
  StringRef getName() const override { return "CheckStage"; }

  void runOnOperation() override {
    SmallVector<StringRef> allowed;
    stage.leaves.split(allowed, ' ');
    WalkResult result = getOperation()->walk([&](Operation *op) {
      if (llvm::is_contained(allowed, op->getName().getDialectNamespace()))
        return WalkResult::advance();
      op->emitOpError("left over by stage '") << stage.name << "', which leaves only: " << stage.leaves;
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

  Stage stage;
};
} // namespace

void addStage(OpPassManager &pm, const Stage &stage, const PipelineOptions &options) {
  stage.build(pm, options);
  pm.addPass(std::make_unique<CheckStage>(stage));
}

void registerStageDialects(DialectRegistry &registry) {
  registry.insert<onnx::OnnxDialect, core::CoreDialect, rt::RtDialect, affine::AffineDialect,
                  arith::ArithDialect, bufferization::BufferizationDialect, cf::ControlFlowDialect,
                  func::FuncDialect, linalg::LinalgDialect, LLVM::LLVMDialect, math::MathDialect,
                  memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect, vector::VectorDialect>();
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  arith::registerBufferViewFlowOpInterfaceExternalModels(registry); // a choice between buffers keeps both
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerAllDialectInterfaceImplementations(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerInferTypeOpInterfaceExternalModels(registry);
  tensor::registerSubsetOpInterfaceExternalModels(registry);
}

void registerStagePasses() {
  registerLegalizePasses();
  registerStructurePasses();
  registerBufferizePasses();
  registerVectorizePasses();
  registerLowerPasses();
  for (const Stage &stage : kStages) {
    // The registry keeps what it is given.
    static std::vector<std::unique_ptr<PassPipelineRegistration<>>> pipelines;
    pipelines.push_back(std::make_unique<PassPipelineRegistration<>>(
        ("coil-" + stage.name).str(), ("COIL's stage '" + stage.name + "'").str(),
        [&stage](OpPassManager &pm) { addStage(pm, stage, {}); }));
  }
}

} // namespace coil
