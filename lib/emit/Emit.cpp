//===- Emit.cpp - LLVM IR, its optimization, machine code -----------------===//

#include "lib/emit/Emit.h"

#include "lib/emit/Descriptor.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/Process.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"

using namespace llvm;

namespace coil {

Expected<std::unique_ptr<llvm::Module>> translate(mlir::ModuleOp module, const Signature &signature,
                                                  const WeightPlace &weights, const Target &target,
                                                  TargetMachine &machine, LLVMContext &context) {
  mlir::registerBuiltinDialectTranslation(*module.getContext());
  mlir::registerLLVMDialectTranslation(*module.getContext());
  std::unique_ptr<llvm::Module> result =
      mlir::translateModuleToLLVMIR(module, context, signature.name, /*disableVerification=*/true);
  if (!result)
    return createStringError("translation to LLVM IR failed");
  result->setTargetTriple(machine.getTargetTriple());
  result->setDataLayout(machine.createDataLayout());
  result->setPICLevel(PICLevel::BigPIC);
  addDescriptor(*result, signature, weights);
  for (Function &function : *result) {
    if (function.isDeclaration()) {
      if (function.getName().starts_with("coil_rt_"))
        function.setVisibility(GlobalValue::HiddenVisibility);
      continue;
    }
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.features.empty())
      function.addFnAttr("target-features", target.features);
    // Full vectors where LLVM would shy away from 512 bits.
    function.addFnAttr("prefer-vector-width", std::to_string(target.vectorBytes * 8));
    function.addFnAttr(Attribute::NoUnwind);
    // The entry's stem is every model's; its name is the model's own.
    if (function.getName() == "main")
      function.setName(signature.name + "_invoke");
  }
  std::string message;
  raw_string_ostream os(message);
  if (verifyModule(*result, &os))
    return createStringError("invalid LLVM IR: " + message);
  return result;
}

void optimize(llvm::Module &module, TargetMachine &machine, int optLevel) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  PipelineTuningOptions tuning;
  tuning.LoopVectorization = optLevel > 0;
  tuning.SLPVectorization = false;
  tuning.LoopUnrolling = false;
  PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  // O3 makes the same inner loops as O2, more slowly.
  OptimizationLevel level = optLevel == 0   ? OptimizationLevel::O0
                            : optLevel == 1 ? OptimizationLevel::O1
                                            : OptimizationLevel::O2;
  ModulePassManager passes = optLevel == 0 ? builder.buildO0DefaultPipeline(level)
                                           : builder.buildPerModuleDefaultPipeline(level);
  passes.run(module, modules);
}

Error generate(llvm::Module &module, TargetMachine &machine, bool assembly, raw_pwrite_stream &os) {
  legacy::PassManager passes;
  auto kind = assembly ? CodeGenFileType::AssemblyFile : CodeGenFileType::ObjectFile;
  if (machine.addPassesToEmitFile(passes, os, nullptr, kind))
    return createStringError("the target cannot emit this kind of file");
  passes.run(module);
  return Error::success();
}

} // namespace coil
