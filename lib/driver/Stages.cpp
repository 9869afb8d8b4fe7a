//===- Stages.cpp - what the stages are told -------------------------------===//

#include "lib/driver/Stages.h"

#include "mlir/IR/Builders.h"
#include "passes/Pipeline.h"

using namespace mlir;

namespace coil {

DialectRegistry stageDialects() {
  DialectRegistry registry;
  registerStageDialects(registry);
  return registry;
}

llvm::Error setTarget(ModuleOp module, const Target &target) {
  llvm::Expected<Target::Instructions> instructions = target.instructions();
  if (!instructions)
    return instructions.takeError();
  Builder b(module.getContext());
  auto number = [&](StringRef name, int64_t n) { return b.getNamedAttr(name, b.getI64IntegerAttr(n)); };
  module->setAttr("coil.target",
                  b.getDictionaryAttr({b.getNamedAttr("name", b.getStringAttr(target.name)),
                                       number("vector_bytes", target.vectorBytes),
                                       number("vector_registers", target.vectorRegisters),
                                       b.getNamedAttr("multiply_by_lane", b.getBoolAttr(target.arch() == "aarch64")),
                                       b.getNamedAttr("dot_product", b.getStringAttr(instructions->dotProduct)),
                                       b.getNamedAttr("byte_table", b.getStringAttr(instructions->byteTable)),
                                       b.getNamedAttr("mixed_signs", b.getBoolAttr(instructions->mixedSigns)),
                                       b.getNamedAttr("bf16_pairs", b.getBoolAttr(instructions->bf16Pairs)),
                                       b.getNamedAttr("half_arithmetic", b.getBoolAttr(instructions->halfArithmetic)),
                                       b.getNamedAttr("rounds_to_bf16", b.getBoolAttr(target.arch() == "aarch64")),
                                       number("l2_bytes", target.l2Bytes), number("cores", target.cores)}));
  return llvm::Error::success();
}

} // namespace coil
