//===- Share.cpp - outputs that the user wants in an input's buffer -------===//

#include "lib/driver/Share.h"

#include "llvm/ADT/StringMap.h"
#include "passes/support/Share.h"

using namespace mlir;

namespace coil {

/// Whether `name` is `pattern`, with a text in `parts` for each `*`, as short as
/// may be.
static bool matches(StringRef pattern, StringRef name, std::vector<StringRef> &parts) {
  auto [start, rest] = pattern.split('*');
  if (!name.consume_front(start))
    return false;
  if (start.size() == pattern.size())
    return name.empty();
  for (size_t length = 0; length <= name.size(); ++length) {
    parts.push_back(name.take_front(length));
    if (matches(rest, name.drop_front(length), parts))
      return true;
    parts.pop_back();
  }
  return false;
}

static std::string filled(StringRef pattern, ArrayRef<StringRef> parts) {
  std::string name;
  for (char c : pattern) {
    if (c != '*') {
      name += c;
      continue;
    }
    name += parts.front();
    parts = parts.drop_front();
  }
  return name;
}

namespace {
/// Names and numbers of inputs or outputs.
using Names = std::vector<std::pair<std::string, unsigned>>;

struct Request {
  StringRef output, input; // patterns
  int64_t capacity = 0;
};
} // namespace

/// Each tries all places of the next.
static constexpr size_t kMostStars = 4;

static const unsigned *find(const Names &names, StringRef name) {
  auto it = llvm::find_if(names, [&](auto &entry) { return entry.first == name; });
  return it == names.end() ? nullptr : &it->second;
}

static llvm::Expected<Request> parse(StringRef text, const Names &inputs) {
  auto [output, input] = text.split('=');
  Request request{output, input};
  // A name may end like a capacity: that of an input is one.
  if (auto [name, size] = input.rsplit(':'); !size.empty() && llvm::all_of(size, llvm::isDigit) && !find(inputs, input)) {
    request.input = name;
    if (size.getAsInteger(10, request.capacity) || request.capacity < 1 || request.capacity > INT32_MAX)
      return llvm::createStringError("--share=" + text + ": the capacity is " + size + ", expected 1 to 2147483647");
  }
  if (output.count('*') > kMostStars)
    return llvm::createStringError("--share=" + text + ": at most " + llvm::Twine(kMostStars) + " '*' in a name are expected");
  if (output.empty() || request.input.empty() || output.count('*') != request.input.count('*'))
    return llvm::createStringError("--share=" + text +
                                   ": expected OUTPUT=INPUT or OUTPUT=INPUT:CAPACITY, with as many '*' in both names");
  return request;
}

llvm::Error applySharing(ModuleOp module, const std::vector<std::string> &texts) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || texts.empty())
    return llvm::Error::success();
  Names inputs, outputs;
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    if (auto name = main.getArgAttrOfType<StringAttr>(i, "onnx.name"))
      inputs.emplace_back(name.str(), i);
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    if (auto name = main.getResultAttrOfType<StringAttr>(i, "onnx.name"))
      outputs.emplace_back(name.str(), i);
  llvm::StringMap<std::string> taken; // the output, by the input
  for (StringRef text : texts) {
    auto request = parse(text, inputs);
    if (!request)
      return request.takeError();
    bool any = false;
    for (auto &[output, number] : outputs) {
      std::vector<StringRef> parts;
      if (!matches(request->output, output, parts))
        continue;
      any = true;
      std::string name = filled(request->input, parts);
      const unsigned *input = find(inputs, name);
      if (!input)
        return llvm::createStringError("--share=" + text + ": the model has no input '" + name + "' for output '" + output + "'");
      if (shareOfOutput(main, number))
        return llvm::createStringError("--share=" + text + ": output '" + output + "' is named twice");
      auto [other, isNew] = taken.try_emplace(name, output);
      if (!isNew)
        return llvm::createStringError("--share=" + text + ": outputs '" + other->second + "' and '" + output +
                                       "' would both lie in the buffer of input '" + name + "'");
      setShare(main, number, {int64_t(*input), -1, request->capacity});
    }
    if (!any)
      return llvm::createStringError("--share=" + text + ": the model has no output '" + request->output + "'");
  }
  return llvm::Error::success();
}

} // namespace coil
