//===- Emit.cpp - LLVM IR, its optimization, machine code -----------------===//

#include "lib/emit/Emit.h"

#include "lib/emit/Descriptor.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"

#include <chrono>
#include <mutex>

using namespace llvm;

namespace coil {

using Clock = std::chrono::steady_clock;

static void spend(double &total, Clock::time_point &since) {
  Clock::time_point now = Clock::now();
  total += std::chrono::duration<double, std::milli>(now - since).count();
  since = now;
}

static std::unique_ptr<llvm::Module> translate(mlir::ModuleOp part, bool hasEntry, const Emission &emission,
                                               TargetMachine &machine, LLVMContext &context) {
  const Target &target = emission.target;
  std::unique_ptr<llvm::Module> result =
      mlir::translateModuleToLLVMIR(part, context, emission.signature.name, /*disableVerification=*/true);
  if (!result)
    return nullptr;
  result->setTargetTriple(machine.getTargetTriple());
  result->setDataLayout(machine.createDataLayout());
  result->setPICLevel(PICLevel::BigPIC);
  if (hasEntry)
    addDescriptor(*result, emission.signature, emission.weights);
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
      function.setName(emission.signature.name + "_invoke");
  }
  assert(!verifyModule(*result, &errs()) && "invalid LLVM IR");
  return result;
}

/// What LLVM still does for kernels whose loops are tiled and vectorized: make
/// values of what lies in descriptors and closures, move address computations
/// out of loops, vectorize what runs element by element. A third of the time of
/// LLVM's own pipeline, and the same code: there is nothing to inline, to unroll
/// or to know of other functions.
static constexpr char kPasses[] = "function("
                                  "sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
                                  "loop-mssa(loop-rotate,licm),simplifycfg,instcombine<no-verify-fixpoint>,"
                                  "loop(loop-idiom,loop-deletion),gvn," // fills and copies are libc's
                                  "loop-vectorize,instcombine<no-verify-fixpoint>,simplifycfg,"
                                  "loop-mssa(licm),early-cse)";

static void optimize(llvm::Module &module, TargetMachine &machine, int optLevel) {
  if (optLevel == 0)
    return;
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  ModulePassManager passes;
  cantFail(builder.parsePassPipeline(passes, kPasses));
  passes.run(module, modules);
}

static Error generate(llvm::Module &module, TargetMachine &machine, CodeKind kind, raw_pwrite_stream &os) {
  if (kind == CodeKind::LlvmIr) {
    module.print(os, nullptr);
    return Error::success();
  }
  legacy::PassManager passes;
  auto file = kind == CodeKind::Assembly ? CodeGenFileType::AssemblyFile : CodeGenFileType::ObjectFile;
  if (machine.addPassesToEmitFile(passes, os, nullptr, file))
    return createStringError("the target cannot emit this kind of file");
  passes.run(module);
  return Error::success();
}

/// One part, in LLVM structures of its own; `times` has what it took.
static Error emitPart(mlir::ModuleOp part, bool hasEntry, const Emission &emission, SmallString<0> &bytes,
                      Code &times) {
  Clock::time_point since = Clock::now();
  auto machine = createTargetMachine(emission.target, emission.optLevel, emission.kind == CodeKind::Assembly);
  if (!machine)
    return machine.takeError();
  LLVMContext context;
  std::unique_ptr<llvm::Module> module = translate(part, hasEntry, emission, **machine, context);
  if (!module)
    return createStringError("translation to LLVM IR failed");
  spend(times.translate, since);
  optimize(*module, **machine, emission.optLevel);
  spend(times.optimize, since);
  raw_svector_ostream os(bytes);
  Error error = generate(*module, **machine, emission.kind, os);
  spend(times.generate, since);
  return error;
}

Expected<Code> emitParts(ArrayRef<mlir::ModuleOp> parts, const Emission &emission, ThreadPoolInterface *pool) {
  mlir::ModuleOp first = parts.front();
  mlir::registerBuiltinDialectTranslation(*first.getContext());
  mlir::registerLLVMDialectTranslation(*first.getContext());
  Code code;
  code.parts.resize(parts.size());
  std::mutex mutex;
  Error failure = Error::success();
  auto emit = [&](size_t i) {
    Code times;
    Error error = emitPart(parts[i], i == 0, emission, code.parts[i], times);
    std::lock_guard<std::mutex> lock(mutex);
    failure = joinErrors(std::move(failure), std::move(error));
    code.translate += times.translate;
    code.optimize += times.optimize;
    code.generate += times.generate;
  };
  if (pool && parts.size() > 1) {
    ThreadPoolTaskGroup group(*pool);
    for (size_t i = 0; i < parts.size(); ++i)
      group.async([&, i] { emit(i); });
    group.wait();
  } else {
    for (size_t i = 0; i < parts.size(); ++i)
      emit(i);
  }
  if (failure)
    return failure;
  return code;
}

} // namespace coil
