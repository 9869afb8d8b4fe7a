//===- Pipeline.h - the stages of the compiler ----------------------------===//
#ifndef COIL_PASSES_PIPELINE_H
#define COIL_PASSES_PIPELINE_H

#include "mlir/IR/Dialect.h"
#include "mlir/Pass/PassManager.h"

namespace coil {

struct PipelineOptions {
  /// 0: as written, each result in a buffer of its own, the reference of
  /// test/numeric. 1: folded and fused. 2, 3:
  /// and what takes longer.
  int optLevel = 3;
  /// `legalize` says all that it refuses, and not the first of it only.
  bool allErrors = false;
  /// Of `structure-winograd`: auto, off, 2 or 4.
  std::string winograd = "auto";
};

/// A row of the pipeline. After `build`'s passes only ops of the dialects in
/// `leaves` may remain.
struct Stage {
  llvm::StringLiteral name;
  void (*build)(mlir::OpPassManager &, const PipelineOptions &);
  llvm::StringLiteral leaves;
};

/// All stages in order.
llvm::ArrayRef<Stage> stages();

/// Appends one stage and the check of what it promised to leave.
void addStage(mlir::OpPassManager &pm, const Stage &stage, const PipelineOptions &options);

/// Every dialect that occurs in some stage, with the interface models that
/// bufferization and translation need.
void registerStageDialects(mlir::DialectRegistry &registry);
/// COIL's passes, and each stage as a pipeline `coil-STAGE`.
void registerStagePasses();

} // namespace coil

#endif // COIL_PASSES_PIPELINE_H
