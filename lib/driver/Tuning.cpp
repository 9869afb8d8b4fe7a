//===- Tuning.cpp - a file of choices that were measured ------------------===//
//
//   {
//     "machine": "altra",
//     "kernels": {
//       "contract 1x56x56x64 sum 64x3x3 f32 f32 f32 #5c1b7a90": {"rows": 6, "columns": 3}
//     }
//   }
//
//===----------------------------------------------------------------------===//

#include "lib/driver/Tuning.h"

#include "lib/import/Json.h"
#include "lib/package/Files.h"
#include "llvm/Support/MemoryBuffer.h"
#include "mlir/IR/Builders.h"
#include "passes/support/Tuning.h"

using namespace mlir;

namespace coil {

std::string machineName(const Target &target) {
  return target.name == "host" ? target.name + " " + target.cpu : target.name;
}

/// A file that is a tuning of this machine.
static llvm::Expected<llvm::json::Object> openTuning(StringRef path, StringRef machine) {
  auto refuse = [&](const Twine &what) { return llvm::createStringError(path + ": " + what); };
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError("cannot read '" + path + "': " + buffer.getError().message());
  auto value = parseJson((*buffer)->getBuffer());
  if (!value)
    return refuse("not JSON: " + llvm::toString(value.takeError()));
  llvm::json::Object *file = value->getAsObject();
  if (!file)
    return refuse("expected an object with \"machine\" and \"kernels\"");
  auto its = file->getString("machine");
  if (!its)
    return refuse("\"machine\" is missing, expected a name");
  if (*its != machine)
    return refuse("is a tuning of '" + *its + "', not of '" + machine + "'");
  if (!file->getObject("kernels"))
    return refuse("\"kernels\" is missing, expected an object");
  return std::move(*file);
}

namespace {
/// One file on its way to an attribute.
class TuningReader {
public:
  TuningReader(StringRef path, raw_ostream &log, MLIRContext *context) : path(path), log(log), b(context) {}

  llvm::Expected<DictionaryAttr> read(StringRef machine) {
    auto file = openTuning(path, machine);
    if (!file)
      return file.takeError();
    for (auto &[name, field] : *file)
      if (name != "machine" && name != "kernels")
        warn("unknown field '" + StringRef(name) + "'");
    NamedAttrList list;
    for (auto &[name, fields] : *file->getObject("kernels")) {
      if (StringRef(name).empty())
        return refuse("a kernel without a name");
      auto one = readKernel(name, fields);
      if (!one)
        return one.takeError();
      list.append(StringRef(name), *one);
    }
    return list.getDictionary(b.getContext());
  }

private:
  llvm::Error refuse(const Twine &what) { return llvm::createStringError(path + ": " + what); }
  void warn(const Twine &what) { log << "coilc: warning: " << path << ": " << what << "\n"; }

  llvm::Expected<DictionaryAttr> readKernel(StringRef name, const llvm::json::Value &value) {
    const llvm::json::Object *fields = value.getAsObject();
    if (!fields)
      return refuse("kernel '" + name + "': expected an object of fields");
    NamedAttrList list;
    for (auto &[key, content] : *fields) {
      StringRef field(key);
      auto known = llvm::find_if(tuningFields(), [&](const TuningField &f) { return f.name == field; });
      if (known == tuningFields().end()) {
        warn("kernel '" + name + "': unknown field '" + field + "'");
        continue;
      }
      Attribute attr = known->isList ? readList(content) : readNumber(content);
      if (!attr)
        return refuse("kernel '" + name + "': " + field + ": expected " + (known->isList ? "a list of loops" : "a whole number"));
      list.append(field, attr);
    }
    return list.getDictionary(b.getContext());
  }

  Attribute readNumber(const llvm::json::Value &value) {
    auto n = value.getAsInteger();
    return n ? b.getI64IntegerAttr(*n) : Attribute();
  }

  Attribute readList(const llvm::json::Value &value) {
    const llvm::json::Array *array = value.getAsArray();
    if (!array)
      return {};
    SmallVector<int64_t> numbers;
    for (const llvm::json::Value &element : *array) {
      auto n = element.getAsInteger();
      if (!n || *n < 0)
        return {};
      numbers.push_back(*n);
    }
    return b.getDenseI64ArrayAttr(numbers);
  }

  StringRef path;
  raw_ostream &log;
  Builder b;
};
} // namespace

llvm::Error readTuning(StringRef path, const Target &target, ModuleOp module, raw_ostream &log) {
  auto tuning = TuningReader(path, log, module.getContext()).read(machineName(target));
  if (!tuning)
    return tuning.takeError();
  module->setAttr(kTuningAttr, *tuning);
  return llvm::Error::success();
}

llvm::Expected<llvm::json::Object> readKernels(StringRef path, const Target &target) {
  auto file = openTuning(path, machineName(target));
  if (!file)
    return file.takeError();
  return std::move(*file->getObject("kernels"));
}

llvm::Error writeTuning(StringRef path, const Target &target, const llvm::json::Object &kernels) {
  OutputFiles files;
  if (llvm::Error error = files.write(path, [&](llvm::raw_pwrite_stream &os) {
        os << llvm::formatv("{0:2}", llvm::json::Value(llvm::json::Object{
                                         {"machine", machineName(target)}, {"kernels", llvm::json::Object(kernels)}}))
           << "\n";
        return llvm::Error::success();
      }))
    return error;
  return files.commit();
}

} // namespace coil
