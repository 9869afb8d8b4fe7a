//===- Tune.h - better choices than the cost model's, by the clock --------===//
#ifndef COIL_LIB_TUNE_TUNE_H
#define COIL_LIB_TUNE_TUNE_H

#include "lib/driver/Compile.h"

namespace coil {

struct TuneOptions {
  CompileOptions compile;          // the model, the target; its output is not used
  std::string output;              // the tuning file, whose kernels are where the search begins if it exists
  std::string runner;              // coil-run
  std::vector<std::string> inputs; // its options that say what a run gets
  unsigned threads = 1;            // of a run
  double budget = 120;             // seconds for the search
  std::function<bool()> stop;      // asked between measurements
};

/// Searches, and writes the tuning file whenever a kernel got faster. Progress and
/// results go to `out`, errors to `log`. False after an error.
bool tune(const TuneOptions &options, llvm::raw_ostream &out, llvm::raw_ostream &log);

} // namespace coil

#endif // COIL_LIB_TUNE_TUNE_H
