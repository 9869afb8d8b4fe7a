// In: a path. Out: a ModelProto with a graph, of an IR version and of operator
// sets that COIL knows. Each way in which a file is not that has its own words,
// because "parse error" does not tell a user what to do.

#include "lib/import/Reader.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>

#include <limits>

using namespace mlir;
namespace io = google::protobuf::io;

namespace coil::importer {

static constexpr int64_t oldestIr = 3, newestIr = 13;
static constexpr int64_t newestOpset = 28;

/// A descriptor of the model's file and its size; nothing after an error.
static std::optional<std::pair<int, uint64_t>> openFile(llvm::StringRef path,
                                                        Location loc) {
  namespace fs = llvm::sys::fs;
  fs::file_status status;
  int descriptor;
  if (std::error_code error = fs::status(path, status)) {
    emitError(loc) << "cannot open the model: " << error.message();
    return std::nullopt;
  }
  if (fs::is_directory(status)) {
    emitError(loc) << "is a directory, not an ONNX model";
    return std::nullopt;
  }
  if (std::error_code error = fs::openFileForRead(path, descriptor)) {
    emitError(loc) << "cannot open the model: " << error.message();
    return std::nullopt;
  }
  return std::pair(descriptor, status.getSize());
}

static bool looksLikeText(llvm::StringRef path) {
  auto start = llvm::MemoryBuffer::getFileSlice(path, 512, 0);
  return start && llvm::all_of((*start)->getBuffer(), [](char c) {
           return llvm::isPrint(c) || llvm::isSpace(c) ||
                  c == 0; // a slice is filled up with zeros
         });
}

/// Reads in blocks: the parsed message holds the weights already, and a mapped
/// file beside it would be all of them a second time.
static LogicalResult parse(llvm::StringRef path, pb::ModelProto &model,
                           Location loc) {
  auto file = openFile(path, loc);
  if (!file)
    return failure();
  auto [descriptor, size] = *file;
  io::FileInputStream blocks(descriptor, /*block_size=*/1 << 16);
  blocks.SetCloseOnDelete(true);
  if (size == 0)
    return emitError(loc) << "the file is empty";
  if (size > uint64_t(std::numeric_limits<int>::max()))
    return emitError(loc) << "a protobuf message ends at 2 GB; a larger model "
                             "needs external data";
  google::protobuf::LogSilencer silent; // the diagnostics below say it better
  io::CodedInputStream stream(&blocks);
  stream.SetTotalBytesLimit(std::numeric_limits<int>::max());
  if (model.ParsePartialFromCodedStream(&stream) &&
      stream.ConsumedEntireMessage())
    return success();
  if (looksLikeText(path))
    return emitError(loc) << "is a text file, not an ONNX model";
  // A model begins with its IR version: something was understood before the
  // end.
  if (model.has_ir_version() && model.ir_version() > 0 &&
      model.ir_version() <= newestIr)
    return emitError(loc) << "the model is truncated or damaged";
  return emitError(loc) << "is not an ONNX model (not a protobuf message)";
}

Opsets opsetsOf(
    const google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto> &imports) {
  Opsets opsets;
  for (const pb::OperatorSetIdProto &import : imports)
    opsets[canonicalDomain(import.domain())] = import.version();
  return opsets;
}

static LogicalResult checkOpsets(
    const google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto> &imports,
    const Twine &whose, Location loc) {
  for (const pb::OperatorSetIdProto &import : imports)
    if (canonicalDomain(import.domain()).empty() &&
        (import.version() < 1 || import.version() > newestOpset))
      return emitError(loc)
             << whose << " uses opset " << import.version()
             << " of domain 'ai.onnx', COIL knows 1 to " << newestOpset;
  return success();
}

static LogicalResult checkFrame(const pb::ModelProto &model, Location loc) {
  if (!model.has_graph())
    return emitError(loc) << "the model holds no graph";
  if (model.ir_version() < oldestIr || model.ir_version() > newestIr)
    return emitError(loc) << "the model has IR version " << model.ir_version()
                          << ", COIL knows " << oldestIr << " to " << newestIr;
  if (model.opset_import().empty())
    return emitError(loc) << "the model does not say which operator sets it "
                             "uses (no opset_import)";
  if (failed(checkOpsets(model.opset_import(), "the model", loc)))
    return failure();
  for (const pb::FunctionProto &function : model.functions())
    if (failed(checkOpsets(function.opset_import(),
                           "function '" + function.name() + "'", loc)))
      return failure();
  return success();
}

std::shared_ptr<Model> readModel(llvm::StringRef path, MLIRContext *context) {
  Location loc = FileLineColLoc::get(context, path, 0, 0);
  auto model = std::make_shared<Model>();
  model->path = path.str();
  if (failed(parse(path, model->proto, loc)) ||
      failed(checkFrame(model->proto, loc)))
    return nullptr;
  return model;
}

} // namespace coil::importer
