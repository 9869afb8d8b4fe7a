//===- Measure.h - what a compiled model takes, kernel by kernel ----------===//
#ifndef COIL_LIB_TUNE_MEASURE_H
#define COIL_LIB_TUNE_MEASURE_H

#include "llvm/Support/Error.h"

#include <map>
#include <string>
#include <vector>

namespace coil {

/// Of one process: milliseconds a run.
struct Times {
  std::map<std::string, double> functions;
  double total = 0;
};

/// Runs a library `runs` times by coil-run, and reads its profile.
struct Runner {
  std::string program;              // coil-run
  std::vector<std::string> options; // threads, inputs
  int runs = 3;

  llvm::Expected<Times> measure(const std::string &library) const;
};

double median(std::vector<double> numbers);

} // namespace coil

#endif // COIL_LIB_TUNE_MEASURE_H
