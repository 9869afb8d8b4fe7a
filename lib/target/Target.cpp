//===- Target.cpp - one table of machines ---------------------------------===//

#include "lib/target/Target.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

#include <thread>

using namespace llvm;

namespace coil {

static constexpr StringLiteral kAArch64 = "aarch64-unknown-linux-gnu";

/// Sources: Ampere's product briefs; LLVM's models neoverse-n1, ampere1, ampere1a.
static const Target kTargets[] = {
    {"altra", kAArch64.str(), "neoverse-n1", "", 16, 32, 64 << 10, 1 << 20, 80},
    {"altra-max", kAArch64.str(), "neoverse-n1", "", 16, 32, 64 << 10, 1 << 20, 128},
    {"ampereone", kAArch64.str(), "ampere1", "", 16, 32, 64 << 10, 2 << 20, 192},
    {"ampereone-m", kAArch64.str(), "ampere1a", "", 16, 32, 64 << 10, 2 << 20, 192},
    {"aarch64", kAArch64.str(), "generic", "", 16, 32, 32 << 10, 512 << 10, 4},
};

static Target hostTarget() {
  StringMap<bool> features = sys::getHostCPUFeatures();
  SubtargetFeatures list;
  // In a fixed order, so that equal machines give equal code.
  SmallVector<StringRef> names(features.keys());
  llvm::sort(names);
  for (StringRef name : names)
    list.AddFeature(name, features[name]);
  std::string triple = sys::getProcessTriple();
  bool x86 = StringRef(triple).starts_with("x86_64");
  bool wide = features.lookup("avx512f"), medium = features.lookup("avx2");
  return {"host", triple, sys::getHostCPUName().str(), list.getString(), wide ? 64 : x86 && medium ? 32 : 16,
          wide || !x86 ? 32 : 16, 32 << 10, 1 << 20, int64_t(std::max(1u, std::thread::hardware_concurrency()))};
}

SmallVector<StringRef> targetNames() {
  SmallVector<StringRef> names;
  for (const Target &target : kTargets)
    names.push_back(target.name);
  names.push_back("host");
  return names;
}

Expected<Target> findTarget(StringRef name) {
  if (name == "host")
    return hostTarget();
  for (const Target &target : kTargets)
    if (target.name == name)
      return target;
  return createStringError("unknown target '" + name + "', expected one of: " + join(targetNames(), ", "));
}

Expected<std::unique_ptr<TargetMachine>> createTargetMachine(const Target &target, int optLevel, bool assembly) {
  static const bool once = [] {
    // Those of the table, not all that LLVM has: each is more pages to load.
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser();
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    return true;
  }();
  (void)once;
  std::string error;
  Triple triple(target.triple);
  const llvm::Target *backend = TargetRegistry::lookupTarget(triple, error);
  if (!backend)
    return createStringError(error);
  TargetOptions options;
  options.AllowFPOpFusion = FPOpFusion::Fast; // a * b + c may be one instruction
  // Text is handed on as it is, with the name of a file to include that need not exist yet.
  options.DisableIntegratedAS = assembly;
  options.FunctionSections = true;
  options.DataSections = true;
  auto level = optLevel == 0 ? CodeGenOptLevel::None : optLevel == 1 ? CodeGenOptLevel::Less : CodeGenOptLevel::Default;
  return std::unique_ptr<TargetMachine>(backend->createTargetMachine(
      triple, target.cpu, target.features, options, Reloc::PIC_, CodeModel::Small, level));
}

Expected<Target::Instructions> Target::instructions() const {
  auto machine = createTargetMachine(*this, 0, false);
  if (!machine)
    return machine.takeError();
  auto has = [&](StringRef features) { return (*machine)->getMCSubtargetInfo()->checkFeatures(features.str()); };
  if (arch() == "aarch64")
    return Instructions{has("+dotprod") ? "s8s8" : "", "tbl", has("+i8mm"), has("+bf16"), has("+fullfp16")};
  bool wide = vectorBytes == 64 && has("+avx512vnni,+avx512vl"), narrow = vectorBytes == 32 && has("+avxvnni");
  return Instructions{wide || narrow ? "u8s8" : "", vectorBytes == 64 && has("+avx512vbmi") ? "vbmi" : "", false,
                      vectorBytes == 64 && has("+avx512bf16,+avx512vl")};
}

} // namespace coil
