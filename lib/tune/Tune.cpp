//===- Tune.cpp - better choices than the cost model's, by the clock ------===//
//
// A walk downhill from the model's choice, for all hot kernels at once: a round
// compiles the model with the next untried neighbour of each kernel's best choice,
// and measures that beside the untuned library, in turns. A neighbour that is
// faster becomes the best, and its neighbours are next. At the end all that was
// found is measured together, and what then does not hold is dropped.
//
//===----------------------------------------------------------------------===//

#include "lib/tune/Tune.h"

#include "lib/driver/Tuning.h"
#include "lib/package/Files.h"
#include "lib/tune/Choice.h"
#include "lib/tune/Measure.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"

#include <chrono>

using namespace llvm;

namespace coil {
namespace {

/// A kernel that takes less of a run is left alone.
constexpr double kHot = 0.01;
/// Of the time of the best: what counts as faster.
constexpr double kFaster = 0.97;
/// Of the time of the model's choice: what is kept at the end.
constexpr double kKept = 0.985;
constexpr int kPairs = 3, kLastPairs = 7;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// One kernel's search.
struct Search {
  Choice model, best;
  double ratio = 1; // of the best to the model's choice
  std::set<Choice> tried;
  std::vector<Choice> next; // the last first
};

class Tuner {
public:
  Tuner(const TuneOptions &options, raw_ostream &out, raw_ostream &log) : options(options), out(out), log(log) {}
  ~Tuner() {
    if (!folder.empty())
      sys::fs::remove_directories(folder);
  }

  Error run();

private:
  Error start();
  Error readKnown();
  Error resume();
  Error round();
  Error finish();
  Expected<TunableKernels> build(StringRef library, const json::Object &tuning);
  json::Object best() const;
  /// Ratios of library `name` to the untuned one: of each hot kernel, and in "" of
  /// a whole run.
  Expected<std::map<std::string, double>> compare(StringRef name, const TunableKernels &kernels, int pairs);
  double timeOf(const TunableKernel &kernel, const Times &times) const;
  std::string path(StringRef name) const { return (folder + "/" + name).str(); }
  bool over() const { return (options.stop && options.stop()) || now() - started > options.budget; }
  void propose(const std::string &kernel) {
    Search &search = searches.at(kernel);
    std::vector<Choice> near = neighbours(plain.at(kernel), search.best, registers, options.threads > 1);
    search.next.assign(near.rbegin(), near.rend());
  }

