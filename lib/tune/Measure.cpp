//===- Measure.cpp - what a compiled model takes, kernel by kernel --------===//
//
// In a process of its own, so that a library that is replaced is gone, and one
// that fails takes nothing along.
//
//===----------------------------------------------------------------------===//

#include "lib/tune/Measure.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace llvm;

namespace coil {

double median(std::vector<double> numbers) {
  llvm::sort(numbers);
  size_t half = numbers.size() / 2;
  return numbers.size() % 2 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

Expected<Times> Runner::measure(const std::string &library) const {
  SmallString<128> out;
  if (std::error_code code = sys::fs::createTemporaryFile("coil-tune", "json", out))
    return createStringError("cannot make a temporary file: " + code.message());
  auto remove = llvm::scope_exit([&] { sys::fs::remove(out); });
  std::vector<std::string> arguments{program, library, "--bench", "--profile", "--json", "--warmup=2",
                                     "--runs=" + std::to_string(runs)};
  llvm::append_range(arguments, options);
  SmallVector<StringRef> refs(arguments.begin(), arguments.end());
  std::string problem;
  int status = sys::ExecuteAndWait(program, refs, std::nullopt, {StringRef(), StringRef(out), std::nullopt}, 0, 0, &problem);
  if (status != 0)
    return createStringError(problem.empty() ? "'" + program + "' failed, see above" : problem);
  auto buffer = MemoryBuffer::getFile(out, /*IsText=*/true);
  if (!buffer)
    return createStringError("cannot read what '" + program + "' wrote: " + buffer.getError().message());
  auto json = json::parse((*buffer)->getBuffer());
  if (!json)
    return json.takeError();
  const json::Object *object = json->getAsObject();
  const json::Array *profile = object ? object->getArray("profile") : nullptr;
  auto total = object ? object->getNumber("p50_ms") : std::nullopt;
  if (!profile || !total)
    return createStringError("'" + program + "' wrote no profile");
  Times times;
  times.total = *total;
  for (const json::Value &row : *profile) {
    const json::Object *fields = row.getAsObject();
    auto kernel = fields ? fields->getString("kernel") : std::nullopt;
    auto ms = fields ? fields->getNumber("ms") : std::nullopt;
    if (kernel && ms)
      times.functions[kernel->str()] += *ms;
  }
  return times;
}

} // namespace coil
