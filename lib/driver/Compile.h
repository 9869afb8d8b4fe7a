//===- Compile.h - one compilation, from a file to files ------------------===//
#ifndef COIL_LIB_DRIVER_COMPILE_H
#define COIL_LIB_DRIVER_COMPILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/BuiltinOps.h"

#include <functional>
#include <string>
#include <vector>

namespace coil {

class CustomOps;

enum class Emit { SharedLibrary, Archive, Object, LlvmIr, Assembly, Mlir };
enum class Weights { Auto, Embedded, External };

struct CompileOptions {
  std::string input;             // .onnx, or .mlir of any stage
  std::string output;            // "-" writes text to standard output
  std::string target = "altra";
  std::string name;              // of the model in C; from the output's name when empty
  Emit emit = Emit::SharedLibrary;
  Weights weights = Weights::Auto;
  std::string stopAfter;         // a stage, or "import"
  std::string dumpStages;        // a folder for N-STAGE.mlir
  std::string tuning;            // a file of measured choices, see Tuning.h
  llvm::StringMap<int64_t> dims; // symbolic dimensions to fix
  llvm::StringMap<int64_t> lengths; // of inputs that are sequences, to fix
  const CustomOps *customOps = nullptr; // operators that the user declares
  std::vector<std::string> share; // OUTPUT=INPUT[:CAPACITY], see Share.h
  std::vector<std::string> link; // objects and archives with their functions
  std::string winograd = "auto"; // or off, 2, 4: see structure-winograd
  int optLevel = 2;
  unsigned threads = 0;          // to compile on, at most; 0: one a core
  bool remarks = false;
  bool verbose = false;
  std::string resources;         // the folder with the runtime, a subfolder an architecture
  std::function<void(llvm::StringRef stage, mlir::ModuleOp)> afterStage; // may look
};

/// Compiles. Errors and progress go to `log`; false after an error, and then no
/// output file was written or changed.
bool compile(const CompileOptions &options, llvm::raw_ostream &log);

/// "import" and the stages, for help texts.
llvm::SmallVector<llvm::StringRef> stageNames();
/// "coilc VERSION".
std::string compilerName();

} // namespace coil

#endif // COIL_LIB_DRIVER_COMPILE_H
