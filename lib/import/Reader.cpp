// In: a path. Out: a ModelProto with a graph, of an IR version and of operator
// sets that COIL knows. Each way in which a file is not that has its own words,
// because "parse error" does not tell a user what to do.

#include "lib/import/Reader.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "mlir/IR/Diagnostics.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <limits>

using namespace mlir;
namespace io = google::protobuf::io;

namespace coil::importer {

static constexpr int64_t oldestIr = 3, newestIr = 13;
static constexpr int64_t newestOpset = 28;

static bool looksLikeText(llvm::StringRef bytes) {
  return llvm::all_of(bytes.take_front(512), [](char c) { return llvm::isPrint(c) || llvm::isSpace(c); });
}

static std::unique_ptr<llvm::MemoryBuffer> openFile(llvm::StringRef path, Location loc) {
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(path, status)) {
    emitError(loc) << "cannot open the model: " << error.message();
    return nullptr;
  }
  if (llvm::sys::fs::is_directory(status)) {
    emitError(loc) << "is a directory, not an ONNX model";
    return nullptr;
  }
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file) {
    emitError(loc) << "cannot read the model: " << file.getError().message();
    return nullptr;
  }
  return std::move(*file);
}

static LogicalResult parse(llvm::StringRef bytes, pb::ModelProto &model, Location loc) {
  if (bytes.empty())
    return emitError(loc) << "the file is empty";
  if (bytes.size() > size_t(std::numeric_limits<int>::max()))
    return emitError(loc) << "a protobuf message ends at 2 GB; a larger model needs external data";
  google::protobuf::LogSilencer silent; // the diagnostics below say it better
  io::ArrayInputStream array(bytes.data(), static_cast<int>(bytes.size()));
  io::CodedInputStream stream(&array);
  stream.SetTotalBytesLimit(std::numeric_limits<int>::max());
  if (model.ParsePartialFromCodedStream(&stream) && stream.ConsumedEntireMessage())
    return success();
  if (looksLikeText(bytes))
    return emitError(loc) << "is a text file, not an ONNX model";
  // A model begins with its IR version: something was understood before the end.
  if (model.has_ir_version() && model.ir_version() > 0 && model.ir_version() <= newestIr)
    return emitError(loc) << "the model is truncated or damaged";
  return emitError(loc) << "is not an ONNX model (not a protobuf message)";
}

Opsets opsetsOf(const google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto> &imports) {
  Opsets opsets;
  for (const pb::OperatorSetIdProto &import : imports)
    opsets[canonicalDomain(import.domain())] = import.version();
  return opsets;
}

static LogicalResult checkOpsets(const google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto> &imports,
                                 const Twine &whose, Location loc) {
  for (const pb::OperatorSetIdProto &import : imports)
    if (canonicalDomain(import.domain()).empty() && (import.version() < 1 || import.version() > newestOpset))
      return emitError(loc) << whose << " uses opset " << import.version() << " of domain 'ai.onnx', COIL knows 1 to "
                            << newestOpset;
  return success();
}

static LogicalResult checkFrame(const pb::ModelProto &model, Location loc) {
  if (!model.has_graph())
    return emitError(loc) << "the model holds no graph";
  if (model.ir_version() < oldestIr || model.ir_version() > newestIr)
    return emitError(loc) << "the model has IR version " << model.ir_version() << ", COIL knows " << oldestIr << " to "
                          << newestIr;
  if (model.opset_import().empty())
    return emitError(loc) << "the model does not say which operator sets it uses (no opset_import)";
  if (failed(checkOpsets(model.opset_import(), "the model", loc)))
    return failure();
  for (const pb::FunctionProto &function : model.functions())
    if (failed(checkOpsets(function.opset_import(), "function '" + function.name() + "'", loc)))
      return failure();
  return success();
}

std::shared_ptr<Model> readModel(llvm::StringRef path, MLIRContext *context) {
  Location loc = FileLineColLoc::get(context, path, 0, 0);
  std::unique_ptr<llvm::MemoryBuffer> file = openFile(path, loc);
  if (!file)
    return nullptr;
  auto model = std::make_shared<Model>();
  model->path = path.str();
  if (failed(parse(file->getBuffer(), model->proto, loc)) || failed(checkFrame(model->proto, loc)))
    return nullptr;
  return model;
}

} // namespace coil::importer
