//===- Target.h - the machines COIL compiles for --------------------------===//
#ifndef COIL_LIB_TARGET_TARGET_H
#define COIL_LIB_TARGET_TARGET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>

namespace coil {

/// A machine, as LLVM and the cost model need to know it.
struct Target {
  std::string name;
  std::string triple;
  std::string cpu;
  std::string features;
  int64_t vectorBytes;     // of one vector register
  int64_t vectorRegisters; // that the allocator has
  int64_t l1Bytes;         // data, a core
  int64_t l2Bytes;         // a core
  int64_t cores;

  /// Instructions that not every processor of its architecture has.
  struct Instructions {
    /// What adds four products of bytes to each i32: u8s8 or s8s8, the signs of
    /// its factors; empty where there is none.
    std::string dotProduct;
    /// What takes each byte of a vector from a table in registers: vbmi or tbl.
    std::string byteTable;
    /// It takes an unsigned byte times a signed one, whatever `dotProduct` says.
    bool mixedSigns = false;
    /// There is one that adds two products of bf16 to each f32.
    bool bf16Pairs = false;
    /// Vectors of f16 are added and multiplied.
    bool halfArithmetic = false;
  };
  llvm::Expected<Instructions> instructions() const;
  /// x86_64 or aarch64: the folder of the runtime archive.
  llvm::StringRef arch() const { return llvm::StringRef(triple).split('-').first; }
};

/// A target by name; the error lists the names there are.
llvm::Expected<Target> findTarget(llvm::StringRef name);
/// All names, in the order of the documentation.
llvm::SmallVector<llvm::StringRef> targetNames();
/// LLVM's code generator for a target: for machine code, or for its assembly.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const Target &target, int optLevel,
                                                                         bool assembly);

} // namespace coil

#endif // COIL_LIB_TARGET_TARGET_H