  const TuneOptions &options;
  raw_ostream &out, &log;
  Target target;
  int64_t registers = 32;
  SmallString<128> folder;
  Runner runner;
  TunableKernels plain; // of the untuned library
  json::Object known;   // kernels of the file that was there
  std::map<std::string, Search> searches;
  double started = now();
  int rounds = 0;
};
} // namespace

/// Compiles with a tuning, and says which kernels came of it.
Expected<TunableKernels> Tuner::build(StringRef library, const json::Object &tuning) {
  CompileOptions compile = options.compile;
  compile.tuning = path("candidate.tuning");
  if (Error error = writeTuning(compile.tuning, target, tuning))
    return error;
  compile.output = path(library);
  compile.name = "tuned";
  Expected<TunableKernels> kernels = TunableKernels();
  compile.afterStage = [&](StringRef stage, mlir::ModuleOp module) {
    if (stage == "bufferize" && kernels)
      kernels = tunableKernels(module);
  };
  std::string problems; // warnings of choices that cannot be are expected
  raw_string_ostream os(problems);
  if (!coil::compile(compile, os)) {
    if (!kernels)
      consumeError(kernels.takeError());
    log << problems;
    return createStringError("the model does not compile");
  }
  return kernels;
}

double Tuner::timeOf(const TunableKernel &kernel, const Times &times) const {
  double ms = 0;
  for (const std::string &function : kernel.functions)
    if (auto found = times.functions.find(function); found != times.functions.end())
      ms += found->second;
  return ms;
}

Expected<std::map<std::string, double>> Tuner::compare(StringRef name, const TunableKernels &kernels, int pairs) {
  std::map<std::string, std::vector<double>> ratios;
  for (int pair = 0; pair < pairs; ++pair) {
    // Who comes first changes.
    Times before, after;
    for (bool first : {true, false}) {
      bool isPlain = first == (pair % 2 == 0);
      auto times = runner.measure(path(isPlain ? StringRef("plain.so") : name));
      if (!times)
        return times.takeError();
      (isPlain ? before : after) = *times;
    }
    ratios[""].push_back(after.total / before.total);
    for (auto &[kernel, search] : searches)
      if (auto found = kernels.find(kernel); found != kernels.end())
        ratios[kernel].push_back(timeOf(found->second, after) / timeOf(plain.at(kernel), before));
  }
  std::map<std::string, double> medians;
  for (auto &[kernel, list] : ratios)
    medians[kernel] = median(list);
  return medians;
}

/// What was found, and what was known of kernels that are not searched.
json::Object Tuner::best() const {
  json::Object kernels = known;
  for (auto &[name, search] : searches) {
    kernels.erase(name);
    if (json::Object fields = search.best.differenceTo(search.model); !fields.empty())
      kernels[name] = std::move(fields);
  }
  return kernels;
}

/// Whether the output can be written, before hours are spent on it, and what is in
/// it already.
Error Tuner::readKnown() {
  OutputFiles files;
  auto temporary = files.reserve(options.output);
  if (!temporary)
    return temporary.takeError();
  if (!sys::fs::exists(options.output))
    return Error::success();
  auto kernels = readKernels(options.output, target);
  if (!kernels)
    return kernels.takeError();
  known = std::move(*kernels);
  return Error::success();
}

/// Each kernel's search begins with what the file says of it, if that can be.
Error Tuner::resume() {
  if (none_of(searches, [&](auto &entry) { return known.get(entry.first); }))
    return Error::success();
  auto kernels = build("candidate.so", known);
  if (!kernels)
    return kernels.takeError();
  auto ratios = compare("candidate.so", *kernels, kPairs);
  if (!ratios)
    return ratios.takeError();
  unsigned count = 0;
  for (auto &[name, search] : searches) {
    auto found = kernels->find(name);
    auto ratio = ratios->find(name);
    if (found == kernels->end() || ratio == ratios->end() || found->second.choice == search.model || ratio->second >= 1)
      continue;
    search.best = found->second.choice;
    search.ratio = ratio->second;
    search.tried.insert(search.best);
    ++count;
  }
  out << formatv("'{0}' has a better choice for {1} kernels: the search begins there\n", options.output, count);
  return Error::success();
}

/// The untuned library, and which kernels are worth a search.
Error Tuner::start() {
  auto known = findTarget(options.compile.target);
  if (!known)
    return known.takeError();
  target = *known;
  if (target.arch() != Triple(sys::getProcessTriple()).getArchName())
    return createStringError("'" + target.name + "' is another machine than this one, whose clock would say nothing");
  registers = target.vectorRegisters;
  if (Error error = readKnown())
    return error;
  if (std::error_code code = sys::fs::createUniqueDirectory("coil-tune", folder))
    return createStringError("cannot make a temporary folder: " + code.message());
  auto kernels = build("plain.so", {});
  if (!kernels)
    return kernels.takeError();
  plain = *kernels;
  runner.program = options.runner;
  runner.options = options.inputs;
  runner.options.push_back("--threads=" + std::to_string(options.threads));
  auto times = runner.measure(path("plain.so"));
  if (!times)
    return times.takeError();
  // About a third of a second a process, its start not counted.
  runner.runs = std::clamp(int(300 / times->total), 3, 300);
  if (!(times = runner.measure(path("plain.so"))))
    return times.takeError();
  out << formatv("{0}: {1:f3} ms a run, {2} kernels for {3}\n", options.compile.input, times->total, plain.size(),
                 machineName(target));
  for (auto &[name, kernel] : plain)
    if (timeOf(kernel, *times) > kHot * times->total) {
      Search &search = searches[name];
      search.model = search.best = kernel.choice;
      search.tried.insert(kernel.choice);
    }
  if (Error error = resume())
    return error;
  for (auto &[name, search] : searches)
    propose(name);
  return Error::success();
}

/// The next choice of each kernel, all in one library.
Error Tuner::round() {
  std::map<std::string, Choice> asked;
  json::Object tuning = best();
  for (auto &[name, search] : searches) {
    while (!search.next.empty() && !search.tried.insert(search.next.back()).second)
      search.next.pop_back();
    if (search.next.empty())
      continue;
    asked[name] = search.next.back();
    search.next.pop_back();
    tuning[name] = asked[name].differenceTo(search.model);
  }
  auto kernels = build("candidate.so", tuning);
  if (!kernels)
    return kernels.takeError();
  auto ratios = compare("candidate.so", *kernels, kPairs);
  if (!ratios)
    return options.stop && options.stop() ? (consumeError(ratios.takeError()), Error::success()) : ratios.takeError();
  unsigned better = 0;
  for (auto &[name, choice] : asked) {
    auto found = kernels->find(name);
    auto ratio = ratios->find(name);
    Search &search = searches[name];
    // What cannot be was replaced by the model's own choice.
    if (found == kernels->end() || found->second.choice != choice || ratio == ratios->end() || ratio->second > search.ratio * kFaster)
      continue;
    search.best = choice;
    search.ratio = ratio->second;
    propose(name);
    ++better;
  }
  out << formatv("{0,6:f0} s  round {1}: {2} kernels tried, {3} faster\n", now() - started, ++rounds, asked.size(), better);
  out.flush();
  return better ? writeTuning(options.output, target, best()) : Error::success();
}

/// Measures all that was found together, and keeps what holds.
Error Tuner::finish() {
  for (int last : {0, 1}) {
    auto kernels = build("candidate.so", best());
    if (!kernels)
      return kernels.takeError();
    auto ratios = compare("candidate.so", *kernels, kLastPairs);
    if (!ratios)
      return ratios.takeError();
    bool dropped = false;
    for (auto &[name, search] : searches) {
      if (search.best == search.model)
        continue;
      auto ratio = ratios->find(name);
      if (ratio != ratios->end()) {
        search.ratio = ratio->second;
        if (search.ratio <= kKept || last)
          continue;
      }
      search.best = search.model;
      dropped = true;
    }
    if (dropped)
      continue;
    for (auto &[name, search] : searches)
      if (json::Object fields = search.best.differenceTo(search.model); !fields.empty())
        out << formatv("{0,7:f3}  {1}  {2}\n", search.ratio, name, json::Value(std::move(fields)));
    out << formatv("{0,7:f3}  of the time of the model's choice, a whole run (median of {1} pairs)\n", (*ratios)[""], kLastPairs);
    break;
  }
  return writeTuning(options.output, target, best());
}

Error Tuner::run() {
  if (Error error = start())
    return error;
  auto open = [](auto &entry) { return !entry.second.next.empty(); };
  while (!over() && any_of(searches, open))
    if (Error error = round())
      return error;
  if (options.stop && options.stop()) {
    out << "stopped; '" << options.output << "' has what was found so far\n";
    return writeTuning(options.output, target, best());
  }
  return finish();
}

bool tune(const TuneOptions &options, raw_ostream &out, raw_ostream &log) {
  Error error = Tuner(options, out, log).run();
  if (!error)
    return true;
  log << "coil-tune: error: " << toString(std::move(error)) << "\n";
  return false;
}

} // namespace coil
